import type { ClosedCandle } from '../bars/candle.ts';
import { BarColumn } from './bar-column.ts';

/** The newest closed bars of a timeframe, as columns. Nothing in it spans a gap. */
export class BarWindow {
  readonly capacity: number;
  /** Resets so far. */
  era: number;
  readonly openTimesMs: BarColumn;
  readonly highs: BarColumn;
  readonly lows: BarColumn;
  readonly closes: BarColumn;
  readonly volumes: BarColumn;

  /** @param capacity bars kept */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.era = 0;
    this.openTimesMs = new BarColumn(capacity);
    this.highs = new BarColumn(capacity);
    this.lows = new BarColumn(capacity);
    this.closes = new BarColumn(capacity);
    this.volumes = new BarColumn(capacity);
  }

  /** How many bars are there. */
  get count(): number {
    return this.closes.count;
  }

  push(bar: ClosedCandle): void {
    this.openTimesMs.push(bar.openTimeMs);
    this.highs.push(bar.high);
    this.lows.push(bar.low);
    this.closes.push(bar.close);
    this.volumes.push(bar.volume);
  }

  reset(): void {
    this.era++;
    this.openTimesMs.reset();
    this.highs.reset();
    this.lows.reset();
    this.closes.reset();
    this.volumes.reset();
  }
}
