// hot path: no allocation after start
import { Window } from './window.ts';

/** Simple moving average of the last `period` values; nothing before there are so many. */
export class Sma {
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
    if (this.window.isFull) this.value = this.window.mean();
  }

  /** Forgets all samples. */
  reset(): void {
    this.value = NaN;
    this.window.reset();
  }
}
