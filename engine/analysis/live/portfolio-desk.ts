import type { Instrument } from '../../core/instrument.ts';
import { ANALYSIS_COUNTER } from '../analysis-counters.ts';
import type { AnalysisDependencies } from '../analysis-dependencies.ts';
import { requireTimeframe, type Timeframe, TIMEFRAMES } from '../bars/timeframe.ts';
import { type Anomaly, AnomalyWatch } from '../portfolio/anomalies.ts';
import type { TakenCandle } from './taken-candle.ts';

const [MINUTE] = TIMEFRAMES;
const HOUR = requireTimeframe('1h');
/** A minute that closed longer ago says nothing of the book as it is now. */
const FRESH_MS = 10_000;

/** What the desk works with. */
export type PortfolioDependencies = Pick<AnalysisDependencies, 'portfolio' | 'liveOf' | 'counters'>;

/** Hands hourly closes to other threads and looks for anomalies. One thread. */
export class PortfolioDesk {
  private readonly dependencies: PortfolioDependencies;
  private readonly watches: Map<number, AnomalyWatch>;

  constructor(dependencies: PortfolioDependencies) {
    this.dependencies = dependencies;
    this.watches = new Map();
  }

  /** What is known of a symbol from before the start, by slot: compared with, not told. */
  begin({ index }: Instrument, bars: readonly (readonly TakenCandle[])[]): void {
    const { portfolio } = this.dependencies;
    if (portfolio === null) return;
    portfolio.addHours(index, bars[HOUR.slot] ?? []);
    const watch = this.watchOf(index);
    for (const { openTimeMs, close, volume } of bars[MINUTE.slot] ?? [])
      watch.minute(openTimeMs, close, volume);
  }

  /** The next closed bar of any timeframe. @param nowMs the venue's time */
  take(instrument: Instrument, timeframe: Timeframe, bar: TakenCandle, nowMs: number, nowNs: number): void {
    const { portfolio, liveOf } = this.dependencies;
    const { index } = instrument;
    if (portfolio === null) return;
    if (timeframe === HOUR) portfolio.addHours(index, [bar]);
    if (timeframe !== MINUTE || !bar.isComplete) return;
    const watch = this.watchOf(index);
    this.tell(index, watch.minute(bar.openTimeMs, bar.close, bar.volume));
    const closeMs = bar.openTimeMs + MINUTE.lengthMs;
    if (nowMs - closeMs > FRESH_MS) return;
    const liquidity = liveOf?.(instrument, nowNs).liquidity ?? null;
    if (liquidity !== null) this.tell(index, watch.book(closeMs, liquidity.spreadBps, liquidity.ageMs));
  }

  /** What was known of a symbol was of another market. */
  forget({ index }: Instrument): void {
    this.dependencies.portfolio?.forget(index);
    this.watches.delete(index);
  }

  private tell(index: number, anomalies: readonly Anomaly[]): void {
    const { portfolio, counters } = this.dependencies;
    for (const anomaly of anomalies) {
      counters.increment(ANALYSIS_COUNTER.anomalies);
      portfolio?.addAnomaly(index, anomaly);
    }
  }

  private watchOf(index: number): AnomalyWatch {
    let watch = this.watches.get(index);
    if (watch === undefined) {
      watch = new AnomalyWatch();
      this.watches.set(index, watch);
    }
    return watch;
  }
}
