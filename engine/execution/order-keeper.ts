// hot path: no allocation after start
import type { CounterBlock } from '../ipc/counters.ts';
import { ORDER_FLAG, ORDER_STATE, REASON } from '../messages/enums.ts';
import type { ExecutionTradingState } from '../risk/trading-state.ts';
import { EXECUTION_COUNTER } from './counters.ts';
import { REDO } from './fill-ledger.ts';
import type { FillLedger } from './fill-ledger.ts';
import type { OrderReports } from './order-reports.ts';
import { ORDER_EVENT, TRANSITION_REFUSED, isInFlightState, nextOrderState } from './order-state.ts';
import { SLOT_FREE, isTerminalState } from './order-table.ts';
import type { OrderTable } from './order-table.ts';

/**
 * Records one fill may need in the outbox: the fill, its order update, the update of an end it completes, and what the ids
 * of order and trade mean.
 */
const RECORDS_PER_FILL = 6;

/** No slot: the order is not ours or no longer known. */
export const NO_ORDER = -1;

/**
 * The one place where an order's state, its fills and what is owed about them change together. One thread; every method
 * leaves shared memory so that a successor can go on wherever this one dies.
 */
export class OrderKeeper {
  readonly orders: OrderTable;
  private readonly fills: FillLedger;
  private readonly reports: OrderReports;
  private readonly trading: ExecutionTradingState;
  private readonly counters: CounterBlock;
  /** [0]: earliest moment at which a sweep over the orders finds something due; a field would box it. */
  private readonly nextDueNs: Float64Array = new Float64Array(1);
  private unknownOrders: number;

  constructor(
    orders: OrderTable,
    fills: FillLedger,
    reports: OrderReports,
    trading: ExecutionTradingState,
    counters: CounterBlock,
  ) {
    this.orders = orders;
    this.fills = fills;
    this.reports = reports;
    this.trading = trading;
    this.counters = counters;
    this.unknownOrders = 0;
    for (let slot = 0; slot < orders.state.length; slot++) {
      if (orders.state[slot] === ORDER_STATE.unknown) this.unknownOrders++;
    }
    this.publishCounts();
  }

  /** Whether a sweep is due at the time in [0] of `turnNs`. */
  isDue(turnNs: Float64Array): boolean {
    return this.nextDueNs[0] <= turnNs[0];
  }

  /** A sweep begins: whatever is still pending announces itself again through `wakeAt`. */
  beginSweep(): void {
    this.nextDueNs[0] = Infinity;
  }

  /** Asks for a sweep at `atNs` at the latest. */
  wakeAt(atNs: number): void {
    if (atNs < this.nextDueNs[0]) this.nextDueNs[0] = atNs;
  }

  /** The slot as the table has it now becomes an order; reports nothing yet. */
  publish(slot: number): void {
    this.orders.publish(slot, ORDER_STATE.initialized);
    this.publishCounts();
  }

  /** Applies an event; false (counted) when it cannot follow from the order's state. Reports the change. */
  apply(
    slot: number,
    event: number,
    reason: number,
    venueCode: number,
    exchangeTsMs: number,
    nowNs: number,
  ): boolean {
    const orders = this.orders;
    const before = orders.state[slot];
    const next =
      before === SLOT_FREE ? TRANSITION_REFUSED : nextOrderState(before, event, orders.cumQtyLots[slot]);
    if (next === TRANSITION_REFUSED) {
      this.counters.increment(EXECUTION_COUNTER.transitionsRefused);
      return false;
    }
    orders.lastEventNs[slot] = nowNs;
    if (next === before) return true;
    orders.reason[slot] = reason;
    orders.venueCode[slot] = venueCode;
    this.moveTo(slot, before, next, nowNs);
    this.report(slot, before, exchangeTsMs, nowNs);
    return true;
  }

  /**
   * The venue says the order ended with `cumQtyLots` filled. It ends here once as many fills are here: a position must
   * not lag behind an exposure already given back.
   */
  end(
    slot: number,
    event: number,
    reason: number,
    venueCode: number,
    cumQtyLots: number,
    exchangeTsMs: number,
    nowNs: number,
  ): boolean {
    const orders = this.orders;
    const filled = orders.cumQtyLots[slot];
    if (isTerminalState(orders.state[slot]))
      return this.apply(slot, event, reason, venueCode, exchangeTsMs, nowNs);
    if (cumQtyLots > filled) {
      orders.endEvent[slot] = event + 1;
      orders.endCumQtyLots[slot] = cumQtyLots;
      orders.endReason[slot] = reason;
      this.counters.increment(EXECUTION_COUNTER.endsAwaitingFills);
      return false;
    }
    if (cumQtyLots < filled) this.counters.increment(EXECUTION_COUNTER.cumDisagreements);
    orders.endEvent[slot] = 0;
    return this.apply(slot, event, reason, venueCode, exchangeTsMs, nowNs);
  }

  /** Reports the order as it is now; what finds no room is reported by a later sweep. */
  report(slot: number, previousState: number, exchangeTsMs: number, nowNs: number): void {
    if (!this.reports.orderChanged(slot, previousState, exchangeTsMs, nowNs)) this.wakeAt(nowNs);
  }

  /** Whether a fill could be taken in now. */
  hasRoomForFill(): boolean {
    return this.reports.room() >= RECORDS_PER_FILL && !this.fills.isRedoPending();
  }

  /**
   * Takes in a fill that was not seen before. `slot` NO_ORDER, or a fill beyond the order's size, makes it an outside
   * fill: the position follows the facts, the order keeps its bounds. The caller has checked trade id and room.
   */
  takeFill(
    slot: number,
    instrumentIndex: number,
    side: number,
    venueOrderId: number,
    venueTradeId: number,
    priceTicks: number,
    qtyLots: number,
    feeCash: number,
    isMaker: number,
    exchangeTsMs: number,
    nowNs: number,
  ): void {
    const orders = this.orders;
    const redo = this.fills.redo;
    const isOverfill = slot !== NO_ORDER && qtyLots > orders.leavesLots(slot);
    if (isOverfill) this.counters.increment(EXECUTION_COUNTER.overfills);
    const isOurs = slot !== NO_ORDER && !isOverfill;
    if (!isOurs) this.counters.increment(EXECUTION_COUNTER.outsideFills);
    const cumQtyLots = isOurs ? orders.cumQtyLots[slot] + qtyLots : qtyLots;
    redo[REDO.fillSeq] = this.fills.nextFillSeq();
    redo[REDO.slot] = isOurs ? slot : NO_ORDER;
    redo[REDO.intentSeq] = isOurs ? orders.intentSeq[slot] : 0;
    redo[REDO.instrumentIndex] = instrumentIndex;
    redo[REDO.strategyIndex] = isOurs ? orders.strategyIndex[slot] : NO_ORDER;
    redo[REDO.side] = side;
    redo[REDO.venueOrderId] = venueOrderId;
    redo[REDO.venueTradeId] = venueTradeId;
    redo[REDO.priceTicks] = priceTicks;
    redo[REDO.qtyLots] = qtyLots;
    redo[REDO.feeCash] = feeCash;
    redo[REDO.cumQtyLots] = cumQtyLots;
    redo[REDO.isMaker] = isMaker;
    redo[REDO.flags] = isOurs ? orders.flags[slot] : ORDER_FLAG.external;
    redo[REDO.state] = isOurs ? this.stateAfterFill(slot, cumQtyLots) : 0;
    redo[REDO.eventNs] = nowNs;
    redo[REDO.exchangeTsMs] = exchangeTsMs;
    this.fills.beginFill();
    this.completeFill();
  }

  /** Does what the redo record says; after a death in the middle it is done again, to the same end. */
  completeFill(): void {
    const redo = this.fills.redo;
    const slot = redo[REDO.slot];
    this.fills.noteFill();
    if (!this.reports.fill(redo)) return;
    if (slot !== NO_ORDER && this.orders.intentSeq[slot] === redo[REDO.intentSeq]) this.fillOrder(slot, redo);
    this.counters.increment(EXECUTION_COUNTER.fills);
    this.fills.endFill();
    if (slot !== NO_ORDER) this.endIfFillsAreHere(slot, redo[REDO.exchangeTsMs], redo[REDO.eventNs]);
  }

  /** Finishes what a dead predecessor was in the middle of; false when the outbox has no room for it yet. */
  redo(): boolean {
    if (!this.fills.isRedoPending()) return true;
    if (this.reports.room() < RECORDS_PER_FILL) return false;
    this.counters.increment(EXECUTION_COUNTER.redoneFills);
    this.completeFill();
    return true;
  }

  /** Tells the shared words how many orders there are. */
  publishCounts(): void {
    this.trading.setOrders(this.orders.openCount(), this.unknownOrders);
  }

  private fillOrder(slot: number, redo: Float64Array): void {
    const orders = this.orders;
    const before = orders.state[slot];
    orders.cumQtyLots[slot] = redo[REDO.cumQtyLots];
    orders.lastEventNs[slot] = redo[REDO.eventNs];
    orders.setVenueOrderId(slot, redo[REDO.venueOrderId]);
    if (isTerminalState(before)) {
      if (before !== redo[REDO.state] || orders.reportedState[slot] === before) {
        this.counters.increment(EXECUTION_COUNTER.lateFills);
      }
      return;
    }
    if (before === ORDER_STATE.submitted || before === ORDER_STATE.unknown) orders.notFoundSinceNs[slot] = 0;
    if (before === ORDER_STATE.accepted || before === ORDER_STATE.submitted) {
      if (redo[REDO.state] === ORDER_STATE.partiallyFilled) {
        this.counters.increment(EXECUTION_COUNTER.ordersPartiallyFilled);
      }
    }
    if (redo[REDO.state] !== before) {
      orders.reason[slot] = REASON.none;
      orders.venueCode[slot] = 0;
      this.moveTo(slot, before, redo[REDO.state], redo[REDO.eventNs]);
    }
    this.report(slot, before, redo[REDO.exchangeTsMs], redo[REDO.eventNs]);
  }

  private stateAfterFill(slot: number, cumQtyLots: number): number {
    const isFull = cumQtyLots >= this.orders.qtyLots[slot];
    const event = isFull ? ORDER_EVENT.fullFill : ORDER_EVENT.partialFill;
    return nextOrderState(this.orders.state[slot], event, cumQtyLots);
  }

  /** The end the venue named earlier, now that its fills have come. */
  endIfFillsAreHere(slot: number, exchangeTsMs: number, nowNs: number): void {
    const orders = this.orders;
    if (orders.endEvent[slot] === 0 || isTerminalState(orders.state[slot])) return;
    if (orders.cumQtyLots[slot] < orders.endCumQtyLots[slot]) return;
    const event = orders.endEvent[slot] - 1;
    orders.endEvent[slot] = 0;
    this.apply(slot, event, orders.endReason[slot], 0, exchangeTsMs, nowNs);
  }

  private moveTo(slot: number, before: number, next: number, nowNs: number): void {
    const orders = this.orders;
    if (before === ORDER_STATE.unknown) this.unknownOrders--;
    if (!isInFlightState(next)) orders.deadlineNs[slot] = 0;
    if (next === ORDER_STATE.unknown) {
      this.unknownOrders++;
      this.counters.increment(EXECUTION_COUNTER.ordersUnknown);
      orders.notFoundCount[slot] = 0;
      orders.notFoundSinceNs[slot] = 0;
      orders.queryWanted[slot] = 1;
      orders.queryDueNs[slot] = nowNs;
      this.wakeAt(nowNs);
    }
    orders.setState(slot, next);
    if (isTerminalState(next)) this.noteEnded(slot, next);
    else if (orders.cancelWanted[slot] === 1) this.wakeAt(nowNs);
    this.publishCounts();
  }

  private noteEnded(slot: number, state: number): void {
    this.orders.queryWanted[slot] = 0;
    this.orders.reconcilePending[slot] = 0;
    if (state === ORDER_STATE.filled) this.counters.increment(EXECUTION_COUNTER.ordersFilled);
    else if (state === ORDER_STATE.canceled) this.counters.increment(EXECUTION_COUNTER.ordersCanceled);
    else if (state === ORDER_STATE.expired) this.counters.increment(EXECUTION_COUNTER.ordersExpired);
    else this.counters.increment(EXECUTION_COUNTER.ordersRejected);
  }
}
