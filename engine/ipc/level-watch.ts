// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { ORDERS_MAX } from '../core/limits.ts';
import type { Region } from './memory-map.ts';
import { SeqlockCell, seqlockBytes } from './seqlock.ts';

/*
 * The price levels at which simulated orders rest: one seqlock cell per account, written by execution, read by the
 * orderbook actors, who then tell execution what happens at these levels. Values, all Float64:
 *   0 count
 *   1 number of the question for depth, 2 its 2 x instrumentIndex + (1 for asks), 3 its price: the levels behind it are
 *     wanted; one question at a time
 *   4 + 4 * place: slot of the order, 2 x instrumentIndex + (1 for a sell), priceTicks, number of the watch
 * Watches and questions are numbered from 1 in the order they begin; places are dense and change when one ends.
 */
const ENTRY_WORDS = 4;
const COUNT = 0;
const ASK_NUMBER = 1;
const ASK_SIDE = 2;
const ASK_TICKS = 3;
const ENTRIES_AT = 4;
const VALUE_COUNT = ENTRIES_AT + ENTRY_WORDS * ORDERS_MAX;
/** Looks at a cell whose count grew between two looks. */
const READ_ATTEMPTS_MAX = 8;

/** Bytes of shared memory one account's watches need. */
export function levelWatchBytes(): number {
  return seqlockBytes(VALUE_COUNT);
}

/** Says which levels to watch. One writer: the execution actor of the account. */
export class LevelWatchWriter {
  private readonly cell: SeqlockCell;
  private readonly placeOf: Int32Array = new Int32Array(ORDERS_MAX).fill(-1);
  private lastNumber: number;

  /** Takes over: the watches of a predecessor end. */
  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength === levelWatchBytes(), 'region of the level watch has another size');
    this.cell = new SeqlockCell(buffer, region.byteOffset, VALUE_COUNT);
    const { values } = this.cell;
    let highest = 0;
    for (let place = 0; place < values[COUNT]; place++) {
      const number = values[ENTRIES_AT + place * ENTRY_WORDS + 3];
      if (number > highest) highest = number;
    }
    // A reader keeps what it knows of a watch by its number, so numbers are not used again.
    this.lastNumber = highest + ORDERS_MAX;
    this.cell.beginWrite();
    values[COUNT] = 0;
    this.cell.endWrite();
  }

  /**
   * Asks for the levels of a side behind a price; returns the number that the answer bears. The next question takes the
   * place of one that was not answered.
   */
  askDepth(instrumentIndex: number, isAsks: boolean, behindTicks: number): number {
    const { cell } = this;
    const { values } = cell;
    const number = values[ASK_NUMBER] + 1;
    cell.beginWrite();
    values[ASK_SIDE] = instrumentIndex * 2 + (isAsks ? 1 : 0);
    values[ASK_TICKS] = behindTicks;
    values[ASK_NUMBER] = number;
    cell.endWrite();
    return number;
  }

  /** Begins to watch the level an order rests at; an order has one watch at most. */
  watch(slot: number, instrumentIndex: number, isSell: boolean, priceTicks: number): void {
    if (this.placeOf[slot] >= 0) this.unwatch(slot);
    const { cell } = this;
    const { values } = cell;
    const place = values[COUNT];
    const at = ENTRIES_AT + place * ENTRY_WORDS;
    cell.beginWrite();
    values[at] = slot;
    values[at + 1] = instrumentIndex * 2 + (isSell ? 1 : 0);
    values[at + 2] = priceTicks;
    values[at + 3] = ++this.lastNumber;
    values[COUNT] = place + 1;
    cell.endWrite();
    this.placeOf[slot] = place;
  }

  /** Ends an order's watch, if it has one. */
  unwatch(slot: number): void {
    const place = this.placeOf[slot];
    if (place < 0) return;
    const { cell } = this;
    const { values } = cell;
    const last = values[COUNT] - 1;
    const from = ENTRIES_AT + last * ENTRY_WORDS;
    cell.beginWrite();
    values.copyWithin(ENTRIES_AT + place * ENTRY_WORDS, from, from + ENTRY_WORDS);
    values[COUNT] = last;
    cell.endWrite();
    this.placeOf[slot] = -1;
    if (place < last) this.placeOf[values[ENTRIES_AT + place * ENTRY_WORDS]] = place;
  }
}

/** Reads one account's watches; any thread. `refresh` copies them when they have changed. */
export class LevelWatchReader {
  private readonly cell: SeqlockCell;
  private readonly copy: Float64Array = new Float64Array(VALUE_COUNT);
  private seenVersion: number;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    this.cell = new SeqlockCell(buffer, region.byteOffset, VALUE_COUNT);
    this.seenVersion = 0;
  }

  /** Copies the watches if they have changed since the last copy; false when nothing is new (or a writer was in the way). */
  refresh(): boolean {
    const version = this.cell.version();
    if (version === this.seenVersion) return false;
    const { cell, copy } = this;
    for (let attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt++) {
      const expected = cell.values[COUNT];
      if (!(expected >= 0 && expected <= ORDERS_MAX)) continue;
      if (!cell.tryRead(copy, ENTRIES_AT + expected * ENTRY_WORDS) || copy[COUNT] > expected) continue;
      this.seenVersion = version;
      return true;
    }
    return false;
  }

  get count(): number {
    return this.copy[COUNT];
  }

  /** Whether depth was asked for and `refresh` has not copied it yet. */
  get isAsked(): boolean {
    return this.cell.values[ASK_NUMBER] !== this.copy[ASK_NUMBER];
  }

  /** Number of the newest question for depth; 0 = there was none. */
  get askNumber(): number {
    return this.copy[ASK_NUMBER];
  }

  get askInstrument(): number {
    return this.copy[ASK_SIDE] >> 1;
  }

  get asksForAsks(): boolean {
    return (this.copy[ASK_SIDE] & 1) === 1;
  }

  get askTicks(): number {
    return this.copy[ASK_TICKS];
  }

  slotAt(place: number): number {
    return this.copy[ENTRIES_AT + place * ENTRY_WORDS];
  }

  instrumentAt(place: number): number {
    return this.copy[ENTRIES_AT + place * ENTRY_WORDS + 1] >> 1;
  }

  isSellAt(place: number): boolean {
    return (this.copy[ENTRIES_AT + place * ENTRY_WORDS + 1] & 1) === 1;
  }

  priceTicksAt(place: number): number {
    return this.copy[ENTRIES_AT + place * ENTRY_WORDS + 2];
  }

  /** The number of the watch; a slot whose number has changed is watched anew. */
  numberAt(place: number): number {
    return this.copy[ENTRIES_AT + place * ENTRY_WORDS + 3];
  }
}
