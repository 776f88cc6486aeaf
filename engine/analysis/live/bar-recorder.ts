import type { CounterBlock } from '../../ipc/counters.ts';
import { ANALYSIS_COUNTER } from '../analysis-counters.ts';
import type { Timeframe } from '../bars/timeframe.ts';
import type { SeriesToStore, StoreBars, StoredBars } from '../store/store-bars.ts';
import type { TakenCandle } from './taken-candle.ts';

/** Bars are handed to the store this often. */
const FLUSH_NS = 60e9;
/** Bars of a series that wait; the oldest give way: they can be had from the venue again. */
const WAITING_MAX = 4_096;

/** Where bars are written. */
export interface BarStoreWriter {
  readonly folder: string;
  /** Its name in the lock of the store. */
  readonly writer: string;
  /** Writes them somewhere else; rejects when it could not. */
  write(bars: StoreBars): Promise<StoredBars>;
  /** Writes them here and now. */
  writeNow(bars: StoreBars): StoredBars;
  close(): Promise<void>;
}

interface Series {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  bars: TakenCandle[];
  /** Those handed over whose fate is not known. */
  underWay: number;
  /** The store knows other bars: it gets no more. */
  isRefused: boolean;
}

/** Keeps closed bars until they are written to the bar store, some at a time. One thread. */
export class BarRecorder {
  private readonly writer: BarStoreWriter;
  private readonly counters: CounterBlock;
  private readonly onFailure: (reason: string) => void;
  private readonly series: Map<string, Series>;
  private nextFlushNs: number;
  /** The write under way; null = there is none. */
  private writing: Promise<void> | null;

  constructor(writer: BarStoreWriter, counters: CounterBlock, onFailure: (reason: string) => void) {
    this.writer = writer;
    this.counters = counters;
    this.onFailure = onFailure;
    this.series = new Map();
    this.nextFlushNs = 0;
    this.writing = null;
  }

  /** @param symbol its name in the store */
  add(symbol: string, timeframe: Timeframe, bar: TakenCandle): void {
    if (!bar.isComplete) return;
    const key = `${timeframe.name} ${symbol}`;
    let series = this.series.get(key);
    if (series === undefined) {
      series = { symbol, timeframe, bars: [], underWay: 0, isRefused: false };
      this.series.set(key, series);
    }
    if (series.isRefused) return;
    series.bars.push(bar);
    if (series.bars.length > WAITING_MAX && series.underWay === 0) series.bars.shift();
  }

  /** Forgets what waits of a symbol: it is not its market's. */
  forget(symbol: string): void {
    for (const series of this.series.values())
      if (series.symbol === symbol) series.bars.length = series.underWay;
  }

  poll(nowNs: number): void {
    if (this.writing !== null || nowNs < this.nextFlushNs) return;
    this.nextFlushNs = nowNs + FLUSH_NS;
    const waiting = this.waiting();
    if (waiting.length === 0) return;
    for (const series of waiting) series.underWay = series.bars.length;
    this.writing = this.writer.write(this.toStore(waiting)).then(
      (stored) => this.written(waiting, stored),
      (error: unknown) => this.failed(waiting, error),
    );
  }

  /** Writes what waits, and ends. */
  async close(): Promise<void> {
    await this.writing;
    const waiting = this.waiting();
    if (waiting.length > 0) {
      for (const series of waiting) series.underWay = series.bars.length;
      try {
        this.written(waiting, this.writer.writeNow(this.toStore(waiting)));
      } catch (error) {
        this.failed(waiting, error);
      }
    }
    await this.writer.close();
  }

  private waiting(): Series[] {
    return [...this.series.values()].filter(({ bars, isRefused }) => bars.length > 0 && !isRefused);
  }

  private toStore(waiting: readonly Series[]): StoreBars {
    return { folder: this.writer.folder, writer: this.writer.writer, series: waiting.map(columnsOf) };
  }

  private written(waiting: readonly Series[], { added, conflicts }: StoredBars): void {
    this.writing = null;
    this.counters.add(ANALYSIS_COUNTER.barsStored, added);
    for (const series of waiting) {
      series.bars.splice(0, series.underWay);
      series.underWay = 0;
      const conflict = conflicts.find(
        ({ symbol, slot }) => symbol === series.symbol && slot === series.timeframe.slot,
      );
      if (conflict === undefined) continue;
      series.isRefused = true;
      series.bars = [];
      this.counters.increment(ANALYSIS_COUNTER.storeFailures);
      this.onFailure(conflict.message);
    }
  }

  /** They are written next time. */
  private failed(waiting: readonly Series[], error: unknown): void {
    this.writing = null;
    for (const series of waiting) series.underWay = 0;
    this.counters.increment(ANALYSIS_COUNTER.storeFailures);
    this.onFailure(error instanceof Error ? error.message : String(error));
  }
}

function columnsOf({ symbol, timeframe, bars }: Series): SeriesToStore {
  const column = (valueOf: (bar: TakenCandle) => number): Float64Array => Float64Array.from(bars, valueOf);
  return {
    symbol,
    slot: timeframe.slot,
    openTimesMs: column(({ openTimeMs }) => openTimeMs),
    opens: column(({ open }) => open),
    highs: column(({ high }) => high),
    lows: column(({ low }) => low),
    closes: column(({ close }) => close),
    volumes: column(({ volume }) => volume),
  };
}
