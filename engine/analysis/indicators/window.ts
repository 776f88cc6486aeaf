// hot path: no allocation after start
import { requirePeriod } from './period.ts';

const MEAN = 0;
const DEVIATION = 1;

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
  private readonly figures: Float64Array;

  constructor(period: number) {
    requirePeriod(period);
    this.period = period;
    this.values = new Float64Array(2 * period);
    this.count = 0;
    this.next = 0;
    this.figures = new Float64Array(2).fill(NaN);
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

  /** Mean of the values when `measureMean` or `measure` was last called; NaN before. */
  get mean(): number {
    return this.figures[MEAN];
  }

  /** Population standard deviation (ddof 0) when `measure` was last called; 0 exactly when all values were equal. */
  get deviation(): number {
    return this.figures[DEVIATION];
  }

  push(sample: number): void {
    this.values[this.next] = sample;
    this.values[this.next + this.period] = sample;
    this.step();
  }

  /** Pushes `source[index]`: a number handed over as an argument may become an object on the way. */
  pushFrom(source: Float64Array, index: number): void {
    this.values[this.next] = source[index];
    this.values[this.next + this.period] = source[index];
    this.step();
  }

  /** The value `age` pushes before the newest; NaN when it is not there. */
  back(age: number): number {
    return age < this.count ? this.values[this.next + this.period - 1 - age] : NaN;
  }

  /** Takes the mean. Summed as differences from the oldest, so that equal values have exactly themselves as mean. */
  measureMean(): void {
    const { values, start, count } = this;
    const origin = values[start];
    let sum = 0;
    for (let index = start; index < start + count; index++) sum += values[index] - origin;
    this.figures[MEAN] = origin + sum / count;
  }

  /** Takes mean and deviation of what is there. */
  measure(): void {
    this.measureMean();
    const { values, start, count, figures } = this;
    const mean = figures[MEAN];
    let squares = 0;
    for (let index = start; index < start + count; index++) {
      const difference = values[index] - mean;
      squares += difference * difference;
    }
    figures[DEVIATION] = Math.sqrt(squares / count);
  }

  /** Forgets all values. */
  reset(): void {
    this.count = 0;
    this.next = 0;
    this.figures.fill(NaN);
  }

  private step(): void {
    this.next = this.next + 1 === this.period ? 0 : this.next + 1;
    if (this.count < this.period) this.count++;
  }
}
