// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { INSTRUMENTS_MAX, ORDERS_MAX } from '../core/limits.ts';
import { SlotIndex } from '../core/slot-index.ts';
import type { Region } from '../ipc/memory-map.ts';
import type { OrderRequest, ReplaceRequest } from '../messages/codecs.ts';
import { SIDE } from '../messages/enums.ts';
import { BestTicks, restingTicksOf } from './best-ticks.ts';

/*
 * What risk holds back for orders that may still fill, in shared memory, so that a restarted risk actor knows of every
 * order it approved, also of those still on their way to execution.
 *   byte 0  header   Float64 x 16: see below
 *      128  Float64 columns, as long as there can be orders: intentSeq, qtyLots, filledLots, reservedNs, restingTicks
 *           Int32 columns: used (written last), instrumentIndex, side
 */
const HEADER_BYTES = 128;
const LAST_INTENT = 0;
const LAST_REASON = 1;
const RATE_TOKENS = 2;
const RATE_NS = 3;
const RATE_IS_SET = 4;
/** Tokens arrive in fractions: what is this close to a whole one is one. */
const TOKEN_ROUNDING = 1e-9;

const NO_SLOT = -1;

/** One reservation: five Float64 and three Int32. */
const BYTES_PER_ORDER = 5 * 8 + 3 * 4;

/** Bytes of shared memory risk's reservations need, for the orders of so many accounts. */
export function reservationBytes(accountCount: number = 1): number {
  return HEADER_BYTES + accountCount * ORDERS_MAX * BYTES_PER_ORDER;
}

/**
 * Worst-case exposure: per instrument the lots all reserved orders could still buy or sell. An order's reservation lasts
 * until its end is reported. One writer: the risk actor.
 */
export class Reservations {
  private readonly header: Float64Array;
  private readonly ordersMax: number;
  private readonly intentSeq: Float64Array;
  private readonly qtyLots: Float64Array;
  private readonly filledLots: Float64Array;
  private readonly reservedNs: Float64Array;
  /** Price at which the order may rest; 0 = it never does. */
  private readonly restingTicks: Float64Array;
  private readonly used: Int32Array;
  private readonly instrumentIndex: Int32Array;
  private readonly side: Int32Array;
  private readonly index: SlotIndex;
  private readonly freeSlots: Int32Array;
  private freeCount: number;
  private readonly buyLots: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  private readonly sellLots: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  private readonly counts: Int32Array = new Int32Array(INSTRUMENTS_MAX);
  private readonly bids: BestTicks = new BestTicks(true);
  private readonly asks: BestTicks = new BestTicks(false);

  /** Attaches and adds up what a predecessor left. */
  constructor(buffer: SharedArrayBuffer, region: Region) {
    const ordersMax = (region.byteLength - HEADER_BYTES) / BYTES_PER_ORDER;
    invariant(ordersMax % ORDERS_MAX === 0, 'region of the reservations has another size');
    this.ordersMax = ordersMax;
    let next = region.byteOffset + HEADER_BYTES;
    const f64 = (): Float64Array => {
      const column = new Float64Array(buffer, next, ordersMax);
      next += ordersMax * 8;
      return column;
    };
    const i32 = (): Int32Array => {
      const column = new Int32Array(buffer, next, ordersMax);
      next += ordersMax * 4;
      return column;
    };
    this.header = new Float64Array(buffer, region.byteOffset, HEADER_BYTES >> 3);
    this.intentSeq = f64();
    this.qtyLots = f64();
    this.filledLots = f64();
    this.reservedNs = f64();
    this.restingTicks = f64();
    this.used = i32();
    this.instrumentIndex = i32();
    this.side = i32();
    this.index = new SlotIndex(ordersMax);
    this.freeSlots = new Int32Array(ordersMax);
    this.freeCount = 0;
    for (let slot = ordersMax - 1; slot >= 0; slot--) {
      if (this.used[slot] === 0) this.freeSlots[this.freeCount++] = slot;
      else this.include(slot);
    }
  }

  /** Lots that open orders could still buy. */
  openBuyLots(instrumentIndex: number): number {
    return this.buyLots[instrumentIndex];
  }

  /** Lots that open orders could still sell. */
  openSellLots(instrumentIndex: number): number {
    return this.sellLots[instrumentIndex];
  }

  /** Orders with a reservation. */
  openCount(instrumentIndex: number): number {
    return this.counts[instrumentIndex];
  }

  /** Best price at which an order of ours may rest on a side; 0 = none does. */
  bestRestingTicks(instrumentIndex: number, side: number): number {
    const best = side === SIDE.buy ? this.bids : this.asks;
    if (best.isStale(instrumentIndex)) {
      best.forget(instrumentIndex);
      for (let slot = 0; slot < this.ordersMax; slot++) {
        if (this.used[slot] === 0 || this.side[slot] !== side) continue;
        if (this.instrumentIndex[slot] === instrumentIndex)
          best.add(instrumentIndex, this.restingTicks[slot]);
      }
    }
    return best.ticks[instrumentIndex];
  }

  /** Places for reservations; a place is free, or `isHeld`. */
  get slotCount(): number {
    return this.ordersMax;
  }

  isHeld(slot: number): boolean {
    return this.used[slot] !== 0;
  }

  intentAt(slot: number): number {
    return this.intentSeq[slot];
  }

  instrumentAt(slot: number): number {
    return this.instrumentIndex[slot];
  }

  sideAt(slot: number): number {
    return this.side[slot];
  }

  /** Lots that the order could still fill. */
  openLotsAt(slot: number): number {
    return this.qtyLots[slot] - this.filledLots[slot];
  }

  has(intentSeq: number): boolean {
    return this.index.find(intentSeq, 0) !== NO_SLOT;
  }

  /** Holds an order's size back; false when every slot is taken. An intent is held back once. */
  reserve(
    intentSeq: number,
    instrumentIndex: number,
    side: number,
    qtyLots: number,
    filledLots: number,
    restingTicks: number,
    nowNs: number,
  ): boolean {
    if (this.has(intentSeq)) return true;
    if (this.freeCount === 0) return false;
    const slot = this.freeSlots[--this.freeCount];
    this.intentSeq[slot] = intentSeq;
    this.qtyLots[slot] = qtyLots;
    this.filledLots[slot] = filledLots;
    this.restingTicks[slot] = restingTicks;
    this.reservedNs[slot] = nowNs;
    this.occupy(slot, instrumentIndex, side);
    return true;
  }

  /** As `reserve`, for a request of which nothing is filled: numbers stay where they stand, because arguments are boxed. */
  hold(request: OrderRequest | ReplaceRequest, turnNs: Float64Array): boolean {
    const { index } = this;
    index.key[0] = request.intentSeq;
    if (index.findKey(0) !== NO_SLOT) return true;
    if (this.freeCount === 0) return false;
    const slot = this.freeSlots[--this.freeCount];
    this.intentSeq[slot] = request.intentSeq;
    this.qtyLots[slot] = request.qtyLots;
    this.filledLots[slot] = 0;
    const { orderType, timeInForce, priceTicks } = request;
    this.restingTicks[slot] = restingTicksOf(orderType, timeInForce, priceTicks);
    this.reservedNs[slot] = turnNs[0];
    this.occupy(slot, request.instrumentIndex, request.side);
    return true;
  }

  /** The order is filled up to `cumQtyLots`: absolute, so a repetition changes nothing. */
  fillTo(intentSeq: number, cumQtyLots: number): void {
    const slot = this.index.find(intentSeq, 0);
    if (slot === NO_SLOT) return;
    const filled = Math.min(cumQtyLots, this.qtyLots[slot]);
    const more = filled - this.filledLots[slot];
    if (more <= 0) return;
    this.filledLots[slot] = filled;
    this.lotsOf(slot)[this.instrumentIndex[slot]] -= more;
  }

  /** The order has ended: what it held back is free; false when it held nothing. */
  release(intentSeq: number): boolean {
    this.index.key[0] = intentSeq;
    return this.releaseKey();
  }

  private releaseKey(): boolean {
    const slot = this.index.findKey(0);
    if (slot === NO_SLOT) return false;
    this.releaseSlot(slot);
    return true;
  }

  /**
   * Calls `isOver(intentSeq, reservedNs)` for every reservation and gives back those it answers true for; how many.
   * For the audit; pass a function bound once.
   */
  releaseIf(isOver: (intentSeq: number, reservedNs: number) => boolean): number {
    let released = 0;
    let left = this.ordersMax - this.freeCount;
    for (let slot = 0; left > 0 && slot < this.ordersMax; slot++) {
      if (this.used[slot] === 0) continue;
      left--;
      if (!isOver(this.intentSeq[slot], this.reservedNs[slot])) continue;
      this.releaseSlot(slot);
      released++;
    }
    return released;
  }

  /** Notes a decision before it is told: a request delivered twice gets the same answer twice. */
  noteDecision(intentSeq: number, reason: number): void {
    this.header[LAST_REASON] = reason;
    this.header[LAST_INTENT] = intentSeq;
  }

  wasDecidedLast(intentSeq: number): boolean {
    return this.header[LAST_INTENT] === intentSeq;
  }

  /** REASON of the last decision; none = approved. */
  lastDecision(): number {
    return this.header[LAST_REASON];
  }

  /**
   * Takes one token of a bucket that holds and refills `perSecond`, at the time in [0] of `turnNs`; false when it is
   * empty. The bucket outlives the actor: a restart grants no second burst.
   */
  takeRateToken(perSecond: number, turnNs: Float64Array): boolean {
    const header = this.header;
    const nowNs = turnNs[0];
    if (header[RATE_IS_SET] === 0) header[RATE_TOKENS] = perSecond;
    else {
      const refill = ((nowNs - header[RATE_NS]) / 1e9) * perSecond;
      if (refill > 0) header[RATE_TOKENS] = Math.min(perSecond, header[RATE_TOKENS] + refill);
    }
    header[RATE_NS] = nowNs;
    header[RATE_IS_SET] = 1;
    if (header[RATE_TOKENS] < 1 - TOKEN_ROUNDING) return false;
    header[RATE_TOKENS] -= 1;
    return true;
  }

  private occupy(slot: number, instrumentIndex: number, side: number): void {
    this.instrumentIndex[slot] = instrumentIndex;
    this.side[slot] = side;
    Atomics.store(this.used, slot, 1);
    this.include(slot);
  }

  private releaseSlot(slot: number): void {
    const instrumentIndex = this.instrumentIndex[slot];
    Atomics.store(this.used, slot, 0);
    this.lotsOf(slot)[instrumentIndex] -= this.qtyLots[slot] - this.filledLots[slot];
    this.counts[instrumentIndex]--;
    this.bestOf(slot).remove(instrumentIndex, this.restingTicks[slot]);
    this.index.remove(this.intentSeq[slot], 0);
    this.freeSlots[this.freeCount++] = slot;
  }

  private include(slot: number): void {
    const instrumentIndex = this.instrumentIndex[slot];
    this.index.set(this.intentSeq[slot], 0, slot);
    this.lotsOf(slot)[instrumentIndex] += this.qtyLots[slot] - this.filledLots[slot];
    this.counts[instrumentIndex]++;
    this.bestOf(slot).add(instrumentIndex, this.restingTicks[slot]);
  }

  private bestOf(slot: number): BestTicks {
    return this.side[slot] === SIDE.buy ? this.bids : this.asks;
  }

  private lotsOf(slot: number): Float64Array {
    return this.side[slot] === SIDE.buy ? this.buyLots : this.sellLots;
  }
}
