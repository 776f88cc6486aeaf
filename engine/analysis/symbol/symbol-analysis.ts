import { invariant } from '../../core/assert.ts';
import type { ClosedCandle } from '../bars/candle.ts';
import { requireTimeframe, type Timeframe } from '../bars/timeframe.ts';
import { type RankedLevels, SymbolLevels } from '../levels/symbol-levels.ts';
import { SymbolProfiles } from './symbol-profiles.ts';
import { TimeframeAnalysis } from './timeframe-analysis.ts';

/** Timeframe whose ATR measures stops, targets and profiles. */
export const ANCHOR: Timeframe = requireTimeframe('1h');

/**
 * Everything known of one symbol over its timeframes. Feed it closed bars; of bars that close at the same moment the
 * longest first (1w, 1d, 4h, 1h, 15m, 5m, 1m). One thread.
 */
export class SymbolAnalysis {
  readonly symbol: string;
  /** Price step. */
  readonly tick: number;
  /** Longest first. */
  readonly timeframes: readonly TimeframeAnalysis[];
  readonly profiles: SymbolProfiles;
  private readonly known: SymbolLevels;
  private readonly byTimeframe: ReadonlyMap<Timeframe, TimeframeAnalysis>;

  constructor(symbol: string, timeframes: readonly Timeframe[], tick: number) {
    invariant(timeframes.length > 0 && tick > 0, 'an analysis has timeframes and a tick');
    this.symbol = symbol;
    this.tick = tick;
    this.timeframes = timeframes
      .toSorted((a, b) => b.lengthMs - a.lengthMs)
      .map((timeframe) => new TimeframeAnalysis(timeframe));
    this.byTimeframe = new Map(this.timeframes.map((analysis) => [analysis.timeframe, analysis]));
    this.profiles = new SymbolProfiles(this);
    this.known = new SymbolLevels();
  }

  /** The analysis of a timeframe; null when the symbol has no such bars. */
  of(timeframe: Timeframe): TimeframeAnalysis | null {
    return this.byTimeframe.get(timeframe) ?? null;
  }

  /** Takes the next closed bar; false when it was refused because it is not newer. @throws when there is no such timeframe */
  update(timeframe: Timeframe, bar: ClosedCandle, buyVolume?: number, sellVolume?: number): boolean {
    const analysis = this.byTimeframe.get(timeframe);
    invariant(analysis !== undefined, `${this.symbol} has no timeframe ${timeframe.name}`);
    return analysis.update(bar, buyVolume, sellVolume);
  }

  /** The shortest timeframe: its newest close is the last price known. */
  get finest(): TimeframeAnalysis {
    return this.timeframes[this.timeframes.length - 1];
  }

  /** The levels of all timeframes as of their newest bars; null while no timeframe has any. */
  levels(): SymbolLevels | null {
    const known: RankedLevels[] = [];
    for (const analysis of this.timeframes) {
      const of = analysis.levels();
      if (of !== null) known.push({ of, atr: analysis.metrics.atr.value });
    }
    if (known.length === 0) return null;
    this.known.update(known);
    return this.known;
  }
}
