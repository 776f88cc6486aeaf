import { z } from 'zod';
import { instrumentName } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { EngineView } from '../engine-view.ts';
import { COMMAND_ANSWERS, COMMAND_QUERY } from '../http/command-answer.ts';
import { RequestProblem } from '../http/problem.ts';
import { ok, route } from '../http/route.ts';
import type { Route } from '../http/route.ts';
import { mtfStream } from '../http/event-stream.ts';
import { askedOf, nowMs } from './engine-routes.ts';
import { NO_QUERY, RECORD, SYMBOL_PARAMS } from './shapes.ts';

const GROUP = 'Analysis';
const SYMBOL_ERRORS = ['SYMBOL_UNKNOWN', 'SYMBOL_AMBIGUOUS'] as const;
const BATCH_MAX = 64;
const TIMEFRAME = z.enum(['1m', '5m', '15m', '1h', '4h', '1d', '1w']);

const COMMAND_BODY = z.strictObject({
  symbol: z.string().min(1).max(80),
  timeframe: TIMEFRAME.optional(),
});

function contextOf(engine: EngineView, instrument: Instrument): object {
  const { context, reason } = engine.context(instrument);
  if (context !== null) return context;
  throw new RequestProblem('NO_DATA', `${instrumentName(instrument)} is not warm: ${reason}`);
}

function batchOf(engine: EngineView, symbols: readonly string[]): object {
  const data: Record<string, object | null> = {};
  const errors: Record<string, string> = {};
  for (const symbol of symbols) {
    try {
      const { context, reason } = engine.context(engine.named(symbol));
      data[symbol] = context;
      if (reason !== null) errors[symbol] = reason;
    } catch (error) {
      data[symbol] = null;
      errors[symbol] = (error as Error).message;
    }
  }
  return { data, errors };
}

/** What the timeframes together say, reports, and what the slow path is told. */
export const ANALYSIS_ROUTES: readonly Route[] = [
  route({
    verb: 'GET',
    path: '/api/mtf/context/:symbol',
    scope: 'read',
    group: GROUP,
    text: 'What is known of a symbol over all timeframes.',
    params: SYMBOL_PARAMS,
    query: NO_QUERY,
    cache: 'versioned',
    answers: { 200: RECORD },
    errors: [...SYMBOL_ERRORS, 'NO_DATA'],
    handle: ({ engine, params }) => ok(contextOf(engine, engine.named(params.symbol))),
  }),
  route({
    verb: 'GET',
    path: '/api/mtf/batch',
    scope: 'read',
    group: GROUP,
    text: 'The same of up to 64 symbols; null with the reason where there is none.',
    query: z.strictObject({ symbols: z.string().min(1).max(4_096) }),
    cache: 'versioned',
    answers: { 200: z.strictObject({ data: RECORD, errors: z.record(z.string(), z.string()) }) },
    errors: ['VALIDATION'],
    handle: ({ engine, query }) => {
      const symbols = [...new Set(query.symbols.split(',').map((name) => name.trim()))];
      if (symbols.length <= BATCH_MAX) return ok(batchOf(engine, symbols));
      throw new RequestProblem('VALIDATION', `at most ${BATCH_MAX} symbols`, {
        errors: [{ path: 'query.symbols', message: `at most ${BATCH_MAX}` }],
      });
    },
  }),
  route({
    verb: 'POST',
    path: '/api/mtf/process',
    scope: 'read',
    group: GROUP,
    text: "What a context says: side, confidence, plan; by the engine's own rules.",
    query: NO_QUERY,
    body: z.record(z.string(), z.unknown()),
    answers: { 200: RECORD },
    errors: [...SYMBOL_ERRORS, 'CONTEXT_VERSION', 'NOT_AVAILABLE'],
    handle: async ({ engine, body }) => ok(await processed(engine, body)),
  }),
  route({
    verb: 'GET',
    path: '/api/mtf/stream/:symbol',
    scope: 'read',
    group: GROUP,
    text: 'Server-sent events: context and output with each new close.',
    params: SYMBOL_PARAMS,
    query: NO_QUERY,
    mediaType: 'text/event-stream',
    answers: { 200: z.string() },
    errors: SYMBOL_ERRORS,
    handle: ({ engine, params, signal }) => ({
      stream: mtfStream(engine, engine.named(params.symbol), signal),
    }),
  }),
  route({
    verb: 'GET',
    path: '/api/v1/analysis/schedule',
    scope: 'read',
    group: GROUP,
    text: 'Of each symbol and timeframe: how long analyses take, how late they are, how many failed.',
    query: NO_QUERY,
    answers: { 200: RECORD },
    errors: ['STARTING'],
    handle: async ({ engine }) => ok({ ...(await askedOf(engine, 'analysis')), asOfMs: nowMs(engine) }),
  }),
  route({
    verb: 'POST',
    path: '/api/v1/analysis/run',
    scope: 'control',
    group: GROUP,
    text: 'Make an analysis anew from all bars, and say whether it is the same.',
    query: COMMAND_QUERY,
    body: COMMAND_BODY,
    command: { kind: 'analysis-force' },
    answers: COMMAND_ANSWERS,
    errors: [...SYMBOL_ERRORS, 'REFUSED', 'DESK_BUSY'],
    handle: ({ give, engine, body }) => give('analysis-force', argsOf(engine, body), true),
  }),
  route({
    verb: 'POST',
    path: '/api/v1/report/:symbol',
    scope: 'control',
    group: GROUP,
    text: 'Write the deep report of a symbol now.',
    params: SYMBOL_PARAMS,
    query: COMMAND_QUERY,
    body: z.strictObject({ timeframe: TIMEFRAME.optional() }),
    command: { kind: 'analysis-report' },
    answers: COMMAND_ANSWERS,
    errors: [...SYMBOL_ERRORS, 'REFUSED', 'DESK_BUSY'],
    handle: ({ give, engine, params, body }) =>
      give('analysis-report', argsOf(engine, { ...body, symbol: params.symbol }), true),
  }),
  route({
    verb: 'GET',
    path: '/api/v1/report/:symbol',
    scope: 'read',
    group: GROUP,
    text: 'The newest deep report of a symbol, as JSON or as a page (?format=html).',
    params: SYMBOL_PARAMS,
    query: z.strictObject({ format: z.enum(['json', 'html']).default('json') }),
    budget: 'heavy',
    cache: 'versioned',
    answers: { 200: RECORD },
    errors: [...SYMBOL_ERRORS, 'NO_DATA'],
    handle: async ({ engine, params, query: { format } }) => {
      const instrument = engine.named(params.symbol);
      const report = await engine.report(instrument, format);
      if (report === null)
        throw new RequestProblem(
          'NO_DATA',
          `there is no report of ${instrumentName(instrument)} yet; POST makes one`,
        );
      const mediaType = format === 'html' ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
      return { status: 200, body: report, mediaType };
    },
  }),
  portfolioRoute('risk', 'What an hour may lose, exposure, volatility and beta of each symbol.', [
    'ts',
    'symbols',
    'gross',
    'net',
    'lossHours',
    'losses',
    'anomalies',
  ]),
  portfolioRoute('correlation', 'Correlation of hourly returns of each pair, and clusters.', [
    'ts',
    'pairs',
    'clusters',
  ]),
  partRoute('levels', 'Support and resistance by strength.', ['ts', 'levels']),
  partRoute('profile', 'Volume by price.', ['ts', 'profiles']),
  partRoute('patterns', 'Candlestick and chart patterns that hold now.', ['ts', 'patterns']),
];

/** A part of the portfolio's report. */
function portfolioRoute(name: string, text: string, keys: readonly string[]): Route {
  return route({
    verb: 'GET',
    path: `/api/v1/portfolio/${name}`,
    scope: 'read',
    group: GROUP,
    text,
    query: NO_QUERY,
    budget: 'heavy',
    answers: { 200: RECORD },
    errors: ['NO_DATA', 'STARTING'],
    handle: async ({ engine }) => {
      const report = await engine.portfolio(await askedOf(engine, 'portfolio'));
      if (report === null) throw new RequestProblem('NO_DATA', 'too few closed hours are known yet');
      return ok(Object.fromEntries(Object.entries(report).filter(([key]) => keys.includes(key))));
    },
  });
}

/** A part of the newest report. */
function partRoute(name: string, text: string, keys: readonly string[]): Route {
  return route({
    verb: 'GET',
    path: `/api/v1/${name}/:symbol`,
    scope: 'read',
    group: GROUP,
    text: `${text} Of the newest deep report.`,
    params: SYMBOL_PARAMS,
    query: NO_QUERY,
    budget: 'heavy',
    cache: 'versioned',
    answers: { 200: RECORD },
    errors: [...SYMBOL_ERRORS, 'NO_DATA'],
    handle: async ({ engine, params }) => {
      const instrument = engine.named(params.symbol);
      const text = await engine.report(instrument, 'json');
      if (text === null)
        throw new RequestProblem('NO_DATA', `there is no report of ${instrumentName(instrument)} yet`);
      const report = JSON.parse(text) as Record<string, unknown>;
      const part = Object.entries(report).filter(([key]) => keys.includes(key));
      return ok({ symbol: instrumentName(instrument), ...Object.fromEntries(part) });
    },
  });
}

function argsOf(
  engine: EngineView,
  { symbol, timeframe }: { readonly symbol: string; readonly timeframe?: string | undefined },
): Record<string, unknown> {
  const name = instrumentName(engine.named(symbol));
  return { symbol: name, ...(timeframe === undefined ? {} : { timeframe }) };
}

async function processed(engine: EngineView, body: Readonly<Record<string, unknown>>): Promise<object> {
  if (body['external'] !== undefined)
    throw new RequestProblem('NOT_AVAILABLE', 'scores from outside are not merged in this version');
  const context = (body['context'] ?? body) as { readonly v?: unknown; readonly s?: unknown };
  if (context.v !== 1)
    throw new RequestProblem('CONTEXT_VERSION', 'the context is to be of version 1 ("v": 1)');
  if (typeof context.s !== 'string')
    throw new RequestProblem('VALIDATION', 'the context names its symbol in "s"', {
      errors: [{ path: 'body.s', message: 'must be a symbol' }],
    });
  const output = await engine.outputOf(context, engine.named(context.s));
  if (typeof output !== 'string') return output;
  throw new RequestProblem('VALIDATION', output, { errors: [{ path: 'body', message: output }] });
}
