// hot path: no allocation after start
import type { SharedBookReader } from '../book/shared-book.ts';
import { INSTRUMENTS_MAX, ORDERS_MAX, SHARED_BOOK_LEVELS_MAX } from '../core/limits.ts';
import type { Region } from '../ipc/memory-map.ts';
import {
  CONNECTION_KIND,
  CONNECTION_STATE,
  ORDER_STATE,
  ORDER_TYPE,
  REASON,
  SIDE,
  TIME_IN_FORCE,
} from '../messages/enums.ts';
import { SLOT_FREE, isOpenState, isTerminalState } from './order-table.ts';
import type { OrderTable } from './order-table.ts';
import { PaperIds } from './paper-ids.ts';
import { PAPER_REQUEST, PAPER_REQUESTS_MAX, PaperRequests } from './paper-requests.ts';
import { SEND } from './venue-port.ts';
import type { VenueContext, VenueEvents, VenueGateway } from './venue-port.ts';

/** Fees and delay of the simulated venue. */
export interface PaperOptions {
  /** Basis points of the traded value, two decimals; negative = rebate. */
  readonly makerFeeBps: number;
  readonly takerFeeBps: number;
  /** From handing a request over to its effect. */
  readonly latencyNs: number;
}

/** How long a dropped connection stays away. */
const RECONNECT_NS = 100_000_000;

/** Fee of a trade in cash units, rounded up (a rebate towards zero). Exact: no product leaves 2^53. */
export function feeCashOf(notionalCash: number, feeBps: number): number {
  const hundredthBps = Math.round(feeBps * 100);
  const millions = Math.floor(notionalCash / 1_000_000);
  const rest = notionalCash - millions * 1_000_000;
  // Adding 0 turns the -0 of a tiny rebate into 0.
  return millions * hundredthBps + Math.ceil((rest * hundredthBps) / 1_000_000) + 0;
}

/**
 * A venue that lives in the engine: fills against the shared book snapshot. Deliberately pessimistic: a resting order
 * fills only when the opposite touch reaches its price, at its own price and never for more than is displayed there; no
 * displayed lot of one book update fills two orders; nothing fills from a hidden book. What is true of an order stands
 * in the order table, so a restarted gateway goes on with the orders it finds there.
 */
export class PaperGateway implements VenueGateway {
  private readonly context: VenueContext;
  private readonly orders: OrderTable;
  private readonly events: VenueEvents;
  private readonly book: SharedBookReader;
  private readonly options: PaperOptions;
  private readonly ids: PaperIds;
  private readonly requests: PaperRequests = new PaperRequests();
  private readonly resting: Int32Array = new Int32Array(ORDERS_MAX);
  private readonly restingIntent: Float64Array = new Float64Array(ORDERS_MAX);
  private restingCount: number;
  private readonly restingOf: Int32Array = new Int32Array(INSTRUMENTS_MAX);
  private readonly seenVersion: Int32Array = new Int32Array(INSTRUMENTS_MAX).fill(-1);
  /** Lots taken per level of the book update `takenUpdateId`: bids, then asks, per instrument. */
  private readonly takenLots: Float64Array = new Float64Array(INSTRUMENTS_MAX * SHARED_BOOK_LEVELS_MAX * 2);
  private readonly takenUpdateId: Float64Array = new Float64Array(INSTRUMENTS_MAX).fill(-1);
  private isOpen: boolean;
  private isUp: boolean;
  private upAtNs: number;

  constructor(
    buffer: SharedArrayBuffer,
    region: Region,
    book: SharedBookReader,
    context: VenueContext,
    options: PaperOptions,
  ) {
    this.context = context;
    this.orders = context.orders;
    this.events = context.events;
    this.book = book;
    this.options = options;
    this.ids = new PaperIds(buffer, region);
    this.restingCount = 0;
    this.isOpen = false;
    this.isUp = false;
    this.upAtNs = 0;
  }

  start(nowNs: number): void {
    if (!this.ids.begin(this.context.clock.epochUs())) this.distrustBooks();
    this.isOpen = true;
    this.adoptResting();
    this.comeUp(nowNs, 0);
  }

  doWork(turnNs: Float64Array): number {
    if (!this.isOpen) return 0;
    const nowNs = turnNs[0];
    if (!this.isUp) {
      if (nowNs < this.upAtNs) return 0;
      this.comeUp(nowNs, 1);
    }
    let work = 0;
    while (work < PAPER_REQUESTS_MAX) {
      const at = this.requests.take(nowNs);
      if (at === -1) break;
      this.handle(at, nowNs);
      work++;
    }
    if (this.restingCount > 0) work += this.matchResting(nowNs);
    return work;
  }

  hasWork(): boolean {
    return this.isUp && !this.requests.isEmpty();
  }

  isReady(): boolean {
    return this.isUp;
  }

  place(slot: number, nowNs: number): number {
    return this.enqueue(PAPER_REQUEST.place, slot, -1, nowNs);
  }

  cancel(slot: number, nowNs: number): number {
    return this.enqueue(PAPER_REQUEST.cancel, slot, -1, nowNs);
  }

  replace(slot: number, replacedSlot: number, nowNs: number): number {
    return this.enqueue(PAPER_REQUEST.replace, slot, replacedSlot, nowNs);
  }

  queryOrder(slot: number, nowNs: number): number {
    return this.enqueue(PAPER_REQUEST.queryOrder, slot, -1, nowNs);
  }

  queryOpenOrders(instrumentIndex: number, nowNs: number): number {
    return this.enqueue(PAPER_REQUEST.queryOpenOrders, -1, instrumentIndex, nowNs);
  }

  queryFills(instrumentIndex: number, _afterVenueTradeId: number, nowNs: number): number {
    return this.enqueue(PAPER_REQUEST.queryFills, -1, instrumentIndex, nowNs);
  }

  addInstrument(): void {
    /* Its list is the context's, its arrays have room for all. */
  }

  dropConnections(): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.upAtNs = this.context.clock.nowNs() + RECONNECT_NS;
    this.requests.clear();
    this.events.onConnection(CONNECTION_KIND.orderEntry, CONNECTION_STATE.down, 0);
  }

  close(): void {
    this.isOpen = false;
    this.isUp = false;
  }

  private comeUp(nowNs: number, attempt: number): void {
    this.isUp = true;
    this.upAtNs = nowNs;
    this.events.onConnection(CONNECTION_KIND.orderEntry, CONNECTION_STATE.live, attempt);
  }

  private enqueue(kind: number, slot: number, other: number, nowNs: number): number {
    if (!this.isUp) return SEND.notConnected;
    const { requests } = this;
    const at = requests.claim();
    if (at === -1) return SEND.rateLimited;
    requests.kind[at] = kind;
    requests.slot[at] = slot;
    requests.other[at] = other;
    requests.intentSeq[at] = slot < 0 ? 0 : this.orders.intentSeq[slot];
    requests.dueNs[at] = nowNs + this.options.latencyNs;
    return SEND.sent;
  }

  private handle(at: number, nowNs: number): void {
    const slot = this.requests.slot[at];
    const other = this.requests.other[at];
    if (
      slot >= 0 &&
      (this.orders.intentSeq[slot] !== this.requests.intentSeq[at] || this.orders.state[slot] === SLOT_FREE)
    ) {
      return;
    }
    switch (this.requests.kind[at]) {
      case PAPER_REQUEST.place:
        this.enter(slot, nowNs);
        return;
      case PAPER_REQUEST.cancel:
        this.remove(slot, nowNs);
        return;
      case PAPER_REQUEST.replace:
        this.handleReplace(slot, other, nowNs);
        return;
      case PAPER_REQUEST.queryOrder:
        this.answerStatus(slot, nowNs);
        return;
      case PAPER_REQUEST.queryOpenOrders:
        this.events.onOpenOrdersEnd(other, nowNs);
        return;
      default:
        // No fill is ever lost between here and the ledger, so the list of missed ones is always empty.
        this.events.onFillsEnd(other, nowNs);
    }
  }

  private remove(slot: number, nowNs: number): void {
    if (!this.stopResting(slot)) {
      this.events.onCancelRejected(slot, REASON.unknownOrder, 0, nowNs);
      return;
    }
    this.end(slot, ORDER_STATE.canceled, REASON.none, nowNs);
  }

  private handleReplace(slot: number, replacedSlot: number, nowNs: number): void {
    if (!this.stopResting(replacedSlot)) {
      this.events.onRejected(slot, REASON.tooLateToCancel, 0, nowNs);
      this.events.onCancelRejected(replacedSlot, REASON.unknownOrder, 0, nowNs);
      return;
    }
    this.end(replacedSlot, ORDER_STATE.canceled, REASON.none, nowNs);
    this.enter(slot, nowNs);
  }

  /** An order arrives: it takes what it may, and rests or expires with the remainder. */
  private enter(slot: number, nowNs: number): void {
    const orders = this.orders;
    if (orders.state[slot] === ORDER_STATE.initialized || isTerminalState(orders.state[slot])) return;
    const instrumentIndex = orders.instrumentIndex[slot];
    if (!this.readBook(instrumentIndex)) {
      this.events.onRejected(slot, REASON.bookInvalid, 0, nowNs);
      return;
    }
    const available = this.takeable(slot);
    const orderType = orders.orderType[slot];
    if (orderType === ORDER_TYPE.limitMaker && this.wouldTake(slot)) {
      this.events.onRejected(slot, REASON.wouldTake, 0, nowNs);
      return;
    }
    this.events.onAccepted(slot, this.ids.nextOrderId(), this.nowMs(), nowNs);
    const timeInForce = orders.timeInForce[slot];
    const isFok = timeInForce === TIME_IN_FORCE.fok && orderType === ORDER_TYPE.limit;
    if (!isFok || available >= orders.qtyLots[slot]) this.walk(slot, false, nowNs);
    if (!isOpenState(orders.state[slot])) return;
    const rests =
      orderType === ORDER_TYPE.limitMaker ||
      (orderType === ORDER_TYPE.limit && timeInForce === TIME_IN_FORCE.gtc);
    if (rests) this.rest(slot);
    else this.end(slot, ORDER_STATE.expired, REASON.expiredUnfilled, nowNs);
  }

  /** Fills level by level at the book's prices (taking) or at the order's own (resting). */
  private walk(slot: number, isMaker: boolean, nowNs: number): void {
    const orders = this.orders;
    const isBuy = orders.side[slot] === SIDE.buy;
    const count = isBuy ? this.book.askCount : this.book.bidCount;
    const base = this.takenBase(orders.instrumentIndex[slot], isBuy);
    for (let level = 0; level < count; level++) {
      const leavesLots = orders.leavesLots(slot);
      if (leavesLots <= 0 || !isOpenState(orders.state[slot]) || !this.reaches(slot, isBuy, level)) return;
      const shownLots = isBuy ? this.book.askLotsAt(level) : this.book.bidLotsAt(level);
      const freeLots = Math.floor(shownLots) - this.takenLots[base + level];
      const qtyLots = Math.min(leavesLots, freeLots);
      if (qtyLots <= 0) continue;
      const bookTicks = isBuy ? this.book.askTicksAt(level) : this.book.bidTicksAt(level);
      const priceTicks = isMaker ? orders.priceTicks[slot] : bookTicks;
      if (!this.fill(slot, priceTicks, qtyLots, isMaker, nowNs)) return;
      this.takenLots[base + level] += qtyLots;
    }
  }

  /** False when the owner could not take the fill in: then it did not happen. */
  private fill(slot: number, priceTicks: number, qtyLots: number, isMaker: boolean, nowNs: number): boolean {
    const orders = this.orders;
    const filledBefore = orders.cumQtyLots[slot];
    const feeBps = isMaker ? this.options.makerFeeBps : this.options.takerFeeBps;
    this.events.onFill(
      slot,
      orders.instrumentIndex[slot],
      orders.side[slot],
      orders.venueOrderId[slot],
      this.ids.nextTradeId(),
      priceTicks,
      qtyLots,
      feeCashOf(priceTicks * qtyLots, feeBps),
      filledBefore + qtyLots,
      isMaker ? 1 : 0,
      this.nowMs(),
      nowNs,
    );
    return orders.cumQtyLots[slot] > filledBefore;
  }

  private end(slot: number, state: number, reason: number, nowNs: number): void {
    this.events.onEnded(slot, state, reason, this.orders.cumQtyLots[slot], this.nowMs(), nowNs);
  }

  private answerStatus(slot: number, nowNs: number): void {
    const orders = this.orders;
    const venueOrderId = orders.venueOrderId[slot];
    if (venueOrderId === 0) {
      this.events.onNotFound(slot, nowNs);
      return;
    }
    const isResting = this.restingPlace(slot) >= 0;
    const state = isTerminalState(orders.state[slot])
      ? orders.state[slot]
      : isResting
        ? ORDER_STATE.accepted
        : ORDER_STATE.expired;
    this.events.onStatus(slot, state, venueOrderId, orders.cumQtyLots[slot], this.nowMs(), nowNs);
  }

  /** Resting orders that the opposite touch has reached, best price first, then the oldest. */
  private matchResting(nowNs: number): number {
    let fills = 0;
    const { instruments } = this.context;
    for (let place = 0; place < instruments.length; place++) {
      const { index } = instruments[place];
      if (this.restingOf[index] === 0) continue;
      const version = this.book.version(index);
      if (version === this.seenVersion[index]) continue;
      if (!this.readBook(index)) continue;
      this.seenVersion[index] = version;
      fills += this.matchSide(index, SIDE.buy, nowNs) + this.matchSide(index, SIDE.sell, nowNs);
    }
    return fills;
  }

  private matchSide(instrumentIndex: number, side: number, nowNs: number): number {
    const isBuy = side === SIDE.buy;
    const touch = isBuy ? this.book.askTicksAt(0) : this.book.bidTicksAt(0);
    if (touch <= 0) return 0;
    let matched = 0;
    let afterTicks = isBuy ? Infinity : -Infinity;
    let afterIntent = 0;
    for (let turn = 0; turn < ORDERS_MAX; turn++) {
      const place = this.nextResting(instrumentIndex, side, afterTicks, afterIntent);
      if (place < 0) return matched;
      const slot = this.resting[place];
      afterTicks = this.orders.priceTicks[slot];
      afterIntent = this.restingIntent[place];
      if (isBuy ? afterTicks < touch : afterTicks > touch) return matched;
      this.walk(slot, true, nowNs);
      if (!isOpenState(this.orders.state[slot])) this.stopResting(slot);
      matched++;
    }
    return matched;
  }

  /** The resting order that comes after the given one in price-time priority, or -1. */
  private nextResting(
    instrumentIndex: number,
    side: number,
    afterTicks: number,
    afterIntent: number,
  ): number {
    const orders = this.orders;
    const sign = side === SIDE.buy ? -1 : 1;
    let best = -1;
    for (let place = 0; place < this.restingCount; place++) {
      const slot = this.resting[place];
      if (orders.instrumentIndex[slot] !== instrumentIndex || orders.side[slot] !== side) continue;
      const rank = (orders.priceTicks[slot] - afterTicks) * sign;
      if (rank < 0 || (rank === 0 && this.restingIntent[place] <= afterIntent)) continue;
      if (best >= 0 && !this.isBefore(place, best, sign)) continue;
      best = place;
    }
    return best;
  }

  private isBefore(place: number, other: number, sign: number): boolean {
    const difference =
      (this.orders.priceTicks[this.resting[place]] - this.orders.priceTicks[this.resting[other]]) * sign;
    return difference < 0 || (difference === 0 && this.restingIntent[place] < this.restingIntent[other]);
  }

  /** Reads the book; a new update shows its sizes afresh. False = hidden, nothing may fill from it. */
  private readBook(instrumentIndex: number): boolean {
    if (!this.book.read(instrumentIndex)) return false;
    if (this.takenUpdateId[instrumentIndex] !== this.book.updateId) {
      this.takenUpdateId[instrumentIndex] = this.book.updateId;
      const from = instrumentIndex * SHARED_BOOK_LEVELS_MAX * 2;
      this.takenLots.fill(0, from, from + SHARED_BOOK_LEVELS_MAX * 2);
    }
    return true;
  }

  private takenBase(instrumentIndex: number, isBuy: boolean): number {
    return (instrumentIndex * 2 + (isBuy ? 1 : 0)) * SHARED_BOOK_LEVELS_MAX;
  }

  private reaches(slot: number, isBuy: boolean, level: number): boolean {
    if (this.orders.orderType[slot] === ORDER_TYPE.market) return true;
    const limitTicks = this.orders.priceTicks[slot];
    return isBuy ? this.book.askTicksAt(level) <= limitTicks : this.book.bidTicksAt(level) >= limitTicks;
  }

  private wouldTake(slot: number): boolean {
    const isBuy = this.orders.side[slot] === SIDE.buy;
    return (isBuy ? this.book.askCount : this.book.bidCount) > 0 && this.reaches(slot, isBuy, 0);
  }

  /** Displayed lots the order could take now. */
  private takeable(slot: number): number {
    const isBuy = this.orders.side[slot] === SIDE.buy;
    const count = isBuy ? this.book.askCount : this.book.bidCount;
    const base = this.takenBase(this.orders.instrumentIndex[slot], isBuy);
    let lots = 0;
    for (let level = 0; level < count && this.reaches(slot, isBuy, level); level++) {
      const shownLots = isBuy ? this.book.askLotsAt(level) : this.book.bidLotsAt(level);
      lots += Math.max(0, Math.floor(shownLots) - this.takenLots[base + level]);
    }
    return lots;
  }

  private rest(slot: number): void {
    this.resting[this.restingCount] = slot;
    this.restingIntent[this.restingCount] = this.orders.intentSeq[slot];
    this.restingCount++;
    this.restingOf[this.orders.instrumentIndex[slot]]++;
  }

  private restingPlace(slot: number): number {
    for (let place = 0; place < this.restingCount; place++) {
      if (this.resting[place] === slot && this.restingIntent[place] === this.orders.intentSeq[slot])
        return place;
    }
    return -1;
  }

  private stopResting(slot: number): boolean {
    const place = this.restingPlace(slot);
    if (place < 0) return false;
    this.restingCount--;
    this.resting[place] = this.resting[this.restingCount];
    this.restingIntent[place] = this.restingIntent[this.restingCount];
    this.restingOf[this.orders.instrumentIndex[slot]]--;
    return true;
  }

  /** What a predecessor took of the books as they stand is not known: nothing fills before their next update. */
  private distrustBooks(): void {
    for (const { index } of this.context.instruments) {
      if (!this.readBook(index)) continue;
      const from = index * SHARED_BOOK_LEVELS_MAX * 2;
      this.takenLots.fill(Infinity, from, from + SHARED_BOOK_LEVELS_MAX * 2);
    }
  }

  /** Orders a predecessor had accepted rest again; what could not rest is answered as expired when asked about. */
  private adoptResting(): void {
    const orders = this.orders;
    for (let slot = 0; slot < ORDERS_MAX; slot++) {
      if (!isOpenState(orders.state[slot]) || orders.venueOrderId[slot] === 0) continue;
      if (orders.orderType[slot] === ORDER_TYPE.market) continue;
      if (orders.orderType[slot] === ORDER_TYPE.limit && orders.timeInForce[slot] !== TIME_IN_FORCE.gtc)
        continue;
      if (this.restingPlace(slot) < 0) this.rest(slot);
    }
  }

  private nowMs(): number {
    return Math.floor(this.context.clock.epochUs() / 1000);
  }
}
