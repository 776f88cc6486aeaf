// hot path: no allocation after start
import { WilderAverage } from './wilder-average.ts';

/**
 * Relative strength index, 0..100 (J. Welles Wilder, 1978): first value after `period` changes, whose simple averages
 * seed the smoothing. Without any loss it is 100, and 50 when nothing moved at all.
 */
export class Rsi {
  private readonly gains: WilderAverage;
  private readonly losses: WilderAverage;
  /** The last close. */
  private readonly last: Float64Array;

  constructor(period: number) {
    this.gains = new WilderAverage(period);
    this.losses = new WilderAverage(period);
    this.last = Float64Array.of(NaN);
  }

  get isReady(): boolean {
    return this.gains.isReady;
  }

  get value(): number {
    if (!this.isReady) return NaN;
    if (this.losses.value === 0) return this.gains.value === 0 ? 50 : 100;
    return 100 - 100 / (1 + this.gains.value / this.losses.value);
  }

  update(close: number): void {
    const change = close - this.last[0];
    this.last[0] = close;
    if (Number.isNaN(change)) return;
    this.gains.update(change > 0 ? change : 0);
    this.losses.update(change < 0 ? -change : 0);
  }

  /** Forgets all samples. */
  reset(): void {
    this.gains.reset();
    this.losses.reset();
    this.last[0] = NaN;
  }
}
