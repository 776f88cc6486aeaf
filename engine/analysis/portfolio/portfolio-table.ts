import { invariant } from '../../core/assert.ts';
import type { Region } from '../../ipc/memory-map.ts';
import { SeqlockCell, seqlockBytes } from '../../ipc/seqlock.ts';
import { type Anomaly, ANOMALY_KINDS, type AnomalyKind } from './anomalies.ts';
import type { HourlyReturns } from './hourly-returns.ts';

/*
 * Hourly closes of every instrument and the newest anomalies, for other threads. Written by the analysis thread alone; any
 * thread reads. Seqlock cells of Float64:
 *   per instrument   HOURS closes, then HOURS numbers of their hours since the epoch; hour n lies at n % HOURS
 *   anomalies        ANOMALY_ROWS of: number, instrument, kind, time ms, z, value, mean; number n lies at n % ANOMALY_ROWS
 */

/** Hours kept: 30 days and one more to begin from, and a little. */
const HOURS = 768;
const HOUR_MS = 3_600_000;
/** Anomalies kept. */
const ANOMALY_ROWS = 64;
const ANOMALY_COUNT = 7;
const HOURS_BYTES: number = seqlockBytes(2 * HOURS);
const ANOMALY_BYTES: number = seqlockBytes(ANOMALY_COUNT);

/** An anomaly of an instrument, with its number in this run. */
export interface ListedAnomaly extends Anomaly {
  readonly seq: number;
  readonly instrumentIndex: number;
}

/** Bytes of shared memory the table of so many instruments needs. */
export function portfolioTableBytes(instrumentsMax: number): number {
  return ANOMALY_ROWS * ANOMALY_BYTES + instrumentsMax * HOURS_BYTES;
}

/** The table. Writing is the analysis thread's; any thread reads. Allocates. */
export class PortfolioTable {
  private readonly buffer: SharedArrayBuffer;
  private readonly hoursFrom: number;
  private readonly instrumentsMax: number;
  private readonly anomalies: readonly SeqlockCell[];
  private seq: number;

  /** Goes on where an earlier thread ended. */
  constructor(buffer: SharedArrayBuffer, region: Region, instrumentsMax: number) {
    invariant(region.byteLength === portfolioTableBytes(instrumentsMax), 'the table of hours has its size');
    this.buffer = buffer;
    this.instrumentsMax = instrumentsMax;
    this.anomalies = Array.from(
      { length: ANOMALY_ROWS },
      (_, row) => new SeqlockCell(buffer, region.byteOffset + row * ANOMALY_BYTES, ANOMALY_COUNT),
    );
    this.hoursFrom = region.byteOffset + ANOMALY_ROWS * ANOMALY_BYTES;
    this.seq = this.anomalies.reduce((newest, { values }) => Math.max(newest, values[0]), 0);
  }

  /** Notes closed hours, in order. */
  addHours(
    instrumentIndex: number,
    hours: Iterable<{ readonly openTimeMs: number; readonly close: number }>,
  ): void {
    const cell = this.cellOf(instrumentIndex);
    cell.beginWrite();
    for (const { openTimeMs, close } of hours) {
      const hour = Math.round(openTimeMs / HOUR_MS) + 1;
      cell.values[hour % HOURS] = close;
      cell.values[HOURS + (hour % HOURS)] = hour;
    }
    cell.endWrite();
  }

  /** Forgets an instrument: its hours were those of another market. */
  forget(instrumentIndex: number): void {
    const cell = this.cellOf(instrumentIndex);
    cell.beginWrite();
    cell.values.fill(0);
    cell.endWrite();
  }

  addAnomaly(instrumentIndex: number, { kind, timeMs, z, value, mean }: Anomaly): void {
    const seq = ++this.seq;
    const cell = this.anomalies[seq % ANOMALY_ROWS];
    cell.beginWrite();
    cell.values.set([seq, instrumentIndex, ANOMALY_KINDS.indexOf(kind), timeMs, z, value, mean]);
    cell.endWrite();
  }

  /** The anomalies that are kept, oldest first. */
  listAnomalies(): ListedAnomaly[] {
    const copy = new Float64Array(ANOMALY_COUNT);
    const listed: ListedAnomaly[] = [];
    for (const cell of this.anomalies) {
      if (!cell.tryRead(copy, ANOMALY_COUNT) || copy[0] === 0) continue;
      const [seq, instrumentIndex, kindNumber, timeMs, z, value, mean] = copy;
      const kind: AnomalyKind = ANOMALY_KINDS[kindNumber];
      listed.push({ seq, instrumentIndex, kind, timeMs, z, value, mean });
    }
    return listed.sort((a, b) => a.seq - b.seq);
  }

  /** The hours of an instrument by the time they closed, oldest first; none when none are known. */
  hours(instrumentIndex: number): readonly (readonly [closeMs: number, close: number])[] {
    const copy = new Float64Array(2 * HOURS);
    if (!this.cellOf(instrumentIndex).tryRead(copy, copy.length)) return [];
    const known: (readonly [number, number])[] = [];
    const numbers = copy.subarray(HOURS);
    // Where an hour is missing, an older one was not written over.
    const oldest = numbers.reduce((newest, hour) => Math.max(newest, hour), 0) - HOURS;
    for (const [at, hour] of numbers.entries())
      if (hour > 0 && hour > oldest) known.push([hour * HOUR_MS, copy[at]]);
    return known.sort(([a], [b]) => a - b);
  }

  private cellOf(instrumentIndex: number): SeqlockCell {
    invariant(instrumentIndex < this.instrumentsMax, 'the table has room for the instrument');
    return new SeqlockCell(this.buffer, this.hoursFrom + instrumentIndex * HOURS_BYTES, 2 * HOURS);
  }
}

/** The returns between hours that follow on each other; null without any hour. Pure. */
export function returnsOfHours(
  symbol: string,
  hours: readonly (readonly [closeMs: number, close: number])[],
): HourlyReturns | null {
  const newest = hours.at(-1);
  if (newest === undefined) return null;
  const byClose = new Map<number, number>();
  for (const [place, [closeMs, close]] of hours.entries()) {
    if (place > 0 && closeMs - hours[place - 1][0] === HOUR_MS)
      byClose.set(closeMs, Math.log(close / hours[place - 1][1]));
  }
  const [closeMs, price] = newest;
  return { symbol, price, closeMs, byClose };
}
