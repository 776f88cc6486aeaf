import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REASON } from '../../engine/messages/enums.ts';
import { checkLatency } from '../../engine/risk/checks.ts';
import { LatencyHalt } from '../../engine/runtime/latency-halt.ts';

const LIMIT_NS = 1_000;
const HALT_NS = 500_000;

test('a request is late exactly when it stands on a tick and that is older than the budget', () => {
  const time = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(time, time, time, (recvNs, ageNs, budgetNs) => {
      const reason = checkLatency(recvNs, recvNs + ageNs, budgetNs);
      const isLate = recvNs > 0 && budgetNs > 0 && ageNs > budgetNs;
      expect(reason).toBe(isLate ? REASON.latencyBudget : REASON.none);
    }),
    { seed: 5 },
  );
});

test('one slow order in a hundred passes, the second stops new orders for the time set', () => {
  const halt = new LatencyHalt(LIMIT_NS, HALT_NS);
  expect(halt.note(LIMIT_NS + 1, 1)).toBe(false);
  for (let order = 0; order < 98; order++) expect(halt.note(LIMIT_NS, 2)).toBe(false);
  expect(halt.isHalted(3)).toBe(false);
  expect(halt.note(LIMIT_NS + 1, 4)).toBe(true);
  expect([halt.isHalted(4), halt.isHalted(3 + HALT_NS), halt.isHalted(4 + HALT_NS)]).toEqual([
    true,
    true,
    false,
  ]);
  // Orders that were under way say nothing new, and afterwards the count begins anew.
  expect(halt.note(LIMIT_NS * 9, 5)).toBe(false);
  expect(halt.note(LIMIT_NS * 9, 4 + HALT_NS)).toBe(false);
  expect(halt.note(LIMIT_NS * 9, 5 + HALT_NS)).toBe(true);
  expect(halt.halts).toBe(2);
});

test('a slow order of long ago does not add up with one of now', () => {
  const halt = new LatencyHalt(LIMIT_NS, HALT_NS);
  expect(halt.note(LIMIT_NS * 2, 1)).toBe(false);
  expect(halt.note(LIMIT_NS * 2, 61e9)).toBe(false);
  expect(halt.note(LIMIT_NS * 2, 62e9)).toBe(true);
});

test('it stops when the 99th percentile of a hundred orders is above the limit, and only then', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: LIMIT_NS - 100, max: LIMIT_NS + 2 }), { minLength: 100, maxLength: 100 }),
      (spans) => {
        const halt = new LatencyHalt(LIMIT_NS, HALT_NS);
        for (const span of spans) halt.note(span, 1);
        const p99 = spans.toSorted((a, b) => a - b)[98];
        expect(halt.halts > 0).toBe(p99 > LIMIT_NS);
      },
    ),
    { seed: 9, numRuns: 300 },
  );
});
