import type { EquityPoint } from './run-log.ts';

/** 365 days: what ratios per year are made with. */
export const YEAR_NS: number = 365 * 86_400e9;

/** Risk and return of an equity curve. `null` = cannot be said: too few points, or no variation. */
export interface EquityFigures {
  /** Profit at the end, in the quote asset. */
  readonly net: number;
  /** Profit over the capital. */
  readonly returnPct: number;
  /** Largest fall below an earlier high, in the quote asset and of the account's value at that high. */
  readonly maxDrawdown: number;
  readonly maxDrawdownPct: number;
  /** Longest time below an earlier high. */
  readonly longestDrawdownMs: number;
  /** Periods that the ratios take a year to have: 365 days of 24 h in periods of the curve's step. */
  readonly periodsPerYear: number;
  /** Mean over standard deviation of the returns per period, times the root of `periodsPerYear`; no risk-free rate. */
  readonly sharpe: number | null;
  /** The same over the root mean square of the negative returns. */
  readonly sortino: number | null;
  /** Return per year (compounded) over the largest fall. */
  readonly calmar: number | null;
  /** Returns per period: their count, skewness and kurtosis (3 = normal), for the deflated Sharpe ratio. */
  readonly periods: number;
  readonly skewness: number;
  readonly kurtosis: number;
}

/** Simple returns of the account's value from point to point. */
export function periodReturns(points: readonly EquityPoint[], capital: number): number[] {
  const returns: number[] = [];
  for (let index = 1; index < points.length; index++) {
    const before = capital + points[index - 1].equity;
    returns.push(before > 0 ? (points[index].equity - points[index - 1].equity) / before : 0);
  }
  return returns;
}

/** Figures of a curve whose points are `stepNs` apart, but for the last. The account begins with `capital`. */
export function equityFigures(
  points: readonly EquityPoint[],
  capital: number,
  stepNs: number,
): EquityFigures {
  const net = points.at(-1)?.equity ?? 0;
  const fall = drawdown(points, capital);
  const returns = periodReturns(points, capital);
  const periodsPerYear = YEAR_NS / stepNs;
  const { mean, deviation, skewness, kurtosis } = moments(returns);
  const downside = Math.sqrt(
    returns.reduce((sum, value) => sum + Math.min(0, value) ** 2, 0) / Math.max(1, returns.length),
  );
  const root = Math.sqrt(periodsPerYear);
  const spanNs = points.length < 2 ? 0 : points.at(-1)!.atNs - points[0].atNs;
  const growth = 1 + net / capital;
  const yearly = spanNs > 0 && growth > 0 ? growth ** (YEAR_NS / spanNs) - 1 : null;
  return {
    net,
    returnPct: (100 * net) / capital,
    ...fall,
    periodsPerYear,
    sharpe: ratio(mean, deviation, root),
    sortino: ratio(mean, downside, root),
    calmar:
      yearly === null || !Number.isFinite(yearly) || fall.maxDrawdownPct === 0
        ? null
        : (100 * yearly) / fall.maxDrawdownPct,
    periods: returns.length,
    skewness,
    kurtosis,
  };
}

/** Mean, sample standard deviation, skewness and kurtosis (not in excess); 0, 0, 0, 3 where they cannot be said. */
export function moments(values: readonly number[]): {
  mean: number;
  deviation: number;
  skewness: number;
  kurtosis: number;
} {
  const count = values.length;
  const mean = count === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / count;
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (const value of values) {
    const off = value - mean;
    second += off ** 2;
    third += off ** 3;
    fourth += off ** 4;
  }
  if (count < 2 || second === 0) return { mean, deviation: 0, skewness: 0, kurtosis: 3 };
  const variance = second / count;
  return {
    mean,
    deviation: Math.sqrt(second / (count - 1)),
    skewness: third / count / variance ** 1.5,
    kurtosis: fourth / count / variance ** 2,
  };
}

function ratio(mean: number, deviation: number, root: number): number | null {
  return deviation > 0 ? (mean / deviation) * root : null;
}

function drawdown(
  points: readonly EquityPoint[],
  capital: number,
): Pick<EquityFigures, 'maxDrawdown' | 'maxDrawdownPct' | 'longestDrawdownMs'> {
  let high = 0;
  let highNs = points[0]?.atNs ?? 0;
  let maxDrawdown = 0;
  let maxDrawdownPct = 0;
  let longestNs = 0;
  for (const { atNs, equity } of points) {
    if (equity >= high) {
      high = equity;
      highNs = atNs;
      continue;
    }
    maxDrawdown = Math.max(maxDrawdown, high - equity);
    maxDrawdownPct = Math.max(maxDrawdownPct, (100 * (high - equity)) / (capital + high));
    longestNs = Math.max(longestNs, atNs - highNs);
  }
  return { maxDrawdown, maxDrawdownPct, longestDrawdownMs: Math.round(longestNs / 1e6) };
}
