// hot path: no allocation after start
import type { Clock } from '../core/clock.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import { CONNECTION_KIND, CONNECTION_STATE, ORDER_STATE, REASON } from '../messages/enums.ts';
import { EXECUTION_COUNTER } from './counters.ts';
import type { FillLedger } from './fill-ledger.ts';
import { NO_ORDER } from './order-keeper.ts';
import type { OrderKeeper } from './order-keeper.ts';
import type { OrderReports } from './order-reports.ts';
import { ORDER_EVENT, isInFlightState } from './order-state.ts';
import { SLOT_FREE, isTerminalState } from './order-table.ts';
import type { OrderTable } from './order-table.ts';
import type { Reconciler } from './reconciler.ts';
import { SEND } from './venue-port.ts';
import type { VenueEvents, VenueGateway } from './venue-port.ts';

/** How evidence is weighed. */
export interface VenueReportOptions {
  readonly queryIntervalNs: number;
  /** "Not found" is believed after this long, and not before the second time. */
  readonly notFoundGraceNs: number;
  /** Trades from before this moment (epoch ms) belong to nobody here; 0 = all count. */
  readonly ignoreFillsBeforeMs: number;
}

/** "Not found" answers needed before the grace period counts. */
const NOT_FOUND_ANSWERS_MIN = 2;
/** Queries for an order the venue does not find back off to this many intervals. */
const QUERY_BACKOFF_MAX = 20;

/** What the venue says, turned into state: duplicates dropped, facts before opinions. The execution actor's thread. */
export class VenueReports implements VenueEvents {
  private readonly keeper: OrderKeeper;
  private readonly orders: OrderTable;
  private readonly fills: FillLedger;
  private readonly reports: OrderReports;
  private readonly counters: CounterBlock;
  private readonly clock: Clock;
  private readonly options: VenueReportOptions;
  /** Set by `attach`: the gateway is made with these events, so it comes second. */
  private gateway: VenueGateway | null;
  private reconciler: Reconciler | null;
  private isOrderEntryLive: boolean;

  constructor(
    keeper: OrderKeeper,
    fills: FillLedger,
    reports: OrderReports,
    clock: Clock,
    counters: CounterBlock,
    options: VenueReportOptions,
  ) {
    this.keeper = keeper;
    this.orders = keeper.orders;
    this.fills = fills;
    this.reports = reports;
    this.clock = clock;
    this.counters = counters;
    this.options = options;
    this.gateway = null;
    this.reconciler = null;
    this.isOrderEntryLive = false;
  }

  /** Joins the parts that are made after these events. At start. */
  attach(gateway: VenueGateway, reconciler: Reconciler): void {
    this.gateway = gateway;
    this.reconciler = reconciler;
  }

  onAccepted(slot: number, venueOrderId: number, exchangeTsMs: number, recvNs: number): void {
    if (!this.isOurs(slot)) return;
    this.orders.setVenueOrderId(slot, venueOrderId);
    if (this.isZombie(slot, recvNs)) return;
    const before = this.orders.state[slot];
    if (before === ORDER_STATE.submitted || before === ORDER_STATE.unknown) {
      this.counters.increment(EXECUTION_COUNTER.ordersAccepted);
    }
    this.keeper.apply(slot, ORDER_EVENT.accepted, REASON.none, 0, exchangeTsMs, recvNs);
    this.noteAnswer(slot, recvNs);
  }

  onRejected(slot: number, reason: number, venueCode: number, recvNs: number): void {
    if (!this.isOurs(slot)) return;
    this.noteAnswer(slot, recvNs);
    // A duplicate client id says that an earlier try of the same intent arrived: ask, do not believe.
    if (reason === REASON.duplicateClientId) {
      this.onAmbiguous(slot, reason, venueCode, recvNs);
      return;
    }
    if (!this.keeper.apply(slot, ORDER_EVENT.rejected, reason, venueCode, 0, recvNs))
      this.query(slot, recvNs);
  }

  onFill(
    slot: number,
    instrumentIndex: number,
    side: number,
    venueOrderId: number,
    venueTradeId: number,
    priceTicks: number,
    qtyLots: number,
    feeCash: number,
    cumQtyLots: number,
    isMaker: number,
    exchangeTsMs: number,
    recvNs: number,
  ): void {
    const isForgotten = venueTradeId < 0 && this.fills.isBeforeMemory(instrumentIndex, exchangeTsMs);
    if (isForgotten || this.fills.isKnown(instrumentIndex, side, venueTradeId)) {
      this.counters.increment(EXECUTION_COUNTER.duplicateFills);
      return;
    }
    if (!this.keeper.hasRoomForFill()) {
      // Not lost: it stays unknown by trade id, so the next query for fills brings it again.
      this.counters.increment(EXECUTION_COUNTER.fillsDeferred);
      this.reconciler!.fillDeferred(instrumentIndex);
      return;
    }
    const ours = this.orderOfFill(slot, instrumentIndex, side, venueOrderId);
    if (ours === NO_ORDER && exchangeTsMs < this.options.ignoreFillsBeforeMs) {
      this.counters.increment(EXECUTION_COUNTER.fillsBeforeStart);
      this.fills.remember(instrumentIndex, side, venueTradeId, exchangeTsMs);
      return;
    }
    this.keeper.takeFill(
      ours,
      instrumentIndex,
      side,
      venueOrderId,
      venueTradeId,
      priceTicks,
      qtyLots,
      feeCash,
      isMaker,
      exchangeTsMs,
      recvNs,
    );
    if (ours === NO_ORDER) return;
    this.noteAnswer(ours, recvNs);
    if (cumQtyLots > this.orders.cumQtyLots[ours]) {
      this.counters.increment(EXECUTION_COUNTER.cumDisagreements);
      this.reconciler!.wantFills(instrumentIndex);
    }
  }

  onEnded(
    slot: number,
    state: number,
    reason: number,
    cumQtyLots: number,
    exchangeTsMs: number,
    recvNs: number,
  ): void {
    if (!this.isOurs(slot)) return;
    this.noteAnswer(slot, recvNs);
    this.endOrder(slot, state, reason, cumQtyLots, exchangeTsMs, recvNs);
  }

  onCancelRejected(slot: number, reason: number, venueCode: number, recvNs: number): void {
    if (!this.isOurs(slot)) return;
    this.counters.increment(EXECUTION_COUNTER.cancelsRefused);
    if (isTerminalState(this.orders.state[slot])) return;
    // Cancelled before it was acknowledged, and the cancel refused: it may never have arrived.
    const event = this.wasSeenAtVenue(slot) ? ORDER_EVENT.cancelRefused : ORDER_EVENT.ambiguous;
    this.keeper.apply(slot, event, reason, venueCode, 0, recvNs);
    // The refusal says nothing certain of the order; ask before cancelling again.
    this.orders.deadlineNs[slot] = recvNs + this.options.queryIntervalNs;
    this.keeper.wakeAt(this.orders.deadlineNs[slot]);
    this.query(slot, recvNs);
  }

  onAmbiguous(slot: number, reason: number, venueCode: number, recvNs: number): void {
    if (!this.isOurs(slot) || isTerminalState(this.orders.state[slot])) return;
    this.keeper.apply(slot, ORDER_EVENT.ambiguous, reason, venueCode, 0, recvNs);
    this.query(slot, recvNs);
  }

  onStatus(
    slot: number,
    state: number,
    venueOrderId: number,
    cumQtyLots: number,
    exchangeTsMs: number,
    recvNs: number,
  ): void {
    if (!this.isOurs(slot)) return;
    const orders = this.orders;
    orders.reconcilePending[slot] = 0;
    orders.notFoundCount[slot] = 0;
    orders.notFoundSinceNs[slot] = 0;
    orders.setVenueOrderId(slot, venueOrderId);
    if (isTerminalState(state)) {
      orders.queryWanted[slot] = 0;
      this.endOrder(slot, state, REASON.none, cumQtyLots, exchangeTsMs, recvNs);
      return;
    }
    if (this.isZombie(slot, recvNs)) return;
    if (cumQtyLots > orders.cumQtyLots[slot]) {
      this.counters.increment(EXECUTION_COUNTER.cumDisagreements);
      this.reconciler!.wantFills(orders.instrumentIndex[slot]);
      orders.queryDueNs[slot] = recvNs + this.options.queryIntervalNs;
      this.keeper.wakeAt(orders.queryDueNs[slot]);
    } else {
      orders.queryWanted[slot] = 0;
    }
    if (orders.state[slot] === ORDER_STATE.unknown && orders.ackedNs[slot] === 0) {
      this.counters.increment(EXECUTION_COUNTER.ordersAccepted);
      orders.ackedNs[slot] = recvNs;
    }
    this.keeper.apply(slot, ORDER_EVENT.accepted, REASON.none, 0, exchangeTsMs, recvNs);
  }

  onNotFound(slot: number, recvNs: number): void {
    if (!this.isOurs(slot)) return;
    const orders = this.orders;
    this.counters.increment(EXECUTION_COUNTER.notFound);
    orders.reconcilePending[slot] = 0;
    if (isTerminalState(orders.state[slot])) return;
    if (orders.notFoundCount[slot] === 0) orders.notFoundSinceNs[slot] = recvNs;
    orders.notFoundCount[slot]++;
    const distance = Math.min(orders.notFoundCount[slot], QUERY_BACKOFF_MAX);
    orders.queryWanted[slot] = 1;
    orders.queryDueNs[slot] = recvNs + this.options.queryIntervalNs * distance;
    this.keeper.wakeAt(orders.queryDueNs[slot]);
    const wasSeenAtVenue = this.wasSeenAtVenue(slot);
    if (wasSeenAtVenue) this.counters.increment(EXECUTION_COUNTER.absentOrders);
    if (orders.state[slot] !== ORDER_STATE.unknown || wasSeenAtVenue) return;
    const isGraceOver = recvNs - orders.notFoundSinceNs[slot] >= this.options.notFoundGraceNs;
    if (orders.notFoundCount[slot] < NOT_FOUND_ANSWERS_MIN || !isGraceOver) return;
    this.counters.increment(EXECUTION_COUNTER.neverAccepted);
    this.keeper.apply(slot, ORDER_EVENT.neverAccepted, REASON.neverAccepted, 0, 0, recvNs);
  }

  onOutsideOrder(
    instrumentIndex: number,
    side: number,
    venueOrderId: number,
    priceTicks: number,
    qtyLots: number,
  ): void {
    this.counters.increment(EXECUTION_COUNTER.outsideOrders);
    const slot = this.orders.slotOfVenueOrder(instrumentIndex, venueOrderId);
    if (slot !== NO_ORDER) {
      if (!this.isZombie(slot, this.clock.nowNs())) this.query(slot, this.clock.nowNs());
      return;
    }
    this.reports.outsideOrder(instrumentIndex, side, venueOrderId, priceTicks, qtyLots, this.clock.nowNs());
  }

  onOpenOrdersEnd(instrumentIndex: number, _recvNs: number): void {
    this.reconciler!.openOrdersAnswered(instrumentIndex);
  }

  isFillKnown(instrumentIndex: number, side: number, venueTradeId: number): boolean {
    return this.fills.isKnown(instrumentIndex, side, venueTradeId);
  }

  onFillsEnd(instrumentIndex: number, _recvNs: number): void {
    this.reconciler!.fillsAnswered(instrumentIndex);
  }

  onConnection(kind: number, state: number, attempt: number): void {
    this.reports.connectionChanged(kind, state, attempt, this.clock.nowNs());
    const isLive = state === CONNECTION_STATE.live;
    if (kind === CONNECTION_KIND.orderEntry) {
      if (this.isOrderEntryLive && !isLive) this.requestsAreLost(REASON.disconnected, this.clock.nowNs());
      this.isOrderEntryLive = isLive;
    }
    if (kind !== CONNECTION_KIND.marketData && !isLive) this.reconciler!.require();
  }

  /** Every request under way may or may not have arrived: a disconnect, or a predecessor died. */
  requestsAreLost(reason: number, nowNs: number): void {
    const orders = this.orders;
    for (let slot = 0; slot < orders.state.length; slot++) {
      if (!isInFlightState(orders.state[slot])) continue;
      this.keeper.apply(slot, ORDER_EVENT.ambiguous, reason, 0, 0, nowNs);
    }
  }

  /** Asks the venue about an order at the next sweep. */
  query(slot: number, nowNs: number): void {
    const orders = this.orders;
    if (isTerminalState(orders.state[slot])) return;
    if (orders.queryWanted[slot] === 1 && orders.queryDueNs[slot] > nowNs) return;
    orders.queryWanted[slot] = 1;
    orders.queryDueNs[slot] = nowNs;
    this.keeper.wakeAt(nowNs);
  }

  private isOurs(slot: number): boolean {
    return slot !== NO_ORDER && this.orders.state[slot] !== SLOT_FREE;
  }

  private wasSeenAtVenue(slot: number): boolean {
    return this.orders.venueOrderId[slot] !== 0 || this.orders.cumQtyLots[slot] > 0;
  }

  private orderOfFill(slot: number, instrumentIndex: number, side: number, venueOrderId: number): number {
    const orders = this.orders;
    let ours = slot;
    if (ours === NO_ORDER && venueOrderId !== 0)
      ours = orders.slotOfVenueOrder(instrumentIndex, venueOrderId);
    if (!this.isOurs(ours)) return NO_ORDER;
    return orders.instrumentIndex[ours] === instrumentIndex && orders.side[ours] === side ? ours : NO_ORDER;
  }

  private endOrder(
    slot: number,
    state: number,
    reason: number,
    cumQtyLots: number,
    exchangeTsMs: number,
    nowNs: number,
  ): void {
    const orders = this.orders;
    const event = eventOfEnd(state, orders.state[slot]);
    const cum = state === ORDER_STATE.filled ? orders.qtyLots[slot] : cumQtyLots;
    const isEnded = this.keeper.end(slot, event, reason, 0, cum, exchangeTsMs, nowNs);
    if (isEnded || isTerminalState(orders.state[slot])) return;
    this.reconciler!.wantFills(orders.instrumentIndex[slot]);
    orders.queryWanted[slot] = 1;
    orders.queryDueNs[slot] = nowNs + this.options.queryIntervalNs;
    this.keeper.wakeAt(orders.queryDueNs[slot]);
  }

  /** An order that ended here and works at the venue is cancelled there: nothing here keeps track of it any more. */
  private isZombie(slot: number, nowNs: number): boolean {
    if (!isTerminalState(this.orders.state[slot])) return false;
    // A late acknowledgement of an order that was filled or cancelled meanwhile is no news.
    if (this.orders.state[slot] !== ORDER_STATE.rejected) {
      this.counters.increment(EXECUTION_COUNTER.transitionsRefused);
      return true;
    }
    this.counters.increment(EXECUTION_COUNTER.zombieOrders);
    if (this.gateway!.cancel(slot, nowNs) === SEND.sent)
      this.counters.increment(EXECUTION_COUNTER.cancelsSent);
    return true;
  }

  private noteAnswer(slot: number, recvNs: number): void {
    const orders = this.orders;
    const state = orders.state[slot];
    // The deadline of a cancel or replacement under way is not that of the placement answered here.
    if (!isInFlightState(state) || state === ORDER_STATE.submitted) orders.deadlineNs[slot] = 0;
    if (orders.ackedNs[slot] !== 0) return;
    orders.ackedNs[slot] = recvNs;
    this.reports.latency(slot);
  }
}

/** "Rejected" of an order that worked means that it left the book, as a cancel does. */
function eventOfEnd(state: number, stateNow: number): number {
  if (state === ORDER_STATE.canceled) return ORDER_EVENT.canceled;
  if (state === ORDER_STATE.expired) return ORDER_EVENT.expired;
  if (state === ORDER_STATE.filled) return ORDER_EVENT.fullFill;
  const worked = stateNow === ORDER_STATE.accepted || stateNow === ORDER_STATE.partiallyFilled;
  return worked ? ORDER_EVENT.canceled : ORDER_EVENT.rejected;
}
