import { z } from 'zod';
import { instrumentName } from '../../core/instrument.ts';
import { formatDecimal } from '../../core/decimal.ts';
import type { EngineView } from '../engine-view.ts';
import { pageFrom, pageOf, pageQuery } from '../http/page.ts';
import { RequestProblem } from '../http/problem.ts';
import { ok, route } from '../http/route.ts';
import type { Route } from '../http/route.ts';
import { EVENT_ORDER, nowMs, statsOf } from './engine-routes.ts';
import { DECIMAL, EVENT, FILL, NO_QUERY, ORDER, POSITION, RECORD } from './shapes.ts';

const GROUP = 'Orders';
const FILTER = z.string().max(80).optional();
/** States of orders that have not ended. */
const OPEN_STATES: ReadonlySet<string> = new Set([
  'initialized',
  'submitted',
  'unknown',
  'accepted',
  'partiallyFilled',
  'pendingCancel',
  'pendingReplace',
]);

/** The symbol a filter means, by the engine's name of it; undefined = all. */
function symbolOf(engine: EngineView, symbol: string | undefined): string | undefined {
  return symbol === undefined ? undefined : instrumentName(engine.named(symbol));
}

function ordersRoute(path: string): Route {
  return route({
    verb: 'GET',
    path,
    scope: 'read',
    group: GROUP,
    text: 'Open orders, and those that ended since the api began to listen.',
    query: pageQuery({ symbol: FILTER, strategy: FILTER, side: FILTER, venue: FILTER, state: FILTER }),
    answers: { 200: pageOf(ORDER) },
    errors: ['SYMBOL_UNKNOWN', 'SYMBOL_AMBIGUOUS'],
    handle: ({ engine, query }) => {
      const { strategy, side, venue, state } = query;
      const symbol = symbolOf(engine, query.symbol);
      const isMeant = (given: string | undefined, found: string): boolean =>
        given === undefined || given === found;
      const isInState = (found: string): boolean =>
        state === undefined || found === state || (state === 'open' && OPEN_STATES.has(found));
      const orders = engine
        .allOrders()
        .filter(({ view }) => isMeant(symbol, view.symbol) && isMeant(strategy, view.strategy))
        .filter(
          ({ view }) => isMeant(side, view.side) && isMeant(venue, view.venue) && isInState(view.state),
        );
      const filters = { symbol, strategy, side, venue, state };
      const order = { seqOf, atMsOf: (each: (typeof orders)[number]) => each.view.createdMs };
      const page = pageFrom(orders, query, filters, order, nowMs(engine));
      return ok({ ...page, data: page.data.map(({ view }) => view) });
    },
  });
}

const seqOf = ({ seq }: { readonly seq: number }): number => seq;

function positionsRoute(path: string): Route {
  return route({
    verb: 'GET',
    path,
    scope: 'read',
    group: GROUP,
    text: 'Positions: of each account and symbol that was ever filled.',
    query: pageQuery({ symbol: FILTER, venue: FILTER }),
    answers: { 200: pageOf(POSITION) },
    errors: ['SYMBOL_UNKNOWN', 'SYMBOL_AMBIGUOUS', 'NO_STATS'],
    handle: ({ engine, query }) => {
      const symbol = symbolOf(engine, query.symbol);
      const asOfMs = nowMs(engine);
      const found = positionsOf(engine, asOfMs).filter(
        ({ view, venue }) =>
          (symbol === undefined || view.symbol === symbol) &&
          (query.venue === undefined || venue === query.venue),
      );
      const order = { seqOf, atMsOf: () => asOfMs - 1 };
      const page = pageFrom(found, query, { symbol, venue: query.venue }, order, asOfMs);
      return ok({ ...page, data: page.data.map(({ view }) => view) });
    },
  });
}

interface PositionView {
  readonly seq: number;
  readonly venue: string;
  readonly view: { readonly symbol: string } & Readonly<Record<string, unknown>>;
}

function positionsOf(engine: EngineView, updatedMs: number): PositionView[] {
  const { position } = statsOf(engine);
  return engine.instruments().flatMap((instrument) => {
    const symbol = instrumentName(instrument);
    const held = position[symbol];
    if (held === undefined) return [];
    const { books } = engine.shared.options;
    const isValid = books.readTouch(instrument.index);
    const units = isValid ? (books.bidTicksAt(0) + books.askTicksAt(0)) * instrument.tickUnits * 5 : 0;
    const view = {
      symbol,
      strategy: null,
      account: instrument.account,
      quantity: held.qty,
      averagePrice: held.averagePrice,
      markPrice: isValid ? formatDecimal(units, instrument.priceDecimals + 1) : null,
      realised: held.realised,
      unrealised: isValid || held.netLots === 0 ? held.unrealised : null,
      fees: held.fees,
      updatedMs,
    };
    return [{ seq: instrument.index, venue: instrument.venue, view }];
  });
}

/** Orders, fills, positions and what they come to. */
export const ORDER_ROUTES: readonly Route[] = [
  ordersRoute('/orders'),
  ordersRoute('/api/v1/orders'),
  route({
    verb: 'GET',
    path: '/api/v1/orders/:id',
    scope: 'read',
    group: GROUP,
    text: 'An order by any of its ids, with what happened to it.',
    params: z.strictObject({ id: z.string().min(1).max(80) }),
    query: NO_QUERY,
    answers: { 200: z.strictObject({ order: ORDER, fills: z.array(FILL), events: z.array(EVENT) }) },
    errors: ['ORDER_UNKNOWN'],
    handle: ({ engine, params: { id } }) => {
      const found = engine
        .allOrders()
        .find(({ view }) => view.orderId === id || view.venueOrderId === id || view.clientOrderId === id);
      if (found === undefined)
        throw new RequestProblem(
          'ORDER_UNKNOWN',
          'no order of this id is open or was seen since the api began',
        );
      const { view: order } = found;
      const fills = engine.orders.fills().filter(({ view }) => view.orderId === order.orderId);
      const events = engine.history
        .of('orders')
        .filter(({ event }) => String(event['intentSeq']) === order.orderId);
      return ok({ order, fills: fills.map(({ view }) => view), events: events.map(({ event }) => event) });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/v1/fills',
    scope: 'read',
    group: GROUP,
    text: 'Fills since the api began to listen, newest first.',
    query: pageQuery({ symbol: FILTER, strategy: FILTER, side: FILTER }),
    answers: { 200: pageOf(FILL) },
    errors: ['SYMBOL_UNKNOWN', 'SYMBOL_AMBIGUOUS'],
    handle: ({ engine, query }) => {
      const { strategy, side } = query;
      const symbol = symbolOf(engine, query.symbol);
      const isMeant = (given: string | undefined, found: string): boolean =>
        given === undefined || given === found;
      const fills = engine.orders
        .fills()
        .filter(({ view }) => isMeant(symbol, view.symbol) && isMeant(strategy, view.strategy))
        .filter(({ view }) => isMeant(side, view.side));
      const order = { seqOf, atMsOf: (each: (typeof fills)[number]) => each.view.atMs };
      const page = pageFrom(fills, query, { symbol, strategy, side }, order, nowMs(engine));
      return ok({ ...page, data: page.data.map(({ view }) => view) });
    },
  }),
  positionsRoute('/positions'),
  positionsRoute('/api/v1/positions'),
  route({
    verb: 'GET',
    path: '/api/v1/pnl',
    scope: 'read',
    group: GROUP,
    text: 'Profit and loss since the journal began, as a whole, by symbol and by strategy; quote asset.',
    query: NO_QUERY,
    answers: { 200: RECORD },
    errors: ['NO_STATS'],
    handle: ({ engine }) => {
      const { pnl, position, breakers, strategies } = statsOf(engine);
      const bySymbol = Object.entries(position).map(([symbol, { realised, unrealised, fees, fills }]) => ({
        symbol,
        realised,
        unrealised,
        fees,
        fills,
      }));
      const byStrategy = strategies.map(({ index, name, pnl: own }) => ({ index, name, ...own }));
      return ok({ ...pnl, dayProfit: breakers.dayProfit, bySymbol, byStrategy, asOfMs: nowMs(engine) });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/v1/denials',
    scope: 'read',
    group: GROUP,
    text: 'Why not: orders that risk denied and what strategies explained, newest first.',
    query: pageQuery({ symbol: FILTER, code: FILTER }),
    answers: { 200: pageOf(EVENT) },
    errors: ['SYMBOL_UNKNOWN', 'SYMBOL_AMBIGUOUS'],
    handle: ({ engine, query }) => {
      const symbol = symbolOf(engine, query.symbol);
      const { code } = query;
      const denied = engine.history.of('orders').filter(({ event }) => event['state'] === 'denied');
      const explained = engine.history.of('signals').filter(({ event }) => event['explains'] !== undefined);
      const chosen = [...denied, ...explained]
        .filter(({ event }) => symbol === undefined || event['symbol'] === symbol)
        .filter(({ event }) => code === undefined || event['reason'] === code || event['explains'] === code);
      const page = pageFrom(chosen, query, { symbol, code }, EVENT_ORDER, nowMs(engine));
      return ok({ ...page, data: page.data.map(({ event }) => event) });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/v1/risk',
    scope: 'read',
    group: 'Trading',
    text: 'The limits with what is used of them, and what the loss limits go by.',
    query: NO_QUERY,
    answers: { 200: RECORD },
    errors: ['STARTING', 'NO_STATS'],
    handle: async ({ engine }) => {
      const risk = (await engine.ask('risk')) as object | null;
      if (risk === null)
        throw new RequestProblem('STARTING', 'the engine does not answer now', { retryAfterS: 1 });
      const { breakers, orders } = statsOf(engine);
      return ok({ ...risk, breakers, openOrders: orders.open, denied: orders.denied, asOfMs: nowMs(engine) });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/live/performance',
    scope: 'read',
    group: 'Live',
    text: 'The engine as a trader sees it: profit, drawdown, trades, latency, data.',
    query: NO_QUERY,
    answers: {
      200: z.strictObject({
        pnl: DECIMAL,
        equity: z.number().nullable(),
        drawdownPct: z.number().nullable(),
        trades: z.number(),
        winRate: z.number().nullable(),
        profitFactor: z.number().nullable(),
        slippageBps: z.number().nullable(),
        tickToOrderNs: RECORD,
        dataQuality: z.number(),
        cpu: z.number().nullable(),
        rss: z.number(),
        disk: z.number().nullable(),
        asOfMs: z.number(),
      }),
    },
    errors: ['NO_STATS'],
    handle: ({ engine }) => ok(performanceOf(engine)),
  }),
];

/** What nobody has measured is null. */
function performanceOf(engine: EngineView): object {
  const { pnl, fills, tickToOrderNs, rssMb } = statsOf(engine);
  const instruments = engine.instruments();
  const valid = instruments.filter(({ index }) => engine.shared.bookAgeMs(index) !== null).length;
  return {
    pnl: sumText(pnl.realised, pnl.unrealised, pnl.fees),
    equity: null,
    drawdownPct: null,
    trades: fills,
    winRate: null,
    profitFactor: null,
    slippageBps: null,
    tickToOrderNs,
    dataQuality: instruments.length === 0 ? 0 : valid / instruments.length,
    cpu: null,
    rss: rssMb * 1_048_576,
    disk: null,
    asOfMs: nowMs(engine),
  };
}

/** realised + unrealised - fees, exactly. */
function sumText(realised: string, unrealised: string, fees: string): string {
  const decimals = Math.max(...[realised, unrealised, fees].map((text) => (text.split('.')[1] ?? '').length));
  const scaled = (text: string): bigint => {
    const [whole, fraction = ''] = text.replace('-', '').split('.');
    const units = BigInt(`${whole}${fraction.padEnd(decimals, '0')}`);
    return text.startsWith('-') ? -units : units;
  };
  const sum = scaled(realised) + scaled(unrealised) - scaled(fees);
  const digits = (sum < 0n ? -sum : sum).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const text = decimals === 0 ? whole : `${whole}.${digits.slice(digits.length - decimals)}`;
  return sum < 0n ? `-${text}` : text;
}
