// hot path: no allocation after start
import { Window } from '../indicators/window.ts';
import type { ClosedCandle } from '../bars/candle.ts';

/** The newest closed bars of a timeframe, as columns; `ago` 0 is the newest. Nothing in it spans a gap. */
export class BarWindow {
  private readonly openTimesMs: Window;
  private readonly highs: Window;
  private readonly lows: Window;
  private readonly closes: Window;
  private readonly volumes: Window;

  /** @param capacity bars kept */
  constructor(capacity: number) {
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

  /** Every getter: NaN when there are not so many bars. */
  openTimeMs(ago: number): number {
    return this.openTimesMs.back(ago);
  }

  high(ago: number): number {
    return this.highs.back(ago);
  }

  low(ago: number): number {
    return this.lows.back(ago);
  }

  close(ago: number): number {
    return this.closes.back(ago);
  }

  volume(ago: number): number {
    return this.volumes.back(ago);
  }

  reset(): void {
    this.openTimesMs.reset();
    this.highs.reset();
    this.lows.reset();
    this.closes.reset();
    this.volumes.reset();
  }
}
