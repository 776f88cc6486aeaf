import type { CounterBlock } from '../../ipc/counters.ts';
import { ANALYSIS_COUNTER } from '../analysis-counters.ts';
import type { Timeframe } from '../bars/timeframe.ts';
import type { DeepReport } from '../report/deep-report.ts';
import type { LocalTimes } from '../schedule/local-times.ts';
import { ResultCache } from '../schedule/result-cache.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import type { SymbolDesk } from './symbol-desk.ts';

/** Why a report is made. */
export type ReportKind = 'scheduled' | 'asked';

/** Times of day at which reports of all symbols are written; null = never. */
export type ReportTimes = LocalTimes | null;

/** Writes a report down; returns the name of what it wrote. @throws what the disk says */
export type WriteReport = (desk: SymbolDesk, report: DeepReport, kind: ReportKind, atMs: number) => string;

/** Who asked for a report hears what became of it: the name of what was written, or why nothing was. */
export type ReportAnswer = (name: string | null, failure: string) => void;

interface Request {
  readonly kind: ReportKind;
  /** The report is to be no older than this timeframe's newest close. */
  readonly timeframe: Timeframe;
  /** That close; NaN = there was none. */
  readonly closeMs: number;
  readonly atMs: number;
  readonly answer: ReportAnswer;
}

interface Made {
  readonly desk: SymbolDesk;
  readonly report: DeepReport;
  readonly request: Request;
}

/** What the desk works with. */
export interface ReportDependencies {
  readonly times: ReportTimes;
  readonly write: WriteReport | null;
  readonly scheduler: Scheduler;
  readonly counters: CounterBlock;
  readonly onFailure: (reason: string) => void;
}

const nobody: ReportAnswer = () => {};

/**
 * Whole reports: at times of day and when asked for, from the cache where the newest close has one. One is written per
 * turn, so that 64 symbols at nine o'clock hold nothing up. One thread.
 */
export class ReportDesk {
  private readonly dependencies: ReportDependencies;
  private readonly cache: ResultCache<DeepReport>;
  private readonly requests: Map<SymbolDesk, Request[]>;
  private made: Made[];
  private nextMs: number;

  constructor(dependencies: ReportDependencies) {
    this.dependencies = dependencies;
    this.cache = new ResultCache();
    this.requests = new Map();
    this.made = [];
    this.nextMs = NaN;
  }

  /** The venue's clock is known, or has become another one: times that have gone by by then are not made up for. */
  begin(nowMs: number): void {
    this.nextMs = this.dependencies.times?.next(nowMs) ?? Infinity;
  }

  /** Asks for the reports of all symbols when it is time; after a sleep once. */
  poll(nowMs: number, desks: readonly SymbolDesk[]): void {
    if (!(nowMs >= this.nextMs)) return;
    const { times, scheduler } = this.dependencies;
    const atMs = this.nextMs;
    this.nextMs = times?.next(nowMs) ?? Infinity;
    for (const desk of desks) {
      if (scheduler.has(desk.instrument.index)) this.ask(desk, 'scheduled', desk.finest, atMs, nowMs);
    }
  }

  /** Asks for a report that is no older than the newest close of a timeframe. */
  ask(
    desk: SymbolDesk,
    kind: ReportKind,
    timeframe: Timeframe,
    atMs: number,
    nowMs: number,
    answer: ReportAnswer = nobody,
  ): void {
    const { scheduler } = this.dependencies;
    const { index } = desk.instrument;
    const closeMs = desk.closeMsOf(timeframe);
    const request = { kind, timeframe, closeMs, atMs, answer };
    const report = this.cache.get(index, timeframe, closeMs, nowMs);
    if (report !== null) {
      scheduler.noteCacheHit(index, timeframe);
      this.made.push({ desk, report, request });
      return;
    }
    const waiting = this.requests.get(desk);
    if (waiting === undefined) this.requests.set(desk, [request]);
    else waiting.push(request);
    desk.wantsReport = true;
    scheduler.want(index);
  }

  /** A report was made, of the bars that had closed when it was begun. */
  take(desk: SymbolDesk, report: DeepReport): void {
    for (const timeframe of desk.timeframes)
      this.cache.put(desk.instrument.index, timeframe, desk.sentCloseMs[timeframe.slot], report);
    const waiting = this.requests.get(desk) ?? [];
    const isMet = ({ timeframe: { slot }, closeMs }: Request): boolean => !(desk.sentCloseMs[slot] < closeMs);
    for (const request of waiting) if (isMet(request)) this.made.push({ desk, report, request });
    const left = waiting.filter((request) => !isMet(request));
    if (left.length === 0) this.requests.delete(desk);
    else this.requests.set(desk, left);
    desk.wantsReport = left.length > 0;
  }

  /** Nothing came of an analysis: who asked by hand is told; what was scheduled is tried again with the symbol. */
  fail(desk: SymbolDesk, reason: string): void {
    const waiting = this.requests.get(desk);
    if (waiting === undefined) return;
    const left = waiting.filter(({ kind }) => kind === 'scheduled');
    for (const { kind, answer } of waiting) if (kind === 'asked') answer(null, reason);
    this.requests.set(desk, left);
    desk.wantsReport = left.length > 0;
  }

  /** A symbol is analysed no more, or with other timeframes. */
  forget(desk: SymbolDesk): void {
    this.cache.forget(desk.instrument.index);
    for (const { answer } of this.requests.get(desk) ?? []) answer(null, 'its timeframes were changed');
    this.requests.delete(desk);
    desk.wantsReport = false;
  }

  get hasWork(): boolean {
    return this.made.length > 0;
  }

  /** Writes one report that is there; returns how many it wrote. */
  writeNext(): number {
    const next = this.made.shift();
    if (next === undefined) return 0;
    const { write, counters, onFailure } = this.dependencies;
    const { desk, report, request } = next;
    if (write === null) {
      request.answer(null, 'this engine writes no reports');
      return 1;
    }
    try {
      const name = write(desk, report, request.kind, request.atMs);
      counters.increment(ANALYSIS_COUNTER.reportsWritten);
      request.answer(name, '');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      counters.increment(ANALYSIS_COUNTER.reportFailures);
      onFailure(`the report of ${desk.instrument.symbol}: ${reason}`);
      request.answer(null, reason);
    }
    return 1;
  }
}
