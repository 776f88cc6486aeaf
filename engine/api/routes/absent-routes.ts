import { z } from 'zod';
import type { RouteScope } from '../access/caller.ts';
import { RequestProblem } from '../http/problem.ts';
import { route } from '../http/route.ts';
import type { Route, RouteCommand } from '../http/route.ts';

interface AbsentRoute {
  readonly verb?: Route['verb'];
  readonly scope?: RouteScope;
  readonly command?: RouteCommand;
  readonly needsIdempotencyKey?: true;
  /** What is missing, and where else it may be had. */
  readonly why: string;
}

const MANUAL_ORDERS =
  'orders by hand need a strategy that places them, which this version does not have; POST /trading/halt stops trading';
const NO_STORE = 'the query store is not part of this version: the journal has it (shrike journal dump)';
const NO_JOBS = 'jobs are not run by the engine in this version: use shrike backtest and shrike optimise';

/** Paths of the api whose data or action the engine does not have yet. */
const ABSENT: Readonly<Record<string, AbsentRoute>> = {
  '/api/live/execute-trade': {
    verb: 'POST',
    scope: 'trade',
    command: { kind: 'place-order' },
    needsIdempotencyKey: true,
    why: MANUAL_ORDERS,
  },
  '/api/intelligent/signals/generate': {
    verb: 'POST',
    scope: 'control',
    command: { kind: 'signals-generate' },
    why: 'signals come with closes; POST /api/v1/analysis/run makes an analysis anew',
  },
  '/api/v1/orders': {
    verb: 'POST',
    scope: 'trade',
    command: { kind: 'place-order' },
    needsIdempotencyKey: true,
    why: MANUAL_ORDERS,
  },
  '/api/v1/rate-budget': {
    why: "what is left of a venue's limits is counted in its own units: see the execution counters in /stats",
  },
  '/api/v1/balances': { why: 'balances are not read in this version; positions are at /api/v1/positions' },
  '/api/v1/equity': { why: NO_STORE },
  '/api/v1/trust/:symbol': {
    why: 'trust in a feed is not measured in this version; quality is at /api/live/market-data',
  },
  '/api/v1/models': { why: 'this version has no models' },
  '/api/v1/latency/heatmap': { why: NO_STORE },
  '/api/v1/lineage/:id': { why: NO_STORE },
  '/api/v1/jobs': { why: NO_JOBS },
  '/api/v1/backtests': { why: NO_JOBS },
  '/api/v1/shadow/divergence': { why: 'shadow runs are not compared in this version' },
  '/api/v1/promotion': { why: 'the gate before live trading is not part of this version' },
  '/api/v1/alerts': { why: 'alerts are not part of this version; /metrics has what they would go by' },
};

/** They answer that they are not there, to those who may ask. */
export const ABSENT_ROUTES: readonly Route[] = Object.entries(ABSENT).map(
  ([path, { verb = 'GET', scope = 'read', command, needsIdempotencyKey, why }]) =>
    route({
      verb,
      path,
      scope,
      group: 'Not yet',
      text: `Not in this version: ${why}.`,
      query: z.record(z.string(), z.unknown()),
      ...(verb === 'GET' ? {} : { body: z.record(z.string(), z.unknown()) }),
      ...(command === undefined ? {} : { command }),
      ...(needsIdempotencyKey === undefined ? {} : { needsIdempotencyKey }),
      ...(path.includes(':') ? { params: z.record(z.string(), z.string()) } : {}),
      answers: {},
      errors: ['NOT_AVAILABLE'],
      handle: () => {
        throw new RequestProblem('NOT_AVAILABLE', why);
      },
    }),
);
