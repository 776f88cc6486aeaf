import type { Timeframe } from '../bars/timeframe.ts';
import type { TakenCandle } from './taken-candle.ts';

/** Bars appended before the kept ones are moved to the front again. */
const SLACK_BARS = 64;
const MINUTE_MS = 60_000;

/** Bars of one series as columns, oldest first, all of the same length; structured-cloneable. */
export interface SeriesColumns {
  readonly slot: number;
  /** In the order: open time ms, open, high, low, close, volume, bought volume (NaN = not known), 1 = complete. */
  readonly columns: readonly Float64Array[];
}

/**
 * The bars kept of one symbol and timeframe, oldest forgotten first; they may have gaps. Opening times are kept as minutes in
 * four bytes, and whether a bar is complete in one: there are half a million bars of 64 symbols. One thread.
 */
export class SeriesHistory {
  readonly timeframe: Timeframe;
  /** Bars held. */
  count: number;
  /** Bars forgotten since the last clearing. */
  forgottenCount: number;
  private readonly openMinutes: Int32Array;
  private readonly opens: Float64Array;
  private readonly highs: Float64Array;
  private readonly lows: Float64Array;
  private readonly closes: Float64Array;
  private readonly volumes: Float64Array;
  private readonly buyVolumes: Float64Array;
  private readonly complete: Uint8Array;
  private end: number;

  constructor(timeframe: Timeframe) {
    this.timeframe = timeframe;
    this.count = 0;
    this.forgottenCount = 0;
    const room = timeframe.barsKept + SLACK_BARS;
    this.openMinutes = new Int32Array(room);
    this.opens = new Float64Array(room);
    this.highs = new Float64Array(room);
    this.lows = new Float64Array(room);
    this.closes = new Float64Array(room);
    this.volumes = new Float64Array(room);
    this.buyVolumes = new Float64Array(room);
    this.complete = new Uint8Array(room);
    this.end = 0;
  }

  /** Opening time of the newest bar; NaN = there is none. */
  get lastOpenMs(): number {
    return this.count === 0 ? NaN : this.openTimeAt(this.end - 1);
  }

  append(bar: TakenCandle): void {
    if (this.end === this.opens.length) this.moveToFront();
    const at = this.end++;
    this.openMinutes[at] = bar.openTimeMs / MINUTE_MS;
    this.opens[at] = bar.open;
    this.highs[at] = bar.high;
    this.lows[at] = bar.low;
    this.closes[at] = bar.close;
    this.volumes[at] = bar.volume;
    this.buyVolumes[at] = bar.buyVolume;
    this.complete[at] = bar.isComplete ? 1 : 0;
    if (this.count < this.timeframe.barsKept) this.count++;
    else this.forgottenCount++;
  }

  /** The bar `ago` bars before the newest; null when it is not there. */
  back(ago: number): TakenCandle | null {
    return ago < this.count ? this.at(this.end - 1 - ago) : null;
  }

  /** The held bars that open at `fromMs` or later, oldest first. */
  since(fromMs: number): TakenCandle[] {
    const bars: TakenCandle[] = [];
    for (let at = this.end - 1; at >= this.end - this.count && this.openTimeAt(at) >= fromMs; at--)
      bars.push(this.at(at));
    return bars.reverse();
  }

  /** Copies of the held bars' columns. */
  copy(): SeriesColumns {
    const from = this.end - this.count;
    const { opens, highs, lows, closes, volumes, buyVolumes } = this;
    return {
      slot: this.timeframe.slot,
      columns: [
        Float64Array.from({ length: this.count }, (_, at) => this.openTimeAt(from + at)),
        ...[opens, highs, lows, closes, volumes, buyVolumes].map((column) => column.slice(from, this.end)),
        Float64Array.from(this.complete.subarray(from, this.end)),
      ],
    };
  }

  clear(): void {
    this.count = 0;
    this.forgottenCount = 0;
    this.end = 0;
  }

  private moveToFront(): void {
    const from = this.end - this.count;
    const { openMinutes, opens, highs, lows, closes, volumes, buyVolumes, complete } = this;
    for (const column of [openMinutes, opens, highs, lows, closes, volumes, buyVolumes, complete])
      column.copyWithin(0, from, this.end);
    this.end = this.count;
  }

  private openTimeAt(at: number): number {
    return this.openMinutes[at] * MINUTE_MS;
  }

  private at(at: number): TakenCandle {
    return {
      kind: 'closed',
      openTimeMs: this.openTimeAt(at),
      open: this.opens[at],
      high: this.highs[at],
      low: this.lows[at],
      close: this.closes[at],
      volume: this.volumes[at],
      buyVolume: this.buyVolumes[at],
      isComplete: this.complete[at] === 1,
    };
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
