import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClosedCandle } from '../../../engine/analysis/bars/candle.ts';
import { requireTimeframe } from '../../../engine/analysis/bars/timeframe.ts';
import { TimeframeMetrics } from '../../../engine/analysis/metrics/timeframe-metrics.ts';
import { candlesOf, HAS_CANDLES, recordedCandles, repriced, wanderingCandles } from './candles.ts';
import { naiveMetrics, type NaiveMetrics } from './naive-metrics.ts';

const HOUR = requireTimeframe('1h');
const NAMES = [
  'zPrice',
  'zVolume',
  'percentB',
  'bandwidthPct',
  'atr',
  'rsi',
  'macdHistogram',
  'trend',
  'momentum',
  'position',
  'structure',
  'score',
] as const satisfies readonly (keyof NaiveMetrics)[];

function readingsOf(metrics: TimeframeMetrics): NaiveMetrics {
  return {
    ...Object.fromEntries(NAMES.map((name) => [name, metrics[name as 'trend']])),
    atr: metrics.atr.value,
    rsi: metrics.rsi.value,
  } as unknown as NaiveMetrics;
}

/** Metrics after all of the candles. */
function metricsOf(
  candles: readonly ClosedCandle[],
  sides: readonly (readonly [number, number])[] = [],
): TimeframeMetrics {
  const metrics = new TimeframeMetrics(HOUR);
  for (const [index, candle] of candles.entries())
    metrics.update(candle, sides[index]?.[0], sides[index]?.[1]);
  return metrics;
}

function expectClose(got: NaiveMetrics, expected: NaiveMetrics, where: string): void {
  for (const name of NAMES) {
    if (Number.isNaN(expected[name])) expect(got[name], `${name} ${where}`).toBeNaN();
    else expect(Math.abs(got[name] - expected[name]), `${name} ${where}`).toBeLessThan(1e-7);
  }
}

describe('the metrics of a timeframe, moved on bar by bar', () => {
  test('equal a computation from all bars, for every length of history', () => {
    const candles = wanderingCandles(HOUR, 5, 260);
    const metrics = new TimeframeMetrics(HOUR);
    for (const [index, candle] of candles.entries()) {
      metrics.update(candle);
      expectClose(readingsOf(metrics), naiveMetrics(candles.slice(0, index + 1)), `of bar ${index}`);
    }
    expect(metrics.isWarm).toBe(true);
  });

  test.skipIf(!HAS_CANDLES)("equal it on the exchange's own candles", async () => {
    const candles = candlesOf(await recordedCandles('btcusdt', '4h'));
    const metrics = new TimeframeMetrics(requireTimeframe('4h'));
    for (const [index, candle] of candles.entries()) {
      metrics.update(candle);
      if (index % 60 === 59)
        expectClose(readingsOf(metrics), naiveMetrics(candles.slice(0, index + 1)), `of bar ${index}`);
    }
  });

  test('begin with exactly as many bars as they need', () => {
    const firsts = new Map<string, number>();
    const metrics = new TimeframeMetrics(HOUR);
    for (const [index, candle] of wanderingCandles(HOUR, 6, 220).entries()) {
      metrics.update(candle);
      const readings = { ...readingsOf(metrics), ema200: metrics.ema200.value };
      for (const [name, value] of Object.entries(readings))
        if (!Number.isNaN(value) && !firsts.has(name)) firsts.set(name, index + 1);
    }
    const needs = {
      zPrice: 100,
      zVolume: 100,
      percentB: 20,
      bandwidthPct: 140,
      atr: 15,
      rsi: 15,
      macdHistogram: 35,
    };
    expect(Object.fromEntries(firsts)).toMatchObject({
      ...needs,
      trend: 50,
      structure: 40,
      score: 50,
      ema200: 200,
    });
  });

  test('begin anew after a missing bar: nothing spans a gap', () => {
    const candles = wanderingCandles(HOUR, 7, 300);
    const metrics = metricsOf([...candles.slice(0, 120), ...candles.slice(121)]);
    expect(metrics.gapCount).toBe(1);
    expect(metrics.barCount).toBe(179);
    expect(readingsOf(metrics)).toEqual(readingsOf(metricsOf(candles.slice(121))));
  });

  test('refuse a bar that is not newer, count it and stay as they are', () => {
    const candles = wanderingCandles(HOUR, 8, 160);
    const metrics = metricsOf(candles);
    const before = readingsOf(metrics);
    expect([metrics.update(candles[159]), metrics.update(candles[20])]).toEqual([false, false]);
    expect(metrics.lateCount).toBe(2);
    expect(readingsOf(metrics)).toEqual(before);
  });

  test('count bars that may lack trades', () => {
    const candles = wanderingCandles(HOUR, 8, 3);
    expect(metricsOf([candles[0], { ...candles[1], isComplete: false }, candles[2]]).incompleteCount).toBe(1);
  });
});

describe('for any market', () => {
  const market = fc.record({
    seed: fc.integer({ min: 0, max: 1e6 }),
    count: fc.integer({ min: 40, max: 230 }),
  });
  const sidesOf = (candles: readonly ClosedCandle[]): (readonly [number, number])[] =>
    candles.map(({ volume, close }) => [(volume * (close % 10)) / 10, volume - (volume * (close % 10)) / 10]);

  test('mirrored prices and sides negate every directional value', () => {
    const run = fc.property(market, ({ seed, count }) => {
      const candles = wanderingCandles(HOUR, seed, count);
      const sides = sidesOf(candles);
      const up = metricsOf(candles, sides);
      const down = metricsOf(
        repriced(candles, (price) => 20_000 - price),
        sides.map(([buy, sell]) => [sell, buy]),
      );
      for (const name of [
        'zPrice',
        'macdHistogram',
        'trend',
        'momentum',
        'position',
        'structure',
        'flow',
        'score',
      ] as const) {
        if (Number.isNaN(up[name])) expect(down[name]).toBeNaN();
        else expect(Math.abs(up[name] + down[name]), name).toBeLessThan(1e-6);
      }
      expect(up.zVolume).toEqual(down.zVolume);
    });
    fc.assert(run, { numRuns: 60, seed: 21 });
  });

  test('prices scaled by a power of two change no bit of a score', () => {
    const run = fc.property(market, fc.constantFrom(1 / 1024, 0.25, 8, 4096), ({ seed, count }, scale) => {
      const candles = wanderingCandles(HOUR, seed, count);
      const [one, other] = [metricsOf(candles), metricsOf(repriced(candles, (price) => price * scale))];
      for (const name of [
        'zPrice',
        'percentB',
        'bandwidthPct',
        'trend',
        'momentum',
        'position',
        'structure',
        'score',
      ] as const)
        expect(other[name], name).toBe(one[name]);
      expect(other.atr.value).toBe(one.atr.value * scale);
    });
    fc.assert(run, { numRuns: 60, seed: 22 });
  });

  test('scores stay within -100..100', () => {
    const run = fc.property(market, ({ seed, count }) => {
      const candles = wanderingCandles(HOUR, seed, count);
      const metrics = metricsOf(candles, sidesOf(candles));
      for (const name of ['trend', 'momentum', 'position', 'structure', 'flow', 'score'] as const)
        if (!Number.isNaN(metrics[name])) expect(Math.abs(metrics[name])).toBeLessThanOrEqual(100);
    });
    fc.assert(run, { numRuns: 60, seed: 23 });
  });

  test('a pivot is known three bars later and not before', () => {
    const run = fc.property(market, ({ seed, count }) => {
      const candles = wanderingCandles(HOUR, seed, count);
      const metrics = new TimeframeMetrics(HOUR);
      let known = 0;
      for (const [index, candle] of candles.entries()) {
        metrics.update(candle);
        const { highs } = metrics.pivots;
        if (highs.count === known) continue;
        known = highs.count;
        expect(highs.bar(0)).toBe(index - 3);
        expect(highs.price(0)).toBe(candles[index - 3].high);
      }
    });
    fc.assert(run, { numRuns: 40, seed: 24 });
  });
});

test('a market that stands still has scores of 0, not of rounding noise', () => {
  const still = wanderingCandles(HOUR, 1, 200).map((candle) => ({
    ...candle,
    open: 0.1,
    high: 0.1,
    low: 0.1,
    close: 0.1,
  }));
  const { trend, momentum, position, zPrice } = metricsOf(still);
  expect([trend, momentum, position, zPrice]).toEqual([0, 0, 0, 0]);
});
