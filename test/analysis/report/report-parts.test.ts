import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  biasBetweenReports,
  biasClassOf,
  biasValueOf,
  nextBias,
  type PublishedBias,
} from '../../../engine/analysis/report/bias.ts';
import { overallScoreOf, technicalOf } from '../../../engine/analysis/report/overall-score.ts';
import { scenarioOf } from '../../../engine/analysis/report/scenario.ts';

describe('the overall score', () => {
  test('of 70, 60, 55 and 40 is 62: a moderate bias of 24', () => {
    const score = overallScoreOf({ multiTimeframe: 70, volumeProfile: 60, technical: 55, orderFlow: 40 });
    expect(score?.overall).toBeCloseTo(62, 12);
    const bias = biasValueOf(score?.overall ?? NaN);
    expect(bias).toBeCloseTo(24, 12);
    expect(biasClassOf(bias)).toBe('MODERATE');
  });

  test('without order flow its share goes to the others in proportion', () => {
    const score = overallScoreOf({ multiTimeframe: 70, volumeProfile: 60, technical: 55, orderFlow: null });
    expect(score?.overall).toBeCloseTo((0.4 * 70 + 0.35 * 60 + 0.2 * 55) / 0.95, 12);
    expect(score?.shares.orderFlow).toBe(0);
    expect(score?.shares.multiTimeframe).toBeCloseTo(0.4 / 0.95, 12);
  });

  test('does not exist while too few timeframes are warm', () => {
    expect(
      overallScoreOf({ multiTimeframe: null, volumeProfile: 60, technical: 55, orderFlow: 40 }),
    ).toBeNull();
  });

  test('the technical part needs a trend', () => {
    expect(technicalOf({ trend: 40, mom: 20, st: -30 })).toBeCloseTo(50 + (20 + 6 - 6) / 2, 12);
    expect(technicalOf({ trend: 40, mom: null, st: null })).toBeCloseTo(70, 12);
    expect(technicalOf({ trend: null, mom: 20, st: 30 })).toBeNull();
    expect(technicalOf(undefined)).toBeNull();
  });
});

describe('the published bias', () => {
  const published = (value: number, raw = value): PublishedBias => ({ value, raw, isHeld: value !== raw });

  test('keeps its sign against one weak report and turns at the second', () => {
    const first = nextBias(published(30), -24);
    expect(first).toEqual({ value: 30, raw: -24, isHeld: true });
    expect(nextBias(first, -3)).toEqual({ value: -3, raw: -3, isHeld: false });
    expect(nextBias(first, 5)).toEqual({ value: 5, raw: 5, isHeld: false });
  });

  test('turns at once when the report is strong enough against it', () => {
    expect(nextBias(published(30), -25).value).toBe(-25);
    expect(nextBias(published(-30), 25).value).toBe(25);
  });

  test('takes the first value, and any from a bias of 0, as it comes', () => {
    expect(nextBias(null, -4).value).toBe(-4);
    expect(nextBias(published(0), -4).value).toBe(-4);
    expect(nextBias(published(30), 0).value).toBe(0);
  });

  test('has classes from 20 and 60 on', () => {
    expect([60, -60, 59.9, -20, 19.9, 0].map(biasClassOf)).toEqual([
      'STRONG',
      'STRONG',
      'MODERATE',
      'MODERATE',
      'NEUTRAL',
      'NEUTRAL',
    ]);
  });
});

describe('a plan', () => {
  test('enters at the level behind the price and aims at levels worth the risk', () => {
    const plan = scenarioOf(1, 102, 4, { support: [100, 90], resistance: [102.5, 104, 105, 110] });
    expect(plan).toEqual({
      side: 1,
      zone: { low: 99, high: 101 },
      level: 100,
      stop: 97,
      targets: [104, 110],
      invalidation: 98,
      rewardRisk: 4 / 3,
      horizonBars: 1,
    });
  });

  test('without levels aims at two and three times the risk from the price', () => {
    const plan = scenarioOf(-1, 100, 4, { support: [], resistance: [] });
    expect([plan.level, plan.stop, plan.targets]).toEqual([null, 103, [94, 91]]);
    expect(plan.horizonBars).toBe(3);
  });

  test('of mirrored prices is the mirrored plan, with the stop behind and the targets ahead in order', () => {
    const prices = fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 5 });
    const run = fc.property(prices, prices, fc.integer({ min: 1, max: 20 }), (below, above, atr) => {
      const support = [...new Set(below.map((away) => 1000 - away))].sort((a, b) => b - a);
      const resistance = [...new Set(above.map((away) => 1000 + away))].sort((a, b) => a - b);
      const long = scenarioOf(1, 1000, atr, { support, resistance });
      const mirror = (values: number[]): number[] => values.map((value) => 2000 - value);
      const short = scenarioOf(-1, 1000, atr, { support: mirror(resistance), resistance: mirror(support) });
      expect(2000 - short.stop).toBeCloseTo(long.stop, 9);
      expect(2000 - short.targets[1]).toBeCloseTo(long.targets[1], 9);
      expect(long.stop).toBeLessThan(long.zone.low);
      expect(long.targets[0]).toBeGreaterThan(long.zone.high);
      expect(long.targets[1]).toBeGreaterThan(long.targets[0]);
      expect(long.rewardRisk).toBeGreaterThanOrEqual(1);
    });
    fc.assert(run, { numRuns: 200, seed: 12 });
  });
});

describe('the bias between two reports', () => {
  test('follows the value, turns at once by 25 against it, and leaves the rest to the reports', () => {
    const first = nextBias(null, 40);
    expect(biasBetweenReports(first, 35)).toEqual({ value: 35, raw: 40, isHeld: false });
    // Any number of refreshments does not turn it; two reports do.
    let bias = first;
    for (let count = 0; count < 5; count++) bias = biasBetweenReports(bias, -10);
    expect(bias).toEqual({ value: 40, raw: 40, isHeld: true });
    bias = nextBias(bias, -10);
    expect(bias).toEqual({ value: 40, raw: -10, isHeld: true });
    expect(biasBetweenReports(bias, -24)).toEqual({ value: 40, raw: -10, isHeld: true });
    expect(nextBias(biasBetweenReports(bias, -24), -12)).toEqual({ value: -12, raw: -12, isHeld: false });
    expect(biasBetweenReports(bias, -25)).toEqual({ value: -25, raw: -25, isHeld: false });
    expect(biasBetweenReports(null, -7)).toEqual({ value: -7, raw: -7, isHeld: false });
  });
});
