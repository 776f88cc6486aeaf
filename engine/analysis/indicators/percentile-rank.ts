// hot path: no allocation after start
import { Window } from './window.ts';

/**
 * How the newest value ranks among the last `period` (itself included): the share of them that are lower, in percent,
 * 0 .. 100 (period - 1) / period. Of Bollinger bandwidths it tells a squeeze.
 */
export class PercentileRank {
  private readonly window: Window;
  private lowerCount: number;

  constructor(period: number) {
    this.window = new Window(period);
    this.lowerCount = 0;
  }

  get isReady(): boolean {
    return this.window.isFull;
  }

  get value(): number {
    return this.isReady ? (100 * this.lowerCount) / this.window.period : NaN;
  }

  update(sample: number): void {
    const { window } = this;
    window.push(sample);
    if (!window.isFull) return;
    const { values, start, period } = window;
    let lower = 0;
    for (let index = start; index < start + period; index++) if (values[index] < sample) lower++;
    this.lowerCount = lower;
  }

  /** Forgets all samples. */
  reset(): void {
    this.window.reset();
  }
}
