import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CandleColumns } from '../../../engine/analysis/bars/candle-columns.ts';
import { candleAt } from '../../../engine/analysis/bars/candle-columns.ts';
import { readCandleFile } from '../../../engine/analysis/bars/candle-file.ts';
import type { ClosedCandle } from '../../../engine/analysis/bars/candle.ts';
import type { Timeframe } from '../../../engine/analysis/bars/timeframe.ts';
import { Prng } from '../../../engine/core/prng.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';

/** 2024-01-01, a Monday: every timeframe has a bar that opens there. */
export const START_MS = 1_704_067_200_000;

const CANDLES = join(SHARED_DATA, 'candles');
export const HAS_CANDLES: boolean = existsSync(CANDLES);

/** The exchange's own candles of a symbol. */
export function recordedCandles(symbol: string, timeframe: string): Promise<CandleColumns> {
  return readCandleFile(join(CANDLES, `${symbol}-${timeframe}-2024H1a.csv.gz`));
}

export function candlesOf(columns: CandleColumns): ClosedCandle[] {
  return Array.from(columns.openTimesMs, (_, index) => candleAt(columns, index));
}

/**
 * Candles of a random walk in whole price units around 10,000, so that mirrored and scaled prices are exact; the same
 * for the same seed.
 */
export function wanderingCandles(timeframe: Timeframe, seed: number, count: number): ClosedCandle[] {
  const prng = new Prng(seed);
  let close = 10_000;
  return Array.from({ length: count }, (_, index) => {
    const open = close;
    close = open + prng.nextInt(41) - 20;
    const high = Math.max(open, close) + prng.nextInt(15);
    const low = Math.min(open, close) - prng.nextInt(15);
    const openTimeMs = START_MS + index * timeframe.lengthMs;
    return {
      kind: 'closed',
      openTimeMs,
      open,
      high,
      low,
      close,
      volume: prng.nextInt(1000),
      isComplete: true,
    };
  });
}

/** The same candles with other prices; a falling function swaps highs and lows. */
export function repriced(candles: readonly ClosedCandle[], price: (value: number) => number): ClosedCandle[] {
  return candles.map((candle) => {
    const [high, low] = [price(candle.high), price(candle.low)];
    return {
      ...candle,
      open: price(candle.open),
      high: Math.max(high, low),
      low: Math.min(high, low),
      close: price(candle.close),
    };
  });
}
