/** Closed bars as the api shows them, and where there are none in between. */
export interface HistoricalBars {
  readonly bars: readonly HistoricalBar[];
  /** Oldest first; bars of the store end and begin here. */
  readonly gaps: readonly { readonly gap: readonly [fromMs: number, toMs: number] }[];
}

/** One bar; prices and sizes are decimal text. */
export interface HistoricalBar {
  readonly openMs: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

/** The newest context of a symbol, or why there is none. `version` grows with each. */
export type ContextReading =
  | { readonly context: object; readonly version: number; readonly reason: null }
  | { readonly context: null; readonly version: 0; readonly reason: string };
