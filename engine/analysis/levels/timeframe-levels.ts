import type { Timeframe } from '../bars/timeframe.ts';
import type { BarWindow } from '../metrics/bar-window.ts';
import { PIVOT_WING_BARS, type PivotFinder } from '../metrics/pivots.ts';
import type { Level } from './level.ts';
import { PivotMarks } from './pivot-marks.ts';

/** Bars levels are looked for in. */
export const LEVEL_BARS = 200;
/** A weight halves in so many bars. */
const HALF_LIFE_BARS = 100;
/** Weight of a pivot or touch by its age in bars. */
const WEIGHTS = Float64Array.from({ length: LEVEL_BARS }, (_, ago) => 0.5 ** (ago / HALF_LIFE_BARS));
/** Distances in ATR: pivots within the first are one level, a bar within the second touches it, a close beyond the third breaks it. */
const MERGE_ATR = 0.5;
const TOUCH_ATR = 0.25;
const BREAK_ATR = 0.5;

/**
 * Levels of one timeframe from the pivots of its last 200 bars, cheapest first. Pivots are taken by rising price; the next
 * joins the level while it is within half an ATR of the level's weighted mean. The level then lives through the bars in
 * order of time: its oldest pivot says on which side of it the market was (a high: below). From when that pivot was known,
 * a bar that comes within a quarter ATR and closes back on the market's side is a touch, which weighs like a pivot; bars
 * that stay there are the same touch, and so are those around a pivot of the level. A close more than half an ATR beyond
 * puts the market on the other side and halves the weight so far.
 *
 * Where the levels lie is known after `update`; what each has lived through is found when it is asked for. All follows
 * from bars, pivots and ATR at the last update alone. One thread.
 */
export class TimeframeLevels {
  readonly timeframe: Timeframe;
  /** How many levels there are. */
  count: number;
  /** By level, cheapest first. */
  readonly prices: Float64Array;
  /** Raised by each update. */
  version: number;
  private readonly marks: PivotMarks;
  private readonly oldestAgo: Int32Array;
  /** 1: the market was above it. */
  private readonly firstSides: Int8Array;
  /** Level of the pivots that stand on a bar, by its age: a high and a low; -1 = none. */
  private readonly levelOfHigh: Int16Array;
  private readonly levelOfLow: Int16Array;
  private readonly lived: (Level | null)[];
  private bars: BarWindow | null;
  private atr: number;

  constructor(timeframe: Timeframe) {
    this.timeframe = timeframe;
    this.count = 0;
    this.prices = new Float64Array(LEVEL_BARS);
    this.version = 0;
    this.marks = new PivotMarks(LEVEL_BARS);
    this.oldestAgo = new Int32Array(LEVEL_BARS);
    this.firstSides = new Int8Array(LEVEL_BARS);
    this.levelOfHigh = new Int16Array(LEVEL_BARS);
    this.levelOfLow = new Int16Array(LEVEL_BARS);
    this.lived = [];
    this.bars = null;
    this.atr = NaN;
  }

  /** Finds the levels as of the newest bar; the bars must stay as they are until the last `level` is asked for. */
  update(bars: BarWindow, pivots: PivotFinder, atr: number): void {
    const span = Math.min(LEVEL_BARS, bars.count);
    this.version++;
    this.bars = bars;
    this.atr = atr;
    this.marks.update(pivots, pivots.barCount - span);
    this.group(pivots.barCount - 1, MERGE_ATR * atr);
    this.lived.length = this.count;
    this.lived.fill(null);
  }

  /** The level at a place, cheapest first. */
  level(place: number): Level {
    this.lived[place] ??= this.live(place, this.bars!);
    return this.lived[place];
  }

  /** All of them, cheapest first. */
  all(): Level[] {
    return Array.from({ length: this.count }, (_, place) => this.level(place));
  }

  /** Makes levels of the pivots; they have not lived yet. */
  private group(newestBar: number, reach: number): void {
    const { prices: markPrices, bars, isHigh, count } = this.marks;
    this.levelOfHigh.fill(-1);
    this.levelOfLow.fill(-1);
    let level = 0;
    for (let from = 0; from < count; level++) {
      const origin = markPrices[from];
      let oldest = newestBar - bars[from];
      let side = isHigh[from] === 1 ? -1 : 1;
      let weight = WEIGHTS[oldest];
      // Summed as distances, so that equal prices have exactly themselves as mean.
      let away = 0;
      let end = from + 1;
      while (end < count && markPrices[end] - origin - away / weight <= reach) {
        const ago = newestBar - bars[end];
        weight += WEIGHTS[ago];
        away += WEIGHTS[ago] * (markPrices[end] - origin);
        if (ago > oldest) {
          oldest = ago;
          side = isHigh[end] === 1 ? -1 : 1;
        }
        end++;
      }
      for (let mark = from; mark < end; mark++) {
        const levelOf = isHigh[mark] === 1 ? this.levelOfHigh : this.levelOfLow;
        levelOf[newestBar - bars[mark]] = level;
      }
      this.prices[level] = origin + away / weight;
      this.firstSides[level] = side;
      this.oldestAgo[level] = oldest;
      from = end;
    }
    this.count = level;
  }

  private live(place: number, bars: BarWindow): Level {
    const { levelOfHigh, levelOfLow, timeframe } = this;
    // The columns are read where they lie.
    const { end } = bars.closes;
    const highs = bars.highs.values;
    const lows = bars.lows.values;
    const closes = bars.closes.values;
    const price = this.prices[place];
    const oldest = this.oldestAgo[place];
    const knownAgo = oldest - PIVOT_WING_BARS - 1;
    const touchReach = TOUCH_ATR * this.atr;
    const breakReach = BREAK_ATR * this.atr;
    let side = this.firstSides[place];
    let weight = 0;
    let touchCount = 0;
    let newestAgo = oldest;
    // The present stay at the level has been counted.
    let isCounted = false;
    for (let ago = oldest; ago >= 0; ago--) {
      const at = end - ago;
      const isKnown = ago <= knownAgo;
      if (isKnown && side * (price - closes[at]) > breakReach) {
        side = -side;
        weight *= 0.5;
      }
      const isAway = (side > 0 ? lows[at] - price : price - highs[at]) > touchReach;
      const isMember = levelOfHigh[ago] === place || levelOfLow[ago] === place;
      if (isAway) {
        isCounted = false;
        if (!isMember) continue;
      } else if (!isMember && !(isKnown && !isCounted && side * (closes[at] - price) > 0)) continue;
      weight += WEIGHTS[ago];
      touchCount++;
      newestAgo = ago;
      isCounted = true;
    }
    const newestMs = bars.openTimesMs.back(newestAgo) + timeframe.lengthMs;
    return { price, timeframe, weight, touchCount, newestMs };
  }
}
