import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../engine/core/clock.ts';
import { attribute, LATENCY_CAUSES, stageParts } from '../../engine/runtime/latency-attribution.ts';
import type { HopPart, LatencyCause, ThreadEvidence } from '../../engine/runtime/latency-attribution.ts';
import type { LatencyHops } from '../../engine/runtime/latency-histograms.ts';
import { LatencyWatch, OFFENDERS_KEPT } from '../../engine/runtime/latency-watch.ts';
import { HOT_ACTORS } from '../../engine/runtime/actor.ts';
import { PAUSE_KIND, PAUSE_LOG_BYTES, PauseLog, PauseLogReader } from '../../engine/runtime/pause-log.ts';

const US = 1_000;
const MS = 1_000_000;
const NOTHING: ThreadEvidence = { gc: [], gaps: [], longTurns: [], runDelays: [] };

function span(fromNs: number, toNs: number): { fromNs: number; toNs: number } {
  return { fromNs, toNs };
}

function waiting(fromNs: number, toNs: number): HopPart {
  return { kind: 'waiting', actor: 'strategy', ...span(fromNs, toNs) };
}

function handling(fromNs: number, toNs: number): HopPart {
  return { kind: 'handling', actor: 'strategy', ...span(fromNs, toNs) };
}

function verdict(part: HopPart, evidence: Partial<ThreadEvidence>): [LatencyCause, string | null] {
  const { cause, actor } = attribute([part], () => ({ ...NOTHING, ...evidence }));
  return [cause, actor];
}

describe('the cause of a late hop', () => {
  test('is the garbage collection that covers most of it, also inside a long turn', () => {
    const longTurns = [{ actor: 'strategy' as const, ...span(0, 1_000) }];
    expect(verdict(handling(100, 900), { gc: [span(200, 800)], longTurns })).toEqual(['gc', null]);
    expect(verdict(handling(100, 900), { gc: [span(200, 300)], longTurns })).toEqual([
      'longHandler',
      'strategy',
    ]);
  });

  test('is a scheduler gap when nothing was turned while the record waited', () => {
    expect(verdict(waiting(100, 900), { gaps: [span(50, 850)] })).toEqual(['schedulerGap', null]);
    // A gap before the turn says nothing about what the turn did.
    expect(verdict(handling(100, 900), { gaps: [span(50, 850)] })).toEqual(['unknown', null]);
  });

  test('is backlog behind the consumer’s own earlier turns, and a long handler behind those of thread-mates', () => {
    const own = [{ actor: 'strategy' as const, ...span(0, 800) }];
    const other = [{ actor: 'orderbook' as const, ...span(0, 800) }];
    expect(verdict(waiting(100, 900), { longTurns: own })).toEqual(['ringBacklog', 'strategy']);
    expect(verdict(waiting(100, 900), { longTurns: other })).toEqual(['longHandler', 'orderbook']);
    // Many turns below the limit leave no mark of their own.
    expect(verdict(waiting(100, 900), {})).toEqual(['ringBacklog', null]);
  });

  test('is a long handler when a frame took its callback that long, in no turn of any actor', () => {
    const decoding: HopPart = { kind: 'callback', actor: 'market-data', ...span(100, 900) };
    expect(verdict(decoding, { gaps: [span(0, 1_000)] })).toEqual(['longHandler', 'market-data']);
    expect(verdict(decoding, { gc: [span(100, 700)] })).toEqual(['gc', null]);
    const runDelays = [{ delayNs: 500, ...span(0, 10_000) }];
    expect(verdict(decoding, { runDelays })).toEqual(['schedulerGap', null]);
  });

  test('is unknown when nothing that is watched explains the handling', () => {
    expect(verdict(handling(100, 900), {})).toEqual(['unknown', null]);
    const others = [{ actor: 'risk' as const, ...span(0, 1_000) }];
    expect(verdict(handling(100, 900), { longTurns: others })).toEqual(['unknown', null]);
  });

  test('is a scheduler gap when the kernel counted enough time without a processor, but no more than that', () => {
    const longTurns = [{ actor: 'strategy' as const, ...span(0, 1_000) }];
    const much = [{ delayNs: 700, ...span(0, 10_000) }];
    const little = [{ delayNs: 300, ...span(0, 10_000) }];
    expect(verdict(handling(0, 1_000), { longTurns, runDelays: much })).toEqual(['schedulerGap', null]);
    expect(verdict(handling(0, 1_000), { longTurns, runDelays: little })).toEqual([
      'longHandler',
      'strategy',
    ]);
    const elsewhere = [{ delayNs: 700, ...span(2_000, 10_000) }];
    expect(verdict(handling(0, 1_000), { longTurns, runDelays: elsewhere })[0]).toBe('longHandler');
  });
});

describe('the shares of a hop', () => {
  const time = fc.integer({ min: 0, max: 120 });
  const interval = fc.tuple(time, time).map(([a, b]) => span(Math.min(a, b), Math.max(a, b)));
  const intervals = fc.array(interval, { maxLength: 5 });
  const turn = fc.record({ interval, actor: fc.constantFrom(...HOT_ACTORS) });
  const delay = fc.record({ interval, delayNs: fc.integer({ min: 0, max: 60 }) });
  const evidence = fc
    .record({
      gc: intervals,
      gaps: intervals,
      turns: fc.array(turn, { maxLength: 5 }),
      delays: fc.array(delay, { maxLength: 3 }),
    })
    .map(({ gc, gaps, turns, delays }): ThreadEvidence => ({
      gc,
      gaps,
      longTurns: turns.map(({ interval: { fromNs, toNs }, actor }) => ({ actor, fromNs, toNs })),
      runDelays: delays.map(({ interval: { fromNs, toNs }, delayNs }) => ({ delayNs, fromNs, toNs })),
    }));
  const part = fc
    .record({
      kind: fc.constantFrom('waiting', 'handling', 'callback'),
      interval,
      actor: fc.constantFrom(...HOT_ACTORS),
    })
    .map(({ kind, interval: { fromNs, toNs }, actor }): HopPart => ({ kind, actor, fromNs, toNs }));

  /** One nanosecond after the other, by the words of the definition. */
  function naive(hop: HopPart, known: ThreadEvidence): Record<LatencyCause, number> {
    const shares = { gc: 0, schedulerGap: 0, longHandler: 0, ringBacklog: 0, unknown: 0 };
    for (let ns = hop.fromNs; ns < hop.toNs; ns++) {
      const holds = ({ fromNs, toNs }: { fromNs: number; toNs: number }): boolean =>
        fromNs <= ns && ns < toNs;
      const isWaiting = hop.kind === 'waiting';
      const turns = known.longTurns.filter((candidate) => holds(candidate));
      if (known.gc.some(holds)) shares.gc++;
      else if (isWaiting && known.gaps.some(holds)) shares.schedulerGap++;
      else if (isWaiting && turns.length > 0) {
        shares[turns[0].actor === hop.actor ? 'ringBacklog' : 'longHandler']++;
      } else if (hop.kind === 'callback') shares.longHandler++;
      else if (!isWaiting && turns.some(({ actor }) => actor === hop.actor)) shares.longHandler++;
      else shares[isWaiting ? 'ringBacklog' : 'unknown']++;
    }
    let delayNs = 0;
    for (const { fromNs, toNs, delayNs: counted } of known.runDelays) {
      let overlap = 0;
      for (let ns = hop.fromNs; ns < hop.toNs; ns++) if (fromNs <= ns && ns < toNs) overlap++;
      delayNs += Math.min(overlap, counted);
    }
    for (let ns = shares.schedulerGap; ns < delayNs; ns++) {
      const from = (['unknown', 'ringBacklog', 'longHandler'] as const).find((cause) => shares[cause] > 0);
      if (from === undefined) break;
      shares[from]--;
      shares.schedulerGap++;
    }
    return shares;
  }

  test('agree with counting one nanosecond after the other, and add up to its length', () => {
    fc.assert(
      fc.property(part, evidence, (hop, known) => {
        const { shares, cause } = attribute([hop], () => known);
        expect(shares).toEqual(naive(hop, known));
        const sum = LATENCY_CAUSES.reduce((total, name) => total + shares[name], 0);
        expect(sum).toBe(hop.toNs - hop.fromNs);
        expect(shares[cause]).toBe(Math.max(...LATENCY_CAUSES.map((name) => shares[name])));
      }),
      { numRuns: 500, seed: 11 },
    );
  });
});

function order(intentSeq: number, at: Partial<LatencyHops> = {}): LatencyHops {
  const base = 1_000 * MS;
  return {
    intentSeq,
    recvNs: base,
    decodedNs: base + 10 * US,
    bookTakenNs: base + 12 * US,
    bookedNs: base + 20 * US,
    strategyTakenNs: base + 22 * US,
    signalledNs: base + 30 * US,
    riskTakenNs: base + 32 * US,
    approvedNs: base + 40 * US,
    executionTakenNs: base + 42 * US,
    sentNs: base + 50 * US,
    ackedNs: 0,
    ...at,
  };
}

describe('the parts of a stage', () => {
  test('are what it waited in the ring and what was done then', () => {
    expect(stageParts(order(1), 'bookedToSignalled')).toEqual([
      { kind: 'waiting', actor: 'strategy', fromNs: 1_000 * MS + 20 * US, toNs: 1_000 * MS + 22 * US },
      { kind: 'handling', actor: 'strategy', fromNs: 1_000 * MS + 22 * US, toNs: 1_000 * MS + 30 * US },
    ]);
  });

  test('have no wait when the consumer’s turn had begun before, and are none when an end is missing', () => {
    const early = order(1, { strategyTakenNs: 999 * MS });
    expect(stageParts(early, 'bookedToSignalled').map(({ kind }) => kind)).toEqual(['handling']);
    expect(stageParts(order(1, { bookedNs: 0 }), 'bookedToSignalled')).toEqual([]);
  });
});

describe('the latency watch', () => {
  function rig(budgetNs = MS) {
    const clock = new SimulatedClock(0);
    const region = { name: 'pauses', byteOffset: 0, byteLength: PAUSE_LOG_BYTES };
    const buffer = new SharedArrayBuffer(PAUSE_LOG_BYTES);
    const log = new PauseLog(buffer, region);
    const thread = {
      name: 'hot',
      actors: [...HOT_ACTORS],
      pauses: new PauseLogReader(buffer, region),
      runDelay: (): number | null => null,
    };
    clock.advanceTo(1_001 * MS);
    return { clock, log, watch: new LatencyWatch(budgetNs, [thread], clock) };
  }

  test('waits for the garbage collection that becomes known after the order', () => {
    const { clock, log, watch } = rig();
    const base = 1_000 * MS;
    watch.note(
      order(1, {
        approvedNs: base + 5 * MS,
        executionTakenNs: base + 5 * MS,
        sentNs: base + 5 * MS + 9 * US,
      }),
    );
    watch.poll();
    expect(watch.report()).toMatchObject({ pending: 1, offenders: [] });
    log.record(PAUSE_KIND.turn, base + 32 * US, base + 5 * MS, HOT_ACTORS.indexOf('risk'));
    log.record(PAUSE_KIND.gc, base + MS, base + 5 * MS, -1);
    clock.advanceTo(3_000 * MS);
    watch.poll();
    const { orders, stages, pending, offenders } = watch.report();
    expect(pending).toBe(0);
    expect(orders).toEqual({ gc: 1, schedulerGap: 0, longHandler: 0, ringBacklog: 0, unknown: 0 });
    expect(stages.signalledToApproved.gc).toBe(1);
    expect(offenders).toHaveLength(1);
    expect(offenders[0]).toMatchObject({ intentSeq: 1, cause: 'gc', tickToOrderNs: 5 * MS + 9 * US });
    expect(offenders[0].stages.map(({ stage, cause }) => [stage, cause])).toEqual([
      ['recvToDecoded', null],
      ['decodedToBooked', null],
      ['bookedToSignalled', null],
      ['signalledToApproved', 'gc'],
      ['approvedToSent', null],
    ]);
  });

  test('lets orders within the budget pass, and counts a late stage of an order that was not late', () => {
    const { watch } = rig();
    const base = 1_000 * MS;
    watch.note(order(1));
    watch.note(order(2, { sentNs: base + 300 * US }));
    watch.settle();
    const { orders, stages } = watch.report();
    expect(Object.values(orders).reduce((sum, count) => sum + count)).toBe(0);
    expect(stages.approvedToSent.unknown).toBe(1);
  });

  test('without a tick an order has stages but no tick-to-order', () => {
    const { watch } = rig();
    const none = { recvNs: 0, decodedNs: 0, bookedNs: 0, bookTakenNs: 0, strategyTakenNs: 0 };
    watch.note(order(1, { ...none, sentNs: 1_009 * MS }));
    watch.settle();
    expect(watch.report()).toMatchObject({ offenders: [], stages: { approvedToSent: { unknown: 1 } } });
  });

  test('keeps the latest late orders only, and judges early when too many wait', () => {
    const { watch } = rig();
    for (let seq = 1; seq <= 3_000; seq++) watch.note(order(seq, { sentNs: 1_002 * MS }));
    expect(watch.report().pending).toBeLessThan(3_000);
    watch.settle();
    const { offenders, orders } = watch.report();
    expect(orders.unknown).toBe(3_000);
    expect(offenders.map(({ intentSeq }) => intentSeq)).toEqual(
      Array.from({ length: OFFENDERS_KEPT }, (_, index) => 3_000 - OFFENDERS_KEPT + 1 + index),
    );
  });

  test('time without a processor makes one order late, not every order of its moment', () => {
    const clock = new SimulatedClock(0);
    let delayNs = 0;
    const thread = {
      name: 'hot',
      actors: [...HOT_ACTORS],
      pauses: { missed: 0, poll: () => 0 },
      runDelay: (): number | null => delayNs,
    };
    const watch = new LatencyWatch(MS, [thread], clock);
    delayNs = 2 * MS;
    clock.advanceTo(1_010 * MS);
    watch.poll();
    delayNs = 0;
    for (let seq = 1; seq <= 3; seq++) watch.note(order(seq, { sentNs: 1_002 * MS }));
    watch.settle();
    expect(watch.report()).toMatchObject({ seesRunDelay: true, orders: { schedulerGap: 1, unknown: 2 } });
  });
});

describe('the pause log', () => {
  const region = { name: 'pauses', byteOffset: 0, byteLength: PAUSE_LOG_BYTES };

  test('hands over what was written since the last look, in order, across threads of the same name', () => {
    const buffer = new SharedArrayBuffer(PAUSE_LOG_BYTES);
    const reader = new PauseLogReader(buffer, region);
    const seen: number[][] = [];
    const look = (): number => reader.poll((...values) => seen.push(values));
    new PauseLog(buffer, region).record(PAUSE_KIND.gap, 1, 2, -1);
    expect(look()).toBe(1);
    // A successor goes on where the dead thread ended.
    new PauseLog(buffer, region).record(PAUSE_KIND.turn, 3, 4, 2);
    expect(look()).toBe(1);
    expect(look()).toBe(0);
    expect(seen).toEqual([
      [PAUSE_KIND.gap, 1, 2, -1],
      [PAUSE_KIND.turn, 3, 4, 2],
    ]);
  });

  test('a reader that comes too late counts what was overwritten and sees the rest in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 1, maxLength: 8 }), (bursts) => {
        const buffer = new SharedArrayBuffer(PAUSE_LOG_BYTES);
        const log = new PauseLog(buffer, region);
        const reader = new PauseLogReader(buffer, region);
        let written = 0;
        let next = 0;
        let seen = 0;
        for (const burst of bursts) {
          for (let count = 0; count < burst; count++) log.record(PAUSE_KIND.gc, written, ++written, -1);
          seen += reader.poll((_kind, fromNs) => {
            expect(fromNs).toBeGreaterThanOrEqual(next);
            next = fromNs + 1;
          });
          expect(next).toBe(written);
        }
        expect(seen + reader.missed).toBe(written);
      }),
      { numRuns: 60, seed: 3 },
    );
  });
});
