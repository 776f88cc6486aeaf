// hot path: no allocation after start
import { Window } from './window.ts';

/**
 * How the newest value ranks among the last `period` (itself included): the share of them that are lower, in percent,
 * 0 .. 100 (period - 1) / period. Of Bollinger bandwidths it tells a squeeze.
 */
export class PercentileRank {
  value: number;
  private readonly window: Window;

  constructor(period: number) {
    this.value = NaN;
    this.window = new Window(period);
  }

  get isReady(): boolean {
    return this.window.isFull;
  }

  update(sample: number): void {
    const { window } = this;
    window.push(sample);
    if (!window.isFull) return;
    const { values, start, period } = window;
    let lower = 0;
    for (let index = start; index < start + period; index++) if (values[index] < sample) lower++;
    this.value = (100 * lower) / period;
  }

  /** Forgets all samples. */
  reset(): void {
    this.value = NaN;
    this.window.reset();
  }
}
