// hot path: no allocation after start
import type { CandleRule } from './candle-rule.ts';
import type { CandleWindow } from './candle-window.ts';

/** How deep, as a share of the first body, the small candles of a mat hold may fall into it. */
const MAT_HOLD_PENETRATION = 0.5;

/** The candle opens within the body of the one before or near it. */
const opensNearBody = (w: CandleWindow, ago: number): boolean =>
  w.open(ago) >= w.bodyBottom(ago + 1) - w.near(ago + 1) &&
  w.open(ago) <= w.bodyTop(ago + 1) + w.near(ago + 1);

/** Some of the body lies within the range of the candle `of` bars ago. */
const overlapsRange = (w: CandleWindow, ago: number, of: number): boolean =>
  w.bodyBottom(ago) < w.high(of) && w.bodyTop(ago) > w.low(of);

/** High and low both lie beyond those of the candle before, in this direction. */
const movesOn = (w: CandleWindow, ago: number, direction: number): boolean =>
  direction > 0
    ? w.high(ago) > w.high(ago + 1) && w.low(ago) > w.low(ago + 1)
    : w.high(ago) < w.high(ago + 1) && w.low(ago) < w.low(ago + 1);

const areMiddlesShort = (w: CandleWindow): boolean => w.isShort(3) && w.isShort(2) && w.isShort(1);

/** Patterns of four and five candles. */
export const LONGER_CANDLE_RULES: readonly CandleRule[] = [
  {
    name: 'three line strike',
    talib: 'CDL3LINESTRIKE',
    candleCount: 4,
    lookback: 8,
    match: (w) => {
      const colour = w.colour(1);
      if (w.colour(3) !== colour || w.colour(2) !== colour || w.colour(0) === colour) return 0;
      if (!opensNearBody(w, 2) || !opensNearBody(w, 1)) return 0;
      const isRow = colour * (w.close(1) - w.close(2)) > 0 && colour * (w.close(2) - w.close(3)) > 0;
      const isStrike = colour * (w.open(0) - w.close(1)) > 0 && colour * (w.close(0) - w.open(3)) < 0;
      return isRow && isStrike ? 100 * colour : 0;
    },
  },
  {
    name: 'concealing baby swallow',
    talib: 'CDLCONCEALBABYSWALL',
    candleCount: 4,
    lookback: 13,
    match: (w) =>
      w.isBlack(3) &&
      w.isBlack(2) &&
      w.isBlack(1) &&
      w.isBlack(0) &&
      w.hasTinyLower(3) &&
      w.hasTinyUpper(3) &&
      w.hasTinyLower(2) &&
      w.hasTinyUpper(2) &&
      w.bodyGapsDown(1) &&
      w.upperShadow(1) > w.tinyShadow(1) &&
      w.high(1) > w.close(2) &&
      w.high(0) > w.high(1) &&
      w.low(0) < w.low(1)
        ? 100
        : 0,
  },
  {
    name: 'breakaway',
    talib: 'CDLBREAKAWAY',
    candleCount: 5,
    lookback: 14,
    match: (w) => {
      const colour = w.colour(4);
      if (!w.isLong(4) || w.colour(3) !== colour || w.colour(1) !== colour || w.colour(0) === colour)
        return 0;
      if (!(colour > 0 ? w.bodyGapsUp(3) : w.bodyGapsDown(3))) return 0;
      if (!movesOn(w, 2, colour) || !movesOn(w, 1, colour)) return 0;
      const isInGap = colour * (w.close(0) - w.open(3)) < 0 && colour * (w.close(0) - w.close(4)) > 0;
      return isInGap ? 100 * w.colour(0) : 0;
    },
  },
  {
    name: 'ladder bottom',
    talib: 'CDLLADDERBOTTOM',
    candleCount: 5,
    lookback: 14,
    match: (w) =>
      w.isBlack(4) &&
      w.isBlack(3) &&
      w.isBlack(2) &&
      w.open(4) > w.open(3) &&
      w.open(3) > w.open(2) &&
      w.close(4) > w.close(3) &&
      w.close(3) > w.close(2) &&
      w.isBlack(1) &&
      w.upperShadow(1) > w.tinyShadow(1) &&
      w.isWhite(0) &&
      w.open(0) > w.open(1) &&
      w.close(0) > w.high(1)
        ? 100
        : 0,
  },
  {
    name: 'mat hold',
    talib: 'CDLMATHOLD',
    candleCount: 5,
    lookback: 14,
    match: (w) => {
      if (!w.isLong(4) || !areMiddlesShort(w)) return 0;
      if (!w.isWhite(4) || !w.isBlack(3) || !w.isWhite(0) || !w.bodyGapsUp(3)) return 0;
      const deepest = w.close(4) - w.body(4) * MAT_HOLD_PENETRATION;
      const holds =
        w.bodyBottom(2) < w.close(4) &&
        w.bodyBottom(1) < w.close(4) &&
        w.bodyBottom(2) > deepest &&
        w.bodyBottom(1) > deepest;
      const falls = w.bodyTop(2) < w.open(3) && w.bodyTop(1) < w.bodyTop(2);
      const highest = Math.max(w.high(3), w.high(2), w.high(1));
      return holds && falls && w.open(0) > w.close(1) && w.close(0) > highest ? 100 : 0;
    },
  },
  {
    name: 'rise/fall three methods',
    talib: 'CDLRISEFALL3METHODS',
    candleCount: 5,
    lookback: 14,
    match: (w) => {
      const colour = w.colour(4);
      if (!w.isLong(4) || !areMiddlesShort(w) || !w.isLong(0) || w.colour(0) !== colour) return 0;
      if (w.colour(3) === colour || w.colour(2) === colour || w.colour(1) === colour) return 0;
      if (!overlapsRange(w, 3, 4) || !overlapsRange(w, 2, 4) || !overlapsRange(w, 1, 4)) return 0;
      const isReaction = colour * (w.close(2) - w.close(3)) < 0 && colour * (w.close(1) - w.close(2)) < 0;
      const goesOn = colour * (w.open(0) - w.close(1)) > 0 && colour * (w.close(0) - w.close(4)) > 0;
      return isReaction && goesOn ? 100 * colour : 0;
    },
  },
];
