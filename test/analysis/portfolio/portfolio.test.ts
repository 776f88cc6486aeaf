import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CandleColumnsBuilder } from '../../../engine/analysis/bars/candle-columns.ts';
import { requireTimeframe } from '../../../engine/analysis/bars/timeframe.ts';
import { clustersOf } from '../../../engine/analysis/portfolio/clusters.ts';
import { betaOf, pearsonOf, spearmanOf } from '../../../engine/analysis/portfolio/correlation.ts';
import { hourlyReturnsOf, type HourlyReturns } from '../../../engine/analysis/portfolio/hourly-returns.ts';
import { portfolioReport } from '../../../engine/analysis/portfolio/portfolio-report.ts';
import { Prng } from '../../../engine/core/prng.ts';

const HOUR = requireTimeframe('1h');
const START_MS = Date.UTC(2024, 0, 1);

/** Hourly closes as a series; NaN = a candle that is missing. */
function seriesOf(symbol: string, closes: readonly number[]): HourlyReturns {
  const builder = new CandleColumnsBuilder();
  for (const [hour, close] of closes.entries())
    if (!Number.isNaN(close)) builder.add(START_MS + hour * HOUR.lengthMs, close, close, close, close, 1);
  return hourlyReturnsOf(symbol, builder.finish(HOUR));
}

/** Closes that follow from hourly returns. */
function closesOf(returns: readonly number[], first = 100): number[] {
  const closes = [first];
  for (const one of returns) closes.push(closes[closes.length - 1] * Math.exp(one));
  return closes;
}

function noise(count: number, seed: number): number[] {
  const random = new Prng(seed);
  return Array.from({ length: count }, () => (random.nextFloat() - 0.5) / 50);
}

describe('correlation', () => {
  test('by the textbook: 0.8660 of 1,2,3 with 1,3,3; ranks take any rising curve for a line', () => {
    expect(pearsonOf([1, 2, 3], [1, 3, 3])).toBeCloseTo(0.866_025, 6);
    expect(spearmanOf([1, 2, 3, 4], [1, 8, 27, 64])).toBeCloseTo(1, 12);
    expect(spearmanOf([1, 2, 3], [1, 3, 3])).toBeCloseTo(0.866_025, 6);
    expect(betaOf([2, 4, 6], [1, 2, 3])).toBeCloseTo(2, 12);
    expect(pearsonOf([1, 1, 1], [1, 2, 3])).toBeNaN();
  });

  test('is within -1 and 1, the same both ways, and turns its sign with one of them', () => {
    const lists = fc
      .integer({ min: 3, max: 40 })
      .chain((size) =>
        fc.tuple(
          ...[1, 2].map(() =>
            fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: size, maxLength: size }),
          ),
        ),
      );
    fc.assert(
      fc.property(lists, ([a, b]) => {
        const value = pearsonOf(a, b);
        if (Number.isNaN(value)) return;
        expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-9);
        expect(pearsonOf(b, a)).toBeCloseTo(value, 9);
        expect(
          pearsonOf(
            a.map((one) => -one),
            b,
          ),
        ).toBeCloseTo(-value, 9);
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});

describe('clusters', () => {
  test('join the nearest first, by the average of their distances, until they are more than 0.3 apart', () => {
    // 0 and 1 are 0.1 apart; 2 is 0.25 from 0 and 0.4 from 1: 0.325 from both together.
    const correlation = [
      [1, 0.9, 0.75],
      [0.9, 1, 0.6],
      [0.75, 0.6, 1],
    ];
    expect(clustersOf(correlation)).toEqual([[0, 1], [2]]);
    correlation[1][2] = correlation[2][1] = 0.66;
    expect(clustersOf(correlation)).toEqual([[0, 1, 2]]);
    expect(
      clustersOf([
        [1, null],
        [null, 1],
      ]),
    ).toEqual([[0], [1]]);
  });
});

describe('the report of a portfolio', () => {
  const market = noise(720, 1);
  const own = noise(720, 2);
  const btc = seriesOf('BTCUSDT', closesOf(market));
  const twice = seriesOf('TWOUSDT', closesOf(market.map((one) => 2 * one)));
  const other = seriesOf('OTHUSDT', closesOf(own));

  test('knows beta, correlation and the groups of what moves together', () => {
    const { symbols, pairs, clusters } = portfolioReport([btc, twice, other], new Map());
    expect(symbols.map(({ beta }) => beta!)).toEqual([
      expect.closeTo(1, 9),
      expect.closeTo(2, 9),
      expect.any(Number),
    ]);
    expect(pairs[0]).toMatchObject({ a: 'BTCUSDT', b: 'TWOUSDT', hours: 168 });
    expect(pairs[0].pearson).toBeCloseTo(1, 9);
    expect(clusters.map((one) => one.symbols)).toEqual([['BTCUSDT', 'TWOUSDT'], ['OTHUSDT']]);
    const window = market.slice(-168);
    const mean = window.reduce((sum, one) => sum + one, 0) / 168;
    const variance = window.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 167;
    expect(symbols[0].volatility).toBeCloseTo(Math.sqrt(variance * 8_760), 9);
  });

  test('losses are those of the hours of thirty days with what is held now; a hedge has none', () => {
    const { losses, gross, net, lossHours } = portfolioReport([btc, other], new Map([['BTCUSDT', -3]]));
    const price = btc.price;
    const sorted = market.map((one) => 3 * price * Math.expm1(one)).sort((a, b) => a - b);
    expect([lossHours, gross, net]).toEqual([
      720,
      expect.closeTo(3 * price, 6),
      expect.closeTo(-3 * price, 6),
    ]);
    expect(losses[0].valueAtRisk).toBeCloseTo(sorted[683], 6);
    expect(losses[1].valueAtRisk).toBeCloseTo(sorted[712], 6);
    const tail = sorted.slice(712);
    expect(losses[1].expectedShortfall).toBeCloseTo(tail.reduce((sum, one) => sum + one, 0) / 8, 6);
    const twin = seriesOf('TWNUSDT', closesOf(market));
    const hedged = portfolioReport(
      [btc, twin],
      new Map([
        ['BTCUSDT', 1],
        ['TWNUSDT', -1],
      ]),
    );
    expect(hedged.losses.map(({ valueAtRisk }) => Math.abs(valueAtRisk) < 1e-9)).toEqual([true, true]);
    expect(portfolioReport([btc], new Map()).losses).toEqual([]);
  });

  test('fewer than a hundred common hours are no correlation; there is no return over a hole', () => {
    const closes = closesOf(own);
    const holed = seriesOf(
      'OTHUSDT',
      closes.map((close, hour) => (hour % 2 === 0 && hour > 560 ? NaN : close)),
    );
    const { pairs, symbols } = portfolioReport([btc, holed], new Map());
    expect(pairs[0]).toMatchObject({ pearson: null, spearman: null });
    expect(pairs[0].hours).toBeLessThan(100);
    expect(symbols[1]).toMatchObject({ volatility: null, beta: null });
    expect(() => hourlyReturnsOf('X', new CandleColumnsBuilder().finish(HOUR))).toThrow(
      /hourly candles are needed/,
    );
  });
});
