// hot path: no allocation after start
import type { CandleRule } from './candle-rule.ts';

/** Patterns of a single candle and of a single candle against the one before. */
export const ONE_CANDLE_RULES: readonly CandleRule[] = [
  {
    name: 'doji',
    talib: 'CDLDOJI',
    candleCount: 1,
    lookback: 10,
    isNeutral: true,
    match: (w) => (w.isDoji(0) ? 100 : 0),
  },
  {
    name: 'dragonfly doji',
    talib: 'CDLDRAGONFLYDOJI',
    candleCount: 1,
    lookback: 10,
    isNeutral: true,
    match: (w) => (w.isDoji(0) && w.hasTinyUpper(0) && w.lowerShadow(0) > w.tinyShadow(0) ? 100 : 0),
  },
  {
    name: 'gravestone doji',
    talib: 'CDLGRAVESTONEDOJI',
    candleCount: 1,
    lookback: 10,
    isNeutral: true,
    match: (w) => (w.isDoji(0) && w.hasTinyLower(0) && w.upperShadow(0) > w.tinyShadow(0) ? 100 : 0),
  },
  {
    name: 'long-legged doji',
    talib: 'CDLLONGLEGGEDDOJI',
    candleCount: 1,
    lookback: 10,
    isNeutral: true,
    match: (w) => (w.isDoji(0) && (w.lowerShadow(0) > w.body(0) || w.upperShadow(0) > w.body(0)) ? 100 : 0),
  },
  {
    name: 'rickshaw man',
    talib: 'CDLRICKSHAWMAN',
    candleCount: 1,
    lookback: 10,
    isNeutral: true,
    match: (w) => {
      if (!w.isDoji(0) || !(w.lowerShadow(0) > w.body(0)) || !(w.upperShadow(0) > w.body(0))) return 0;
      const middle = w.low(0) + w.range(0) / 2;
      return w.bodyBottom(0) <= middle + w.near(0) && w.bodyTop(0) >= middle - w.near(0) ? 100 : 0;
    },
  },
  {
    name: 'takuri',
    talib: 'CDLTAKURI',
    candleCount: 1,
    lookback: 10,
    isNeutral: true,
    match: (w) => (w.isDoji(0) && w.hasTinyUpper(0) && w.lowerShadow(0) > 2 * w.body(0) ? 100 : 0),
  },
  {
    name: 'spinning top',
    talib: 'CDLSPINNINGTOP',
    candleCount: 1,
    lookback: 10,
    isNeutral: true,
    match: (w) =>
      w.isShort(0) && w.upperShadow(0) > w.body(0) && w.lowerShadow(0) > w.body(0) ? 100 * w.colour(0) : 0,
  },
  {
    name: 'high wave',
    talib: 'CDLHIGHWAVE',
    candleCount: 1,
    lookback: 10,
    isNeutral: true,
    match: (w) =>
      w.isShort(0) && w.upperShadow(0) > 2 * w.body(0) && w.lowerShadow(0) > 2 * w.body(0)
        ? 100 * w.colour(0)
        : 0,
  },
  {
    name: 'short line',
    talib: 'CDLSHORTLINE',
    candleCount: 1,
    lookback: 10,
    isNeutral: true,
    match: (w) =>
      w.isShort(0) && w.upperShadow(0) < w.shortShadow(0) && w.lowerShadow(0) < w.shortShadow(0)
        ? 100 * w.colour(0)
        : 0,
  },
  {
    name: 'long line',
    talib: 'CDLLONGLINE',
    candleCount: 1,
    lookback: 10,
    match: (w) =>
      w.isLong(0) && w.upperShadow(0) < w.shortShadow(0) && w.lowerShadow(0) < w.shortShadow(0)
        ? 100 * w.colour(0)
        : 0,
  },
  {
    name: 'marubozu',
    talib: 'CDLMARUBOZU',
    candleCount: 1,
    lookback: 10,
    match: (w) => (w.isLong(0) && w.hasTinyUpper(0) && w.hasTinyLower(0) ? 100 * w.colour(0) : 0),
  },
  {
    name: 'closing marubozu',
    talib: 'CDLCLOSINGMARUBOZU',
    candleCount: 1,
    lookback: 10,
    match: (w) => {
      const isBareAtClose = w.isWhite(0) ? w.hasTinyUpper(0) : w.hasTinyLower(0);
      return w.isLong(0) && isBareAtClose ? 100 * w.colour(0) : 0;
    },
  },
  {
    name: 'belt hold',
    talib: 'CDLBELTHOLD',
    candleCount: 1,
    lookback: 10,
    match: (w) => {
      const isBareAtOpen = w.isWhite(0) ? w.hasTinyLower(0) : w.hasTinyUpper(0);
      return w.isLong(0) && isBareAtOpen ? 100 * w.colour(0) : 0;
    },
  },
  {
    name: 'hammer',
    talib: 'CDLHAMMER',
    candleCount: 1,
    lookback: 11,
    match: (w) =>
      w.isShort(0) &&
      w.lowerShadow(0) > w.body(0) &&
      w.hasTinyUpper(0) &&
      w.bodyBottom(0) <= w.low(1) + w.near(1)
        ? 100
        : 0,
  },
  {
    name: 'hanging man',
    talib: 'CDLHANGINGMAN',
    candleCount: 1,
    lookback: 11,
    match: (w) =>
      w.isShort(0) &&
      w.lowerShadow(0) > w.body(0) &&
      w.hasTinyUpper(0) &&
      w.bodyBottom(0) >= w.high(1) - w.near(1)
        ? -100
        : 0,
  },
  {
    name: 'inverted hammer',
    talib: 'CDLINVERTEDHAMMER',
    candleCount: 1,
    lookback: 11,
    match: (w) =>
      w.isShort(0) && w.upperShadow(0) > w.body(0) && w.hasTinyLower(0) && w.bodyGapsDown(0) ? 100 : 0,
  },
  {
    name: 'shooting star',
    talib: 'CDLSHOOTINGSTAR',
    candleCount: 1,
    lookback: 11,
    match: (w) =>
      w.isShort(0) && w.upperShadow(0) > w.body(0) && w.hasTinyLower(0) && w.bodyGapsUp(0) ? -100 : 0,
  },
];
