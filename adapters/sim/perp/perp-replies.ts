/** How orders, fills, positions and accounts of the perpetuals look in replies and events (Binance USD-M). */
import { priceText, qtyText, unitsText } from '../instruments.ts';
import { BUY } from '../matching-engine.ts';
import type { PerpAccount, PerpFill, PerpOrder, Position } from './perp-account.ts';
import { MAINTENANCE_RATE, MARGIN_ASSET } from './perp-terms.ts';

export type PerpReply = Record<string, unknown>;

const ZERO = '0';

/** BUY or SELL. */
export function sideText(order: PerpOrder): string {
  return order.engine.side === BUY ? 'BUY' : 'SELL';
}

function averageTicks({ engine }: PerpOrder): number {
  return engine.filledLots === 0 ? 0 : engine.filledNotional / engine.filledLots;
}

/** A price that is no whole number of ticks. */
function fineText(position: Position, ticks: number): string {
  return unitsText(Math.max(0, Math.round(ticks * position.market.instrument.tickUnits)));
}

/** Reply to place, cancel and status; status also tells the average price. */
export function orderReply(order: PerpOrder): PerpReply {
  const { engine, market } = order;
  const { instrument } = market;
  return {
    orderId: engine.orderId,
    symbol: instrument.symbol,
    status: engine.status,
    clientOrderId: order.clientOrderId,
    price: priceText(instrument, engine.priceTicks),
    avgPrice: unitsText(Math.round(averageTicks(order) * instrument.tickUnits)),
    origQty: qtyText(instrument, engine.qtyLots),
    executedQty: qtyText(instrument, engine.filledLots),
    cumQty: qtyText(instrument, engine.filledLots),
    cumQuote: unitsText(engine.filledNotional * instrument.notionalUnits),
    timeInForce: order.timeInForce,
    type: order.type,
    reduceOnly: order.isReduceOnly,
    closePosition: false,
    side: sideText(order),
    positionSide: 'BOTH',
    stopPrice: ZERO,
    workingType: 'CONTRACT_PRICE',
    priceProtect: false,
    origType: order.type,
    priceMatch: 'NONE',
    selfTradePreventionMode: 'NONE',
    goodTillDate: 0,
    time: order.createdMs,
    updateTime: order.updatedMs,
  };
}

/** One entry of userTrades. */
export function fillReply(fill: PerpFill): PerpReply {
  const { order, priceTicks, qtyLots } = fill;
  const { instrument } = order.market;
  return {
    buyer: order.engine.side === BUY,
    commission: unitsText(fill.feeUnits),
    commissionAsset: MARGIN_ASSET,
    id: fill.tradeId,
    maker: fill.isMaker,
    orderId: order.engine.orderId,
    price: priceText(instrument, priceTicks),
    qty: qtyText(instrument, qtyLots),
    quoteQty: unitsText(priceTicks * qtyLots * instrument.notionalUnits),
    realizedPnl: unitsText(fill.realisedUnits),
    side: sideText(order),
    positionSide: 'BOTH',
    symbol: instrument.symbol,
    time: fill.epochMs,
  };
}

/** Price at which a position would be liquidated if nothing else changed; 0 when none would do it. */
export function liquidationTicks(account: PerpAccount, position: Position): number {
  const { lots, entryTickLots, market } = position;
  if (lots === 0) return 0;
  let marginUnits = position.isolatedUnits;
  if (!position.isIsolated) {
    marginUnits = account.walletUnits;
    for (const other of account.positions.values()) {
      if (other === position) continue;
      marginUnits -= other.isIsolated ? other.isolatedUnits : other.maintenanceUnits - other.unrealisedUnits;
    }
  }
  const marginTickLots = marginUnits / market.instrument.notionalUnits;
  const ticks = (entryTickLots - marginTickLots) / (lots * (1 - Math.sign(lots) * MAINTENANCE_RATE));
  return Math.max(0, ticks);
}

/** One entry of positionRisk. */
export function positionReply(account: PerpAccount, position: Position): PerpReply {
  const { instrument } = position.market;
  const entry = position.lots === 0 ? 0 : position.entryTickLots / position.lots;
  return {
    symbol: instrument.symbol,
    positionSide: 'BOTH',
    positionAmt: signedQtyText(position),
    entryPrice: fineText(position, entry),
    breakEvenPrice: fineText(position, entry),
    markPrice: fineText(position, position.mark.markTicks),
    unRealizedProfit: unitsText(position.unrealisedUnits),
    liquidationPrice: fineText(position, liquidationTicks(account, position)),
    isolatedMargin: position.isIsolated
      ? unitsText(position.isolatedUnits + position.unrealisedUnits)
      : unitsText(0),
    isolatedWallet: unitsText(position.isolatedUnits),
    notional: unitsText(Math.sign(position.lots) * position.notionalUnits),
    marginAsset: MARGIN_ASSET,
    initialMargin: unitsText(position.initialUnits),
    positionInitialMargin: unitsText(position.initialUnits),
    maintMargin: unitsText(position.maintenanceUnits),
    openOrderInitialMargin: unitsText(0),
    leverage: String(position.leverage),
    marginType: position.isIsolated ? 'isolated' : 'cross',
    isolated: position.isIsolated,
    isAutoAddMargin: 'false',
    maxNotionalValue: '100000000',
    adl: 0,
    updateTime: position.updatedMs,
  };
}

/** Size of a position as text, negative when short. */
export function signedQtyText({ lots, market }: Position): string {
  const text = qtyText(market.instrument, Math.abs(lots));
  return lots < 0 ? `-${text}` : text;
}

/** Sum of what open positions would realise at the mark price. */
export function unrealisedOf(account: PerpAccount): number {
  let units = 0;
  for (const position of account.positions.values()) units += position.unrealisedUnits;
  return units;
}

/** The one balance of an account. */
export function balanceReply(account: PerpAccount, nowMs: number): PerpReply {
  return {
    accountAlias: `sim${account.uid}`,
    asset: MARGIN_ASSET,
    balance: unitsText(account.walletUnits),
    crossWalletBalance: unitsText(crossWalletUnits(account)),
    crossUnPnl: unitsText(unrealisedOf(account)),
    availableBalance: unitsText(Math.max(0, account.availableUnits)),
    maxWithdrawAmount: unitsText(Math.max(0, account.availableUnits)),
    marginAvailable: true,
    updateTime: nowMs,
  };
}

/** The wallet without what is set aside for isolated positions. */
export function crossWalletUnits(account: PerpAccount): number {
  let units = account.walletUnits;
  for (const position of account.positions.values()) units -= position.isolatedUnits;
  return units;
}

/** The whole account. */
export function accountReply(account: PerpAccount, nowMs: number): PerpReply {
  const open = [...account.positions.values()];
  const sum = (of: (position: Position) => number): string =>
    unitsText(open.reduce((units, position) => units + of(position), 0));
  const unrealised = unrealisedOf(account);
  const balance = {
    walletBalance: unitsText(account.walletUnits),
    unrealizedProfit: unitsText(unrealised),
    marginBalance: unitsText(account.walletUnits + unrealised),
    maintMargin: sum((position) => position.maintenanceUnits),
    initialMargin: sum((position) => position.initialUnits),
    positionInitialMargin: sum((position) => position.initialUnits),
    openOrderInitialMargin: unitsText(account.orderMarginUnits),
    maxWithdrawAmount: unitsText(Math.max(0, account.availableUnits)),
    crossWalletBalance: unitsText(crossWalletUnits(account)),
    crossUnPnl: unitsText(unrealised),
    availableBalance: unitsText(Math.max(0, account.availableUnits)),
  };
  return {
    feeTier: 0,
    canTrade: true,
    canDeposit: true,
    canWithdraw: false,
    multiAssetsMargin: false,
    updateTime: 0,
    totalInitialMargin: balance.initialMargin,
    totalMaintMargin: balance.maintMargin,
    totalWalletBalance: balance.walletBalance,
    totalUnrealizedProfit: balance.unrealizedProfit,
    totalMarginBalance: balance.marginBalance,
    totalPositionInitialMargin: balance.positionInitialMargin,
    totalOpenOrderInitialMargin: balance.openOrderInitialMargin,
    totalCrossWalletBalance: balance.crossWalletBalance,
    totalCrossUnPnl: balance.crossUnPnl,
    availableBalance: balance.availableBalance,
    maxWithdrawAmount: balance.maxWithdrawAmount,
    assets: [{ asset: MARGIN_ASSET, ...balance, marginAvailable: true, updateTime: nowMs }],
    positions: open.map((position) => {
      const { unRealizedProfit, ...rest } = positionReply(account, position);
      return { ...rest, unrealizedProfit: unRealizedProfit };
    }),
  };
}
