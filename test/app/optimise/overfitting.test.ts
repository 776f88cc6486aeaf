import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Prng } from '../../../engine/core/prng.ts';
import { moments } from '../../../engine/app/backtest/equity-figures.ts';
import { BLOCKS, blockSums, RUN_NUMBERS, sliceFigures } from '../../../engine/app/optimise/block-sums.ts';
import { deflatedSharpe } from '../../../engine/app/optimise/deflated-sharpe.ts';
import { normalCdf, normalQuantile } from '../../../engine/app/optimise/normal-distribution.ts';
import { overfittingProbability } from '../../../engine/app/optimise/overfitting-probability.ts';
import { walkForward } from '../../../engine/app/optimise/walk-forward.ts';

const SEED = 20_240_101;

/** Returns of `runs` sets; `skill` is what each set earns per period in units of the noise. */
function runsOf(count: number, periods: number, skill: (run: number) => number, seed = 5): number[][] {
  const random = new Prng(seed);
  return Array.from({ length: count }, (_, run) =>
    Array.from({ length: periods }, () => 1e-4 * (random.nextNormal() + skill(run))),
  );
}

function sumsOf(runs: readonly (readonly number[])[]): Float64Array {
  const all = new Float64Array(runs.length * RUN_NUMBERS);
  for (const [index, returns] of runs.entries())
    all.set(blockSums(returns, equityOf(returns)), index * RUN_NUMBERS);
  return all;
}

function equityOf(returns: readonly number[]): number[] {
  let profit = 0;
  return [0, ...returns.map((value) => (profit += value * 10_000))];
}

describe('the sums that stand for a run', () => {
  test('give mean, deviation, skewness and kurtosis of any part as the returns themselves do', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.01, max: 0.01, noNaN: true }), { minLength: 60, maxLength: 300 }),
        fc.integer({ min: 0, max: BLOCKS - 2 }),
        fc.integer({ min: 2, max: BLOCKS }),
        (returns, from, length) => {
          const to = Math.min(BLOCKS, from + length);
          const part = returns.slice(
            Math.floor((from * returns.length) / BLOCKS),
            Math.floor((to * returns.length) / BLOCKS),
          );
          const found = sliceFigures(sumsOf([returns]), 0, from, to);
          const { mean, deviation, skewness, kurtosis } = moments(part);
          expect(found.periods).toBe(part.length);
          expect(found.net).toBeCloseTo(
            part.reduce((sum, value) => sum + value * 10_000, 0),
            6,
          );
          if (deviation < 1e-6) return;
          expect(found.ratio).toBeCloseTo(mean / deviation, 8);
          expect(found.skewness).toBeCloseTo(skewness, 5);
          expect(found.kurtosis).toBeCloseTo(kurtosis, 4);
        },
      ),
      { seed: SEED, numRuns: 200 },
    );
  });

  test('a run that trades nothing has a ratio of zero', () => {
    expect(sliceFigures(sumsOf([Array.from({ length: 100 }, () => 0)]), 0, 0, BLOCKS)).toMatchObject({
      ratio: 0,
      net: 0,
    });
  });
});

describe('the normal distribution', () => {
  test('is the area under its density, and the quantile turns it around', () => {
    let area = 0;
    const step = 1e-4;
    const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    for (let index = 0; index < 130_000; index++) {
      const x = -9 + index * step;
      if (index % 10_000 === 0) expect(normalCdf(x)).toBeCloseTo(area, 10);
      area += (step / 6) * (density(x) + 4 * density(x + step / 2) + density(x + step));
    }
    for (const share of [1e-6, 0.025, 0.5, 0.9, 0.999_9])
      expect(normalCdf(normalQuantile(share))).toBeCloseTo(share, 12);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959_963_984_540_054, 10);
  });
});

describe('the deflated Sharpe ratio', () => {
  test('is that of the worked example of the paper', () => {
    // Bailey and Lopez de Prado 2014, "A numerical example": 2.5 a year over 1250 days, 100 tries with a variance of 1/2.
    const year = 250;
    const spread = Math.sqrt(0.5 / year);
    // Any values of that variance.
    const ratios = Array.from(
      { length: 100 },
      (_, index) => (index % 2 === 0 ? 1 : -1) * spread * Math.sqrt(99 / 100),
    );
    const best = { periods: 1250, net: 0, ratio: 2.5 / Math.sqrt(year), skewness: -3, kurtosis: 10 };
    const found = deflatedSharpe(best, ratios)!;
    expect(found.expectedBest).toBeCloseTo(0.1132, 4);
    expect(found.probability).toBeCloseTo(0.9004, 3);
  });

  test('says half or less of pure luck, and nearly one of skill', () => {
    const lucky = sumsOf(runsOf(50, 400, () => 0));
    const figures = Array.from({ length: 50 }, (_, run) => sliceFigures(lucky, run, 0, BLOCKS));
    const best = figures.toSorted((a, b) => b.ratio - a.ratio)[0];
    const ratios = figures.map(({ ratio }) => ratio);
    expect(deflatedSharpe(best, ratios)!.probability).toBeLessThan(0.9);
    expect(deflatedSharpe({ ...best, ratio: 0.6 }, ratios)!.probability).toBeGreaterThan(0.99);
    expect(deflatedSharpe(best, [0.1])).toBeNull();
  });
});

/** The same from the returns, with nothing shared or kept: every half is put together anew. */
function naiveProbability(runs: readonly (readonly number[])[]): number {
  const parts = runs.map((returns) =>
    Array.from({ length: 10 }, (_, part) =>
      returns.slice((part * returns.length) / 10, ((part + 1) * returns.length) / 10),
    ),
  );
  const sharpe = (returns: readonly number[]): number => {
    const { mean, deviation } = moments(returns);
    return deviation === 0 ? 0 : mean / deviation;
  };
  let [worse, splits] = [0, 0];
  const choose = (chosen: readonly number[], from: number): void => {
    if (chosen.length === 5) {
      const inside = parts.map((run) => sharpe(run.filter((_, part) => chosen.includes(part)).flat()));
      const outside = parts.map((run) => sharpe(run.filter((_, part) => !chosen.includes(part)).flat()));
      const best = inside.indexOf(Math.max(...inside));
      const rank = outside.filter((value) => value < outside[best]).length + 1;
      const share = rank / (runs.length + 1);
      splits++;
      if (Math.log(share / (1 - share)) <= 0) worse++;
      return;
    }
    for (let part = from; part < 10; part++) choose([...chosen, part], part + 1);
  };
  choose([], 0);
  return worse / splits;
}

describe('the probability of backtest overfitting', () => {
  test('is what counting every split from the returns gives', () => {
    for (const [seed, skill] of [
      [1, 0],
      [2, 0.02],
      [3, 0.2],
    ]) {
      const runs = runsOf(7, 200, (run) => (run === 3 ? skill : 0), seed);
      expect(overfittingProbability(sumsOf(runs), runs.length, 'sharpe')).toEqual({
        probability: naiveProbability(runs),
        splits: 252,
      });
    }
  });

  test('is near nothing where one set is truly better, and about a half or more where none is', () => {
    const better = sumsOf(runsOf(30, 1_000, (run) => (run === 11 ? 0.5 : 0)));
    expect(overfittingProbability(better, 30, 'sharpe')!.probability).toBeLessThan(0.01);
    let total = 0;
    for (let seed = 1; seed <= 20; seed++)
      total += overfittingProbability(sumsOf(runsOf(20, 400, () => 0, seed)), 20, 'net')!.probability;
    expect(total / 20).toBeGreaterThan(0.35);
    expect(total / 20).toBeLessThan(0.75);
    expect(overfittingProbability(better, 1, 'sharpe')).toBeNull();
  });
});

describe('walking forward', () => {
  test('takes what was best before each step, never what is best in it', () => {
    // Set 0 is good in the first half and bad in the second, set 1 the other way round.
    const runs = [0, 1].map((run) =>
      Array.from(
        { length: 400 },
        (_, index) => 1e-4 * (index < 200 === (run === 0) ? 1 : -1) + 1e-5 * (index % 3),
      ),
    );
    const { folds, tested } = walkForward(sumsOf(runs), 2, 5, 'net')!;
    expect(folds.map(({ fromBlock, toBlock }) => [fromBlock, toBlock])).toEqual([
      [10, 12],
      [12, 14],
      [14, 16],
      [16, 18],
      [18, 20],
    ]);
    expect(folds[0].run).toBe(0);
    expect(folds[0].tested.net).toBeLessThan(0);
    expect(tested.net).toBeCloseTo(
      folds.reduce((sum, fold) => sum + fold.tested.net, 0),
      8,
    );
    expect(tested.periods).toBe(200);
    expect(walkForward(new Float64Array(0), 0, 5, 'net')).toBeNull();
  });
});
