// hot path: no allocation after start
import { Window } from './window.ts';

/** Simple moving average of the last `period` values; nothing before there are so many. */
export class Sma {
  private readonly window: Window;

  constructor(period: number) {
    this.window = new Window(period);
  }

  get isReady(): boolean {
    return this.window.isFull;
  }

  get value(): number {
    return this.window.mean;
  }

  update(sample: number): void {
    this.window.push(sample);
    if (this.window.isFull) this.window.measureMean();
  }

  /** Forgets all samples. */
  reset(): void {
    this.window.reset();
  }
}
