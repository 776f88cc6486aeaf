/**
 * What the exchange can be asked, once for both APIs: each method with its weight, its security and its work.
 * REST routes and WebSocket API methods are two doors to this table.
 */
import type { ExchangeMarket } from './accounts.ts';
import type { ApiMethod, Call, SignedCall } from './api-core.ts';
import { RawJson, withAccount } from './api-core.ts';
import { ApiError } from './api-error.ts';
import type { ExchangeState } from './exchange-state.ts';
import { describeFilters, requireMarket } from './filters.ts';
import { priceText, qtyText } from './instruments.ts';
import { KLINE_INTERVALS } from './candles.ts';
import { klineRow, TAPE_TRADES_MAX } from './market-tape.ts';
import { accountReply, commissionRates, fillReply, orderReply } from './order-reply.ts';
import { ORDER_TYPES, STP_MODES } from './order-request.ts';
import type { RawParams } from './request-params.ts';
import { flag, limitParam, optionalInteger, optionalText, requiredText } from './request-params.ts';
import { dayTicker, depthSnapshotText } from './stream-text.ts';

type Method = ApiMethod<ExchangeState>;
type SpotCall = Call<ExchangeState>;
type SpotSignedCall = SignedCall<ExchangeState>;

function open(weight: Method['weight'], run: Method['run']): Method {
  return { weight, security: 'none', isOrder: false, run };
}

function signed(weight: Method['weight'], run: (call: SpotSignedCall) => unknown): Method {
  return { weight, security: 'signed', isOrder: false, run: (call) => run(withAccount(call)) };
}

function order(weight: Method['weight'], run: (call: SpotSignedCall) => unknown): Method {
  return { weight, security: 'signed', isOrder: true, run: (call) => run(withAccount(call)) };
}

/** All methods by WebSocket API name. */
export const API_METHODS: Readonly<Record<string, Method>> = {
  ping: open(1, () => ({})),
  time: open(1, (call) => ({ serverTime: call.nowMs })),
  exchangeInfo: open(20, exchangeInfo),
  depth: open(depthWeight, depth),
  'trades.recent': open(25, recentTrades),
  'trades.historical': open(25, recentTrades),
  'trades.aggregate': open(4, aggregateTrades),
  klines: open(2, klines),
  uiKlines: open(2, klines),
  avgPrice: open(2, averagePrice),
  'ticker.24hr': open(tickerWeight(2, 80), (call) => perSymbol(call, dayTickerOf)),
  'ticker.price': open(tickerWeight(2, 4), (call) => perSymbol(call, lastPriceOf)),
  'ticker.book': open(tickerWeight(2, 4), (call) => perSymbol(call, bookTopOf)),
  'account.status': signed(20, (call) => accountReply(call.account, flag(call.params, 'omitZeroBalances'))),
  'account.commission': signed(20, accountCommission),
  'account.rateLimits.orders': signed(40, (call) => call.account.orderLimit.describe(call.nowMs)),
  'order.place': order(1, (call) => call.state.desk.place(call.account, call.params, call.nowMs)),
  'order.test': signed(1, (call) => call.state.desk.test(call.account, call.params, call.nowMs)),
  'order.cancel': order(1, (call) => call.state.desk.cancel(call.account, call.params, call.nowMs)),
  'order.cancelReplace': order(1, (call) =>
    call.state.desk.cancelReplace(call.account, call.params, call.nowMs),
  ),
  'order.amend.keepPriority': signed(4, (call) =>
    call.state.desk.amend(call.account, call.params, call.nowMs),
  ),
  'order.status': signed(4, (call) => orderReply(call.state.desk.find(call.account, call.params))),
  'openOrders.status': signed((params) => (params['symbol'] === undefined ? 80 : 6), openOrders),
  'openOrders.cancelAll': order(1, (call) =>
    call.state.desk.cancelAll(call.account, call.params, call.nowMs),
  ),
  allOrders: signed(20, allOrders),
  myTrades: signed((params) => (params['orderId'] === undefined ? 20 : 5), myTrades),
};

function marketOf(call: SpotCall): ExchangeMarket {
  return requireMarket(call.state.markets, requiredText(call.params, 'symbol'));
}

/** The markets that `symbol` or `symbols` names; all when neither is sent. */
function namedMarkets(call: SpotCall): { readonly markets: ExchangeMarket[]; readonly isSingle: boolean } {
  const symbol = optionalText(call.params, 'symbol');
  if (symbol !== undefined) return { markets: [requireMarket(call.state.markets, symbol)], isSingle: true };
  const list = optionalText(call.params, 'symbols');
  if (list === undefined) return { markets: [...call.state.markets.values()], isSingle: false };
  let names: unknown;
  try {
    names = JSON.parse(list);
  } catch {
    names = undefined;
  }
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw new ApiError(
      -1100,
      "Illegal characters found in parameter 'symbols'; legal range is a JSON array of symbols.",
    );
  }
  return { markets: names.map((name: string) => requireMarket(call.state.markets, name)), isSingle: false };
}

function perSymbol(call: SpotCall, describe: (market: ExchangeMarket, call: SpotCall) => unknown): unknown {
  const { markets, isSingle } = namedMarkets(call);
  return isSingle ? describe(markets[0], call) : markets.map((market) => describe(market, call));
}

function dayTickerOf(market: ExchangeMarket, call: SpotCall): unknown {
  return dayTicker(market, call.state.tapes.get(market.instrument.symbol)!, call.nowMs);
}

function lastPriceOf(market: ExchangeMarket): unknown {
  return { symbol: market.instrument.symbol, price: priceText(market.instrument, market.lastTradeTicks) };
}

function bookTopOf(market: ExchangeMarket): unknown {
  const { instrument } = market;
  return {
    symbol: instrument.symbol,
    bidPrice: priceText(instrument, market.bidTicks),
    bidQty: qtyText(instrument, market.bidLots),
    askPrice: priceText(instrument, market.askTicks),
    askQty: qtyText(instrument, market.askLots),
  };
}

function tickerWeight(one: number, all: number): (params: RawParams) => number {
  return (params) => (params['symbol'] === undefined ? all : one);
}

function depthWeight(params: RawParams): number {
  const limit = Number(params['limit'] ?? 100);
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}

function depth(call: SpotCall): RawJson {
  return new RawJson(depthSnapshotText(marketOf(call), limitParam(call.params, 100, 5000)));
}

function recentTrades(call: SpotCall): unknown {
  const { instrument } = marketOf(call);
  const limit = limitParam(call.params, 500, TAPE_TRADES_MAX);
  const fromId = optionalInteger(call.params, 'fromId');
  const all = call.state.tapes.get(instrument.symbol)!.trades;
  const chosen =
    fromId === undefined ? all.slice(-limit) : all.filter((each) => each.tradeId >= fromId).slice(0, limit);
  return chosen.map((trade) => ({
    id: trade.tradeId,
    price: priceText(instrument, trade.priceTicks),
    qty: qtyText(instrument, trade.qtyLots),
    quoteQty: ((trade.priceTicks * trade.qtyLots * instrument.notionalUnits) / 1e8).toFixed(8),
    time: trade.epochMs,
    isBuyerMaker: trade.isBuyerMaker,
    isBestMatch: true,
  }));
}

function aggregateTrades(call: SpotCall): unknown {
  const { instrument } = marketOf(call);
  const limit = limitParam(call.params, 500, TAPE_TRADES_MAX);
  const fromId = optionalInteger(call.params, 'fromId');
  const startMs = optionalInteger(call.params, 'startTime') ?? 0;
  const endMs = optionalInteger(call.params, 'endTime') ?? Number.MAX_SAFE_INTEGER;
  const all = call.state.tapes.get(instrument.symbol)!.aggTrades;
  const inTime = all.filter((each) => each.epochMs >= startMs && each.epochMs <= endMs);
  const isForward = fromId !== undefined || startMs > 0;
  const chosen = isForward
    ? inTime.filter((each) => each.aggId >= (fromId ?? 0)).slice(0, limit)
    : inTime.slice(-limit);
  return chosen.map((trade) => ({
    a: trade.aggId,
    p: priceText(instrument, trade.priceTicks),
    q: qtyText(instrument, trade.qtyLots),
    f: trade.firstTradeId,
    l: trade.lastTradeId,
    T: trade.epochMs,
    m: trade.isBuyerMaker,
    M: true,
  }));
}

function klines(call: SpotCall): unknown {
  const { instrument } = marketOf(call);
  const interval = requiredText(call.params, 'interval');
  if (KLINE_INTERVALS[interval] === undefined) throw new ApiError(-1120, 'Invalid interval.');
  const limit = limitParam(call.params, 500, 1000);
  const startMs = optionalInteger(call.params, 'startTime');
  const endMs = optionalInteger(call.params, 'endTime') ?? Number.MAX_SAFE_INTEGER;
  const all = call.state.tapes.get(instrument.symbol)!.allCandles(interval)!;
  const inTime = all.filter((each) => each.openMs >= (startMs ?? 0) && each.openMs <= endMs);
  const chosen = startMs === undefined ? inTime.slice(-limit) : inTime.slice(0, limit);
  return chosen.map((candle) => klineRow(instrument, candle));
}

function averagePrice(call: SpotCall): unknown {
  const market = marketOf(call);
  const tape = call.state.tapes.get(market.instrument.symbol)!;
  const ticks = Math.round(tape.averageTicks(call.nowMs, 5, market.lastTradeTicks));
  const last = tape.trades[tape.trades.length - 1];
  return { mins: 5, price: priceText(market.instrument, ticks), closeTime: last?.epochMs ?? call.nowMs };
}

function exchangeInfo(call: SpotCall): unknown {
  const { state, nowMs } = call;
  const { markets } = namedMarkets(call);
  return {
    timezone: 'UTC',
    serverTime: nowMs,
    rateLimits: [state.weight.describe(), ...state.accounts[0].orderLimit.describe()],
    exchangeFilters: [],
    symbols: markets.map(symbolInfo),
  };
}

function symbolInfo(market: ExchangeMarket): unknown {
  const { instrument } = market;
  return {
    symbol: instrument.symbol,
    status: market.status,
    baseAsset: instrument.baseAsset,
    baseAssetPrecision: 8,
    quoteAsset: instrument.quoteAsset,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ORDER_TYPES,
    icebergAllowed: false,
    ocoAllowed: false,
    otoAllowed: false,
    opoAllowed: false,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: false,
    cancelReplaceAllowed: true,
    amendAllowed: true,
    pegInstructionsAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: describeFilters(instrument),
    permissions: [],
    permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: STP_MODES[0],
    allowedSelfTradePreventionModes: STP_MODES,
  };
}

function accountCommission(call: SpotSignedCall): unknown {
  const none = { maker: '0.00000000', taker: '0.00000000', buyer: '0.00000000', seller: '0.00000000' };
  return {
    symbol: marketOf(call).instrument.symbol,
    standardCommission: commissionRates(call.account),
    specialCommission: none,
    taxCommission: none,
    discount: {
      enabledForAccount: false,
      enabledForSymbol: false,
      discountAsset: 'BNB',
      discount: '0.00000000',
    },
  };
}

function openOrders(call: SpotSignedCall): unknown {
  const symbol = optionalText(call.params, 'symbol');
  if (symbol !== undefined) requireMarket(call.state.markets, symbol);
  return call.account.openOrders(symbol).map(orderReply);
}

function allOrders(call: SpotSignedCall): unknown {
  const { instrument } = marketOf(call);
  const limit = limitParam(call.params, 500, 1000);
  const fromId = optionalInteger(call.params, 'orderId');
  const startMs = optionalInteger(call.params, 'startTime') ?? 0;
  const endMs = optionalInteger(call.params, 'endTime') ?? Number.MAX_SAFE_INTEGER;
  const all = call.account
    .orders(instrument.symbol)
    .filter((each) => each.createdMs >= startMs && each.createdMs <= endMs);
  const chosen =
    fromId === undefined
      ? all.slice(-limit)
      : all.filter((each) => each.engine.orderId >= fromId).slice(0, limit);
  return chosen.map(orderReply);
}

function myTrades(call: SpotSignedCall): unknown {
  const { params } = call;
  const { instrument } = marketOf(call);
  const limit = limitParam(params, 500, 1000);
  const fromId = optionalInteger(params, 'fromId');
  const orderId = optionalInteger(params, 'orderId');
  const startMs = optionalInteger(params, 'startTime');
  const endMs = optionalInteger(params, 'endTime');
  if (fromId !== undefined && (startMs !== undefined || endMs !== undefined)) {
    throw new ApiError(-1128, 'Combination of optional parameters invalid.');
  }
  const all = call.account.fills.filter(
    (fill) =>
      fill.order.market.instrument.symbol === instrument.symbol &&
      (orderId === undefined || fill.order.engine.orderId === orderId) &&
      fill.tradeId >= (fromId ?? 0) &&
      fill.epochMs >= (startMs ?? 0) &&
      fill.epochMs <= (endMs ?? Number.MAX_SAFE_INTEGER),
  );
  const isForward = fromId !== undefined || startMs !== undefined;
  return (isForward ? all.slice(0, limit) : all.slice(-limit)).map(fillReply);
}
