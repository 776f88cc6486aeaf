import { ANALYSIS_COUNTER } from '../analysis-counters.ts';
import type { AnalysisDependencies } from '../analysis-dependencies.ts';
import type { CandleFetcher } from '../bars/candle-port.ts';
import { requireTimeframe, type Timeframe } from '../bars/timeframe.ts';
import type { Moment } from '../bias-publisher.ts';
import type { Instrument } from '../../core/instrument.ts';
import { CandleDesk } from './candle-desk.ts';
import type { SymbolDesk } from './symbol-desk.ts';
import type { TakenCandle } from './taken-candle.ts';
import { VENUE_SETTLE_MS, warmStart } from './warm-start.ts';

/** What is needed to ask about the past. */
export type PastDependencies = Pick<
  AnalysisDependencies,
  'counters' | 'history' | 'openFetcher' | 'onFailure'
>;

/** Asks about the past of symbols: their beginning, holes, and whether the seam fits. One thread. */
export class PastDesk {
  private readonly dependencies: PastDependencies;
  private readonly candles: CandleDesk;
  private readonly fetchers: Map<string, CandleFetcher | null>;

  constructor(dependencies: PastDependencies) {
    this.dependencies = dependencies;
    this.fetchers = new Map();
    this.candles = new CandleDesk({
      onFailure: (reason) => {
        dependencies.counters.increment(ANALYSIS_COUNTER.candleFailures);
        dependencies.onFailure(reason);
      },
    });
  }

  get hasAnswers(): boolean {
    return this.candles.hasAnswers;
  }

  /** Hands out answers and sends what is due; returns how many were handed out. */
  poll(nowNs: number): number {
    return this.candles.poll(nowNs);
  }

  close(): void {
    this.candles.close();
    for (const fetcher of this.fetchers.values()) fetcher?.close();
  }

  /** The warm start of a symbol. @param onKnown bars by slot, in order; called once, in the turn of `poll` */
  begin(
    { instrument }: SymbolDesk,
    moment: Moment,
    onKnown: (bars: readonly (readonly TakenCandle[])[]) => void,
  ): void {
    const { counters, history, onFailure } = this.dependencies;
    warmStart(
      {
        venue: instrument.venue,
        symbol: instrument.symbol,
        fetcher: this.fetcherOf(instrument),
        local: history,
        ...moment,
        onDropped: () => counters.increment(ANALYSIS_COUNTER.historiesDropped),
        onFailure,
        onKnown: (bars) => {
          for (const { length } of bars) counters.add(ANALYSIS_COUNTER.historyBars, length);
          onKnown(bars);
        },
      },
      this.candles,
    );
  }

  /** Bars that open in [fromMs, toMs) are missing. */
  askHole(desk: SymbolDesk, timeframe: Timeframe, fromMs: number, toMs: number, nowNs: number): void {
    const { counters } = this.dependencies;
    counters.increment(ANALYSIS_COUNTER.holesAsked);
    this.candles.ask({
      symbol: desk.instrument.symbol,
      timeframe,
      fromMs,
      toMs,
      notBeforeNs: nowNs + VENUE_SETTLE_MS * 1e6,
      fetcher: this.fetcherOf(desk.instrument),
      onAnswer: (candles) => {
        const isWhole = candles !== null && candles.length === (toMs - fromMs) / timeframe.lengthMs;
        if (!isWhole) counters.increment(ANALYSIS_COUNTER.holesLeft);
        desk.bars.series[timeframe.slot].fill(toMs, candles ?? []);
      },
    });
  }

  /** Is the first minute of trades the same at the venue? */
  askSeam(desk: SymbolDesk, openTimeMs: number, nowNs: number): void {
    const minute = requireTimeframe('1m');
    this.candles.ask({
      symbol: desk.instrument.symbol,
      timeframe: minute,
      fromMs: openTimeMs,
      toMs: openTimeMs + minute.lengthMs,
      notBeforeNs: nowNs + VENUE_SETTLE_MS * 1e6,
      fetcher: this.fetcherOf(desk.instrument),
      onAnswer: (candles) => desk.bars.checkSeam(candles?.at(0) ?? null),
    });
  }

  private fetcherOf(instrument: Instrument): CandleFetcher | null {
    const key = `${instrument.venue} ${instrument.lane}`;
    let fetcher = this.fetchers.get(key);
    if (fetcher === undefined) {
      fetcher = this.dependencies.openFetcher(instrument);
      this.fetchers.set(key, fetcher);
    }
    return fetcher;
  }
}
