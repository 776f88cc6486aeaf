import { invariant } from '../../../engine/core/assert.ts';
import { INSTRUMENTS_MAX } from '../../../engine/core/limits.ts';
import type { Prng } from '../../../engine/core/prng.ts';

const NS_PER_MS = 1e6;
const BACKOFF_DOUBLINGS_MAX = 16;

/** What bounds the snapshot requests of one feed. */
export interface SnapshotPlanOptions {
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** Request weight of one snapshot, and how much of the venue's budget per minute snapshots may use. */
  readonly weight: number;
  readonly weightPerMinute: number;
}

/**
 * When to ask for which instrument's snapshot: one at a time, within a weight budget (a bucket that holds a
 * minute's worth), with exponential pauses after failures. Time comes in as an argument.
 */
export class SnapshotPlan {
  private readonly options: SnapshotPlanOptions;
  private readonly random: Prng;
  private readonly notBeforeNs: Float64Array;
  private readonly failures: Int32Array;
  private allNotBeforeNs: number;
  private bucket: number;
  private bucketNs: number;
  private nextIndex: number;
  private instrumentCount: number;

  constructor(instrumentCount: number, options: SnapshotPlanOptions, random: Prng) {
    invariant(options.weight <= options.weightPerMinute, 'the budget pays for at least one snapshot');
    this.options = options;
    this.random = random;
    this.instrumentCount = instrumentCount;
    this.notBeforeNs = new Float64Array(INSTRUMENTS_MAX);
    this.failures = new Int32Array(INSTRUMENTS_MAX);
    this.allNotBeforeNs = 0;
    this.bucket = options.weightPerMinute;
    this.bucketNs = 0;
    this.nextIndex = 0;
  }

  /**
   * The next instrument that `wants` one and may ask now, or -1; round robin, so that none starves. What is asked leaves
   * `reservedWeight` of the budget to others.
   */
  next(nowNs: number, wants: (instrumentIndex: number) => boolean, reservedWeight: number = 0): number {
    if (nowNs < this.allNotBeforeNs) return -1;
    const count = this.instrumentCount;
    for (let step = 0; step < count; step++) {
      const index = (this.nextIndex + step) % count;
      if (nowNs < this.notBeforeNs[index] || !wants(index)) continue;
      if (!this.pay(nowNs, reservedWeight)) return -1;
      this.nextIndex = (index + 1) % count;
      return index;
    }
    return -1;
  }

  /** There is an instrument more. */
  addInstrument(): void {
    this.instrumentCount++;
  }

  /** The book was built from the snapshot. */
  noteUsed(instrumentIndex: number): void {
    this.failures[instrumentIndex] = 0;
  }

  /** The snapshot did not come or was of no use: the pause doubles, jittered by half. */
  noteFailed(instrumentIndex: number, nowNs: number): void {
    const { retryMinMs, retryMaxMs } = this.options;
    const doublings = Math.min(this.failures[instrumentIndex], BACKOFF_DOUBLINGS_MAX);
    const ceilingMs = Math.min(retryMaxMs, retryMinMs * 2 ** doublings);
    this.failures[instrumentIndex]++;
    this.notBeforeNs[instrumentIndex] = nowNs + ceilingMs * (0.5 + 0.5 * this.random.nextFloat()) * NS_PER_MS;
  }

  /** The venue wants no request at all for a while. */
  holdAll(nowNs: number, pauseMs: number): void {
    this.allNotBeforeNs = Math.max(this.allNotBeforeNs, nowNs + pauseMs * NS_PER_MS);
  }

  private pay(nowNs: number, reservedWeight: number): boolean {
    const { weight, weightPerMinute } = this.options;
    const refill = ((nowNs - this.bucketNs) / (60_000 * NS_PER_MS)) * weightPerMinute;
    this.bucket = Math.min(weightPerMinute, this.bucket + refill);
    this.bucketNs = nowNs;
    if (this.bucket < weight + reservedWeight) return false;
    this.bucket -= weight;
    return true;
  }
}
