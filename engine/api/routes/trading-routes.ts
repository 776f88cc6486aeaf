import { z } from 'zod';
import { KILL_REASON, nameOf } from '../../messages/enums.ts';
import type { EngineView } from '../engine-view.ts';
import { COMMAND_ANSWERS, COMMAND_QUERY } from '../http/command-answer.ts';
import { RequestProblem } from '../http/problem.ts';
import { ok, route } from '../http/route.ts';
import type { Route, RouteAnswer } from '../http/route.ts';
import { nowMs, statsOf } from './engine-routes.ts';
import { NO_QUERY, RECORD } from './shapes.ts';

const GROUP = 'Trading';
const REASON = z.string().max(200).optional();
const HALT_BODY = z.strictObject({ reason: REASON, keepOrders: z.boolean().default(false) });
const RESUME_BODY = z.strictObject({
  haltId: z.string().max(64).optional(),
  confirm: z.string().max(128).optional(),
});
const CONFIRM_BODY = z.strictObject({ confirm: z.string().max(128).optional() });
const PLAIN_BODY = z.strictObject({ reason: REASON });

/** The state of trading in one word. */
function stateOf(engine: EngineView): string {
  const { trading } = engine.shared.options;
  if (trading.isKilled()) return trading.killReason() === KILL_REASON.command ? 'killed' : 'halted';
  if (trading.isPaused()) return 'paused';
  return trading.isReducing() ? 'reducing' : 'active';
}

function tradingOf(engine: EngineView): object {
  const { trading, journal } = engine.shared.options;
  const { breakers } = statsOf(engine);
  const conditions = {
    reconciling: !trading.isReconciled(),
    journalLost: trading.isJournalLost() || journal.isLost(),
    latencyHalted: trading.isLatencyHalted(),
    venueDown: !trading.isConnected(),
  };
  return {
    state: stateOf(engine),
    mayTrade: trading.mayTrade(),
    haltId: engine.haltId(),
    killReason: killReasonOf(engine),
    reduceReason: trading.isReducing() ? nameOf(KILL_REASON, trading.reduceReason()) : null,
    conditions: Object.entries(conditions).flatMap(([name, holds]) => (holds ? [name] : [])),
    openOrders: trading.openOrders(),
    unknownOrders: trading.unknownOrders(),
    breakers,
    asOfMs: nowMs(engine),
  };
}

/** Why trading is stopped; null = it is not. */
function killReasonOf(engine: EngineView): string | null {
  const { trading } = engine.shared.options;
  return trading.isKilled() ? nameOf(KILL_REASON, trading.killReason()) : null;
}

/** Who resumes says which stop is meant, unless it was an operator's. */
function checkHaltId(engine: EngineView, haltId: string | undefined): void {
  const inForce = engine.haltId();
  if (haltId !== undefined && haltId !== inForce)
    throw new RequestProblem(
      'HALT_UNKNOWN',
      'trading is not stopped by that any more; look at GET /api/v1/trading',
      {
        inputs: { haltId: inForce },
      },
    );
  const killReason = killReasonOf(engine);
  const isByEngine = killReason !== null && killReason !== 'command';
  if (haltId === undefined && isByEngine)
    throw new RequestProblem(
      'HALT_UNACKNOWLEDGED',
      `the engine stopped trading itself (${killReason}): give its haltId`,
      {
        inputs: { haltId: inForce, killReason },
      },
    );
}

function haltRoute(path: string, text: string): Route {
  return route({
    verb: 'POST',
    path,
    scope: 'lower',
    group: GROUP,
    text,
    query: COMMAND_QUERY,
    body: HALT_BODY,
    command: { kind: 'kill', lowersRisk: true },
    answers: COMMAND_ANSWERS,
    errors: ['DESK_BUSY', 'COMMAND_TIMEOUT'],
    handle: async ({ give, engine, body: { keepOrders } }) => {
      // A pause is a stop that keeps orders: it outlives the engine as well.
      if (keepOrders) return give('pause', {});
      return withHaltId(engine, await give('kill', {}));
    },
  });
}

function withHaltId(engine: EngineView, answer: RouteAnswer): RouteAnswer {
  const body = answer.body as { readonly details: object };
  return { ...answer, body: { ...body, details: { ...body.details, haltId: engine.haltId() } } };
}

function resumeRoute(path: string): Route {
  return route({
    verb: 'POST',
    path,
    scope: 'control',
    group: GROUP,
    text: 'Trade again after a halt, a kill or a pause.',
    query: COMMAND_QUERY,
    body: RESUME_BODY,
    command: { kind: 'resume' },
    answers: COMMAND_ANSWERS,
    errors: ['HALT_UNACKNOWLEDGED', 'HALT_UNKNOWN', 'CONFIRM_MISSING', 'DESK_BUSY', 'COMMAND_TIMEOUT'],
    handle: ({ give, engine, body: { haltId, confirm } }) => {
      checkHaltId(engine, haltId);
      return give('resume', confirm === undefined ? {} : { confirm });
    },
  });
}

/** Trading as a whole: its state, and what stops it and lets it go on. */
export const TRADING_ROUTES: readonly Route[] = [
  route({
    verb: 'GET',
    path: '/api/v1/trading',
    scope: 'read',
    group: GROUP,
    text: 'Whether the engine trades, what stops it, and what the loss limits go by.',
    query: NO_QUERY,
    answers: { 200: RECORD },
    errors: ['NO_STATS'],
    handle: ({ engine }) => ok(tradingOf(engine)),
  }),
  haltRoute('/trading/halt', 'Stop trading: no new orders, own orders are cancelled, until someone resumes.'),
  haltRoute('/api/v1/trading/halt', 'The same.'),
  haltRoute('/api/v1/kill', 'The kill switch; the same as a halt.'),
  resumeRoute('/trading/resume'),
  resumeRoute('/api/v1/trading/resume'),
  route({
    verb: 'POST',
    path: '/api/v1/trading/pause',
    scope: 'lower',
    group: GROUP,
    text: 'No new orders; open orders and positions stay.',
    query: COMMAND_QUERY,
    body: PLAIN_BODY,
    command: { kind: 'pause', lowersRisk: true },
    answers: COMMAND_ANSWERS,
    errors: ['DESK_BUSY', 'COMMAND_TIMEOUT'],
    handle: ({ give }) => give('pause', {}),
  }),
  route({
    verb: 'POST',
    path: '/api/v1/trading/reduce',
    scope: 'lower',
    group: GROUP,
    text: 'Only what shrinks a position passes, until someone resumes.',
    query: COMMAND_QUERY,
    body: PLAIN_BODY,
    command: { kind: 'reduce', lowersRisk: true },
    answers: COMMAND_ANSWERS,
    errors: ['DESK_BUSY', 'COMMAND_TIMEOUT'],
    handle: ({ give }) => give('reduce', {}),
  }),
  route({
    verb: 'POST',
    path: '/api/v1/trading/unpause',
    scope: 'control',
    group: GROUP,
    text: 'Lift a pause.',
    query: COMMAND_QUERY,
    body: CONFIRM_BODY,
    command: { kind: 'unpause' },
    answers: COMMAND_ANSWERS,
    errors: ['CONFIRM_MISSING', 'DESK_BUSY', 'COMMAND_TIMEOUT'],
    handle: ({ give, body: { confirm } }) => give('unpause', confirm === undefined ? {} : { confirm }),
  }),
  route({
    verb: 'POST',
    path: '/api/v1/orders/cancel-all',
    scope: 'trade',
    group: 'Orders',
    text: 'Cancel the open orders, all or those of a symbol.',
    query: COMMAND_QUERY,
    body: z.strictObject({ symbol: z.string().max(80).optional() }),
    command: { kind: 'cancel-all', lowersRisk: true },
    answers: COMMAND_ANSWERS,
    errors: ['SYMBOL_UNKNOWN', 'SYMBOL_AMBIGUOUS', 'DESK_BUSY', 'COMMAND_TIMEOUT'],
    handle: ({ give, engine, body: { symbol } }) =>
      give('cancel-all', symbol === undefined ? {} : { symbol: engine.nameOf(engine.named(symbol)) }),
  }),
  route({
    verb: 'POST',
    path: '/api/v1/orders/reconcile',
    scope: 'lower',
    group: 'Orders',
    text: 'Compare own orders and fills with the venue now.',
    query: COMMAND_QUERY,
    body: z.strictObject({}),
    command: { kind: 'reconcile', lowersRisk: true },
    answers: COMMAND_ANSWERS,
    errors: ['DESK_BUSY', 'COMMAND_TIMEOUT'],
    handle: ({ give }) => give('reconcile', {}),
  }),
];
