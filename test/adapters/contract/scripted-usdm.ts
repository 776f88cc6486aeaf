import { createBinanceUsdmVenue } from '../../../adapters/binance-usdm/venue.ts';
import { spotInstrument } from '../../../engine/core/instrument.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import { lotsToQty, priceToTicks, qtyToLots, ticksToPrice } from '../../../engine/core/instrument.ts';
import { ORDER_TYPE, REASON } from '../../../engine/messages/enums.ts';
import { restingBuy } from './contract-world.ts';
import type { Dialect, StubOrder, StubTrade } from './scripted-venue.ts';
import { Refusal, ScriptedVenue } from './scripted-venue.ts';
import { ScriptedWorld } from './scripted-world.ts';

/** BTCUSDT perpetual with the units that the contract's prices and sizes are in. */
export const BTC_PERPETUAL: Instrument = {
  ...spotInstrument({
    index: 0,
    venue: 'binance-usdm',
    symbol: 'BTCUSDT',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    priceDecimals: 2,
    tickUnits: 1,
    qtyDecimals: 5,
    lotUnits: 1,
    minQtyLots: 1,
    maxQtyLots: 100_000_000,
    minNotionalCash: 5 * 10 ** 7,
    epoch: 1,
  }),
  kind: 'perpetual',
  settleAsset: 'USDT',
  feeAsset: 'USDT',
  marginMode: 'cross',
};

const TIME_MS = 1_764_000_000_000;
const LOTS_MAX = 1_000_000;
const qty = (lots: number): string => lotsToQty(BTC_PERPETUAL, lots);
const price = (ticks: number): string => ticksToPrice(BTC_PERPETUAL, ticks);

function orderFields(order: StubOrder): Record<string, unknown> {
  return {
    orderId: order.orderId,
    symbol: 'BTCUSDT',
    status: order.status,
    clientOrderId: order.clientId,
    price: price(order.priceTicks),
    origQty: qty(order.qtyLots),
    executedQty: qty(order.filledLots),
    timeInForce: order.params['timeInForce'],
    type: order.params['type'],
    reduceOnly: order.params['reduceOnly'] === 'true',
    closePosition: false,
    side: order.side,
    positionSide: 'BOTH',
    updateTime: TIME_MS,
  };
}

/** The answers and events of Binance USD-M, as its documents show them. */
const USDM: Dialect = {
  timePath: '/fapi/v1/time',
  reportPath: '/private/ws/',
  unknown: { status: 503, code: -1007, msg: 'Timeout waiting for response from backend server.' },
  readOrder(params, open) {
    const qtyLots = qtyToLots(BTC_PERPETUAL, String(params['quantity']));
    const priceTicks = priceToTicks(BTC_PERPETUAL, String(params['price']));
    if (open.some(({ clientId }) => clientId === params['newClientOrderId']))
      throw new Refusal(-4116, 'ClientOrderId is duplicated.');
    if (params['reduceOnly'] === 'true') throw new Refusal(-2022, 'ReduceOnly Order is rejected.');
    if (qtyLots > LOTS_MAX) throw new Refusal(-2019, 'Margin is insufficient.');
    if (qtyLots * priceTicks < 5 * 10 ** 7)
      throw new Refusal(-4164, "Order's notional must be no smaller than 5.");
    if (params['timeInForce'] === 'GTX' && priceTicks > 6_500_000)
      throw new Refusal(-5022, 'Due to the order could not be executed as maker, it will be rejected.');
    return { side: String(params['side']), priceTicks, qtyLots };
  },
  ack: (order) => ({ ...orderFields(order), cumQty: '0.000', origType: order.params['type'] }),
  cancelAck: (order) => ({ ...orderFields(order), cumQty: qty(order.filledLots) }),
  report: (order, execution, trade) => ({
    e: 'ORDER_TRADE_UPDATE',
    T: TIME_MS,
    E: TIME_MS + 1,
    o: {
      s: 'BTCUSDT',
      c: order.clientId,
      S: order.side,
      o: order.params['type'],
      f: order.params['timeInForce'],
      q: qty(order.qtyLots),
      p: price(order.priceTicks),
      ap: '0',
      sp: '0',
      x: execution,
      X: order.status,
      i: order.orderId,
      l: qty(trade?.qtyLots ?? 0),
      z: qty(trade?.cumLots ?? order.filledLots),
      L: trade === null ? '0' : price(order.priceTicks),
      ...(trade === null ? {} : { N: 'USDT', n: '0.01200000' }),
      T: TIME_MS,
      t: trade?.id ?? 0,
      b: '0',
      a: '0',
      m: trade?.isMaker ?? false,
      R: false,
      wt: 'CONTRACT_PRICE',
      ot: order.params['type'],
      ps: 'BOTH',
      cp: false,
      rp: '0',
      pP: false,
      V: 'NONE',
      gtd: 0,
      er: '0',
    },
  }),
  orderStatus: (order) => ({ ...orderFields(order), avgPrice: '0.00', cumQuote: '0', time: TIME_MS }),
  trade: (trade: StubTrade) => ({
    buyer: trade.order.side === 'BUY',
    commission: '0.01200000',
    commissionAsset: 'USDT',
    id: trade.id,
    maker: trade.isMaker,
    orderId: trade.order.orderId,
    price: price(trade.order.priceTicks),
    qty: qty(trade.qtyLots),
    realizedPnl: '0',
    side: trade.order.side,
    positionSide: 'BOTH',
    symbol: 'BTCUSDT',
    time: TIME_MS,
  }),
  rateLimits: (count) => [
    { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 2_400, count: 5 },
    { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300, count },
    { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1_200, count },
  ],
  other(name, params) {
    switch (name) {
      case 'v2/account.balance':
        return [{ accountAlias: 'SgsR', asset: 'USDT', balance: '1000.00000000' }];
      case 'POST /fapi/v1/listenKey':
        return { listenKey: 'pqia91ma19a5s61cv6a81va65sdf19v8a65a1' };
      case 'PUT /fapi/v1/listenKey':
        return {};
      case 'GET /fapi/v1/positionSide/dual':
        return { dualSidePosition: false };
      case 'POST /fapi/v1/countdownCancelAll':
        return { symbol: params['symbol'], countdownTime: String(params['countdownTime']) };
      case 'POST /fapi/v1/marginType':
        throw new Refusal(-4046, 'No need to change margin type.');
      case 'POST /fapi/v1/leverage':
        return {
          leverage: Number(params['leverage']),
          maxNotionalValue: '1000000',
          symbol: params['symbol'],
        };
      default:
        return undefined;
    }
  },
};

/** A scripted Binance USD-M. */
export async function openScriptedUsdm(): Promise<ScriptedWorld> {
  return new ScriptedWorld(await new ScriptedVenue(USDM).open(), {
    instrument: BTC_PERPETUAL,
    canReplace: false,
    unknownCode: -1007,
    create: createBinanceUsdmVenue,
    refusals: (world) => [
      {
        what: 'no margin',
        terms: restingBuy(world, { qtyLots: 2_000_000 }),
        reason: REASON.insufficientBalance,
      },
      { what: 'too small', terms: restingBuy(world, { qtyLots: 1 }), reason: REASON.filterFailure },
      {
        what: 'would take',
        terms: restingBuy(world, { orderType: ORDER_TYPE.limitMaker, priceTicks: 6_600_000 }),
        reason: REASON.wouldTake,
      },
    ],
    byHand: (priceTicks, qtyLots) => ({
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      price: price(priceTicks),
      quantity: qty(qtyLots),
      newClientOrderId: `web_${priceTicks}`,
    }),
  });
}
