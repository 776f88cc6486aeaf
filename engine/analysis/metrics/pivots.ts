import { invariant } from '../../core/assert.ts';

/** Bars on either side of a pivot; it is known this many bars later, and only then. */
export const PIVOT_WING_BARS = 3;
const SPAN = 2 * PIVOT_WING_BARS + 1;

/** The newest pivots of one kind, oldest forgotten first. */
class PivotList {
  /** How many are there. */
  count: number;
  private readonly prices: Float64Array;
  private readonly bars: Float64Array;
  private next: number;

  constructor(capacity: number) {
    this.count = 0;
    this.prices = new Float64Array(capacity);
    this.bars = new Float64Array(capacity);
    this.next = 0;
  }

  push(price: number, bar: number): void {
    this.prices[this.next] = price;
    this.bars[this.next] = bar;
    this.next = this.next + 1 === this.prices.length ? 0 : this.next + 1;
    if (this.count < this.prices.length) this.count++;
  }

  /** Price of the pivot `age` pivots before the newest; NaN when there are not so many. */
  price(age: number): number {
    return age < this.count ? this.prices[this.place(age)] : NaN;
  }

  /** Number of the bar it stands on, counted from 0 since the last reset; NaN when there are not so many. */
  bar(age: number): number {
    return age < this.count ? this.bars[this.place(age)] : NaN;
  }

  reset(): void {
    this.count = 0;
    this.next = 0;
  }

  private place(age: number): number {
    const { length } = this.prices;
    return (this.next - 1 - age + length) % length;
  }
}

/**
 * Finds pivots bar by bar: a pivot high is above the highs of the 3 bars before it and not below those of the 3 bars after
 * it; lows are mirrored. Of the newest `spanBars` bars no pivot is forgotten.
 */
export class PivotFinder {
  readonly highs: PivotList;
  readonly lows: PivotList;
  /** Bars seen since the last reset. */
  barCount: number;
  /** Resets so far. */
  era: number;
  private readonly lastHighs: Float64Array;
  private readonly lastLows: Float64Array;

  constructor(spanBars: number) {
    invariant(spanBars >= SPAN, `pivots are looked for in at least ${SPAN} bars`);
    // Two pivots of a kind are at least a wing and one bar apart.
    const capacity = Math.ceil(spanBars / (PIVOT_WING_BARS + 1)) + 1;
    this.highs = new PivotList(capacity);
    this.lows = new PivotList(capacity);
    this.barCount = 0;
    this.era = 0;
    this.lastHighs = new Float64Array(SPAN);
    this.lastLows = new Float64Array(SPAN);
  }

  update(high: number, low: number): void {
    const { lastHighs, lastLows } = this;
    lastHighs.copyWithin(0, 1);
    lastLows.copyWithin(0, 1);
    lastHighs[SPAN - 1] = high;
    lastLows[SPAN - 1] = low;
    this.barCount++;
    if (this.barCount < SPAN) return;
    const bar = this.barCount - 1 - PIVOT_WING_BARS;
    if (isPivot(lastHighs, 1)) this.highs.push(lastHighs[PIVOT_WING_BARS], bar);
    if (isPivot(lastLows, -1)) this.lows.push(lastLows[PIVOT_WING_BARS], bar);
  }

  reset(): void {
    this.barCount = 0;
    this.era++;
    this.highs.reset();
    this.lows.reset();
  }
}

function isPivot(values: Float64Array, sign: 1 | -1): boolean {
  const middle = sign * values[PIVOT_WING_BARS];
  for (let wing = 1; wing <= PIVOT_WING_BARS; wing++) {
    if (sign * values[PIVOT_WING_BARS - wing] >= middle) return false;
    if (sign * values[PIVOT_WING_BARS + wing] > middle) return false;
  }
  return true;
}
