// hot path: no allocation after start
import { Window } from './window.ts';

const CLOSE = 0;
/** The value to be smoothed. */
const RAW = 1;

/**
 * Slow stochastic oscillator (George Lane): where the close lies between the lowest low and the highest high of the last
 * `period` bars, 0..100, smoothed by a simple average over `smoothPeriod` (k), and the simple average of that over
 * `signalPeriod` (d). A window without any range reads 50. O(period) per update.
 */
export class Stochastic {
  private readonly highs: Window;
  private readonly lows: Window;
  private readonly smooth: Window;
  private readonly signal: Window;
  private readonly figures: Float64Array;

  constructor(period: number, signalPeriod: number, smoothPeriod: number) {
    this.highs = new Window(period);
    this.lows = new Window(period);
    this.figures = new Float64Array(2);
    this.smooth = new Window(smoothPeriod);
    this.signal = new Window(signalPeriod);
  }

  /** Whether d is there. */
  get isReady(): boolean {
    return this.signal.isFull;
  }

  get k(): number {
    return this.smooth.isFull ? this.smooth.mean : NaN;
  }

  get d(): number {
    return this.signal.isFull ? this.signal.mean : NaN;
  }

  update(high: number, low: number, close: number): void {
    this.highs.push(high);
    this.lows.push(low);
    this.figures[CLOSE] = close;
    if (this.highs.isFull) this.measure();
  }

  /** Forgets all bars. */
  reset(): void {
    this.highs.reset();
    this.lows.reset();
    this.smooth.reset();
    this.signal.reset();
  }

  private measure(): void {
    this.place();
    const { smooth, signal } = this;
    if (!smooth.isFull) return;
    smooth.measureMean();
    this.figures[RAW] = smooth.mean;
    signal.pushFrom(this.figures, RAW);
    if (signal.isFull) signal.measureMean();
  }

  /** Hands the place of the close in its range on to be smoothed. */
  private place(): void {
    const { values: highs, start, period } = this.highs;
    const { values: lows } = this.lows;
    let top = highs[start];
    let bottom = lows[start];
    for (let index = start + 1; index < start + period; index++) {
      if (highs[index] > top) top = highs[index];
      if (lows[index] < bottom) bottom = lows[index];
    }
    const { figures } = this;
    figures[RAW] = top === bottom ? 50 : (100 * (figures[CLOSE] - bottom)) / (top - bottom);
    this.smooth.pushFrom(figures, RAW);
  }
}
