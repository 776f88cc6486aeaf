import { requirePeriod } from '../indicators/period.ts';

/** Places beside those of the values kept; when they are used up, the values move to the front. */
const SLACK = 64;

/**
 * The newest numbers of one column of bars, in one piece, oldest first. As an indicator's window, but for long spans: it
 * takes little more room than the numbers, and moves them now and then instead of writing each twice. One thread.
 */
export class BarColumn {
  readonly period: number;
  /** Those there are lie from `start` to `end`, both included, until the next push. */
  readonly values: Float64Array;
  /** How many there are, up to the period. */
  count: number;
  private next: number;

  constructor(period: number) {
    requirePeriod(period);
    this.period = period;
    this.values = new Float64Array(period + SLACK);
    this.count = 0;
    this.next = 0;
  }

  /** Where the oldest lies. */
  get start(): number {
    return this.next - this.count;
  }

  /** Where the newest lies; `end - age` is the place of the one `age` pushes before it. */
  get end(): number {
    return this.next - 1;
  }

  push(value: number): void {
    if (this.next === this.values.length) {
      const kept = this.period - 1;
      this.values.copyWithin(0, this.next - kept, this.next);
      this.next = kept;
    }
    this.values[this.next++] = value;
    if (this.count < this.period) this.count++;
  }

  /** The one `age` pushes before the newest; NaN when it is not there. */
  back(age: number): number {
    return age < this.count ? this.values[this.next - 1 - age] : NaN;
  }

  /** Forgets all. */
  reset(): void {
    this.count = 0;
    this.next = 0;
  }
}
