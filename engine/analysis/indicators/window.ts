// hot path: no allocation after start
import { requirePeriod } from './period.ts';

/**
 * The last `period` values. They lie in one piece, oldest first, from `start` on in `values` once the window is full:
 * each is written twice, a period apart, so that nobody has to walk around a corner.
 */
export class Window {
  readonly period: number;
  /** Twice as long as the period; read `period` values from `start` on. */
  readonly values: Float64Array;
  /** How many of the values are there, up to the period. */
  count: number;
  private next: number;

  constructor(period: number) {
    requirePeriod(period);
    this.period = period;
    this.values = new Float64Array(2 * period);
    this.count = 0;
    this.next = 0;
  }

  get isFull(): boolean {
    return this.count === this.period;
  }

  /** Where the oldest value lies. */
  get start(): number {
    return this.count === this.period ? this.next : 0;
  }

  /** Where the newest value lies; `end - age` is the place of the value `age` pushes before it. */
  get end(): number {
    return this.count === this.period ? this.next + this.period - 1 : this.next - 1;
  }

  push(sample: number): void {
    this.values[this.next] = sample;
    this.values[this.next + this.period] = sample;
    this.next = this.next + 1 === this.period ? 0 : this.next + 1;
    if (this.count < this.period) this.count++;
  }

  /** The value `age` pushes before the newest; NaN when it is not there. */
  back(age: number): number {
    return age < this.count ? this.values[this.next + this.period - 1 - age] : NaN;
  }

  /** Mean of what is there. Summed as differences from the oldest, so that equal values have exactly themselves as mean. */
  mean(): number {
    const { values, start, count } = this;
    if (count === 0) return NaN;
    const origin = values[start];
    let sum = 0;
    for (let index = start; index < start + count; index++) sum += values[index] - origin;
    return origin + sum / count;
  }

  /** Population standard deviation (ddof 0) around `mean`; 0 exactly when all values are equal. */
  deviation(mean: number): number {
    const { values, start, count } = this;
    if (count === 0) return NaN;
    let squares = 0;
    for (let index = start; index < start + count; index++) {
      const difference = values[index] - mean;
      squares += difference * difference;
    }
    return Math.sqrt(squares / count);
  }

  /** Forgets all values. */
  reset(): void {
    this.count = 0;
    this.next = 0;
  }
}
