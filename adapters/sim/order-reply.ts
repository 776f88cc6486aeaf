/** How orders and fills look in replies: field names and order as Binance writes them. */
import type { Account, AccountOrder, Fill } from './accounts.ts';
import { notionalText, priceText, qtyText, unitsText } from './instruments.ts';
import { BUY } from './matching-engine.ts';

/** A reply object; serialised with JSON.stringify, so key order is wire order. */
export type Reply = Record<string, unknown>;

const ZERO = '0.00000000';

/** BUY or SELL. */
export function sideText(order: AccountOrder): string {
  return order.engine.side === BUY ? 'BUY' : 'SELL';
}

/** Reply to a new order: the acknowledgement alone. */
export function ackReply(order: AccountOrder): Reply {
  return {
    symbol: order.market.instrument.symbol,
    orderId: order.engine.orderId,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    transactTime: order.createdMs,
  };
}

/** Reply to a new order with its result. */
export function resultReply(order: AccountOrder): Reply {
  return {
    ...ackReply(order),
    ...amounts(order),
    workingTime: order.createdMs,
    selfTradePreventionMode: order.engine.stpMode,
  };
}

/** Reply to a new order with its result and fills. */
export function fullReply(order: AccountOrder): Reply {
  const { workingTime, selfTradePreventionMode, ...head } = resultReply(order);
  const fills = order.fills.map((fill) => ({
    price: priceText(order.market.instrument, fill.priceTicks),
    qty: qtyText(order.market.instrument, fill.qtyLots),
    commission: unitsText(fill.commissionUnits),
    commissionAsset: fill.commissionAsset,
    tradeId: fill.tradeId,
  }));
  return { ...head, workingTime, fills, selfTradePreventionMode };
}

/** Reply to a cancel. `origClientOrderId` is the id the order had before. */
export function cancelReply(order: AccountOrder, origClientOrderId: string): Reply {
  return {
    symbol: order.market.instrument.symbol,
    origClientOrderId,
    orderId: order.engine.orderId,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    transactTime: order.updatedMs,
    ...amounts(order),
    selfTradePreventionMode: order.engine.stpMode,
  };
}

function amounts(order: AccountOrder): Reply {
  const { instrument } = order.market;
  const { engine } = order;
  return {
    price: priceText(instrument, engine.priceTicks),
    origQty: qtyText(instrument, engine.qtyLots),
    executedQty: qtyText(instrument, engine.filledLots),
    origQuoteOrderQty: unitsText(order.quoteOrderUnits),
    cummulativeQuoteQty: notionalText(instrument, engine.filledNotional),
    status: engine.status,
    timeInForce: engine.timeInForce,
    type: engine.kind,
    side: sideText(order),
  };
}

/** An order in queries and lists. */
export function orderReply(order: AccountOrder): Reply {
  const { instrument } = order.market;
  const { engine } = order;
  return {
    symbol: instrument.symbol,
    orderId: engine.orderId,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    price: priceText(instrument, engine.priceTicks),
    origQty: qtyText(instrument, engine.qtyLots),
    executedQty: qtyText(instrument, engine.filledLots),
    cummulativeQuoteQty: notionalText(instrument, engine.filledNotional),
    status: engine.status,
    timeInForce: engine.timeInForce,
    type: engine.kind,
    side: sideText(order),
    stopPrice: ZERO,
    icebergQty: ZERO,
    time: order.createdMs,
    updateTime: order.updatedMs,
    isWorking: true,
    workingTime: order.createdMs,
    origQuoteOrderQty: unitsText(order.quoteOrderUnits),
    selfTradePreventionMode: engine.stpMode,
  };
}

/** A fill in `myTrades`. */
export function fillReply(fill: Fill): Reply {
  const { instrument } = fill.order.market;
  return {
    symbol: instrument.symbol,
    id: fill.tradeId,
    orderId: fill.order.engine.orderId,
    orderListId: -1,
    price: priceText(instrument, fill.priceTicks),
    qty: qtyText(instrument, fill.qtyLots),
    quoteQty: notionalText(instrument, fill.priceTicks * fill.qtyLots),
    commission: unitsText(fill.commissionUnits),
    commissionAsset: fill.commissionAsset,
    time: fill.epochMs,
    isBuyer: fill.order.engine.side === BUY,
    isMaker: fill.isMaker,
    isBestMatch: true,
  };
}

/** The account object of `GET /api/v3/account`. */
export function accountReply(account: Account, omitZero: boolean): Reply {
  const balances: Reply[] = [];
  for (const [asset, balance] of account.balances) {
    if (omitZero && balance.free === 0 && balance.locked === 0) continue;
    balances.push({ asset, free: unitsText(balance.free), locked: unitsText(balance.locked) });
  }
  return {
    makerCommission: account.fees.makerBps,
    takerCommission: account.fees.takerBps,
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: commissionRates(account),
    canTrade: true,
    canWithdraw: false,
    canDeposit: false,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime: account.updatedMs,
    accountType: 'SPOT',
    balances,
    permissions: ['SPOT'],
    uid: account.uid,
  };
}

/** Fee rates as fractions with 8 decimals. */
export function commissionRates(account: Account): Reply {
  return {
    maker: unitsText(account.fees.makerBps * 10_000),
    taker: unitsText(account.fees.takerBps * 10_000),
    buyer: ZERO,
    seller: ZERO,
  };
}
