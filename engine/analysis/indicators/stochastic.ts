// hot path: no allocation after start
import { RollingMax, RollingMin } from './rolling-extreme.ts';
import { Sma } from './sma.ts';

/**
 * Slow stochastic oscillator (George Lane): where the close lies between the lowest low and the highest high of the last
 * `period` bars, 0..100, smoothed by a simple average over `smoothPeriod` (k), and the simple average of that over
 * `signalPeriod` (d). A window without any range reads 50.
 */
export class Stochastic {
  private readonly highs: RollingMax;
  private readonly lows: RollingMin;
  private readonly smooth: Sma;
  private readonly signal: Sma;

  constructor(period: number, signalPeriod: number, smoothPeriod: number) {
    this.highs = new RollingMax(period);
    this.lows = new RollingMin(period);
    this.smooth = new Sma(smoothPeriod);
    this.signal = new Sma(signalPeriod);
  }

  /** Whether d is there. */
  get isReady(): boolean {
    return this.signal.isReady;
  }

  get k(): number {
    return this.smooth.value;
  }

  get d(): number {
    return this.signal.value;
  }

  update(high: number, low: number, close: number): void {
    this.highs.update(high);
    this.lows.update(low);
    if (!this.highs.isReady) return;
    const range = this.highs.value - this.lows.value;
    this.smooth.update(range === 0 ? 50 : (100 * (close - this.lows.value)) / range);
    if (this.smooth.isReady) this.signal.update(this.smooth.value);
  }

  /** Forgets all bars. */
  reset(): void {
    this.highs.reset();
    this.lows.reset();
    this.smooth.reset();
    this.signal.reset();
  }
}
