import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BAR_INTERVAL_MS } from '../../engine/analysis/bars.ts';
import {
  computeBias,
  emaOf,
  nearestPivot,
  pointOfControl,
  trendOf,
} from '../../engine/analysis/bias-model.ts';
import type { BiasModelConfig, TimeframeBars } from '../../engine/analysis/bias-model.ts';
import { InstrumentAnalysis } from '../../engine/analysis/instrument-analysis.ts';
import { Prng } from '../../engine/core/prng.ts';
import { SHARED_DATA } from '../fixtures/shared-data.ts';

const DATA = SHARED_DATA;
const CANDLES = join(DATA, 'candles');
const INDICATORS = join(DATA, 'oracles', 'indicators');
const CONFIG: BiasModelConfig = { fastPeriod: 12, slowPeriod: 26, coverageMin: 0.25 };

function bars(closes: number[], over: Partial<TimeframeBars> = {}): TimeframeBars {
  const column = Float64Array.from(closes);
  return {
    slot: 0,
    weight: 1,
    highs: column,
    lows: column,
    closes: column,
    volumes: new Float64Array(closes.length).fill(1),
    formingClose: NaN,
    formingFraction: 0,
    ...over,
  };
}

/** EMA written out as the weighted sum it is: no recursion in common with the code under test. */
function naiveEma(closes: number[], period: number): number {
  const alpha = 2 / (period + 1);
  const seed = closes.slice(0, period).reduce((sum, close) => sum + close, 0) / period;
  const rest = closes.slice(period);
  let sum = seed * (1 - alpha) ** rest.length;
  for (const [index, close] of rest.entries())
    sum += alpha * (1 - alpha) ** (rest.length - 1 - index) * close;
  return sum;
}

/** The trend as the head of bias-model.ts defines it. */
function naiveTrend(closes: number[], { fastPeriod, slowPeriod }: BiasModelConfig): number | null {
  if (closes.length < slowPeriod) return null;
  const tail = closes.slice(-slowPeriod - 1);
  const changes = tail.slice(1).map((close, index) => Math.abs(close - tail[index]));
  const mean = changes.reduce((sum, change) => sum + change, 0) / changes.length;
  if (mean === 0) return null;
  const spread = naiveEma(closes, fastPeriod) - naiveEma(closes, slowPeriod);
  return Math.min(100, Math.max(-100, (150 * spread) / ((mean * (slowPeriod - fastPeriod)) / 2)));
}

interface Candle {
  readonly openTimeMs: number;
  readonly ohlc: readonly [number, number, number, number];
  readonly volume: number;
}

/** Candles in ticks of 0.01 and lots of 0.00001. */
function candles(symbol: string, timeframe: string): Candle[] {
  const text = gunzipSync(readFileSync(join(CANDLES, `${symbol}-${timeframe}-2024H1a.csv.gz`))).toString(
    'utf8',
  );
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [openTimeMs, open, high, low, close, volume] = line.split(',').map(Number);
      const ticks = (price: number): number => Math.round(price * 100);
      return {
        openTimeMs,
        ohlc: [ticks(open), ticks(high), ticks(low), ticks(close)],
        volume: Math.round(volume * 1e5),
      };
    });
}

describe('the trend of one timeframe', () => {
  test('a steady slope scores 100 whatever the price, the step and the length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 26, max: 400 }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 5_000_000, max: 100_000_000 }),
        (length, step, start) => {
          const up = Array.from({ length }, (_, index) => start + index * step);
          expect(trendOf(bars(up), CONFIG)).toBe(100);
          const down = up.map((close) => start * 2 - close);
          expect(trendOf(bars(down), CONFIG)).toBe(-100);
          // Five steps forward, two back, and so on: 3/7 of the movement is kept, 1.5 x 3/7 of 100.
          const wavering = Array.from(
            { length },
            (_, index) => start + step * (index * 1.5 + (index % 2) * 3.5),
          );
          if (length > 100) expect(Math.abs(trendOf(bars(wavering), CONFIG) - 64.3)).toBeLessThan(15);
        },
      ),
      { seed: 5, numRuns: 200 },
    );
  });

  test('it agrees with the definition written out naively, mirrors with the market and ignores its scale', () => {
    const walk = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 26, maxLength: 320 });
    fc.assert(
      fc.property(walk, fc.integer({ min: 2, max: 40 }), (steps, scale) => {
        let price = 100_000;
        const closes = steps.map((step) => (price += step));
        const trend = trendOf(bars(closes), CONFIG);
        const naive = naiveTrend(closes, CONFIG);
        if (naive === null) {
          expect(trend).toBeNaN();
          return;
        }
        expect(trend).toBeCloseTo(naive, 6);
        expect(trendOf(bars(closes.map((close) => close * scale)), CONFIG)).toBeCloseTo(trend, 6);
        expect(trendOf(bars(closes.map((close) => 300_000 - close)), CONFIG)).toBeCloseTo(-trend, 6);
      }),
      { seed: 9, numRuns: 300 },
    );
  });

  test('a random walk has a standard deviation of about 30, half of a strong trend', () => {
    const random = new Prng(42);
    let squares = 0;
    const walks = 2_000;
    for (let walk = 0; walk < walks; walk++) {
      let price = 1_000_000;
      const closes = Array.from({ length: 120 }, () => (price += random.nextNormal() * 100));
      squares += trendOf(bars(closes), CONFIG) ** 2;
    }
    const deviation = Math.sqrt(squares / walks);
    expect(deviation).toBeGreaterThan(26);
    expect(deviation).toBeLessThan(33);
  });

  test('too few bars and a market that does not move are no view', () => {
    const rising = Array.from({ length: 25 }, (_, index) => 100 + index);
    expect(trendOf(bars(rising), CONFIG)).toBeNaN();
    expect(trendOf(bars([...rising, 125]), CONFIG)).not.toBeNaN();
    expect(trendOf(bars(Array.from({ length: 80 }, () => 500)), CONFIG)).toBeNaN();
  });

  test('the forming bar moves the trend in proportion to the time it has run', () => {
    const random = new Prng(4);
    let price = 50_000;
    const closes = Array.from({ length: 60 }, () => (price += random.nextInt(21) - 10));
    const at = (formingFraction: number): number =>
      trendOf(bars(closes, { formingClose: price + 40, formingFraction }), CONFIG);
    expect(at(0)).toBe(trendOf(bars(closes), CONFIG));
    expect(at(0.5) - at(0)).toBeCloseTo((at(1) - at(0)) / 2, 6);
    expect(at(1)).toBeGreaterThan(at(0));
    expect(emaOf(closes, 26, price + 40, 1)).toBeCloseTo(naiveEma([...closes, price + 40], 26), 6);
  });
});

describe('the bias', () => {
  const up = Array.from({ length: 40 }, (_, index) => 1_000 + index);
  const down = up.map((close) => 5_000 - close);

  test('is the weighted mean of the timeframes that have a view', () => {
    const task = {
      instrumentIndex: 0,
      slotCount: 7,
      config: CONFIG,
      timeframes: [
        bars(up, { slot: 0, weight: 1 }),
        bars(down, { slot: 2, weight: 3 }),
        bars(up.slice(0, 10), { slot: 4, weight: 4 }),
        bars(up, { slot: 5, weight: 0 }),
      ],
    };
    const bias = computeBias(task)!;
    expect(bias.value).toBeCloseTo((100 * 1 - 100 * 3) / 4, 6);
    expect(bias.trends[0]).toBeCloseTo(100, 6);
    expect(bias.trends[2]).toBeCloseTo(-100, 6);
    expect([bias.trends[1], bias.trends[4], bias.trends[6]]).toEqual([NaN, NaN, NaN]);
  });

  test('is absent, not zero, while the timeframes with a view carry too little weight', () => {
    const withCoverage = (coverageMin: number): unknown =>
      computeBias({
        instrumentIndex: 0,
        slotCount: 7,
        config: { ...CONFIG, coverageMin },
        timeframes: [bars(up, { weight: 1 }), bars([], { slot: 1, weight: 3 })],
      });
    expect(withCoverage(0.26)).toBeNull();
    expect(withCoverage(0.25)).not.toBeNull();
    const nothing = {
      instrumentIndex: 0,
      slotCount: 7,
      config: { ...CONFIG, coverageMin: 0 },
      timeframes: [],
    };
    expect(computeBias(nothing)).toBeNull();
  });

  test('key levels: the nearest swing below and above, and the price most volume traded at', () => {
    const lows = [50, 40, 30, 40, 50, 45, 44, 46, 60, 61, 62];
    expect(nearestPivot(lows, 55, -1)).toBe(44);
    expect(nearestPivot(lows, 43, -1)).toBe(30);
    expect(nearestPivot(lows, 29, -1)).toBeNaN();
    expect(nearestPivot([10, 20, 90, 20, 10, 30, 60, 30, 20], 50, 1)).toBe(60);
    expect(nearestPivot([10, 20, 90, 20, 10, 30, 60, 30, 20], 95, 1)).toBeNaN();
    const traded = bars([1, 1, 1], {
      lows: Float64Array.of(100, 150, 200),
      highs: Float64Array.of(110, 152, 210),
      volumes: Float64Array.of(10, 500, 10),
    });
    expect(pointOfControl(traded)).toBeGreaterThanOrEqual(150);
    expect(pointOfControl(traded)).toBeLessThanOrEqual(152);
    expect(pointOfControl(bars([1, 2], { volumes: new Float64Array(2) }))).toBeNaN();
    expect(pointOfControl(bars([]))).toBeNaN();
  });

  test('levels lie on their sides of the price on any walk', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 30, maxLength: 200 }), (steps) => {
        let price = 10_000;
        const closes = steps.map((step) => (price += step));
        const task = { instrumentIndex: 0, slotCount: 1, config: CONFIG, timeframes: [bars(closes)] };
        const bias = computeBias(task);
        if (bias === null) return;
        expect(bias.supportTicks >= price).toBe(false);
        expect(bias.resistanceTicks <= price).toBe(false);
        expect(bias.pocTicks).toBeGreaterThanOrEqual(Math.min(...closes));
        expect(bias.pocTicks).toBeLessThanOrEqual(Math.max(...closes));
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe.skipIf(!existsSync(INDICATORS))('against published indicator values', () => {
  test('EMA(20) equals the published series from its first value on', () => {
    const closes = readFileSync(join(INDICATORS, 'quotes.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[4]));
    const published = JSON.parse(readFileSync(join(INDICATORS, 'ema.json'), 'utf8')) as {
      ema: number | null;
    }[];
    let compared = 0;
    for (const [index, { ema }] of published.entries()) {
      const ours = emaOf(closes.slice(0, index + 1), 20, NaN, 0);
      if (ema === null) {
        expect(ours).toBeNaN();
        continue;
      }
      expect(ours).toBeCloseTo(ema, 8);
      compared++;
    }
    expect(compared).toBeGreaterThan(450);
  });
});

describe.skipIf(!existsSync(CANDLES))('on recorded candles', () => {
  test('bars built from the 5m candles give the bias that the exchange own bars give', () => {
    const timeframes = (['15m', '1h', '4h', '1d'] as const).map((name, index) => ({
      name,
      intervalMs: BAR_INTERVAL_MS[name],
      weight: index + 1,
    }));
    for (const symbol of ['btcusdt', 'ethusdt']) {
      const analysis = new InstrumentAnalysis(0, timeframes, CONFIG);
      const official = timeframes.map(({ name }) => candles(symbol, name));
      let compared = 0;
      for (const { openTimeMs, ohlc, volume } of candles(symbol, '5m')) {
        for (const [index, ticks] of ohlc.entries()) {
          analysis.addTrade(openTimeMs + index * 60_000, ticks, index === 3 ? volume : 0);
        }
        const endMs = openTimeMs + 300_000;
        if (endMs % 86_400_000 !== 0 || endMs < Date.UTC(2024, 1, 10)) continue;
        analysis.addTrade(endMs, ohlc[3], 0);
        const task = analysis.task();
        const trends = official.map((list, at) => {
          const { intervalMs } = timeframes[at];
          const closed = list.filter((candle) => candle.openTimeMs + intervalMs <= endMs);
          return closed.map((candle) => candle.ohlc[3]).slice(-300);
        });
        for (const [index, closes] of trends.entries()) {
          expect([...task.timeframes[index].closes]).toEqual(closes);
        }
        const naive = trends.map((closes) => naiveTrend(closes, CONFIG));
        let weighted = 0;
        let weight = 0;
        for (const [index, trend] of naive.entries()) {
          if (trend === null) continue;
          weighted += trend * (index + 1);
          weight += index + 1;
        }
        expect(computeBias(task)!.value).toBeCloseTo(weighted / weight, 6);
        compared++;
      }
      expect(compared).toBeGreaterThan(70);
    }
  });

  test('the rally of February 2024 reads as a strong up trend on daily bars, the April slide does not', () => {
    const daily = candles('btcusdt', '1d');
    const closesUntil = (dayMs: number): number[] =>
      daily.filter(({ openTimeMs }) => openTimeMs < dayMs).map(({ ohlc }) => ohlc[3]);
    expect(trendOf(bars(closesUntil(Date.UTC(2024, 1, 29))), CONFIG)).toBeGreaterThan(60);
    expect(trendOf(bars(closesUntil(Date.UTC(2024, 3, 20))), CONFIG)).toBeLessThan(0);
  });
});
