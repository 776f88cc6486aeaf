import { TIMEFRAMES } from '../bars/timeframe.ts';
import type { TakenCandle } from './taken-candle.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = TIMEFRAMES[0].lengthMs;

/** Cumulative delta since the UTC day: what takers bought less what they sold, of closed minutes in order. One thread. */
export class DayDelta {
  private nextMs: number;
  private sum: number;

  constructor() {
    this.nextMs = NaN;
    this.sum = NaN;
  }

  /** Base units; null = a minute of the day is missing, or it is not known who took. */
  get value(): number | null {
    return Number.isNaN(this.sum) ? null : this.sum;
  }

  /** What was added was of another market. */
  forget(): void {
    this.nextMs = NaN;
    this.sum = NaN;
  }

  add({ openTimeMs, volume, buyVolume }: TakenCandle): void {
    if (openTimeMs % DAY_MS === 0) this.sum = 0;
    else if (openTimeMs !== this.nextMs) this.sum = NaN;
    this.nextMs = openTimeMs + MINUTE_MS;
    this.sum += 2 * buyVolume - volume;
  }
}
