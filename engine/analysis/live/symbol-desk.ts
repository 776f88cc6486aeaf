import type { Instrument } from '../../core/instrument.ts';
import { ticksToPrice, tickSizeText } from '../../core/instrument.ts';
import { requireTimeframe, type Timeframe, TIMEFRAMES } from '../bars/timeframe.ts';
import type { PublishedBias } from '../report/bias.ts';
import { DayDelta } from './day-delta.ts';
import { SymbolBars, type SymbolBarsListener } from './symbol-bars.ts';
import { packBar } from './symbol-state.ts';
import { type PackedBars, PACKED_NUMBERS, type SymbolSeed } from './symbol-task.ts';
import type { TakenCandle } from './taken-candle.ts';

/** Bars that wait for the pool; beyond that everything is analysed anew from the bars kept. */
const WAITING_BARS_MAX = 1_024;
const RETRY_NS = 1e9;
const RETRY_MAX_NS = 300e9;
/** Its close makes a report; between two, frames are only refreshed. */
const REPORT_TIMEFRAME = requireTimeframe('4h');

/** What the actor keeps of one symbol. One thread. */
export class SymbolDesk {
  readonly instrument: Instrument;
  readonly bars: SymbolBars;
  readonly delta: DayDelta;
  /** Timeframes that are analysed, shortest first; none = the symbol is not. */
  timeframes: readonly Timeframe[];
  /** By slot: newest close of what the last task was told; NaN = none. */
  readonly sentCloseMs: Float64Array;
  /** Raised whenever the analysis must begin anew; answers of an older one are not used. */
  generation: number;
  /** The next task brings all bars. */
  needsSeed: boolean;
  /** What was known from before the start has come. */
  isBegun: boolean;
  /** A bar of the timeframe of reports has closed since the last one. */
  isReportDue: boolean;
  /** Somebody waits for a whole report. */
  wantsReport: boolean;
  bias: PublishedBias | null;
  /** Failures in a row; it is not tried before `retryNs`. */
  failures: number;
  retryNs: number;
  private waiting: PackedBars;
  private waitingCount: number;

  constructor(instrument: Instrument, timeframes: readonly Timeframe[], listener: SymbolBarsListener) {
    this.instrument = instrument;
    this.delta = new DayDelta();
    this.bars = new SymbolBars(instrument, listener);
    this.timeframes = timeframes;
    this.sentCloseMs = new Float64Array(TIMEFRAMES.length).fill(NaN);
    this.generation = 1;
    this.needsSeed = true;
    this.isBegun = false;
    this.isReportDue = true;
    this.wantsReport = false;
    this.bias = null;
    this.failures = 0;
    this.retryNs = 0;
    this.waiting = new Float64Array(PACKED_NUMBERS);
    this.waitingCount = 0;
  }

  /** The shortest timeframe that is analysed. */
  get finest(): Timeframe {
    return this.timeframes[0];
  }

  /** The newest close of a timeframe, ms since the epoch; NaN = none is known. */
  closeMsOf({ slot, lengthMs }: Timeframe): number {
    const { count, lastOpenMs } = this.bars.histories[slot];
    return count === 0 ? NaN : lastOpenMs + lengthMs;
  }

  /** Analyses other timeframes from now on. */
  choose(timeframes: readonly Timeframe[]): void {
    this.timeframes = timeframes.toSorted((a, b) => a.slot - b.slot);
    this.bias = null;
    this.isReportDue = true;
    this.beginAnew();
  }

  /** A bar for the next task. */
  keep(timeframe: Timeframe, bar: TakenCandle): void {
    if (timeframe.slot === this.reportSlot) this.isReportDue = true;
    // A seed has it.
    if (this.needsSeed) return;
    if (this.waitingCount === WAITING_BARS_MAX) {
      this.beginAnew();
      return;
    }
    if (this.waitingCount * PACKED_NUMBERS === this.waiting.length) {
      const grown = new Float64Array(this.waiting.length * 2);
      grown.set(this.waiting);
      this.waiting = grown;
    }
    packBar(this.waiting, this.waitingCount++, timeframe.slot, bar);
  }

  /** The bars that wait; they are the caller's. */
  takeWaiting(): PackedBars {
    for (const timeframe of this.timeframes) this.sentCloseMs[timeframe.slot] = this.closeMsOf(timeframe);
    const taken = this.waiting.slice(0, this.waitingCount * PACKED_NUMBERS);
    this.waitingCount = 0;
    return taken;
  }

  /** The next task makes the analysis anew from the bars kept. */
  beginAnew(): void {
    this.generation++;
    this.needsSeed = true;
    this.waitingCount = 0;
  }

  /** It failed: it begins anew, later each time. */
  noteFailure(nowNs: number): void {
    this.failures++;
    this.retryNs = nowNs + Math.min(RETRY_MAX_NS, RETRY_NS * 2 ** (this.failures - 1));
    this.beginAnew();
    this.isReportDue = true;
  }

  /** The timeframe whose closes make reports: 4h, or else the longest. */
  private get reportSlot(): number {
    const { timeframes } = this;
    return timeframes.includes(REPORT_TIMEFRAME) ? REPORT_TIMEFRAME.slot : timeframes.at(-1)!.slot;
  }

  price(ticks: number): number {
    return Number(ticksToPrice(this.instrument, ticks));
  }

  seed(feeBps: number): SymbolSeed {
    return {
      symbol: this.instrument.symbol,
      tick: Number(tickSizeText(this.instrument)),
      feeBps,
      series: this.bars.copy(this.timeframes.map(({ slot }) => slot)),
    };
  }
}
