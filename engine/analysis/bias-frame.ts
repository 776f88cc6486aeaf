// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Region } from '../ipc/memory-map.ts';
import { SeqlockCell, seqlockBytes } from '../ipc/seqlock.ts';

/*
 * The slow path's opinion of each instrument: one seqlock cell per instrument, 192 bytes apart, written by the
 * analysis thread, read by strategies and the api. Values of a cell, all Float64:
 *   0 value  1 strength  2 version  3 validUntilNs  4 producedNs  5 supportTicks  6 resistanceTicks  7 pocTicks
 *   8 keyLevelTicks
 *   9 .. 15  score of each timeframe in BIAS_TIMEFRAMES order, -100..100; NaN = that timeframe has no view
 * Version 0 = nothing was ever published. A frame is never "zero" for want of data: it is absent or it has run out.
 */

/** Timeframes a frame has room for, shortest first; the slow path of design.md section 1 plus 1m. */
export const BIAS_TIMEFRAMES = ['1m', '5m', '15m', '1h', '4h', '1d', '1w'] as const;

/** Strength classes of signals.md section 1, which section 3 applies to the bias too. */
export const BIAS_STRENGTH = {
  strongSell: -2,
  moderateSell: -1,
  neutral: 0,
  moderateBuy: 1,
  strongBuy: 2,
} as const;

/** |value| from which a view is strong, and from which it is one at all (signals.md section 3). */
export const BIAS_STRONG = 60;
export const BIAS_MODERATE = 20;

const VALUE = 0;
const STRENGTH = 1;
const VERSION = 2;
const VALID_UNTIL = 3;
const PRODUCED = 4;
const SUPPORT = 5;
const RESISTANCE = 6;
const POC = 7;
const KEY_LEVEL = 8;
const SCORES = 9;
const VALUE_COUNT = SCORES + BIAS_TIMEFRAMES.length;
const CELL_BYTES = 192;

invariant(seqlockBytes(VALUE_COUNT) <= CELL_BYTES, 'a bias frame fits its cell');

/** The strength class of a bias value. */
export function biasStrength(value: number): number {
  if (value >= BIAS_STRONG) return BIAS_STRENGTH.strongBuy;
  if (value >= BIAS_MODERATE) return BIAS_STRENGTH.moderateBuy;
  if (value > -BIAS_MODERATE) return BIAS_STRENGTH.neutral;
  return value > -BIAS_STRONG ? BIAS_STRENGTH.moderateSell : BIAS_STRENGTH.strongSell;
}

/** Bytes of shared memory the frames of `instrumentCount` instruments need. */
export function biasBytes(instrumentCount: number): number {
  return instrumentCount * CELL_BYTES;
}

/** What the slow path has to say about one instrument. Prices in ticks; NaN = does not name one. */
export interface BiasContent {
  /** -100 .. 100, positive = up. */
  readonly value: number;
  readonly supportTicks: number;
  readonly resistanceTicks: number;
  /** Point of control: the price most volume traded at. */
  readonly pocTicks: number;
  /** The nearest strong level: longs are for above it, shorts for below. */
  readonly keyLevelTicks: number;
  /** Per BIAS_TIMEFRAMES, -100 .. 100; NaN = no view. */
  readonly scores: ArrayLike<number>;
}

function openCells(buffer: SharedArrayBuffer, region: Region, instrumentCount: number): SeqlockCell[] {
  invariant(
    region.byteLength >= biasBytes(instrumentCount),
    `region "${region.name}" has room for every bias frame`,
  );
  const cells: SeqlockCell[] = [];
  for (let index = 0; index < instrumentCount; index++) {
    cells.push(new SeqlockCell(buffer, region.byteOffset + index * CELL_BYTES, VALUE_COUNT));
  }
  return cells;
}

/** Publishes bias frames. The analysis thread only: one writer. */
export class BiasWriter {
  private readonly cells: readonly SeqlockCell[];

  /** Attaches; a frame its predecessor died inside of stays unreadable until it is published again. */
  constructor(buffer: SharedArrayBuffer, region: Region, instrumentCount: number) {
    this.cells = openCells(buffer, region, instrumentCount);
  }

  /** Publishes a frame and returns its version, one above the last. A restarted writer goes on counting. */
  publish(instrumentIndex: number, content: BiasContent, producedNs: number, validUntilNs: number): number {
    invariant(content.value >= -100 && content.value <= 100, 'a bias lies in -100..100; no view is no frame');
    invariant(validUntilNs > producedNs, 'a bias frame is valid for a while');
    const cell = this.cells[instrumentIndex];
    const values = cell.values;
    const version = values[VERSION] + 1;
    cell.beginWrite();
    values[VALUE] = content.value;
    values[STRENGTH] = biasStrength(content.value);
    values[VERSION] = version;
    values[VALID_UNTIL] = validUntilNs;
    values[PRODUCED] = producedNs;
    values[SUPPORT] = content.supportTicks;
    values[RESISTANCE] = content.resistanceTicks;
    values[POC] = content.pocTicks;
    values[KEY_LEVEL] = content.keyLevelTicks;
    for (let index = 0; index < BIAS_TIMEFRAMES.length; index++) {
      values[SCORES + index] = index < content.scores.length ? content.scores[index] : NaN;
    }
    cell.endWrite();
    return version;
  }

  /** Version of the newest frame of an instrument; 0 = there was none. */
  versionOf(instrumentIndex: number): number {
    return this.cells[instrumentIndex].values[VERSION];
  }

  /** Takes the instrument's frame back at once: its view is gone, not zero. Readers see an expired frame. */
  withdraw(instrumentIndex: number): void {
    const cell = this.cells[instrumentIndex];
    if (cell.values[VERSION] === 0) return;
    cell.beginWrite();
    cell.values[VALID_UNTIL] = -Infinity;
    cell.endWrite();
  }
}

/**
 * Reads bias frames; any thread, one instance per thread. `read` copies a frame into the fields below. A missing frame
 * leaves NaN in `value`, so that it cannot pass for "no direction".
 */
export class BiasReader {
  private readonly cells: readonly SeqlockCell[];
  private readonly scratch: Float64Array = new Float64Array(VALUE_COUNT);
  /** -100 .. 100; NaN after a read that found nothing. */
  value: number;
  /** BIAS_STRENGTH. */
  strength: number;
  /** Grows by one per published frame of the instrument; 0 = none. */
  version: number;
  /** monoNs from which the frame counts as no bias. */
  validUntilNs: number;
  /** monoNs when it was computed. */
  producedNs: number;
  /** Key levels in ticks; NaN = the frame names none. */
  supportTicks: number;
  resistanceTicks: number;
  pocTicks: number;
  keyLevelTicks: number;
  /** Per BIAS_TIMEFRAMES; NaN = no view. */
  readonly scores: Float64Array = new Float64Array(BIAS_TIMEFRAMES.length);

  constructor(buffer: SharedArrayBuffer, region: Region, instrumentCount: number) {
    this.cells = openCells(buffer, region, instrumentCount);
    this.value = NaN;
    this.strength = BIAS_STRENGTH.neutral;
    this.version = 0;
    this.validUntilNs = -Infinity;
    this.producedNs = 0;
    this.supportTicks = NaN;
    this.resistanceTicks = NaN;
    this.pocTicks = NaN;
    this.keyLevelTicks = NaN;
    this.scores.fill(NaN);
  }

  /**
   * Loads the instrument's latest frame, expired or not; false when there is none or it cannot be read now. Ask
   * `isExpired` before using it, or call `readFresh`.
   */
  read(instrumentIndex: number): boolean {
    const scratch = this.scratch;
    const isRead = this.cells[instrumentIndex].tryRead(scratch, VALUE_COUNT);
    if (!isRead || scratch[VERSION] === 0) {
      this.forget();
      return false;
    }
    this.value = scratch[VALUE]!;
    this.strength = scratch[STRENGTH]!;
    this.version = scratch[VERSION]!;
    this.validUntilNs = scratch[VALID_UNTIL]!;
    this.producedNs = scratch[PRODUCED]!;
    this.supportTicks = scratch[SUPPORT]!;
    this.resistanceTicks = scratch[RESISTANCE]!;
    this.pocTicks = scratch[POC]!;
    this.keyLevelTicks = scratch[KEY_LEVEL]!;
    for (let index = 0; index < this.scores.length; index++) this.scores[index] = scratch[SCORES + index]!;
    return true;
  }

  /** Loads the frame and says whether it holds at `nowNs`; false = no bias, whatever the reason. */
  readFresh(instrumentIndex: number, nowNs: number): boolean {
    if (this.read(instrumentIndex) && !this.isExpired(nowNs)) return true;
    this.forget();
    return false;
  }

  /** Whether the frame last read has run out at `nowNs` (also when nothing was read). */
  isExpired(nowNs: number): boolean {
    return !(nowNs < this.validUntilNs);
  }

  private forget(): void {
    this.value = NaN;
    this.strength = BIAS_STRENGTH.neutral;
    this.version = 0;
    this.validUntilNs = -Infinity;
    this.producedNs = 0;
    this.supportTicks = NaN;
    this.resistanceTicks = NaN;
    this.pocTicks = NaN;
    this.keyLevelTicks = NaN;
    for (let index = 0; index < this.scores.length; index++) this.scores[index] = NaN;
  }
}
