import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BAR_INTERVAL_MS, BarBuilder, barOpenTimeMs, EMPTY_BARS_MAX } from '../../engine/analysis/bars.ts';
import type { ClosedBar } from '../../engine/analysis/bars.ts';
import { parseDecimal } from '../../engine/core/decimal.ts';
import { SHARED_DATA } from '../fixtures/shared-data.ts';

const CANDLES = join(SHARED_DATA, 'candles');

function collect(intervalMs: number): { builder: BarBuilder; bars: ClosedBar[] } {
  const bars: ClosedBar[] = [];
  const builder = new BarBuilder(0, intervalMs, (bar) => bars.push(copyOf(bar)));
  return { builder, bars };
}

function copyOf(bar: ClosedBar): ClosedBar {
  const { openTimeMs, openTicks, highTicks, lowTicks, closeTicks, volumeLots, tradeCount, isComplete } = bar;
  const { kind, instrumentIndex, intervalMs } = bar;
  return {
    kind,
    instrumentIndex,
    intervalMs,
    openTimeMs,
    openTicks,
    highTicks,
    lowTicks,
    closeTicks,
    volumeLots,
    tradeCount,
    isComplete,
  };
}

function readCandles(symbol: string, interval: keyof typeof BAR_INTERVAL_MS): ClosedBar[] {
  const text = gunzipSync(readFileSync(join(CANDLES, `${symbol}-${interval}-2024H1a.csv.gz`))).toString();
  const rows = text.trim().split('\n').slice(1);
  return rows.map((row) => {
    const [time, open, high, low, close, volume] = row.split(',');
    return {
      kind: 'closed',
      instrumentIndex: 0,
      intervalMs: BAR_INTERVAL_MS[interval],
      openTimeMs: Number(time),
      openTicks: parseDecimal(open, 2),
      highTicks: parseDecimal(high, 2),
      lowTicks: parseDecimal(low, 2),
      closeTicks: parseDecimal(close, 2),
      volumeLots: Math.round(Number(volume) * 1e8),
      tradeCount: 1,
      isComplete: true,
    };
  });
}

interface Trade {
  readonly timeMs: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
}

/** Bars by grouping all trades: the reference. Without empty bars and without the last, unfinished one. */
function naiveBars(trades: readonly Trade[], intervalMs: number): unknown[] {
  const groups = new Map<number, Trade[]>();
  for (const trade of trades) {
    const open = trade.timeMs - (trade.timeMs % intervalMs);
    groups.set(open, [...(groups.get(open) ?? []), trade]);
  }
  const opens = [...groups.keys()].sort((a, b) => a - b);
  return opens.slice(0, -1).map((openTimeMs, index) => {
    const group = groups.get(openTimeMs) ?? [];
    const prices = group.map((trade) => trade.priceTicks);
    return {
      kind: 'closed',
      instrumentIndex: 0,
      intervalMs,
      openTimeMs,
      openTicks: prices[0],
      highTicks: Math.max(...prices),
      lowTicks: Math.min(...prices),
      closeTicks: prices.at(-1),
      volumeLots: group.reduce((sum, trade) => sum + trade.qtyLots, 0),
      tradeCount: group.length,
      isComplete: index > 0,
    };
  });
}

describe('bars from trades', () => {
  test('equal the bars of grouping all trades by interval, for any trades and interval', () => {
    const trade = fc.record({
      stepMs: fc.integer({ min: 0, max: 700 }),
      priceTicks: fc.integer({ min: 1, max: 1000 }),
      qtyLots: fc.integer({ min: 1, max: 1e6 }),
    });
    const run = fc.property(
      fc.array(trade, { minLength: 1, maxLength: 200 }),
      fc.constantFrom(1, 50, 100, 333, 1000),
      (steps, intervalMs) => {
        let timeMs = 1_000;
        const trades = steps.map(({ stepMs, priceTicks, qtyLots }) => {
          timeMs += Math.min(stepMs, intervalMs * EMPTY_BARS_MAX);
          return { timeMs, priceTicks, qtyLots };
        });
        const { builder, bars } = collect(intervalMs);
        for (const { timeMs: at, priceTicks, qtyLots } of trades) builder.addTrade(at, priceTicks, qtyLots);
        expect(bars.filter((bar) => bar.tradeCount > 0)).toEqual(naiveBars(trades, intervalMs));
        for (let index = 1; index < bars.length; index++) {
          expect(bars[index].openTimeMs).toBe(bars[index - 1].openTimeMs + intervalMs);
          if (bars[index].tradeCount === 0) {
            expect(bars[index]).toMatchObject({
              openTicks: bars[index - 1].closeTicks,
              closeTicks: bars[index - 1].closeTicks,
              volumeLots: 0,
            });
          }
        }
      },
    );
    fc.assert(run, { numRuns: 300, seed: 7 });
  });

  test('the bar a stream begins in is incomplete, the next one is complete', () => {
    const { builder, bars } = collect(1000);
    builder.addTrade(1_000, 10, 1);
    builder.addTrade(2_000, 11, 1);
    builder.addTrade(3_000, 12, 1);
    expect(bars.map((bar) => bar.isComplete)).toEqual([false, true]);
  });

  test('a gap makes every bar it touches incomplete and no other', () => {
    const { builder, bars } = collect(1000);
    for (let timeMs = 0; timeMs < 3_500; timeMs += 500) builder.addTrade(timeMs, 10, 1);
    builder.noteGap();
    builder.addTrade(6_200, 12, 1);
    builder.addTrade(7_100, 12, 1);
    builder.addTrade(8_100, 12, 1);
    expect(bars.map((bar) => [bar.openTimeMs, bar.isComplete])).toEqual([
      [0, false],
      [1000, true],
      [2000, true],
      [3000, false],
      [4000, false],
      [5000, false],
      [6000, false],
      [7000, true],
    ]);
  });

  test('a quiet market closes its bars by the venue clock; a late trade is counted and changes nothing', () => {
    const { builder, bars } = collect(100);
    builder.addTrade(50, 10, 5);
    builder.advanceTo(250);
    expect(bars.map((bar) => [bar.openTimeMs, bar.tradeCount, bar.closeTicks])).toEqual([
      [0, 1, 10],
      [100, 0, 10],
    ]);
    builder.addTrade(150, 99, 1);
    expect(builder.lateCount).toBe(1);
    expect(builder.forming).toMatchObject({ kind: 'forming', openTimeMs: 200, tradeCount: 0, highTicks: 10 });
  });

  test('a silence longer than the bound is skipped, counted, and leaves an incomplete bar', () => {
    const { builder, bars } = collect(100);
    builder.addTrade(0, 10, 1);
    builder.addTrade(100_000_000, 20, 1);
    expect(bars.length).toBe(EMPTY_BARS_MAX + 1);
    expect(builder.skippedCount).toBe(1_000_000 - bars.length);
    expect(builder.forming).toMatchObject({ openTimeMs: 100_000_000, isCompleteSoFar: false, openTicks: 20 });
  });

  test('weeks open on Monday, 00:00 UTC', () => {
    const monday = Date.UTC(2024, 0, 1);
    expect(barOpenTimeMs(monday, BAR_INTERVAL_MS['1w'])).toBe(monday);
    expect(barOpenTimeMs(monday - 1, BAR_INTERVAL_MS['1w'])).toBe(monday - BAR_INTERVAL_MS['1w']);
    expect(barOpenTimeMs(monday + 6.5 * 86_400_000, BAR_INTERVAL_MS['1w'])).toBe(monday);
  });
});

describe('bars from smaller bars', () => {
  test('a hole between smaller bars makes the greater bar incomplete', () => {
    const source = collect(100);
    const { builder, bars } = collect(300);
    for (let timeMs = 0; timeMs <= 2_000; timeMs += 100) source.builder.addTrade(timeMs, 10, 1);
    for (const bar of source.bars.slice(3)) if (bar.openTimeMs !== 700) builder.addBar(bar);
    expect(bars.slice(0, 3).map((bar) => [bar.openTimeMs, bar.isComplete])).toEqual([
      [300, true],
      [600, false],
      [900, true],
    ]);
  });

  const greater = ['15m', '1h', '4h', '1d', '1w'] as const;
  for (const symbol of ['btcusdt', 'ethusdt']) {
    for (const interval of greater) {
      test.skipIf(!existsSync(CANDLES))(
        `5m ${symbol} candles make the exchange's own ${interval} candles`,
        () => {
          const { builder, bars } = collect(BAR_INTERVAL_MS[interval]);
          for (const candle of readCandles(symbol, '5m')) builder.addBar(candle);
          const expected = readCandles(symbol, interval);
          const plain = (bar: ClosedBar): unknown => [
            bar.openTimeMs,
            bar.openTicks,
            bar.highTicks,
            bar.lowTicks,
            bar.closeTicks,
          ];
          const count = Math.min(expected.length, bars.length);
          expect(count).toBeGreaterThan(15);
          expect(bars.slice(0, count).map(plain)).toEqual(expected.slice(0, count).map(plain));
          for (let index = 0; index < count; index++) {
            expect(Math.abs(bars[index].volumeLots - expected[index].volumeLots)).toBeLessThanOrEqual(100);
            expect(bars[index].isComplete).toBe(true);
          }
        },
      );
    }
  }
});
