// hot path: no allocation after start
import { Window } from './window.ts';

/** Population standard deviation (ddof 0) of the last `period` values, from the first full window on. */
export class StandardDeviation {
  value: number;
  mean: number;
  private readonly window: Window;

  constructor(period: number) {
    this.value = NaN;
    this.mean = NaN;
    this.window = new Window(period);
  }

  get isReady(): boolean {
    return this.window.isFull;
  }

  update(sample: number): void {
    this.window.push(sample);
    if (!this.window.isFull) return;
    this.mean = this.window.mean();
    this.value = this.window.deviation(this.mean);
  }

  /** Forgets all samples. */
  reset(): void {
    this.value = NaN;
    this.mean = NaN;
    this.window.reset();
  }
}
