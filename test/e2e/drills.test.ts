import { describe, expect, it } from 'vitest';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import { HOT_ACTORS } from '../../engine/runtime/actor.ts';
import { drilledEngine } from '../fixtures/drilled-engine.ts';
import { lastSummary } from '../fixtures/engine-process.ts';

const DRILL =
  'kill:strategy@1s,hang:orderbook@+500ms,throw:risk@+500ms,drop-feed@+500ms,kill:market-data@+1s';

function restartsOf(stats: EngineStats): Record<string, number> {
  return Object.fromEntries(stats.actors.map(({ name, restarts }) => [name, restarts]));
}

/** Restarts that the group rules prescribe for the drill above, per topology. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  // A killed or hung thread takes all five through the start path; a throw rebuilds its group in place.
  fused: { 'market-data': 3, orderbook: 3, strategy: 3, risk: 4, execution: 4 },
  // kill:strategy ends core (strategy, risk) and drags execution; hang:orderbook ends ingress and drags strategy.
  split: { 'market-data': 2, orderbook: 2, strategy: 3, risk: 2, execution: 2 },
  dedicated: { 'market-data': 1, orderbook: 2, strategy: 3, risk: 1, execution: 1 },
};

describe.each(['fused', 'split', 'dedicated'])('fault drills, topology %s', (topology) => {
  it('restarts by the group rules, resumes trading and loses or doubles nothing', async () => {
    const settings = ['--mode', 'live', '--strategy', 'tick-taker', '--set', 'engine.watchdogMs=1000'];
    const engine = await drilledEngine(
      DRILL,
      // Rehearsed as by default: a thread that takes another's place must not practise while its market waits.
      [...settings, '--set', 'engine.rehearse=true', '--topology', topology],
      ({ fills }) => fills > 0,
    );
    const finished = await engine.finished;
    await engine.dispose();
    expect(finished.code, finished.err).toBe(0);
    const stats = lastSummary(finished);
    expect(stats.violations).toEqual([]);
    const restarts = restartsOf(stats);
    for (const actor of HOT_ACTORS) expect(restarts[actor], actor).toBe(EXPECTED[topology][actor]);
    expect(stats.drills).toHaveLength(5);
    for (const drill of stats.drills) expect(drill.resumedAfterMs, drill.step).not.toBeNull();
    for (const ring of stats.rings.filter(({ policy }) => policy === 'lossless')) {
      expect(ring.published - ring.consumed, ring.name).toBe(ring.depth);
    }
    expect(stats.orders.open + stats.orders.unknown).toBe(0);
    expect(stats.account).toMatchObject({ isEqual: true, duplicateClientIds: 0 });
    expect(stats.fills).toBeGreaterThan(0);
  }, 150_000);
});
