import { z } from 'zod';
import type { EngineView } from '../engine-view.ts';
import { COMMAND_ANSWERS, COMMAND_QUERY } from '../http/command-answer.ts';
import { etagOf } from '../http/etag.ts';
import { RequestProblem } from '../http/problem.ts';
import { ok, route } from '../http/route.ts';
import type { Route, RouteAnswer, RouteCall } from '../http/route.ts';
import { askedOf, nowMs } from './engine-routes.ts';
import { NO_QUERY, RECORD } from './shapes.ts';

const GROUP = 'Strategies';
const NAME_PARAMS = z.strictObject({ name: z.string().min(1).max(120) });
const VALUE = z.union([z.number(), z.boolean(), z.string().max(400)]);
const ERRORS = ['STRATEGY_UNKNOWN', 'STRATEGY_AMBIGUOUS', 'REFUSED', 'DESK_BUSY'] as const;
const ACTIVATE_BODY = z.strictObject({
  parameters: z.record(z.string().max(80), VALUE).optional(),
  clearFault: z.boolean().default(false),
  confirm: z.string().max(128).optional(),
});

/** A strategy as the main thread lists it. */
interface Listed {
  readonly index: number;
  readonly name: string;
  readonly actor: string;
  readonly state: 'running' | 'faulted' | 'removed';
  readonly openOrders: number;
  readonly url: string;
  readonly params: Readonly<Record<string, unknown>>;
}

interface StrategyList {
  readonly strategies: readonly Listed[];
  /** Names of those that come with the engine. */
  readonly shipped: readonly string[];
}

/** Names differ by neither case nor dashes. */
const plain = (name: string): string => name.replaceAll(/[-_]/g, '').toLowerCase();

function viewOf(engine: EngineView, { index, name, actor, state, openOrders, params }: Listed): object {
  const isActive = state === 'running';
  const profit = engine.stats()?.strategies.find((each) => each.index === index) ?? null;
  return { index, name, actor, state, isActive, openOrders, parameters: params, profit };
}

/** Ways to say which strategy: its index, or its name. */
function isMeant({ index, name }: Listed, text: string): boolean {
  return String(index) === text || plain(name) === plain(text);
}

/** The strategy a path names, among those that were not removed. @throws RequestProblem */
function living({ strategies }: StrategyList, text: string): Listed {
  const found = strategies.filter((each) => each.state !== 'removed' && isMeant(each, text));
  if (found.length === 1) return found[0];
  if (found.length > 1)
    throw new RequestProblem('STRATEGY_AMBIGUOUS', 'several strategies have this name: give the index', {
      inputs: { indexes: found.map(({ index }) => index) },
    });
  const names = strategies.filter(({ state }) => state !== 'removed').map(({ name }) => name);
  throw new RequestProblem(
    'STRATEGY_UNKNOWN',
    `none of ${names.join(', ') || 'no strategies'} is called so`,
    {
      inputs: { names },
    },
  );
}

async function listOf(engine: EngineView): Promise<StrategyList> {
  return (await askedOf(engine, 'strategies')) as unknown as StrategyList;
}

type NamedCall = RouteCall<z.output<typeof NAME_PARAMS>, unknown, z.output<typeof ACTIVATE_BODY>>;

/** A faulted one is taken out and put in again; one that was removed comes back as it was. */
async function activate({ engine, give, params: { name }, body }: NamedCall): Promise<RouteAnswer> {
  const list = await listOf(engine);
  const found = list.strategies.filter((each) => isMeant(each, name));
  const active = found.filter(({ state }) => state !== 'removed');
  const faulted = active.find(({ state }) => state === 'faulted');
  const confirm = body.confirm === undefined ? {} : { confirm: body.confirm };
  if (faulted !== undefined) {
    if (!body.clearFault)
      throw new RequestProblem(
        'STRATEGY_FAULTED',
        `${faulted.name} was switched off for a fault: send {"clearFault": true}`,
      );
    await give('strategies-remove', { strategy: String(faulted.index) });
    return give(
      'strategies-add',
      { name: pathOf(faulted), params: body.parameters ?? faulted.params, ...confirm },
      true,
    );
  }
  if (active.length > 0)
    throw new RequestProblem('REFUSED', `${active[0].name} is active`, { named: 'ALREADY_ACTIVE' });
  const removed = found.at(-1);
  const shipped = list.shipped.find((each) => plain(each) === plain(name));
  // A path never comes from a request: only what the engine knows by name is loaded.
  const module = removed === undefined ? shipped : pathOf(removed);
  if (module === undefined)
    throw new RequestProblem('STRATEGY_UNKNOWN', `there is ${list.shipped.join(', ')}`, {
      inputs: { names: list.shipped },
    });
  const given = body.parameters ?? removed?.params ?? {};
  return give('strategies-add', { name: module, params: given, ...confirm }, true);
}

function pathOf({ url }: Listed): string {
  return decodeURIComponent(new URL(url).pathname);
}

function activateRoute(path: string): Route {
  return route({
    verb: 'POST',
    path,
    scope: 'control',
    group: GROUP,
    text: 'Let a strategy trade: a shipped one, or one that was deactivated.',
    params: NAME_PARAMS,
    query: COMMAND_QUERY,
    body: ACTIVATE_BODY,
    command: { kind: 'strategies-add' },
    answers: COMMAND_ANSWERS,
    errors: [...ERRORS, 'STRATEGY_FAULTED', 'PARAMETERS', 'CONFIRM_MISSING'],
    handle: (call) => asParameters(() => activate(call)),
  });
}

function deactivateRoute(path: string): Route {
  return route({
    verb: 'POST',
    path,
    scope: 'control',
    group: GROUP,
    text: 'Take a strategy out and cancel its orders; the account keeps its position.',
    params: NAME_PARAMS,
    query: COMMAND_QUERY,
    body: z.strictObject({ reason: z.string().max(200).optional() }),
    command: { kind: 'strategies-remove', lowersRisk: true },
    answers: COMMAND_ANSWERS,
    errors: ERRORS,
    handle: async ({ give, engine, params: { name } }) =>
      give('strategies-remove', { strategy: String(living(await listOf(engine), name).index) }),
  });
}

/** What a strategy does not take is a fault of the request's content. */
async function asParameters(act: () => Promise<RouteAnswer>): Promise<RouteAnswer> {
  try {
    return await act();
  } catch (error) {
    const isArgument = error instanceof RequestProblem && error.code === 'VALIDATION';
    if (!isArgument) throw error;
    const { named: _named, ...extra } = error.extra;
    throw new RequestProblem('PARAMETERS', error.message, extra);
  }
}

/** Strategies: which there are, with what parameters, and what lets them trade. */
export const STRATEGY_ROUTES: readonly Route[] = [
  route({
    verb: 'GET',
    path: '/api/v1/strategies',
    scope: 'read',
    group: GROUP,
    text: 'Every strategy there is or was in this run, and the shipped ones that could be activated.',
    query: NO_QUERY,
    answers: {
      200: z.strictObject({
        data: z.array(RECORD),
        available: z.array(z.string()),
        nextCursor: z.null(),
        asOfMs: z.number(),
      }),
    },
    errors: ['STARTING'],
    handle: async ({ engine }) => {
      const { strategies, shipped } = await listOf(engine);
      const data = strategies.map((each) => viewOf(engine, each));
      return ok({ data, available: shipped, nextCursor: null, asOfMs: nowMs(engine) });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/v1/strategies/:name',
    scope: 'read',
    group: GROUP,
    text: 'A strategy with its parameters and their schema; its ETag is what PATCH asks for.',
    params: NAME_PARAMS,
    query: NO_QUERY,
    budget: 'heavy',
    answers: { 200: RECORD },
    errors: ['STRATEGY_UNKNOWN', 'STRATEGY_AMBIGUOUS', 'STARTING'],
    handle: async ({ engine, params: { name } }) => {
      const found = living(await listOf(engine), name);
      const described = (await engine.ask('strategy', pathOf(found))) as object | null;
      const headers = { etag: etagOf(JSON.stringify(found.params)) };
      return { status: 200, body: { ...viewOf(engine, found), description: described }, headers };
    },
  }),
  activateRoute('/strategies/:name/activate'),
  activateRoute('/api/v1/strategies/:name/activate'),
  deactivateRoute('/strategies/:name/deactivate'),
  deactivateRoute('/api/v1/strategies/:name/deactivate'),
  route({
    verb: 'PATCH',
    path: '/api/v1/strategies/:name/parameters',
    scope: 'control',
    group: GROUP,
    text: 'Give a strategy other parameters, all of those sent or none; it starts anew with them, its orders stay.',
    params: NAME_PARAMS,
    query: COMMAND_QUERY,
    body: z.strictObject({
      parameters: z.record(z.string().max(80), VALUE),
      confirm: z.string().max(128).optional(),
    }),
    command: { kind: 'strategies-set' },
    answers: COMMAND_ANSWERS,
    errors: [...ERRORS, 'PARAMETERS', 'IF_MATCH_MISSING', 'VERSION_CHANGED', 'CONFIRM_MISSING'],
    handle: ({ engine, give, params: { name }, body: { parameters, confirm }, headers }) =>
      asParameters(async () => {
        const found = living(await listOf(engine), name);
        const etag = etagOf(JSON.stringify(found.params));
        const { 'if-match': match } = headers;
        if (match === undefined)
          throw new RequestProblem(
            'IF_MATCH_MISSING',
            'send If-Match with the ETag of GET /api/v1/strategies/<name>',
          );
        if (match !== etag && match !== '*')
          throw new RequestProblem(
            'VERSION_CHANGED',
            'the parameters were changed meanwhile: read them again',
          );
        const args = { strategy: String(found.index), params: parameters };
        return give('strategies-set', confirm === undefined ? args : { ...args, confirm }, true);
      }),
  }),
];
