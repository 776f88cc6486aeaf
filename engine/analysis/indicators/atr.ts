// hot path: no allocation after start
import { WilderAverage } from './wilder-average.ts';

/**
 * Average true range (J. Welles Wilder, 1978). The first bar only supplies the previous close; the simple average of the
 * next `period` true ranges is the first value.
 */
export class Atr {
  private readonly average: WilderAverage;
  private readonly last: Float64Array;

  constructor(period: number) {
    this.average = new WilderAverage(period);
    this.last = Float64Array.of(NaN);
  }

  get isReady(): boolean {
    return this.average.isReady;
  }

  get value(): number {
    return this.average.value;
  }

  update(high: number, low: number, close: number): void {
    const lastClose = this.last[0];
    this.last[0] = close;
    if (Number.isNaN(lastClose)) return;
    const top = high > lastClose ? high : lastClose;
    const bottom = low < lastClose ? low : lastClose;
    this.average.update(top - bottom);
  }

  /** Forgets all bars. */
  reset(): void {
    this.average.reset();
    this.last[0] = NaN;
  }
}
