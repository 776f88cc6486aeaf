import type { Timeframe } from '../bars/timeframe.ts';
import type { PatternConfidence, Priority } from '../patterns/pattern-confidence.ts';

/** Bars of its timeframe that a signal lives. */
export const LIFETIME_BARS = 3;

/** Patterns that say the same in different words: of one family, one signal lives at a time. */
export type PatternFamily = 'candlestick' | 'squeeze' | 'breakout' | 'double' | 'divergence';

/** A pattern strong enough to be told, with what to do about it. Prices are on the tick grid. */
export interface Signal {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly pattern: string;
  readonly family: PatternFamily;
  readonly direction: 1 | -1;
  /** Close of the pattern's bar, ms since the epoch; the signal is known from then on. */
  readonly timeMs: number;
  readonly expiresMs: number;
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
  /** ATR of the timeframe at that close. */
  readonly atr: number;
  readonly confidence: PatternConfidence;
  readonly priority: Priority;
}
