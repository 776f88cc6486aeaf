// hot path: no allocation after start
import { invariant } from '../core/assert.ts';

/**
 * Streaming indicators: each is fed one value at a time, costs the same for each, and allocates only when made. `isReady`
 * says when the warm-up is over; until then `value` is NaN, so that an early reading cannot pass for a price. Pure; an
 * instance belongs to one thread.
 */

function requirePeriod(period: number): void {
  invariant(Number.isSafeInteger(period) && period > 0, `an indicator's period is a positive whole number`);
}

/** Exponential moving average, alpha 2 / (period + 1), seeded with the simple average of the first `period` values. */
export class Ema {
  value: number;
  private readonly period: number;
  private readonly alpha: number;
  private seenCount: number;
  private seedSum: number;

  constructor(period: number) {
    requirePeriod(period);
    this.value = NaN;
    this.period = period;
    this.alpha = 2 / (period + 1);
    this.seenCount = 0;
    this.seedSum = 0;
  }

  get isReady(): boolean {
    return this.seenCount >= this.period;
  }

  update(sample: number): void {
    this.seenCount++;
    if (this.seenCount > this.period) {
      this.value += this.alpha * (sample - this.value);
      return;
    }
    this.seedSum += sample;
    if (this.seenCount === this.period) this.value = this.seedSum / this.period;
  }
}

/** Wilder's smoothing (alpha 1 / period), seeded with the simple average; the core of RSI and ATR. */
class WilderAverage {
  value: number;
  private readonly period: number;
  private seenCount: number;

  constructor(period: number) {
    requirePeriod(period);
    this.value = 0;
    this.period = period;
    this.seenCount = 0;
  }

  get isReady(): boolean {
    return this.seenCount >= this.period;
  }

  update(sample: number): void {
    this.seenCount++;
    if (this.seenCount > this.period) {
      this.value = (this.value * (this.period - 1) + sample) / this.period;
      return;
    }
    this.value += sample;
    if (this.seenCount === this.period) this.value /= this.period;
  }
}

/** Relative strength index, 0..100 (J. Welles Wilder, 1978). */
export class Rsi {
  private readonly gains: WilderAverage;
  private readonly losses: WilderAverage;
  private last: number;

  constructor(period: number) {
    this.gains = new WilderAverage(period);
    this.losses = new WilderAverage(period);
    this.last = NaN;
  }

  get isReady(): boolean {
    return this.gains.isReady;
  }

  get value(): number {
    if (!this.isReady) return NaN;
    if (this.losses.value === 0) return 100;
    return 100 - 100 / (1 + this.gains.value / this.losses.value);
  }

  update(close: number): void {
    const change = close - this.last;
    this.last = close;
    if (Number.isNaN(change)) return;
    this.gains.update(change > 0 ? change : 0);
    this.losses.update(change < 0 ? -change : 0);
  }
}

/** Average true range (J. Welles Wilder, 1978); the first bar only supplies the previous close. */
export class Atr {
  private readonly average: WilderAverage;
  private lastClose: number;

  constructor(period: number) {
    this.average = new WilderAverage(period);
    this.lastClose = NaN;
  }

  get isReady(): boolean {
    return this.average.isReady;
  }

  get value(): number {
    return this.isReady ? this.average.value : NaN;
  }

  update(high: number, low: number, close: number): void {
    const lastClose = this.lastClose;
    this.lastClose = close;
    if (Number.isNaN(lastClose)) return;
    const top = high > lastClose ? high : lastClose;
    const bottom = low < lastClose ? low : lastClose;
    this.average.update(top - bottom);
  }
}

/** Full windows after which mean and spread are computed afresh: bounds what rounding adds up to. */
const WINDOWS_PER_REFRESH = 64;

/**
 * Bollinger bands: mean of the last `period` values and `width` population standard deviations to either side. Mean and
 * spread slide in O(1) (Welford's update for a moving window).
 */
export class Bollinger {
  private readonly window: Float64Array;
  private readonly width: number;
  private next: number;
  private seenCount: number;
  private mean: number;
  private squares: number;

  constructor(period: number, width: number) {
    requirePeriod(period);
    this.window = new Float64Array(period);
    this.width = width;
    this.next = 0;
    this.seenCount = 0;
    this.mean = 0;
    this.squares = 0;
  }

  get isReady(): boolean {
    return this.seenCount >= this.window.length;
  }

  /** The simple moving average. */
  get middle(): number {
    return this.isReady ? this.mean : NaN;
  }

  get deviation(): number {
    return this.isReady ? Math.sqrt(this.squares > 0 ? this.squares / this.window.length : 0) : NaN;
  }

  get upper(): number {
    return this.middle + this.width * this.deviation;
  }

  get lower(): number {
    return this.middle - this.width * this.deviation;
  }

  update(sample: number): void {
    const { window } = this;
    const period = window.length;
    const oldest = window[this.next];
    window[this.next] = sample;
    this.next = this.next + 1 === period ? 0 : this.next + 1;
    this.seenCount++;
    if (this.seenCount <= period) {
      const delta = sample - this.mean;
      this.mean += delta / this.seenCount;
      this.squares += delta * (sample - this.mean);
      return;
    }
    if (this.seenCount % (period * WINDOWS_PER_REFRESH) === 0) {
      this.refresh();
      return;
    }
    const meanBefore = this.mean;
    this.mean += (sample - oldest) / period;
    this.squares += (sample - oldest) * (sample - this.mean + oldest - meanBefore);
  }

  /** Forgets all samples. */
  reset(): void {
    this.next = 0;
    this.seenCount = 0;
    this.mean = 0;
    this.squares = 0;
  }

  private refresh(): void {
    const { window } = this;
    let sum = 0;
    for (let index = 0; index < window.length; index++) sum += window[index];
    this.mean = sum / window.length;
    this.squares = 0;
    for (let index = 0; index < window.length; index++) {
      this.squares += (window[index] - this.mean) * (window[index] - this.mean);
    }
  }
}

/** Volume-weighted average price since the last `reset` (the session's anchor). */
export class Vwap {
  private valueSum: number;
  private volumeSum: number;

  constructor() {
    this.valueSum = 0;
    this.volumeSum = 0;
  }

  get isReady(): boolean {
    return this.volumeSum > 0;
  }

  get value(): number {
    return this.isReady ? this.valueSum / this.volumeSum : NaN;
  }

  update(price: number, volume: number): void {
    this.valueSum += price * volume;
    this.volumeSum += volume;
  }

  reset(): void {
    this.valueSum = 0;
    this.volumeSum = 0;
  }
}

/** The value fed `period` updates before the newest one. */
export class Lookback {
  private readonly window: Float64Array;
  private next: number;
  private seenCount: number;

  constructor(period: number) {
    requirePeriod(period);
    this.window = new Float64Array(period + 1);
    this.next = 0;
    this.seenCount = 0;
  }

  get isReady(): boolean {
    return this.seenCount >= this.window.length;
  }

  get value(): number {
    return this.isReady ? this.window[this.next] : NaN;
  }

  update(sample: number): void {
    this.window[this.next] = sample;
    this.next = this.next + 1 === this.window.length ? 0 : this.next + 1;
    this.seenCount++;
  }

  /** Forgets all samples: what came before does not belong to what comes. */
  reset(): void {
    this.next = 0;
    this.seenCount = 0;
  }
}
