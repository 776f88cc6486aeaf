import { invariant } from '../../core/assert.ts';
import type { ClosedCandle } from '../bars/candle.ts';
import type { Timeframe } from '../bars/timeframe.ts';
import { confluenceOf } from '../confluence/confluence.ts';
import { planPricesOf, STRONG_LEVEL, tradePlanOf } from '../confluence/trade-plan.ts';
import { strengthOf, type Level } from '../levels/level.ts';
import type { SymbolLevels } from '../levels/symbol-levels.ts';
import {
  baseConfidence,
  type HigherTimeframe,
  type PatternConfidence,
  patternConfidence,
} from '../patterns/pattern-confidence.ts';
import type { SymbolAnalysis } from '../symbol/symbol-analysis.ts';
import { type FoundPattern, SeriesPatterns } from './series-patterns.ts';
import { LIFETIME_BARS, type Signal } from './signal.ts';
import { SignalBook } from './signal-book.ts';
import { type Outcome, SignalFollower } from './signal-outcome.ts';

/** A pattern is at a level that is so near, in ATR. */
const AT_LEVEL_ATR = 0.5;
/** Target over stop below which nothing is proposed. */
const REWARD_RISK_MIN = 1;

/** Receives what happens, in the order of time. */
export interface SignalListener {
  onSignal(signal: Signal): void;
  onOutcome(outcome: Outcome): void;
}

/**
 * The signals of one symbol: feeds its analysis, looks for patterns at every closed bar, tells of those that are strong
 * enough and follows what becomes of them. Of bars that close at the same moment the longest first: a timeframe counts
 * as it was at its newest close that has been taken. One thread.
 */
export class SymbolSignals {
  readonly analysis: SymbolAnalysis;
  readonly book: SignalBook;
  /** Patterns strong enough that were dropped because a strong level stood in the way of the target. */
  rewardlessCount: number;
  private readonly listener: SignalListener;
  private readonly feeBps: number;
  private readonly series: ReadonlyMap<Timeframe, SeriesPatterns>;
  private readonly followed: Map<Timeframe, SignalFollower[]>;

  /** @param feeBps fee of entry and exit each, in basis points */
  constructor(analysis: SymbolAnalysis, feeBps: number, listener: SignalListener) {
    this.analysis = analysis;
    this.book = new SignalBook();
    this.rewardlessCount = 0;
    this.listener = listener;
    this.feeBps = feeBps;
    this.series = new Map(analysis.timeframes.map((one) => [one.timeframe, new SeriesPatterns(one)]));
    this.followed = new Map(analysis.timeframes.map(({ timeframe }) => [timeframe, []]));
  }

  /**
   * Takes the next closed bar; false when the analysis refused it because it is not newer.
   * @param buyVolume base units of the volume that takers bought, NaN = not known
   */
  update(timeframe: Timeframe, bar: ClosedCandle, buyVolume: number = NaN): boolean {
    const series = this.series.get(timeframe);
    invariant(series !== undefined, `${this.analysis.symbol} has no timeframe ${timeframe.name}`);
    series.prepare(bar);
    if (!this.analysis.update(timeframe, bar, buyVolume, bar.volume - buyVolume)) return false;
    this.follow(timeframe, bar);
    const found = series.update(bar);
    if (found.length > 0) this.propose(series, found);
    return true;
  }

  private follow(timeframe: Timeframe, bar: ClosedCandle): void {
    const followers = this.followed.get(timeframe)!;
    const open = followers.filter((follower) => {
      const outcome = follower.update(bar);
      if (outcome !== null) this.listener.onOutcome(outcome);
      return outcome === null;
    });
    if (open.length < followers.length) this.followed.set(timeframe, open);
  }

  private propose(series: SeriesPatterns, found: readonly FoundPattern[]): void {
    const { close, atr } = series.analysis.metrics;
    if (!(atr.value > 0)) return;
    // Levels are dear: they are made for patterns that can become strong enough at one.
    let levels: SymbolLevels | null = null;
    const signals: Signal[] = [];
    for (const pattern of found) {
      if (this.confidenceOf(series, pattern, true).priority === null) continue;
      levels ??= this.analysis.levels();
      const signal = this.signalOf(series, pattern, levels, close, atr.value);
      if (signal !== null) signals.push(signal);
    }
    // The strongest of a family is its signal.
    signals.sort((a, b) => b.confidence.final - a.confidence.final);
    for (const signal of signals) {
      if (!this.book.add(signal)) continue;
      this.followed.get(signal.timeframe)!.push(new SignalFollower(signal, this.feeBps));
      this.listener.onSignal(signal);
    }
  }

  private confidenceOf(
    series: SeriesPatterns,
    { kind, candleCount, direction }: FoundPattern,
    isAtLevel: boolean,
  ): PatternConfidence {
    const base = baseConfidence(kind, candleCount, isAtLevel);
    const { zVolume } = series.analysis.metrics;
    return patternConfidence(base, direction, this.higher(series, direction), zVolume);
  }

  private signalOf(
    series: SeriesPatterns,
    pattern: FoundPattern,
    levels: SymbolLevels | null,
    close: number,
    atr: number,
  ): Signal | null {
    const { name, family, direction } = pattern;
    const { timeframe, metrics } = series.analysis;
    const reach = AT_LEVEL_ATR * atr;
    const isAtLevel =
      levels?.hasWithin(direction > 0 ? close - reach : close, direction > 0 ? close : close + reach) ??
      false;
    const confidence = this.confidenceOf(series, pattern, isAtLevel);
    if (confidence.priority === null) return null;
    const scores = this.analysis.timeframes
      .filter((one) => one.metrics.isWarm)
      .map((one) => ({ timeframe: one.timeframe, score: one.metrics.score }));
    const { agreement } = confluenceOf(scores, null, null);
    const behind = levels?.near(close, 1);
    const ahead =
      levels?.until(close, direction, Infinity, (level) => strengthOf(level.weight) >= STRONG_LEVEL) ?? [];
    const sides =
      direction > 0
        ? { support: behind?.support ?? [], resistance: ahead }
        : { support: ahead, resistance: behind?.resistance ?? [] };
    const plan = tradePlanOf(
      direction,
      agreement ?? 0,
      { support: sides.support.map(planLevel), resistance: sides.resistance.map(planLevel) },
      close,
      atr,
    );
    const prices = planPricesOf(direction, plan, close, atr, this.analysis.tick);
    // A strong level close ahead leaves less to gain than is risked: no trade (analysis.md 4).
    if (plan.tp < REWARD_RISK_MIN * plan.sl || direction * (prices.target - prices.entry) <= 0) {
      this.rewardlessCount++;
      return null;
    }
    return {
      symbol: this.analysis.symbol,
      timeframe,
      pattern: name,
      family,
      direction,
      timeMs: metrics.closeTimeMs,
      expiresMs: metrics.closeTimeMs + LIFETIME_BARS * timeframe.lengthMs,
      ...prices,
      atr,
      confidence,
      priority: confidence.priority,
    };
  }

  /** The warm timeframes above, with a weight, whose last close is not older than a bar of theirs. */
  private higher({ analysis }: SeriesPatterns, direction: 1 | -1): HigherTimeframe[] {
    const higher: HigherTimeframe[] = [];
    for (const [timeframe, other] of this.series) {
      const { metrics } = other.analysis;
      if (timeframe.lengthMs <= analysis.timeframe.lengthMs || timeframe.weight === 0) continue;
      if (!metrics.isWarm || metrics.closeTimeMs + timeframe.lengthMs <= analysis.metrics.closeTimeMs)
        continue;
      const { weight } = timeframe;
      higher.push({ weight, score: metrics.score, hasPattern: other.hasRecent(direction) });
    }
    return higher;
  }
}

function planLevel({ price, weight }: Level): { price: number; strength: number } {
  return { price, strength: strengthOf(weight) };
}
