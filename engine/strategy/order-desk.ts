// hot path: no allocation after start
import type { Clock } from '../core/clock.ts';
import type { Instrument } from '../core/instrument.ts';
import { ORDERS_MAX } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { Publication } from '../ipc/ring.ts';
import {
  CANCEL_REQUEST,
  CANCEL_REQUEST_BYTES,
  CancelRequest,
  ORDER_REQUEST,
  ORDER_REQUEST_BYTES,
  OrderRequest,
  REPLACE_REQUEST,
  REPLACE_REQUEST_BYTES,
  ReplaceRequest,
} from '../messages/codecs.ts';
import type { OrderUpdate } from '../messages/codecs.ts';
import { ORDER_STATE, ORDER_TYPE, REASON, SIDE, TIME_IN_FORCE } from '../messages/enums.ts';
import { STRATEGY_COUNTER } from './counters.ts';
import type { IntentCounter } from './intent-counter.ts';
import { CANCEL_MARK, isEnded, NO_ORDER, OwnOrders } from './own-orders.ts';
import type { OpenOrderSource } from './own-orders.ts';
import { SUBMIT_REFUSED } from './strategy-api.ts';
import type { Turn } from './turn.ts';

/** What the desk is joined to. */
export interface OrderDeskDependencies {
  readonly instruments: readonly Instrument[];
  readonly clock: Clock;
  readonly counters: CounterBlock;
  readonly strategyToRisk: Publication;
  readonly intents: IntentCounter;
}

/**
 * Writes the strategies' requests to risk and keeps their open orders. A request that finds no room is refused to the
 * strategy; cancels the actor itself wants (a faulted strategy, a stop) are kept and repeated. One thread.
 */
export class OrderDesk {
  readonly orders: OwnOrders = new OwnOrders();
  private readonly deps: OrderDeskDependencies;
  private readonly counters: CounterBlock;
  private readonly turn: Turn;
  private readonly request: OrderRequest = new OrderRequest();
  private readonly replacement: ReplaceRequest = new ReplaceRequest();
  private readonly cancellation: CancelRequest = new CancelRequest();
  /** [0]: when a request is made; as a number handed over it would be boxed. */
  private readonly signalled: Float64Array = new Float64Array(1);
  private cancelsWaiting: number;

  constructor(deps: OrderDeskDependencies, turn: Turn) {
    this.deps = deps;
    this.counters = deps.counters;
    this.turn = turn;
    this.cancelsWaiting = 0;
  }

  /** Whether cancels of the actor's own wait for room. */
  get hasWaitingCancels(): boolean {
    return this.cancelsWaiting > 0;
  }

  /** The id that the next accepted `submit` returns: what must be known of an order before it is sent. */
  nextOrderId(): number {
    return this.deps.intents.peek();
  }

  /** Asks for a new order; its id or a SUBMIT_REFUSED code. */
  submit(
    strategyIndex: number,
    instrumentIndex: number,
    side: number,
    orderType: number,
    timeInForce: number,
    priceTicks: number,
    qtyLots: number,
  ): number {
    if (this.turn.isPaused) return this.refuse(STRATEGY_COUNTER.requestsPaused, SUBMIT_REFUSED.paused);
    const isSound =
      this.isInstrument(instrumentIndex) &&
      (side === SIDE.buy || side === SIDE.sell) &&
      orderType >= ORDER_TYPE.limit &&
      orderType <= ORDER_TYPE.limitMaker &&
      timeInForce >= TIME_IN_FORCE.gtc &&
      timeInForce <= TIME_IN_FORCE.fok &&
      areTermsSound(orderType, priceTicks, qtyLots);
    if (!isSound) return this.refuse(STRATEGY_COUNTER.requestsBad, SUBMIT_REFUSED.badArgument);
    if (this.orders.isFull)
      return this.refuse(STRATEGY_COUNTER.ordersUntracked, SUBMIT_REFUSED.backPressured);
    const ring = this.deps.strategyToRisk;
    const at = ring.tryClaim(ORDER_REQUEST, ORDER_REQUEST_BYTES);
    if (at < 0) return this.refuse(STRATEGY_COUNTER.requestsBackPressured, SUBMIT_REFUSED.backPressured);
    const intentSeq = this.deps.intents.next();
    const request = this.request.wrap(ring.view, at);
    request.intentSeq = intentSeq;
    request.recvNs = this.turn.recvNs;
    request.decodedNs = this.turn.decodedNs;
    request.bookedNs = this.turn.bookedNs;
    this.deps.clock.stamp(this.signalled, 0);
    request.signalledNs = this.signalled[0];
    request.approvedNs = 0;
    request.priceTicks = priceTicks;
    request.qtyLots = qtyLots;
    request.instrumentIndex = instrumentIndex;
    request.instrumentEpoch = this.deps.instruments[instrumentIndex].epoch;
    request.strategyIndex = strategyIndex;
    request.side = side;
    request.orderType = orderType;
    request.timeInForce = timeInForce;
    request.flags = 0;
    request.bookTakenNs = this.turn.bookTakenNs;
    request.strategyTakenNs = this.turn.nowNs;
    ring.commit();
    this.counters.increment(STRATEGY_COUNTER.ordersRequested);
    const slot = this.orders.add(intentSeq);
    this.track(slot, strategyIndex, instrumentIndex, side, orderType, timeInForce, priceTicks, qtyLots);
    return intentSeq;
  }

  /** Asks to replace an open order of this strategy; the new order's id or a SUBMIT_REFUSED code. */
  replace(strategyIndex: number, orderId: number, priceTicks: number, qtyLots: number): number {
    if (this.turn.isPaused) return this.refuse(STRATEGY_COUNTER.requestsPaused, SUBMIT_REFUSED.paused);
    const orders = this.orders;
    const slot = orders.find(orderId);
    const isSound =
      slot !== NO_ORDER &&
      orders.strategyIndex[slot] === strategyIndex &&
      areTermsSound(orders.orderType[slot], priceTicks, qtyLots);
    if (!isSound) return this.refuse(STRATEGY_COUNTER.requestsBad, SUBMIT_REFUSED.badArgument);
    if (orders.isFull) return this.refuse(STRATEGY_COUNTER.ordersUntracked, SUBMIT_REFUSED.backPressured);
    const ring = this.deps.strategyToRisk;
    const at = ring.tryClaim(REPLACE_REQUEST, REPLACE_REQUEST_BYTES);
    if (at < 0) return this.refuse(STRATEGY_COUNTER.requestsBackPressured, SUBMIT_REFUSED.backPressured);
    const instrumentIndex = orders.instrumentIndex[slot];
    const intentSeq = this.deps.intents.next();
    const request = this.replacement.wrap(ring.view, at);
    request.intentSeq = intentSeq;
    request.replacedIntentSeq = orderId;
    request.recvNs = this.turn.recvNs;
    request.decodedNs = this.turn.decodedNs;
    request.bookedNs = this.turn.bookedNs;
    this.deps.clock.stamp(this.signalled, 0);
    request.signalledNs = this.signalled[0];
    request.approvedNs = 0;
    request.priceTicks = priceTicks;
    request.qtyLots = qtyLots;
    request.instrumentIndex = instrumentIndex;
    request.instrumentEpoch = this.deps.instruments[instrumentIndex].epoch;
    request.strategyIndex = strategyIndex;
    request.side = orders.side[slot];
    request.orderType = orders.orderType[slot];
    request.timeInForce = orders.timeInForce[slot];
    request.flags = 0;
    request.bookTakenNs = this.turn.bookTakenNs;
    request.strategyTakenNs = this.turn.nowNs;
    ring.commit();
    this.counters.increment(STRATEGY_COUNTER.replacesRequested);
    this.track(
      orders.add(intentSeq),
      strategyIndex,
      instrumentIndex,
      orders.side[slot],
      orders.orderType[slot],
      orders.timeInForce[slot],
      priceTicks,
      qtyLots,
    );
    return intentSeq;
  }

  /** Asks to cancel an order of this strategy; false when there was no room. An ended order needs no cancel: true. */
  cancel(strategyIndex: number, orderId: number): boolean {
    const slot = this.orders.find(orderId);
    if (slot === NO_ORDER || this.orders.strategyIndex[slot] !== strategyIndex) {
      this.counters.increment(STRATEGY_COUNTER.cancelsWithoutOrder);
      return true;
    }
    if (this.sendCancel(slot)) return true;
    this.counters.increment(STRATEGY_COUNTER.requestsBackPressured);
    return false;
  }

  /** Cancels all open orders that match; -1 = any. What finds no room is repeated by `flushCancels`. */
  cancelAll(strategyIndex: number, instrumentIndex: number): void {
    const orders = this.orders;
    for (let slot = 0; slot < ORDERS_MAX; slot++) {
      if (!orders.isOpen(slot)) continue;
      if (strategyIndex >= 0 && orders.strategyIndex[slot] !== strategyIndex) continue;
      if (instrumentIndex >= 0 && orders.instrumentIndex[slot] !== instrumentIndex) continue;
      this.cancelOwn(slot);
    }
  }

  /**
   * Cancels an order of a strategy that can no longer do it itself, once; and once more when the cancel ended risk or
   * execution (REASON poisoned), since nobody else would.
   */
  cancelOrphan(slot: number, reason: number): void {
    const { cancelMark } = this.orders;
    if (cancelMark[slot] === CANCEL_MARK.none) this.cancelOwn(slot);
    else if (reason === REASON.poisoned && cancelMark[slot] === CANCEL_MARK.sent && this.sendCancel(slot)) {
      cancelMark[slot] = CANCEL_MARK.repeated;
    }
  }

  /** Repeats the cancels that had no room; returns how many went out. */
  flushCancels(): number {
    if (this.cancelsWaiting === 0) return 0;
    let sent = 0;
    for (let slot = 0; slot < ORDERS_MAX; slot++) {
      if (!this.orders.isOpen(slot) || this.orders.cancelMark[slot] !== CANCEL_MARK.waiting) continue;
      if (!this.sendCancel(slot)) return sent;
      this.orders.cancelMark[slot] = CANCEL_MARK.sent;
      this.cancelsWaiting--;
      sent++;
    }
    return sent;
  }

  /**
   * Takes a report in: forgets ended orders, follows the others. An open order nobody here knows belongs to an
   * incarnation of before. Returns its slot, or NO_ORDER when it has ended (or there is no room to follow it).
   */
  onUpdate(update: OrderUpdate): number {
    const orders = this.orders;
    let slot = orders.find(update.intentSeq);
    if (isEnded(update.state)) {
      if (slot !== NO_ORDER) this.forget(slot);
      return NO_ORDER;
    }
    if (slot === NO_ORDER) {
      slot = this.track(
        orders.add(update.intentSeq),
        update.strategyIndex,
        update.instrumentIndex,
        update.side,
        update.orderType,
        update.timeInForce,
        update.priceTicks,
        update.qtyLots,
      );
      if (slot === NO_ORDER) return NO_ORDER;
    }
    orders.state[slot] = update.state;
    orders.cumQtyLots[slot] = update.cumQtyLots;
    return slot;
  }

  /** Follows an order found in the shared table at start; NO_ORDER when there is no room. */
  adopt(source: OpenOrderSource, sourceSlot: number): number {
    const slot = this.track(
      this.orders.add(source.intentSeq[sourceSlot]),
      source.strategyIndex[sourceSlot],
      source.instrumentIndex[sourceSlot],
      source.side[sourceSlot],
      source.orderType[sourceSlot],
      source.timeInForce[sourceSlot],
      source.priceTicks[sourceSlot],
      source.qtyLots[sourceSlot],
    );
    if (slot === NO_ORDER) return NO_ORDER;
    this.orders.state[slot] = source.state[sourceSlot];
    this.orders.cumQtyLots[slot] = source.cumQtyLots[sourceSlot];
    return slot;
  }

  /** Writes an order's terms into the slot it was given, if it was given one; returns the slot. */
  private track(
    slot: number,
    strategyIndex: number,
    instrumentIndex: number,
    side: number,
    orderType: number,
    timeInForce: number,
    priceTicks: number,
    qtyLots: number,
  ): number {
    const orders = this.orders;
    if (slot === NO_ORDER) {
      this.counters.increment(STRATEGY_COUNTER.ordersUntracked);
      return NO_ORDER;
    }
    orders.strategyIndex[slot] = strategyIndex;
    orders.instrumentIndex[slot] = instrumentIndex;
    orders.side[slot] = side;
    orders.orderType[slot] = orderType;
    orders.timeInForce[slot] = timeInForce;
    orders.priceTicks[slot] = priceTicks;
    orders.qtyLots[slot] = qtyLots;
    orders.cumQtyLots[slot] = 0;
    orders.state[slot] = ORDER_STATE.initialized;
    return slot;
  }

  private cancelOwn(slot: number): void {
    const { cancelMark } = this.orders;
    if (cancelMark[slot] === CANCEL_MARK.waiting) return;
    if (this.sendCancel(slot)) {
      cancelMark[slot] = CANCEL_MARK.sent;
      return;
    }
    cancelMark[slot] = CANCEL_MARK.waiting;
    this.cancelsWaiting++;
    this.counters.increment(STRATEGY_COUNTER.cancelsRetried);
  }

  private forget(slot: number): void {
    if (this.orders.cancelMark[slot] === CANCEL_MARK.waiting) this.cancelsWaiting--;
    this.orders.remove(slot);
  }

  private sendCancel(slot: number): boolean {
    const ring = this.deps.strategyToRisk;
    const at = ring.tryClaim(CANCEL_REQUEST, CANCEL_REQUEST_BYTES);
    if (at < 0) return false;
    const request = this.cancellation.wrap(ring.view, at);
    request.intentSeq = this.orders.intentSeq[slot];
    request.recvNs = this.turn.recvNs;
    request.decodedNs = this.turn.decodedNs;
    request.bookedNs = this.turn.bookedNs;
    this.deps.clock.stamp(this.signalled, 0);
    request.signalledNs = this.signalled[0];
    request.approvedNs = 0;
    request.instrumentIndex = this.orders.instrumentIndex[slot];
    request.strategyIndex = this.orders.strategyIndex[slot];
    ring.commit();
    this.counters.increment(STRATEGY_COUNTER.cancelsRequested);
    return true;
  }

  private isInstrument(instrumentIndex: number): boolean {
    return (
      Number.isInteger(instrumentIndex) &&
      instrumentIndex >= 0 &&
      instrumentIndex < this.deps.instruments.length
    );
  }

  private refuse(counter: number, code: number): number {
    this.counters.increment(counter);
    return code;
  }
}

/** Whole positive lots; whole positive ticks, or 0 for a market order. */
function areTermsSound(orderType: number, priceTicks: number, qtyLots: number): boolean {
  if (!Number.isSafeInteger(qtyLots) || qtyLots <= 0 || !Number.isSafeInteger(priceTicks)) return false;
  return orderType === ORDER_TYPE.market ? priceTicks === 0 : priceTicks > 0;
}
