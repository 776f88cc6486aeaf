import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TIMEFRAMES } from '../../../engine/analysis/bars/timeframe.ts';
import { type Confluence, confluenceOf } from '../../../engine/analysis/confluence/confluence.ts';
import { freshnessOf } from '../../../engine/strategy/signals/freshness.ts';
import { planPricesOf, tradePlanOf } from '../../../engine/analysis/confluence/trade-plan.ts';

const WEIGHTED = TIMEFRAMES.filter(({ weight }) => weight > 0);

/** Confluence of scores from 5m to 1w; null = not warm. */
function confluence(
  scores: readonly (number | null)[],
  orderFlow: number | null = null,
  zVolume: number | null = null,
): Confluence {
  const warm = scores.flatMap((score, index) =>
    score === null ? [] : [{ timeframe: WEIGHTED[index], score }],
  );
  return confluenceOf(warm, orderFlow, zVolume);
}

const NO_LEVELS = { support: [], resistance: [] };

describe('worked examples', () => {
  test('+50 everywhere with fresh order flow of +40 is confidence 61, stop 1 and target 2', () => {
    const view = confluence([50, 50, 50, 50, 50, 50], 40, 0);
    expect(view).toEqual({ confluence: 50, agreement: 1, side: 1, confA: 61, isWarming: false });
    expect(tradePlanOf(1, 1, NO_LEVELS, 100, 2)).toEqual({ sl: 1, tp: 2 });
  });

  test('4h against the others is confidence 28: 27.5 rounds up', () => {
    const view = confluence([50, 50, 50, -50, 50, 50]);
    expect(view.confluence).toBeCloseTo(25, 10);
    expect(view.agreement).toBeCloseTo(0.5, 10);
    expect(view.confA).toBe(28);
  });
});

describe('confluence', () => {
  test('of fewer than three warm timeframes decides nothing', () => {
    expect(confluence([90, 90, null, null, null, null])).toMatchObject({ confA: 0, isWarming: true });
    expect(confluence([null, null, null, null, null, null])).toEqual({
      confluence: null,
      agreement: null,
      side: 0,
      confA: 0,
      isWarming: true,
    });
    expect(confluence([90, null, 90, null, 90, null]).isWarming).toBe(false);
  });

  test('timeframes without a weight have no say', () => {
    const scores = [{ timeframe: TIMEFRAMES[0], score: -100 }];
    expect(confluenceOf(scores, null, null).confluence).toBeNull();
  });

  test('a score below 20 takes no side', () => {
    expect(confluence([19, 19, 19, 19, 19, 19]).agreement).toBe(0);
    expect(confluence([20, 20, 20, 20, 20, 20]).agreement).toBeCloseTo(1, 12);
  });

  test('order flow against it and thin volume cost ten points each', () => {
    const scores = [50, 50, 50, 50, 50, 50];
    expect(confluence(scores, -59, 0).confA).toBe(55);
    expect(confluence(scores, -60, 0).confA).toBe(45);
    expect(confluence(scores, -60, -1.01).confA).toBe(35);
    expect(confluence(scores, null, -1).confA).toBe(55);
  });

  test('mirrored scores and order flow negate it and keep the confidence', () => {
    const scores = fc.array(fc.option(fc.integer({ min: -100, max: 100 })), { minLength: 6, maxLength: 6 });
    const run = fc.property(scores, fc.option(fc.integer({ min: -100, max: 100 })), (one, flow) => {
      const view = confluence(one, flow);
      const mirrored = confluence(
        one.map((score) => (score === null ? null : -score)),
        flow === null ? null : -flow,
      );
      expect((mirrored.confluence ?? 0) + (view.confluence ?? 0)).toBe(0);
      expect(mirrored.side + view.side).toBe(0);
      expect([mirrored.confA, mirrored.agreement]).toEqual([view.confA, view.agreement]);
      expect(view.confA >= 0 && view.confA <= 100 && Number.isInteger(view.confA)).toBe(true);
    });
    fc.assert(run, { numRuns: 300, seed: 6 });
  });
});

test('order flow loses its weight evenly over 30 seconds', () => {
  expect([0, 15_000, 30_000, 99_000].map((ageMs) => freshnessOf(ageMs))).toEqual([1, 0.5, 0, 0]);
});

describe('a trade plan', () => {
  const level = (price: number, strength = 50): { price: number; strength: number } => ({ price, strength });

  test('without agreement the stop is half an ATR farther', () => {
    expect(tradePlanOf(1, 0, NO_LEVELS, 100, 2)).toEqual({ sl: 1.5, tp: 3 });
  });

  test('hides the stop behind a level that is near enough', () => {
    const behind = (price: number): number =>
      tradePlanOf(1, 1, { support: [level(price)], resistance: [] }, 100, 2).sl;
    expect(behind(97.4)).toBeCloseTo(1.4, 12);
    expect(behind(99)).toBeCloseTo(0.6, 12);
    expect(behind(99.1)).toBe(1);
    expect(behind(96.9)).toBe(1);
  });

  test('cuts the target before the nearest strong level in its way', () => {
    const ahead = [level(101, 59), level(103, 60)];
    expect(tradePlanOf(1, 1, { support: [], resistance: ahead }, 100, 2).tp).toBeCloseTo(1.4, 12);
    expect(tradePlanOf(-1, 1, { support: [level(99, 90)], resistance: [] }, 100, 2).tp).toBeCloseTo(0.4, 12);
    expect(tradePlanOf(1, 1, { support: [], resistance: [level(110, 90)] }, 100, 2).tp).toBe(2);
  });

  test('has prices on the grid that never flatter it', () => {
    expect(planPricesOf(1, { sl: 1, tp: 2 }, 100.03, 1.01, 0.05)).toEqual({
      entry: 100.05,
      stop: 99,
      target: 102.05,
    });
    expect(planPricesOf(-1, { sl: 1, tp: 2 }, 100.03, 1.01, 0.05)).toEqual({
      entry: 100,
      stop: 101.05,
      target: 98.05,
    });
    expect(planPricesOf(1, { sl: 1, tp: 2 }, 0.3, 0.1, 0.1)).toEqual({ entry: 0.3, stop: 0.2, target: 0.5 });
  });
});
