// hot path: no allocation after start
import type { Clock } from '../core/clock.ts';
import { INSTRUMENTS_MAX } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import { RecordView } from '../ipc/ring.ts';
import type { CodecView } from '../messages/codec-view.ts';
import { ORDER_INTENT_BYTES, OrderIntent } from '../messages/codecs.ts';
import type { ApprovedOrder, ApprovedReplace } from '../messages/codecs.ts';
import { ORDER_STATE, REASON, VENUE_STATUS } from '../messages/enums.ts';
import { takesOrder } from '../messages/venue-status.ts';
import type { ExecutionTradingState } from '../risk/trading-state.ts';
import { CLIENT_ID_BYTES_MAX, ClientIdCodec } from './client-id.ts';
import { EXECUTION_COUNTER } from './counters.ts';
import type { FillLedger } from './fill-ledger.ts';
import { NO_ORDER } from './order-keeper.ts';
import type { OrderKeeper } from './order-keeper.ts';
import type { OrderReports } from './order-reports.ts';
import { ORDER_EVENT, isInFlightState } from './order-state.ts';
import { isOpenState, isTerminalState } from './order-table.ts';
import type { OrderTable } from './order-table.ts';
import { SEND } from './venue-port.ts';
import type { VenueGateway } from './venue-port.ts';

/** Where an order's intent is written before its bytes leave (engine/journal/intent-log.ts). */
export interface IntentLog {
  /** Writes the OrderIntent at `byteOffset`; false = not written, so the order must not leave. */
  append(view: CodecView, byteOffset: number, byteLength: number): boolean;
  /** Begins a new file, because an instrument was added; false = it could not. Absent = nothing to begin. */
  renew?(): boolean;
  /** Says what the strategies are now; false = it could not. Absent = nothing to say. */
  nameStrategies?(): boolean;
  /** The actor ends: nothing is appended any more. Never throws. Absent = nothing to let go. */
  close?(): void;
}

/** Times and names of order entry. */
export interface OrderEntryOptions {
  readonly ackTimeoutNs: number;
  readonly namespace: string;
}

/** Byte of OrderIntent at which the client id starts; its length is 40. */
const CLIENT_ID_AT = ORDER_INTENT_BYTES - 40;
/** A cancel that was refused or went unanswered is repeated at growing distances, at most this many timeouts apart. */
const CANCEL_BACKOFF_MAX = 16;

/** Places, replaces and cancels: id before effect, one placement per intent. One thread: the execution actor's. */
export class OrderEntry {
  private readonly orders: OrderTable;
  private readonly keeper: OrderKeeper;
  private readonly fills: FillLedger;
  private readonly reports: OrderReports;
  private readonly trading: ExecutionTradingState;
  private readonly gateway: VenueGateway;
  private readonly intentLog: IntentLog;
  private readonly clock: Clock;
  private readonly counters: CounterBlock;
  private readonly options: OrderEntryOptions;
  private readonly clientIds: ClientIdCodec;
  private readonly intentView: RecordView;
  private readonly intent: OrderIntent = new OrderIntent();
  /** Set by the owner: 1 = an order that has not left yet must not leave any more. */
  private isDraining: boolean;
  private isCancelOnly: boolean;
  /** VENUE_STATUS by instrument index. */
  private readonly statuses: Int32Array = new Int32Array(INSTRUMENTS_MAX).fill(VENUE_STATUS.trading);

  constructor(
    keeper: OrderKeeper,
    fills: FillLedger,
    reports: OrderReports,
    trading: ExecutionTradingState,
    gateway: VenueGateway,
    intentLog: IntentLog,
    clock: Clock,
    counters: CounterBlock,
    options: OrderEntryOptions,
  ) {
    this.orders = keeper.orders;
    this.keeper = keeper;
    this.fills = fills;
    this.reports = reports;
    this.trading = trading;
    this.gateway = gateway;
    this.intentLog = intentLog;
    this.clock = clock;
    this.counters = counters;
    this.options = options;
    this.clientIds = new ClientIdCodec(options.namespace);
    this.intentView = new RecordView(new SharedArrayBuffer(ORDER_INTENT_BYTES), 0, ORDER_INTENT_BYTES);
    this.intent.wrap(this.intentView, 0);
    this.isDraining = false;
    this.isCancelOnly = false;
  }

  setDraining(isDraining: boolean): void {
    this.isDraining = isDraining;
  }

  setCancelOnly(isCancelOnly: boolean): void {
    this.isCancelOnly = isCancelOnly;
  }

  /** What the venue takes in an instrument from now on; `status` is a VENUE_STATUS. */
  setVenueStatus(instrumentIndex: number, status: number): void {
    this.statuses[instrumentIndex] = status;
  }

  /** An approved order: placed once, or ended as refused. */
  place(approved: ApprovedOrder, nowNs: number): void {
    if (this.isKnown(approved)) return;
    const slot = this.orders.alloc(approved.intentSeq);
    if (slot === NO_ORDER) {
      this.refuseWithoutSlot(approved, nowNs);
      return;
    }
    this.writeTerms(slot, approved, 0);
    this.keeper.publish(slot);
    const refusal = this.gateOf(approved);
    if (refusal !== REASON.none) this.refuse(slot, refusal, nowNs);
    else if (this.logIntent(slot, nowNs)) this.send(slot, NO_ORDER, nowNs);
  }

  /** An approved replacement: the new order takes the place of the old one, or is refused and the old one stays. */
  replace(approved: ApprovedReplace, nowNs: number): void {
    if (this.isKnown(approved)) return;
    const slot = this.orders.alloc(approved.intentSeq);
    if (slot === NO_ORDER) {
      this.refuseWithoutSlot(approved, nowNs);
      return;
    }
    this.writeTerms(slot, approved, approved.replacedIntentSeq);
    this.keeper.publish(slot);
    const replaced = this.orders.slotOfIntent(approved.replacedIntentSeq);
    const gate = this.gateOf(approved);
    const refusal = gate === REASON.none && !this.isReplaceable(replaced) ? REASON.unknownOrder : gate;
    if (refusal !== REASON.none) this.refuse(slot, refusal, nowNs);
    else if (this.logIntent(slot, nowNs)) this.send(slot, replaced, nowNs);
  }

  /** Asks for an order to be cancelled, and keeps asking until it has ended. */
  cancel(slot: number, nowNs: number): void {
    const orders = this.orders;
    if (slot === NO_ORDER || isTerminalState(orders.state[slot])) {
      this.counters.increment(EXECUTION_COUNTER.cancelsForNothing);
      return;
    }
    const isRepeated = orders.cancelWanted[slot] === 1;
    orders.cancelWanted[slot] = 1;
    if (isRepeated && orders.state[slot] === ORDER_STATE.pendingCancel) return;
    this.sendCancel(slot, nowNs);
  }

  /** Sends (again) the cancel of an order that is wanted gone. */
  sendCancel(slot: number, nowNs: number): void {
    const orders = this.orders;
    if (!isOpenState(orders.state[slot]) || orders.state[slot] === ORDER_STATE.initialized) return;
    const sent = this.gateway.cancel(slot, nowNs);
    orders.cancelAttempts[slot]++;
    const distance = Math.min(orders.cancelAttempts[slot], CANCEL_BACKOFF_MAX);
    if (sent !== SEND.sent) {
      this.counters.increment(EXECUTION_COUNTER.cancelsUnsent);
      if (!isInFlightState(orders.state[slot]))
        this.retryCancelAt(slot, nowNs + this.options.ackTimeoutNs / 8);
      return;
    }
    this.counters.increment(EXECUTION_COUNTER.cancelsSent);
    this.keeper.apply(slot, ORDER_EVENT.cancelSent, REASON.none, 0, 0, nowNs);
    this.retryCancelAt(slot, nowNs + this.options.ackTimeoutNs * distance);
  }

  private retryCancelAt(slot: number, atNs: number): void {
    this.orders.deadlineNs[slot] = atNs;
    this.keeper.wakeAt(atNs);
  }

  /** Why no new order may leave now; REASON.none = it may. */
  gate(): number {
    const trading = this.trading;
    if (trading.isKilled()) return REASON.killSwitch;
    if (this.isCancelOnly || this.isDraining || trading.isCancelOnly()) return REASON.cancelOnly;
    if (trading.isJournalLost()) return REASON.journalLost;
    if (!this.gateway.isReady()) return REASON.notConnected;
    if (!trading.isReconciled()) return REASON.notReconciled;
    return this.reports.backlog() > 0 && !this.hasRoomAfterDelivery() ? REASON.ringFull : REASON.none;
  }

  /** The same for one order: the venue may have stopped taking such since risk approved it. */
  private gateOf({ instrumentIndex, orderType, flags }: ApprovedOrder | ApprovedReplace): number {
    const gate = this.gate();
    if (gate !== REASON.none) return gate;
    return takesOrder(this.statuses[instrumentIndex], orderType, flags) ? REASON.none : REASON.venueStatus;
  }

  private hasRoomAfterDelivery(): boolean {
    this.reports.deliver();
    return this.reports.backlog() === 0;
  }

  private isKnown(approved: ApprovedOrder | ApprovedReplace): boolean {
    const { intentSeq } = approved;
    if (this.orders.slotOfIntent(intentSeq) === NO_ORDER && this.fills.lastRefusedIntent() !== intentSeq)
      return false;
    this.counters.increment(EXECUTION_COUNTER.duplicateIntents);
    return true;
  }

  private isReplaceable(slot: number): boolean {
    if (slot === NO_ORDER) return false;
    const state = this.orders.state[slot];
    return (
      state === ORDER_STATE.accepted ||
      state === ORDER_STATE.partiallyFilled ||
      state === ORDER_STATE.submitted
    );
  }

  private writeTerms(
    slot: number,
    approved: ApprovedOrder | ApprovedReplace,
    replacedIntentSeq: number,
  ): void {
    const orders = this.orders;
    orders.replacedIntentSeq[slot] = replacedIntentSeq;
    orders.priceTicks[slot] = approved.priceTicks;
    orders.qtyLots[slot] = approved.qtyLots;
    orders.recvNs[slot] = approved.recvNs;
    orders.decodedNs[slot] = approved.decodedNs;
    orders.bookedNs[slot] = approved.bookedNs;
    orders.signalledNs[slot] = approved.signalledNs;
    orders.approvedNs[slot] = approved.approvedNs;
    orders.bookTakenNs[slot] = approved.bookTakenNs;
    orders.strategyTakenNs[slot] = approved.strategyTakenNs;
    orders.riskTakenNs[slot] = approved.riskTakenNs;
    orders.instrumentIndex[slot] = approved.instrumentIndex;
    orders.instrumentEpoch[slot] = approved.instrumentEpoch;
    orders.strategyIndex[slot] = approved.strategyIndex;
    orders.side[slot] = approved.side;
    orders.orderType[slot] = approved.orderType;
    orders.timeInForce[slot] = approved.timeInForce;
    orders.flags[slot] = approved.flags;
    orders.attempt[slot] = 1;
  }

  /** Id before effect: false when the record could not be written; the order has then ended. */
  private logIntent(slot: number, nowNs: number): boolean {
    const orders = this.orders;
    const intent = this.intent;
    intent.intentSeq = orders.intentSeq[slot];
    intent.replacedIntentSeq = orders.replacedIntentSeq[slot];
    intent.priceTicks = orders.priceTicks[slot];
    intent.qtyLots = orders.qtyLots[slot];
    intent.epochUs = this.clock.epochUs();
    intent.instrumentIndex = orders.instrumentIndex[slot];
    intent.instrumentEpoch = orders.instrumentEpoch[slot];
    intent.strategyIndex = orders.strategyIndex[slot];
    intent.side = orders.side[slot];
    intent.orderType = orders.orderType[slot];
    intent.timeInForce = orders.timeInForce[slot];
    intent.flags = orders.flags[slot];
    intent.attempt = orders.attempt[slot];
    const bytes = this.intentView.u8;
    const length = this.clientIds.encode(bytes, CLIENT_ID_AT, orders.intentSeq[slot]);
    for (let index = length; index < CLIENT_ID_BYTES_MAX; index++) bytes[CLIENT_ID_AT + index] = 0;
    if (this.intentLog.append(this.intentView, 0, ORDER_INTENT_BYTES)) return true;
    this.trading.setJournalLost(true);
    this.refuse(slot, REASON.journalLost, nowNs);
    return false;
  }

  /** From `submitted` on a death in here leaves the order ambiguous, never forgotten and never sent twice. */
  private send(slot: number, replaced: number, nowNs: number): void {
    const orders = this.orders;
    const keeper = this.keeper;
    orders.submittedNs[slot] = nowNs;
    orders.deadlineNs[slot] = nowNs + this.options.ackTimeoutNs;
    orders.setState(slot, ORDER_STATE.submitted);
    const gateway = this.gateway;
    const sent = replaced === NO_ORDER ? gateway.place(slot, nowNs) : gateway.replace(slot, replaced, nowNs);
    if (sent !== SEND.sent) {
      this.refuse(slot, reasonOfSend(sent), nowNs);
      return;
    }
    this.clock.stamp(orders.sentNs, slot);
    keeper.report(slot, ORDER_STATE.initialized, 0, nowNs);
    keeper.wakeAt(orders.deadlineNs[slot]);
    if (replaced === NO_ORDER) {
      this.counters.increment(EXECUTION_COUNTER.ordersPlaced);
    } else {
      this.counters.increment(EXECUTION_COUNTER.replacesSent);
      keeper.apply(replaced, ORDER_EVENT.replaceSent, REASON.none, 0, 0, nowNs);
      orders.deadlineNs[replaced] = nowNs + this.options.ackTimeoutNs;
    }
    this.reports.latency(slot);
  }

  private refuse(slot: number, reason: number, nowNs: number): void {
    this.counters.increment(EXECUTION_COUNTER.ordersRefused);
    this.keeper.apply(slot, ORDER_EVENT.notSent, reason, 0, 0, nowNs);
  }

  private refuseWithoutSlot(approved: ApprovedOrder | ApprovedReplace, nowNs: number): void {
    this.counters.increment(EXECUTION_COUNTER.orderTableFull);
    this.fills.noteRefusedIntent(approved.intentSeq);
    this.reports.refusedWithoutSlot(
      approved.intentSeq,
      approved.instrumentIndex,
      approved.strategyIndex,
      approved.side,
      approved.priceTicks,
      approved.qtyLots,
      REASON.orderTableFull,
      nowNs,
    );
  }
}

function reasonOfSend(sent: number): number {
  if (sent === SEND.rateLimited) return REASON.rateLimited;
  return sent === SEND.unsupported ? REASON.filterFailure : REASON.notConnected;
}
