// hot path: no allocation after start
import { Window } from './window.ts';

/** Population standard deviation (ddof 0) of the last `period` values, from the first full window on. */
export class StandardDeviation {
  private readonly window: Window;

  constructor(period: number) {
    this.window = new Window(period);
  }

  get isReady(): boolean {
    return this.window.isFull;
  }

  get value(): number {
    return this.window.deviation;
  }

  get mean(): number {
    return this.window.mean;
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
