import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  baseConfidence,
  mtfBoostOf,
  patternConfidence,
  priorityOf,
  volumeFactorOf,
} from '../../../engine/analysis/patterns/pattern-confidence.ts';

describe('the confidence of a pattern', () => {
  test('worked example: base 0.55, boost 0.35, alignment 1.15, volume 1.15 make 0.982, high', () => {
    // C = +60; 50 % of the weight agrees (0.25) and one of those shows a pattern (0.1).
    const higher = [
      { weight: 0.2, score: 105, hasPattern: true },
      { weight: 0.2, score: 15, hasPattern: true },
    ];
    const { mtfBoost, alignmentFactor, volumeFactor, final, priority } = patternConfidence(
      0.55,
      1,
      higher,
      1.5,
    );
    expect(mtfBoost).toBeCloseTo(0.35, 12);
    expect(alignmentFactor).toBeCloseTo(1.15, 12);
    expect(volumeFactor).toBeCloseTo(1.15, 12);
    expect(final).toBeCloseTo(0.55 * 1.35 * 1.15 * 1.15, 12);
    expect(Number(final.toFixed(3))).toBe(0.982);
    expect(priority).toBe('high');
  });

  test('begins by what the pattern is, 0.05 more at a level, at most 0.70', () => {
    expect([1, 2, 3, 5].map((count) => baseConfidence('candle', count, false))).toEqual([
      0.45, 0.5, 0.55, 0.55,
    ]);
    expect(baseConfidence('chart', 1, false)).toBe(0.6);
    expect(baseConfidence('divergence', 1, true)).toBeCloseTo(0.55, 12);
    expect(baseConfidence('chart', 1, true)).toBeCloseTo(0.65, 12);
  });

  test('takes no part from higher timeframes that are not warm, flat or against it', () => {
    expect(mtfBoostOf(1, [])).toBe(0);
    expect(mtfBoostOf(1, [{ weight: 0.2, score: 19.9, hasPattern: true }])).toBe(0);
    expect(mtfBoostOf(1, [{ weight: 0.2, score: 20, hasPattern: false }])).toBe(0.5);
    expect(mtfBoostOf(-1, [{ weight: 0.2, score: 90, hasPattern: true }])).toBe(0);
    expect(volumeFactorOf(NaN)).toBe(1);
    expect(patternConfidence(0.5, 1, [], NaN).final).toBe(0.5);
  });

  test('has a priority from 0.6 on', () => {
    expect([0.8, 0.79, 0.7, 0.69, 0.6, 0.59].map(priorityOf)).toEqual([
      'high',
      'medium',
      'medium',
      'low',
      'low',
      null,
    ]);
  });

  test('stays in its bounds and does not depend on which way is up', () => {
    const higher = fc.array(
      fc.record({
        weight: fc.constantFrom(0, 0.1, 0.2, 0.25),
        score: fc.double({ min: -100, max: 100, noNaN: true }),
        hasPattern: fc.boolean(),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(
        higher,
        fc.double({ min: 0.45, max: 0.7, noNaN: true }),
        fc.double({ min: -9, max: 9, noNaN: true }),
        (timeframes, base, zVolume) => {
          const one = patternConfidence(base, 1, timeframes, zVolume);
          const other = patternConfidence(
            base,
            -1,
            timeframes.map((timeframe) => ({ ...timeframe, score: -timeframe.score })),
            zVolume,
          );
          expect(other).toEqual(one);
          expect(one.final).toBeGreaterThanOrEqual(0);
          expect(one.final).toBeLessThanOrEqual(1);
          expect(one.mtfBoost).toBeGreaterThanOrEqual(0);
          expect(one.mtfBoost).toBeLessThanOrEqual(1);
          expect(one.alignmentFactor).toBeGreaterThanOrEqual(0.8);
          expect(one.alignmentFactor).toBeLessThanOrEqual(1.25);
        },
      ),
    );
  });
});
