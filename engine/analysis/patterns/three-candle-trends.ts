// hot path: no allocation after start
import { type CandleRule, isWithin } from './candle-rule.ts';
import type { CandleWindow } from './candle-window.ts';

/** Three white candles that close ever higher; the second opens above the first's open, not far above its close. */
const isWhiteAdvance = (w: CandleWindow): boolean =>
  w.isWhite(2) &&
  w.isWhite(1) &&
  w.isWhite(0) &&
  w.close(0) > w.close(1) &&
  w.close(1) > w.close(2) &&
  w.open(1) > w.open(2) &&
  w.open(1) <= w.close(2) + w.near(2);

/** And the third opens so against the second. */
const isSteadyAdvance = (w: CandleWindow): boolean =>
  isWhiteAdvance(w) && w.open(0) > w.open(1) && w.open(0) <= w.close(1) + w.near(1);

/** Three black candles that close ever lower, each at its low. */
const isBlackDecline = (w: CandleWindow): boolean =>
  w.isBlack(2) &&
  w.isBlack(1) &&
  w.isBlack(0) &&
  w.close(2) > w.close(1) &&
  w.close(1) > w.close(0) &&
  w.hasTinyLower(2) &&
  w.hasTinyLower(1) &&
  w.hasTinyLower(0);

/** The four ways in which an advance loses its strength. */
const isAdvanceWeakening = (w: CandleWindow): boolean => {
  const first = w.body(2);
  const second = w.body(1);
  const third = w.body(0);
  if (second < first - w.far(2) && third < second + w.near(1)) return true;
  if (third < second - w.far(1)) return true;
  if (third >= second) return false;
  if (w.upperShadow(0) > third) return true;
  return second < first && (w.upperShadow(0) > w.shortShadow(0) || w.upperShadow(1) > w.shortShadow(1));
};

/** Patterns of three candles that go one way, or in which such a move tires. */
export const THREE_CANDLE_TRENDS: readonly CandleRule[] = [
  {
    name: 'three white soldiers',
    talib: 'CDL3WHITESOLDIERS',
    candleCount: 3,
    lookback: 12,
    match: (w) =>
      isSteadyAdvance(w) &&
      w.hasTinyUpper(2) &&
      w.hasTinyUpper(1) &&
      w.hasTinyUpper(0) &&
      w.body(1) > w.body(2) - w.far(2) &&
      w.body(0) > w.body(1) - w.far(1) &&
      w.body(0) > w.meanBody(0)
        ? 100
        : 0,
  },
  {
    name: 'advance block',
    talib: 'CDLADVANCEBLOCK',
    candleCount: 3,
    lookback: 12,
    match: (w) =>
      isSteadyAdvance(w) && w.isLong(2) && w.upperShadow(2) < w.shortShadow(2) && isAdvanceWeakening(w)
        ? -100
        : 0,
  },
  {
    name: 'stalled pattern',
    talib: 'CDLSTALLEDPATTERN',
    candleCount: 3,
    lookback: 12,
    match: (w) =>
      isWhiteAdvance(w) &&
      w.isLong(2) &&
      w.isLong(1) &&
      w.hasTinyUpper(1) &&
      w.isShort(0) &&
      w.open(0) >= w.close(1) - w.body(0) - w.near(1)
        ? -100
        : 0,
  },
  {
    name: 'three black crows',
    talib: 'CDL3BLACKCROWS',
    candleCount: 3,
    lookback: 13,
    match: (w) =>
      w.isWhite(3) &&
      isBlackDecline(w) &&
      w.open(1) < w.open(2) &&
      w.open(1) > w.close(2) &&
      w.open(0) < w.open(1) &&
      w.open(0) > w.close(1) &&
      w.high(3) > w.close(2)
        ? -100
        : 0,
  },
  {
    name: 'identical three crows',
    talib: 'CDLIDENTICAL3CROWS',
    candleCount: 3,
    lookback: 12,
    match: (w) =>
      isBlackDecline(w) &&
      isWithin(w.open(1), w.close(2), w.equal(2)) &&
      isWithin(w.open(0), w.close(1), w.equal(1))
        ? -100
        : 0,
  },
  {
    name: 'three stars in the south',
    talib: 'CDL3STARSINSOUTH',
    candleCount: 3,
    lookback: 12,
    match: (w) =>
      w.isBlack(2) &&
      w.isBlack(1) &&
      w.isBlack(0) &&
      w.isLong(2) &&
      w.lowerShadow(2) > w.body(2) &&
      w.body(1) < w.body(2) &&
      w.open(1) > w.close(2) &&
      w.open(1) <= w.high(2) &&
      w.low(1) < w.close(2) &&
      w.low(1) >= w.low(2) &&
      w.lowerShadow(1) > w.tinyShadow(1) &&
      w.isShort(0) &&
      w.hasTinyLower(0) &&
      w.hasTinyUpper(0) &&
      w.low(0) > w.low(1) &&
      w.high(0) < w.high(1)
        ? 100
        : 0,
  },
  {
    name: 'tasuki gap',
    talib: 'CDLTASUKIGAP',
    candleCount: 3,
    lookback: 7,
    match: (w) => {
      const colour = w.colour(1);
      if (w.colour(0) === colour) return 0;
      if (!(colour > 0 ? w.bodyGapsUp(1) : w.bodyGapsDown(1))) return 0;
      if (!(Math.abs(w.body(1) - w.body(0)) < w.near(1))) return 0;
      const isWithinBody = w.open(0) < w.bodyTop(1) && w.open(0) > w.bodyBottom(1);
      const isInGap =
        colour > 0
          ? w.close(0) < w.open(1) && w.close(0) > w.bodyTop(2)
          : w.close(0) > w.open(1) && w.close(0) < w.bodyBottom(2);
      return isWithinBody && isInGap ? 100 * colour : 0;
    },
  },
  {
    name: 'gap side-by-side white',
    talib: 'CDLGAPSIDESIDEWHITE',
    candleCount: 3,
    lookback: 7,
    match: (w) => {
      if (!w.isWhite(1) || !w.isWhite(0)) return 0;
      const isUp = w.bodyGapsUp(1) && w.bodyBottom(0) > w.bodyTop(2);
      const isDown = w.bodyGapsDown(1) && w.bodyTop(0) < w.bodyBottom(2);
      if (!isUp && !isDown) return 0;
      if (!isWithin(w.body(0), w.body(1), w.near(1)) || !isWithin(w.open(0), w.open(1), w.equal(1))) return 0;
      return isUp ? 100 : -100;
    },
  },
  {
    name: 'gap three methods',
    talib: 'CDLXSIDEGAP3METHODS',
    candleCount: 3,
    lookback: 2,
    match: (w) => {
      const colour = w.colour(2);
      if (w.colour(1) !== colour || w.colour(0) === colour) return 0;
      if (!(colour > 0 ? w.bodyGapsUp(1) : w.bodyGapsDown(1))) return 0;
      const opensInSecond = w.open(0) < w.bodyTop(1) && w.open(0) > w.bodyBottom(1);
      const closesInFirst = w.close(0) < w.bodyTop(2) && w.close(0) > w.bodyBottom(2);
      return opensInSecond && closesInFirst ? 100 * colour : 0;
    },
  },
];
