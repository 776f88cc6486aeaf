import type { Instrument } from '../core/instrument.ts';
import { POLL_LIMIT } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { RecordHandler, RecordView, RingMonitor, Subscription } from '../ipc/ring.ts';
import { TRADE_TICK, TradeTick } from '../messages/codecs.ts';
import type { Actor } from '../runtime/actor.ts';
import type { ClosedBar } from './bars.ts';
import type { BiasTimeframe, BiasWriter } from './bias-frame.ts';
import type { Bias } from './bias-model.ts';
import type { BiasPool } from './bias-pool.ts';
import { ANALYSIS_COUNTER } from './analysis-counters.ts';
import { InstrumentAnalysis } from './instrument-analysis.ts';
import type { WatchedTimeframe } from './instrument-analysis.ts';

/** How the slow path works. */
export interface AnalysisConfig {
  readonly timeframes: readonly WatchedTimeframe[];
  /** EMA periods in bars, fast below slow. A timeframe has no view before `slow` closed bars. */
  readonly emaPeriods: { readonly fast: number; readonly slow: number };
  /** Share of all weight that timeframes with a view must carry before there is a bias, 0..1. */
  readonly coverageMin: number;
  /** A frame holds this long after the data it was made of. */
  readonly biasTtlMs: number;
  /** Besides each bar close, instruments with new trades are analysed this often with their forming bars. */
  readonly refreshMs: number;
  /** An analysis that takes longer is ended. */
  readonly taskTimeoutMs: number;
}

/** Bars from before the start, for a view from the first minute on. */
export interface SeedBars {
  readonly instrumentIndex: number;
  readonly timeframe: BiasTimeframe;
  /** Oldest first. */
  readonly bars: readonly ClosedBar[];
}

/** What the composition root hands to the analysis actor. */
export interface AnalysisDependencies {
  /** From the books of every lane. */
  readonly trades: readonly Subscription[];
  /** Watch the same rings: they tell when trades were dropped. */
  readonly tradesRings: readonly RingMonitor[];
  readonly instruments: readonly Instrument[];
  /** How many there are by now; absent = none is added. */
  readonly instrumentCount?: () => number;
  readonly bias: BiasWriter;
  readonly counters: CounterBlock;
  readonly config: AnalysisConfig;
  /** Opens the pool at each start: `() => openBiasPool({ threads, queueMax: instruments.length })`. */
  readonly openPool: () => BiasPool;
  readonly seedBars?: readonly SeedBars[];
}

interface Desk {
  readonly analysis: InstrumentAnalysis;
  /** There is data no analysis has seen. */
  isDirty: boolean;
  /** Trades came since the last analysis began. */
  hasNewTrades: boolean;
  /** Ends the analysis in flight; null = none is. */
  inFlight: AbortController | null;
  startedNs: number;
}

interface Finished {
  readonly desk: Desk;
  readonly startedNs: number;
  /** undefined = it failed. */
  readonly bias: Bias | null | undefined;
}

/**
 * The slow path: builds bars from trades, has them analysed on a pool and publishes the answers as bias frames. At most
 * one analysis per instrument is in flight; what changes meanwhile is analysed in one go afterwards. It writes nothing but
 * its cells and reads a `drop` ring, so whatever happens here, no order waits for it. Event-loop thread of its own.
 */
export class AnalysisActor implements Actor {
  readonly name = 'analysis';
  private readonly dependencies: AnalysisDependencies;
  private readonly desks: Desk[];
  private readonly openDesk: (index: number) => Desk;
  private readonly trade: TradeTick = new TradeTick();
  private readonly handler: RecordHandler;
  private finished: Finished[] = [];
  private pool: BiasPool | null = null;
  private closing: Promise<void> = Promise.resolve();
  private nextRefreshNs = 0;
  private droppedSeen = 0;

  constructor(dependencies: AnalysisDependencies) {
    this.dependencies = dependencies;
    const { instruments, config } = dependencies;
    const model = {
      fastPeriod: config.emaPeriods.fast,
      slowPeriod: config.emaPeriods.slow,
      coverageMin: config.coverageMin,
    };
    this.openDesk = (index): Desk => ({
      analysis: new InstrumentAnalysis(index, config.timeframes, model),
      isDirty: false,
      hasNewTrades: false,
      inFlight: null,
      startedNs: 0,
    });
    this.desks = instruments.map(({ index }) => this.openDesk(index));
    this.handler = (type, view, byteOffset): void => this.take(type, view, byteOffset);
  }

  onStart(nowNs: number): void {
    const { seedBars = [], openPool, config } = this.dependencies;
    for (const { instrumentIndex, timeframe, bars } of seedBars) {
      this.desks[instrumentIndex].analysis.seed(timeframe, bars);
    }
    this.pool = openPool();
    this.nextRefreshNs = nowNs + config.refreshMs * 1e6;
    this.droppedSeen = this.tradesDropped();
  }

  private tradesDropped(): number {
    return this.dependencies.tradesRings.reduce((sum, ring) => sum + ring.read().dropped, 0);
  }

  doWork(nowNs: number): number {
    let workCount = 0;
    for (const ring of this.dependencies.trades) workCount += ring.poll(this.handler, POLL_LIMIT);
    if (this.finished.length > 0) workCount += this.publishFinished();
    if (nowNs >= this.nextRefreshNs) this.refresh(nowNs);
    for (const desk of this.desks) {
      if (!desk.isDirty || desk.inFlight !== null) continue;
      this.analyse(desk, nowNs);
      workCount++;
    }
    return workCount;
  }

  hasWork(): boolean {
    return this.finished.length > 0 || this.dependencies.trades.some((ring) => ring.hasWork());
  }

  onClose(): void {
    const { pool } = this;
    this.pool = null;
    for (const desk of this.desks) desk.inFlight?.abort();
    if (pool !== null) this.closing = pool.close().catch(() => {});
  }

  /** Resolves when the pool's threads are gone; after `onClose`. */
  closed(): Promise<void> {
    return this.closing;
  }

  private take(type: number, view: RecordView, byteOffset: number): void {
    const { counters } = this.dependencies;
    if (type !== TRADE_TICK) {
      counters.increment(ANALYSIS_COUNTER.unknownTemplate);
      return;
    }
    const trade = this.trade.wrap(view, byteOffset);
    const { instrumentCount } = this.dependencies;
    const known = instrumentCount === undefined ? this.desks.length : instrumentCount();
    if (this.desks.length < known) this.openDesks(known);
    const desk = this.desks[trade.instrumentIndex];
    if (desk === undefined) {
      counters.increment(ANALYSIS_COUNTER.badInstrument);
      return;
    }
    counters.increment(ANALYSIS_COUNTER.tradesRead);
    desk.hasNewTrades = true;
    const { analysis } = desk;
    const closedBefore = analysis.closedCount;
    if (!analysis.addTrade(trade.exchangeTsMs, trade.priceTicks, trade.qtyLots)) return;
    counters.add(ANALYSIS_COUNTER.barsClosed, analysis.closedCount - closedBefore);
    this.markDirty(desk);
  }

  /** For instruments that were added while the engine runs. */
  private openDesks(count: number): void {
    while (this.desks.length < count) this.desks.push(this.openDesk(this.desks.length));
  }

  private markDirty(desk: Desk): void {
    if (desk.isDirty) this.dependencies.counters.increment(ANALYSIS_COUNTER.tasksSuperseded);
    desk.isDirty = true;
  }

  /** The slow timer: forming bars are looked at, overdue analyses ended, losses noticed. */
  private refresh(nowNs: number): void {
    const { config, counters } = this.dependencies;
    this.nextRefreshNs = nowNs + config.refreshMs * 1e6;
    const dropped = this.tradesDropped();
    if (dropped > this.droppedSeen) {
      counters.add(ANALYSIS_COUNTER.tradesMissed, dropped - this.droppedSeen);
      this.droppedSeen = dropped;
      for (const desk of this.desks) desk.analysis.noteGap();
    }
    let late = 0;
    for (const desk of this.desks) {
      late += desk.analysis.lateCount();
      // Without new trades the old frame is left to expire: repeating it would make stale data look fresh.
      if (desk.hasNewTrades) this.markDirty(desk);
      if (desk.inFlight !== null && nowNs - desk.startedNs > config.taskTimeoutMs * 1e6) {
        counters.increment(ANALYSIS_COUNTER.tasksTimedOut);
        desk.inFlight.abort();
      }
    }
    counters.set(ANALYSIS_COUNTER.tradesLate, late);
  }

  private analyse(desk: Desk, nowNs: number): void {
    const { pool } = this;
    if (pool === null) return;
    const controller = new AbortController();
    desk.isDirty = false;
    desk.hasNewTrades = false;
    desk.inFlight = controller;
    desk.startedNs = nowNs;
    this.dependencies.counters.increment(ANALYSIS_COUNTER.tasksStarted);
    pool.run(desk.analysis.task(), controller.signal).then(
      (bias) => this.finished.push({ desk, startedNs: nowNs, bias }),
      () => this.finished.push({ desk, startedNs: nowNs, bias: undefined }),
    );
  }

  private publishFinished(): number {
    const { bias: writer, counters, config } = this.dependencies;
    const results = this.finished;
    this.finished = [];
    for (const { desk, startedNs, bias } of results) {
      desk.inFlight = null;
      const { instrumentIndex } = desk.analysis;
      if (bias === undefined) {
        counters.increment(ANALYSIS_COUNTER.tasksFailed);
      } else if (bias === null) {
        counters.increment(ANALYSIS_COUNTER.noViews);
        writer.withdraw(instrumentIndex);
      } else {
        writer.publish(instrumentIndex, bias, startedNs, startedNs + config.biasTtlMs * 1e6);
        counters.increment(ANALYSIS_COUNTER.biasesPublished);
      }
    }
    return results.length;
  }
}
