// hot path: no allocation after start
import { WilderAverage } from './wilder-average.ts';

const GAIN = 0;
const LOSS = 1;

/**
 * Relative strength index, 0..100 (J. Welles Wilder, 1978): first value after `period` changes, whose simple averages
 * seed the smoothing. Without any loss it is 100, and 50 when nothing moved at all.
 */
export class Rsi {
  private readonly gains: WilderAverage;
  private readonly losses: WilderAverage;
  /** The last close. */
  private readonly last: Float64Array;
  /** The averages of a preview. */
  private readonly next: Float64Array = new Float64Array(2);

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

  /**
   * Writes to `into[at]` what the value would be if the close `from[index]` came next; it is not taken in. NaN before the
   * index is ready.
   */
  previewInto(from: Float64Array, index: number, into: Float64Array, at: number): void {
    const { next } = this;
    const change = from[index] - this.last[0];
    // Stores on branches, here and below: a number chosen between two forms may become an object.
    next[GAIN] = 0;
    next[LOSS] = 0;
    if (change > 0) next[GAIN] = change;
    else next[LOSS] = -change;
    this.gains.previewInto(next, GAIN, next, GAIN);
    this.losses.previewInto(next, LOSS, next, LOSS);
    const gain = next[GAIN];
    const loss = next[LOSS];
    // NaN, before it is ready, is no 0 and stays NaN.
    if (loss !== 0) into[at] = 100 - 100 / (1 + gain / loss);
    else if (gain === 0) into[at] = 50;
    else into[at] = 100;
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
