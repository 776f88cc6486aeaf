// hot path: no allocation after start

/** Candles kept: a power of two, more than the 11 that an average of ten bars before the candle 0 needs. */
const SLOTS = 16;
const MASK = SLOTS - 1;
const LONG_PERIOD = 10;
const NEAR_PERIOD = 5;

/**
 * The last candles of one series with what the rules of candlesticks ask of them. Candles are named by how many bars
 * ago they closed: 0 is the newest. What is long, short, near and so on is measured against the candles before the one
 * in question, with TA-Lib's default settings (analysis.md 6); a flat candle (open = close) counts as white, as there.
 * Every average is summed afresh over its few bars, oldest first, so it does not depend on where the series began.
 * One thread.
 */
export class CandleWindow {
  /** Candles since the start or the last reset. */
  count: number;
  private readonly opens: Float64Array;
  private readonly highs: Float64Array;
  private readonly lows: Float64Array;
  private readonly closes: Float64Array;
  private readonly bodies: Float64Array;
  private readonly ranges: Float64Array;
  private readonly uppers: Float64Array;
  private readonly lowers: Float64Array;
  private readonly meanBodies: Float64Array;
  private readonly meanRanges: Float64Array;
  private readonly meanRanges5: Float64Array;
  private readonly meanShadows: Float64Array;
  private newest: number;

  constructor() {
    this.count = 0;
    this.opens = new Float64Array(SLOTS);
    this.highs = new Float64Array(SLOTS);
    this.lows = new Float64Array(SLOTS);
    this.closes = new Float64Array(SLOTS);
    this.bodies = new Float64Array(SLOTS);
    this.ranges = new Float64Array(SLOTS);
    this.uppers = new Float64Array(SLOTS);
    this.lowers = new Float64Array(SLOTS);
    this.meanBodies = new Float64Array(SLOTS);
    this.meanRanges = new Float64Array(SLOTS);
    this.meanRanges5 = new Float64Array(SLOTS);
    this.meanShadows = new Float64Array(SLOTS);
    this.newest = MASK;
  }

  /** Forgets all candles: the next one does not follow on the last. */
  reset(): void {
    this.count = 0;
  }

  /** Takes the next closed candle. */
  push(open: number, high: number, low: number, close: number): void {
    const at = (this.newest + 1) & MASK;
    this.newest = at;
    this.count++;
    this.opens[at] = open;
    this.highs[at] = high;
    this.lows[at] = low;
    this.closes[at] = close;
    this.bodies[at] = Math.abs(close - open);
    this.ranges[at] = high - low;
    this.uppers[at] = high - (close >= open ? close : open);
    this.lowers[at] = (close >= open ? open : close) - low;
    this.measure(at);
  }

  open(ago: number): number {
    return this.opens[(this.newest - ago) & MASK];
  }

  high(ago: number): number {
    return this.highs[(this.newest - ago) & MASK];
  }

  low(ago: number): number {
    return this.lows[(this.newest - ago) & MASK];
  }

  close(ago: number): number {
    return this.closes[(this.newest - ago) & MASK];
  }

  /** Size of the real body, from 0. */
  body(ago: number): number {
    return this.bodies[(this.newest - ago) & MASK];
  }

  /** High minus low. */
  range(ago: number): number {
    return this.ranges[(this.newest - ago) & MASK];
  }

  upperShadow(ago: number): number {
    return this.uppers[(this.newest - ago) & MASK];
  }

  lowerShadow(ago: number): number {
    return this.lowers[(this.newest - ago) & MASK];
  }

  /** Upper end of the real body. */
  bodyTop(ago: number): number {
    return Math.max(this.open(ago), this.close(ago));
  }

  /** Lower end of the real body. */
  bodyBottom(ago: number): number {
    return Math.min(this.open(ago), this.close(ago));
  }

  /** +1 white (also flat), -1 black. */
  colour(ago: number): number {
    return this.close(ago) >= this.open(ago) ? 1 : -1;
  }

  isWhite(ago: number): boolean {
    return this.close(ago) >= this.open(ago);
  }

  isBlack(ago: number): boolean {
    return this.close(ago) < this.open(ago);
  }

  /** Mean body of the ten candles before: above it a body is long, below it short. */
  meanBody(ago: number): number {
    return this.meanBodies[(this.newest - ago) & MASK];
  }

  isLong(ago: number): boolean {
    return this.body(ago) > this.meanBody(ago);
  }

  isShort(ago: number): boolean {
    return this.body(ago) < this.meanBody(ago);
  }

  /** The largest body of a doji: a tenth of the mean range of the ten candles before. */
  dojiBody(ago: number): number {
    return 0.1 * this.meanRanges[(this.newest - ago) & MASK];
  }

  isDoji(ago: number): boolean {
    return this.body(ago) <= this.dojiBody(ago);
  }

  /** Below this a shadow is very short, above it there is one. */
  tinyShadow(ago: number): number {
    return 0.1 * this.meanRanges[(this.newest - ago) & MASK];
  }

  hasTinyUpper(ago: number): boolean {
    return this.upperShadow(ago) < this.tinyShadow(ago);
  }

  hasTinyLower(ago: number): boolean {
    return this.lowerShadow(ago) < this.tinyShadow(ago);
  }

  /** Half the mean of both shadows together of the ten candles before: below it a shadow is short. */
  shortShadow(ago: number): number {
    return this.meanShadows[(this.newest - ago) & MASK] / 2;
  }

  /** How far two prices may be apart and still be near: a fifth of the mean range of the five candles before. */
  near(ago: number): number {
    return 0.2 * this.meanRanges5[(this.newest - ago) & MASK];
  }

  /** From here on two bodies are of far different size. */
  far(ago: number): number {
    return 0.6 * this.meanRanges5[(this.newest - ago) & MASK];
  }

  /** How far two prices may be apart and still count as equal. */
  equal(ago: number): number {
    return 0.05 * this.meanRanges5[(this.newest - ago) & MASK];
  }

  /** The whole body lies above that of the candle before. */
  bodyGapsUp(ago: number): boolean {
    return this.bodyBottom(ago) > this.bodyTop(ago + 1);
  }

  /** The whole body lies below that of the candle before. */
  bodyGapsDown(ago: number): boolean {
    return this.bodyTop(ago) < this.bodyBottom(ago + 1);
  }

  /** Shadows included, the candle lies above the one before. */
  rangeGapsUp(ago: number): boolean {
    return this.low(ago) > this.high(ago + 1);
  }

  /** Shadows included, the candle lies below the one before. */
  rangeGapsDown(ago: number): boolean {
    return this.high(ago) < this.low(ago + 1);
  }

  /** The means over the candles before the one at `at`; of fewer candles they are never asked for. */
  private measure(at: number): void {
    let bodies = 0;
    let ranges = 0;
    let shadows = 0;
    for (let back = LONG_PERIOD; back > 0; back--) {
      const slot = (at - back) & MASK;
      bodies += this.bodies[slot];
      ranges += this.ranges[slot];
      shadows += this.uppers[slot] + this.lowers[slot];
    }
    let ranges5 = 0;
    for (let back = NEAR_PERIOD; back > 0; back--) ranges5 += this.ranges[(at - back) & MASK];
    this.meanBodies[at] = bodies / LONG_PERIOD;
    this.meanRanges[at] = ranges / LONG_PERIOD;
    this.meanShadows[at] = shadows / LONG_PERIOD;
    this.meanRanges5[at] = ranges5 / NEAR_PERIOD;
  }
}
