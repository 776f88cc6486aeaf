import { z } from 'zod';
import { instrumentName } from '../../core/instrument.ts';
import type { EngineView } from '../engine-view.ts';
import type { KeptEvent } from '../event-history.ts';
import { pageFrom, pageOf, pageQuery } from '../http/page.ts';
import { ok, route } from '../http/route.ts';
import type { Route } from '../http/route.ts';
import { askedOf, EVENT_ORDER, nowMs } from './engine-routes.ts';
import { EVENT, NO_QUERY, RECORD, SYMBOL_PARAMS } from './shapes.ts';

const GROUP = 'Signals';

/** Signals, each with what became of it; neither outcomes nor explanations by themselves. */
function signalsOf(engine: EngineView, symbol: string | null): KeptEvent[] {
  const all = engine.history.of('signals');
  const outcomes = new Map(
    all
      .filter(({ event }) => event['outcome'] !== undefined)
      .map(({ event }) => [event['signalSeq'], event['outcome']]),
  );
  return all
    .filter(({ event }) => event['outcome'] === undefined && event['explains'] === undefined)
    .filter(({ event }) => symbol === null || event['symbol'] === symbol)
    .map(({ seq, topic, event }) => ({
      seq,
      topic,
      event: { ...event, outcome: outcomes.get(event['signalSeq']) ?? null },
    }));
}

/** A signal of the slow path as the main thread lists it. */
interface SlowSignal {
  readonly seq: number;
  readonly symbol: string;
  readonly timeMs: number;
  readonly state: string;
}

interface SlowSignals {
  readonly signals: readonly SlowSignal[];
  readonly merged: readonly { readonly symbol: string }[];
  readonly statistics: readonly unknown[];
}

async function slowSignals(engine: EngineView): Promise<SlowSignals> {
  return (await askedOf(engine, 'signals')) as unknown as SlowSignals;
}

const SLOW_ORDER = {
  seqOf: ({ seq }: SlowSignal): number => seq,
  atMsOf: ({ timeMs }: SlowSignal): number => timeMs,
};

const SLOW_QUERY = pageQuery({ state: z.string().max(20).optional() });
const SLOW_PAGE = z.strictObject({
  data: z.array(RECORD),
  nextCursor: z.string().nullable(),
  asOfMs: z.number(),
  merged: z.array(RECORD),
});

/** Signals of a symbol, or of all, with what they say together. */
async function slowPage(
  engine: EngineView,
  query: z.output<typeof SLOW_QUERY>,
  symbol: string | null,
): Promise<object> {
  const { signals, merged } = await slowSignals(engine);
  const { state } = query;
  const isOf = (each: { readonly symbol: string }): boolean => symbol === null || each.symbol === symbol;
  const chosen = signals.filter((each) => isOf(each) && (state === undefined || each.state === state));
  const page = pageFrom(chosen, query, { symbol, state }, SLOW_ORDER, nowMs(engine));
  return { ...page, merged: merged.filter(isOf) };
}

/** What the slow path found in the bars, and what strategies signalled. */
export const SIGNAL_ROUTES: readonly Route[] = [
  route({
    verb: 'GET',
    path: '/api/intelligent/signals/latest',
    scope: 'read',
    group: GROUP,
    text: 'Signals of the slow path, newest first: plan, parts of the confidence, what became of them; and what they say together.',
    query: SLOW_QUERY,
    answers: { 200: SLOW_PAGE },
    errors: ['STARTING'],
    handle: async ({ engine, query }) => ok(await slowPage(engine, query, null)),
  }),
  route({
    verb: 'GET',
    path: '/api/intelligent/signals/statistics',
    scope: 'read',
    group: GROUP,
    text: 'What became of signals, by pattern, timeframe, symbol and confidence; rates with their 95 % interval.',
    query: NO_QUERY,
    answers: { 200: z.strictObject({ data: z.array(RECORD), nextCursor: z.null(), asOfMs: z.number() }) },
    errors: ['STARTING'],
    handle: async ({ engine }) => {
      const { statistics } = await slowSignals(engine);
      return ok({ data: statistics, nextCursor: null, asOfMs: nowMs(engine) });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/intelligent/signals/:symbol',
    scope: 'read',
    group: GROUP,
    text: 'The same as latest, of one symbol.',
    params: SYMBOL_PARAMS,
    query: SLOW_QUERY,
    answers: { 200: SLOW_PAGE },
    errors: ['SYMBOL_UNKNOWN', 'SYMBOL_AMBIGUOUS', 'STARTING'],
    handle: async ({ engine, params, query }) =>
      ok(await slowPage(engine, query, instrumentName(engine.named(params.symbol)))),
  }),
  route({
    verb: 'GET',
    path: '/api/v1/signals',
    scope: 'read',
    group: GROUP,
    text: 'Signals of the strategies, newest first, with what became of them.',
    query: pageQuery({ symbol: z.string().max(80).optional() }),
    answers: { 200: pageOf(EVENT) },
    errors: ['SYMBOL_UNKNOWN', 'SYMBOL_AMBIGUOUS'],
    handle: ({ engine, query }) => {
      const symbol = query.symbol === undefined ? null : instrumentName(engine.named(query.symbol));
      const page = pageFrom(signalsOf(engine, symbol), query, { symbol }, EVENT_ORDER, nowMs(engine));
      return ok({ ...page, data: page.data.map(({ event }) => event) });
    },
  }),
];
