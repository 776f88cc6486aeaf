import { BIAS_TIMEFRAMES } from './bias-frame.ts';
import type { BiasTimeframe } from './bias-frame.ts';
import type { BiasModelConfig, BiasTask, TimeframeBars } from './bias-model.ts';
import { BarHistory } from './bar-history.ts';
import { BarBuilder } from './bars.ts';
import type { ClosedBar } from './bars.ts';

/** A timeframe the slow path watches. `intervalMs` is the name's own outside of tests. */
export interface WatchedTimeframe {
  readonly name: BiasTimeframe;
  readonly intervalMs: number;
  /** Its share in the bias, relative to the others. */
  readonly weight: number;
}

/** Closed bars per timeframe handed to an analysis, whatever the periods are. */
const BARS_MIN = 300;
/** With longer periods: bars per slow period; the seed's share in the EMA is then below 2 %. */
const BARS_PER_SLOW_PERIOD = 3;

interface TimeframeState {
  readonly timeframe: WatchedTimeframe;
  readonly slot: number;
  readonly builder: BarBuilder;
  readonly history: BarHistory;
}

/** Bars of every timeframe of one instrument. One thread. */
export class InstrumentAnalysis {
  readonly instrumentIndex: number;
  /** Bars closed so far over all timeframes. */
  closedCount = 0;
  /** Venue time of the newest trade, ms; 0 = none yet. */
  lastTradeMs = 0;
  private readonly states: readonly TimeframeState[];
  private readonly model: BiasModelConfig;

  constructor(instrumentIndex: number, timeframes: readonly WatchedTimeframe[], model: BiasModelConfig) {
    this.instrumentIndex = instrumentIndex;
    this.model = model;
    const barsMax = Math.max(BARS_MIN, model.slowPeriod * BARS_PER_SLOW_PERIOD + 1);
    this.states = timeframes.map((timeframe) => {
      const history = new BarHistory(barsMax);
      const builder = new BarBuilder(instrumentIndex, timeframe.intervalMs, (bar) => {
        if (history.append(bar)) this.closedCount++;
      });
      return { timeframe, slot: BIAS_TIMEFRAMES.indexOf(timeframe.name), builder, history };
    });
  }

  /** One trade into the bars of every timeframe; true when at least one bar closed by it. */
  addTrade(timeMs: number, priceTicks: number, qtyLots: number): boolean {
    const before = this.closedCount;
    if (timeMs > this.lastTradeMs) this.lastTradeMs = timeMs;
    for (const { builder } of this.states) builder.addTrade(timeMs, priceTicks, qtyLots);
    return this.closedCount > before;
  }

  /** Older bars of one timeframe, oldest first; those not newer than what is known are passed over. */
  seed(timeframe: BiasTimeframe, bars: readonly ClosedBar[]): void {
    const state = this.states.find((candidate) => candidate.timeframe.name === timeframe);
    if (state === undefined) return;
    for (const bar of bars) state.history.append(bar);
  }

  /** Trades are missing: the open bars are incomplete. */
  noteGap(): void {
    for (const { builder } of this.states) builder.noteGap();
  }

  /** Trades that came after their bar had closed, in the shortest timeframe. */
  lateCount(): number {
    return this.states.length === 0 ? 0 : this.states[0].builder.lateCount;
  }

  /** Everything an analysis of this moment needs, copied. */
  task(): BiasTask {
    const timeframes = this.states.map(({ timeframe, slot, builder, history }): TimeframeBars => {
      const forming = builder.forming;
      const runMs = forming === null ? 0 : this.lastTradeMs - forming.openTimeMs;
      return {
        slot,
        weight: timeframe.weight,
        ...history.columns(),
        formingClose: forming === null ? NaN : forming.closeTicks,
        formingFraction: Math.min(1, Math.max(0, runMs / timeframe.intervalMs)),
      };
    });
    return {
      instrumentIndex: this.instrumentIndex,
      slotCount: BIAS_TIMEFRAMES.length,
      config: this.model,
      timeframes,
    };
  }
}
