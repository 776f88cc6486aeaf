import type { Instrument } from '../core/instrument.ts';
import type { ParameterDecls, ParameterValues } from './parameters.ts';
import type { BarLength, Strategy } from './strategy-api.ts';

/**
 * A strategy as its file declares it: `export const strategy: StrategyDefinition<typeof PARAMETERS> = { … }`.
 */
export interface StrategyDefinition<Decls extends ParameterDecls = ParameterDecls> {
  /** Short name for figures and errors. */
  readonly name: string;
  /** Of the strategy, as its author counts: it stands in reports and in what is kept for a restart. */
  readonly version: string;
  /** What it does, in one sentence. */
  readonly text: string;
  readonly parameters: Decls;
  /**
   * What happens with indicators when trades are missing from a bar. `reset` (the default): those of that instrument and
   * bar length begin anew, and onBar sees complete bars only. `keep`: they take the bar in as it is, and so does onBar.
   */
  readonly onGap?: 'reset' | 'keep';
  /** Makes the strategy: says what it needs by `setup` and returns its callbacks. Throws for parameters that do not fit. */
  readonly create: (setup: StrategySetup<ParameterValues<Decls>>) => Strategy;
}

/** What a strategy is made with. Valid during `create` only, apart from `isWarm` and what it returned. */
export interface StrategySetup<Values = Readonly<Record<string, string | number | boolean>>> {
  readonly parameters: Values;
  /** Those that are traded now; others may be added (`perInstrument` makes what belongs to them). */
  readonly instruments: readonly Instrument[];
  /** Bars of this length (or by activity) of every instrument, for onBar. @param warmUp bars that pass before onBar sees the first */
  bars(length: BarLength, warmUp?: number): void;
  /** An indicator of closes for every instrument, fed with each bar of this length before onBar sees it. */
  ofCloses<T extends CloseIndicator>(length: BarLength, make: () => T): PerInstrument<T>;
  /** The same of high, low and close. */
  ofBars<T extends BarIndicator>(length: BarLength, make: () => T): PerInstrument<T>;
  /** The same of close and volume. */
  ofVolume<T extends VolumeIndicator>(length: BarLength, make: () => T): PerInstrument<T>;
  /** Something of the strategy's own for every instrument: made now, and when an instrument is added. */
  perInstrument<T>(make: (instrument: Instrument) => T): PerInstrument<T>;
  /** Whether all indicators of an instrument are ready and its warm-up is over. */
  isWarm(instrumentIndex: number): boolean;
}

/** One of each instrument. */
export interface PerInstrument<T> {
  /** The one of an instrument; the index is that of a view or report. */
  of(instrumentIndex: number): T;
}

interface Indicator {
  readonly isReady: boolean;
  reset(): void;
}

/** Takes closes. */
export interface CloseIndicator extends Indicator {
  update(close: number): void;
}

/** Takes highs, lows and closes. */
export interface BarIndicator extends Indicator {
  update(high: number, low: number, close: number): void;
}

/** Takes closes and volumes. */
export interface VolumeIndicator extends Indicator {
  update(close: number, volume: number): void;
}
