import type { Timeframe } from '../../../engine/analysis/bars/timeframe.ts';
import type { BarWindow } from '../../../engine/analysis/metrics/bar-window.ts';
import { PIVOT_WING_BARS, type PivotFinder } from '../../../engine/analysis/metrics/pivots.ts';
import type { Level } from '../../../engine/analysis/levels/level.ts';

/** Bars levels are looked for in. */
const LEVEL_BARS = 200;
/** A weight halves in so many bars. */
const HALF_LIFE_BARS = 100;
/** Weight of a pivot or touch by its age in bars. */
const WEIGHTS = Float64Array.from({ length: LEVEL_BARS }, (_, ago) => 0.5 ** (ago / HALF_LIFE_BARS));
/** Distances in ATR: pivots within the first are one level, a bar within the second touches it, a close beyond the third breaks it. */
const MERGE_ATR = 0.5;
const TOUCH_ATR = 0.25;
const BREAK_ATR = 0.5;

interface PivotMark {
  readonly price: number;
  /** Bars before the newest. */
  readonly ago: number;
  readonly isHigh: boolean;
}

/** The levels of a timeframe as they are defined: every level is walked through every bar. */
export function naiveLevels(
  timeframe: Timeframe,
  bars: BarWindow,
  pivots: PivotFinder,
  atr: number,
): Level[] {
  const marks = marksOf(pivots, Math.min(LEVEL_BARS, bars.count));
  const levels: Level[] = [];
  for (let from = 0; from < marks.length;) {
    const origin = marks[from].price;
    let weight = WEIGHTS[marks[from].ago];
    // Summed as distances, so that equal prices have exactly themselves as mean.
    let away = 0;
    let end = from + 1;
    while (end < marks.length && marks[end].price - origin - away / weight <= MERGE_ATR * atr) {
      weight += WEIGHTS[marks[end].ago];
      away += WEIGHTS[marks[end].ago] * (marks[end].price - origin);
      end++;
    }
    levels.push(livedLevel(timeframe, bars, marks.slice(from, end), origin + away / weight, atr));
    from = end;
  }
  return levels;
}

/** Pivots of the last `span` bars by rising price, older first where equal. */
function marksOf({ highs, lows, barCount }: PivotFinder, span: number): PivotMark[] {
  const marks: PivotMark[] = [];
  for (const list of [highs, lows]) {
    for (let age = 0; age < list.count; age++) {
      const ago = barCount - 1 - list.bar(age);
      if (ago < span) marks.push({ price: list.price(age), ago, isHigh: list === highs });
    }
  }
  return marks.sort((a, b) => a.price - b.price || b.ago - a.ago);
}

function livedLevel(
  timeframe: Timeframe,
  bars: BarWindow,
  members: PivotMark[],
  price: number,
  atr: number,
): Level {
  members.sort((a, b) => b.ago - a.ago);
  const [oldest] = members;
  // Every bar is walked for every level: the columns are read where they lie.
  const { end } = bars.closes;
  const highs = bars.highs.values;
  const lows = bars.lows.values;
  const closes = bars.closes.values;
  /** 1: the market is above it. */
  let side = oldest.isHigh ? -1 : 1;
  let weight = 0;
  let touchCount = 0;
  let newestAgo = oldest.ago;
  let next = 1;
  let nextAgo = oldest.ago;
  // The present stay at the level has been counted.
  let isCounted = false;
  const knownAt = end - oldest.ago + PIVOT_WING_BARS + 1;
  const touchReach = TOUCH_ATR * atr;
  const breakReach = BREAK_ATR * atr;
  for (let at = end - oldest.ago; at <= end; at++) {
    const isMember = end - at === nextAgo;
    // A bar can be a pivot high and low of the same level at once.
    while (end - at === nextAgo) nextAgo = next < members.length ? members[next++].ago : -1;
    const isKnown = at >= knownAt;
    if (isKnown && side * (price - closes[at]) > breakReach) {
      side = -side;
      weight *= 0.5;
    }
    const isAway = (side > 0 ? lows[at] - price : price - highs[at]) > touchReach;
    if (isAway) isCounted = false;
    const isTouch = isKnown && !isAway && !isCounted && side * (closes[at] - price) > 0;
    if (!isMember && !isTouch) continue;
    weight += WEIGHTS[end - at];
    touchCount++;
    newestAgo = end - at;
    isCounted = true;
  }
  const newestMs = bars.openTimesMs.back(newestAgo) + timeframe.lengthMs;
  return { price, timeframe, weight, touchCount, newestMs };
}
