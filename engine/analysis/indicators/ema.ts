// hot path: no allocation after start
import { requirePeriod } from './period.ts';

/**
 * Exponential moving average, alpha 2 / (period + 1), seeded with the simple average of the first `period` values. The
 * average of equal values is exactly that value.
 */
export class Ema {
  value: number;
  private readonly period: number;
  private readonly alpha: number;
  private seenCount: number;
  private origin: number;
  private seedSum: number;

  constructor(period: number) {
    requirePeriod(period);
    this.value = NaN;
    this.period = period;
    this.alpha = 2 / (period + 1);
    this.seenCount = 0;
    this.origin = 0;
    this.seedSum = 0;
  }

  get isReady(): boolean {
    return this.seenCount >= this.period;
  }

  update(sample: number): void {
    this.seenCount++;
    if (this.seenCount > this.period) {
      this.value += this.alpha * (sample - this.value);
      return;
    }
    if (this.seenCount === 1) this.origin = sample;
    this.seedSum += sample - this.origin;
    if (this.seenCount === this.period) this.value = this.origin + this.seedSum / this.period;
  }

  /** Forgets all samples. */
  reset(): void {
    this.value = NaN;
    this.seenCount = 0;
    this.seedSum = 0;
  }
}
