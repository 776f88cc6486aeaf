import { openTimeOf, type Timeframe } from './timeframe.ts';
import type { ClosedCandle } from './candle.ts';

/** Closed candles of one timeframe as columns, oldest first; all arrays have the same length. */
export interface CandleColumns {
  readonly timeframe: Timeframe;
  readonly openTimesMs: Float64Array;
  readonly opens: Float64Array;
  readonly highs: Float64Array;
  readonly lows: Float64Array;
  readonly closes: Float64Array;
  readonly volumes: Float64Array;
}

/** The candle at `index` as an object. */
export function candleAt(columns: CandleColumns, index: number): ClosedCandle {
  return {
    kind: 'closed',
    openTimeMs: columns.openTimesMs[index],
    open: columns.opens[index],
    high: columns.highs[index],
    low: columns.lows[index],
    close: columns.closes[index],
    volume: columns.volumes[index],
    isComplete: true,
  };
}

/** Bars missing between the first and the last; weeks without trading days count like any other hole. */
export function missingCount({ timeframe, openTimesMs }: CandleColumns): number {
  const { length } = openTimesMs;
  if (length === 0) return 0;
  const span = openTimeOf(timeframe, openTimesMs[length - 1]) - openTimesMs[0];
  return span / timeframe.lengthMs + 1 - length;
}
const START_CAPACITY = 1024;

/** Grows columns candle by candle; nothing is checked here. */
export class CandleColumnsBuilder {
  length: number;
  private times: Float64Array;
  private opens: Float64Array;
  private highs: Float64Array;
  private lows: Float64Array;
  private closes: Float64Array;
  private volumes: Float64Array;

  constructor() {
    this.length = 0;
    this.times = new Float64Array(START_CAPACITY);
    this.opens = new Float64Array(START_CAPACITY);
    this.highs = new Float64Array(START_CAPACITY);
    this.lows = new Float64Array(START_CAPACITY);
    this.closes = new Float64Array(START_CAPACITY);
    this.volumes = new Float64Array(START_CAPACITY);
  }

  add(openTimeMs: number, open: number, high: number, low: number, close: number, volume: number): void {
    if (this.length === this.times.length) this.grow();
    const at = this.length++;
    this.times[at] = openTimeMs;
    this.opens[at] = open;
    this.highs[at] = high;
    this.lows[at] = low;
    this.closes[at] = close;
    this.volumes[at] = volume;
  }

  /** Opening time at `index`; undefined outside. */
  openTimeMsAt(index: number): number {
    return this.times[index];
  }

  /** The columns so far; the builder must not be used afterwards. */
  finish(timeframe: Timeframe): CandleColumns {
    const { length } = this;
    return {
      timeframe,
      openTimesMs: this.times.subarray(0, length),
      opens: this.opens.subarray(0, length),
      highs: this.highs.subarray(0, length),
      lows: this.lows.subarray(0, length),
      closes: this.closes.subarray(0, length),
      volumes: this.volumes.subarray(0, length),
    };
  }

  private grow(): void {
    this.times = doubled(this.times);
    this.opens = doubled(this.opens);
    this.highs = doubled(this.highs);
    this.lows = doubled(this.lows);
    this.closes = doubled(this.closes);
    this.volumes = doubled(this.volumes);
  }
}

function doubled(column: Float64Array): Float64Array {
  const grown = new Float64Array(column.length * 2);
  grown.set(column);
  return grown;
}
