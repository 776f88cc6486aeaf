// hot path: no allocation after start
import { type CandleRule, isWithin } from './candle-rule.ts';
import type { CandleWindow } from './candle-window.ts';

/** How deep, as a share of the first body, the third candle of a star must close in it. */
const STAR_PENETRATION = 0.3;

/** Long first candle, third of the other colour and not short that closes well within the first body. */
const isStarFrame = (w: CandleWindow): boolean => {
  if (!w.isLong(2) || w.body(0) <= w.meanBody(0) || w.colour(0) === w.colour(2)) return false;
  const depth = w.body(2) * STAR_PENETRATION;
  return w.isWhite(2) ? w.close(0) < w.close(2) - depth : w.close(0) > w.close(2) + depth;
};

/** The middle candle of a star gaps away from the first. */
const isStarGap = (w: CandleWindow): boolean => (w.isWhite(2) ? w.bodyGapsUp(1) : w.bodyGapsDown(1));

const isEvening = (w: CandleWindow): boolean => w.isWhite(2) && isStarFrame(w) && isStarGap(w);
const isMorning = (w: CandleWindow): boolean => w.isBlack(2) && isStarFrame(w) && isStarGap(w);

/** Patterns of three candles that turn a move round. */
export const THREE_CANDLE_REVERSALS: readonly CandleRule[] = [
  {
    name: 'morning star',
    talib: 'CDLMORNINGSTAR',
    candleCount: 3,
    lookback: 12,
    match: (w) => (isMorning(w) && !w.isLong(1) ? 100 : 0),
  },
  {
    name: 'evening star',
    talib: 'CDLEVENINGSTAR',
    candleCount: 3,
    lookback: 12,
    match: (w) => (isEvening(w) && !w.isLong(1) ? -100 : 0),
  },
  {
    name: 'morning doji star',
    talib: 'CDLMORNINGDOJISTAR',
    candleCount: 3,
    lookback: 12,
    match: (w) => (isMorning(w) && w.isDoji(1) ? 100 : 0),
  },
  {
    name: 'evening doji star',
    talib: 'CDLEVENINGDOJISTAR',
    candleCount: 3,
    lookback: 12,
    match: (w) => (isEvening(w) && w.isDoji(1) ? -100 : 0),
  },
  {
    name: 'abandoned baby',
    talib: 'CDLABANDONEDBABY',
    candleCount: 3,
    lookback: 12,
    match: (w) => {
      if (!w.isDoji(1) || !isStarFrame(w)) return 0;
      const isAlone = w.isWhite(2)
        ? w.rangeGapsUp(1) && w.rangeGapsDown(0)
        : w.rangeGapsDown(1) && w.rangeGapsUp(0);
      return isAlone ? 100 * w.colour(0) : 0;
    },
  },
  {
    name: 'three inside',
    talib: 'CDL3INSIDE',
    candleCount: 3,
    lookback: 12,
    match: (w) => {
      if (!w.isLong(2) || w.isLong(1) || w.colour(0) === w.colour(2)) return 0;
      if (w.bodyTop(1) >= w.bodyTop(2) || w.bodyBottom(1) <= w.bodyBottom(2)) return 0;
      const isOut = w.isWhite(2) ? w.close(0) < w.open(2) : w.close(0) > w.open(2);
      return isOut ? 100 * w.colour(0) : 0;
    },
  },
  {
    name: 'three outside',
    talib: 'CDL3OUTSIDE',
    candleCount: 3,
    lookback: 3,
    match: (w) => {
      const colour = w.colour(1);
      if (w.colour(2) === colour) return 0;
      const isEngulfing = colour * (w.close(2) - w.open(1)) > 0 && colour * (w.close(1) - w.open(2)) > 0;
      return isEngulfing && colour * (w.close(0) - w.close(1)) > 0 ? 100 * colour : 0;
    },
  },
  {
    name: 'two crows',
    talib: 'CDL2CROWS',
    candleCount: 3,
    lookback: 12,
    match: (w) =>
      w.isWhite(2) &&
      w.isLong(2) &&
      w.isBlack(1) &&
      w.bodyGapsUp(1) &&
      w.isBlack(0) &&
      w.open(0) < w.open(1) &&
      w.open(0) > w.close(1) &&
      w.close(0) > w.open(2) &&
      w.close(0) < w.close(2)
        ? -100
        : 0,
  },
  {
    name: 'upside gap two crows',
    talib: 'CDLUPSIDEGAP2CROWS',
    candleCount: 3,
    lookback: 12,
    match: (w) =>
      w.isWhite(2) &&
      w.isLong(2) &&
      w.isBlack(1) &&
      !w.isLong(1) &&
      w.bodyGapsUp(1) &&
      w.isBlack(0) &&
      w.open(0) > w.open(1) &&
      w.close(0) < w.close(1) &&
      w.close(0) > w.close(2)
        ? -100
        : 0,
  },
  {
    name: 'tristar',
    talib: 'CDLTRISTAR',
    candleCount: 3,
    lookback: 12,
    match: (w) => {
      // One measure for all three, that of the first.
      const doji = w.dojiBody(2);
      if (w.body(2) > doji || w.body(1) > doji || w.body(0) > doji) return 0;
      if (w.bodyGapsUp(1) && w.bodyTop(0) < w.bodyTop(1)) return -100;
      return w.bodyGapsDown(1) && w.bodyBottom(0) > w.bodyBottom(1) ? 100 : 0;
    },
  },
  {
    name: 'unique three river',
    talib: 'CDLUNIQUE3RIVER',
    candleCount: 3,
    lookback: 12,
    match: (w) =>
      w.isBlack(2) &&
      w.isLong(2) &&
      w.isBlack(1) &&
      w.close(1) > w.close(2) &&
      w.open(1) <= w.open(2) &&
      w.low(1) < w.low(2) &&
      w.isWhite(0) &&
      w.isShort(0) &&
      w.open(0) > w.low(1)
        ? 100
        : 0,
  },
  {
    name: 'stick sandwich',
    talib: 'CDLSTICKSANDWICH',
    candleCount: 3,
    lookback: 7,
    match: (w) =>
      w.isBlack(2) &&
      w.isWhite(1) &&
      w.isBlack(0) &&
      w.low(1) > w.close(2) &&
      isWithin(w.close(0), w.close(2), w.equal(2))
        ? 100
        : 0,
  },
];
