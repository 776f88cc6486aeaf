import { z } from 'zod';
import { formatDecimal } from '../../core/decimal.ts';
import { instrumentName, lotsToQty, ticksToPrice } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import { GAP_REASON, nameOf } from '../../messages/enums.ts';
import type { EngineView } from '../engine-view.ts';
import { COMMAND_ANSWERS, COMMAND_QUERY } from '../http/command-answer.ts';
import { pageFrom, pageOf, pageQuery } from '../http/page.ts';
import { RequestProblem } from '../http/problem.ts';
import { ok, route } from '../http/route.ts';
import type { Route } from '../http/route.ts';
import { askedOf, EVENT_ORDER, nowMs } from './engine-routes.ts';
import { EVENT, MARKET_DATA, NO_QUERY, RECORD, SYMBOL_PARAMS } from './shapes.ts';

const GROUP = 'Markets';
const LIST = z.strictObject({ data: z.array(RECORD), nextCursor: z.null(), asOfMs: z.number() });
const SYMBOL_ERRORS = ['SYMBOL_UNKNOWN', 'SYMBOL_AMBIGUOUS'] as const;

function list(engine: EngineView, data: readonly unknown[]): object {
  return { data, nextCursor: null, asOfMs: nowMs(engine) };
}

/** One symbol as the frozen list shows it. */
function symbolView(engine: EngineView, instrument: Instrument): object {
  const { venue, status, minNotionalCash, tickUnits, lotUnits, priceDecimals, qtyDecimals } = instrument;
  return {
    symbol: instrumentName(instrument),
    venue,
    tickSize: formatDecimal(tickUnits, priceDecimals),
    lotSize: formatDecimal(lotUnits, qtyDecimals),
    minNotional: formatDecimal(minNotionalCash * tickUnits * lotUnits, priceDecimals + qtyDecimals),
    status,
    trust: null,
    warm: engine.context(instrument).context !== null,
  };
}

/** The market of a symbol; null = not known now. */
function marketOf({ shared }: EngineView, instrument: Instrument): object {
  const { books, clock } = shared.options;
  const { index, tickUnits, priceDecimals, venue } = instrument;
  const isValid = books.read(index);
  const ageMs = isValid ? Math.max(0, Math.round((clock.nowNs() - books.recvNs) / 1e6)) : null;
  const has = isValid && books.bidCount > 0 && books.askCount > 0;
  const quality = isValid ? 'valid' : nameOf(GAP_REASON, books.reason);
  const middle = has ? (books.bidTicksAt(0) + books.askTicksAt(0)) * tickUnits * 5 : 0;
  return {
    symbol: instrumentName(instrument),
    venue,
    price: has ? formatDecimal(middle, priceDecimals + 1) : null,
    bid: has ? ticksToPrice(instrument, books.bidTicksAt(0)) : null,
    ask: has ? ticksToPrice(instrument, books.askTicksAt(0)) : null,
    bidQty: has ? lotsToQty(instrument, books.bidLotsAt(0)) : null,
    askQty: has ? lotsToQty(instrument, books.askLotsAt(0)) : null,
    spread: has ? ticksToPrice(instrument, books.askTicksAt(0) - books.bidTicksAt(0)) : null,
    volume24h: null,
    dataAgeMs: ageMs,
    isValid,
    trust: null,
    quality,
  };
}

const TIMEFRAMES = ['1m', '5m', '15m', '1h', '4h', '1d', '1w'] as const;

function historicalRoute(path: string, isNeeded: boolean): Route {
  const timeframe = z.enum(TIMEFRAMES);
  const query = z.strictObject({
    timeframe: isNeeded ? timeframe : timeframe.default('1m'),
    fromMs: z.coerce.number().int().min(0).optional(),
    toMs: z.coerce.number().int().min(0).optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(500),
  });
  return route({
    verb: 'GET',
    path,
    scope: 'read',
    group: 'Analysis',
    text: 'Closed bars of the bar store, oldest first, the newest that fit; gap names times without bars.',
    params: SYMBOL_PARAMS,
    query,
    budget: 'heavy',
    cache: 'versioned',
    answers: {
      200: z.strictObject({
        symbol: z.string(),
        timeframe: z.string(),
        data: z.array(RECORD),
        gaps: z.array(RECORD),
      }),
    },
    errors: [...SYMBOL_ERRORS, 'NO_DATA'],
    handle: async ({ engine, params, query: { timeframe: name, fromMs = 0, toMs = Infinity, limit } }) => {
      const instrument = engine.named(params.symbol);
      const symbol = instrumentName(instrument);
      const found = await engine.bars(instrument, name, fromMs, toMs);
      if (found === null)
        throw new RequestProblem(
          'NO_DATA',
          `the bar store has no ${name} bars of ${symbol} (analysis.storeBars)`,
        );
      return ok({ symbol, timeframe: name, data: found.bars.slice(-limit), gaps: found.gaps });
    },
  });
}

/** Symbols, books, trades and bars. */
export const MARKET_ROUTES: readonly Route[] = [
  route({
    verb: 'GET',
    path: '/api/symbols',
    scope: 'read',
    group: GROUP,
    text: 'The symbols that are traded.',
    query: NO_QUERY,
    answers: { 200: LIST },
    handle: ({ engine }) =>
      ok(
        list(
          engine,
          engine.instruments().map((instrument) => symbolView(engine, instrument)),
        ),
      ),
  }),
  route({
    verb: 'GET',
    path: '/api/v1/symbols',
    scope: 'read',
    group: GROUP,
    text: 'The same with what the venue takes of each: status, price band, funding, mark price.',
    query: NO_QUERY,
    answers: { 200: LIST },
    errors: ['STARTING'],
    handle: async ({ engine }) => {
      const { symbols } = (await askedOf(engine, 'symbols')) as { symbols: { name: string }[] };
      const byName = new Map(symbols.map((each) => [each.name, each]));
      const data = engine.instruments().map((instrument) => ({
        ...byName.get(instrumentName(instrument)),
        ...symbolView(engine, instrument),
      }));
      return ok(list(engine, data));
    },
  }),
  route({
    verb: 'POST',
    path: '/api/v1/symbols',
    scope: 'control',
    group: GROUP,
    text: 'Trade a symbol more, from now on.',
    query: COMMAND_QUERY,
    body: z.strictObject({ symbol: z.string().min(1).max(40), lane: z.string().max(40).optional() }),
    command: { kind: 'symbols-add' },
    answers: COMMAND_ANSWERS,
    errors: ['SYMBOL_UNKNOWN', 'REFUSED', 'DESK_BUSY'],
    handle: ({ give, body: { symbol, lane } }) =>
      give('symbols-add', { symbol, ...(lane === undefined ? {} : { lane }) }, true),
  }),
  route({
    verb: 'DELETE',
    path: '/api/v1/symbols/:symbol',
    scope: 'control',
    group: GROUP,
    text: 'Trade a symbol no more; it must have no position and no open orders.',
    params: SYMBOL_PARAMS,
    query: COMMAND_QUERY,
    command: { kind: 'symbols-remove' },
    answers: COMMAND_ANSWERS,
    errors: [...SYMBOL_ERRORS, 'REFUSED', 'DESK_BUSY'],
    handle: ({ give, engine, params }) =>
      give('symbols-remove', { symbol: instrumentName(engine.named(params.symbol)) }, true),
  }),
  route({
    verb: 'GET',
    path: '/api/live/market-data',
    scope: 'read',
    group: 'Live',
    text: 'Top of the book of every symbol, with its age.',
    query: NO_QUERY,
    answers: {
      200: z.strictObject({ data: z.array(MARKET_DATA), nextCursor: z.null(), asOfMs: z.number() }),
    },
    handle: ({ engine }) =>
      ok(
        list(
          engine,
          engine.instruments().map((instrument) => marketOf(engine, instrument)),
        ),
      ),
  }),
  route({
    verb: 'GET',
    path: '/api/live/market-data/:symbol',
    scope: 'read',
    group: 'Live',
    text: 'Top of the book of a symbol, with its age.',
    params: SYMBOL_PARAMS,
    query: NO_QUERY,
    answers: { 200: MARKET_DATA },
    errors: SYMBOL_ERRORS,
    handle: ({ engine, params }) => ok(marketOf(engine, engine.named(params.symbol))),
  }),
  route({
    verb: 'GET',
    path: '/api/v1/books/:symbol',
    scope: 'read',
    group: GROUP,
    text: 'The first levels of the book, and the bias of the slow path.',
    params: SYMBOL_PARAMS,
    query: NO_QUERY,
    answers: { 200: RECORD },
    errors: SYMBOL_ERRORS,
    handle: ({ engine, params }) => {
      const symbol = instrumentName(engine.named(params.symbol));
      return ok({ symbol, ...(engine.shared.book()[symbol] as object), asOfMs: nowMs(engine) });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/v1/trades/:symbol',
    scope: 'read',
    group: GROUP,
    text: 'The latest trades of the market. They are collected while somebody asks: the first answer may be empty.',
    params: SYMBOL_PARAMS,
    query: pageQuery({}),
    answers: { 200: pageOf(EVENT) },
    errors: SYMBOL_ERRORS,
    handle: ({ engine, params, query }) => {
      const symbol = instrumentName(engine.named(params.symbol));
      engine.wantTrades();
      const trades = engine.history.of('trades').filter(({ event }) => event['symbol'] === symbol);
      const page = pageFrom(trades, query, { symbol }, EVENT_ORDER, nowMs(engine));
      return ok({ ...page, data: page.data.map(({ event }) => event) });
    },
  }),
  historicalRoute('/api/mtf/historical/:symbol', true),
  historicalRoute('/api/v1/candles/:symbol', false),
  route({
    verb: 'GET',
    path: '/api/timeframes',
    scope: 'read',
    group: 'Analysis',
    text: 'The timeframes that are analysed, with what was counted of each.',
    query: NO_QUERY,
    answers: { 200: LIST },
    handle: ({ engine }) => {
      const counted = engine.stats()?.analysis?.timeframes ?? {};
      return ok(
        list(
          engine,
          engine.timeframes().map((each) => ({ ...each, ...counted[each.timeframe] })),
        ),
      );
    },
  }),
];
