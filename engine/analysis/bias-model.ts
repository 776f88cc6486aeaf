/**
 * The bias as a pure function of bars: EMA trend per timeframe, weighted. No clock, no memory of its own, so a pool task,
 * a test and a replay get the same answer from the same bars.
 *
 * Trend of one timeframe, -100..100: with F and S the fast and slow EMA of the closes (alpha 2 / (n + 1), seeded with the
 * simple average of the first n closes, the usual convention) and m the mean absolute close-to-close change over the
 * last `slow` bars,
 *   trend = clamp(TREND_GAIN * 100 * (F - S) / (m * (slow - fast) / 2), -100, 100)
 * An EMA lags a steady slope by (n - 1) / 2 bars, so without the gain a market that goes the same way by the same amount
 * every bar would score exactly 100, whatever its price or volatility, and a random walk would have a standard deviation
 * of 20. The gain of 1.5 sets the classes of signals.md by that: "strong" (60) is two deviations of a random walk.
 *
 * The forming bar counts as a bar that has run for `formingFraction` of its time: its close moves both EMAs by
 * alpha * formingFraction. It never enters m, the key levels or the count of closed bars.
 *
 * Bias = weighted mean of the trends of the timeframes that have a view. A timeframe has one from `slow` closed bars on,
 * and only if the price moved at all (m > 0). The bias exists only when timeframes with a view carry at least
 * `coverageMin` of all the weight; below that the answer is null, "no view", never 0.
 */

/** Bars of one timeframe, oldest first; prices in ticks, volume in lots. All arrays have the same length. */
export interface TimeframeBars {
  /** Place in BIAS_TIMEFRAMES. */
  readonly slot: number;
  readonly weight: number;
  readonly highs: Float64Array;
  readonly lows: Float64Array;
  readonly closes: Float64Array;
  readonly volumes: Float64Array;
  /** Last price of the bar that is still open; NaN = there is none. */
  readonly formingClose: number;
  /** How much of its time the open bar has run, 0..1. */
  readonly formingFraction: number;
}

/** Periods in bars, 1 <= fast < slow. */
export interface BiasModelConfig {
  readonly fastPeriod: number;
  readonly slowPeriod: number;
  /** Share of all weight that must have a view, 0..1. */
  readonly coverageMin: number;
}

/** What a pool task gets: one instrument, every configured timeframe. Structured-cloneable. */
export interface BiasTask {
  readonly instrumentIndex: number;
  readonly slotCount: number;
  readonly config: BiasModelConfig;
  readonly timeframes: readonly TimeframeBars[];
}

/** A bias; key levels in ticks, NaN = none found. Matches BiasContent of bias-frame.ts. */
export interface Bias {
  readonly value: number;
  readonly supportTicks: number;
  readonly resistanceTicks: number;
  readonly pocTicks: number;
  readonly trends: Float64Array;
}

/** See the head of this file. */
const TREND_GAIN = 1.5;
/** Bars on each side that a swing high (low) must stand above (below). */
const PIVOT_WING_BARS = 2;
/** Price buckets of the volume profile that finds the point of control. */
const PROFILE_BUCKETS = 64;
/** Bars key levels are looked for in: older levels are forgotten. */
const LEVEL_BARS_MAX = 120;

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

/**
 * EMA after the last of `closes`, seeded with the simple average of the first `period`; NaN with fewer closes. A forming
 * close other than NaN moves it by `formingFraction` of a whole bar's step.
 */
export function emaOf(
  closes: ArrayLike<number>,
  period: number,
  formingClose: number,
  formingFraction: number,
): number {
  if (closes.length < period) return NaN;
  let ema = 0;
  for (let index = 0; index < period; index++) ema += closes[index];
  ema /= period;
  const alpha = 2 / (period + 1);
  for (let index = period; index < closes.length; index++) ema += alpha * (closes[index] - ema);
  if (Number.isNaN(formingClose)) return ema;
  return ema + alpha * clamp(formingFraction, 0, 1) * (formingClose - ema);
}

/** Trend of one timeframe, -100..100; NaN = no view (see the head of this file). */
export function trendOf(bars: TimeframeBars, config: BiasModelConfig): number {
  const { closes, formingClose, formingFraction } = bars;
  const { fastPeriod, slowPeriod } = config;
  if (closes.length < slowPeriod) return NaN;
  let moved = 0;
  const steps = Math.min(slowPeriod, closes.length - 1);
  for (let index = closes.length - steps; index < closes.length; index++) {
    moved += Math.abs(closes[index] - closes[index - 1]);
  }
  if (steps === 0 || moved === 0) return NaN;
  const fast = emaOf(closes, fastPeriod, formingClose, formingFraction);
  const slow = emaOf(closes, slowPeriod, formingClose, formingFraction);
  const fullTrend = ((moved / steps) * (slowPeriod - fastPeriod)) / 2;
  return clamp((TREND_GAIN * 100 * (fast - slow)) / fullTrend, -100, 100);
}

/** The bias of an instrument, or null when there is too little history for a view. */
export function computeBias(task: BiasTask): Bias | null {
  const trends = new Float64Array(task.slotCount).fill(NaN);
  let weightOfAll = 0;
  let weightSeen = 0;
  let weighted = 0;
  let heaviest: TimeframeBars | null = null;
  for (const bars of task.timeframes) {
    weightOfAll += bars.weight;
    const trend = trendOf(bars, task.config);
    trends[bars.slot] = trend;
    if (Number.isNaN(trend) || bars.weight === 0) continue;
    weightSeen += bars.weight;
    weighted += bars.weight * trend;
    if (heaviest === null || bars.weight > heaviest.weight) heaviest = bars;
  }
  if (heaviest === null || weightSeen < task.config.coverageMin * weightOfAll) return null;
  const price = Number.isNaN(heaviest.formingClose)
    ? heaviest.closes[heaviest.closes.length - 1]
    : heaviest.formingClose;
  return {
    value: clamp(weighted / weightSeen, -100, 100),
    supportTicks: nearestPivot(heaviest.lows, price, -1),
    resistanceTicks: nearestPivot(heaviest.highs, price, 1),
    pocTicks: pointOfControl(heaviest),
    trends,
  };
}

/**
 * The swing low below (direction -1) or swing high above (direction 1) `price` that is nearest to it, among the last
 * LEVEL_BARS_MAX closed bars; NaN = none. A swing extreme stands beyond the PIVOT_WING_BARS bars on either side.
 */
export function nearestPivot(extremes: ArrayLike<number>, price: number, direction: 1 | -1): number {
  let nearest = NaN;
  const from = Math.max(PIVOT_WING_BARS, extremes.length - LEVEL_BARS_MAX);
  for (let index = from; index < extremes.length - PIVOT_WING_BARS; index++) {
    const level = extremes[index];
    if ((level - price) * direction <= 0) continue;
    let isPivot = true;
    for (let wing = 1; wing <= PIVOT_WING_BARS && isPivot; wing++) {
      isPivot =
        (level - extremes[index - wing]) * direction > 0 && (level - extremes[index + wing]) * direction > 0;
    }
    if (isPivot && !(Math.abs(level - price) >= Math.abs(nearest - price))) nearest = level;
  }
  return nearest;
}

/**
 * Price that most volume traded at over the last LEVEL_BARS_MAX closed bars, in whole ticks: each bar's volume is spread
 * evenly over the buckets its range touches. The lower bucket wins a tie. NaN = no volume.
 */
export function pointOfControl(bars: TimeframeBars): number {
  const { highs, lows, volumes } = bars;
  const from = Math.max(0, highs.length - LEVEL_BARS_MAX);
  let bottom = Infinity;
  let top = -Infinity;
  for (let index = from; index < highs.length; index++) {
    if (lows[index] < bottom) bottom = lows[index];
    if (highs[index] > top) top = highs[index];
  }
  if (!(top >= bottom)) return NaN;
  const bucketTicks = Math.max(1, (top - bottom) / PROFILE_BUCKETS);
  const profile = new Float64Array(PROFILE_BUCKETS + 1);
  for (let index = from; index < highs.length; index++) {
    const first = Math.floor((lows[index] - bottom) / bucketTicks);
    const last = Math.floor((highs[index] - bottom) / bucketTicks);
    const share = volumes[index] / (last - first + 1);
    for (let bucket = first; bucket <= last; bucket++) profile[bucket] += share;
  }
  let best = 0;
  for (let bucket = 1; bucket < profile.length; bucket++) if (profile[bucket] > profile[best]) best = bucket;
  return profile[best] > 0 ? Math.round(Math.min(top, bottom + (best + 0.5) * bucketTicks)) : NaN;
}
