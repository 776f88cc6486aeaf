// hot path: no allocation after start
import { Window } from './window.ts';

/** The value fed `period` updates before the newest one. */
export class Lookback {
  private readonly window: Window;

  constructor(period: number) {
    this.window = new Window(period + 1);
  }

  get isReady(): boolean {
    return this.window.isFull;
  }

  get value(): number {
    return this.window.back(this.window.period - 1);
  }

  update(sample: number): void {
    this.window.push(sample);
  }

  /** Forgets all samples: what came before does not belong to what comes. */
  reset(): void {
    this.window.reset();
  }
}
