import type { CandleColumns } from '../bars/candle-columns.ts';
import { candleAt } from '../bars/candle-columns.ts';
import type { Timeframe } from '../bars/timeframe.ts';
import { isSameCandle, type TakenCandle } from './taken-candle.ts';

/** Candles of the past that lie on this machine: a bar store, or files. */
export interface HistorySource {
  /** The candles that open in [fromMs, toMs), oldest first; null = it has none of the series. @throws what is wrong with it */
  read(
    venue: string,
    symbol: string,
    timeframe: Timeframe,
    fromMs: number,
    toMs: number,
  ): CandleColumns | null;
}

/** The candles of columns; who took is not known of them. */
export function takenCandlesOf(columns: CandleColumns): TakenCandle[] {
  return Array.from({ length: columns.openTimesMs.length }, (_, index) => ({
    ...candleAt(columns, index),
    buyVolume: NaN,
  }));
}

/**
 * Puts older candles in front of newer ones. They must overlap in at least one candle, and tell the same of every one they
 * share; otherwise the older ones are of another market, or of too long ago: null. Pure.
 */
export function joinHistories(
  older: readonly TakenCandle[],
  newer: readonly TakenCandle[],
): TakenCandle[] | null {
  if (newer.length === 0) return [...older];
  if (older.length === 0) return [...newer];
  const at = older.findIndex(({ openTimeMs }) => openTimeMs >= newer[0].openTimeMs);
  const byTime = new Map(newer.map((candle) => [candle.openTimeMs, candle]));
  let shared = 0;
  for (let index = Math.max(0, at); at >= 0 && index < older.length; index++) {
    const same = byTime.get(older[index].openTimeMs);
    if (same === undefined) continue;
    if (!isSameCandle(older[index], same)) return null;
    shared++;
  }
  return shared === 0 ? null : [...older.slice(0, at), ...newer];
}
