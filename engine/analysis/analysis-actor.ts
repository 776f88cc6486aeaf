import type { Clock } from '../core/clock.ts';
import { type Instrument, instrumentName } from '../core/instrument.ts';
import { POLL_LIMIT } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { RecordHandler, RecordView, RingMonitor, Subscription } from '../ipc/ring.ts';
import { TRADE_TICK, TradeTick } from '../messages/codecs.ts';
import type { Actor } from '../runtime/actor.ts';
import { ANALYSIS_COUNTER } from './analysis-counters.ts';
import type { CandleFetcher } from './bars/candle-port.ts';
import { requireTimeframe, type Timeframe, TIMEFRAMES } from './bars/timeframe.ts';
import type { BiasWriter } from './bias-frame.ts';
import { type Moment, publishFrame } from './bias-publisher.ts';
import { BarRecorder, type BarStoreWriter } from './live/bar-recorder.ts';
import { CandleDesk } from './live/candle-desk.ts';
import type { HistorySource } from './live/history-source.ts';
import { ShardDesk } from './live/shard-desk.ts';
import type { ShardPool } from './live/shard-pool.ts';
import { storedName } from './live/store-source.ts';
import { SymbolDesk } from './live/symbol-desk.ts';
import type { SymbolAnswer } from './live/symbol-task.ts';
import type { TakenCandle } from './live/taken-candle.ts';
import { VENUE_SETTLE_MS, warmStart } from './live/warm-start.ts';
import { Scheduler, type ScheduledRun } from './schedule/scheduler.ts';
import type { LiveInputs } from './symbol/build-context.ts';

/** How the slow path works. */
export interface AnalysisConfig {
  /** Analysed; bars are built of every timeframe. */
  readonly timeframes: readonly Timeframe[];
  /** Losses, silent markets and overdue analyses are looked for this often. */
  readonly refreshMs: number;
  /** An analysis that takes longer is ended. */
  readonly taskTimeoutMs: number;
  /** Fee of entry and exit each that outcomes of signals are counted with, basis points. */
  readonly feeBps: number;
}

/** What the composition root hands to the analysis actor. */
export interface AnalysisDependencies {
  /** From the books of every lane. */
  readonly trades: readonly Subscription[];
  /** Watch the same rings: they tell when trades were dropped. */
  readonly tradesRings: readonly RingMonitor[];
  readonly instruments: readonly Instrument[];
  /** Instruments added while the engine runs join the list; absent = none are. */
  readonly completeInstruments?: (instruments: Instrument[]) => void;
  /** Whether an instrument was not removed; absent = none is. */
  readonly isTraded?: (index: number) => boolean;
  /** Whether the feed of an instrument is whole now; absent = always. */
  readonly isFeedWhole?: (index: number) => boolean;
  /** What the live book says; absent = nothing. */
  readonly liveOf?: (instrument: Instrument, nowNs: number) => Pick<LiveInputs, 'liquidity' | 'orderFlow'>;
  readonly clock: Clock;
  readonly bias: BiasWriter;
  readonly counters: CounterBlock;
  readonly config: AnalysisConfig;
  /** Opens the pool at each start. */
  readonly openPool: () => ShardPool;
  /** Asks a venue for candles; null = it has no such endpoint, or shall not be asked. */
  readonly openFetcher: (instrument: Instrument) => CandleFetcher | null;
  /** Candles on this machine; the first source is trusted more. */
  readonly history: readonly HistorySource[];
  /** Where closed bars are written; null = nowhere. Opened at each start. */
  readonly openStore: (() => BarStoreWriter) | null;
  /** Notes what went wrong and is no reason to stop. */
  readonly onFailure: (reason: string) => void;
}

/** Its close makes a report; between two, frames are only refreshed. */
const REPORT_TIMEFRAME = requireTimeframe('4h');

/**
 * The slow path: builds bars from trades, begins with those from before the start, has every close analysed on a pool and
 * publishes the results as bias frames. It writes nothing but its cells and reads a `drop` ring, so whatever happens here,
 * no order waits for it. Event-loop thread of its own.
 */
export class AnalysisActor implements Actor {
  readonly name = 'analysis';
  readonly scheduler: Scheduler;
  private readonly dependencies: AnalysisDependencies;
  private readonly instruments: Instrument[];
  private readonly desks: SymbolDesk[];
  private readonly slots: ReadonlySet<number>;
  private readonly reportSlot: number;
  private readonly trade: TradeTick = new TradeTick();
  private readonly handler: RecordHandler;
  private readonly candles: CandleDesk;
  private readonly fetchers: Map<string, CandleFetcher | null>;
  private shards: ShardDesk | null = null;
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
    const { config } = dependencies;
    this.instruments = [...dependencies.instruments];
    this.desks = [];
    this.slots = new Set(config.timeframes.map(({ slot }) => slot));
    const hasReports = this.slots.has(REPORT_TIMEFRAME.slot);
    this.reportSlot = hasReports ? REPORT_TIMEFRAME.slot : Math.max(...this.slots);
    this.scheduler = new Scheduler(config.timeframes);
    this.fetchers = new Map();
    this.candles = new CandleDesk({
      onFailure: (reason) => {
        dependencies.counters.increment(ANALYSIS_COUNTER.candleFailures);
        dependencies.onFailure(reason);
      },
    });
    this.handler = (type, view, byteOffset): void => this.take(type, view, byteOffset);
  }

  onStart(nowNs: number): void {
    const { openPool, openStore, config, counters, onFailure } = this.dependencies;
    this.nowNs = nowNs;
    if (openStore !== null) this.recorder = new BarRecorder(openStore(), counters, onFailure);
    this.shards = new ShardDesk(openPool(), config, counters);
    this.nextRefreshNs = nowNs + config.refreshMs * 1e6;
    this.droppedSeen = this.tradesDropped();
    this.openDesks();
  }

  doWork(nowNs: number): number {
    this.nowNs = nowNs;
    const { shards } = this;
    let workCount = 0;
    for (const ring of this.dependencies.trades) workCount += ring.poll(this.handler, POLL_LIMIT);
    workCount += this.candles.poll(nowNs);
    if (shards === null) return workCount;
    for (const { run, answer } of shards.takeFinished()) {
      this.finish(run, answer);
      workCount++;
    }
    if (nowNs >= this.nextRefreshNs) this.refresh();
    return workCount + this.dispatch(shards);
  }

  hasWork(): boolean {
    return (
      this.candles.hasAnswers ||
      this.shards?.hasFinished === true ||
      this.dependencies.trades.some((ring) => ring.hasWork())
    );
  }

  onClose(): void {
    const { shards, recorder } = this;
    this.shards = null;
    this.recorder = null;
    this.candles.close();
    for (const fetcher of this.fetchers.values()) fetcher?.close();
    this.closing = Promise.all([shards?.close(), recorder?.close().catch(() => {})]).then(() => {});
  }

  /** Resolves when the pool's threads are gone; after `onClose`. */
  closed(): Promise<void> {
    return this.closing;
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
      this.newestTradeMs = exchangeTsMs;
      this.newestTradeNs = this.nowNs;
    }
    desk.bars.addTrade(exchangeTsMs, trade.priceTicks, trade.qtyLots, trade.side);
  }

  /** For instruments there were no desks for yet. */
  private openDesks(): void {
    this.dependencies.completeInstruments?.(this.instruments);
    while (this.desks.length < this.instruments.length) {
      const instrument = this.instruments[this.desks.length];
      const desk = this.openDesk(instrument);
      this.desks.push(desk);
      this.scheduler.add(instrument.index, instrumentName(instrument));
      this.begin(desk);
    }
  }

  private openDesk(instrument: Instrument): SymbolDesk {
    const { counters, config } = this.dependencies;
    const desk: SymbolDesk = new SymbolDesk(instrument, config.timeframes, {
      onBar: (timeframe, bar) => this.takeBar(desk, timeframe, bar),
      onHole: (timeframe, fromMs, toMs) => this.askHole(desk, timeframe, fromMs, toMs),
      onSeam: (openTimeMs) => this.askSeam(desk, openTimeMs),
      onSeamBroken: () => {
        counters.increment(ANALYSIS_COUNTER.seamsBroken);
        desk.bias = null;
        desk.beginAnew();
        this.recorder?.forget(storedName(instrument.venue, instrument.symbol));
        this.dependencies.bias.withdraw(instrument.index);
      },
    });
    return desk;
  }

  /** The warm start of a symbol. */
  private begin(desk: SymbolDesk): void {
    const { counters, history, onFailure } = this.dependencies;
    const { instrument } = desk;
    warmStart(
      {
        venue: instrument.venue,
        symbol: instrument.symbol,
        fetcher: this.fetcherOf(instrument),
        local: history,
        ...this.moment(),
        onDropped: () => counters.increment(ANALYSIS_COUNTER.historiesDropped),
        onFailure,
        onKnown: (bars) => {
          for (const { length } of bars) counters.add(ANALYSIS_COUNTER.historyBars, length);
          for (const [slot, known] of bars.entries())
            for (const bar of known) this.record(desk, TIMEFRAMES[slot], bar);
          desk.isBegun = true;
          desk.bars.begin(bars);
          // What is known is a view already.
          this.scheduler.want(instrument.index);
        },
      },
      this.candles,
    );
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

  private record({ instrument }: SymbolDesk, timeframe: Timeframe, bar: TakenCandle): void {
    this.recorder?.add(storedName(instrument.venue, instrument.symbol), timeframe, bar);
  }

  private takeBar(desk: SymbolDesk, timeframe: Timeframe, bar: TakenCandle): void {
    this.record(desk, timeframe, bar);
    if (!this.slots.has(timeframe.slot)) return;
    const { counters } = this.dependencies;
    counters.increment(ANALYSIS_COUNTER.barsClosed);
    if (!bar.isComplete) counters.increment(ANALYSIS_COUNTER.barsIncomplete);
    if (timeframe.slot === this.reportSlot) desk.isReportDue = true;
    desk.keep(timeframe, bar);
    this.scheduler.noteClose(desk.instrument.index, timeframe, bar.openTimeMs + timeframe.lengthMs);
  }

  private askHole(desk: SymbolDesk, timeframe: Timeframe, fromMs: number, toMs: number): void {
    const { counters } = this.dependencies;
    counters.increment(ANALYSIS_COUNTER.holesAsked);
    this.candles.ask({
      symbol: desk.instrument.symbol,
      timeframe,
      fromMs,
      toMs,
      notBeforeNs: this.nowNs + VENUE_SETTLE_MS * 1e6,
      fetcher: this.fetcherOf(desk.instrument),
      onAnswer: (candles) => {
        const isWhole = candles !== null && candles.length === (toMs - fromMs) / timeframe.lengthMs;
        if (!isWhole) counters.increment(ANALYSIS_COUNTER.holesLeft);
        desk.bars.series[timeframe.slot].fill(toMs, candles ?? []);
      },
    });
  }

  private askSeam(desk: SymbolDesk, openTimeMs: number): void {
    const minute = requireTimeframe('1m');
    this.candles.ask({
      symbol: desk.instrument.symbol,
      timeframe: minute,
      fromMs: openTimeMs,
      toMs: openTimeMs + minute.lengthMs,
      notBeforeNs: this.nowNs + VENUE_SETTLE_MS * 1e6,
      fetcher: this.fetcherOf(desk.instrument),
      onAnswer: (candles) => desk.bars.checkSeam(candles?.at(0) ?? null),
    });
  }

  private tradesDropped(): number {
    return this.dependencies.tradesRings.reduce((sum, ring) => sum + ring.read().dropped, 0);
  }

  /** The slow timer: silent markets close their bars, losses are noticed, overdue analyses ended. */
  private refresh(): void {
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
    this.tellTotals();
    this.shards?.endOverdue(this.nowNs);
    this.recorder?.poll(this.nowNs);
  }

  private tellTotals(): void {
    const { counters } = this.dependencies;
    const { replaced, late, dropped } = this.scheduler.totals();
    counters.set(ANALYSIS_COUNTER.runsReplaced, replaced);
    counters.set(ANALYSIS_COUNTER.runsLate, late);
    counters.set(ANALYSIS_COUNTER.runsDropped, dropped);
  }

  private dispatch(shards: ShardDesk): number {
    let started = 0;
    for (let shard = shards.freeShard(); shard >= 0; shard = shards.freeShard()) {
      const runs: { run: ScheduledRun; desk: SymbolDesk }[] = [];
      const mayRun = (index: number): boolean => {
        const { isBegun, retryNs, needsSeed } = this.desks[index];
        if (shards.shardOf(index) !== shard || !isBegun || retryNs > this.nowNs) return false;
        // A beginning takes long: those who wait for others' results are told in between.
        return shards.hasRoom(runs.length) && !(needsSeed && runs.some(({ desk }) => desk.needsSeed));
      };
      for (let run = this.scheduler.next(this.nowNs, mayRun); run !== null;) {
        runs.push({ run, desk: this.desks[run.instrumentIndex] });
        run = this.scheduler.next(this.nowNs, mayRun);
      }
      shards.send(
        shard,
        runs.map(({ run, desk }) => ({ run, task: this.taskOf(desk, run), desk })),
        this.nowNs,
      );
      started += runs.length;
    }
    return started;
  }

  private taskOf(
    desk: SymbolDesk,
    { isForced }: ScheduledRun,
  ): Parameters<ShardDesk['send']>[1][number]['task'] {
    const { config, liveOf, bias } = this.dependencies;
    const { instrument } = desk;
    const brings = desk.needsSeed || isForced;
    const bars = desk.takeWaiting();
    desk.needsSeed = false;
    const isReport = desk.isReportDue;
    desk.isReportDue = false;
    const live = liveOf?.(instrument, this.nowNs) ?? { liquidity: null, orderFlow: null };
    const { lastPriceTicks } = desk.bars;
    return {
      instrumentIndex: instrument.index,
      generation: desk.generation,
      seed: brings ? desk.seed(config.feeBps) : null,
      bars,
      live: {
        ...live,
        nowMs: this.venueMs(),
        lastPrice: Number.isNaN(lastPriceTicks) ? null : desk.price(lastPriceTicks),
        bias: null,
      },
      previous: desk.bias,
      isBetween: !isReport,
      version: bias.versionOf(instrument.index) + 1,
      isForced,
      wantsReport: desk.wantsReport,
    };
  }

  /** @param answer null = the task failed as a whole */
  private finish(run: ScheduledRun, answer: SymbolAnswer | null): void {
    const desk = this.desks[run.instrumentIndex];
    const { counters, bias: writer, onFailure } = this.dependencies;
    const moment = this.moment();
    const isFailed = answer === null || answer.failure !== null;
    const isTold = this.scheduler.finish(run, moment.nowNs, moment.nowMs, isFailed);
    if (isFailed) {
      counters.increment(ANALYSIS_COUNTER.runsFailed);
      if (answer !== null && answer.failure !== null)
        onFailure(`${desk.instrument.symbol}: ${answer.failure}`);
      desk.noteFailure(moment.nowNs);
      return;
    }
    desk.failures = 0;
    if (answer.generation !== desk.generation) {
      // Its bars were dropped meanwhile.
      desk.isReportDue = true;
      return;
    }
    if (answer.isDrifted) counters.increment(ANALYSIS_COUNTER.analysisDrift);
    counters.add(ANALYSIS_COUNTER.signalsFound, answer.signals.length);
    counters.add(ANALYSIS_COUNTER.outcomesKnown, answer.outcomes.length);
    desk.bias = answer.bias;
    if (!isTold) return;
    desk.answer = answer;
    const { frame, scores } = answer;
    if (frame === null) {
      counters.increment(ANALYSIS_COUNTER.noViews);
      writer.withdraw(desk.instrument.index);
    } else if (publishFrame(writer, desk.instrument, frame, scores, moment)) {
      counters.increment(ANALYSIS_COUNTER.framesPublished);
    }
  }
}
