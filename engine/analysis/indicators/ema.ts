// hot path: no allocation after start
import { requirePeriod } from './period.ts';

const VALUE = 0;
const ORIGIN = 1;
const SEED_SUM = 2;

/**
 * Exponential moving average, alpha 2 / (period + 1), seeded with the simple average of the first `period` values. The
 * average of equal values is exactly that value.
 */
export class Ema {
  private readonly period: number;
  private readonly alpha: number;
  private seenCount: number;
  private readonly state: Float64Array;

  constructor(period: number) {
    requirePeriod(period);
    this.period = period;
    this.alpha = 2 / (period + 1);
    this.seenCount = 0;
    this.state = Float64Array.of(NaN, 0, 0);
  }

  get isReady(): boolean {
    return this.seenCount >= this.period;
  }

  get value(): number {
    return this.state[VALUE];
  }

  update(sample: number): void {
    const { state } = this;
    this.seenCount++;
    if (this.seenCount > this.period) {
      state[VALUE] += this.alpha * (sample - state[VALUE]);
      return;
    }
    if (this.seenCount === 1) state[ORIGIN] = sample;
    state[SEED_SUM] += sample - state[ORIGIN];
    if (this.seenCount === this.period) state[VALUE] = state[ORIGIN] + state[SEED_SUM] / this.period;
  }

  /**
   * Writes to `into[at]` what the value would be if `from[index]` came next; it is not taken in. NaN before the average is
   * ready. In and out by arrays: a number handed over or returned may become an object on the way.
   */
  previewInto(from: Float64Array, index: number, into: Float64Array, at: number): void {
    const { state } = this;
    into[at] = state[VALUE] + this.alpha * (from[index] - state[VALUE]);
  }

  /** Forgets all samples. */
  reset(): void {
    this.seenCount = 0;
    this.state[VALUE] = NaN;
    this.state[SEED_SUM] = 0;
  }
}
