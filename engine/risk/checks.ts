// hot path: no allocation after start
import type { SharedBookReader } from '../book/shared-book.ts';
import type { Instrument } from '../core/instrument.ts';
import type { BandTicks } from '../core/price-band.ts';
import { ORDER_FLAG, ORDER_TYPE, REASON, SIDE, TIME_IN_FORCE } from '../messages/enums.ts';
import { takesOrder } from '../messages/venue-status.ts';
import type { InstrumentLimits } from './risk-limits.ts';
import type { TradingStateReader } from './trading-state.ts';

/** The terms of a request: OrderRequest and ReplaceRequest both fit. */
export interface OrderTerms {
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly instrumentIndex: number;
  readonly instrumentEpoch: number;
  readonly side: number;
  readonly orderType: number;
  readonly timeInForce: number;
  readonly flags: number;
}

/** Whether the engine may send orders at all; a REASON. Pure. */
export function checkTrading(trading: TradingStateReader): number {
  if (trading.isKilled()) return REASON.killSwitch;
  if (trading.isCancelOnly()) return REASON.cancelOnly;
  if (trading.isJournalLost()) return REASON.journalLost;
  return trading.isReconciled() ? REASON.none : REASON.notReconciled;
}

/**
 * Whether an order may pass that could let a position grow; a REASON. One that can only let it shrink always may: what
 * stops new risk must not keep anybody in the risk he has. Pure.
 */
export function checkGrowth(trading: TradingStateReader): number {
  if (trading.isReducing()) return REASON.reducing;
  if (trading.isPaused()) return REASON.paused;
  return trading.isLatencyHalted() ? REASON.latencyBudget : REASON.none;
}

/** Whether the venue takes such an order in the instrument now; `status` is a VENUE_STATUS. A REASON. Pure. */
export function checkVenueStatus(terms: OrderTerms, status: number): number {
  return takesOrder(status, terms.orderType, terms.flags) ? REASON.none : REASON.venueStatus;
}

/**
 * Whether a limit price lies in the venue's band around a reference price that is known; a REASON. Market orders have no
 * price to compare. Pure.
 */
export function checkVenueBand(terms: OrderTerms, band: BandTicks, referenceUnits: number): number {
  if (terms.orderType === ORDER_TYPE.market) return REASON.none;
  const isBuy = terms.side === SIDE.buy;
  const { priceTicks } = terms;
  const isInside =
    priceTicks >= band.minTicks(isBuy, referenceUnits) && priceTicks <= band.maxTicks(isBuy, referenceUnits);
  return isInside ? REASON.none : REASON.venuePriceBand;
}

/** Whether the request makes sense for its instrument; a REASON. Pure. */
export function checkTerms(terms: OrderTerms, instrument: Instrument): number {
  if (terms.instrumentEpoch !== instrument.epoch) return REASON.staleInstrument;
  const { orderType, timeInForce, priceTicks, qtyLots } = terms;
  if (orderType === ORDER_TYPE.market) {
    if (priceTicks !== 0) return REASON.badPrice;
  } else if (orderType === ORDER_TYPE.limit || orderType === ORDER_TYPE.limitMaker) {
    if (!Number.isSafeInteger(priceTicks) || priceTicks <= 0) return REASON.badPrice;
  } else {
    return REASON.badPrice;
  }
  if (timeInForce < TIME_IN_FORCE.gtc || timeInForce > TIME_IN_FORCE.fok) return REASON.badPrice;
  if (terms.side !== SIDE.buy && terms.side !== SIDE.sell) return REASON.badQuantity;
  if (!Number.isSafeInteger(qtyLots) || qtyLots <= 0) return REASON.badQuantity;
  if (qtyLots < instrument.minQtyLots || qtyLots > instrument.maxQtyLots) return REASON.badQuantity;
  return REASON.none;
}

/**
 * The worst price a market order could reach in the displayed book: that of the level which completes it, or of the last
 * level shown. 0 = nothing on that side. Pure.
 */
export function worstBookTicks(book: SharedBookReader, side: number, qtyLots: number): number {
  const isBuy = side === SIDE.buy;
  const count = isBuy ? book.askCount : book.bidCount;
  let priceTicks = 0;
  let lots = 0;
  for (let level = 0; level < count && lots < qtyLots; level++) {
    priceTicks = isBuy ? book.askTicksAt(level) : book.bidTicksAt(level);
    lots += isBuy ? book.askLotsAt(level) : book.bidLotsAt(level);
  }
  return priceTicks;
}

/** Size, value and price of a request against the limits and the book (read and valid); a REASON. Pure. */
export function checkValue(
  terms: OrderTerms,
  instrument: Instrument,
  limits: InstrumentLimits,
  book: SharedBookReader,
): number {
  const { qtyLots, side } = terms;
  if (qtyLots > limits.maxOrderLots) return REASON.maxOrderQty;
  const bidTicks = book.bidTicksAt(0);
  const askTicks = book.askTicksAt(0);
  if (bidTicks <= 0 || askTicks <= 0) return REASON.bookInvalid;
  const isMarket = terms.orderType === ORDER_TYPE.market;
  const priceTicks = isMarket ? worstBookTicks(book, side, qtyLots) : terms.priceTicks;
  const midTicks = (bidTicks + askTicks) / 2;
  if (Math.abs(priceTicks - midTicks) * 10_000 > limits.priceBandBps * midTicks) return REASON.priceBand;
  // A sell below the bid trades at the bid: the value at stake is the larger one.
  const valueTicks = side === SIDE.sell && bidTicks > priceTicks ? bidTicks : priceTicks;
  if (valueTicks * qtyLots > limits.maxOrderNotionalCash) return REASON.maxOrderNotional;
  return priceTicks * qtyLots < instrument.minNotionalCash ? REASON.minNotional : REASON.none;
}

/** Position in the order's direction if it and everything open on its side filled; below 0 = it still points the other way. */
function worstLots(terms: OrderTerms, netLots: number, openLots: number): number {
  return netLots * (terms.side === SIDE.buy ? 1 : -1) + openLots + terms.qtyLots;
}

/** Whether a position could grow, or begin, or change sides, by this order together with what is open on its side. Pure. */
export function canGrow(terms: OrderTerms, netLots: number, openLots: number): boolean {
  return worstLots(terms, netLots, openLots) > 0;
}

/**
 * Position if everything that is open and this request filled in its direction; a REASON. `openLots` are the lots open on
 * the request's side. Pure.
 */
export function checkExposure(
  terms: OrderTerms,
  limits: InstrumentLimits,
  netLots: number,
  openLots: number,
  openCount: number,
): number {
  if (worstLots(terms, netLots, openLots) > limits.maxPositionLots) return REASON.maxPosition;
  if ((terms.flags & ORDER_FLAG.reduceOnly) !== 0 && canGrow(terms, netLots, openLots))
    return REASON.maxPosition;
  return openCount >= limits.maxOpenOrders ? REASON.maxOpenOrders : REASON.none;
}

/** Whether the tick behind a request is still fresh; `maxAgeNs` 0 = no budget. A REASON. Pure. */
export function checkLatency(recvNs: number, nowNs: number, maxAgeNs: number): number {
  return maxAgeNs > 0 && recvNs > 0 && nowNs - recvNs > maxAgeNs ? REASON.latencyBudget : REASON.none;
}
