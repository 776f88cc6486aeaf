import type { Anomaly } from '../../analysis/portfolio/anomalies.ts';
import type { HourlyReturns } from '../../analysis/portfolio/hourly-returns.ts';
import { returnsOfHours } from '../../analysis/portfolio/portfolio-table.ts';

/** An anomaly with the symbol it is of and its number in this run. */
export interface ShownAnomaly extends Anomaly {
  readonly seq: number;
  readonly symbol: string;
}

/** What a running engine knows of its portfolio, `shrike.portfolio-facts/1`; whoever asks makes the report of it. */
export interface PortfolioFacts {
  readonly schema: 'shrike.portfolio-facts/1';
  readonly symbols: readonly {
    readonly symbol: string;
    /** Base units held; negative = short. */
    readonly qty: number;
    /** Closed hours, oldest first: ms since the epoch of the close, price. */
    readonly hours: readonly (readonly [closeMs: number, close: number])[];
  }[];
  readonly anomalies: readonly ShownAnomaly[];
}

/** Hourly returns and positions of such facts. */
export function portfolioOf({ symbols }: PortfolioFacts): {
  series: HourlyReturns[];
  positions: Map<string, number>;
} {
  return {
    series: symbols.flatMap(({ symbol, hours }) => returnsOfHours(symbol, hours) ?? []),
    positions: new Map(symbols.map(({ symbol, qty }) => [symbol, qty])),
  };
}
