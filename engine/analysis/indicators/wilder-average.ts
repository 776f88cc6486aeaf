// hot path: no allocation after start
import { requirePeriod } from './period.ts';

/** Wilder's smoothing (alpha 1 / period), seeded with the simple average of the first `period` values; NaN until then. */
export class WilderAverage {
  private readonly period: number;
  private seenCount: number;
  /** The average, or the sum while it is seeded. */
  private readonly state: Float64Array;

  constructor(period: number) {
    requirePeriod(period);
    this.period = period;
    this.seenCount = 0;
    this.state = new Float64Array(1);
  }

  get isReady(): boolean {
    return this.seenCount >= this.period;
  }

  get value(): number {
    return this.isReady ? this.state[0] : NaN;
  }

  update(sample: number): void {
    const { state, period } = this;
    this.seenCount++;
    if (this.seenCount > period) {
      state[0] = (state[0] * (period - 1) + sample) / period;
      return;
    }
    state[0] += sample;
    if (this.seenCount === period) state[0] /= period;
  }

  /** Writes to `into[at]` what the value would be if `from[index]` came next; NaN before the average is ready. */
  previewInto(from: Float64Array, index: number, into: Float64Array, at: number): void {
    const { period } = this;
    if (this.isReady) into[at] = (this.state[0] * (period - 1) + from[index]) / period;
    else into[at] = NaN;
  }

  /** Forgets all samples. */
  reset(): void {
    this.seenCount = 0;
    this.state[0] = 0;
  }
}
