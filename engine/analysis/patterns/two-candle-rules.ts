// hot path: no allocation after start
import { type CandleRule, isWithin } from './candle-rule.ts';
import type { CandleWindow } from './candle-window.ts';

/** Close of the second candle below this share of the first body under its close: dark cloud cover. */
const DARK_CLOUD_PENETRATION = 0.5;

const isMarubozu = (w: CandleWindow, ago: number): boolean =>
  w.isLong(ago) && w.hasTinyUpper(ago) && w.hasTinyLower(ago);

/** Two marubozus of opposite colours with a gap, in the second one's direction, between their ranges. */
const isKicking = (w: CandleWindow): boolean =>
  w.colour(1) === -w.colour(0) &&
  isMarubozu(w, 1) &&
  isMarubozu(w, 0) &&
  (w.isBlack(1) ? w.rangeGapsUp(0) : w.rangeGapsDown(0));

/** 2 = the newest body lies inside the one before, 1 = it also touches one of its ends, 0 = it leaves it. */
const inside = (w: CandleWindow): number => {
  const top = w.bodyTop(1) - w.bodyTop(0);
  const bottom = w.bodyBottom(0) - w.bodyBottom(1);
  if (top > 0 && bottom > 0) return 2;
  return top >= 0 && bottom >= 0 ? 1 : 0;
};

/** A long black candle and a white one that opens below its low: what the close then makes of it. */
const opensBelowLongBlack = (w: CandleWindow): boolean =>
  w.isBlack(1) && w.isLong(1) && w.isWhite(0) && w.open(0) < w.low(1);

const haramiValue = (w: CandleWindow): number => {
  const degree = inside(w);
  if (degree === 0) return 0;
  return -w.colour(1) * (degree === 2 ? 100 : 80);
};

/** Patterns of two candles. */
export const TWO_CANDLE_RULES: readonly CandleRule[] = [
  {
    name: 'engulfing',
    talib: 'CDLENGULFING',
    candleCount: 2,
    lookback: 2,
    match: (w) => {
      const colour = w.colour(0);
      if (w.colour(1) === colour) return 0;
      // How far the newest body reaches beyond the one before at its beginning and at its end.
      const atOpen = colour * (w.close(1) - w.open(0));
      const atClose = colour * (w.close(0) - w.open(1));
      if (atOpen < 0 || atClose < 0 || (atOpen === 0 && atClose === 0)) return 0;
      return colour * (atOpen > 0 && atClose > 0 ? 100 : 80);
    },
  },
  {
    name: 'harami',
    talib: 'CDLHARAMI',
    candleCount: 2,
    lookback: 11,
    match: (w) => (w.isLong(1) && !w.isLong(0) ? haramiValue(w) : 0),
  },
  {
    name: 'harami cross',
    talib: 'CDLHARAMICROSS',
    candleCount: 2,
    lookback: 11,
    match: (w) => (w.isLong(1) && w.isDoji(0) ? haramiValue(w) : 0),
  },
  {
    name: 'homing pigeon',
    talib: 'CDLHOMINGPIGEON',
    candleCount: 2,
    lookback: 11,
    match: (w) => (w.isBlack(1) && w.isBlack(0) && w.isLong(1) && !w.isLong(0) && inside(w) === 2 ? 100 : 0),
  },
  {
    name: 'matching low',
    talib: 'CDLMATCHINGLOW',
    candleCount: 2,
    lookback: 6,
    match: (w) => (w.isBlack(1) && w.isBlack(0) && isWithin(w.close(0), w.close(1), w.equal(1)) ? 100 : 0),
  },
  {
    name: 'counterattack',
    talib: 'CDLCOUNTERATTACK',
    candleCount: 2,
    lookback: 11,
    match: (w) =>
      w.colour(1) === -w.colour(0) &&
      w.isLong(1) &&
      w.isLong(0) &&
      isWithin(w.close(0), w.close(1), w.equal(1))
        ? 100 * w.colour(0)
        : 0,
  },
  {
    name: 'separating lines',
    talib: 'CDLSEPARATINGLINES',
    candleCount: 2,
    lookback: 11,
    match: (w) => {
      if (w.colour(1) === w.colour(0) || !w.isLong(0)) return 0;
      const isBareAtOpen = w.isWhite(0) ? w.hasTinyLower(0) : w.hasTinyUpper(0);
      return isBareAtOpen && isWithin(w.open(0), w.open(1), w.equal(1)) ? 100 * w.colour(0) : 0;
    },
  },
  {
    name: 'kicking',
    talib: 'CDLKICKING',
    candleCount: 2,
    lookback: 11,
    match: (w) => (isKicking(w) ? 100 * w.colour(0) : 0),
  },
  {
    name: 'kicking by length',
    talib: 'CDLKICKINGBYLENGTH',
    candleCount: 2,
    lookback: 11,
    match: (w) => (isKicking(w) ? 100 * w.colour(w.body(0) > w.body(1) ? 0 : 1) : 0),
  },
  {
    name: 'doji star',
    talib: 'CDLDOJISTAR',
    candleCount: 2,
    lookback: 11,
    match: (w) => {
      if (!w.isLong(1) || !w.isDoji(0)) return 0;
      const isStar = w.isWhite(1) ? w.bodyGapsUp(0) : w.bodyGapsDown(0);
      return isStar ? -100 * w.colour(1) : 0;
    },
  },
  {
    name: 'dark cloud cover',
    talib: 'CDLDARKCLOUDCOVER',
    candleCount: 2,
    lookback: 11,
    match: (w) =>
      w.isWhite(1) &&
      w.isLong(1) &&
      w.isBlack(0) &&
      w.open(0) > w.high(1) &&
      w.close(0) > w.open(1) &&
      w.close(0) < w.close(1) - w.body(1) * DARK_CLOUD_PENETRATION
        ? -100
        : 0,
  },
  {
    name: 'piercing',
    talib: 'CDLPIERCING',
    candleCount: 2,
    lookback: 11,
    match: (w) =>
      opensBelowLongBlack(w) &&
      w.isLong(0) &&
      w.close(0) < w.open(1) &&
      w.close(0) > w.close(1) + w.body(1) * 0.5
        ? 100
        : 0,
  },
  {
    name: 'thrusting',
    talib: 'CDLTHRUSTING',
    candleCount: 2,
    lookback: 11,
    match: (w) =>
      opensBelowLongBlack(w) &&
      w.close(0) > w.close(1) + w.equal(1) &&
      w.close(0) <= w.close(1) + w.body(1) * 0.5
        ? -100
        : 0,
  },
  {
    name: 'in-neck',
    talib: 'CDLINNECK',
    candleCount: 2,
    lookback: 11,
    match: (w) =>
      opensBelowLongBlack(w) && w.close(0) <= w.close(1) + w.equal(1) && w.close(0) >= w.close(1) ? -100 : 0,
  },
  {
    name: 'on-neck',
    talib: 'CDLONNECK',
    candleCount: 2,
    lookback: 11,
    match: (w) => (opensBelowLongBlack(w) && isWithin(w.close(0), w.low(1), w.equal(1)) ? -100 : 0),
  },
];
