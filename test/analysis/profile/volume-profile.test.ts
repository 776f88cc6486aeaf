import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { profileScoreOf } from '../../../engine/analysis/profile/profile-score.ts';
import { BarWindow } from '../../../engine/analysis/metrics/bar-window.ts';
import { BINS_MAX, ProfileBins } from '../../../engine/analysis/profile/profile-bins.ts';
import { RollingProfile } from '../../../engine/analysis/profile/rolling-profile.ts';
import { Prng } from '../../../engine/core/prng.ts';
import {
  binSizeOf,
  type TradedRanges,
  type VolumeProfile,
  volumeProfileOf,
} from '../../../engine/analysis/profile/volume-profile.ts';

interface TradedRange {
  readonly low: number;
  readonly high: number;
  readonly volume: number;
}

function columnsOf(ranges: readonly TradedRange[]): TradedRanges {
  return {
    highs: Float64Array.from(ranges, ({ high }) => high),
    lows: Float64Array.from(ranges, ({ low }) => low),
    volumes: Float64Array.from(ranges, ({ volume }) => volume),
    from: 0,
    to: ranges.length,
  };
}

function profileOf(ranges: readonly TradedRange[], binSize: number, close = 0): VolumeProfile {
  const profile = volumeProfileOf(columnsOf(ranges), binSize, close);
  if (profile === null) throw new Error('a profile was expected');
  return profile;
}

const at = (price: number, volume: number): TradedRange => ({ high: price, low: price, volume });

describe('a volume profile', () => {
  test('spreads a bar evenly over low to high', () => {
    const { low, volumes } = profileOf([{ low: 10.5, high: 13, volume: 100 }, at(13.5, 1)], 1);
    expect(low).toBe(10);
    expect([...volumes]).toEqual([20, 40, 40, 1]);
  });

  test('has its point of control where most was traded, of equals where the price is', () => {
    const ranges = [at(1.5, 5), at(7.5, 5), at(4.5, 4)];
    expect(profileOf(ranges, 1, 2).poc).toBe(1.5);
    expect(profileOf(ranges, 1, 8).poc).toBe(7.5);
  });

  test('grows the value area by the larger two bins until it holds 70 %', () => {
    //              0  1   2   3   4  5  6
    const volumes = [5, 10, 10, 40, 20, 5, 10];
    const profile = profileOf(
      volumes.map((volume, bin) => at(bin + 0.5, volume)),
      1,
    );
    // 40, then up by 20 + 5 (against 20), then down by 20.
    expect([profile.poc, profile.val, profile.vah]).toEqual([3.5, 1, 6]);
  });

  test('names bins that stand out', () => {
    const volumes = [4, 20, 20, 5, 0, 5, 4, 6];
    const { highNodes, lowNodes } = profileOf(
      volumes.map((volume, bin) => at(bin + 0.5, volume)),
      1,
    );
    expect(highNodes).toEqual([2]);
    expect(lowNodes).toEqual([4.5]);
  });

  test('does not exist where nothing was traded', () => {
    expect(volumeProfileOf(columnsOf([at(1, 0)]), 1, 1)).toBeNull();
    expect(volumeProfileOf(columnsOf([]), 1, 1)).toBeNull();
  });

  test('takes wider bins rather than too many', () => {
    const { volumes, binSize } = profileOf([at(1, 1), at(1_000_000, 1)], 1);
    expect(volumes.length).toBeLessThanOrEqual(BINS_MAX);
    expect(binSize).toBe(256);
  });

  test('holds all volume, has 70 % of it in the value area and the point of control inside, for any bars', () => {
    const bar = fc.record({
      low: fc.integer({ min: 1, max: 300 }),
      range: fc.integer({ min: 0, max: 40 }),
      volume: fc.integer({ min: 0, max: 50 }),
    });
    const run = fc.property(
      fc.array(bar, { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0.5, 1, 3),
      (bars, size) => {
        const ranges = bars.map(({ low, range, volume }) => ({ low, high: low + range, volume }));
        const total = ranges.reduce((sum, { volume }) => sum + volume, 0);
        const profile = volumeProfileOf(columnsOf(ranges), size, 150);
        if (total === 0) {
          expect(profile).toBeNull();
          return;
        }
        if (profile === null) throw new Error('a profile was expected');
        const { low, binSize, volumes, poc, vah, val } = profile;
        expect(volumes.reduce((sum, volume) => sum + volume, 0)).toBeCloseTo(total, 6);
        const inside = volumes.reduce((sum, volume, bin) => {
          const middle = low + (bin + 0.5) * binSize;
          return middle > val && middle < vah ? sum + volume : sum;
        }, 0);
        expect(inside).toBeGreaterThanOrEqual(0.7 * total - 1e-6);
        expect(poc > val && poc < vah).toBe(true);
      },
    );
    fc.assert(run, { numRuns: 200, seed: 9 });
  });

  test('has bins of a twentieth of the ATR, of a tick at least', () => {
    expect([binSizeOf(0.01, 40), binSizeOf(5, 40)]).toEqual([2, 5]);
  });
});

describe('the score of a profile', () => {
  const area = { poc: 100, vah: 104, val: 96 };

  test('is 50 at the point of control of a market that has not moved', () => {
    expect(profileScoreOf(area, 100, 100, 2)).toBe(50);
  });

  test('counts distance, being outside and where the point of control went', () => {
    expect(profileScoreOf(area, 90, 108, 2)).toBeCloseTo(50 + 50 * (0.5 * Math.tanh(2) + 0.3 + 0.2), 12);
    expect(profileScoreOf(area, null, 108, 2)).toBeCloseTo(50 + 50 * (0.5 * Math.tanh(2) + 0.3), 12);
  });

  test('mirrors around 50 and stays within 0..100', () => {
    const run = fc.property(
      fc.record({ poc: fc.integer({ min: 90, max: 110 }), close: fc.integer({ min: 50, max: 150 }) }),
      fc.integer({ min: 80, max: 120 }),
      fc.integer({ min: 1, max: 20 }),
      ({ poc, close }, previous, atr) => {
        const score = profileScoreOf({ poc, vah: poc + 5, val: poc - 3 }, previous, close, atr);
        const mirrored = { poc: 200 - poc, vah: 200 - poc + 3, val: 200 - poc - 5 };
        expect(profileScoreOf(mirrored, 200 - previous, 200 - close, atr)).toBeCloseTo(100 - score, 10);
        expect(score >= 0 && score <= 100).toBe(true);
      },
    );
    fc.assert(run, { numRuns: 200, seed: 10 });
  });
});

describe('a profile that moves along with its bars', () => {
  test('is at every bar that of the bars of its span, made anew, whatever the bins, gaps and silent bars', () => {
    const run = fc.property(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom(20, 90), (seed, span) => {
      const random = new Prng(seed);
      const rolling = new RollingProfile();
      const bars = new BarWindow(120);
      let price = 1_000;
      let binSize = 1;
      for (let index = 0; index < 300; index++) {
        if (random.nextFloat() < 0.01) bars.reset();
        if (random.nextFloat() < 0.05) binSize = [0.5, 1, 3.7][random.nextInt(3)];
        if (random.nextFloat() < 0.02) price += 200 * random.nextNormal();
        price = Math.max(50, price + 3 * random.nextNormal());
        const low = price - 4 * random.nextFloat();
        const high = low + (random.nextFloat() < 0.1 ? 0 : 9 * random.nextFloat());
        const volume = random.nextFloat() < 0.1 ? 0 : random.nextExponential(10);
        const prices = { open: low, high, low, close: high };
        bars.push({ kind: 'closed', openTimeMs: index, ...prices, volume, isComplete: true });
        // Now and then nobody asks.
        if (random.nextFloat() < 0.2) continue;
        const { values, start, end } = bars.openTimesMs;
        const fromMs = Math.max(values[start], index - span);
        let from = end;
        while (from > start && values[from - 1] >= fromMs) from--;
        const columns = { highs: bars.highs.values, lows: bars.lows.values, volumes: bars.volumes.values };
        const anew = volumeProfileOf({ ...columns, from, to: end + 1 }, binSize, price);
        const area = anew === null ? null : { poc: anew.poc, vah: anew.vah, val: anew.val };
        expect(rolling.read(bars, fromMs, binSize, price)).toEqual(area);
      }
    });
    fc.assert(run, { numRuns: 15, seed: 12 });
  });

  test('leaves nothing behind where bars were taken out', () => {
    const bins = new ProfileBins(0.7, 1_000);
    const random = new Prng(3);
    const bars = Array.from({ length: 200 }, () => [
      5 + random.nextFloat(),
      8 + 20 * random.nextFloat(),
      random.nextFloat(),
    ]);
    for (const [low, high, volume] of bars) bins.add(low, high, volume);
    for (const [low, high, volume] of bars.toReversed()) bins.remove(low, high, volume);
    expect([bins.total, bins.counts.every((count) => count === 0)]).toEqual([0, true]);
  });
});
