import type { ChartDetector, ChartFinding, ChartReadings, LevelView } from './chart-readings.ts';

/** A close so far beyond a level breaks it, in ATR. */
const BREAK_ATR = 0.5;
/** A bar that comes so near touches it, in ATR. */
const TOUCH_ATR = 0.25;
/** Bars in which a retest counts. */
const BARS_MAX = 20;
/** Broken levels watched; the oldest gives way. */
const WATCHED_MAX = 8;

/**
 * Retest: a level is closed through by more than half an ATR, and within 20 bars a bar comes back to it and closes on the
 * new side. Once per break; a close that breaks the level back again ends the wait.
 */
export class Retest implements ChartDetector {
  readonly name = 'retest';
  private readonly prices: Float64Array;
  /** Side the market is on since the break; 0 = the place is free. */
  private readonly sides: Int8Array;
  private readonly bars: Float64Array;
  private next: number;
  private lastClose: number;

  constructor() {
    this.prices = new Float64Array(WATCHED_MAX);
    this.sides = new Int8Array(WATCHED_MAX);
    this.bars = new Float64Array(WATCHED_MAX);
    this.next = 0;
    this.lastClose = NaN;
  }

  update(bar: ChartReadings, levels: readonly LevelView[] | null, found: ChartFinding): void {
    const before = this.lastClose;
    this.lastClose = bar.close;
    if (!(bar.atr > 0)) return;
    for (let place = 0; place < WATCHED_MAX; place++) {
      const side = this.sides[place];
      if (side === 0) continue;
      const price = this.prices[place];
      const beyond = side * (bar.close - price);
      const reach = side > 0 ? bar.low - price : price - bar.high;
      const isOver = bar.barCount - this.bars[place] > BARS_MAX || beyond < -BREAK_ATR * bar.atr;
      const isRetest = !isOver && reach <= TOUCH_ATR * bar.atr && beyond > 0;
      if (isOver || isRetest) this.sides[place] = 0;
      if (!isRetest) continue;
      found.direction = side > 0 ? 1 : -1;
      found.price = price;
    }
    if (levels === null || Number.isNaN(before)) return;
    for (const { price } of levels) {
      const side = Math.sign(bar.close - price);
      if (side * (price - before) >= 0 && Math.abs(bar.close - price) > BREAK_ATR * bar.atr)
        this.watch(price, side, bar.barCount);
    }
  }

  reset(): void {
    this.sides.fill(0);
    this.lastClose = NaN;
  }

  private watch(price: number, side: number, barCount: number): void {
    this.prices[this.next] = price;
    this.sides[this.next] = side;
    this.bars[this.next] = barCount;
    this.next = (this.next + 1) % WATCHED_MAX;
  }
}
