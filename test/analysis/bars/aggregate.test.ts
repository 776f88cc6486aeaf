import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CandleAggregator } from '../../../engine/analysis/bars/aggregate.ts';
import type { ClosedCandle } from '../../../engine/analysis/bars/candle.ts';
import { candleAt } from '../../../engine/analysis/bars/candle-columns.ts';
import { readCandleFile } from '../../../engine/analysis/bars/candle-file.ts';
import { requireTimeframe, TIMEFRAMES } from '../../../engine/analysis/bars/timeframe.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';

const CANDLES = join(SHARED_DATA, 'candles');
const M5 = requireTimeframe('5m');
const M15 = requireTimeframe('15m');
const STEP_MS = M5.lengthMs;

const candle = (index: number, price = 10, isComplete = true): ClosedCandle => ({
  kind: 'closed',
  openTimeMs: index * STEP_MS,
  open: price,
  high: price + 2,
  low: price - 1,
  close: price + 1,
  volume: 2,
  isComplete,
});

/** The closed candles that come of parts at these places. */
function made(places: readonly number[]): { times: number[]; gaps: number } {
  const aggregator = new CandleAggregator(M5, M15);
  const times = places
    .map((place) => aggregator.push(candle(place)))
    .filter((closed) => closed !== null)
    .map((closed) => closed.openTimeMs / M15.lengthMs);
  return { times, gaps: aggregator.gapCount };
}

describe('timeframes', () => {
  test('their weights make one whole, and each divides the next', () => {
    expect(TIMEFRAMES.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    for (const [slot, timeframe] of TIMEFRAMES.entries()) {
      expect(timeframe.slot).toBe(slot);
      if (slot > 0) expect(timeframe.lengthMs % TIMEFRAMES[slot - 1].lengthMs).toBe(0);
    }
  });
});

describe('longer candles', () => {
  test('take open, extremes, close and volume of their parts at the last one', () => {
    const aggregator = new CandleAggregator(M5, M15);
    expect(aggregator.push(candle(0, 10))).toBeNull();
    expect(aggregator.forming).toMatchObject({ kind: 'forming', open: 10, close: 11, volume: 2 });
    expect(aggregator.push(candle(1, 20))).toBeNull();
    expect(aggregator.push(candle(2, 5, false))).toEqual({
      kind: 'closed',
      openTimeMs: 0,
      open: 10,
      high: 22,
      low: 4,
      close: 6,
      volume: 6,
      isComplete: false,
    });
    expect(aggregator.forming).toBeNull();
  });

  test('a gap stays a gap', () => {
    expect(made([0, 1, 2, 3, 4, 5])).toEqual({ times: [0, 1], gaps: 0 });
    expect(made([1, 2, 3, 4, 5])).toEqual({ times: [1], gaps: 1 });
    expect(made([0, 2, 3, 4, 5])).toEqual({ times: [1], gaps: 1 });
    expect(made([0, 1, 3, 4, 5])).toEqual({ times: [1], gaps: 1 });
    expect(made([0, 1, 2, 9, 10, 11])).toEqual({ times: [0, 3], gaps: 2 });
    expect(made([0, 1, 9, 10, 11])).toEqual({ times: [3], gaps: 3 });
  });

  test('a part out of order or off the grid is a mistake of the caller', () => {
    const aggregator = new CandleAggregator(M5, M15);
    aggregator.push(candle(1));
    expect(() => aggregator.push(candle(1))).toThrow(RangeError);
    expect(() => aggregator.push(candle(0))).toThrow(RangeError);
    expect(() => aggregator.push({ ...candle(2), openTimeMs: 2 * STEP_MS + 1 })).toThrow(RangeError);
    expect(() => new CandleAggregator(M15, M5)).toThrow(/cannot be made/);
  });
});

describe.skipIf(!existsSync(CANDLES))("the exchange's own candles", () => {
  test.each(
    ['btcusdt', 'ethusdt'].flatMap((symbol) =>
      ['15m', '1h', '4h', '1d', '1w'].map((name) => [symbol, name] as const),
    ),
  )('%s: five minutes aggregated equal %s', async (symbol, name) => {
    const parts = await readCandleFile(join(CANDLES, `${symbol}-5m-2024H1a.csv.gz`));
    const own = await readCandleFile(join(CANDLES, `${symbol}-${name}-2024H1a.csv.gz`));
    expect(own.timeframe.name).toBe(name);
    const aggregator = new CandleAggregator(parts.timeframe, own.timeframe);
    let count = 0;
    for (let index = 0; index < parts.openTimesMs.length; index++) {
      const closed = aggregator.push(candleAt(parts, index));
      if (closed === null) continue;
      const { volume, ...figures } = candleAt(own, count++);
      expect(closed).toMatchObject(figures);
      expect(Math.abs(closed.volume - volume)).toBeLessThanOrEqual(1e-6);
    }
    // The recording ends on a Tuesday: the last week is not whole.
    expect(count).toBe(own.openTimesMs.length - (name === '1w' ? 1 : 0));
  });
});
