import type { PublishedBias } from '../report/bias.ts';
import type { DeepReport, ReportFrame } from '../report/deep-report.ts';
import type { MergedNews } from '../signals/signal-table.ts';
import type { Outcome } from '../signals/signal-outcome.ts';
import type { Signal } from '../signals/signal.ts';
import type { LiveInputs } from '../symbol/build-context.ts';
import type { SeriesColumns } from './series-history.ts';

/*
 * What goes to a thread of the pool and comes back. A thread of the pool keeps the analyses of its symbols, so that a
 * closed bar costs a bar; what it keeps can be made anew at any time from the bars that the actor keeps.
 */

/** Numbers per packed bar: slot of the timeframe, then the columns of SeriesColumns. */
export const PACKED_NUMBERS = 9;

/** Bars of a symbol in the order they are to be taken. */
export type PackedBars = Float64Array;

/** One symbol of a task. */
export interface SymbolTask {
  readonly instrumentIndex: number;
  /** Of the bars: an analysis of another generation must not take them. */
  readonly generation: number;
  /** Begins the analysis with these bars; null = it is there already. */
  readonly seed: SymbolSeed | null;
  readonly bars: PackedBars;
  readonly live: LiveInputs;
  /** Bias of the last report, and whether this is a report or something between two. */
  readonly previous: PublishedBias | null;
  readonly isBetween: boolean;
  /** Number of the frame. */
  readonly version: number;
  /** Makes everything anew from the seed beside what is kept, and compares. */
  readonly isForced: boolean;
  /** The whole report is wanted. */
  readonly wantsReport: boolean;
}

/** What an analysis begins with. */
export interface SymbolSeed {
  readonly symbol: string;
  /** Price step. */
  readonly tick: number;
  readonly feeBps: number;
  /** By timeframe; the order is no matter. */
  readonly series: readonly SeriesColumns[];
}

/** One shard's task: symbols in the order of their instruments. */
export interface ShardTask {
  readonly symbols: readonly SymbolTask[];
}

/** What came of a symbol. */
export interface SymbolAnswer {
  readonly instrumentIndex: number;
  readonly generation: number;
  /** Why there is no answer: the analysis threw, or is not there. It begins anew with a seed. */
  readonly failure: string | null;
  readonly frame: ReportFrame | null;
  readonly bias: PublishedBias | null;
  /** Score of each warm timeframe by slot; null = it has none. */
  readonly scores: readonly (number | null)[];
  readonly report: DeepReport | null;
  /** The context as JSON; null = there is no answer. */
  readonly context: string | null;
  /** Of the bars taken since the last answer; after a seed, of all its bars. */
  readonly signals: readonly Signal[];
  readonly outcomes: readonly Outcome[];
  /** What the living signals say together; null = none is alive. */
  readonly merged: MergedNews | null;
  /** ATR of the one-minute bars; NaN = not known. */
  readonly minuteAtr: number;
  /** A forced analysis was not what the bar-by-bar one had come to. */
  readonly isDrifted: boolean;
}

export interface ShardAnswer {
  readonly symbols: readonly SymbolAnswer[];
}
