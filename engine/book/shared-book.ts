// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { SHARED_BOOK_LEVELS_MAX } from '../core/limits.ts';
import type { Region } from '../ipc/memory-map.ts';
import { SeqlockCell, seqlockBytes } from '../ipc/seqlock.ts';
import { GAP_REASON } from '../messages/enums.ts';

/*
 * The latest top of each book: one seqlock cell per instrument, a multiple of 128 bytes apart, written by the orderbook
 * actor, read by strategy, risk, the paper gateway and the telemetry api. Values of a cell, all Float64:
 *   0 isValid  1 reason (GAP_REASON, why hidden)  2 updateId  3 exchangeTsMs  4 recvNs  5 decodedNs  6 bookedNs
 *   7 bidCount  8 askCount  9 imbalance  10 microPriceTicks  11 bookTakenNs
 *   12 + 4 * level: bidTicks, bidLots, askTicks, askLots   (level 0 = the touch; a prefix of the cell is a whole book
 *   of fewer levels)
 * Memory starts as zeros: isValid 0, so a book that was never written is hidden.
 */

const IS_VALID = 0;
const REASON_AT = 1;
const UPDATE_ID = 2;
const EXCHANGE_TS = 3;
const RECV = 4;
const DECODED = 5;
const BOOKED = 6;
const BID_COUNT = 7;
const ASK_COUNT = 8;
const IMBALANCE = 9;
const MICRO_PRICE = 10;
const BOOK_TAKEN = 11;
const LEVELS_AT = 12;
const WORDS_PER_LEVEL = 4;
const VALUE_COUNT = LEVELS_AT + WORDS_PER_LEVEL * SHARED_BOOK_LEVELS_MAX;
const TOUCH_VALUE_COUNT = LEVELS_AT + WORDS_PER_LEVEL;
const CELL_BYTES = Math.ceil(seqlockBytes(VALUE_COUNT) / 128) * 128;

/** Where a writer puts the levels: index of level 0's bidTicks; then bidLots, askTicks, askLots, next level. */
export const SHARED_BOOK_LEVELS_AT: number = LEVELS_AT;

/** Float64 words from one level to the next. */
export const SHARED_BOOK_LEVEL_WORDS: number = WORDS_PER_LEVEL;

/** Bytes of shared memory the books of `instrumentCount` instruments need. */
export function sharedBookBytes(instrumentCount: number): number {
  return instrumentCount * CELL_BYTES;
}

function openCells(buffer: SharedArrayBuffer, region: Region, instrumentCount: number): SeqlockCell[] {
  invariant(
    region.byteLength >= sharedBookBytes(instrumentCount),
    `region "${region.name}" has room for every shared book`,
  );
  const cells: SeqlockCell[] = [];
  for (let index = 0; index < instrumentCount; index++) {
    cells.push(new SeqlockCell(buffer, region.byteOffset + index * CELL_BYTES, VALUE_COUNT));
  }
  return cells;
}

/**
 * Publishes the top of the books. One writer: the orderbook actor's thread. Between `begin` and `end` the writer fills
 * the returned words from SHARED_BOOK_LEVELS_AT on; everything else goes through `end`'s arguments and setters.
 */
export class SharedBookWriter {
  private readonly cells: readonly SeqlockCell[];
  private values: Float64Array;

  /** Takes over: a book whose last writer died inside a write is hidden, so no reader ever sees a half of it. */
  constructor(buffer: SharedArrayBuffer, region: Region, instrumentCount: number) {
    this.cells = openCells(buffer, region, instrumentCount);
    this.values = new Float64Array(0);
    for (let index = 0; index < instrumentCount; index++) {
      if (this.cells[index].adopt()) this.hide(index, GAP_REASON.actorRestart);
    }
  }

  /** Whether any writer ever wrote this book: false only at the first start of the engine. */
  wasWritten(instrumentIndex: number): boolean {
    return this.cells[instrumentIndex].version() !== 0;
  }

  /** Opens the book; readers wait until `end`. Returns the cell's words: fill the levels, unused ones with 0. */
  begin(instrumentIndex: number): Float64Array {
    const cell = this.cells[instrumentIndex];
    cell.beginWrite();
    this.values = cell.values;
    return this.values;
  }

  /** Hop timestamps of the frame that made this book; between begin and end. */
  setHops(exchangeTsMs: number, recvNs: number, decodedNs: number, bookedNs: number): void {
    const values = this.values;
    values[EXCHANGE_TS] = exchangeTsMs;
    values[RECV] = recvNs;
    values[DECODED] = decodedNs;
    values[BOOKED] = bookedNs;
  }

  /** When the turn began that made this book; between begin and end. */
  setTaken(bookTakenNs: number): void {
    this.values[BOOK_TAKEN] = bookTakenNs;
  }

  /** Closes the book opened by `begin` and makes it readable. Counts are levels filled in, at most the shared ones. */
  end(
    instrumentIndex: number,
    updateId: number,
    bidCount: number,
    askCount: number,
    imbalance: number,
    microPriceTicks: number,
  ): void {
    const values = this.values;
    values[IS_VALID] = 1;
    values[REASON_AT] = GAP_REASON.none;
    values[UPDATE_ID] = updateId;
    values[BID_COUNT] = bidCount;
    values[ASK_COUNT] = askCount;
    values[IMBALANCE] = imbalance;
    values[MICRO_PRICE] = microPriceTicks;
    this.cells[instrumentIndex].endWrite();
  }

  /** Hides the book: from here on it cannot be read. `reason` is a GAP_REASON. */
  hide(instrumentIndex: number, reason: number): void {
    const cell = this.cells[instrumentIndex];
    cell.beginWrite();
    cell.values[IS_VALID] = 0;
    cell.values[REASON_AT] = reason;
    cell.endWrite();
  }
}

/**
 * Reads the top of the books; any thread, one instance per user. `read` copies one book into this object; the getters
 * belong to that copy. A hidden book leaves nothing to read: isValid is false, counts and levels are 0.
 */
export class SharedBookReader {
  private readonly cells: readonly SeqlockCell[];
  private readonly copy: Float64Array = new Float64Array(VALUE_COUNT);
  private levelsRead: number;

  constructor(buffer: SharedArrayBuffer, region: Region, instrumentCount: number) {
    this.cells = openCells(buffer, region, instrumentCount);
    this.levelsRead = 0;
  }

  /** Copies the whole shared book; false when it is hidden or a writer kept it closed (try again later). */
  read(instrumentIndex: number): boolean {
    return this.load(instrumentIndex, VALUE_COUNT, SHARED_BOOK_LEVELS_MAX);
  }

  /** Like `read`, with the touch only: a quarter of the work for those who need no depth. */
  readTouch(instrumentIndex: number): boolean {
    return this.load(instrumentIndex, TOUCH_VALUE_COUNT, 1);
  }

  /** Changes whenever the book was written; equal even numbers mean nothing happened in between. */
  version(instrumentIndex: number): number {
    return this.cells[instrumentIndex].version();
  }

  get isValid(): boolean {
    return this.copy[IS_VALID] === 1;
  }

  /** GAP_REASON: why the book was hidden at the last read; none when it is valid or was unreadable. */
  get reason(): number {
    return this.copy[REASON_AT];
  }

  /** Venue update id the book stands at. */
  get updateId(): number {
    return this.copy[UPDATE_ID];
  }

  get exchangeTsMs(): number {
    return this.copy[EXCHANGE_TS];
  }

  get recvNs(): number {
    return this.copy[RECV];
  }

  get decodedNs(): number {
    return this.copy[DECODED];
  }

  get bookedNs(): number {
    return this.copy[BOOKED];
  }

  get bookTakenNs(): number {
    return this.copy[BOOK_TAKEN];
  }

  /** Bid levels in the copy. */
  get bidCount(): number {
    const count = this.copy[BID_COUNT];
    return count < this.levelsRead ? count : this.levelsRead;
  }

  /** Ask levels in the copy. */
  get askCount(): number {
    const count = this.copy[ASK_COUNT];
    return count < this.levelsRead ? count : this.levelsRead;
  }

  /** (bid - ask) / (bid + ask) volume over the shared levels, -1..1. */
  get imbalance(): number {
    return this.copy[IMBALANCE];
  }

  get microPriceTicks(): number {
    return this.copy[MICRO_PRICE];
  }

  /** Level 0 is the touch; 0 beyond the last level. The same for the three below. */
  bidTicksAt(level: number): number {
    return level < this.bidCount ? this.copy[LEVELS_AT + WORDS_PER_LEVEL * level] : 0;
  }

  bidLotsAt(level: number): number {
    return level < this.bidCount ? this.copy[LEVELS_AT + WORDS_PER_LEVEL * level + 1] : 0;
  }

  askTicksAt(level: number): number {
    return level < this.askCount ? this.copy[LEVELS_AT + WORDS_PER_LEVEL * level + 2] : 0;
  }

  askLotsAt(level: number): number {
    return level < this.askCount ? this.copy[LEVELS_AT + WORDS_PER_LEVEL * level + 3] : 0;
  }

  private load(instrumentIndex: number, valueCount: number, levels: number): boolean {
    const copy = this.copy;
    const isRead = this.cells[instrumentIndex].tryRead(copy, valueCount);
    if (isRead && copy[IS_VALID] === 1) {
      this.levelsRead = levels;
      return true;
    }
    this.forget(isRead ? copy[REASON_AT] : GAP_REASON.none);
    return false;
  }

  private forget(reason: number): void {
    this.levelsRead = 0;
    this.copy.fill(0);
    this.copy[REASON_AT] = reason;
  }
}
