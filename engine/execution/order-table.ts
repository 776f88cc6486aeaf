// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { ORDERS_MAX } from '../core/limits.ts';
import type { Region } from '../ipc/memory-map.ts';
import { ORDER_STATE } from '../messages/enums.ts';
import { NO_SLOT, SlotIndex } from '../core/slot-index.ts';
import type { VenueIds } from './venue-ids.ts';

/*
 * Every order the engine answers for, as struct of arrays in shared memory; it outlives the execution actor.
 *   byte 0  header   Float64 x 16: 0 = terminal sequence
 *      128  Float64 columns, each ORDERS_MAX values and a gap, as many as F64_COLUMNS, then Int32 columns, I32_COLUMNS
 * A slot's `state` is written last when the slot is taken (0 = free), so a reader that sees a state sees the order's terms.
 */
const HEADER_BYTES = 128;
const F64_COLUMNS = 23;
const I32_COLUMNS = 19;
const TERMINAL_SEQ_INDEX = 0;
/**
 * Between columns: without it the columns of one slot would be powers of two apart, all in the same few sets of the
 * processor's first cache, and an order would push out its own lines.
 */
const COLUMN_GAP_BYTES = 64;

/** State of a slot that holds no order. */
export const SLOT_FREE = 0;

/** Bytes of shared memory the order table needs. */
export function orderTableBytes(): number {
  const gaps = (F64_COLUMNS + I32_COLUMNS) * COLUMN_GAP_BYTES;
  return HEADER_BYTES + ORDERS_MAX * (F64_COLUMNS * 8 + I32_COLUMNS * 4) + gaps;
}

/** Whether an order in this state can change no more (late fills excepted). */
export function isTerminalState(state: number): boolean {
  return state >= ORDER_STATE.filled || state === ORDER_STATE.denied;
}

/** Whether a slot in this state holds an order that may be, or come to be, working at the venue. */
export function isOpenState(state: number): boolean {
  return state !== SLOT_FREE && !isTerminalState(state);
}

/**
 * The columns, for reading. Any thread; a reader on another thread copies what it needs and then checks that
 * `intentSeq[slot]` is still the one it began with, because a slot may be given to another order meanwhile.
 */
export class OrderTableReader {
  readonly intentSeq: Float64Array;
  /** Intent of the order this one replaces; 0 = none. */
  readonly replacedIntentSeq: Float64Array;
  readonly priceTicks: Float64Array;
  readonly qtyLots: Float64Array;
  /** Sum of distinct fills. */
  readonly cumQtyLots: Float64Array;
  /** Key of the venue's id; 0 = not known yet. */
  readonly venueOrderId: Float64Array;
  readonly submittedNs: Float64Array;
  /** When the pending request counts as unanswered; 0 = none pending. */
  readonly deadlineNs: Float64Array;
  readonly lastEventNs: Float64Array;
  /** When the next query by client id is due, if `queryWanted`. */
  readonly queryDueNs: Float64Array;
  /** Cumulative size the venue named when it said the order ended; the order ends once its fills have arrived. */
  readonly endCumQtyLots: Float64Array;
  /** First "not found" of the current row; 0 = none. */
  readonly notFoundSinceNs: Float64Array;
  /** Order in which orders ended: the oldest ended order gives up its slot first. */
  readonly terminalSeq: Float64Array;
  readonly recvNs: Float64Array;
  readonly decodedNs: Float64Array;
  readonly bookedNs: Float64Array;
  readonly signalledNs: Float64Array;
  readonly approvedNs: Float64Array;
  readonly sentNs: Float64Array;
  readonly ackedNs: Float64Array;
  readonly bookTakenNs: Float64Array;
  readonly strategyTakenNs: Float64Array;
  readonly riskTakenNs: Float64Array;
  /** ORDER_STATE, or SLOT_FREE. */
  readonly state: Int32Array;
  /** State last put on the report rings; differs from `state` while a report is owed. */
  readonly reportedState: Int32Array;
  readonly instrumentIndex: Int32Array;
  readonly instrumentEpoch: Int32Array;
  readonly strategyIndex: Int32Array;
  readonly side: Int32Array;
  readonly orderType: Int32Array;
  readonly timeInForce: Int32Array;
  /** ORDER_FLAG bits. */
  readonly flags: Int32Array;
  /** Placement attempts of this intent, from 1. */
  readonly attempt: Int32Array;
  /** REASON and venue code of the last change. */
  readonly reason: Int32Array;
  readonly venueCode: Int32Array;
  /** 1 = a cancel was asked for and is repeated until the order has ended. */
  readonly cancelWanted: Int32Array;
  readonly cancelAttempts: Int32Array;
  /** 1 = the venue is to be asked about this order. */
  readonly queryWanted: Int32Array;
  readonly notFoundCount: Int32Array;
  /** ORDER_EVENT + 1 of the end the venue named while fills are still owed; 0 = none. */
  readonly endEvent: Int32Array;
  readonly endReason: Int32Array;
  /** 1 = a query was sent and not answered in the present reconciliation. */
  readonly reconcilePending: Int32Array;
  protected readonly header: Float64Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength === orderTableBytes(), 'region of the order table has another size');
    let next = region.byteOffset + HEADER_BYTES;
    const f64 = (): Float64Array => {
      const column = new Float64Array(buffer, next, ORDERS_MAX);
      next += ORDERS_MAX * 8 + COLUMN_GAP_BYTES;
      return column;
    };
    const i32 = (): Int32Array => {
      const column = new Int32Array(buffer, next, ORDERS_MAX);
      next += ORDERS_MAX * 4 + COLUMN_GAP_BYTES;
      return column;
    };
    this.header = new Float64Array(buffer, region.byteOffset, HEADER_BYTES >> 3);
    this.intentSeq = f64();
    this.replacedIntentSeq = f64();
    this.priceTicks = f64();
    this.qtyLots = f64();
    this.cumQtyLots = f64();
    this.venueOrderId = f64();
    this.submittedNs = f64();
    this.deadlineNs = f64();
    this.lastEventNs = f64();
    this.queryDueNs = f64();
    this.endCumQtyLots = f64();
    this.notFoundSinceNs = f64();
    this.terminalSeq = f64();
    this.recvNs = f64();
    this.decodedNs = f64();
    this.bookedNs = f64();
    this.signalledNs = f64();
    this.approvedNs = f64();
    this.sentNs = f64();
    this.ackedNs = f64();
    this.bookTakenNs = f64();
    this.strategyTakenNs = f64();
    this.riskTakenNs = f64();
    this.state = i32();
    this.reportedState = i32();
    this.instrumentIndex = i32();
    this.instrumentEpoch = i32();
    this.strategyIndex = i32();
    this.side = i32();
    this.orderType = i32();
    this.timeInForce = i32();
    this.flags = i32();
    this.attempt = i32();
    this.reason = i32();
    this.venueCode = i32();
    this.cancelWanted = i32();
    this.cancelAttempts = i32();
    this.queryWanted = i32();
    this.notFoundCount = i32();
    this.endEvent = i32();
    this.endReason = i32();
    this.reconcilePending = i32();
    invariant(
      next - region.byteOffset === orderTableBytes(),
      'the order table has as many columns as it was sized for',
    );
  }

  /** Whether the slot holds an order that has not ended. Any thread. */
  isOpen(slot: number): boolean {
    return isOpenState(Atomics.load(this.state, slot));
  }

  /** Calls `visit(slot)` for every order that has not ended, by slot. Any thread; pass a function bound once. */
  forEachOpen(visit: (slot: number) => void): void {
    for (let slot = 0; slot < ORDERS_MAX; slot++) {
      if (isOpenState(Atomics.load(this.state, slot))) visit(slot);
    }
  }

  /** The slot of an intent by looking at every slot, or NO_SLOT. Any thread; the writer has a faster one. */
  scanForIntent(intentSeq: number): number {
    for (let slot = 0; slot < ORDERS_MAX; slot++) {
      if (Atomics.load(this.state, slot) !== SLOT_FREE && this.intentSeq[slot] === intentSeq) return slot;
    }
    return NO_SLOT;
  }

  /** Lots still unfilled. */
  leavesLots(slot: number): number {
    return this.qtyLots[slot] - this.cumQtyLots[slot];
  }
}

/**
 * The order table for its one writer, the execution actor (recovery writes it before the threads start). A slot keeps
 * its ended order until the slot is needed, oldest first, so late reports still find it. Who keeps a slot number
 * across turns keeps the intentSeq beside it and compares.
 */
export class OrderTable extends OrderTableReader {
  private readonly byIntent: SlotIndex;
  private readonly byVenueOrder: SlotIndex;
  private readonly freeSlots: Int32Array;
  private readonly endedSlots: Int32Array;
  private readonly venueIds: VenueIds | null;
  private freeCount: number;
  private endedHead: number;
  private endedCount: number;
  private openOrders: number;

  /** @param venueIds holds the ids of all orders in the table; null = the venue's ids are plain numbers */
  constructor(buffer: SharedArrayBuffer, region: Region, venueIds: VenueIds | null = null) {
    super(buffer, region);
    this.venueIds = venueIds;
    this.byIntent = new SlotIndex(ORDERS_MAX);
    this.byVenueOrder = new SlotIndex(ORDERS_MAX);
    this.freeSlots = new Int32Array(ORDERS_MAX);
    this.endedSlots = new Int32Array(ORDERS_MAX);
    this.freeCount = 0;
    this.endedHead = 0;
    this.endedCount = 0;
    this.openOrders = 0;
    this.rebuild();
  }

  /** Orders that have not ended. */
  openCount(): number {
    return this.openOrders;
  }

  /** The slot of an intent, open or ended, or NO_SLOT. */
  slotOfIntent(intentSeq: number): number {
    return this.byIntent.find(intentSeq, 0);
  }

  /** The slot of a venue order id (unique per instrument), or NO_SLOT. */
  slotOfVenueOrder(instrumentIndex: number, venueOrderId: number): number {
    return this.byVenueOrder.find(venueOrderId, instrumentIndex);
  }

  /**
   * Takes a slot for a new intent with every column zero but `intentSeq`; NO_SLOT when all slots hold open orders.
   * The caller writes the terms and then `publish`es; until then all other readers see the slot as free.
   */
  alloc(intentSeq: number): number {
    this.byIntent.key[0] = intentSeq;
    return this.allocKey();
  }

  private allocKey(): number {
    const intentSeq = this.byIntent.key[0];
    invariant(this.byIntent.findKey(0) === NO_SLOT, 'an intent has one slot');
    if (this.freeCount === 0 && !this.evictOldestEnded()) return NO_SLOT;
    const slot = this.freeSlots[--this.freeCount];
    this.clear(slot);
    this.intentSeq[slot] = intentSeq;
    return slot;
  }

  /** Makes a slot taken by `alloc` an order in `state`. */
  publish(slot: number, state: number): void {
    invariant(this.state[slot] === SLOT_FREE && state !== SLOT_FREE, 'a slot is published once');
    this.byIntent.set(this.intentSeq[slot], 0, slot);
    this.openOrders++;
    Atomics.store(this.state, slot, state);
    if (isTerminalState(state)) this.noteEnded(slot);
  }

  /** Moves an order to `state`; ended orders stay ended. */
  setState(slot: number, state: number): void {
    const before = this.state[slot];
    invariant(before !== SLOT_FREE && state !== SLOT_FREE, 'only an order has a state');
    if (before === state) return;
    invariant(!isTerminalState(before), 'an ended order stays ended');
    if (isTerminalState(state)) this.terminalSeq[slot] = this.header[TERMINAL_SEQ_INDEX] + 1;
    Atomics.store(this.state, slot, state);
    if (isTerminalState(state)) this.noteEnded(slot);
  }

  /** Notes the venue's id of an order. */
  setVenueOrderId(slot: number, venueOrderId: number): void {
    const known = this.venueOrderId[slot];
    if (known === venueOrderId || venueOrderId === 0) return;
    const instrumentIndex = this.instrumentIndex[slot];
    if (known !== 0) this.byVenueOrder.remove(known, instrumentIndex);
    if (known < 0) this.venueIds?.release(known);
    if (venueOrderId < 0) this.venueIds?.hold(venueOrderId);
    this.venueOrderId[slot] = venueOrderId;
    this.byVenueOrder.set(venueOrderId, instrumentIndex, slot);
  }

  private noteEnded(slot: number): void {
    this.terminalSeq[slot] = this.header[TERMINAL_SEQ_INDEX] + 1;
    this.header[TERMINAL_SEQ_INDEX] += 1;
    this.endedSlots[(this.endedHead + this.endedCount) % ORDERS_MAX] = slot;
    this.endedCount++;
    this.openOrders--;
  }

  /** Frees the order that ended first, once its end was reported; false when none can go. */
  private evictOldestEnded(): boolean {
    if (this.endedCount === 0) return false;
    const slot = this.endedSlots[this.endedHead];
    if (this.reportedState[slot] !== this.state[slot]) return false;
    this.endedHead = (this.endedHead + 1) % ORDERS_MAX;
    this.endedCount--;
    Atomics.store(this.state, slot, SLOT_FREE);
    this.byIntent.remove(this.intentSeq[slot], 0);
    const venueOrderId = this.venueOrderId[slot];
    if (venueOrderId !== 0 && this.byVenueOrder.find(venueOrderId, this.instrumentIndex[slot]) === slot) {
      this.byVenueOrder.remove(venueOrderId, this.instrumentIndex[slot]);
    }
    if (venueOrderId < 0) this.venueIds?.release(venueOrderId);
    this.freeSlots[this.freeCount++] = slot;
    return true;
  }

  /** What a new writer does first: everything that is not in shared memory follows from what is. */
  private rebuild(): void {
    const ended: number[] = [];
    for (let slot = ORDERS_MAX - 1; slot >= 0; slot--) {
      const state = this.state[slot];
      if (state === SLOT_FREE) {
        this.freeSlots[this.freeCount++] = slot;
        continue;
      }
      this.byIntent.set(this.intentSeq[slot], 0, slot);
      if (this.venueOrderId[slot] !== 0) {
        this.byVenueOrder.set(this.venueOrderId[slot], this.instrumentIndex[slot], slot);
      }
      if (this.venueOrderId[slot] < 0) this.venueIds?.hold(this.venueOrderId[slot]);
      if (isTerminalState(state)) ended.push(slot);
      else this.openOrders++;
    }
    ended.sort((a, b) => this.terminalSeq[a] - this.terminalSeq[b] || a - b);
    for (const slot of ended) {
      this.endedSlots[this.endedCount++] = slot;
      if (this.terminalSeq[slot] > this.header[TERMINAL_SEQ_INDEX]) {
        this.header[TERMINAL_SEQ_INDEX] = this.terminalSeq[slot];
      }
    }
  }

  private clear(slot: number): void {
    this.replacedIntentSeq[slot] = 0;
    this.priceTicks[slot] = 0;
    this.qtyLots[slot] = 0;
    this.cumQtyLots[slot] = 0;
    this.venueOrderId[slot] = 0;
    this.submittedNs[slot] = 0;
    this.deadlineNs[slot] = 0;
    this.lastEventNs[slot] = 0;
    this.queryDueNs[slot] = 0;
    this.endCumQtyLots[slot] = 0;
    this.notFoundSinceNs[slot] = 0;
    this.terminalSeq[slot] = 0;
    this.recvNs[slot] = 0;
    this.decodedNs[slot] = 0;
    this.bookedNs[slot] = 0;
    this.signalledNs[slot] = 0;
    this.approvedNs[slot] = 0;
    this.sentNs[slot] = 0;
    this.ackedNs[slot] = 0;
    this.bookTakenNs[slot] = 0;
    this.strategyTakenNs[slot] = 0;
    this.riskTakenNs[slot] = 0;
    this.reportedState[slot] = 0;
    this.instrumentIndex[slot] = 0;
    this.instrumentEpoch[slot] = 0;
    this.strategyIndex[slot] = 0;
    this.side[slot] = 0;
    this.orderType[slot] = 0;
    this.timeInForce[slot] = 0;
    this.flags[slot] = 0;
    this.attempt[slot] = 0;
    this.reason[slot] = 0;
    this.venueCode[slot] = 0;
    this.cancelWanted[slot] = 0;
    this.cancelAttempts[slot] = 0;
    this.queryWanted[slot] = 0;
    this.notFoundCount[slot] = 0;
    this.endEvent[slot] = 0;
    this.endReason[slot] = 0;
    this.reconcilePending[slot] = 0;
  }
}
