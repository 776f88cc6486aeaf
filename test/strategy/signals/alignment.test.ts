import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SIDE } from '../../../engine/messages/enums.ts';
import {
  ALIGNMENT,
  ALIGNMENT_MULTIPLIERS,
  alignmentOf,
  sizeMultiplierOf,
} from '../../../engine/strategy/signals/alignment.ts';
import {
  isFalseBreakout,
  STOP_ACTION,
  stopActionOf,
} from '../../../engine/strategy/signals/order-flow-filters.ts';
import { VIEW_THRESHOLDS } from '../../../engine/strategy/signals/view-class.ts';

const view = fc.oneof(
  fc.double({ min: -100, max: 100, noNaN: true }),
  fc.constantFrom(NaN, 0, 20, -20, 60, -60),
);
const RUNS = { numRuns: 500, seed: 20_260_910 };
const aligned = (score: number, bias: number): number => alignmentOf(score, bias, VIEW_THRESHOLDS);

describe('alignment of order flow with the bias', () => {
  test.each([
    [70, 80, 'strongAlignment', 1.5],
    [-60, -60, 'strongAlignment', 1.5],
    [70, 59.9, 'moderateAlignment', 1],
    [-20, -100, 'moderateAlignment', 1],
    [60, -60, 'strongConflict', 0.5],
    [-75, 90, 'strongConflict', 0.5],
    [59.9, -60, 'moderateConflict', 0.7],
    [20, -20, 'moderateConflict', 0.7],
    [19.9, -100, 'noView', 1],
    [100, 19.9, 'noView', 1],
    [NaN, 90, 'noView', 1],
    [90, NaN, 'noView', 1],
  ] as const)('a score of %d and a bias of %d are %s, size x %d', (score, bias, name, multiplier) => {
    expect(aligned(score, bias)).toBe(ALIGNMENT[name]);
    expect(sizeMultiplierOf(aligned(score, bias), ALIGNMENT_MULTIPLIERS)).toBe(multiplier);
  });

  test('does not change in a mirror, nor when the two change places', () => {
    fc.assert(
      fc.property(view, view, (score, bias) => {
        expect(aligned(-score, -bias)).toBe(aligned(score, bias));
        expect(aligned(bias, score)).toBe(aligned(score, bias));
      }),
      RUNS,
    );
  });

  test('a stronger bias of the same sign never makes a view of none, and only strengthens what it is', () => {
    fc.assert(
      fc.property(view, view, fc.double({ min: 1, max: 5, noNaN: true }), (score, bias, factor) => {
        const before = aligned(score, bias);
        const after = aligned(score, bias * factor);
        const isConflict = (alignment: number): boolean => alignment >= ALIGNMENT.moderateConflict;
        if (before !== ALIGNMENT.noView) expect(isConflict(after)).toBe(isConflict(before));
        if (before === ALIGNMENT.strongAlignment || before === ALIGNMENT.strongConflict)
          expect(after).toBe(before);
      }),
      RUNS,
    );
  });
});

describe('stop protection', () => {
  test.each([
    [51, STOP_ACTION.hold],
    [50, STOP_ACTION.honour],
    [0, STOP_ACTION.honour],
    [-20, STOP_ACTION.honour],
    [-50, STOP_ACTION.honour],
    [-51, STOP_ACTION.exitNow],
    [NaN, STOP_ACTION.honour],
  ])('of a long at a score of %d', (score, action) => {
    expect(stopActionOf(SIDE.buy, score)).toBe(action);
    expect(stopActionOf(SIDE.sell, -score)).toBe(action);
  });
});

test('a breakout is false when order flow stands strongly against it', () => {
  expect([-100, -60, -59, 0, 100, NaN].map((score) => isFalseBreakout(SIDE.buy, score))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect([100, 60, 59, -100].map((score) => isFalseBreakout(SIDE.sell, score))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
