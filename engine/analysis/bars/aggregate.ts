import type { ClosedCandle, FormingCandle } from './candle.ts';
import { openTimeOf, type Timeframe } from './timeframe.ts';

/**
 * Makes closed candles of a longer timeframe from closed ones of a shorter, in order of time. A longer candle is made
 * of all its parts or not at all: where one is missing the longer timeframe has a gap too, which is counted. One thread.
 */
export class CandleAggregator {
  readonly from: Timeframe;
  readonly to: Timeframe;
  /** Longer candles that were begun or skipped and never made. */
  gapCount: number;
  private openTimeMs: number;
  private nextPartMs: number;
  private open: number;
  private high: number;
  private low: number;
  private close: number;
  private volume: number;
  private isComplete: boolean;
  /** Every part so far is there, from the first on. */
  private isWhole: boolean;

  /** @throws RangeError when `from` does not divide `to` */
  constructor(from: Timeframe, to: Timeframe) {
    if (to.lengthMs <= from.lengthMs || to.lengthMs % from.lengthMs !== 0)
      throw new RangeError(`candles of ${to.name} cannot be made from ${from.name}`);
    this.from = from;
    this.to = to;
    this.gapCount = 0;
    this.openTimeMs = NaN;
    this.nextPartMs = NaN;
    this.open = NaN;
    this.high = NaN;
    this.low = NaN;
    this.close = NaN;
    this.volume = 0;
    this.isComplete = true;
    this.isWhole = false;
  }

  /** The longer candle as far as its parts are there; null before the first part and after a hole in it. */
  get forming(): FormingCandle | null {
    if (!this.isWhole) return null;
    const { openTimeMs, open, high, low, close, volume } = this;
    return { kind: 'forming', openTimeMs, open, high, low, close, volume };
  }

  /**
   * Takes the next part and returns the longer candle it completes, or null.
   * @throws RangeError when it does not open after the one before or not where a candle of its timeframe opens
   */
  push(part: ClosedCandle): ClosedCandle | null {
    const timeMs = part.openTimeMs;
    if (timeMs < this.nextPartMs || openTimeOf(this.from, timeMs) !== timeMs)
      throw new RangeError(`a ${this.from.name} candle at ${timeMs} is out of order or misaligned`);
    const openTimeMs = openTimeOf(this.to, timeMs);
    if (openTimeMs !== this.openTimeMs) this.begin(part, openTimeMs);
    else if (timeMs === this.nextPartMs) this.take(part);
    else this.isWhole = false;
    this.nextPartMs = timeMs + this.from.lengthMs;
    if (this.nextPartMs < openTimeMs + this.to.lengthMs) return null;
    return this.finish();
  }

  private begin(part: ClosedCandle, openTimeMs: number): void {
    // What was begun and not finished, and every longer candle nothing came for.
    if (!Number.isNaN(this.openTimeMs)) {
      const isBeforeMade = this.nextPartMs === this.openTimeMs + this.to.lengthMs;
      const skipped = (openTimeMs - this.openTimeMs) / this.to.lengthMs;
      this.gapCount += isBeforeMade ? skipped - 1 : skipped;
    }
    this.openTimeMs = openTimeMs;
    this.isWhole = part.openTimeMs === openTimeMs;
    this.open = part.open;
    this.high = part.high;
    this.low = part.low;
    this.close = part.close;
    this.volume = part.volume;
    this.isComplete = part.isComplete;
  }

  private take(part: ClosedCandle): void {
    if (part.high > this.high) this.high = part.high;
    if (part.low < this.low) this.low = part.low;
    this.close = part.close;
    this.volume += part.volume;
    if (!part.isComplete) this.isComplete = false;
  }

  private finish(): ClosedCandle | null {
    if (!this.isWhole) {
      this.gapCount++;
      return null;
    }
    this.isWhole = false;
    const { openTimeMs, open, high, low, close, volume, isComplete } = this;
    return { kind: 'closed', openTimeMs, open, high, low, close, volume, isComplete };
  }
}
