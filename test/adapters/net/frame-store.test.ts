import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameStore, NO_FRAME } from '../../../adapters/net/frame-store.ts';
import { SnapshotPlan } from '../../../adapters/venue-kit/book/snapshot-plan.ts';
import { Prng } from '../../../engine/core/prng.ts';

describe('frame store', () => {
  it('behaves as a queue of byte strings that refuses what does not fit', () => {
    const step = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.constantFrom('drop', 'drop', 'clear'),
    );
    let refusals = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const store = new FrameStore(128, 6);
        const model: { bytes: string; ns: number; tag: number }[] = [];
        const times = new Float64Array(2);
        for (const [index, what] of steps.entries()) {
          if (what === 'clear') {
            store.clear();
            model.length = 0;
          } else if (what === 'drop') {
            if (model.length > 0) store.dropHead();
            model.shift();
          } else {
            const source = Buffer.concat([Buffer.from('xx'), what]);
            times[1] = index + 0.5;
            const used = model.reduce((sum, { bytes }) => sum + bytes.length / 2, 0);
            const fits = used + source.length - 2 <= 128 && model.length < 6;
            expect(store.append(source, 2, source.length, times, 1, index)).toBe(fits);
            if (fits) model.push({ bytes: source.toString('hex', 2), ns: index + 0.5, tag: index });
            else refusals++;
          }
          expect(store.count).toBe(model.length);
          expect(store.isEmpty()).toBe(model.length === 0);
          if (model.length === 0) {
            expect(store.headStart()).toBe(NO_FRAME);
            continue;
          }
          store.readHeadTime(times, 0);
          const head = store.bytes.toString('hex', store.headStart(), store.headEnd());
          expect({ bytes: head, ns: times[0], tag: store.headTag() }).toEqual(model[0]);
        }
      }),
      { seed: 9, numRuns: 500 },
    );
    expect(refusals).toBeGreaterThan(100);
  });
});

describe('snapshot plan', () => {
  const NS_PER_S = 1e9;
  const options = { retryMinMs: 100, retryMaxMs: 5_000, weight: 250, weightPerMinute: 3_000 };
  const always = (): boolean => true;

  it('never asks for more weight than the budget, over any minute', () => {
    const plan = new SnapshotPlan(8, options, new Prng(1));
    const askedNs: number[] = [];
    for (let nowNs = 1; nowNs < 600 * NS_PER_S; nowNs += NS_PER_S / 4) {
      if (plan.next(nowNs, always) >= 0) askedNs.push(nowNs);
    }
    for (const fromNs of askedNs) {
      const inMinute = askedNs.filter((atNs) => atNs >= fromNs && atNs < fromNs + 60 * NS_PER_S).length;
      /* A full bucket and what trickles in meanwhile: twice the minute's share at most. */
      expect(inMinute * options.weight).toBeLessThanOrEqual(2 * options.weightPerMinute);
    }
    expect(askedNs.length * options.weight).toBeGreaterThan(9 * options.weightPerMinute);
    expect(askedNs.length * options.weight).toBeLessThanOrEqual(11 * options.weightPerMinute);
  });

  it('goes round, pauses longer after each failure, and obeys a hold for all', () => {
    const plan = new SnapshotPlan(3, { ...options, weight: 5 }, new Prng(1));
    expect([plan.next(1, always), plan.next(1, always), plan.next(1, always)]).toEqual([0, 1, 2]);
    expect(plan.next(1, (index) => index === 1)).toBe(1);
    const only = (index: number): boolean => index === 0;
    let nowNs = 1;
    const pauses: number[] = [];
    for (let failure = 0; failure < 9; failure++) {
      plan.noteFailed(0, nowNs);
      const failedNs = nowNs;
      while (plan.next(nowNs, only) < 0) nowNs += 1e6;
      pauses.push((nowNs - failedNs) / 1e6);
    }
    for (const [index, pauseMs] of pauses.entries()) {
      const ceilingMs = Math.min(5_000, 100 * 2 ** index);
      expect(pauseMs).toBeGreaterThanOrEqual(ceilingMs / 2);
      expect(pauseMs).toBeLessThanOrEqual(ceilingMs + 1);
    }
    plan.noteUsed(0);
    plan.holdAll(nowNs, 1_000);
    expect(plan.next(nowNs + 999e6, always)).toBe(-1);
    expect(plan.next(nowNs + 1_001e6, always)).toBeGreaterThanOrEqual(0);
  });
});
