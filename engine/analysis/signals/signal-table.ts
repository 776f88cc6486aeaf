import { invariant } from '../../core/assert.ts';
import type { Region } from '../../ipc/memory-map.ts';
import { SeqlockCell, seqlockBytes } from '../../ipc/seqlock.ts';
import { type Timeframe, TIMEFRAMES } from '../bars/timeframe.ts';
import { bucketOf, CONFIDENCE_BUCKETS } from './outcome-statistics.ts';
import { PATTERN_NAMES } from './pattern-names.ts';
import type { PatternFamily, Signal } from './signal.ts';
import type { Outcome, OutcomeKind } from './signal-outcome.ts';

/*
 * The signals of the slow path, for other threads. Written by the analysis thread alone; any thread reads, and nobody waits:
 * a reader that comes too seldom finds rows written over. It outlives the thread. All seqlock cells of Float64, in this order:
 *   head     number of the newest signal, number of the newest change, the venue's time (ms) when it was last written
 *   rows     SIGNAL_ROWS of ROW; the signal with number n lies in row n % SIGNAL_ROWS; change 0 = never written
 *   merged   one of MERGED per instrument; madeMs 0 = never written
 *   tallies  one of TALLY per pattern, timeframe, bucket of confidence, and instrument
 * and then plain Float64, the writer's own: per instrument and timeframe the close up to which signals were taken in.
 */

/** Signals that are kept. */
export const SIGNAL_ROWS = 512;
const HEAD_COUNT = 3;
/** Places within a row. */
export const ROW = {
  change: 0,
  seq: 1,
  instrument: 2,
  slot: 3,
  pattern: 4,
  family: 5,
  direction: 6,
  timeMs: 7,
  expiresMs: 8,
  entry: 9,
  stop: 10,
  target: 11,
  atr: 12,
  base: 13,
  mtfBoost: 14,
  alignmentFactor: 15,
  volumeFactor: 16,
  final: 17,
  kind: 18,
  endMs: 19,
  exit: 20,
  favourableAtr: 21,
  adverseAtr: 22,
  rMultiple: 23,
} as const;
export const ROW_COUNT = 24;
/** Places within what the signals of an instrument say together. */
export const MERGED = {
  madeMs: 0,
  /** NaN = no signal is alive. */
  direction: 1,
  upStrength: 2,
  downStrength: 3,
  entry: 4,
  stop: 5,
  target: 6,
  confidence: 7,
  untilMs: 8,
  signalCount: 9,
  /** Bits of TRADE_REFUSALS; NaN = not looked at. */
  refusals: 10,
} as const;
export const MERGED_COUNT = 11;
/** Places within a tally. */
export const TALLY = { target: 0, stop: 1, expired: 2, sumR: 3, sumFavourable: 4, sumAdverse: 5 } as const;
export const TALLY_COUNT = 6;

/** By number in a row; 0 = it is open. */
export const OUTCOME_KINDS: readonly (OutcomeKind | null)[] = [null, 'target', 'stop', 'expired'];
/** By number in a row. */
export const FAMILIES: readonly PatternFamily[] = [
  'candlestick',
  'squeeze',
  'breakout',
  'double',
  'divergence',
];

const HEAD_BYTES: number = seqlockBytes(HEAD_COUNT);
const ROW_BYTES: number = seqlockBytes(ROW_COUNT);
const MERGED_BYTES: number = seqlockBytes(MERGED_COUNT);
const TALLY_BYTES: number = seqlockBytes(TALLY_COUNT);
const SHARED_TALLIES: number = PATTERN_NAMES.length + TIMEFRAMES.length + CONFIDENCE_BUCKETS;

/** Where the tallies of each group begin. */
export const TALLY_FROM: Readonly<Record<'pattern' | 'timeframe' | 'confidence' | 'symbol', number>> = {
  pattern: 0,
  timeframe: PATTERN_NAMES.length,
  confidence: PATTERN_NAMES.length + TIMEFRAMES.length,
  symbol: SHARED_TALLIES,
};

/** What the living signals of an instrument say together; NaN = does not apply. */
export interface MergedNews {
  /** 0 = conflict. */
  readonly direction: 1 | -1 | 0;
  readonly upStrength: number;
  readonly downStrength: number;
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
  /** 0..0.95. */
  readonly confidence: number;
  /** Until one of its signals ends, ms since the epoch. */
  readonly untilMs: number;
  readonly signalCount: number;
}

/** Bytes of shared memory the table of so many instruments needs. */
export function signalTableBytes(instrumentsMax: number): number {
  const perInstrument = MERGED_BYTES + TALLY_BYTES + TIMEFRAMES.length * 8;
  return HEAD_BYTES + SIGNAL_ROWS * ROW_BYTES + SHARED_TALLIES * TALLY_BYTES + instrumentsMax * perInstrument;
}

/** The cells of the table. */
export class SignalCells {
  readonly instrumentsMax: number;
  readonly head: SeqlockCell;
  readonly rows: readonly SeqlockCell[];
  readonly merged: readonly SeqlockCell[];
  readonly tallies: readonly SeqlockCell[];
  /** By instrument and slot; the writer's own. */
  readonly takenMs: Float64Array;

  constructor(buffer: SharedArrayBuffer, region: Region, instrumentsMax: number) {
    invariant(region.byteLength === signalTableBytes(instrumentsMax), 'the table of signals has its size');
    this.instrumentsMax = instrumentsMax;
    let at = region.byteOffset;
    const cells = (count: number, valueCount: number): SeqlockCell[] =>
      Array.from({ length: count }, () => {
        const cell = new SeqlockCell(buffer, at, valueCount);
        at += seqlockBytes(valueCount);
        return cell;
      });
    [this.head] = cells(1, HEAD_COUNT);
    this.rows = cells(SIGNAL_ROWS, ROW_COUNT);
    this.merged = cells(instrumentsMax, MERGED_COUNT);
    this.tallies = cells(SHARED_TALLIES + instrumentsMax, TALLY_COUNT);
    this.takenMs = new Float64Array(buffer, at, instrumentsMax * TIMEFRAMES.length);
  }
}

/** Writes the table. The analysis thread's. */
export class SignalTable {
  private readonly cells: SignalCells;
  private seq: number;
  private change: number;
  private nowMs: number;

  /** Goes on where an earlier thread ended. */
  constructor(buffer: SharedArrayBuffer, region: Region, instrumentsMax: number) {
    this.cells = new SignalCells(buffer, region, instrumentsMax);
    [this.seq, this.change, this.nowMs] = this.cells.head.values;
  }

  /** The close up to which signals of an instrument and timeframe were taken in; 0 = none were. */
  takenMs(instrumentIndex: number, { slot }: Timeframe): number {
    return this.cells.takenMs[instrumentIndex * TIMEFRAMES.length + slot];
  }

  /** Signals that become known at this close, or before it, have been taken in. */
  noteTaken(instrumentIndex: number, { slot }: Timeframe, closeMs: number): void {
    this.cells.takenMs[instrumentIndex * TIMEFRAMES.length + slot] = closeMs;
  }

  /** A new signal. */
  add(instrumentIndex: number, signal: Signal): void {
    const seq = ++this.seq;
    const { confidence } = signal;
    this.write(this.cells.rows[seq % SIGNAL_ROWS], (row) => {
      row.fill(NaN);
      row[ROW.seq] = seq;
      row[ROW.instrument] = instrumentIndex;
      row[ROW.slot] = signal.timeframe.slot;
      row[ROW.pattern] = PATTERN_NAMES.indexOf(signal.pattern);
      row[ROW.family] = FAMILIES.indexOf(signal.family);
      row[ROW.direction] = signal.direction;
      row[ROW.timeMs] = signal.timeMs;
      row[ROW.expiresMs] = signal.expiresMs;
      row[ROW.entry] = signal.entry;
      row[ROW.stop] = signal.stop;
      row[ROW.target] = signal.target;
      row[ROW.atr] = signal.atr;
      row[ROW.base] = confidence.base;
      row[ROW.mtfBoost] = confidence.mtfBoost;
      row[ROW.alignmentFactor] = confidence.alignmentFactor;
      row[ROW.volumeFactor] = confidence.volumeFactor;
      row[ROW.final] = confidence.final;
      row[ROW.kind] = 0;
    });
  }

  /** What became of a signal: counted, and noted with it if it is still there. */
  settle(instrumentIndex: number, outcome: Outcome): void {
    const { signal } = outcome;
    this.count(TALLY_FROM.pattern + PATTERN_NAMES.indexOf(signal.pattern), outcome);
    this.count(TALLY_FROM.timeframe + signal.timeframe.slot, outcome);
    this.count(TALLY_FROM.confidence + bucketOf(signal.confidence.final), outcome);
    this.count(TALLY_FROM.symbol + instrumentIndex, outcome);
    const cell = this.cells.rows.find(({ values }) => isRowOf(values, instrumentIndex, signal));
    if (cell === undefined) return;
    this.write(cell, (row) => {
      row[ROW.kind] = OUTCOME_KINDS.indexOf(outcome.kind);
      row[ROW.endMs] = outcome.timeMs;
      row[ROW.exit] = outcome.exit;
      row[ROW.favourableAtr] = outcome.favourableAtr;
      row[ROW.adverseAtr] = outcome.adverseAtr;
      row[ROW.rMultiple] = outcome.rMultiple;
    });
  }

  /** What the living signals say together; null = none is alive. @param refusals bits of TRADE_REFUSALS; NaN = not looked at */
  merge(instrumentIndex: number, news: MergedNews | null, refusals: number, madeMs: number): void {
    const cell = this.cells.merged[instrumentIndex];
    cell.beginWrite();
    const { values } = cell;
    values.fill(NaN);
    values[MERGED.madeMs] = madeMs;
    if (news !== null) {
      values[MERGED.direction] = news.direction;
      values[MERGED.upStrength] = news.upStrength;
      values[MERGED.downStrength] = news.downStrength;
      values[MERGED.entry] = news.entry;
      values[MERGED.stop] = news.stop;
      values[MERGED.target] = news.target;
      values[MERGED.confidence] = news.confidence;
      values[MERGED.untilMs] = news.untilMs;
      values[MERGED.signalCount] = news.signalCount;
      values[MERGED.refusals] = refusals;
    }
    cell.endWrite();
  }

  /** The venue's time now. */
  tell(nowMs: number): void {
    this.nowMs = nowMs;
    this.writeHead();
  }

  private count(place: number, { kind, rMultiple, favourableAtr, adverseAtr }: Outcome): void {
    const cell = this.cells.tallies[place];
    cell.beginWrite();
    cell.values[TALLY[kind]]++;
    cell.values[TALLY.sumR] += rMultiple;
    cell.values[TALLY.sumFavourable] += favourableAtr;
    cell.values[TALLY.sumAdverse] += adverseAtr;
    cell.endWrite();
  }

  private write(cell: SeqlockCell, fill: (row: Float64Array) => void): void {
    const change = ++this.change;
    cell.beginWrite();
    fill(cell.values);
    cell.values[ROW.change] = change;
    cell.endWrite();
    this.writeHead();
  }

  private writeHead(): void {
    const { head } = this.cells;
    head.beginWrite();
    head.values[0] = this.seq;
    head.values[1] = this.change;
    head.values[2] = this.nowMs;
    head.endWrite();
  }
}

/** Whether a row is that of an open signal. */
function isRowOf(row: Float64Array, instrumentIndex: number, signal: Signal): boolean {
  return (
    row[ROW.change] > 0 &&
    row[ROW.kind] === 0 &&
    row[ROW.timeMs] === signal.timeMs &&
    row[ROW.instrument] === instrumentIndex &&
    row[ROW.slot] === signal.timeframe.slot &&
    row[ROW.direction] === signal.direction &&
    row[ROW.family] === FAMILIES.indexOf(signal.family)
  );
}
