import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { requireTimeframe } from '../../../engine/analysis/bars/timeframe.ts';
import { analysisOf, feedInOrder, readSymbolCandles } from '../../../engine/app/analysis/symbol-candles.ts';
import { buildContext } from '../../../engine/analysis/symbol/build-context.ts';
import { SymbolAnalysis } from '../../../engine/analysis/symbol/symbol-analysis.ts';
import { HAS_CANDLES, START_MS, wanderingCandles } from '../../analysis/metrics/candles.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';
import { writeCandles } from './candle-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-candles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FIVE = requireTimeframe('5m');
const HOUR = requireTimeframe('1h');
const fine = writeCandles(folder, 'abcusdt-5m.csv', wanderingCandles(FIVE, 1, 600));

describe('the candles of a symbol', () => {
  test('longer timeframes that no file has are made from the shortest', async () => {
    const { columns, madeNames, tick } = await readSymbolCandles('abcusdt', [fine]);
    expect(columns.map(({ timeframe, closes }) => [timeframe.name, closes.length])).toEqual([
      ['5m', 600],
      ['15m', 200],
      ['1h', 50],
      ['4h', 12],
      ['1d', 2],
      ['1w', 0],
    ]);
    expect(madeNames).toEqual(['15m', '1h', '4h', '1d', '1w']);
    expect(tick).toBe(1);
  });

  test('the price step is the finest decimal place, however it is written', async () => {
    const tickOf = async (scale: number): Promise<number> => {
      const candles = wanderingCandles(FIVE, 4, 20).map((candle) => ({
        ...candle,
        open: Number((candle.open * scale).toPrecision(5)),
        high: Number((candle.high * scale).toPrecision(5)),
        low: Number((candle.low * scale).toPrecision(5)),
        close: Number((candle.close * scale).toPrecision(5)),
      }));
      return (await readSymbolCandles('TICK', [writeCandles(folder, `tick-5m-${scale}.csv`, candles)])).tick;
    };
    expect([await tickOf(0.01), await tickOf(1e-11)]).toEqual([0.01, 1e-11]);
  });

  test('a file of another symbol and two files of one timeframe are refused', async () => {
    await expect(readSymbolCandles('XYZUSDT', [fine])).rejects.toThrow(
      'has candles of ABCUSDT, not of XYZUSDT',
    );
    const second = writeCandles(folder, 'abcusdt-5m-b.csv', wanderingCandles(FIVE, 2, 10));
    await expect(readSymbolCandles('ABCUSDT', [fine, second])).rejects.toThrow('both have 5m candles');
  });

  test('candles that close after the last of the shortest timeframe are its future and not used', async () => {
    const hours = writeCandles(folder, 'abcusdt-1h.csv', wanderingCandles(HOUR, 3, 70));
    const candles = await readSymbolCandles('ABCUSDT', [hours, fine]);
    const analysis = analysisOf(candles);
    const endMs = START_MS + 600 * FIVE.lengthMs;
    expect(analysis.of(FIVE)?.metrics.closeTimeMs).toBe(endMs);
    expect(analysis.of(HOUR)?.metrics.closeTimeMs).toBe(endMs);
  });

  test('are fed in the order of their closes', async () => {
    const candles = await readSymbolCandles('ABCUSDT', [fine]);
    const analysis = new SymbolAnalysis(
      'ABCUSDT',
      candles.columns.map(({ timeframe }) => timeframe),
      1,
    );
    const moments: number[] = [];
    feedInOrder(analysis, candles.columns, (momentMs) => {
      moments.push(momentMs);
      const hour = analysis.of(HOUR)?.metrics.closeTimeMs ?? NaN;
      // At every moment the hour that has closed last is known already.
      if (!Number.isNaN(hour)) expect(momentMs - hour).toBeLessThan(HOUR.lengthMs);
    });
    expect(moments).toEqual(
      Array.from({ length: 600 }, (_, index) => START_MS + (index + 1) * FIVE.lengthMs),
    );
  });
});

describe.skipIf(!HAS_CANDLES)("the exchange's own candles", () => {
  test.each(['btcusdt', 'ethusdt'])(
    '%s: longer ones made from 5m lead to the same metrics',
    async (symbol) => {
      const file = (timeframe: string): string =>
        join(SHARED_DATA, 'candles', `${symbol}-${timeframe}-2024H1a.csv.gz`);
      const context = async (timeframes: string[]): Promise<ReturnType<typeof buildContext>> =>
        buildContext(analysisOf(await readSymbolCandles(symbol, timeframes.map(file))), null);
      const [given, made] = [await context(['5m', '15m', '1h', '4h', '1d']), await context(['5m'])];
      for (const name of ['5m', '15m', '1h', '4h', '1d'] as const) {
        const { zV: givenZ, ...givenRest } = given.tf[name] ?? {};
        const { zV: madeZ, ...madeRest } = made.tf[name] ?? {};
        expect(madeRest, name).toEqual(givenRest);
        // Sums of volumes are equal up to rounding only.
        expect(madeZ).toBeCloseTo(givenZ ?? NaN, 4);
      }
      expect(made.warm).toBe(5);
      expect(made.sr).toEqual(given.sr);
    },
  );
});
