import type { Timeframe } from '../bars/timeframe.ts';
import { type PairReport, PairStatus } from './pair-status.ts';

/** A result is late after this share of its timeframe, and after so long at most. */
const DEADLINE_SHARE = 0.1;
const DEADLINE_MAX_MS = 60_000;

/** A timeframe of a symbol whose close is to be analysed. */
interface Wait {
  readonly timeframe: Timeframe;
  readonly closeMs: number;
}

/** What is run in one go: the closes of one symbol that wait, longest timeframe first. */
export interface ScheduledRun {
  readonly instrumentIndex: number;
  readonly waits: readonly Wait[];
  /** Everything is to be made anew from the bars. */
  readonly isForced: boolean;
  readonly startedNs: number;
}

interface Pair {
  readonly timeframe: Timeframe;
  readonly status: PairStatus;
  /** Close that waits; NaN = none does. */
  waitingMs: number;
}

interface Symbol {
  readonly instrumentIndex: number;
  readonly name: string;
  /** By the given timeframes, longest first. */
  readonly pairs: readonly Pair[];
  isForced: boolean;
  isWanted: boolean;
  isRunning: boolean;
}

/** Sums over all pairs. */
export interface ScheduleTotals {
  readonly runs: number;
  readonly failed: number;
  readonly replaced: number;
  readonly late: number;
  readonly dropped: number;
  readonly cacheHits: number;
  /** Pairs that wait now. */
  readonly waiting: number;
}

/**
 * Says what is analysed next. A close makes its symbol and timeframe wait; of a pair at most one waits, the newest.
 * Longer timeframes go first, then the order of the symbols; the other closes of the symbol that wait go with it. All
 * times are given: nothing here reads a clock. One thread.
 */
export class Scheduler {
  private readonly timeframes: readonly Timeframe[];
  private readonly symbols: Map<number, Symbol> = new Map();

  constructor(timeframes: readonly Timeframe[]) {
    this.timeframes = timeframes.toSorted((a, b) => b.slot - a.slot);
  }

  /** Takes a symbol in; one that is known stays as it is. */
  add(instrumentIndex: number, name: string): void {
    if (this.symbols.has(instrumentIndex)) return;
    const pairs = this.timeframes.map((timeframe) => ({
      timeframe,
      status: new PairStatus(),
      waitingMs: NaN,
    }));
    this.symbols.set(instrumentIndex, {
      instrumentIndex,
      name,
      pairs,
      isForced: false,
      isWanted: false,
      isRunning: false,
    });
  }

  /** Leaves a symbol out from now on; false when it is not known. */
  remove(instrumentIndex: number): boolean {
    return this.symbols.delete(instrumentIndex);
  }

  has(instrumentIndex: number): boolean {
    return this.symbols.has(instrumentIndex);
  }

  /** A bar has closed. */
  noteClose(instrumentIndex: number, { slot }: Timeframe, closeMs: number): void {
    const pair = this.symbols.get(instrumentIndex)?.pairs.find(({ timeframe }) => timeframe.slot === slot);
    if (pair === undefined) return;
    if (!Number.isNaN(pair.waitingMs)) pair.status.replaced++;
    pair.waitingMs = closeMs;
  }

  /** A symbol is to be run though no bar has closed; nothing is late then. */
  want(instrumentIndex: number): void {
    const symbol = this.symbols.get(instrumentIndex);
    if (symbol !== undefined) symbol.isWanted = true;
  }

  /** Everything of a symbol is to be made anew; false when it is not known. */
  force(instrumentIndex: number): boolean {
    const symbol = this.symbols.get(instrumentIndex);
    if (symbol === undefined) return false;
    symbol.isForced = true;
    return true;
  }

  /** The next run among the symbols that may run now, or null; they must `finish`. */
  next(nowNs: number, mayRun: (instrumentIndex: number) => boolean): ScheduledRun | null {
    let best: Symbol | null = null;
    let bestSlot = -1;
    for (const symbol of this.symbols.values()) {
      if (symbol.isRunning) continue;
      const longest = symbol.pairs.find(({ waitingMs }) => !Number.isNaN(waitingMs));
      // Who asks by hand waits for an answer.
      const slot = symbol.isForced || symbol.isWanted ? Infinity : (longest?.timeframe.slot ?? -1);
      if (slot < 0 || slot < bestSlot) continue;
      if (best !== null && slot === bestSlot && symbol.instrumentIndex > best.instrumentIndex) continue;
      if (!mayRun(symbol.instrumentIndex)) continue;
      best = symbol;
      bestSlot = slot;
    }
    return best === null ? null : begin(best, nowNs);
  }

  /**
   * A run ended. Returns whether its result may be told: it is not when a whole bar has gone by since every close it was for.
   * @param nowMs the venue's time
   */
  finish(run: ScheduledRun, nowNs: number, nowMs: number, isFailed: boolean): boolean {
    const symbol = this.symbols.get(run.instrumentIndex);
    if (symbol === undefined) return false;
    symbol.isRunning = false;
    if (isFailed && run.waits.length === 0) symbol.isWanted = true;
    const durationMs = (nowNs - run.startedNs) / 1e6;
    let isTold = run.isForced || run.waits.length === 0;
    for (const { timeframe, closeMs } of run.waits) {
      const pair = symbol.pairs.find((each) => each.timeframe === timeframe)!;
      const { status } = pair;
      status.note(closeMs, nowMs, durationMs, isFailed);
      if (isFailed) {
        // It is tried again, unless a newer close waits by now.
        if (Number.isNaN(pair.waitingMs)) pair.waitingMs = closeMs;
        continue;
      }
      const latenessMs = nowMs - closeMs;
      if (latenessMs >= timeframe.lengthMs) {
        status.dropped++;
        continue;
      }
      if (latenessMs > Math.min(DEADLINE_SHARE * timeframe.lengthMs, DEADLINE_MAX_MS)) status.late++;
      isTold = true;
    }
    return isTold && !isFailed;
  }

  /** A result was asked for and was there already. */
  noteCacheHit(instrumentIndex: number, { slot }: Timeframe): void {
    const pair = this.symbols.get(instrumentIndex)?.pairs.find(({ timeframe }) => timeframe.slot === slot);
    if (pair !== undefined) pair.status.cacheHits++;
  }

  totals(): ScheduleTotals {
    const totals = { runs: 0, failed: 0, replaced: 0, late: 0, dropped: 0, cacheHits: 0, waiting: 0 };
    for (const { pairs } of this.symbols.values()) {
      for (const { status, waitingMs } of pairs) {
        totals.runs += status.runs;
        totals.failed += status.failed;
        totals.replaced += status.replaced;
        totals.late += status.late;
        totals.dropped += status.dropped;
        totals.cacheHits += status.cacheHits;
        if (!Number.isNaN(waitingMs)) totals.waiting++;
      }
    }
    return totals;
  }

  /** Every pair, by symbol and from short to long timeframes. */
  report(): PairReport[] {
    return [...this.symbols.values()]
      .toSorted((a, b) => a.instrumentIndex - b.instrumentIndex)
      .flatMap(({ name, pairs }) =>
        pairs.toReversed().map(({ timeframe, status }) => status.report(name, timeframe.name)),
      );
  }
}

function begin(symbol: Symbol, startedNs: number): ScheduledRun {
  const waits = symbol.pairs
    .filter(({ waitingMs }) => !Number.isNaN(waitingMs))
    .map(({ timeframe, waitingMs }) => ({ timeframe, closeMs: waitingMs }));
  for (const pair of symbol.pairs) pair.waitingMs = NaN;
  const run = { instrumentIndex: symbol.instrumentIndex, waits, isForced: symbol.isForced, startedNs };
  symbol.isForced = false;
  symbol.isWanted = false;
  symbol.isRunning = true;
  return run;
}
