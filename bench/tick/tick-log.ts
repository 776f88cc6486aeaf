import { SIDE } from '../../engine/messages/enums.ts';

/**
 * What the threads of a tick-to-order run tell the bench, in shared memory: which tick was meant for when, when it was
 * taken, and every hop of every order. Each column has one writer; the bench reads after the run.
 */

/** Columns of an order's row, all monoNs. */
export const ORDER_HOP = {
  recvNs: 0,
  decodedNs: 1,
  bookedNs: 2,
  signalledNs: 3,
  approvedNs: 4,
  sentNs: 5,
} as const;

const HOPS = 6;
/** Behind the hops: side and price in ticks. */
const TERMS = 2;
const ROW = HOPS + TERMS;
const SENT_COUNT = 0;
const ORDER_COUNT = 1;
const TICK_COLUMNS = 3;
const HEAD_WORDS = 32;
const WINDOW_WORDS = 4;

/** Plain data that travels to every thread. */
export interface TickLogMemory {
  readonly head: SharedArrayBuffer;
  readonly ticks: SharedArrayBuffer;
  readonly orders: SharedArrayBuffer;
  /** Of the last run: from, to, and what its thread had allocated by then. */
  readonly window: SharedArrayBuffer;
}

/** Memory for runs of at most `ticksMax` ticks. */
export function tickLogMemory(ticksMax: number): TickLogMemory {
  return {
    head: new SharedArrayBuffer(HEAD_WORDS * 4),
    ticks: new SharedArrayBuffer(ticksMax * TICK_COLUMNS * 8),
    orders: new SharedArrayBuffer(ticksMax * ROW * 8),
    window: new SharedArrayBuffer(WINDOW_WORDS * 8),
  };
}

/** One thread's view of the log. */
export class TickLog {
  readonly ticksMax: number;
  /** When a tick was to be sent: the start of its latency. */
  readonly intendedNs: Float64Array;
  /** When the thread came round to taking it in. */
  readonly takenNs: Float64Array;
  /** When the actors of that thread were done with it. */
  readonly doneNs: Float64Array;
  private readonly head: Int32Array;
  private readonly rows: Float64Array;
  private readonly window: Float64Array;

  constructor(memory: TickLogMemory) {
    this.ticksMax = memory.ticks.byteLength / 8 / TICK_COLUMNS;
    this.intendedNs = new Float64Array(memory.ticks, 0, this.ticksMax);
    this.takenNs = new Float64Array(memory.ticks, this.ticksMax * 8, this.ticksMax);
    this.doneNs = new Float64Array(memory.ticks, this.ticksMax * 16, this.ticksMax);
    this.head = new Int32Array(memory.head);
    this.rows = new Float64Array(memory.orders);
    this.window = new Float64Array(memory.window);
  }

  /** Between runs only, by the bench. Touches every page, so that no run pays for the kernel's. */
  reset(): void {
    this.intendedNs.fill(0);
    this.takenNs.fill(0);
    this.doneNs.fill(0);
    this.rows.fill(0);
    Atomics.store(this.head, SENT_COUNT, 0);
    Atomics.store(this.head, ORDER_COUNT, 0);
  }

  /** By the sender of ticks: a run begins or has ended (`end` 0 or 1), its thread having allocated `bytes`. */
  noteWindow(end: 0 | 1, nowNs: number, bytes: number): void {
    this.window[end] = nowNs;
    this.window[2 + end] = bytes;
  }

  /** When the last run began, engine time. */
  get fromNs(): number {
    return this.window[0];
  }

  /** When its last tick had been taken in. */
  get toNs(): number {
    return this.window[1];
  }

  /** What the sender's thread allocated meanwhile. */
  get allocatedBytes(): number {
    return this.window[3] - this.window[2];
  }

  /** By the sender of ticks. */
  noteSent(count: number): void {
    Atomics.store(this.head, SENT_COUNT, count);
  }

  sentCount(): number {
    return Atomics.load(this.head, SENT_COUNT);
  }

  orderCount(): number {
    return Atomics.load(this.head, ORDER_COUNT);
  }

  /** By the venue: where the next order's row starts, or -1 when there is no more room (the order counts all the same). */
  nextRow(): number {
    const at = this.head[ORDER_COUNT];
    return at < this.ticksMax ? at * ROW : -1;
  }

  /** By the venue: the row's hops and terms stand in `rowValues()`. */
  commitRow(): void {
    Atomics.store(this.head, ORDER_COUNT, this.head[ORDER_COUNT] + 1);
  }

  /** All rows, one behind the other. */
  rowValues(): Float64Array {
    return this.rows;
  }

  /** An ORDER_HOP of an order. */
  hop(order: number, hop: number): number {
    return this.rows[order * ROW + hop];
  }

  /** Price of an order to buy, ticks; negative when it is one to sell. */
  priceTicks(order: number): number {
    const at = order * ROW + HOPS;
    return this.rows[at] === SIDE.buy ? this.rows[at + 1] : -this.rows[at + 1];
  }
}

/** Where in a row the terms begin. */
export const TERMS_AT: number = HOPS;
