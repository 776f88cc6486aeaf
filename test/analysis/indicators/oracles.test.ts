import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Adx } from '../../../engine/analysis/indicators/adx.ts';
import { Bollinger } from '../../../engine/analysis/indicators/bollinger.ts';
import { Donchian } from '../../../engine/analysis/indicators/donchian.ts';
import { Macd } from '../../../engine/analysis/indicators/macd.ts';
import { Obv } from '../../../engine/analysis/indicators/obv.ts';
import { Sma } from '../../../engine/analysis/indicators/sma.ts';
import { StandardDeviation } from '../../../engine/analysis/indicators/standard-deviation.ts';
import { RollingZScore } from '../../../engine/analysis/indicators/rolling-z-score.ts';
import { Stochastic } from '../../../engine/analysis/indicators/stochastic.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';
import type { SeriesBar } from './price-series.ts';

const ORACLES = join(SHARED_DATA, 'oracles', 'indicators');
const TOLERANCE = 1e-9;

function quotes(): SeriesBar[] {
  const rows = readFileSync(join(ORACLES, 'quotes.csv'), 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => {
    const [, open, high, low, close, volume] = row.split(',').map(Number);
    return { open, high, low, close, volume };
  });
}

/** What is read of an indicator, by the name of the oracle's column. */
type Reading = Readonly<Record<string, () => number>>;

/** Compares every named column at every bar, the bars without a value included. */
function expectOracle(file: string, update: (bar: SeriesBar) => void, reading: Reading): void {
  const rows = JSON.parse(readFileSync(join(ORACLES, file), 'utf8')) as Record<string, number | null>[];
  const input = quotes();
  expect(rows.length).toBe(input.length);
  const compared = new Map<string, number>();
  for (const [index, bar] of input.entries()) {
    update(bar);
    for (const [column, read] of Object.entries(reading)) {
      const expected = rows[index][column];
      const got = read();
      if (expected === null) {
        expect(got, `${column} of bar ${index}`).toBeNaN();
        continue;
      }
      const off = Math.abs(got - expected);
      expect(off, `${column} of bar ${index}`).toBeLessThanOrEqual(
        TOLERANCE * Math.max(1, Math.abs(expected)),
      );
      compared.set(column, (compared.get(column) ?? 0) + 1);
    }
  }
  for (const column of Object.keys(reading)) expect(compared.get(column), column).toBeGreaterThan(460);
}

describe.skipIf(!existsSync(ORACLES))('indicators equal published series at every bar', () => {
  test('SMA 20', () => {
    const sma = new Sma(20);
    expectOracle('sma.json', ({ close }) => sma.update(close), { sma: () => sma.value });
  });

  test('standard deviation and z-score, 14 closes', () => {
    const deviation = new StandardDeviation(14);
    const score = new RollingZScore(14);
    const update = ({ close }: SeriesBar): void => {
      deviation.update(close);
      score.update(close);
    };
    expectOracle('stdev.json', update, {
      stdDev: () => deviation.value,
      mean: () => deviation.mean,
      zScore: () => score.value,
    });
  });

  test('Bollinger %b and bandwidth', () => {
    const bands = new Bollinger(20, 2);
    expectOracle('bb.json', ({ close }) => bands.update(close), {
      percentB: () => bands.percentB,
      width: () => bands.bandwidth,
    });
  });

  test('MACD 12/26/9', () => {
    const macd = new Macd(12, 26, 9);
    expectOracle('macd.json', ({ close }) => macd.update(close), {
      macd: () => macd.line,
      signal: () => macd.signal,
      histogram: () => macd.histogram,
    });
  });

  test('ADX 14 with both directional indicators', () => {
    const adx = new Adx(14);
    expectOracle('adx.json', ({ high, low, close }) => adx.update(high, low, close), {
      pdi: () => adx.plusDi,
      mdi: () => adx.minusDi,
      dx: () => adx.dx,
      adx: () => adx.value,
    });
  });

  test('stochastic 14/3/3', () => {
    const stochastic = new Stochastic(14, 3, 3);
    expectOracle('stoch.json', ({ high, low, close }) => stochastic.update(high, low, close), {
      k: () => stochastic.k,
      d: () => stochastic.d,
    });
  });

  test('OBV', () => {
    const obv = new Obv();
    expectOracle('obv.json', ({ close, volume }) => obv.update(close, volume), { obv: () => obv.value });
  });

  test('Donchian 20 of the bars before the newest', () => {
    const channel = new Donchian(20);
    let before = { upper: NaN, lower: NaN, middle: NaN };
    const update = ({ high, low }: SeriesBar): void => {
      before = { upper: channel.upper, lower: channel.lower, middle: channel.middle };
      channel.update(high, low);
    };
    expectOracle('donchian.json', update, {
      upperBand: () => before.upper,
      lowerBand: () => before.lower,
      centerline: () => before.middle,
    });
  });
});
