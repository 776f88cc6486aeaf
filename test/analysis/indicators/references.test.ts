import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Adx } from '../../../engine/analysis/indicators/adx.ts';
import { Atr } from '../../../engine/analysis/indicators/atr.ts';
import { Bollinger } from '../../../engine/analysis/indicators/bollinger.ts';
import { Donchian } from '../../../engine/analysis/indicators/donchian.ts';
import { Ema } from '../../../engine/analysis/indicators/ema.ts';
import { EwmaVolatility } from '../../../engine/analysis/indicators/ewma-volatility.ts';
import { Macd } from '../../../engine/analysis/indicators/macd.ts';
import { Obv } from '../../../engine/analysis/indicators/obv.ts';
import { PercentileRank } from '../../../engine/analysis/indicators/percentile-rank.ts';
import { RollingMax, RollingMin } from '../../../engine/analysis/indicators/rolling-extreme.ts';
import { RollingVwap } from '../../../engine/analysis/indicators/rolling-vwap.ts';
import { RollingZScore } from '../../../engine/analysis/indicators/rolling-z-score.ts';
import { Rsi } from '../../../engine/analysis/indicators/rsi.ts';
import { Sma } from '../../../engine/analysis/indicators/sma.ts';
import { StandardDeviation } from '../../../engine/analysis/indicators/standard-deviation.ts';
import { Stochastic } from '../../../engine/analysis/indicators/stochastic.ts';
import { Vwap } from '../../../engine/analysis/indicators/vwap.ts';
import { type SeriesBar, walkOf } from './price-series.ts';

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]): number =>
  Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

/** Compares a streaming reading with a function of all bars so far; NaN is "not yet". */
function expectReference(
  bars: readonly SeriesBar[],
  update: (bar: SeriesBar) => void,
  read: () => number,
  naive: (soFar: readonly SeriesBar[]) => number,
): void {
  let valueCount = 0;
  for (const [index, bar] of bars.entries()) {
    update(bar);
    const expected = naive(bars.slice(0, index + 1));
    const got = read();
    if (Number.isNaN(expected)) {
      expect(got, `bar ${index}`).toBeNaN();
      continue;
    }
    expect(Math.abs(got - expected), `bar ${index}`).toBeLessThanOrEqual(
      1e-9 * Math.max(1, Math.abs(expected)),
    );
    valueCount++;
  }
  expect(valueCount).toBeGreaterThan(bars.length / 2);
}

/** A reference over the last `period` bars; NaN before there are so many. */
const lastOf =
  (period: number, of: (window: readonly SeriesBar[]) => number) =>
  (soFar: readonly SeriesBar[]): number =>
    soFar.length < period ? NaN : of(soFar.slice(-period));

function naiveWilder(values: readonly number[], period: number): number {
  if (values.length < period) return NaN;
  let average = mean(values.slice(0, period));
  for (const value of values.slice(period)) average += (value - average) / period;
  return average;
}

function naiveEma(values: readonly number[], period: number): number {
  if (values.length < period) return NaN;
  const alpha = 2 / (period + 1);
  return values
    .slice(period)
    .reduce((ema, value) => alpha * value + (1 - alpha) * ema, mean(values.slice(0, period)));
}

const closesOf = (bars: readonly SeriesBar[]): number[] => bars.map(({ close }) => close);
const BARS = walkOf(1, 150);

describe('indicators equal a naive computation from all bars', () => {
  test('averages: SMA, EMA, MACD histogram', () => {
    const sma = new Sma(9);
    expectReference(
      BARS,
      ({ close }) => sma.update(close),
      () => sma.value,
      lastOf(9, (window) => mean(closesOf(window))),
    );
    const ema = new Ema(9);
    expectReference(
      BARS,
      ({ close }) => ema.update(close),
      () => ema.value,
      (soFar) => naiveEma(closesOf(soFar), 9),
    );
    const macd = new Macd(5, 8, 4);
    expectReference(
      BARS,
      ({ close }) => macd.update(close),
      () => macd.histogram,
      (soFar) => {
        const lines = soFar
          .map((_, index) => closesOf(soFar.slice(0, index + 1)))
          .map((closes) => naiveEma(closes, 5) - naiveEma(closes, 8))
          .filter((line) => !Number.isNaN(line));
        return lines.length < 4 ? NaN : lines[lines.length - 1] - naiveEma(lines, 4);
      },
    );
  });

  test('Wilder: RSI and ATR', () => {
    const rsi = new Rsi(6);
    expectReference(
      BARS,
      ({ close }) => rsi.update(close),
      () => rsi.value,
      (soFar) => {
        const changes = soFar.slice(1).map(({ close }, index) => close - soFar[index].close);
        const gains = naiveWilder(
          changes.map((change) => Math.max(change, 0)),
          6,
        );
        const losses = naiveWilder(
          changes.map((change) => Math.max(-change, 0)),
          6,
        );
        return (100 * gains) / (gains + losses);
      },
    );
    const atr = new Atr(6);
    expectReference(
      BARS,
      ({ high, low, close }) => atr.update(high, low, close),
      () => atr.value,
      (soFar) => naiveWilder(trueRangesOf(soFar), 6),
    );
  });

  test('ADX', () => {
    const adx = new Adx(5);
    const update = ({ high, low, close }: SeriesBar): void => adx.update(high, low, close);
    expectReference(
      BARS,
      update,
      () => adx.value,
      (soFar) => {
        const indices = soFar.map((_, index) => naiveDx(soFar.slice(0, index + 1), 5));
        return naiveWilder(
          indices.filter((dx) => !Number.isNaN(dx)),
          5,
        );
      },
    );
  });

  test('windows: deviation, z-score, Bollinger, percentile rank, stochastic', () => {
    const spread = new StandardDeviation(12);
    const score = new RollingZScore(12);
    const bands = new Bollinger(12, 2);
    const rank = new PercentileRank(12);
    const closesReference = (of: (closes: number[]) => number): ((soFar: readonly SeriesBar[]) => number) =>
      lastOf(12, (window) => of(closesOf(window)));
    const check = (
      indicator: { update(sample: number): void },
      read: () => number,
      of: (closes: number[]) => number,
    ): void => expectReference(BARS, ({ close }) => indicator.update(close), read, closesReference(of));
    const last = (values: readonly number[]): number => values[values.length - 1];
    check(spread, () => spread.value, deviation);
    check(
      score,
      () => score.value,
      (closes) => (last(closes) - mean(closes)) / deviation(closes),
    );
    check(
      bands,
      () => bands.bandwidth,
      (closes) => (4 * deviation(closes)) / mean(closes),
    );
    check(
      rank,
      () => rank.value,
      (closes) => (100 * closes.filter((close) => close < last(closes)).length) / 12,
    );
    const stochastic = new Stochastic(10, 1, 1);
    expectReference(
      BARS,
      ({ high, low, close }) => stochastic.update(high, low, close),
      () => stochastic.d,
      lastOf(10, (window) => {
        const low = Math.min(...window.map((bar) => bar.low));
        const high = Math.max(...window.map((bar) => bar.high));
        return (100 * (window[9].close - low)) / (high - low);
      }),
    );
  });

  test('volume: VWAP anchored and rolling, each with its deviation, and OBV', () => {
    const anchored = new Vwap();
    const rolling = new RollingVwap(10);
    const typical = ({ high, low, close }: SeriesBar): number => (high + low + close) / 3;
    const update = (bar: SeriesBar): void => {
      anchored.update(typical(bar), bar.volume);
      rolling.update(typical(bar), bar.volume);
    };
    const average = (bars: readonly SeriesBar[]): number =>
      bars.reduce((sum, bar) => sum + typical(bar) * bar.volume, 0) /
      bars.reduce((sum, bar) => sum + bar.volume, 0);
    const around = (bars: readonly SeriesBar[]): number =>
      Math.sqrt(
        bars.reduce((sum, bar) => sum + bar.volume * (typical(bar) - average(bars)) ** 2, 0) /
          bars.reduce((sum, bar) => sum + bar.volume, 0),
      );
    expectReference(BARS, update, () => anchored.deviation, around);
    rolling.reset();
    expectReference(BARS, update, () => rolling.value, lastOf(10, average));
    rolling.reset();
    expectReference(BARS, update, () => rolling.deviation, lastOf(10, around));
    const obv = new Obv();
    expectReference(
      BARS,
      ({ close, volume }) => obv.update(close, volume),
      () => obv.value,
      (soFar) =>
        soFar
          .slice(1)
          .reduce((sum, { close, volume }, index) => sum + Math.sign(close - soFar[index].close) * volume, 0),
    );
  });

  test('EWMA volatility', () => {
    const volatility = new EwmaVolatility(0.9);
    expectReference(
      BARS,
      ({ close }) => volatility.update(close),
      () => volatility.value,
      (soFar) => {
        const squares = soFar.slice(1).map(({ close }, index) => Math.log(close / soFar[index].close) ** 2);
        if (squares.length === 0) return NaN;
        return Math.sqrt(squares.reduce((variance, square) => 0.9 * variance + 0.1 * square, squares[0]));
      },
    );
  });

  test('rolling extremes and the Donchian channel, for any series and period', () => {
    const run = fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      (samples, period) => {
        const [max, min, channel] = [new RollingMax(period), new RollingMin(period), new Donchian(period)];
        for (const [index, sample] of samples.entries()) {
          max.update(sample);
          min.update(sample);
          channel.update(sample + 1, sample);
          const window = samples.slice(Math.max(0, index + 1 - period), index + 1);
          const isFull = window.length === period;
          expect(max.value).toBe(isFull ? Math.max(...window) : NaN);
          expect(min.value).toBe(isFull ? Math.min(...window) : NaN);
          expect(channel.middle).toBe(isFull ? (Math.max(...window) + 1 + Math.min(...window)) / 2 : NaN);
        }
      },
    );
    fc.assert(run, { numRuns: 300, seed: 3 });
  });
});

describe('a market that does not move', () => {
  test('has averages of exactly its price, no deviation, a z-score of 0 and an RSI of 50', () => {
    const flat = { ema: new Ema(7), macd: new Macd(3, 7, 3), score: new RollingZScore(7), rsi: new Rsi(7) };
    const bands = new Bollinger(7, 2);
    for (let index = 0; index < 40; index++) {
      for (const indicator of [...Object.values(flat), bands]) indicator.update(0.1);
    }
    expect(flat.ema.value).toBe(0.1);
    expect(flat.macd.histogram).toBe(0);
    expect(flat.score.value).toBe(0);
    expect(flat.rsi.value).toBe(50);
    expect([bands.deviation, bands.percentB]).toEqual([0, 0.5]);
  });
});

test('after a reset an indicator is as new', () => {
  const makers = [
    (): { update(close: number): void; reset(): void } => new Ema(5),
    () => new Sma(5),
    () => new Rsi(5),
    () => new Macd(3, 5, 3),
    () => new Bollinger(5, 2),
    () => new PercentileRank(5),
    () => new RollingZScore(5),
    () => new RollingMax(5),
    () => new StandardDeviation(5),
    () => new EwmaVolatility(0.94),
  ];
  for (const make of makers) {
    const [used, fresh] = [make(), make()];
    for (const { close } of walkOf(2, 40)) used.update(close);
    used.reset();
    for (const { close } of walkOf(3, 20)) {
      used.update(close);
      fresh.update(close);
    }
    expect(readingsOf(used)).toEqual(readingsOf(fresh));
  }
});

/** Every reading an indicator offers, by name. */
function readingsOf(indicator: object): Record<string, unknown> {
  const names = [
    'value',
    'isReady',
    'line',
    'signal',
    'histogram',
    'upper',
    'lower',
    'bandwidth',
    'percentB',
    'mean',
  ];
  return Object.fromEntries(names.map((name) => [name, (indicator as Record<string, unknown>)[name]]));
}

function trueRangesOf(bars: readonly SeriesBar[]): number[] {
  return bars.slice(1).map(({ high, low }, index) => {
    const { close } = bars[index];
    return Math.max(high - low, Math.abs(high - close), Math.abs(low - close));
  });
}

function naiveDx(bars: readonly SeriesBar[], period: number): number {
  const moves = bars.slice(1).map(({ high, low }, index) => ({
    up: high - bars[index].high,
    down: bars[index].low - low,
  }));
  const ups = naiveWilder(
    moves.map(({ up, down }) => (up > down && up > 0 ? up : 0)),
    period,
  );
  const downs = naiveWilder(
    moves.map(({ up, down }) => (down > up && down > 0 ? down : 0)),
    period,
  );
  if (ups + downs === 0) return 0;
  return (100 * Math.abs(ups - downs)) / (ups + downs);
}
