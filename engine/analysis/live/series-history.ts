import type { Timeframe } from '../bars/timeframe.ts';
import type { TakenCandle } from './taken-candle.ts';

/** Bars appended before the kept ones are moved to the front again. */
const SLACK_BARS = 128;
/** Open time, open, high, low, close, volume, bought volume, complete (1) or not. */
const COLUMN_COUNT = 8;

/** Bars of one series as columns, oldest first, all of the same length; structured-cloneable. */
export interface SeriesColumns {
  readonly slot: number;
  /** In the order: open time ms, open, high, low, close, volume, bought volume (NaN = not known), 1 = complete. */
  readonly columns: readonly Float64Array[];
}

/** The bars kept of one symbol and timeframe, oldest forgotten first; they may have gaps. One thread. */
export class SeriesHistory {
  readonly timeframe: Timeframe;
  /** Bars held. */
  count: number;
  /** Bars forgotten since the last clearing. */
  forgottenCount: number;
  private readonly columns: readonly Float64Array[];
  private end: number;

  constructor(timeframe: Timeframe) {
    this.timeframe = timeframe;
    this.count = 0;
    this.forgottenCount = 0;
    const room = timeframe.barsKept + SLACK_BARS;
    this.columns = Array.from({ length: COLUMN_COUNT }, () => new Float64Array(room));
    this.end = 0;
  }

  /** Opening time of the newest bar; NaN = there is none. */
  get lastOpenMs(): number {
    return this.count === 0 ? NaN : this.columns[0][this.end - 1];
  }

  append(bar: TakenCandle): void {
    const { columns } = this;
    if (this.end === columns[0].length) this.moveToFront();
    const at = this.end++;
    columns[0][at] = bar.openTimeMs;
    columns[1][at] = bar.open;
    columns[2][at] = bar.high;
    columns[3][at] = bar.low;
    columns[4][at] = bar.close;
    columns[5][at] = bar.volume;
    columns[6][at] = bar.buyVolume;
    columns[7][at] = bar.isComplete ? 1 : 0;
    if (this.count < this.timeframe.barsKept) this.count++;
    else this.forgottenCount++;
  }

  /** The bar `ago` bars before the newest; null when it is not there. */
  back(ago: number): TakenCandle | null {
    return ago < this.count ? barAt(this.columns, this.end - 1 - ago) : null;
  }

  /** The held bars that open at `fromMs` or later, oldest first. */
  since(fromMs: number): TakenCandle[] {
    const bars: TakenCandle[] = [];
    for (let at = this.end - 1; at >= this.end - this.count && this.columns[0][at] >= fromMs; at--)
      bars.push(barAt(this.columns, at));
    return bars.reverse();
  }

  /** Copies of the held bars' columns. */
  copy(): SeriesColumns {
    const from = this.end - this.count;
    return { slot: this.timeframe.slot, columns: this.columns.map((column) => column.slice(from, this.end)) };
  }

  clear(): void {
    this.count = 0;
    this.forgottenCount = 0;
    this.end = 0;
  }

  private moveToFront(): void {
    const from = this.end - this.count;
    for (const column of this.columns) column.copyWithin(0, from, this.end);
    this.end = this.count;
  }
}

/** The bar at a place of columns in the order of SeriesColumns. */
export function barAt(columns: readonly Float64Array[], at: number): TakenCandle {
  return {
    kind: 'closed',
    openTimeMs: columns[0][at],
    open: columns[1][at],
    high: columns[2][at],
    low: columns[3][at],
    close: columns[4][at],
    volume: columns[5][at],
    buyVolume: columns[6][at],
    isComplete: columns[7][at] === 1,
  };
}
