// hot path: no allocation after start
import type { CandleRule } from './candle-rule.ts';
import type { CandleWindow } from './candle-window.ts';

/** Bars after a hikkake in which its confirmation counts. */
const CONFIRM_BARS = 3;

type Setup = (w: CandleWindow, ago: number) => number;

/** High and low both inside those of the candle before. */
const isInside = (w: CandleWindow, ago: number): boolean =>
  w.high(ago) < w.high(ago + 1) && w.low(ago) > w.low(ago + 1);

/** A false break out of an inside bar: down = +1, up = -1, none = 0. */
const falseBreak = (w: CandleWindow, ago: number): number => {
  if (!isInside(w, ago + 1)) return 0;
  if (w.high(ago) < w.high(ago + 1) && w.low(ago) < w.low(ago + 1)) return 1;
  return w.high(ago) > w.high(ago + 1) && w.low(ago) > w.low(ago + 1) ? -1 : 0;
};

/** The same after two inside bars, the first of which closes near the end that the false break is at. */
const modifiedBreak = (w: CandleWindow, ago: number): number => {
  const direction = isInside(w, ago + 2) ? falseBreak(w, ago) : 0;
  if (direction > 0) return w.close(ago + 2) <= w.low(ago + 2) + w.near(ago + 2) ? 1 : 0;
  if (direction < 0) return w.close(ago + 2) >= w.high(ago + 2) - w.near(ago + 2) ? -1 : 0;
  return 0;
};

/** Whether the close `ago` bars ago goes beyond the inside bar of the setup `of` bars ago. */
const confirms = (w: CandleWindow, ago: number, of: number, direction: number): boolean =>
  direction > 0 ? w.close(ago) > w.high(of + 1) : w.close(ago) < w.low(of + 1);

/** 100 at a setup, 200 at the first close that confirms the newest one; a new setup hides a confirmation. */
const hikkakeValue = (w: CandleWindow, setup: Setup): number => {
  const now = setup(w, 0);
  if (now !== 0) return 100 * now;
  for (let of = 1; of <= CONFIRM_BARS; of++) {
    const direction = setup(w, of);
    if (direction === 0) continue;
    for (let ago = of - 1; ago > 0; ago--) if (confirms(w, ago, of, direction)) return 0;
    return confirms(w, 0, of, direction) ? 200 * direction : 0;
  }
  return 0;
};

/** Inside bars with a false break, and the close that confirms it. */
export const HIKKAKE_RULES: readonly CandleRule[] = [
  {
    name: 'hikkake',
    talib: 'CDLHIKKAKE',
    candleCount: 3,
    lookback: 5,
    match: (w) => hikkakeValue(w, falseBreak),
  },
  {
    name: 'modified hikkake',
    talib: 'CDLHIKKAKEMOD',
    candleCount: 4,
    lookback: 10,
    match: (w) => hikkakeValue(w, modifiedBreak),
  },
];
