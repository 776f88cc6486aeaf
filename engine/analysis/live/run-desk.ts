import { ANALYSIS_COUNTER } from '../analysis-counters.ts';
import type { AnalysisDependencies } from '../analysis-dependencies.ts';
import { type Moment, publishFrame } from '../bias-publisher.ts';
import type { ScheduledRun, Scheduler } from '../schedule/scheduler.ts';
import { wireNumber } from '../symbol/wire-number.ts';
import type { ReportDesk } from './report-desk.ts';
import { ShardDesk } from './shard-desk.ts';
import { SignalDesk } from './signal-desk.ts';
import type { SymbolDesk } from './symbol-desk.ts';
import type { SymbolAnswer, SymbolTask } from './symbol-task.ts';

/** What runs need. */
export type RunDependencies = Pick<
  AnalysisDependencies,
  'openPool' | 'config' | 'counters' | 'liveOf' | 'refusalsOf' | 'bias' | 'signals' | 'contexts' | 'onFailure'
>;

/** How a forced analysis ended, for who asked for it. */
export type ForcedAnswer = (isDrifted: boolean, failure: string | null) => void;

/** Hands the scheduler's runs to the pool, and what comes of them to the fast path and to reports. One thread. */
export class RunDesk {
  private readonly dependencies: RunDependencies;
  private readonly scheduler: Scheduler;
  private readonly reports: ReportDesk;
  private readonly shards: ShardDesk;
  private readonly signals: SignalDesk;
  private readonly desks: readonly SymbolDesk[];
  private readonly forced: Map<number, ForcedAnswer[]>;
  private nowNs: number;

  /** @param desks by index of their instrument; the caller's list, which grows */
  constructor(
    dependencies: RunDependencies,
    scheduler: Scheduler,
    reports: ReportDesk,
    desks: readonly SymbolDesk[],
  ) {
    this.dependencies = dependencies;
    this.scheduler = scheduler;
    this.reports = reports;
    this.shards = new ShardDesk(dependencies.openPool(), dependencies.config, dependencies.counters);
    const { signals, counters, refusalsOf } = dependencies;
    this.signals = new SignalDesk(
      signals,
      counters,
      (desk, direction, minuteAtr) => refusalsOf?.(desk.instrument, direction, minuteAtr, this.nowNs) ?? NaN,
    );
    this.desks = desks;
    this.forced = new Map();
    this.nowNs = 0;
  }

  get hasFinished(): boolean {
    return this.shards.hasFinished;
  }

  /** Takes in what has ended and hands out what may run; returns how much of both. */
  turn(moment: Moment): number {
    let workCount = 0;
    this.nowNs = moment.nowNs;
    for (const { run, answer } of this.shards.takeFinished()) {
      this.finish(run, answer, moment);
      workCount++;
    }
    return workCount + this.dispatch(moment);
  }

  endOverdue(nowNs: number): void {
    this.shards.endOverdue(nowNs);
  }

  /** The answer is given when the forced analysis of the instrument has ended. */
  onForced(instrumentIndex: number, answer: ForcedAnswer): void {
    const waiting = this.forced.get(instrumentIndex);
    if (waiting === undefined) this.forced.set(instrumentIndex, [answer]);
    else waiting.push(answer);
  }

  /** The symbol is analysed no more, or otherwise: nobody waits for it. @param nowMs the venue's time */
  forget(instrumentIndex: number, nowMs: number): void {
    this.signals.forget(this.desks[instrumentIndex], nowMs);
    this.tellForced(instrumentIndex, false, 'its timeframes were changed');
  }

  close(): Promise<void> {
    return this.shards.close();
  }

  private dispatch(moment: Moment): number {
    const { shards } = this;
    let started = 0;
    for (let shard = shards.freeShard(); shard >= 0; shard = shards.freeShard()) {
      const runs: { run: ScheduledRun; desk: SymbolDesk }[] = [];
      const mayRun = (index: number): boolean => {
        const { isBegun, retryNs, needsSeed } = this.desks[index];
        if (shards.shardOf(index) !== shard || !isBegun || retryNs > moment.nowNs) return false;
        // A beginning takes long: those who wait for others' results are told in between.
        return shards.hasRoom(runs.length) && !(needsSeed && runs.some(({ desk }) => desk.needsSeed));
      };
      for (let run = this.scheduler.next(moment.nowNs, mayRun); run !== null;) {
        runs.push({ run, desk: this.desks[run.instrumentIndex] });
        run = this.scheduler.next(moment.nowNs, mayRun);
      }
      shards.send(
        shard,
        runs.map(({ run, desk }) => ({ run, task: this.taskOf(desk, run, moment), desk })),
        moment.nowNs,
      );
      started += runs.length;
    }
    return started;
  }

  private taskOf(desk: SymbolDesk, { isForced }: ScheduledRun, { nowNs, nowMs }: Moment): SymbolTask {
    const { config, liveOf, bias } = this.dependencies;
    const { instrument } = desk;
    const brings = desk.needsSeed || isForced;
    const bars = desk.takeWaiting();
    desk.needsSeed = false;
    const isReport = desk.isReportDue;
    desk.isReportDue = false;
    const { liquidity, orderFlow } = liveOf?.(instrument, nowNs) ?? { liquidity: null, orderFlow: null };
    const { lastPriceTicks } = desk.bars;
    return {
      instrumentIndex: instrument.index,
      generation: desk.generation,
      seed: brings ? desk.seed(config.feeBps) : null,
      bars,
      live: {
        liquidity,
        orderFlow: orderFlow === null ? null : { ...orderFlow, cvd: wireNumber(desk.delta.value) },
        nowMs,
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
  private finish(run: ScheduledRun, answer: SymbolAnswer | null, moment: Moment): void {
    const desk = this.desks[run.instrumentIndex];
    const { counters, onFailure } = this.dependencies;
    const isFailed = answer === null || answer.failure !== null;
    const isTold = this.scheduler.finish(run, moment.nowNs, moment.nowMs, isFailed);
    if (isFailed) {
      const reason = answer?.failure ?? 'its thread of the pool ended';
      counters.increment(ANALYSIS_COUNTER.runsFailed);
      if (answer !== null) onFailure(`${desk.instrument.symbol}: ${reason}`);
      desk.noteFailure(moment.nowNs);
      this.reports.fail(desk, reason);
      if (run.isForced) this.tellForced(run.instrumentIndex, false, reason);
      return;
    }
    desk.failures = 0;
    if (answer.generation !== desk.generation) {
      // Its bars were dropped meanwhile.
      desk.isReportDue = true;
      if (run.isForced) this.tellForced(run.instrumentIndex, false, 'its bars were dropped meanwhile');
      return;
    }
    if (answer.isDrifted) counters.increment(ANALYSIS_COUNTER.analysisDrift);
    if (run.isForced) this.tellForced(run.instrumentIndex, answer.isDrifted, null);
    this.signals.take(desk, answer, moment.nowMs);
    desk.bias = answer.bias;
    if (answer.report !== null) this.reports.take(desk, answer.report);
    if (!isTold) return;
    this.publish(desk, answer, moment);
    if (answer.context !== null) this.dependencies.contexts?.publish(run.instrumentIndex, answer.context);
  }

  private publish(desk: SymbolDesk, { frame, scores }: SymbolAnswer, moment: Moment): void {
    const { counters, bias } = this.dependencies;
    if (frame === null) {
      counters.increment(ANALYSIS_COUNTER.noViews);
      bias.withdraw(desk.instrument.index);
    } else if (publishFrame(bias, desk.instrument, frame, scores, moment)) {
      counters.increment(ANALYSIS_COUNTER.framesPublished);
    }
  }

  private tellForced(instrumentIndex: number, isDrifted: boolean, failure: string | null): void {
    const waiting = this.forced.get(instrumentIndex);
    if (waiting === undefined) return;
    this.forced.delete(instrumentIndex);
    for (const answer of waiting) answer(isDrifted, failure);
  }
}
