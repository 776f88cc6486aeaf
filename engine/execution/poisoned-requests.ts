import type { BuriedRecord } from '../ipc/buried-record.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { CodecView } from '../messages/codec-view.ts';
import {
  APPROVED_CANCEL,
  APPROVED_ORDER,
  APPROVED_REPLACE,
  ApprovedCancel,
  ApprovedOrder,
  ApprovedReplace,
  POISONED_REQUEST,
  PoisonedRequest,
} from '../messages/codecs.ts';
import { ORDER_STATE, REASON } from '../messages/enums.ts';
import { EXECUTION_COUNTER } from './counters.ts';
import type { FillLedger } from './fill-ledger.ts';
import { NO_ORDER } from './order-keeper.ts';
import type { OrderKeeper } from './order-keeper.ts';
import type { OrderReports } from './order-reports.ts';
import { ORDER_EVENT } from './order-state.ts';
import { isTerminalState } from './order-table.ts';
import type { OrderTable } from './order-table.ts';

/**
 * Tells strategies of the requests on which risk or execution failed. An order that never left ends as rejected with the reason
 * `poisoned`; one that may have left is unknown, and the venue is asked; of a cancel it is said that it was not carried
 * out. Each order is told once: its place in the order table is what makes a repetition known. One thread: execution's.
 */
export class PoisonedRequests {
  private readonly orders: OrderTable;
  private readonly keeper: OrderKeeper;
  private readonly fills: FillLedger;
  private readonly reports: OrderReports;
  private readonly counters: CounterBlock;
  private readonly request: PoisonedRequest = new PoisonedRequest();

  constructor(keeper: OrderKeeper, fills: FillLedger, reports: OrderReports, counters: CounterBlock) {
    this.orders = keeper.orders;
    this.keeper = keeper;
    this.fills = fills;
    this.reports = reports;
    this.counters = counters;
  }

  /** At start, before what is in flight is given up: the record this actor's predecessor died on. */
  tellBuried(buried: BuriedRecord, nowNs: number): void {
    if (!buried.isKept()) return;
    const { view, type } = buried;
    if (type === POISONED_REQUEST) this.tell(view, 0, nowNs);
    else if (type === APPROVED_CANCEL) this.cancelEnds(new ApprovedCancel().wrap(view, 0).intentSeq, nowNs);
    else if (type === APPROVED_ORDER) this.orderEnds(new ApprovedOrder().wrap(view, 0), 0, nowNs);
    else if (type === APPROVED_REPLACE) {
      const approved = new ApprovedReplace().wrap(view, 0);
      this.orderEnds(approved, approved.replacedIntentSeq, nowNs);
    }
    buried.clear();
  }

  /** The PoisonedRequest at `byteOffset`: a request on which risk failed. An approval that left before that stands in the table. */
  tell(view: CodecView, byteOffset: number, nowNs: number): void {
    const request = this.request.wrap(view, byteOffset);
    if (request.isCancel === 1) this.cancelEnds(request.intentSeq, nowNs);
    else if (this.isUnknown(request.intentSeq)) this.orderEnds(request, request.replacedIntentSeq, nowNs);
  }

  private isUnknown(intentSeq: number): boolean {
    return this.orders.slotOfIntent(intentSeq) === NO_ORDER && this.fills.lastRefusedIntent() !== intentSeq;
  }

  private orderEnds(
    request: ApprovedOrder | ApprovedReplace | PoisonedRequest,
    replacedIntentSeq: number,
    nowNs: number,
  ): void {
    const { orders, keeper } = this;
    let slot = orders.slotOfIntent(request.intentSeq);
    if (slot === NO_ORDER) slot = this.enter(request, replacedIntentSeq, nowNs);
    if (slot === NO_ORDER) return;
    const state = orders.state[slot];
    if (state === ORDER_STATE.initialized) {
      keeper.apply(slot, ORDER_EVENT.neverAccepted, REASON.poisoned, 0, 0, nowNs);
    } else if (state === ORDER_STATE.submitted) {
      keeper.apply(slot, ORDER_EVENT.ambiguous, REASON.poisoned, 0, 0, nowNs);
    } else return;
    this.counters.increment(EXECUTION_COUNTER.poisonedWishes);
  }

  /** A place in the table for the order, or NO_ORDER when there is none: it is told without one then. */
  private enter(
    request: ApprovedOrder | ApprovedReplace | PoisonedRequest,
    replacedIntentSeq: number,
    nowNs: number,
  ): number {
    const { orders } = this;
    if (!this.isUnknown(request.intentSeq)) return NO_ORDER;
    const slot = orders.alloc(request.intentSeq);
    if (slot === NO_ORDER) {
      this.fills.noteRefusedIntent(request.intentSeq);
      this.reports.refusedWithoutSlot(
        request.intentSeq,
        request.instrumentIndex,
        request.strategyIndex,
        request.side,
        request.priceTicks,
        request.qtyLots,
        REASON.poisoned,
        nowNs,
      );
      this.counters.increment(EXECUTION_COUNTER.poisonedWishes);
      return NO_ORDER;
    }
    orders.replacedIntentSeq[slot] = replacedIntentSeq;
    orders.priceTicks[slot] = request.priceTicks;
    orders.qtyLots[slot] = request.qtyLots;
    orders.instrumentIndex[slot] = request.instrumentIndex;
    orders.instrumentEpoch[slot] = request.instrumentEpoch;
    orders.strategyIndex[slot] = request.strategyIndex;
    orders.side[slot] = request.side;
    orders.orderType[slot] = request.orderType;
    orders.timeInForce[slot] = request.timeInForce;
    orders.flags[slot] = request.flags;
    this.keeper.publish(slot);
    return slot;
  }

  /** The end of an order that is gone has been told. A cancel asked for before this one goes on being asked for. */
  private cancelEnds(intentSeq: number, nowNs: number): void {
    const { orders } = this;
    const slot = orders.slotOfIntent(intentSeq);
    if (slot === NO_ORDER || isTerminalState(orders.state[slot])) {
      this.counters.increment(EXECUTION_COUNTER.cancelsForNothing);
      return;
    }
    if (orders.cancelAttempts[slot] === 0) orders.cancelWanted[slot] = 0;
    this.counters.increment(EXECUTION_COUNTER.poisonedWishes);
    this.reports.cancelPoisoned(slot, nowNs);
  }
}
