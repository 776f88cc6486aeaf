import type { CandleRule } from './candle-rule.ts';
import { HIKKAKE_RULES } from './hikkake-rules.ts';
import { LONGER_CANDLE_RULES } from './longer-candle-rules.ts';
import { ONE_CANDLE_RULES } from './one-candle-rules.ts';
import { THREE_CANDLE_REVERSALS } from './three-candle-reversals.ts';
import { THREE_CANDLE_TRENDS } from './three-candle-trends.ts';
import { TWO_CANDLE_RULES } from './two-candle-rules.ts';

/** Every candlestick pattern, by TA-Lib's rules; the place in this list is the pattern's number. */
export const CANDLE_RULES: readonly CandleRule[] = [
  ...ONE_CANDLE_RULES,
  ...TWO_CANDLE_RULES,
  ...THREE_CANDLE_REVERSALS,
  ...THREE_CANDLE_TRENDS,
  ...LONGER_CANDLE_RULES,
  ...HIKKAKE_RULES,
];
