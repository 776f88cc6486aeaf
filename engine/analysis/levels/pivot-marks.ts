import type { PivotFinder } from '../metrics/pivots.ts';

/** Pivots of one timeframe's last bars by rising price, older first where equal; kept up to date pivot by pivot. */
export class PivotMarks {
  count: number;
  readonly prices: Float64Array;
  /** Number of the pivot's bar, counted from 0 since the last gap. */
  readonly bars: Float64Array;
  /** 1: a high, 0: a low. */
  readonly isHigh: Uint8Array;
  private seenBar: number;
  private era: number;

  /** @param span bars that pivots are taken from */
  constructor(span: number) {
    this.count = 0;
    this.prices = new Float64Array(span);
    this.bars = new Float64Array(span);
    this.isHigh = new Uint8Array(span);
    this.seenBar = -1;
    this.era = 0;
  }

  /** Takes in the pivots that came since, and drops those that stand before bar `fromBar`. */
  update({ highs, lows, era }: PivotFinder, fromBar: number): void {
    // Bars are counted from a gap anew.
    if (era !== this.era) {
      this.era = era;
      this.count = 0;
      this.seenBar = -1;
    }
    this.dropBefore(fromBar);
    let newest = this.seenBar;
    for (const list of [highs, lows]) {
      for (let age = 0; age < list.count; age++) {
        const bar = list.bar(age);
        if (bar <= this.seenBar || bar < fromBar) break;
        this.insert(list.price(age), bar, list === highs ? 1 : 0);
        if (bar > newest) newest = bar;
      }
    }
    this.seenBar = newest;
  }

  private dropBefore(fromBar: number): void {
    const { prices, bars, isHigh, count } = this;
    let kept = 0;
    for (let index = 0; index < count; index++) {
      if (bars[index] < fromBar) continue;
      if (kept !== index) {
        prices[kept] = prices[index];
        bars[kept] = bars[index];
        isHigh[kept] = isHigh[index];
      }
      kept++;
    }
    this.count = kept;
  }

  private insert(price: number, bar: number, high: number): void {
    const { prices, bars, isHigh } = this;
    let at = this.count;
    // Of one bar the high stands before the low.
    while (at > 0 && isAfter(prices[at - 1], bars[at - 1], isHigh[at - 1], price, bar, high)) {
      prices[at] = prices[at - 1];
      bars[at] = bars[at - 1];
      isHigh[at] = isHigh[at - 1];
      at--;
    }
    prices[at] = price;
    bars[at] = bar;
    isHigh[at] = high;
    this.count++;
  }
}

function isAfter(
  price: number,
  bar: number,
  high: number,
  otherPrice: number,
  otherBar: number,
  otherHigh: number,
): boolean {
  if (price !== otherPrice) return price > otherPrice;
  return bar === otherBar ? high < otherHigh : bar > otherBar;
}
