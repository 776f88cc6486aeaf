import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CandleColumnsBuilder } from '../../../engine/analysis/bars/candle-columns.ts';
import { requireTimeframe } from '../../../engine/analysis/bars/timeframe.ts';
import { type Anomaly, AnomalyWatch } from '../../../engine/analysis/portfolio/anomalies.ts';
import { clustersOf } from '../../../engine/analysis/portfolio/clusters.ts';
import { betaOf, pearsonOf, spearmanOf } from '../../../engine/analysis/portfolio/correlation.ts';
import { hourlyReturnsOf, type HourlyReturns } from '../../../engine/analysis/portfolio/hourly-returns.ts';
import { portfolioReport } from '../../../engine/analysis/portfolio/portfolio-report.ts';
import {
  PortfolioTable,
  portfolioTableBytes,
  returnsOfHours,
} from '../../../engine/analysis/portfolio/portfolio-table.ts';
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

describe('what is out of the ordinary', () => {
  const MINUTE_MS = 60_000;

  /** Deviations of the newest value from those of the day before it, in the plainest way. */
  function deviations(values: readonly number[]): number {
    const before = values.slice(0, -1).slice(-1_440);
    const mean = before.reduce((sum, one) => sum + one, 0) / before.length;
    const variance = before.reduce((sum, one) => sum + (one - mean) ** 2, 0) / before.length;
    return (values[values.length - 1] - mean) / Math.sqrt(variance);
  }

  test('is more than four deviations from the last 24 hours, told once an hour and kind', () => {
    const watch = new AnomalyWatch();
    const random = new Prng(5);
    const closes: number[] = [100];
    const told: Anomaly[] = [];
    const expected: string[] = [];
    const hours = new Set<string>();
    const lists: Record<string, number[]> = { return: [], volume: [] };
    for (let minute = 0; minute < 4_000; minute++) {
      const shock = minute % 397 === 396 ? 12 : 1;
      const change = (random.nextFloat() - 0.5) * 0.001 * shock;
      const volume = random.nextFloat() * (minute % 611 === 610 ? 1e9 : 10);
      closes.push(closes[closes.length - 1] * Math.exp(change));
      const close = closes[closes.length - 1];
      told.push(...watch.minute(START_MS + minute * MINUTE_MS, close, volume));
      if (minute > 0) lists['return'].push(Math.log(close / closes[closes.length - 2]));
      lists['volume'].push(Math.log(1 + volume));
      const timeMs = START_MS + (minute + 1) * MINUTE_MS;
      for (const [kind, values] of Object.entries(lists)) {
        const key = `${kind} ${Math.floor(timeMs / HOUR.lengthMs)}`;
        if (values.length <= 100 || Math.abs(deviations(values)) <= 4 || hours.has(key)) continue;
        hours.add(key);
        expected.push(`${kind} ${timeMs}`);
      }
    }
    expect(told.map(({ kind, timeMs }) => `${kind} ${timeMs}`)).toEqual(expected);
    expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(['return', 'volume']));
  });

  test('needs a hundred values, and something that moved; a return over a hole is none', () => {
    const watch = new AnomalyWatch();
    const at = (minute: number): number => START_MS + minute * MINUTE_MS;
    for (let minute = 0; minute < 99; minute++) watch.book(at(minute), minute % 2, 5);
    expect(watch.book(at(99), 1e6, 5)).toEqual([]);
    expect(watch.book(at(100), 1e9, 7).map(({ kind }) => kind)).toEqual(['spread']);
    const walked = new AnomalyWatch();
    for (let minute = 0; minute < 200; minute++) walked.minute(at(minute), 100 + (minute % 2) / 100, 1);
    expect(walked.minute(at(201), 200, 1)).toEqual([]);
    expect(walked.minute(at(202), 400, 1).map(({ kind }) => kind)).toEqual(['return']);
  });
});

describe('hours of a running engine', () => {
  test('give the returns of files, also after years, over a hole, and after another market', () => {
    const region = { name: 'portfolio', byteOffset: 0, byteLength: portfolioTableBytes(2) };
    const table = new PortfolioTable(new SharedArrayBuffer(region.byteLength), region, 2);
    const closes = closesOf(noise(2_000, 3)).map((close, hour) => (hour === 1_900 ? NaN : close));
    const bars = closes.flatMap((close, hour) =>
      Number.isNaN(close) ? [] : [{ openTimeMs: START_MS + hour * HOUR.lengthMs, close }],
    );
    table.addHours(1, bars.slice(0, 1_500));
    for (const bar of bars.slice(1_500)) table.addHours(1, [bar]);
    const made = returnsOfHours('X', table.hours(1))!;
    const whole = seriesOf('X', closes);
    expect([made.price, made.closeMs]).toEqual([whole.price, whole.closeMs]);
    // A bar that was never written over would be here: only the newest 768 hours are.
    expect(made.byClose.size).toBe(768 - 1 - 2);
    for (const [closeMs, value] of made.byClose) expect(value).toBe(whole.byClose.get(closeMs));
    expect(returnsOfHours('Y', table.hours(0))).toBeNull();
    table.forget(1);
    expect(table.hours(1)).toEqual([]);
  });

  test('list the newest anomalies, oldest first', () => {
    const region = { name: 'portfolio', byteOffset: 0, byteLength: portfolioTableBytes(2) };
    const table = new PortfolioTable(new SharedArrayBuffer(region.byteLength), region, 2);
    expect(table.listAnomalies()).toEqual([]);
    for (let at = 1; at <= 70; at++)
      table.addAnomaly(at % 2, { kind: 'spread', timeMs: at, z: 5, value: 9, mean: 1 });
    const listed = table.listAnomalies();
    expect(listed).toHaveLength(64);
    expect(listed[63]).toEqual({
      seq: 70,
      instrumentIndex: 0,
      kind: 'spread',
      timeMs: 70,
      z: 5,
      value: 9,
      mean: 1,
    });
  });
});
