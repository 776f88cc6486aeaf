import { describe, expect, test } from 'vitest';
import { Breakout, BreakoutVerdict } from '../../../engine/analysis/patterns/breakout.ts';
import { ChartPatterns } from '../../../engine/analysis/patterns/chart-patterns.ts';
import type {
  ChartDetector,
  ChartReadings,
  LevelView,
} from '../../../engine/analysis/patterns/chart-readings.ts';
import { DoublePivot } from '../../../engine/analysis/patterns/double-pivot.ts';
import { Retest } from '../../../engine/analysis/patterns/retest.ts';
import { RsiDivergence } from '../../../engine/analysis/patterns/rsi-divergence.ts';
import { SqueezeRelease } from '../../../engine/analysis/patterns/squeeze-release.ts';

/** Pivots by age, newest first: [price, bar]. */
const pivots = (...list: readonly (readonly [number, number])[]): ChartReadings['highs'] => ({
  price: (age) => list[age]?.[0] ?? NaN,
  bar: (age) => list[age]?.[1] ?? NaN,
});

/** A bar of ATR 1 around its close, without anything special. */
const bar = (close: number, changed: Partial<ChartReadings> = {}): ChartReadings => ({
  high: close + 0.1,
  low: close - 0.1,
  close,
  atr: 1,
  rsi: 50,
  zVolume: 1,
  upperBand: close + 2,
  lowerBand: close - 2,
  bandwidthPct: 50,
  barCount: 100,
  highs: pivots(),
  lows: pivots(),
  ...changed,
});

/** The same bar in a market upside down around 100. */
const mirrored = (one: ChartReadings): ChartReadings => {
  const flip = (view: ChartReadings['highs']): ChartReadings['highs'] => ({
    price: (age) => 200 - view.price(age),
    bar: (age) => view.bar(age),
  });
  return {
    ...one,
    high: 200 - one.low,
    low: 200 - one.high,
    close: 200 - one.close,
    rsi: 100 - one.rsi,
    upperBand: 200 - one.lowerBand,
    lowerBand: 200 - one.upperBand,
    highs: flip(one.lows),
    lows: flip(one.highs),
  };
};

type Step = readonly [ChartReadings, (readonly LevelView[] | null)?];

/** Directions found bar by bar; the mirrored market must give the opposite ones. */
function directions(
  make: () => ChartDetector,
  opposite: () => ChartDetector,
  steps: readonly Step[],
): number[] {
  const run = (detector: ChartDetector, isMirrored: boolean): number[] =>
    steps.map(([one, levels = null]) => {
      const found = { direction: 0 as -1 | 0 | 1, price: NaN };
      const flipped = levels?.map((level) => ({ ...level, price: 200 - level.price })) ?? null;
      detector.update(isMirrored ? mirrored(one) : one, isMirrored ? flipped : levels, found);
      if (found.direction !== 0) expect(found.price).not.toBeNaN();
      return found.direction;
    });
  const upright = run(make(), false);
  expect(run(opposite(), true).map((direction) => 0 - direction)).toEqual(upright.map((one) => one + 0));
  return upright;
}

const both = (make: () => ChartDetector, steps: readonly Step[]): number[] => directions(make, make, steps);

describe('a squeeze release', () => {
  const make = (): ChartDetector => new SqueezeRelease();
  const squeezed = bar(100, { bandwidthPct: 19 });
  const above = bar(103, { upperBand: 102, bandwidthPct: 40 });

  test('is the first close outside the band after a squeeze, once', () => {
    expect(both(make, [[squeezed], [bar(100)], [above], [above]])).toEqual([0, 0, 1, 0]);
  });

  test('needs a squeeze before it, and a close outside', () => {
    expect(both(make, [[above]])).toEqual([0]);
    expect(both(make, [[bar(100, { bandwidthPct: 20 })], [above]])).toEqual([0, 0]);
    expect(both(make, [[bar(103, { upperBand: 102, bandwidthPct: 10 })], [bar(103)]])).toEqual([0, 0]);
    expect(both(make, [[squeezed], [bar(102, { upperBand: 102 })], [above]])).toEqual([0, 0, 1]);
  });

  test('is nothing while the bands are absent', () => {
    expect(
      both(make, [[bar(100, { bandwidthPct: NaN })], [bar(103, { upperBand: NaN, lowerBand: NaN })]]),
    ).toEqual([0, 0]);
  });
});

describe('a breakout', () => {
  const levels: LevelView[] = [
    { price: 98, strength: 70 },
    { price: 101, strength: 40 },
    { price: 102, strength: 50 },
    { price: 104, strength: 90 },
  ];
  const make = (): ChartDetector => new Breakout();
  const steps = (close: number, changed: Partial<ChartReadings> = {}): Step[] => [
    [bar(100), levels],
    [bar(close, changed), levels],
  ];

  test('is a close beyond the nearest strong level by more than a quarter ATR, with volume', () => {
    expect(both(make, steps(102.26))).toEqual([0, 1]);
    expect(both(make, steps(97.74))).toEqual([0, -1]);
    expect(both(make, steps(102.25))).toEqual([0, 0]);
    expect(both(make, steps(101.5))).toEqual([0, 0]);
    expect(both(make, steps(102.5, { zVolume: 0.5 }))).toEqual([0, 0]);
    expect(both(make, steps(102.5, { zVolume: NaN }))).toEqual([0, 0]);
    expect(both(make, steps(102.5, { atr: 3 }))).toEqual([0, 0]);
  });

  test('is confirmed when the next close holds, and else false, which speaks for the other direction', () => {
    const verdict = (isConfirming: boolean, next: number): number[] =>
      both(() => new BreakoutVerdict(isConfirming), [...steps(102.5), [bar(next), levels]]);
    expect(verdict(true, 102.1)).toEqual([0, 0, 1]);
    expect(verdict(false, 102.1)).toEqual([0, 0, 0]);
    expect(verdict(true, 102)).toEqual([0, 0, 0]);
    expect(verdict(false, 102)).toEqual([0, 0, -1]);
    expect(verdict(false, 99)).toEqual([0, 0, -1]);
  });
});

describe('a double top', () => {
  const top = (): ChartDetector => new DoublePivot(true);
  const bottom = (): ChartDetector => new DoublePivot(false);
  const tops = (second: number, apart: number, low: number): Partial<ChartReadings> => ({
    highs: pivots([second, 80], [110, 80 - apart], [120, 10]),
    lows: pivots([108.8, 78], [low, 80 - apart + 2], [90, 5]),
  });
  const found = (close: number, shape: Partial<ChartReadings>): number[] =>
    directions(top, bottom, [[bar(109, shape)], [bar(close, shape)], [bar(close - 1, shape)]]);

  test('is the first close through the lowest pivot between two equal highs', () => {
    expect(found(107.9, tops(110.3, 20, 108))).toEqual([0, -1, 0]);
    expect(found(108, tops(110.3, 20, 108))).toEqual([0, 0, -1]);
  });

  test('is none when the highs differ, stand too near or too far, or nothing deep lies between', () => {
    expect(found(107.9, tops(110.4, 20, 108))).toEqual([0, 0, 0]);
    expect(found(107.9, tops(110, 4, 108))).toEqual([0, 0, 0]);
    expect(found(107.9, tops(110, 61, 108))).toEqual([0, 0, 0]);
    expect(found(107.9, tops(110, 5, 108))).toEqual([0, -1, 0]);
    expect(found(107.9, { ...tops(110, 20, 108.6), lows: pivots([108.6, 70]) })).toEqual([0, 0, 0]);
    expect(found(107.9, { ...tops(110, 20, 108), lows: pivots([108, 85], [108, 50]) })).toEqual([0, 0, 0]);
  });

  test('is over when a close passes the highs first', () => {
    const shape = tops(110, 20, 108);
    expect(directions(top, bottom, [[bar(110.1, shape)], [bar(107, shape)]])).toEqual([0, 0]);
  });
});

describe('a retest', () => {
  const make = (): ChartDetector => new Retest();
  const level: LevelView[] = [{ price: 102, strength: 10 }];
  const at = (close: number, barCount: number, low = close - 0.1): ChartReadings =>
    bar(close, { barCount, low });

  test('is a bar that comes back to a broken level and closes on the new side, once', () => {
    expect(
      both(make, [
        [at(101, 1), level],
        [at(102.6, 2), level],
        [at(103, 3), level],
        [at(102.5, 4, 102.25), level],
        [at(102.5, 5, 102.2), level],
      ]),
    ).toEqual([0, 0, 0, 1, 0]);
  });

  test('needs a break by more than half an ATR, within 20 bars, and a close that stays', () => {
    expect(
      both(make, [
        [at(101, 1), level],
        [at(102.5, 2), level],
        [at(102.4, 3, 102), level],
      ]),
    ).toEqual([0, 0, 0]);
    const broken: Step[] = [
      [at(101, 1), level],
      [at(103, 2), level],
    ];
    expect(both(make, [...broken, [at(102.4, 22, 102), level]])).toEqual([0, 0, 1]);
    expect(both(make, [...broken, [at(102.4, 23, 102), level]])).toEqual([0, 0, 0]);
    expect(both(make, [...broken, [at(101.9, 3, 101.8), level], [at(102.4, 4, 102), level]])).toEqual([
      0, 0, 0, 1,
    ]);
    expect(both(make, [...broken, [at(101.4, 3, 101), null], [at(102.4, 4, 102), null]])).toEqual([
      0, 0, 0, 0,
    ]);
  });
});

describe('an RSI divergence', () => {
  const plain = (): ChartDetector => new RsiDivergence(false);
  const hidden = (): ChartDetector => new RsiDivergence(true);
  /** Two highs at bars 10 and 20, with these prices and RSIs; known at bar 23. */
  const steps = (first: number, second: number, firstRsi: number, secondRsi: number): Step[] => [
    [bar(100, { barCount: 11, rsi: firstRsi })],
    [bar(100, { barCount: 14, highs: pivots([first, 10]) })],
    [bar(100, { barCount: 21, rsi: secondRsi, highs: pivots([first, 10]) })],
    [bar(100, { barCount: 24, highs: pivots([second, 20], [first, 10]) })],
    [bar(100, { barCount: 25, highs: pivots([second, 20], [first, 10]) })],
  ];

  test('is a higher high with a lower RSI, told once when the high is known', () => {
    expect(both(plain, steps(110, 110.2, 70, 67))).toEqual([0, 0, 0, -1, 0]);
    expect(both(plain, steps(110, 110.1, 70, 60))).toEqual([0, 0, 0, 0, 0]);
    expect(both(plain, steps(110, 111, 70, 68))).toEqual([0, 0, 0, 0, 0]);
    expect(both(plain, steps(110, 109, 67, 70))).toEqual([0, 0, 0, 0, 0]);
  });

  test('is hidden when RSI makes the higher high and price does not', () => {
    expect(both(hidden, steps(110, 109, 67, 70))).toEqual([0, 0, 0, -1, 0]);
    expect(both(hidden, steps(110, 111, 70, 60))).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('the chart patterns of a series', () => {
  test('reach across no gap', () => {
    const level: LevelView[] = [{ price: 102, strength: 60 }];
    const patterns = new ChartPatterns();
    const place = patterns.detectors.findIndex(({ name }) => name === 'breakout');
    patterns.update(bar(100), level);
    patterns.update(bar(103), level);
    expect(patterns.found[place].direction).toBe(1);
    patterns.reset();
    patterns.update(bar(99), level);
    expect(patterns.found[place].direction).toBe(0);
  });

  test('each detector has a name of its own', () => {
    const names = new ChartPatterns().detectors.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
