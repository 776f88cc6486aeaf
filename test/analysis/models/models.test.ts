import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeModels } from '../../../engine/analysis/models/judge-models.ts';
import {
  isotonicBlocks,
  isotonicCalibration,
  logisticOf,
  logitOf,
  plattCalibration,
  plattLine,
} from '../../../engine/analysis/models/calibration.ts';
import { calibrateConfidence } from '../../../engine/analysis/models/confidence-calibration.ts';
import { consensusOf, modelWeights } from '../../../engine/analysis/models/consensus.ts';
import {
  FEATURE_NAMES,
  type FeatureInputs,
  featureVectorOf,
} from '../../../engine/analysis/models/feature-vector.ts';
import {
  brierOf,
  calibrationErrorOf,
  type JudgedForecast,
  skillOf,
} from '../../../engine/analysis/models/forecast-quality.ts';
import {
  Bench,
  decilesOf,
  healthOf,
  stabilityIndexOf,
} from '../../../engine/analysis/models/model-health.ts';
import { requireTimeframe, TIMEFRAMES } from '../../../engine/analysis/bars/timeframe.ts';
import { TimeframeMetrics } from '../../../engine/analysis/metrics/timeframe-metrics.ts';
import type { Outcome } from '../../../engine/analysis/signals/signal-outcome.ts';
import { Prng } from '../../../engine/core/prng.ts';

/** Forecasts of which `truth` says how often they come. */
function drawn(count: number, seed: number, truth: (probability: number) => number): JudgedForecast[] {
  const random = new Prng(seed);
  return Array.from({ length: count }, () => {
    const probability = Math.round(1_000 * random.nextFloat()) / 1_000;
    return { probability, hit: random.nextFloat() < truth(probability) ? 1 : 0 };
  });
}

describe('how good forecasts are', () => {
  test('Brier, skill and calibration error by hand', () => {
    const some: JudgedForecast[] = [
      { probability: 0.8, hit: 1 },
      { probability: 0.6, hit: 0 },
      { probability: 0.3, hit: 0 },
      { probability: 0.1, hit: 0 },
    ];
    expect(brierOf(some)).toBeCloseTo((0.04 + 0.36 + 0.09 + 0.01) / 4, 12);
    expect(skillOf(some)).toBeCloseTo(1 - 0.125 / (0.25 * 0.75), 12);
    // Four forecasts in ten buckets: each stands alone.
    expect(calibrationErrorOf(some)).toBeCloseTo((0.2 + 0.6 + 0.3 + 0.1) / 4, 12);
    const twenty = Array.from({ length: 20 }, (_, at): JudgedForecast => ({
      probability: 0.5,
      hit: at % 2 === 0 ? 1 : 0,
    }));
    expect([calibrationErrorOf(twenty), skillOf(twenty)]).toEqual([0, 0]);
    expect(skillOf([{ probability: 0.9, hit: 1 }])).toBe(0);
  });
});

describe('calibration', () => {
  test('says so below 200 outcomes', () => {
    const few = drawn(199, 1, (probability) => probability);
    expect([plattLine(few), isotonicBlocks(few)]).toEqual([null, null]);
  });

  test('Platt finds the line that outcomes were drawn by, where the gradient is zero', () => {
    const forecasts = drawn(20_000, 2, (probability) => logisticOf(0.5 * logitOf(probability) - 1));
    const line = plattLine(forecasts)!;
    expect(line.slope).toBeCloseTo(0.5, 1);
    expect(line.intercept).toBeCloseTo(-1, 1);
    const hits = forecasts.filter(({ hit }) => hit === 1).length;
    const calibrate = plattCalibration(line);
    let slopeBy = 0;
    let interceptBy = 0;
    for (const { probability, hit } of forecasts) {
      const target = hit === 1 ? (hits + 1) / (hits + 2) : 1 / (forecasts.length - hits + 2);
      slopeBy += (calibrate(probability) - target) * logitOf(probability);
      interceptBy += calibrate(probability) - target;
    }
    expect(Math.abs(slopeBy) + Math.abs(interceptBy)).toBeLessThan(1e-5);
  });

  test('Platt survives outcomes that are all the same, or told apart without a fault', () => {
    for (const truth of [() => 1, () => 0, (probability: number) => (probability > 0.5 ? 1 : 0)]) {
      const line = plattLine(drawn(400, 3, truth))!;
      expect(Number.isFinite(line.slope) && Number.isFinite(line.intercept)).toBe(true);
    }
  });

  test('isotonic rates rise, keep the sum of hits, and no rising step function fits better', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const forecasts = drawn(240, seed, (probability) => probability ** 2).map(({ probability, hit }) => ({
          probability: Math.round(probability * 20) / 20,
          hit,
        }));
        const blocks = isotonicBlocks(forecasts)!;
        for (const [place, { rate, probability }] of blocks.entries()) {
          if (place === 0) continue;
          expect(rate).toBeGreaterThan(blocks[place - 1].rate);
          expect(probability).toBeGreaterThan(blocks[place - 1].probability);
        }
        const hits = blocks.reduce((sum, { rate, count }) => sum + rate * count, 0);
        expect(hits).toBeCloseTo(forecasts.filter(({ hit }) => hit === 1).length, 9);
        expect(
          ratesOf(
            forecasts,
            blocks.map(({ count }) => count),
            blocks.map(({ rate }) => rate),
          ),
        ).toEqual(minMaxRates(forecasts));
      }),
      { seed: 7, numRuns: 20 },
    );
  });

  test('isotonic runs straight between the middles of blocks and level beyond them', () => {
    const calibrate = isotonicCalibration([
      { probability: 0.2, rate: 0.1, count: 5 },
      { probability: 0.6, rate: 0.5, count: 5 },
    ]);
    expect([0, 0.2, 0.4, 0.6, 1].map(calibrate).map((rate) => Number(rate.toFixed(9)))).toEqual([
      0.1, 0.1, 0.3, 0.5, 0.5,
    ]);
  });

  test('of the confidence of signals is learned from the earlier and judged by the later outcomes', () => {
    const outcomes = drawn(900, 9, (probability) => 0.3 * probability).map(
      ({ probability, hit }, at) =>
        ({
          signal: { confidence: { final: probability } },
          kind: at % 10 === 9 ? 'expired' : hit === 1 ? 'target' : 'stop',
          timeMs: at,
        }) as unknown as Outcome,
    );
    const { learned, judged, quality } = calibrateConfidence(outcomes.toReversed());
    expect([learned, judged]).toEqual([540, 270]);
    expect(quality!.platt.brier).toBeLessThan(quality!.raw.brier);
    expect(quality!.isotonic.calibrationError).toBeLessThan(quality!.raw.calibrationError);
    expect(calibrateConfidence(outcomes.slice(0, 150)).quality).toBeNull();
  });

  test('three models learn from the earlier outcomes, and together forecast the later ones as well as the best of them', () => {
    const random = new Prng(12);
    // Hammers reach their target, stars do not; the confidence says nothing.
    const outcomes = Array.from({ length: 900 }, (_, at) => {
      const pattern = at % 2 === 0 ? 'hammer' : 'shooting star';
      const isHit = random.nextFloat() < (at % 2 === 0 ? 0.8 : 0.2);
      const signal = { pattern, confidence: { final: 0.6 + 0.4 * random.nextFloat() } };
      return { signal, kind: isHit ? 'target' : 'stop', timeMs: at } as unknown as Outcome;
    });
    const { models, consensus } = judgeModels(outcomes)!;
    expect(models.map(({ name }) => name)).toEqual([
      'confidence (Platt)',
      'confidence (isotonic)',
      'pattern',
    ]);
    const [platt, isotonic, pattern] = models;
    expect(pattern.quality.skill).toBeGreaterThan(0.3);
    expect(pattern.weight).toBeGreaterThan(0.8);
    expect(Math.max(platt.weight, isotonic.weight)).toBeLessThan(0.1);
    expect(pattern).toMatchObject({ isBenched: false });
    expect(consensus.forecasts).toBe(300);
    expect(consensus.skill).toBeGreaterThan(0.9 * pattern.quality.skill);
    expect(judgeModels(outcomes.slice(0, 150))).toBeNull();
  });
});

/** Rate of each forecast, in the order of their probabilities. */
function ratesOf(
  forecasts: readonly JudgedForecast[],
  counts: readonly number[],
  rates: readonly number[],
): number[] {
  const all = counts.flatMap((count, block) => Array.from({ length: count }, () => rates[block]));
  return forecasts.map((_, at) => Number(all[at].toFixed(9)));
}

/** Isotonic regression by its other definition: the largest, over beginnings, of the smallest mean over ends. */
function minMaxRates(forecasts: readonly JudgedForecast[]): number[] {
  const byValue = Map.groupBy(forecasts, ({ probability }) => probability);
  const values = [...byValue.keys()].sort((a, b) => a - b);
  const counts = values.map((value) => byValue.get(value)!.length);
  const hits = values.map((value) => byValue.get(value)!.filter(({ hit }) => hit === 1).length);
  return values.flatMap((_, at) => {
    let best = -Infinity;
    for (let from = 0; from <= at; from++) {
      let least = Infinity;
      for (let to = at; to < values.length; to++) {
        const sum = (list: readonly number[]): number =>
          list.slice(from, to + 1).reduce((total, one) => total + one, 0);
        least = Math.min(least, sum(hits) / sum(counts));
      }
      best = Math.max(best, least);
    }
    return Array.from({ length: counts[at] }, () => Number(best.toFixed(9)));
  });
}

describe('consensus', () => {
  const good = drawn(500, 4, (probability) => probability);
  const noise = good.map(({ hit }, at): JudgedForecast => ({ probability: ((at * 37) % 101) / 101, hit }));

  test('a copy of a better model counts half, and one without skill little', () => {
    const weights = modelWeights([
      { name: 'good', forecasts: good },
      { name: 'copy', forecasts: good },
      { name: 'noise', forecasts: noise },
    ]);
    expect(weights.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
    expect(weights[1]).toBeCloseTo(weights[0] / 2, 12);
    expect(weights[2]).toBeLessThan(weights[0] / 10);
    expect(modelWeights([{ name: 'new', forecasts: [] }])).toEqual([1]);
  });

  test('is the weighted mean of logits; who is late, silent, without a number or benched abstains', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const weights = [0.4, 0.3, 0.1, 0.1, 0.1];
    const answer = (probability: number | null, tookMs = 1, isBenched = false) => ({
      probability,
      tookMs,
      isBenched,
    });
    const said = consensusOf(names, weights, [
      answer(0.8),
      answer(0.6, 50),
      answer(NaN),
      answer(0.1, 51),
      answer(null),
    ]);
    const logit = (0.4 * logitOf(0.8) + 0.3 * logitOf(0.6)) / 0.7;
    const probability = 1 / (1 + Math.exp(-logit));
    expect(said.probability).toBeCloseTo(probability, 12);
    expect(said.agreement).toBeCloseTo(
      1 - (2 * (0.4 * (0.8 - probability) + 0.3 * (probability - 0.6))) / 0.7,
      12,
    );
    expect(said.answered).toBeCloseTo(0.7, 12);
    expect(said.abstentions).toEqual([
      { name: 'c', reason: 'nan' },
      { name: 'd', reason: 'late' },
      { name: 'e', reason: 'missing' },
    ]);
    const benched = consensusOf(names, weights, [
      answer(0.8),
      answer(0.6, 1, true),
      answer(NaN),
      answer(2),
      answer(null),
    ]);
    expect(benched).toMatchObject({ probability: null, agreement: null });
    expect(benched.answered).toBeCloseTo(0.4, 12);
  });
});

describe('the health of a model', () => {
  test('is less for features that moved, for miscalibration and for less skill than the base rate', () => {
    expect(healthOf([0.25, 0.1], 0.05, 0)).toBe(100);
    expect(healthOf([0.26], 0.05, 0.1)).toBe(60);
    expect(healthOf([], 0.125, 0)).toBeCloseTo(80, 12);
    expect(healthOf([1], 0.9, -0.1)).toBe(0);
  });

  test('a sample is as it was until it moves; absent values do not count', () => {
    const sample = Array.from({ length: 1_000 }, (_, at) => at);
    const deciles = decilesOf([...sample, NaN])!;
    expect(deciles.shares).toEqual(Array.from({ length: 10 }, () => 0.1));
    expect(stabilityIndexOf(deciles, sample)).toBe(0);
    expect(stabilityIndexOf(deciles, [NaN])).toBe(0);
    // Half of the mass in the first decile: (0.6 - 0.1) ln 6, and the rest a little below a tenth.
    const moved = [...sample.slice(0, 100), ...sample.slice(0, 100)].concat(sample);
    const first = 300 / 1_200;
    const other = 100 / 1_200;
    const expected = (first - 0.1) * Math.log(first / 0.1) + 9 * (other - 0.1) * Math.log(other / 0.1);
    expect(stabilityIndexOf(deciles, moved)).toBeCloseTo(expected, 12);
    expect(stabilityIndexOf(deciles, [5_000])).toBeGreaterThan(0.25);
    expect(decilesOf([NaN])).toBeNull();
  });

  test('below 40 it is benched, and comes back after 100 outcomes above 60 in a row', () => {
    const bench = new Bench();
    bench.update(40);
    expect(bench.isBenched).toBe(false);
    bench.update(39.9);
    for (let outcome = 0; outcome < 99; outcome++) bench.update(61);
    expect(bench.isBenched).toBe(true);
    bench.update(60);
    for (let outcome = 0; outcome < 100; outcome++) bench.update(61);
    expect(bench.isBenched).toBe(false);
  });
});

describe('the features of a moment', () => {
  /** Metrics of the same walk, all prices times a factor. */
  function metricsOf(factor: number): Map<string, TimeframeMetrics> {
    return new Map(
      TIMEFRAMES.map((timeframe) => {
        const metrics = new TimeframeMetrics(timeframe);
        const random = new Prng(6);
        let price = 100;
        for (let at = 0; at < 260; at++) {
          const open = price;
          price += random.nextFloat() - 0.5;
          const [high, low] = [Math.max(open, price) + 0.1, Math.min(open, price) - 0.1];
          const bar = { open: factor * open, high: factor * high, low: factor * low, close: factor * price };
          const openTimeMs = at * timeframe.lengthMs;
          metrics.update({ kind: 'closed', openTimeMs, ...bar, volume: 5, isComplete: true }, 3, 2);
        }
        return [timeframe.name, metrics];
      }),
    );
  }

  function inputs(factor: number, changed: Partial<FeatureInputs> = {}): FeatureInputs {
    const known = metricsOf(factor);
    const price = factor * 101;
    return {
      metricsOf: ({ name }) => known.get(name) ?? null,
      liquidity: null,
      confluence: 40,
      agreement: 0.5,
      orderFlow: null,
      area: { poc: factor * 100, vah: factor * 102, val: factor * 99 },
      price,
      atr: factor * 2,
      timeMs: Date.UTC(2024, 0, 1, 6),
      ...changed,
    };
  }

  test('are in a fixed order, NaN and masked where absent, and the same when all prices are scaled', () => {
    const { values, mask } = featureVectorOf(inputs(1));
    expect([values.length, FEATURE_NAMES.length]).toEqual([102, 102]);
    expect(FEATURE_NAMES.slice(0, 2)).toEqual(['5m.zPrice', '5m.zVolume']);
    const at = (name: string): number => values[FEATURE_NAMES.indexOf(name)];
    const hour = metricsOf(1).get('1h')!;
    expect([at('1h.trend'), at('1d.rsi')]).toEqual([hour.trend, hour.rsi.value]);
    expect([at('profile.poc'), at('confluence')]).toEqual([0.5, 40]);
    expect([at('hourSin'), at('hourCos')].map((value) => Number(value.toFixed(9)))).toEqual([1, 0]);
    for (const [place, value] of values.entries()) expect(mask[place]).toBe(Number.isNaN(value) ? 0 : 1);
    expect(FEATURE_NAMES.filter((_, place) => mask[place] === 0)).toEqual([
      ...FEATURE_NAMES.filter((name) => name.startsWith('liquidity.')),
      'orderFlow',
    ]);
    const scaled = featureVectorOf(inputs(8)).values;
    for (const [place, value] of values.entries())
      if (!Number.isNaN(value)) expect(scaled[place], FEATURE_NAMES[place]).toBeCloseTo(value, 6);
  });

  test('of a timeframe that is not there are absent', () => {
    const known = metricsOf(1);
    const only = requireTimeframe('4h');
    const { mask } = featureVectorOf(
      inputs(1, { metricsOf: (timeframe) => (timeframe === only ? known.get('4h')! : null) }),
    );
    expect(mask.reduce((sum, one) => sum + one, 0)).toBe(17 + 7);
  });
});
