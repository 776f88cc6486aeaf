// hot path: no allocation after start
import { Window } from './window.ts';

/**
 * Population standard deviations the newest value lies above the mean of the last `period` (itself included); 0 when all
 * of them are equal. From the first full window on.
 */
export class RollingZScore {
  private readonly window: Window;

  constructor(period: number) {
    this.window = new Window(period);
  }

  get isReady(): boolean {
    return this.window.isFull;
  }

  get value(): number {
    const { mean, deviation } = this.window;
    return deviation === 0 ? 0 : (this.window.back(0) - mean) / deviation;
  }

  update(sample: number): void {
    this.window.push(sample);
    if (this.window.isFull) this.window.measure();
  }

  /** Forgets all samples. */
  reset(): void {
    this.window.reset();
  }
}
