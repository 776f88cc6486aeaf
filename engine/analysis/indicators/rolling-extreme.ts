// hot path: no allocation after start
import { requirePeriod } from './period.ts';

/** Greatest of the last `period` values times `sign`; the queue holds those that can still become it, falling. */
class RollingExtreme {
  private readonly period: number;
  private readonly sign: 1 | -1;
  private readonly samples: Float64Array;
  private readonly seenAt: Float64Array;
  private head: number;
  private count: number;
  private seenCount: number;

  constructor(period: number, sign: 1 | -1) {
    requirePeriod(period);
    this.period = period;
    this.sign = sign;
    this.samples = new Float64Array(period);
    this.seenAt = new Float64Array(period);
    this.head = 0;
    this.count = 0;
    this.seenCount = 0;
  }

  get isReady(): boolean {
    return this.seenCount >= this.period;
  }

  get value(): number {
    return this.isReady ? this.samples[this.head] : NaN;
  }

  update(sample: number): void {
    const { period, sign, samples, seenAt } = this;
    if (this.count > 0 && seenAt[this.head] <= this.seenCount - period) {
      this.head = this.head + 1 === period ? 0 : this.head + 1;
      this.count--;
    }
    let end = (this.head + this.count) % period;
    while (this.count > 0) {
      const last = end === 0 ? period - 1 : end - 1;
      if (sign * samples[last] > sign * sample) break;
      end = last;
      this.count--;
    }
    samples[end] = sample;
    seenAt[end] = this.seenCount;
    this.count++;
    this.seenCount++;
  }

  /** Forgets all samples. */
  reset(): void {
    this.head = 0;
    this.count = 0;
    this.seenCount = 0;
  }
}

/** Greatest of the last `period` values, from the first full window on; O(1) on average. */
export class RollingMax extends RollingExtreme {
  constructor(period: number) {
    super(period, 1);
  }
}

/** Least of the last `period` values, from the first full window on; O(1) on average. */
export class RollingMin extends RollingExtreme {
  constructor(period: number) {
    super(period, -1);
  }
}
