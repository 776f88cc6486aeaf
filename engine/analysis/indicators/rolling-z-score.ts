// hot path: no allocation after start
import { Window } from './window.ts';

/**
 * Population standard deviations the newest value lies above the mean of the last `period` (itself included); 0 when all
 * of them are equal. From the first full window on.
 */
export class RollingZScore {
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
    this.window.push(sample);
    if (!this.window.isFull) return;
    const mean = this.window.mean();
    const deviation = this.window.deviation(mean);
    this.value = deviation === 0 ? 0 : (sample - mean) / deviation;
  }

  /** Forgets all samples. */
  reset(): void {
    this.value = NaN;
    this.window.reset();
  }
}
