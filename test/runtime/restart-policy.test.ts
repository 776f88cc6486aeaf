import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOT_ACTORS, OBSERVER_ACTORS } from '../../engine/runtime/actor.ts';
import type { ActorName } from '../../engine/runtime/actor.ts';
import { groupOf, RestartIntensity, restartSet } from '../../engine/runtime/restart-policy.ts';
import { buildTopology, plainTopology } from '../../engine/runtime/build-topology.ts';
import type { EngineTopology, ThreadSpec, TopologyName } from '../../engine/runtime/topology.ts';

const FUSED = plainTopology('fused');

function restarted(
  actor: ActorName,
  thread: Parameters<typeof restartSet>[2],
  topology: EngineTopology = FUSED,
): string[] {
  return [...restartSet(topology, actor, thread)].sort();
}

function threadNamed(layout: TopologyName, name: string): ThreadSpec {
  return plainTopology(layout).threads.find((thread) => thread.name === name)!;
}

describe('the group rules', () => {
  it('restart what is downstream of a failed data actor (rest_for_one)', () => {
    expect(restarted('market-data', null)).toEqual(['market-data', 'orderbook', 'strategy']);
    expect(restarted('orderbook', null)).toEqual(['orderbook', 'strategy']);
    expect(restarted('strategy', null)).toEqual(['strategy']);
  });

  it('restart risk and execution together (one_for_all)', () => {
    expect(restarted('risk', null)).toEqual(['execution', 'risk']);
    expect(restarted('execution', null)).toEqual(['execution', 'risk']);
  });

  it('restart an observer alone (one_for_one)', () => {
    for (const actor of OBSERVER_ACTORS) expect(restarted(actor, null)).toEqual([actor]);
  });

  it('take everything on a dead thread with them, and what those actors drag along', () => {
    expect(restarted('strategy', threadNamed('fused', 'hot'))).toEqual([...HOT_ACTORS].sort());
    expect(restarted('strategy', threadNamed('split', 'core'))).toEqual(['execution', 'risk', 'strategy']);
    expect(restarted('orderbook', threadNamed('split', 'ingress'))).toEqual([
      'market-data',
      'orderbook',
      'strategy',
    ]);
    expect(restarted('strategy', threadNamed('dedicated', 'strategy'))).toEqual(['strategy']);
  });

  it('leave the other lanes and the other strategy actors alone', () => {
    const topology = buildTopology({
      layout: 'dedicated',
      lanes: ['a', 'b'],
      strategies: ['fast', 'slow'],
      accounts: ['x', 'y'],
      observers: [],
      groupings: [],
    });
    expect(restarted('strategy@fast', null, topology)).toEqual(['strategy@fast']);
    expect(restarted('market-data@b', null, topology)).toEqual([
      'market-data@b',
      'orderbook@b',
      'strategy@fast',
      'strategy@slow',
    ]);
    expect(restarted('risk', null, topology)).toEqual(['execution@x', 'execution@y', 'risk']);
  });

  it('put every actor into exactly one group', () => {
    for (const actor of [...HOT_ACTORS, ...OBSERVER_ACTORS])
      expect(groupOf(FUSED, actor).members).toContain(actor);
  });
});

describe('restart intensity', () => {
  it('allows a burst up to the limit and a slow sustained rate for ever', () => {
    const burst = new RestartIntensity(3, 1_000);
    expect([0, 1, 2, 3].map((at) => burst.allows(at))).toEqual([true, true, true, false]);
    const slow = new RestartIntensity(1, 1_000);
    for (let at = 0; at < 100_000; at += 1_001) expect(slow.allows(at)).toBe(true);
  });

  it('agrees with counting incidents in the window', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 500 })),
        fc.integer({ min: 0, max: 5 }),
        (gaps, limit) => {
          const intensity = new RestartIntensity(limit, 1_000);
          const seen: number[] = [];
          let at = 0;
          for (const gap of gaps) {
            at += gap;
            seen.push(at);
            const inWindow = seen.filter((time) => at - time <= 1_000).length;
            expect(intensity.allows(at)).toBe(inWindow <= limit);
          }
        },
      ),
    );
  });
});
