import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RateWindowSpec } from '../../../adapters/venue-kit/limits/rate-budget.ts';
import { RATE_COST, RateBudget } from '../../../adapters/venue-kit/limits/rate-budget.ts';

const EPOCH_MS = 1_700_000_000_000;

interface Ask {
  readonly afterMs: number;
  readonly weight: number;
  readonly orders: number;
  readonly isUrgent: boolean;
}

const askArbitrary: fc.Arbitrary<Ask> = fc.record({
  afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 })),
  weight: fc.integer({ min: 0, max: 4 }),
  orders: fc.integer({ min: 0, max: 1 }),
  isUrgent: fc.boolean(),
});

const windowsArbitrary: fc.Arbitrary<readonly RateWindowSpec[]> = fc.uniqueArray(
  fc.record({
    cost: fc.constantFrom(RATE_COST.weight, RATE_COST.orders, RATE_COST.requests),
    windowMs: fc.constantFrom(1_000, 5_000, 10_000),
    limit: fc.integer({ min: 5, max: 20 }),
    reserve: fc.integer({ min: 0, max: 4 }),
  }),
  { minLength: 1, maxLength: 5, selector: (spec) => `${spec.cost}/${spec.windowMs}` },
);

/** What an ask costs in a window of this kind. */
function costIn(spec: RateWindowSpec, ask: Ask): number {
  if (spec.cost === RATE_COST.weight) return ask.weight;
  return spec.cost === RATE_COST.orders ? ask.orders : 1;
}

/** The plainest statement of the rule: every grant so far, summed up per aligned window on each question. */
class NaiveBudget {
  private readonly specs: readonly RateWindowSpec[];
  private readonly grants: { readonly epochMs: number; readonly ask: Ask }[] = [];

  constructor(specs: readonly RateWindowSpec[]) {
    this.specs = specs;
  }

  isGranted(ask: Ask, epochMs: number): boolean {
    const holds = this.specs.every((spec) => {
      const cost = costIn(spec, ask);
      const room = ask.isUrgent ? spec.limit : spec.limit - spec.reserve;
      return cost === 0 || this.usedIn(spec, epochMs) + cost <= room;
    });
    return holds;
  }

  grant(ask: Ask, epochMs: number): void {
    this.grants.push({ epochMs, ask });
  }

  usedIn(spec: RateWindowSpec, epochMs: number): number {
    const window = Math.floor(epochMs / spec.windowMs);
    return this.grants
      .filter((grant) => Math.floor(grant.epochMs / spec.windowMs) === window)
      .reduce((sum, grant) => sum + costIn(spec, grant.ask), 0);
  }
}

describe('rate budget', () => {
  it('grants exactly what the sum of grants per aligned window allows, and names the first moment for the rest', () => {
    let refusals = 0;
    fc.assert(
      fc.property(
        windowsArbitrary,
        fc.array(askArbitrary, { minLength: 1, maxLength: 120 }),
        (specs, asks) => {
          const budget = new RateBudget(specs);
          const naive = new NaiveBudget(specs);
          let epochMs = EPOCH_MS;
          for (const ask of asks) {
            epochMs += ask.afterMs;
            const isGranted = naive.isGranted(ask, epochMs);
            const readyAtMs = budget.acquire(ask.weight, ask.orders, ask.isUrgent, epochMs);
            expect(readyAtMs === 0).toBe(isGranted);
            if (isGranted) {
              naive.grant(ask, epochMs);
              continue;
            }
            refusals++;
            const isPossible = specs.every(
              (spec) => costIn(spec, ask) <= (ask.isUrgent ? spec.limit : spec.limit - spec.reserve),
            );
            if (!isPossible) {
              expect(readyAtMs).toBe(Infinity);
              continue;
            }
            expect(readyAtMs).toBeGreaterThan(epochMs);
            expect(naive.isGranted(ask, readyAtMs)).toBe(true);
            expect(naive.isGranted(ask, readyAtMs - 1)).toBe(false);
          }
        },
      ),
      { seed: 20_260_101, numRuns: 300 },
    );
    expect(refusals).toBeGreaterThan(100);
  });

  it('keeps the reserve for urgent requests', () => {
    const budget = new RateBudget([{ cost: RATE_COST.weight, windowMs: 60_000, limit: 10, reserve: 3 }]);
    for (let count = 0; count < 7; count++) expect(budget.acquire(1, 0, false, EPOCH_MS)).toBe(0);
    expect(budget.acquire(1, 0, false, EPOCH_MS)).toBeGreaterThan(EPOCH_MS);
    for (let count = 0; count < 3; count++) expect(budget.acquire(1, 0, true, EPOCH_MS)).toBe(0);
    expect(budget.acquire(1, 0, true, EPOCH_MS)).toBeGreaterThan(EPOCH_MS);
  });

  it("takes the venue's count and limit in place of its own, and adds what is still in flight", () => {
    const budget = new RateBudget([{ cost: RATE_COST.orders, windowMs: 10_000, limit: 50, reserve: 0 }]);
    for (let count = 0; count < 20; count++) budget.acquire(1, 1, false, EPOCH_MS);
    budget.observe(RATE_COST.orders, 10_000, 100, 4, 2, EPOCH_MS + 10);
    expect(budget.remaining(RATE_COST.orders, 10_000, false, EPOCH_MS + 10)).toBe(94);
    budget.observe(RATE_COST.orders, 10_000, 100, 100, 0, EPOCH_MS + 20);
    expect(budget.acquire(1, 1, false, EPOCH_MS + 20)).toBe(EPOCH_MS + 10_000);
    expect(budget.acquire(1, 1, false, EPOCH_MS + 10_000)).toBe(0);
  });

  it('learns a window it was not made with', () => {
    const budget = new RateBudget([]);
    expect(budget.acquire(1, 1, false, EPOCH_MS)).toBe(0);
    budget.observe(RATE_COST.orders, 86_400_000, 2, 2, 0, EPOCH_MS);
    expect(budget.acquire(1, 1, false, EPOCH_MS)).toBe((Math.floor(EPOCH_MS / 86_400_000) + 1) * 86_400_000);
  });

  it('refuses everything until the moment the venue named', () => {
    const budget = new RateBudget([{ cost: RATE_COST.weight, windowMs: 60_000, limit: 10, reserve: 3 }]);
    budget.blockUntil(EPOCH_MS + 5_000);
    expect(budget.acquire(1, 0, true, EPOCH_MS)).toBe(EPOCH_MS + 5_000);
    expect(budget.acquire(1, 0, true, EPOCH_MS + 5_000)).toBe(0);
    expect(budget.blockedUntil()).toBe(EPOCH_MS + 5_000);
  });

  it('gives back what never left, but not below nothing', () => {
    const budget = new RateBudget([{ cost: RATE_COST.orders, windowMs: 10_000, limit: 2, reserve: 0 }]);
    expect(budget.acquire(1, 1, false, EPOCH_MS)).toBe(0);
    budget.refund(1, 1, EPOCH_MS);
    budget.refund(1, 1, EPOCH_MS);
    expect(budget.acquire(1, 1, false, EPOCH_MS)).toBe(0);
    expect(budget.acquire(1, 1, false, EPOCH_MS)).toBe(0);
    expect(budget.acquire(1, 1, false, EPOCH_MS)).toBeGreaterThan(0);
  });

  it('does not open a window again when the clock steps back', () => {
    const budget = new RateBudget([{ cost: RATE_COST.orders, windowMs: 10_000, limit: 1, reserve: 0 }]);
    expect(budget.acquire(0, 1, false, EPOCH_MS + 10_000)).toBe(0);
    expect(budget.acquire(0, 1, false, EPOCH_MS + 9_999)).toBe(EPOCH_MS + 20_000);
  });
});
