import { invariant } from '../../core/assert.ts';
import type { Region } from '../../ipc/memory-map.ts';
import { SeqlockCell, seqlockBytes } from '../../ipc/seqlock.ts';
import { type Timeframe, TIMEFRAMES } from '../bars/timeframe.ts';
import type { PairReport } from './pair-status.ts';

/*
 * What the scheduler counted, for other threads, and which timeframes somebody chose. Written by the analysis thread; any
 * thread reads. Per instrument, one after the other:
 *   byte 0  choice Int32: 0 = nobody chose; otherwise CHOSEN, and a bit for each timeframe's slot
 *        8  a seqlock cell per timeframe: Float64 of COLUMNS; runs and all others 0 = nothing was ever counted
 */
const CHOSEN = 1 << 30;
const COLUMNS = [
  'lastCloseMs',
  'lastRunMs',
  'runs',
  'failed',
  'replaced',
  'late',
  'dropped',
  'cacheHits',
  'averageMs',
  'minMs',
  'maxMs',
  'latenessMs',
  'maxLatenessMs',
] as const;
const CHOICE_BYTES = 8;
const CELL_BYTES: number = seqlockBytes(COLUMNS.length);
const INSTRUMENT_BYTES: number = CHOICE_BYTES + TIMEFRAMES.length * CELL_BYTES;

/** What is counted of a symbol and timeframe, without its name. */
export type PairFigures = Omit<PairReport, 'symbol' | 'timeframe' | 'successRate'>;

/** Bytes of shared memory the table of so many instruments needs. */
export function scheduleTableBytes(instrumentsMax: number): number {
  return instrumentsMax * INSTRUMENT_BYTES;
}

/** The table of the scheduler's figures. Writing is the analysis thread's; any thread reads. Allocates. */
export class ScheduleTable {
  private readonly choices: Int32Array;
  private readonly cells: readonly SeqlockCell[];
  private readonly copy: Float64Array = new Float64Array(COLUMNS.length);

  constructor(buffer: SharedArrayBuffer, region: Region, instrumentsMax: number) {
    invariant(region.byteLength === scheduleTableBytes(instrumentsMax), 'the table has its size');
    this.choices = new Int32Array(buffer, region.byteOffset, region.byteLength >> 2);
    this.cells = Array.from({ length: instrumentsMax * TIMEFRAMES.length }, (_, place) => {
      const instrument = Math.floor(place / TIMEFRAMES.length);
      const at = instrument * INSTRUMENT_BYTES + CHOICE_BYTES + (place % TIMEFRAMES.length) * CELL_BYTES;
      return new SeqlockCell(buffer, region.byteOffset + at, COLUMNS.length);
    });
  }

  /** The timeframes somebody chose for an instrument; null = nobody did. */
  chosen(instrumentIndex: number): readonly Timeframe[] | null {
    const word = Atomics.load(this.choices, choiceAt(instrumentIndex));
    return word === 0 ? null : TIMEFRAMES.filter(({ slot }) => (word & (1 << slot)) !== 0);
  }

  /** Notes what somebody chose; it outlives the thread. */
  choose(instrumentIndex: number, timeframes: readonly Timeframe[]): void {
    const bits = timeframes.reduce((sum, { slot }) => sum | (1 << slot), 0);
    Atomics.store(this.choices, choiceAt(instrumentIndex), CHOSEN | bits);
  }

  write(instrumentIndex: number, timeframe: Timeframe, report: PairReport): void {
    const cell = this.cellOf(instrumentIndex, timeframe);
    cell.beginWrite();
    for (const [place, column] of COLUMNS.entries()) cell.values[place] = report[column] ?? NaN;
    cell.endWrite();
  }

  /** What was counted; null when nothing was, or it could not be read now. */
  read(instrumentIndex: number, timeframe: Timeframe): PairFigures | null {
    const { copy } = this;
    if (!this.cellOf(instrumentIndex, timeframe).tryRead(copy, COLUMNS.length)) return null;
    // Nothing was ever written: every value would be zero.
    if (copy[COLUMNS.indexOf('lastRunMs')] === 0) return null;
    const figures = COLUMNS.map((column, place) => [column, orNull(copy[place])] as const);
    return Object.fromEntries(figures) as unknown as PairFigures;
  }

  private cellOf(instrumentIndex: number, { slot }: Timeframe): SeqlockCell {
    return this.cells[instrumentIndex * TIMEFRAMES.length + slot];
  }
}

function choiceAt(instrumentIndex: number): number {
  return (instrumentIndex * INSTRUMENT_BYTES) >> 2;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
