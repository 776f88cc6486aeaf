import type { CandleWindow } from './candle-window.ts';

/** One candlestick pattern. */
export interface CandleRule {
  readonly name: string;
  /** Name of the same pattern in TA-Lib; null = it is not from there. */
  readonly talib: string | null;
  /** Candles the pattern consists of. */
  readonly candleCount: number;
  /** Candles before the first one that can be judged. */
  readonly lookback: number;
  /** Shows indecision: the sign of its value is a colour or a convention, no direction. */
  readonly isNeutral?: true;
  /** +100 or -100 by direction, 0 = not there; +-80 and +-200 where TA-Lib tells degrees. Pure. */
  match(window: CandleWindow): number;
}

/** Whether `price` lies within `tolerance` of `reference`, ends included. */
export function isWithin(price: number, reference: number, tolerance: number): boolean {
  return price <= reference + tolerance && price >= reference - tolerance;
}
