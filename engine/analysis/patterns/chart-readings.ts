/** The newest pivots of one kind; age 0 is the newest. NaN when there are not so many. */
interface PivotsView {
  price(age: number): number;
  /** Number of its bar, counted from 0 since the last gap. */
  bar(age: number): number;
}

/** A level of support or resistance. */
export interface LevelView {
  readonly price: number;
  /** 0..100. */
  readonly strength: number;
}

/** What chart patterns are made of: one closed bar of a timeframe and its metrics. Absent values are NaN. */
export interface ChartReadings {
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly atr: number;
  readonly rsi: number;
  readonly zVolume: number;
  readonly upperBand: number;
  readonly lowerBand: number;
  /** Share of the last bandwidths that are lower, in percent. */
  readonly bandwidthPct: number;
  /** Bars since the last gap, this one included: the bar's number is one less. */
  readonly barCount: number;
  readonly highs: PivotsView;
  readonly lows: PivotsView;
}

/** What a detector found at a bar; the object is reused. */
export interface ChartFinding {
  /** 0 = nothing. */
  direction: -1 | 0 | 1;
  /** The price it is about: level, neckline, pivot, band. */
  price: number;
}

/** Finds one kind of chart pattern bar by bar; what comes later changes nothing it has found. One thread. */
export interface ChartDetector {
  readonly name: string;
  /** Looks at the next bar. `levels` are those known before it by rising price; null = none are known yet. */
  update(bar: ChartReadings, levels: readonly LevelView[] | null, found: ChartFinding): void;
  /** A gap: nothing may reach across it. */
  reset(): void;
}
