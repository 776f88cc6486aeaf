import { clustersOf } from './clusters.ts';
import { annualVolatilityOf, betaOf, pearsonOf, spearmanOf } from './correlation.ts';
import { commonReturns, type HourlyReturns } from './hourly-returns.ts';

/** Hours that correlations look back, and those two symbols must have in common. */
const WINDOW_HOURS = 168;
const COMMON_MIN = 100;
/** Hours that losses are taken from. */
const LOSS_HOURS = 30 * 24;

/** Two symbols; null = they have too few hours in common. */
export interface PairCorrelation {
  readonly a: string;
  readonly b: string;
  readonly hours: number;
  readonly pearson: number | null;
  readonly spearman: number | null;
}

/** One symbol of the portfolio. */
export interface SymbolRisk {
  readonly symbol: string;
  readonly price: number;
  /** Hours of the window that are known. */
  readonly hours: number;
  /** Of hourly returns, for a year; null = too few hours. */
  readonly volatility: number | null;
  /** To BTC; null = BTC is not there, or too few hours in common. */
  readonly beta: number | null;
  /** Base units held, and their worth; negative = short. */
  readonly qty: number;
  readonly exposure: number;
}

/** What an hour may lose: the loss that so large a share of the last hours did not exceed, and the mean of those from it on. */
export interface LossFigures {
  readonly level: number;
  readonly valueAtRisk: number;
  readonly expectedShortfall: number;
}

/** Correlations and risk of symbols, `shrike.portfolio/1`. Money in the quote asset; times ms since the epoch. */
export interface PortfolioReport {
  readonly schema: 'shrike.portfolio/1';
  readonly ts: number;
  readonly symbols: readonly SymbolRisk[];
  readonly pairs: readonly PairCorrelation[];
  readonly clusters: readonly { readonly symbols: readonly string[]; readonly exposure: number }[];
  readonly gross: number;
  readonly net: number;
  /** Hours the losses are from; fewer than 100 give no figures. */
  readonly lossHours: number;
  readonly losses: readonly LossFigures[];
}

/**
 * The report as of the newest hour of any symbol. Losses are those of one hour, had the present positions been held
 * over each of the last 30 days' hours. Pure.
 * @param positions base units by symbol; those not named are 0
 */
export function portfolioReport(
  series: readonly HourlyReturns[],
  positions: ReadonlyMap<string, number>,
): PortfolioReport {
  const ts = Math.max(...series.map(({ closeMs }) => closeMs));
  const market = series.find(({ symbol }) => /^(?:[^:]+:)?BTC/.test(symbol)) ?? null;
  const symbols = series.map((one) => symbolRisk(one, market, positions.get(one.symbol) ?? 0, ts));
  const pairs = series.flatMap((a, place) => series.slice(place + 1).map((b) => pairOf(a, b, ts)));
  const correlation = series.map((a) =>
    series.map((b) =>
      a === b ? 1 : (pairs.find((pair) => isOf(pair, a.symbol, b.symbol))?.pearson ?? null),
    ),
  );
  const clusters = clustersOf(correlation).map((places) => ({
    symbols: places.map((place) => series[place].symbol),
    exposure: places.reduce((sum, place) => sum + symbols[place].exposure, 0),
  }));
  const held = symbols.filter(({ qty }) => qty !== 0);
  const heldSeries = series.filter(({ symbol }) => held.some((one) => one.symbol === symbol));
  const returns = heldSeries.length === 0 ? [] : commonReturns(heldSeries, ts, LOSS_HOURS);
  const lossHours = returns.at(0)?.length ?? 0;
  const losses = Array.from({ length: lossHours }, (_, hour) =>
    held.reduce((sum, { exposure }, place) => sum - exposure * Math.expm1(returns[place][hour]), 0),
  );
  return {
    schema: 'shrike.portfolio/1',
    ts,
    symbols,
    pairs,
    clusters,
    gross: symbols.reduce((sum, { exposure }) => sum + Math.abs(exposure), 0),
    net: symbols.reduce((sum, { exposure }) => sum + exposure, 0),
    lossHours,
    losses: lossHours < COMMON_MIN ? [] : [0.95, 0.99].map((level) => lossFigures(losses, level)),
  };
}

function symbolRisk(own: HourlyReturns, market: HourlyReturns | null, qty: number, ts: number): SymbolRisk {
  const [returns] = commonReturns([own], ts, WINDOW_HOURS);
  const [mine, markets] = market === null ? [[], []] : commonReturns([own, market], ts, WINDOW_HOURS);
  return {
    symbol: own.symbol,
    price: own.price,
    hours: returns.length,
    volatility: returns.length < COMMON_MIN ? null : orNull(annualVolatilityOf(returns)),
    beta: mine.length < COMMON_MIN ? null : orNull(betaOf(mine, markets)),
    qty,
    exposure: qty * own.price,
  };
}

function pairOf(a: HourlyReturns, b: HourlyReturns, ts: number): PairCorrelation {
  const [ofA, ofB] = commonReturns([a, b], ts, WINDOW_HOURS);
  const isKnown = ofA.length >= COMMON_MIN;
  return {
    a: a.symbol,
    b: b.symbol,
    hours: ofA.length,
    pearson: isKnown ? orNull(pearsonOf(ofA, ofB)) : null,
    spearman: isKnown ? orNull(spearmanOf(ofA, ofB)) : null,
  };
}

function isOf({ a, b }: PairCorrelation, one: string, other: string): boolean {
  return (a === one && b === other) || (a === other && b === one);
}

function lossFigures(losses: readonly number[], level: number): LossFigures {
  const sorted = losses.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.ceil(level * sorted.length) - 1);
  const tail = sorted.slice(at);
  const expectedShortfall = tail.reduce((sum, loss) => sum + loss, 0) / tail.length;
  return { level, valueAtRisk: sorted[at], expectedShortfall };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
