import type { ClosedCandle } from '../bars/candle.ts';
import { Window } from '../indicators/window.ts';

/** The newest closed bars of a timeframe, as columns. Nothing in it spans a gap. */
export class BarWindow {
  readonly capacity: number;
  /** Resets so far. */
  era: number;
  readonly openTimesMs: Window;
  readonly highs: Window;
  readonly lows: Window;
  readonly closes: Window;
  readonly volumes: Window;

  /** @param capacity bars kept */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.era = 0;
    this.openTimesMs = new Window(capacity);
    this.highs = new Window(capacity);
    this.lows = new Window(capacity);
    this.closes = new Window(capacity);
    this.volumes = new Window(capacity);
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
