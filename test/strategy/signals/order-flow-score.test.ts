import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CONFIDENCE,
  ORDER_FLOW_DEFAULTS,
  ORDER_FLOW_INPUT,
  OrderFlowScore,
} from '../../../engine/strategy/signals/order-flow-score.ts';
import type { DepthView } from '../../../engine/strategy/signals/order-flow-score.ts';
import { VIEW_CLASS, VIEW_THRESHOLDS, viewClassOf } from '../../../engine/strategy/signals/view-class.ts';
import { depthOf } from './depth.ts';
import type { Levels } from './depth.ts';

const SECOND = 1e9;
const RUNS = { numRuns: 300, seed: 20_260_909 };

/** The score of one instrument after a single book. */
function scoreOf(book: DepthView): OrderFlowScore {
  const score = new OrderFlowScore();
  score.update(book, 0);
  return score;
}

/** The score of sums over orders: volumes, counts of orders, touch. */
function scoreOfSums(sums: Partial<Record<keyof typeof ORDER_FLOW_INPUT, number>>): OrderFlowScore {
  const score = new OrderFlowScore();
  for (const [name, value] of Object.entries(sums)) {
    score.inputs[ORDER_FLOW_INPUT[name as keyof typeof ORDER_FLOW_INPUT]] = value;
  }
  score.take();
  return score;
}

const MID = 100_000;
const sizes = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 14 });
const half = fc.integer({ min: 1, max: 40 });

function sideOf(lots: readonly number[], sign: number, halfTicks: number): Levels {
  return lots.map((size, index) => [MID + sign * (halfTicks + index), size] as const);
}

/** A book on either side of MID, and the same book seen in a mirror. */
const books = fc
  .tuple(sizes, sizes, half)
  .map(([bids, asks, halfTicks]) => [
    depthOf(sideOf(bids, -1, halfTicks), sideOf(asks, 1, halfTicks)),
    depthOf(sideOf(asks, -1, halfTicks), sideOf(bids, 1, halfTicks)),
  ]);

describe('the worked examples of the specification', () => {
  test('an imbalance of 6.1 % is I = +61', () => {
    const { imbalance } = scoreOfSums({
      bidLots: 53_050,
      askLots: 46_950,
      bidOrders: 1,
      askOrders: 1,
      bidTicks: MID - 1,
      askTicks: MID + 1,
    });
    expect(imbalance).toBeCloseTo(61, 10);
  });

  test('19 bids against 116 asks are R = -71.9', () => {
    const { orders } = scoreOfSums({
      bidLots: 1,
      askLots: 1,
      bidOrders: 19,
      askOrders: 116,
      bidTicks: MID - 1,
      askTicks: MID + 1,
    });
    expect(orders).toBeCloseTo(-71.9, 1);
  });

  test('both together, with a spread of 1 bps of 2: 0.5 x 61 - 0.3 x 71.85 + 0.2 x 50 = 18.94, neutral', () => {
    const score = scoreOfSums({
      bidLots: 53_050,
      askLots: 46_950,
      bidOrders: 19,
      askOrders: 116,
      bidTicks: MID - 5,
      askTicks: MID + 5,
    });
    expect(score.tightness).toBeCloseTo(50, 10);
    expect(score.score).toBeCloseTo(30.5 - (0.3 * 9_700) / 135 + 10, 10);
    expect(score.viewClass).toBe(VIEW_CLASS.neutral);
  });

  test.each([
    [100, 'strongBuy'],
    [60, 'strongBuy'],
    [59.99, 'moderateBuy'],
    [20, 'moderateBuy'],
    [19.99, 'neutral'],
    [-19.99, 'neutral'],
    [-20, 'moderateSell'],
    [-59.99, 'moderateSell'],
    [-60, 'strongSell'],
  ] as const)('a score of %d is %s', (score, name) => {
    expect(viewClassOf(score, VIEW_THRESHOLDS)).toBe(VIEW_CLASS[name]);
  });
});

describe('the order-flow score', () => {
  test('mirroring the book mirrors the score and all its parts', () => {
    fc.assert(
      fc.property(books, ([book, mirrored]) => {
        const score = scoreOf(book);
        const other = scoreOf(mirrored);
        expect(other.score).toBeCloseTo(-score.score, 9);
        expect(other.imbalance).toBeCloseTo(-score.imbalance, 9);
        expect(other.orders).toBeCloseTo(-score.orders, 9);
        expect(other.tightness).toBeCloseTo(-score.tightness, 9);
      }),
      RUNS,
    );
  });

  test('stays within -100..100 over any sequence of books', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(books, fc.integer({ min: 0, max: 5_000 })), { maxLength: 20 }),
        (steps) => {
          const score = new OrderFlowScore();
          let atNs = 0;
          for (const [[book], waitMs] of steps) {
            atNs += waitMs * 1e6;
            score.update({ ...book, recvNs: atNs }, 0);
            for (const part of [score.score, score.imbalance, score.orders, score.tightness]) {
              expect(Math.abs(part)).toBeLessThanOrEqual(100);
            }
          }
        },
      ),
      RUNS,
    );
  });

  test('never falls when a bid grows, never rises when an ask grows', () => {
    fc.assert(
      fc.property(
        sizes,
        sizes,
        half,
        fc.nat(13),
        fc.integer({ min: 1, max: 5_000 }),
        (bids, asks, gap, at, more) => {
          const grown = (lots: readonly number[]): number[] =>
            lots.map((size, level) => (level === at % lots.length ? size + more : size));
          const book = (b: readonly number[], a: readonly number[]): DepthView =>
            depthOf(sideOf(b, -1, gap), sideOf(a, 1, gap));
          const { score } = scoreOf(book(bids, asks));
          expect(scoreOf(book(grown(bids), asks)).score).toBeGreaterThanOrEqual(score - 1e-9);
          expect(scoreOf(book(bids, grown(asks))).score).toBeLessThanOrEqual(score + 1e-9);
        },
      ),
      RUNS,
    );
  });

  test('is weaker the wider the spread, and has no tightness from 2 bps on', () => {
    const at = (gap: number): OrderFlowScore => scoreOf(depthOf([[MID - gap, 60]], [[MID + gap, 40]]));
    expect([1, 3, 5, 10, 50].map((gap) => Math.round(at(gap).tightness))).toEqual([90, 70, 50, 0, 0]);
    expect(at(1).score).toBeGreaterThan(at(5).score);
    expect(at(10).score).toBe(at(50).score);
  });

  test('reads the first ten levels of a side and no more', () => {
    const tenth = (size: number): Levels => sideOf([...Array<number>(9).fill(10), size, 999], -1, 1);
    const asks = sideOf(Array<number>(10).fill(10), 1, 1);
    expect(scoreOf(depthOf(tenth(10), asks)).imbalance).toBe(0);
    expect(scoreOf(depthOf(tenth(20), asks)).imbalance).toBeGreaterThan(0);
  });

  test('the imbalance is averaged by time: after one half-life half of a jump has come through', () => {
    const even = depthOf([[MID - 1, 50]], [[MID + 1, 50]]);
    const odd = depthOf([[MID - 1, 53]], [[MID + 1, 47]], 2 * SECOND);
    const score = scoreOf(even);
    score.update(odd, 0);
    expect(score.imbalance).toBeCloseTo(10 * 6 * 0.5, 10);
    // The same path in many small steps ends where one step ends.
    const stepped = scoreOf(even);
    for (let step = 1; step <= 200; step++) stepped.update({ ...odd, recvNs: step * SECOND * 0.01 }, 0);
    expect(stepped.imbalance).toBeCloseTo(score.imbalance, 6);
  });

  test('an empty side, a hidden book and data older than 10 s give no score, and not zero', () => {
    const good = depthOf([[MID - 1, 50]], [[MID + 1, 40]]);
    for (const [book, ageMs] of [
      [depthOf([], [[MID, 1]]), 0],
      [depthOf([[MID, 1]], []), 0],
      [good, 10_001],
    ] as const) {
      const score = scoreOf(good);
      score.update(book, ageMs);
      expect(score.isThere).toBe(false);
      expect([score.score, score.imbalance, score.orders, score.tightness]).toEqual([NaN, NaN, NaN, NaN]);
      expect(score.freshnessAt(0)).toBe(0);
    }
    const hidden = scoreOf(good);
    hidden.withdraw();
    expect(hidden.isThere).toBe(false);
    hidden.update(good, 10_000);
    expect(hidden.isThere).toBe(true);
  });

  test('its weight decays evenly from 1 to 0 over 30 s', () => {
    const score = scoreOf(depthOf([[MID - 1, 50]], [[MID + 1, 40]], SECOND));
    const weights = [1, 2, 16, 31, 90].map((second) => score.freshnessAt(second * SECOND));
    expect(weights.map((weight) => Math.round(weight * 1e6) / 1e6)).toEqual([1, 0.966667, 0.5, 0, 0]);
  });
});

describe('confidence in a score', () => {
  const sums = { bidTicks: MID - 1, askTicks: MID + 1, askLots: 100, askOrders: 10 };
  const strong = scoreOfSums({ ...sums, bidLots: 150, bidOrders: 20 });
  const split = scoreOfSums({ ...sums, bidLots: 105, bidOrders: 4 });

  test('is high when new, strong and both parts agree; medium once a second old; low after ten', () => {
    expect(strong.viewClass).toBe(VIEW_CLASS.strongBuy);
    expect([0, 0.999, 1, 10, 10.001].map((age) => strong.confidenceAt(age * SECOND))).toEqual([
      CONFIDENCE.high,
      CONFIDENCE.high,
      CONFIDENCE.medium,
      CONFIDENCE.medium,
      CONFIDENCE.low,
    ]);
  });

  test('is low when the parts disagree and the score is weak, and medium when a part has no sign', () => {
    expect(Math.abs(split.score)).toBeLessThan(20);
    expect(split.imbalance * split.orders).toBeLessThan(0);
    expect(split.confidenceAt(0)).toBe(CONFIDENCE.low);
    const levelsOnly = scoreOf(depthOf([[MID - 1, 300]], [[MID + 1, 100]]));
    expect([levelsOnly.orders, levelsOnly.viewClass]).toEqual([0, VIEW_CLASS.strongBuy]);
    expect(levelsOnly.confidenceAt(0)).toBe(CONFIDENCE.medium);
    expect(new OrderFlowScore().confidenceAt(0)).toBe(CONFIDENCE.low);
  });
});

test('every constant of the specification is a default', () => {
  expect(ORDER_FLOW_DEFAULTS).toEqual({
    levels: 10,
    halfLifeMs: 2_000,
    spreadRefBps: 2,
    imbalanceGain: 10,
    imbalanceWeight: 0.5,
    ordersWeight: 0.3,
    tightnessWeight: 0.2,
    moderateFrom: 20,
    strongFrom: 60,
    validMs: 30_000,
    dataAgeMaxMs: 10_000,
    highAgeMs: 1_000,
  });
});
