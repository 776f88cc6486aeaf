// hot path: no allocation after start
import { requirePeriod } from './period.ts';

/** Places of the state: the last bar's prices, the smoothed moves, and the ADX (a sum while it is seeded). */
const HIGH = 0;
const LOW = 1;
const CLOSE = 2;
const RANGE = 3;
const UP = 4;
const DOWN = 5;
const AVERAGE = 6;

/**
 * Directional movement (J. Welles Wilder, 1978): +DI, -DI and their average directional index, all 0..100. The first
 * bar only supplies what the next is compared with; the DIs begin with `period` further bars, the ADX, seeded with the simple
 * average of the first `period` values of DX, with bar 2 period.
 */
export class Adx {
  private readonly period: number;
  /** Bars after the first. */
  private seenCount: number;
  private readonly state: Float64Array;

  constructor(period: number) {
    requirePeriod(period);
    this.period = period;
    this.seenCount = -1;
    this.state = new Float64Array(7);
  }

  /** Whether the ADX is there. */
  get isReady(): boolean {
    return this.seenCount >= 2 * this.period - 1;
  }

  /** The ADX. */
  get value(): number {
    return this.isReady ? this.state[AVERAGE] : NaN;
  }

  get plusDi(): number {
    return this.shareOf(UP);
  }

  get minusDi(): number {
    return this.shareOf(DOWN);
  }

  /** The directional index of the newest bar; 0 when nothing moved in either direction. */
  get dx(): number {
    if (this.seenCount < this.period) return NaN;
    const { state } = this;
    const sum = state[UP] + state[DOWN];
    return sum === 0 ? 0 : (100 * Math.abs(state[UP] - state[DOWN])) / sum;
  }

  update(high: number, low: number, close: number): void {
    const { state, period } = this;
    const up = high - state[HIGH];
    const down = state[LOW] - low;
    const lastClose = state[CLOSE];
    state[HIGH] = high;
    state[LOW] = low;
    state[CLOSE] = close;
    const seen = ++this.seenCount;
    if (seen === 0) return;
    const top = high > lastClose ? high : lastClose;
    const bottom = low < lastClose ? low : lastClose;
    // Wilder's sums: as wide as `period` averages, which leaves every share as it is.
    const kept = seen > period ? 1 - 1 / period : 1;
    state[RANGE] = state[RANGE] * kept + top - bottom;
    state[UP] = state[UP] * kept + (up > down && up > 0 ? up : 0);
    state[DOWN] = state[DOWN] * kept + (down > up && down > 0 ? down : 0);
    if (seen < period) return;
    const sum = state[UP] + state[DOWN];
    const dx = sum === 0 ? 0 : (100 * Math.abs(state[UP] - state[DOWN])) / sum;
    if (seen >= 2 * period) state[AVERAGE] = (state[AVERAGE] * (period - 1) + dx) / period;
    else state[AVERAGE] += dx;
    if (seen === 2 * period - 1) state[AVERAGE] /= period;
  }

  /** Forgets all bars. */
  reset(): void {
    this.seenCount = -1;
    this.state.fill(0);
  }

  private shareOf(place: number): number {
    if (this.seenCount < this.period) return NaN;
    return this.state[RANGE] === 0 ? 0 : (100 * this.state[place]) / this.state[RANGE];
  }
}
