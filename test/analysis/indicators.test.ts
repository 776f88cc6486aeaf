import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Atr, Bollinger, Ema, Lookback, Rsi, Vwap } from '../../engine/strategy/port.ts';
import { SHARED_DATA } from '../fixtures/shared-data.ts';

const ORACLES = join(SHARED_DATA, 'oracles', 'indicators');
const TOLERANCE = 1e-9;

interface Quote {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

function quotes(): Quote[] {
  const rows = readFileSync(join(ORACLES, 'quotes.csv'), 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => {
    const [, open, high, low, close, volume] = row.split(',').map(Number);
    return { open, high, low, close, volume };
  });
}

/** Compares one column of an oracle with what `step` returns per quote; null means "not ready". */
function expectOracle(file: string, column: string, step: (quote: Quote) => number): void {
  const oracle = JSON.parse(readFileSync(join(ORACLES, file), 'utf8')) as Record<string, number | null>[];
  const input = quotes();
  expect(oracle.length).toBe(input.length);
  let compared = 0;
  for (const [index, quote] of input.entries()) {
    const got = step(quote);
    const expected = oracle[index][column];
    if (expected === null || expected === undefined) expect(got).toBeNaN();
    else {
      expect(Math.abs(got - expected)).toBeLessThanOrEqual(TOLERANCE * Math.max(1, Math.abs(expected)));
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(480);
}

describe.skipIf(!existsSync(ORACLES))('indicators equal published series to full precision', () => {
  test('EMA 20', () => {
    const ema = new Ema(20);
    expectOracle('ema.json', 'ema', ({ close }) => (ema.update(close), ema.value));
  });

  test('RSI 14', () => {
    const rsi = new Rsi(14);
    expectOracle('rsi.json', 'rsi', ({ close }) => (rsi.update(close), rsi.value));
  });

  test('ATR 14', () => {
    const atr = new Atr(14);
    expectOracle('atr.json', 'atr', ({ high, low, close }) => (atr.update(high, low, close), atr.value));
  });

  test('Bollinger 20 x 2: middle, upper and lower band', () => {
    for (const [column, key] of [
      ['sma', 'middle'],
      ['upperBand', 'upper'],
      ['lowerBand', 'lower'],
    ] as const) {
      const bands = new Bollinger(20, 2);
      expectOracle('bb.json', column, ({ close }) => (bands.update(close), bands[key]));
    }
  });

  test('VWAP', () => {
    const vwap = new Vwap();
    expectOracle('vwap.json', 'vwap', ({ high, low, close, volume }) => {
      vwap.update((high + low + close) / 3, volume);
      return vwap.value;
    });
  });
});

describe('indicators on any series', () => {
  test('sliding Bollinger bands stay equal to bands computed afresh, over many windows', () => {
    const run = fc.property(
      fc.array(fc.integer({ min: 1_000_000, max: 1_000_500 }), { minLength: 1, maxLength: 400 }),
      fc.integer({ min: 1, max: 5 }),
      (samples, period) => {
        const bands = new Bollinger(period, 2);
        for (const [index, sample] of samples.entries()) {
          bands.update(sample);
          const window = samples.slice(Math.max(0, index + 1 - period), index + 1);
          if (window.length < period) {
            expect(bands.isReady).toBe(false);
            expect(bands.upper).toBeNaN();
            continue;
          }
          const mean = window.reduce((sum, value) => sum + value, 0) / period;
          const variance = window.reduce((sum, value) => sum + (value - mean) ** 2, 0) / period;
          expect(Math.abs(bands.middle - mean)).toBeLessThan(1e-6);
          expect(Math.abs(bands.deviation ** 2 - variance)).toBeLessThan(1e-3);
        }
      },
    );
    fc.assert(run, { numRuns: 200, seed: 11 });
  });

  test('a lookback of n gives the sample of n updates ago, and nothing before there is one', () => {
    const lookback = new Lookback(3);
    const got = [10, 11, 12, 13, 14, 15].map((sample) => (lookback.update(sample), lookback.value));
    expect(got).toEqual([NaN, NaN, NaN, 10, 11, 12]);
  });
});
