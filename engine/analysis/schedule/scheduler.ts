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
  /** Timeframes that were asked for by hand; the run counts for them though none has closed. */
  readonly forced: readonly Timeframe[];
  readonly startedNs: number;
}

interface Pair {
  readonly timeframe: Timeframe;
  readonly status: PairStatus;
  /** Close that waits; NaN = none does. */
  waitingMs: number;
  isForced: boolean;
}

interface Symbol {
  readonly instrumentIndex: number;
  readonly name: string;
  /** Longest timeframe first. */
  pairs: readonly Pair[];
  /** Those that were left out among them: what they counted still counts. */
  readonly known: Map<number, Pair>;
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
  /** Symbols that were left out. */
  private readonly away: Map<number, Symbol> = new Map();

  constructor(timeframes: readonly Timeframe[]) {
    this.timeframes = timeframes.toSorted((a, b) => b.slot - a.slot);
  }

  /** Takes a symbol in, with the given timeframes or all; what was counted of one that is known stays. */
  add(instrumentIndex: number, name: string, timeframes: readonly Timeframe[] = this.timeframes): void {
    const before = this.symbols.get(instrumentIndex) ?? this.away.get(instrumentIndex);
    this.away.delete(instrumentIndex);
    const symbol: Symbol = before ?? {
      instrumentIndex,
      name,
      pairs: [],
      known: new Map(),
      isForced: false,
      isWanted: false,
      isRunning: false,
    };
    this.symbols.set(instrumentIndex, symbol);
    symbol.pairs = timeframes
      .toSorted((a, b) => b.slot - a.slot)
      .map((timeframe) => {
        const pair = symbol.known.get(timeframe.slot) ?? newPair(timeframe);
        symbol.known.set(timeframe.slot, pair);
        return pair;
      });
    for (const pair of symbol.known.values()) if (!symbol.pairs.includes(pair)) letGo(pair);
  }

  /** Leaves a symbol out from now on; false when it is not known. */
  remove(instrumentIndex: number): boolean {
    const symbol = this.symbols.get(instrumentIndex);
    if (symbol === undefined) return false;
    this.symbols.delete(instrumentIndex);
    this.away.set(instrumentIndex, symbol);
    for (const pair of symbol.pairs) letGo(pair);
    symbol.isForced = false;
    symbol.isWanted = false;
    return true;
  }

  has(instrumentIndex: number): boolean {
    return this.symbols.has(instrumentIndex);
  }

  /** A bar has closed. */
  noteClose(instrumentIndex: number, { slot }: Timeframe, closeMs: number): void {
    const pair = this.symbols.get(instrumentIndex)?.pairs.find(({ timeframe }) => timeframe.slot === slot);
    if (pair === undefined) return;
    if (!Number.isNaN(pair.waitingMs)) pair.status.noteReplaced();
    pair.waitingMs = closeMs;
  }

  /** A symbol is to be run though no bar has closed; nothing is late then. */
  want(instrumentIndex: number): void {
    const symbol = this.symbols.get(instrumentIndex);
    if (symbol !== undefined) symbol.isWanted = true;
  }

  /**
   * Everything of a symbol is to be made anew, for one timeframe or all; false when it is not known, or not analysed in
   * that timeframe. Timeframes of a symbol depend on each other, so the whole symbol is made anew either way.
   */
  force(instrumentIndex: number, timeframe: Timeframe | null = null): boolean {
    const symbol = this.symbols.get(instrumentIndex);
    if (symbol === undefined) return false;
    const pairs =
      timeframe === null
        ? symbol.pairs
        : symbol.pairs.filter((pair) => pair.timeframe.slot === timeframe.slot);
    if (pairs.length === 0) return false;
    for (const pair of pairs) pair.isForced = true;
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
    if (symbol === undefined) {
      const gone = this.away.get(run.instrumentIndex);
      if (gone !== undefined) gone.isRunning = false;
      return false;
    }
    symbol.isRunning = false;
    if (isFailed && run.waits.length === 0) symbol.isWanted = true;
    const durationMs = (nowNs - run.startedNs) / 1e6;
    let isTold = run.isForced || run.waits.length === 0;
    const pairOf = ({ slot }: Timeframe): Pair | undefined =>
      symbol.pairs.find(({ timeframe }) => timeframe.slot === slot);
    for (const { timeframe, closeMs } of run.waits) {
      const pair = pairOf(timeframe);
      // It was left out meanwhile.
      if (pair === undefined) continue;
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
    for (const timeframe of run.forced) pairOf(timeframe)?.status.noteForced(nowMs, durationMs, isFailed);
    return isTold && !isFailed;
  }

  /** A result was asked for and was there already. */
  noteCacheHit(instrumentIndex: number, { slot }: Timeframe): void {
    const pair = this.symbols.get(instrumentIndex)?.pairs.find(({ timeframe }) => timeframe.slot === slot);
    pair?.status.noteCacheHit();
  }

  totals(): ScheduleTotals {
    const totals = { runs: 0, failed: 0, replaced: 0, late: 0, dropped: 0, cacheHits: 0, waiting: 0 };
    for (const { known } of [...this.symbols.values(), ...this.away.values()]) {
      for (const { status, waitingMs } of known.values()) {
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

  /** What has changed since it was last asked for, pair by pair. */
  forEachChanged(tell: (instrumentIndex: number, timeframe: Timeframe, report: PairReport) => void): void {
    for (const { instrumentIndex, name, pairs } of this.symbols.values()) {
      for (const { timeframe, status } of pairs) {
        if (!status.isChanged) continue;
        status.isChanged = false;
        tell(instrumentIndex, timeframe, status.report(name, timeframe.name));
      }
    }
  }
}

function newPair(timeframe: Timeframe): Pair {
  return { timeframe, status: new PairStatus(), waitingMs: NaN, isForced: false };
}

/** Nothing of it waits any more. */
function letGo(pair: Pair): void {
  pair.waitingMs = NaN;
  pair.isForced = false;
}

function begin(symbol: Symbol, startedNs: number): ScheduledRun {
  const waits = symbol.pairs
    .filter(({ waitingMs }) => !Number.isNaN(waitingMs))
    .map(({ timeframe, waitingMs }) => ({ timeframe, closeMs: waitingMs }));
  // A close that waits counts the run already.
  const forced = symbol.pairs
    .filter(({ isForced, waitingMs }) => isForced && Number.isNaN(waitingMs))
    .map(({ timeframe }) => timeframe);
  for (const pair of symbol.pairs) {
    pair.waitingMs = NaN;
    pair.isForced = false;
  }
  const { instrumentIndex, isForced } = symbol;
  const run = { instrumentIndex, waits, isForced, forced, startedNs };
  symbol.isForced = false;
  symbol.isWanted = false;
  symbol.isRunning = true;
  return run;
}
