import type { TimeframeName } from '../bars/timeframe.ts';

/** Runs whose durations are remembered. */
const DURATIONS_KEPT = 100;

/** What is told of one symbol and timeframe. Times are the venue's, ms since the epoch; durations ms. */
export interface PairReport {
  readonly symbol: string;
  readonly timeframe: TimeframeName;
  /** Close of the newest bar that was analysed; null = none yet. */
  readonly lastCloseMs: number | null;
  /** When its result came. */
  readonly lastRunMs: number | null;
  readonly runs: number;
  readonly failed: number;
  /** Share of the runs that gave a result, 0..1; null before the first. */
  readonly successRate: number | null;
  /** Closes that a newer one replaced before they were run. */
  readonly replaced: number;
  /** Results that came after the deadline, and those that were too old to tell. */
  readonly late: number;
  readonly dropped: number;
  readonly cacheHits: number;
  /** Over the last 100 runs; null before the first. */
  readonly averageMs: number | null;
  readonly minMs: number | null;
  readonly maxMs: number | null;
  /** Time from the close to its result: of the last run, and the longest. */
  readonly latenessMs: number | null;
  readonly maxLatenessMs: number | null;
}

/** What is counted of one symbol and timeframe. */
export class PairStatus {
  lastCloseMs: number;
  lastRunMs: number;
  runs: number;
  failed: number;
  replaced: number;
  late: number;
  dropped: number;
  cacheHits: number;
  /** Something has changed; the reader sets it back. */
  isChanged: boolean;
  private latenessMs: number;
  private maxLatenessMs: number;
  private readonly durations: Float64Array;

  constructor() {
    this.lastCloseMs = NaN;
    this.lastRunMs = NaN;
    this.runs = 0;
    this.failed = 0;
    this.replaced = 0;
    this.late = 0;
    this.dropped = 0;
    this.cacheHits = 0;
    this.isChanged = true;
    this.latenessMs = NaN;
    this.maxLatenessMs = NaN;
    this.durations = new Float64Array(DURATIONS_KEPT);
  }

  /** A run ended. @param closeMs of the bar it was for */
  note(closeMs: number, nowMs: number, durationMs: number, isFailed: boolean): void {
    this.noteForced(nowMs, durationMs, isFailed);
    if (isFailed) return;
    this.lastCloseMs = closeMs;
    this.latenessMs = Math.max(0, nowMs - closeMs);
    this.maxLatenessMs = Math.max(this.latenessMs, Number.isNaN(this.maxLatenessMs) ? 0 : this.maxLatenessMs);
  }

  /** A run that was for no close ended: it cannot be late. */
  noteForced(nowMs: number, durationMs: number, isFailed: boolean): void {
    this.durations[this.runs % DURATIONS_KEPT] = durationMs;
    this.runs++;
    this.lastRunMs = nowMs;
    this.isChanged = true;
    if (isFailed) this.failed++;
  }

  /** A close was replaced by a newer one before it was run. */
  noteReplaced(): void {
    this.replaced++;
    this.isChanged = true;
  }

  noteCacheHit(): void {
    this.cacheHits++;
    this.isChanged = true;
  }

  report(symbol: string, timeframe: TimeframeName): PairReport {
    const known = this.durations.subarray(0, Math.min(this.runs, DURATIONS_KEPT));
    const sum = known.reduce((total, duration) => total + duration, 0);
    return {
      symbol,
      timeframe,
      lastCloseMs: orNull(this.lastCloseMs),
      lastRunMs: orNull(this.lastRunMs),
      runs: this.runs,
      failed: this.failed,
      successRate: this.runs === 0 ? null : (this.runs - this.failed) / this.runs,
      replaced: this.replaced,
      late: this.late,
      dropped: this.dropped,
      cacheHits: this.cacheHits,
      averageMs: orNull(sum / known.length),
      minMs: this.runs === 0 ? null : Math.min(...known),
      maxMs: this.runs === 0 ? null : Math.max(...known),
      latenessMs: orNull(this.latenessMs),
      maxLatenessMs: orNull(this.maxLatenessMs),
    };
  }
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
