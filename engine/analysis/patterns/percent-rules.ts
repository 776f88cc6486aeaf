// hot path: no allocation after start
import type { CandleRule } from './candle-rule.ts';

/** Largest body of a doji, as a share of its open. */
const DOJI_BODY_SHARE = 0.001;
/** Smallest body of a marubozu, as a share of its range. */
const MARUBOZU_BODY_SHARE = 0.95;

/**
 * Doji and marubozu by fixed shares of the candle itself instead of the candles before (the rules of Stock.Indicators
 * for .NET, with its defaults): needs no history, and calls most candles of a few minutes doji.
 */
export const PERCENT_RULES: readonly CandleRule[] = [
  {
    name: 'doji',
    talib: null,
    candleCount: 1,
    lookback: 0,
    isNeutral: true,
    match: (w) => (w.body(0) / w.open(0) <= DOJI_BODY_SHARE ? 100 : 0),
  },
  {
    name: 'marubozu',
    talib: null,
    candleCount: 1,
    lookback: 0,
    match: (w) => (w.range(0) > 0 && w.body(0) / w.range(0) >= MARUBOZU_BODY_SHARE ? 100 * w.colour(0) : 0),
  },
];
