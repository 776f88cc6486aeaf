// hot path: no allocation after start
import { Ema } from './ema.ts';

/**
 * Moving average convergence divergence (Gerald Appel): EMA(fast) - EMA(slow) of the values, a signal line that is the
 * EMA of that, and their difference, the histogram. Every EMA is seeded with the simple average of its first values, so the
 * line begins with value `slow`, signal and histogram with value `slow + signal - 1`.
 */
export class Macd {
  private readonly fast: Ema;
  private readonly slow: Ema;
  private readonly smoothed: Ema;

  constructor(fastPeriod: number, slowPeriod: number, signalPeriod: number) {
    this.fast = new Ema(fastPeriod);
    this.slow = new Ema(slowPeriod);
    this.smoothed = new Ema(signalPeriod);
  }

  /** Whether the histogram is there. */
  get isReady(): boolean {
    return this.smoothed.isReady;
  }

  get line(): number {
    return this.fast.value - this.slow.value;
  }

  get signal(): number {
    return this.smoothed.value;
  }

  get histogram(): number {
    return this.line - this.signal;
  }

  update(sample: number): void {
    this.fast.update(sample);
    this.slow.update(sample);
    if (this.fast.isReady && this.slow.isReady) this.smoothed.update(this.line);
  }

  /** Forgets all samples. */
  reset(): void {
    this.fast.reset();
    this.slow.reset();
    this.smoothed.reset();
  }
}
