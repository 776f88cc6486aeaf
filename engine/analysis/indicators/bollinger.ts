// hot path: no allocation after start
import { Window } from './window.ts';

/**
 * Bollinger bands: mean of the last `period` values and `width` population standard deviations to either side, from the
 * first full window on.
 */
export class Bollinger {
  private readonly window: Window;
  private readonly width: number;

  constructor(period: number, width: number) {
    this.window = new Window(period);
    this.width = width;
  }

  get isReady(): boolean {
    return this.window.isFull;
  }

  /** The simple moving average. */
  get middle(): number {
    return this.window.mean;
  }

  get deviation(): number {
    return this.window.deviation;
  }

  get upper(): number {
    return this.middle + this.width * this.deviation;
  }

  get lower(): number {
    return this.middle - this.width * this.deviation;
  }

  /** Width of the band as a share of the middle. */
  get bandwidth(): number {
    return (2 * this.width * this.deviation) / this.middle;
  }

  /** Where the newest value lies in the band: 0 = lower, 1 = upper; 0.5 when the bands coincide. */
  get percentB(): number {
    if (!this.isReady) return NaN;
    if (this.deviation === 0) return 0.5;
    return 0.5 + (this.window.back(0) - this.middle) / (2 * this.width * this.deviation);
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
