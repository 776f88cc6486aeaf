import type { ParameterRange, ParameterValue } from './parameter-range.ts';
import type { HeatMap } from './heat-map.ts';
import type { Objective } from './overfitting-probability.ts';
import type { SearchMethod } from './search-method.ts';

/** Version of the result's shape. */
export const OPTIMISE_SCHEMA = 'shrike.optimise/1';

/** Profit in the quote asset, and Sharpe ratio per year, of one part of the data. */
export interface PartFigures {
  readonly net: number;
  readonly sharpe: number;
}

/** One parameter set as people compare them. */
export interface SetRow {
  readonly set: number;
  readonly params: Readonly<Record<string, ParameterValue>>;
  readonly inSample: PartFigures;
  /** Null where all data is in sample. */
  readonly outOfSample: PartFigures | null;
  /** Of the whole run. */
  readonly net: number;
  readonly maxDrawdown: number;
  readonly trades: number;
}

/** One step of a walk forward. */
export interface FoldRow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly params: SetRow['params'];
  readonly inSample: PartFigures;
  readonly outOfSample: PartFigures;
}

/** How much of the best result the search itself explains. `null` = it cannot be said of so few sets or periods. */
export interface Overfitting {
  /** Probability of backtest overfitting, and the ways to split the data it is counted over. */
  readonly probability: number | null;
  readonly splits: number;
  /** Probability that the best in-sample Sharpe ratio is more than the luck of so many tries. */
  readonly deflatedSharpe: number | null;
  /** What the best of so many tries without skill would have, per year. */
  readonly expectedBestSharpe: number | null;
}

/** What an optimisation found: plain data, the JSON output. */
export interface OptimiseResult {
  readonly schema: typeof OPTIMISE_SCHEMA;
  readonly strategy: string;
  /** Parameters that were the same in all runs. */
  readonly params: Readonly<Record<string, ParameterValue>>;
  readonly ranges: readonly ParameterRange[];
  readonly data: {
    readonly kind: 'frames' | 'candles';
    readonly files: readonly string[];
    readonly symbols: readonly string[];
    readonly fromMs: number;
    readonly toMs: number;
    /** Where out of sample begins; toMs when nothing is. */
    readonly splitMs: number;
    readonly events: number;
  };
  readonly quoteAsset: string;
  readonly capital: number;
  readonly model: string;
  readonly method: SearchMethod;
  readonly objective: Objective;
  readonly seed: number;
  readonly sets: number;
  /** Sets that the strategy does not take, and its words for the first of them. */
  readonly refused: number;
  readonly refusal: string | null;
  /** The best by the objective in sample, best first. */
  readonly top: readonly SetRow[];
  readonly overfitting: Overfitting;
  readonly walkForward: { readonly folds: readonly FoldRow[]; readonly outOfSample: PartFigures } | null;
  readonly heatMap: HeatMap | null;
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
  readonly resultsFile: string;
  /** Sets whose results an earlier process had left. */
  readonly resumed: number;
  readonly workers: number;
  readonly wallMs: number;
}
