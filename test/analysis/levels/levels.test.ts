import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requireTimeframe } from '../../../engine/analysis/bars/timeframe.ts';
import { type Level, strengthOf } from '../../../engine/analysis/levels/level.ts';
import { SymbolLevels } from '../../../engine/analysis/levels/symbol-levels.ts';
import { TimeframeLevels } from '../../../engine/analysis/levels/timeframe-levels.ts';
import { BarWindow } from '../../../engine/analysis/metrics/bar-window.ts';
import { PivotFinder } from '../../../engine/analysis/metrics/pivots.ts';
import { Prng } from '../../../engine/core/prng.ts';
import { START_MS, wanderingCandles } from '../metrics/candles.ts';
import { naiveLevels } from './naive-levels.ts';
import { mergeLevels, sidesOf } from './naive-merge.ts';

const HOUR = requireTimeframe('1h');

/** Levels of bars given as [low, high, close]. */
function levelsOf(bars: readonly (readonly [number, number, number])[], atr: number): Level[] {
  const window = new BarWindow(200);
  const pivots = new PivotFinder(200);
  for (const [index, [low, high, close]] of bars.entries()) {
    const openTimeMs = START_MS + index * HOUR.lengthMs;
    window.push({ kind: 'closed', openTimeMs, open: close, high, low, close, volume: 1, isComplete: true });
    pivots.update(high, low);
  }
  const levels = new TimeframeLevels(HOUR);
  levels.update(window, pivots, atr);
  return levels.all();
}

/** Quiet bars whose highs and lows are all equal: no pivots among them. */
const quiet = (count: number): [number, number, number][] =>
  Array.from({ length: count }, () => [99, 101, 100]);
const closeMs = (bar: number): number => START_MS + (bar + 1) * HOUR.lengthMs;
const half = (ago: number): number => 0.5 ** (ago / 100);

describe('levels kept from bar to bar', () => {
  test('are at every bar those that every level walked through every bar gives, also after a gap', () => {
    const run = fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.constantFrom(1, 4, 20, 60),
      fc.integer({ min: 1, max: 400 }),
      (seed, atr, gapAt) => {
        const levels = new TimeframeLevels(HOUR);
        const window = new BarWindow(200);
        const pivots = new PivotFinder(200);
        for (const [index, bar] of wanderingCandles(HOUR, seed, 400).entries()) {
          if (index === gapAt) {
            window.reset();
            pivots.reset();
          }
          window.push(bar);
          pivots.update(bar.high, bar.low);
          // Not asked at every bar, and with an ATR that changes.
          if ((index * 7 + seed) % 5 === 0) continue;
          const nowAtr = atr * (1 + 0.3 * Math.sin(index));
          levels.update(window, pivots, nowAtr);
          expect(levels.all()).toEqual(naiveLevels(HOUR, window, pivots, nowAtr));
        }
      },
    );
    fc.assert(run, { numRuns: 6, seed: 6 });
  });

  test('also where prices jump over levels, and where they lie on few ticks', () => {
    const run = fc.property(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom(1, 5, 25), (seed, tick) => {
      const random = new Prng(seed);
      const window = new BarWindow(200);
      const pivots = new PivotFinder(200);
      const levels = new TimeframeLevels(HOUR);
      let price = 1_000;
      for (let index = 0; index < 300; index++) {
        if (random.nextFloat() < 0.1) price += tick * (random.nextInt(41) - 20);
        const prices = Array.from({ length: 3 }, () => price + tick * random.nextInt(7));
        const [low, close, high] = prices.sort((a, b) => a - b);
        price += tick * (random.nextInt(5) - 2);
        const openTimeMs = START_MS + index * HOUR.lengthMs;
        window.push({
          kind: 'closed',
          openTimeMs,
          open: close,
          high,
          low,
          close,
          volume: 1,
          isComplete: true,
        });
        pivots.update(high, low);
        const atr = tick * (2 + (index % 3));
        levels.update(window, pivots, atr);
        expect(levels.all()).toEqual(naiveLevels(HOUR, window, pivots, atr));
      }
    });
    fc.assert(run, { numRuns: 6, seed: 7 });
  });
});

describe('levels of a timeframe', () => {
  test('a pivot is a level whose weight halves in 100 bars', () => {
    const bars = [...quiet(5), [99, 110, 100] as const, ...quiet(20)];
    expect(levelsOf(bars, 4)).toEqual([
      { price: 110, timeframe: HOUR, weight: half(20), touchCount: 1, newestMs: closeMs(5) },
    ]);
  });

  test('pivots within half an ATR of the weighted mean are one level', () => {
    const bars = [...quiet(5), [99, 110, 100] as const, ...quiet(9), [99, 111, 100] as const, ...quiet(9)];
    const [level, ...others] = levelsOf(bars, 2);
    expect(others).toEqual([]);
    expect(level.price).toBeCloseTo((110 * half(19) + 111 * half(9)) / (half(19) + half(9)), 12);
    expect([level.touchCount, level.newestMs]).toEqual([2, closeMs(15)]);
    expect(levelsOf(bars, 1.9).map(({ price }) => price)).toEqual([110, 111]);
  });

  test('a bar that comes near and closes back is a touch, however many bars it stays', () => {
    const near = [99, 109.1, 100] as const;
    const bars = [...quiet(5), [99, 110, 100] as const, ...quiet(9), near, near, near, ...quiet(9)];
    const [level] = levelsOf(bars, 4);
    // The third of the equal highs is no pivot, the first is one of another level when the ATR is small.
    expect(level.touchCount).toBe(2);
    expect(level.weight).toBeCloseTo(half(21) + half(11), 12);
  });

  test('bars before the pivot was known are no touches', () => {
    const bars = [...quiet(5), [99, 110, 100] as const, [99, 109.5, 100] as const, ...quiet(20)];
    expect(levelsOf(bars, 4)[0].touchCount).toBe(1);
  });

  test('a close more than half an ATR beyond halves the weight and turns resistance into support', () => {
    const above = Array.from({ length: 6 }, () => [113, 115, 114] as const);
    const back = [111, 114, 113] as const;
    const bars = [...quiet(5), [99, 110, 100] as const, ...quiet(9), ...above, back, ...above];
    const level = levelsOf(bars, 4).find(({ price }) => price < 110.9);
    // Pivot at bar 5 of 28; closed through at bar 15; touched from above at bar 21, which is a pivot low of the level.
    expect(level?.touchCount).toBe(2);
    expect(level?.weight).toBeCloseTo(0.5 * half(22) + half(6), 12);
  });

  test('pivots older than 200 bars are forgotten', () => {
    expect(levelsOf([...quiet(5), [99, 110, 100], ...quiet(199)], 4)).toHaveLength(1);
    expect(levelsOf([...quiet(5), [99, 110, 100], ...quiet(200)], 4)).toEqual([]);
  });

  test('scaled prices scale the levels and nothing else', () => {
    const run = fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const bars = wanderingCandles(HOUR, seed, 220).map(
        ({ low, high, close }) => [low, high, close] as const,
      );
      const scaled = bars.map(([low, high, close]) => [low * 8, high * 8, close * 8] as const);
      const levels = levelsOf(bars, 20);
      expect(levels.length).toBeGreaterThan(0);
      expect(levelsOf(scaled, 160)).toEqual(levels.map((level) => ({ ...level, price: level.price * 8 })));
    });
    fc.assert(run, { numRuns: 30, seed: 4 });
  });

  test('levels of one timeframe are more than half an ATR apart where they begin', () => {
    const run = fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const bars = wanderingCandles(HOUR, seed, 220).map(
        ({ low, high, close }) => [low, high, close] as const,
      );
      const prices = levelsOf(bars, 20).map(({ price }) => price);
      expect(prices).toEqual(prices.toSorted((a, b) => a - b));
      expect(new Set(prices).size).toBe(prices.length);
    });
    fc.assert(run, { numRuns: 30, seed: 5 });
  });
});

test('pivots of weight 1 and 0.5 have a strength of 63.21', () => {
  expect(strengthOf(1.5)).toBeCloseTo(63.21, 2);
});

describe('levels of several timeframes', () => {
  test('kept from bar to bar are those that are merged anew', () => {
    const run = fc.property(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom(1, 10, 100), (seed, grid) => {
      const kept = ['4h', '1h', '5m'].map((name, place) => ({
        of: new TimeframeLevels(requireTimeframe(name)),
        window: new BarWindow(200),
        pivots: new PivotFinder(200),
        candles: wanderingCandles(HOUR, seed + place, 160),
        atr: 10,
      }));
      const merged = new SymbolLevels();
      for (let step = 0; step < 200; step++) {
        const moving = kept[step % 5 === 0 ? 0 : step % 3 === 0 ? 1 : 2];
        const bar = moving.candles[Math.min(159, moving.window.count)];
        // Few different prices, so that levels lie on each other and equally far.
        const onGrid = (price: number): number => Math.round(price / grid) * grid;
        moving.window.push({
          ...bar,
          high: onGrid(bar.high),
          low: onGrid(bar.low),
          close: onGrid(bar.close),
        });
        moving.pivots.update(onGrid(bar.high), onGrid(bar.low));
        moving.atr = grid * (2 + (step % 4));
        moving.of.update(moving.window, moving.pivots, moving.atr);
        const present = kept.filter(({ window }) => window.count > 20);
        merged.update(present);
        const anew = mergeLevels(present.map(({ of, atr }) => ({ atr, levels: of.all() })));
        expect(merged.all()).toEqual(anew);
        const price = onGrid(bar.close);
        const { support, resistance } = sidesOf(anew, price);
        expect(merged.near(price, 5)).toEqual({
          support: support.slice(0, 5),
          resistance: resistance.slice(0, 5),
        });
        const strong = (one: Level): boolean => one.weight > 1;
        const at = support.findIndex(strong);
        expect(merged.until(price, -1, Infinity, strong)).toEqual(
          at < 0 ? support : support.slice(0, at + 1),
        );
      }
    });
    fc.assert(run, { numRuns: 6, seed: 8 });
  });

  const level = (name: string, price: number, weight: number): Level => ({
    price,
    timeframe: requireTimeframe(name),
    weight,
    touchCount: 1,
    newestMs: price,
  });

  test('a lower level within half its ATR of a higher one belongs to that', () => {
    const merged = mergeLevels([
      { atr: 50, levels: [level('4h', 100, 1), level('4h', 200, 1)] },
      { atr: 10, levels: [level('1h', 104, 2), level('1h', 106, 1)] },
      { atr: 2, levels: [level('5m', 105, 1), level('5m', 103, 1)] },
    ]);
    expect(
      merged.map(({ price, timeframe, weight, touchCount }) => [price, timeframe.name, weight, touchCount]),
    ).toEqual([
      [100, '4h', 3, 2],
      [103, '5m', 1, 1],
      [106, '1h', 2, 2],
      [200, '4h', 1, 1],
    ]);
  });

  test('support lies below the price and resistance above, nearest first', () => {
    const { support, resistance } = sidesOf(
      [1, 2, 3, 4, 5].map((price) => level('1h', price, 1)),
      3,
    );
    expect(support.map(({ price }) => price)).toEqual([2, 1]);
    expect(resistance.map(({ price }) => price)).toEqual([4, 5]);
  });
});
