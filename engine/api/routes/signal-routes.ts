import { z } from 'zod';
import { instrumentName } from '../../core/instrument.ts';
import type { EngineView } from '../engine-view.ts';
import type { KeptEvent } from '../event-history.ts';
import { pageFrom, pageOf, pageQuery } from '../http/page.ts';
import { ok, route } from '../http/route.ts';
import type { Route } from '../http/route.ts';
import { EVENT_ORDER, nowMs } from './engine-routes.ts';
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

/** What strategies signalled. */
export const SIGNAL_ROUTES: readonly Route[] = [
  route({
    verb: 'GET',
    path: '/api/intelligent/signals/latest',
    scope: 'read',
    group: GROUP,
    text: 'The latest signals of the strategies, newest first, with what became of them.',
    query: pageQuery({}),
    answers: { 200: pageOf(EVENT) },
    handle: ({ engine, query }) => {
      const page = pageFrom(signalsOf(engine, null), query, {}, EVENT_ORDER, nowMs(engine));
      return ok({ ...page, data: page.data.map(({ event }) => event) });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/intelligent/signals/statistics',
    scope: 'read',
    group: GROUP,
    text: 'How many signals there were, by symbol and by outcome; of those that are still kept.',
    query: NO_QUERY,
    answers: {
      200: z.strictObject({ total: z.number(), bySymbol: RECORD, byOutcome: RECORD, asOfMs: z.number() }),
    },
    handle: ({ engine }) => {
      const signals = signalsOf(engine, null);
      const count = (nameOf: (event: KeptEvent['event']) => string): Record<string, number> => {
        const counts: Record<string, number> = {};
        for (const { event } of signals) counts[nameOf(event)] = (counts[nameOf(event)] ?? 0) + 1;
        return counts;
      };
      return ok({
        total: signals.length,
        bySymbol: count((event) => String(event['symbol'])),
        byOutcome: count((event) => (typeof event['outcome'] === 'string' ? event['outcome'] : 'open')),
        asOfMs: nowMs(engine),
      });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/intelligent/signals/:symbol',
    scope: 'read',
    group: GROUP,
    text: 'The same of one symbol.',
    params: SYMBOL_PARAMS,
    query: pageQuery({}),
    answers: { 200: pageOf(EVENT) },
    errors: ['SYMBOL_UNKNOWN', 'SYMBOL_AMBIGUOUS'],
    handle: ({ engine, params, query }) => {
      const symbol = instrumentName(engine.named(params.symbol));
      const page = pageFrom(signalsOf(engine, symbol), query, { symbol }, EVENT_ORDER, nowMs(engine));
      return ok({ ...page, data: page.data.map(({ event }) => event) });
    },
  }),
];
