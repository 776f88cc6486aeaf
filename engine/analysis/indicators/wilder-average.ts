// hot path: no allocation after start
import { requirePeriod } from './period.ts';

/** Wilder's smoothing (alpha 1 / period), seeded with the simple average of the first `period` values; NaN until then. */
export class WilderAverage {
  private average: number;
  private readonly period: number;
  private seenCount: number;

  constructor(period: number) {
    requirePeriod(period);
    this.average = 0;
    this.period = period;
    this.seenCount = 0;
  }

  get isReady(): boolean {
    return this.seenCount >= this.period;
  }

  get value(): number {
    return this.isReady ? this.average : NaN;
  }

  update(sample: number): void {
    this.seenCount++;
    if (this.seenCount > this.period) {
      this.average = (this.average * (this.period - 1) + sample) / this.period;
      return;
    }
    this.average += sample;
    if (this.seenCount === this.period) this.average /= this.period;
  }

  /** Forgets all samples. */
  reset(): void {
    this.average = 0;
    this.seenCount = 0;
  }
}
