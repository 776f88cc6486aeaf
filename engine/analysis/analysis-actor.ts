import { CommandAnswers } from '../control/command-answers.ts';
import { type Instrument, instrumentName } from '../core/instrument.ts';
import { POLL_LIMIT } from '../core/limits.ts';
import type { RecordHandler, RecordView } from '../ipc/ring.ts';
import { TRADE_TICK, TradeTick } from '../messages/codecs.ts';
import { COMMAND_REASON } from '../messages/enums.ts';
import type { Actor } from '../runtime/actor.ts';
import { type AnalysisActions, AnalysisCommands, type AnswerLater } from './analysis-commands.ts';
import { ANALYSIS_COUNTER } from './analysis-counters.ts';
import type { AnalysisDependencies } from './analysis-dependencies.ts';
import { type Timeframe, TIMEFRAMES } from './bars/timeframe.ts';
import type { Moment } from './bias-publisher.ts';
import { BarRecorder } from './live/bar-recorder.ts';
import { PastDesk } from './live/past-desk.ts';
import { PortfolioDesk } from './live/portfolio-desk.ts';
import { ReportDesk } from './live/report-desk.ts';
import { RunDesk } from './live/run-desk.ts';
import { storedName } from './live/store-source.ts';
import { SymbolDesk } from './live/symbol-desk.ts';
import type { TakenCandle } from './live/taken-candle.ts';
import { Scheduler } from './schedule/scheduler.ts';

/**
 * The slow path: builds bars from trades, begins with those from before the start, has every close analysed on a pool and
 * publishes the results as bias frames. It writes nothing but its cells and reads a `drop` ring, so whatever happens here,
 * no order waits for it. Event-loop thread of its own.
 */
export class AnalysisActor implements Actor, AnalysisActions {
  readonly name = 'analysis';
  readonly scheduler: Scheduler;
  private readonly dependencies: AnalysisDependencies;
  private readonly instruments: Instrument[];
  private readonly desks: SymbolDesk[];
  private readonly trade: TradeTick = new TradeTick();
  private readonly handler: RecordHandler;
  private readonly past: PastDesk;
  private readonly reports: ReportDesk;
  private readonly portfolio: PortfolioDesk;
  private readonly commands: AnalysisCommands;
  private readonly turnNs: Float64Array = new Float64Array(1);
  private runs: RunDesk | null = null;
  private recorder: BarRecorder | null = null;
  private closing: Promise<void> = Promise.resolve();
  private nextRefreshNs = 0;
  private droppedSeen = 0;
  /** The newest trade's time at the venue, and when it was read here. */
  private newestTradeMs = NaN;
  private newestTradeNs = 0;
  private nowNs = 0;

  constructor(dependencies: AnalysisDependencies) {
    this.dependencies = dependencies;
    const { config, counters, onFailure, writeReport } = dependencies;
    this.instruments = [...dependencies.instruments];
    this.desks = [];
    this.scheduler = new Scheduler(config.timeframes);
    this.past = new PastDesk(dependencies);
    this.portfolio = new PortfolioDesk(dependencies);
    this.reports = new ReportDesk({
      times: config.reports,
      write: writeReport,
      scheduler: this.scheduler,
      counters,
      onFailure,
    });
    this.commands = new AnalysisCommands(new CommandAnswers(dependencies.answers, this.turnNs), this);
    this.handler = (type, view, byteOffset): void => this.take(type, view, byteOffset);
  }

  onStart(nowNs: number): void {
    const { openStore, config, counters, onFailure } = this.dependencies;
    this.nowNs = nowNs;
    if (openStore !== null) this.recorder = new BarRecorder(openStore(), counters, onFailure);
    this.runs = new RunDesk(this.dependencies, this.scheduler, this.reports, this.desks);
    this.nextRefreshNs = nowNs + config.refreshMs * 1e6;
    this.droppedSeen = this.tradesDropped();
    this.reports.begin(this.venueMs());
    this.openDesks();
  }

  doWork(nowNs: number): number {
    this.nowNs = nowNs;
    this.turnNs[0] = nowNs;
    let workCount = this.dependencies.commands?.poll(this.commands.onRecord, POLL_LIMIT) ?? 0;
    for (const ring of this.dependencies.trades) workCount += ring.poll(this.handler, POLL_LIMIT);
    workCount += this.past.poll(nowNs);
    this.dependencies.watchLive?.(this.instruments, nowNs);
    if (this.runs === null) return workCount;
    if (nowNs >= this.nextRefreshNs) this.refresh(this.runs);
    return workCount + this.runs.turn(this.moment()) + this.reports.writeNext();
  }

  hasWork(): boolean {
    const { commands, trades } = this.dependencies;
    return (
      this.past.hasAnswers ||
      this.reports.hasWork ||
      this.runs?.hasFinished === true ||
      commands?.hasWork() === true ||
      trades.some((ring) => ring.hasWork())
    );
  }

  onClose(): void {
    const { runs, recorder } = this;
    this.runs = null;
    this.recorder = null;
    this.past.close();
    this.closing = Promise.all([runs?.close(), recorder?.close().catch(() => {})]).then(() => {});
  }

  /** Resolves when the pool's threads are gone; after `onClose`. */
  closed(): Promise<void> {
    return this.closing;
  }

  force(instrumentIndex: number, timeframe: Timeframe | null, answer: AnswerLater): number | null {
    if (!this.scheduler.has(instrumentIndex)) return COMMAND_REASON.unknownSymbol;
    if (!this.scheduler.force(instrumentIndex, timeframe)) return COMMAND_REASON.badArgument;
    this.dependencies.counters.increment(ANALYSIS_COUNTER.runsForced);
    this.runs?.onForced(instrumentIndex, (isDrifted, failure) => {
      const said = isDrifted
        ? 'it was not what the bar-by-bar one had come to, and takes its place'
        : 'the same';
      if (failure === null) answer(COMMAND_REASON.none, said, isDrifted ? 1 : 0);
      else answer(COMMAND_REASON.failed, failure);
    });
    return null;
  }

  add(instrumentIndex: number, timeframe: Timeframe | null): number {
    this.openDesks();
    const desk = this.desks.at(instrumentIndex);
    if (instrumentIndex < 0 || desk === undefined) return COMMAND_REASON.unknownSymbol;
    const { config } = this.dependencies;
    if (timeframe === null) {
      if (!this.scheduler.has(instrumentIndex)) this.choose(desk, config.timeframes);
    } else if (!this.scheduler.has(instrumentIndex)) {
      this.choose(desk, [timeframe]);
    } else if (!desk.timeframes.includes(timeframe)) {
      this.choose(desk, [...desk.timeframes, timeframe]);
    }
    return COMMAND_REASON.none;
  }

  remove(instrumentIndex: number, timeframe: Timeframe | null): number {
    if (!this.scheduler.has(instrumentIndex)) return COMMAND_REASON.unknownSymbol;
    const desk = this.desks[instrumentIndex];
    if (timeframe === null) {
      this.choose(desk, []);
      return COMMAND_REASON.none;
    }
    if (!desk.timeframes.includes(timeframe)) return COMMAND_REASON.badArgument;
    if (desk.timeframes.length === 1) return COMMAND_REASON.limitReached;
    this.choose(
      desk,
      desk.timeframes.filter((each) => each !== timeframe),
    );
    return COMMAND_REASON.none;
  }

  report(instrumentIndex: number, timeframe: Timeframe | null, answer: AnswerLater): number | null {
    if (!this.scheduler.has(instrumentIndex)) return COMMAND_REASON.unknownSymbol;
    const desk = this.desks[instrumentIndex];
    if (timeframe !== null && !desk.timeframes.includes(timeframe)) return COMMAND_REASON.badArgument;
    const nowMs = this.venueMs();
    this.reports.ask(desk, 'asked', timeframe ?? desk.finest, nowMs, nowMs, (name, failure) => {
      if (name === null) answer(COMMAND_REASON.failed, failure);
      else answer(COMMAND_REASON.none, name);
    });
    return null;
  }

  /** Analyses a symbol in these timeframes from now on; in none: not at all, and there is no bias. */
  private choose(desk: SymbolDesk, timeframes: readonly Timeframe[]): void {
    const { index } = desk.instrument;
    const { table, bias } = this.dependencies;
    table?.choose(index, timeframes);
    this.reports.forget(desk);
    this.runs?.forget(index, this.venueMs());
    bias.withdraw(index);
    this.dependencies.contexts?.withdraw(index);
    if (timeframes.length === 0) this.scheduler.remove(index);
    else desk.choose(timeframes);
    this.schedule(desk, timeframes);
  }

  private schedule(desk: SymbolDesk, timeframes: readonly Timeframe[]): void {
    const { instrument } = desk;
    if (timeframes.length === 0) return;
    this.scheduler.add(instrument.index, instrumentName(instrument), timeframes);
    // What is known is a view already.
    if (desk.isBegun) this.scheduler.want(instrument.index);
  }

  /** The venue's time now, ms since the epoch: its newest trade's, and what has gone by since. */
  private venueMs(): number {
    if (Number.isNaN(this.newestTradeMs)) return Math.floor(this.dependencies.clock.epochUs() / 1000);
    return Math.floor(this.newestTradeMs + (this.nowNs - this.newestTradeNs) / 1e6);
  }

  private moment(): Moment {
    return { nowNs: this.nowNs, nowMs: this.venueMs() };
  }

  private take(type: number, view: RecordView, byteOffset: number): void {
    const { counters } = this.dependencies;
    if (type !== TRADE_TICK) {
      counters.increment(ANALYSIS_COUNTER.unknownTemplate);
      return;
    }
    const trade = this.trade.wrap(view, byteOffset);
    if (trade.instrumentIndex >= this.desks.length) this.openDesks();
    const desk = this.desks[trade.instrumentIndex];
    if (desk === undefined) {
      counters.increment(ANALYSIS_COUNTER.badInstrument);
      return;
    }
    counters.increment(ANALYSIS_COUNTER.tradesRead);
    const { exchangeTsMs } = trade;
    if (!(exchangeTsMs <= this.newestTradeMs)) {
      const isFirst = Number.isNaN(this.newestTradeMs);
      this.newestTradeMs = exchangeTsMs;
      this.newestTradeNs = this.nowNs;
      // Until now the time was this machine's.
      if (isFirst) this.reports.begin(exchangeTsMs);
    }
    desk.bars.addTrade(exchangeTsMs, trade.priceTicks, trade.qtyLots, trade.side);
  }

  /** For instruments there were no desks for yet. */
  private openDesks(): void {
    const { completeInstruments, table, config } = this.dependencies;
    completeInstruments?.(this.instruments);
    while (this.desks.length < this.instruments.length) {
      const instrument = this.instruments[this.desks.length];
      // What somebody chose outlives the thread.
      const timeframes = table?.chosen(instrument.index) ?? config.timeframes;
      const desk = this.openDesk(instrument, timeframes);
      this.desks.push(desk);
      this.schedule(desk, timeframes);
      this.past.begin(desk, this.moment(), (bars) => {
        for (const [slot, known] of bars.entries())
          for (const bar of known) this.record(desk, TIMEFRAMES[slot], bar);
        desk.isBegun = true;
        for (const bar of bars[0] ?? []) desk.delta.add(bar);
        this.portfolio.begin(instrument, bars);
        desk.bars.begin(bars);
        this.scheduler.want(instrument.index);
      });
    }
  }

  private openDesk(instrument: Instrument, timeframes: readonly Timeframe[]): SymbolDesk {
    const desk: SymbolDesk = new SymbolDesk(instrument, timeframes, {
      onBar: (timeframe, bar) => this.takeBar(desk, timeframe, bar),
      onHole: (timeframe, fromMs, toMs) => this.past.askHole(desk, timeframe, fromMs, toMs, this.nowNs),
      onSeam: (openTimeMs) => this.past.askSeam(desk, openTimeMs, this.nowNs),
      onSeamBroken: () => {
        this.dependencies.counters.increment(ANALYSIS_COUNTER.seamsBroken);
        desk.bias = null;
        desk.delta.forget();
        this.portfolio.forget(instrument);
        desk.beginAnew();
        this.recorder?.forget(storedName(instrument.venue, instrument.symbol));
        this.dependencies.bias.withdraw(instrument.index);
        this.dependencies.contexts?.withdraw(instrument.index);
      },
    });
    return desk;
  }

  private record({ instrument }: SymbolDesk, timeframe: Timeframe, bar: TakenCandle): void {
    this.recorder?.add(storedName(instrument.venue, instrument.symbol), timeframe, bar);
  }

  private takeBar(desk: SymbolDesk, timeframe: Timeframe, bar: TakenCandle): void {
    this.record(desk, timeframe, bar);
    if (timeframe === TIMEFRAMES[0]) desk.delta.add(bar);
    this.portfolio.take(desk.instrument, timeframe, bar, this.venueMs(), this.nowNs);
    const { index } = desk.instrument;
    if (!desk.timeframes.includes(timeframe) || !this.scheduler.has(index)) return;
    const { counters } = this.dependencies;
    counters.increment(ANALYSIS_COUNTER.barsClosed);
    if (!bar.isComplete) counters.increment(ANALYSIS_COUNTER.barsIncomplete);
    desk.keep(timeframe, bar);
    this.scheduler.noteClose(index, timeframe, bar.openTimeMs + timeframe.lengthMs);
  }

  private tradesDropped(): number {
    return this.dependencies.tradesRings.reduce((sum, ring) => sum + ring.read().dropped, 0);
  }

  /** The slow timer: silent markets close their bars, losses are noticed, overdue analyses ended. */
  private refresh(runs: RunDesk): void {
    const { config, counters, isTraded, isFeedWhole } = this.dependencies;
    this.nextRefreshNs = this.nowNs + config.refreshMs * 1e6;
    this.openDesks();
    const dropped = this.tradesDropped();
    if (dropped > this.droppedSeen) {
      counters.add(ANALYSIS_COUNTER.tradesMissed, dropped - this.droppedSeen);
      this.droppedSeen = dropped;
      for (const { bars } of this.desks) bars.noteGap();
    }
    const venueMs = this.venueMs();
    let late = 0;
    for (const { bars, instrument } of this.desks) {
      late += bars.lateCount;
      if (isTraded?.(instrument.index) === false) continue;
      if (isFeedWhole?.(instrument.index) === false) bars.noteGap();
      bars.advanceTo(venueMs);
    }
    counters.set(ANALYSIS_COUNTER.tradesLate, late);
    this.dependencies.signals?.tell(venueMs);
    this.tellTotals();
    this.reports.poll(venueMs, this.desks);
    runs.endOverdue(this.nowNs);
    this.recorder?.poll(this.nowNs);
  }

  private tellTotals(): void {
    const { counters, table } = this.dependencies;
    const { replaced, late, dropped, cacheHits } = this.scheduler.totals();
    counters.set(ANALYSIS_COUNTER.runsReplaced, replaced);
    counters.set(ANALYSIS_COUNTER.runsLate, late);
    counters.set(ANALYSIS_COUNTER.runsDropped, dropped);
    counters.set(ANALYSIS_COUNTER.cacheHits, cacheHits);
    if (table === null) return;
    this.scheduler.forEachChanged((instrumentIndex, timeframe, report) =>
      table.write(instrumentIndex, timeframe, report),
    );
  }
}
