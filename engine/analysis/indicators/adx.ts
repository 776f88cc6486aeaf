// hot path: no allocation after start
import { WilderAverage } from './wilder-average.ts';

/**
 * Directional movement (J. Welles Wilder, 1978): +DI, -DI and their average directional index, all 0..100. The first
 * bar only supplies what the next is compared with; the DIs begin with `period` further bars, the ADX, seeded with the simple
 * average of the first `period` values of DX, with bar 2 period.
 */
export class Adx {
  private readonly ranges: WilderAverage;
  private readonly ups: WilderAverage;
  private readonly downs: WilderAverage;
  private readonly average: WilderAverage;
  private lastHigh: number;
  private lastLow: number;
  private lastClose: number;

  constructor(period: number) {
    this.ranges = new WilderAverage(period);
    this.ups = new WilderAverage(period);
    this.downs = new WilderAverage(period);
    this.average = new WilderAverage(period);
    this.lastHigh = NaN;
    this.lastLow = NaN;
    this.lastClose = NaN;
  }

  /** Whether the ADX is there. */
  get isReady(): boolean {
    return this.average.isReady;
  }

  /** The ADX. */
  get value(): number {
    return this.average.value;
  }

  get plusDi(): number {
    return this.shareOf(this.ups);
  }

  get minusDi(): number {
    return this.shareOf(this.downs);
  }

  /** The directional index of the newest bar; 0 when nothing moved in either direction. */
  get dx(): number {
    const { plusDi, minusDi } = this;
    const sum = plusDi + minusDi;
    return sum === 0 ? 0 : (100 * Math.abs(plusDi - minusDi)) / sum;
  }

  update(high: number, low: number, close: number): void {
    const up = high - this.lastHigh;
    const down = this.lastLow - low;
    const { lastClose } = this;
    this.lastHigh = high;
    this.lastLow = low;
    this.lastClose = close;
    if (Number.isNaN(lastClose)) return;
    const top = high > lastClose ? high : lastClose;
    const bottom = low < lastClose ? low : lastClose;
    this.ranges.update(top - bottom);
    this.ups.update(up > down && up > 0 ? up : 0);
    this.downs.update(down > up && down > 0 ? down : 0);
    if (this.ranges.isReady) this.average.update(this.dx);
  }

  /** Forgets all bars. */
  reset(): void {
    this.ranges.reset();
    this.ups.reset();
    this.downs.reset();
    this.average.reset();
    this.lastHigh = NaN;
    this.lastLow = NaN;
    this.lastClose = NaN;
  }

  private shareOf(moves: WilderAverage): number {
    return this.ranges.value === 0 ? 0 : (100 * moves.value) / this.ranges.value;
  }
}
