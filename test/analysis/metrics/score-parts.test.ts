import { describe, expect, test } from 'vitest';
import { momentumOf, positionOf, scoreOf, trendOf } from '../../../engine/analysis/metrics/score-parts.ts';
import { structureClassOf, structureOf } from '../../../engine/analysis/metrics/structure.ts';
import { liquidityOf } from '../../../engine/analysis/metrics/liquidity.ts';
import { TradeFlow } from '../../../engine/analysis/metrics/trade-flow.ts';

const DAY_MS = 86_400_000;

describe('worked examples', () => {
  test('averages 1.5 ATR apart are a trend of 76.1594', () => {
    expect(trendOf(100 + 1.5 * 2, 100, 2, 100)).toBeCloseTo(76.1594, 4);
  });

  test('RSI 60 and a histogram of a quarter ATR are a momentum of 43.1059', () => {
    expect(momentumOf(60, 0.5, 2, 100)).toBeCloseTo(43.1059, 4);
  });

  test('higher high, higher low and a close above both are a structure of 100, up', () => {
    const structure = structureOf(100, 102, 90, 92, 103, 2);
    expect([structure, structureClassOf(structure)]).toEqual([100, 'up']);
  });
});

describe('structure', () => {
  test('within a tenth of an ATR nothing is higher or lower', () => {
    expect(structureOf(100, 100.19, 90, 90.19, 100.3, 2)).toBe(0);
    expect(structureOf(100, 100.21, 90, 90, 95, 2)).toBe(30);
    expect(structureClassOf(structureOf(100, 102, 90, 90, 95, 2))).toBe('range');
  });

  test('lower pivots and a close below are mirrored', () => {
    expect(structureOf(102, 100, 92, 90, 89, 2)).toBe(-100);
  });

  test('without two pivots of each kind there is none', () => {
    expect(structureOf(NaN, 102, 90, 92, 103, 2)).toBeNaN();
    expect(structureClassOf(NaN)).toBeNull();
  });
});

describe('the score of a timeframe', () => {
  test('absent parts drop out and the rest share their weight', () => {
    const parts = { trend: 50, structure: NaN, momentum: 10, position: NaN, flow: NaN };
    expect(scoreOf(parts)).toBeCloseTo((0.4 * 50 + 0.15 * 10) / 0.55, 12);
  });

  test('without a trend there is none', () => {
    expect(scoreOf({ trend: NaN, structure: 100, momentum: 10, position: 3, flow: 4 })).toBeNaN();
  });

  test('position is 0 in the middle of the band and 100 on it', () => {
    expect([positionOf(0.5), positionOf(1), positionOf(-3)]).toEqual([0, 100, -100]);
  });
});

describe('trade flow', () => {
  test('is the mean of three bars, and the delta adds up over the UTC day', () => {
    const flow = new TradeFlow();
    flow.update(DAY_MS - 3, 9, 1);
    flow.update(DAY_MS, 3, 1);
    expect([flow.meanDeltaPct, flow.cumulativeDelta]).toEqual([NaN, 2]);
    flow.update(DAY_MS + 3, 1, 3);
    expect(flow.meanDeltaPct).toBeCloseTo((80 + 50 - 50) / 3, 12);
    expect(flow.cumulativeDelta).toBe(0);
  });

  test('a bar without known sides has no flow, and none of it enters the day', () => {
    const flow = new TradeFlow();
    flow.update(0, 9, 1);
    flow.update(1, NaN, NaN);
    expect([flow.deltaPct, flow.cumulativeDelta]).toEqual([NaN, NaN]);
  });
});

describe('liquidity', () => {
  test('sums notional within 10, 25 and 50 bps of mid', () => {
    const bids = { prices: [9_999, 9_980, 9_960, 9_000], sizes: [1, 2, 3, 4] };
    const asks = { prices: [10_001, 10_030, 10_049], sizes: [1, 1, 1] };
    expect(liquidityOf(bids, asks, 7)).toEqual({
      spreadBps: 2,
      within10Bps: { bid: 9_999, ask: 10_001 },
      within25Bps: { bid: 9_999 + 2 * 9_980, ask: 10_001 },
      within50Bps: { bid: 9_999 + 2 * 9_980 + 3 * 9_960, ask: 10_001 + 10_030 + 10_049 },
      imbalance25: (9_999 + 2 * 9_980 - 10_001) / (9_999 + 2 * 9_980 + 10_001),
      ageMs: 7,
    });
  });

  test('an empty side has none', () => {
    expect(liquidityOf({ prices: [], sizes: [] }, { prices: [1], sizes: [1] }, 0)).toBeNull();
  });
});
