import { describe, expect, it } from 'vitest';
import { HOT_ACTORS } from '../../engine/runtime/actor.ts';
import { plainTopology } from '../../engine/runtime/build-topology.ts';
import { chooseTopology } from '../../engine/runtime/topology.ts';
import type { RingEdge, ThreadSpec } from '../../engine/runtime/topology.ts';
import { topologyProblems, validateTopology } from '../../engine/runtime/topology-check.ts';

const LAYOUTS = ['fused', 'split', 'dedicated', 'invoker'] as const;
const RING_EDGES = plainTopology('fused').edges;

function edgeBetween(producer: RingEdge['producer'], consumer: RingEdge['consumer']): RingEdge {
  return {
    name: `${producer}>${consumer}`,
    producer,
    consumer,
    direction: 'forward',
    policy: 'lossless',
    capacityBytes: 1024,
  };
}

describe('topologies', () => {
  it.each(LAYOUTS)('%s places every hot actor on one thread and is valid', (name) => {
    const topology = plainTopology(name);
    expect(topologyProblems(topology)).toEqual([]);
    expect(topology.threads.flatMap((thread) => thread.actors).sort()).toEqual([...HOT_ACTORS].sort());
  });

  it('give every ring an overflow policy, one producer and one consumer', () => {
    for (const ring of RING_EDGES) {
      expect(['lossless', 'conflate', 'drop']).toContain(ring.policy);
      expect(ring.producer).not.toBe(ring.consumer);
    }
    expect(new Set(RING_EDGES.map((ring) => ring.name)).size).toBe(RING_EDGES.length);
  });

  it('never drop orders, reports or what the journal must hold', () => {
    const mustArrive = RING_EDGES.filter(
      (ring) => ring.consumer === 'journal' || ring.consumer === 'risk' || ring.consumer === 'execution',
    );
    expect(mustArrive.length).toBeGreaterThan(8);
    for (const ring of mustArrive) expect(ring.policy).toBe('lossless');
  });

  it('are refused with every problem named', () => {
    const threads: ThreadSpec[] = [
      { name: 'a', loop: 'blocking', actors: ['market-data', 'orderbook'] },
      { name: 'a', loop: 'event-loop', actors: ['strategy', 'orderbook', 'execution'] },
    ];
    const rings: RingEdge[] = [
      edgeBetween('market-data', 'orderbook'),
      edgeBetween('orderbook', 'strategy'),
      edgeBetween('strategy', 'market-data'),
      edgeBetween('market-data', 'orderbook'),
      { ...edgeBetween('risk', 'risk'), direction: 'report' },
      { ...edgeBetween('risk', 'execution'), capacityBytes: 1000 },
      { ...edgeBetween('execution', 'journal'), policy: 'hope' as never },
    ];
    const topology = { ...plainTopology('fused'), threads, edges: rings };
    const problems = topologyProblems(topology).join('\n');
    expect(problems).toContain('actor "orderbook" has 2 threads');
    expect(problems).toContain('actor "risk" has 0 threads');
    expect(problems).toContain('two threads share a name');
    expect(problems).toContain('thread "a" owns sockets and must run an event loop');
    expect(problems).toContain('declared twice');
    expect(problems).toContain('leads from "risk" to itself');
    expect(problems).toContain('1000 bytes, not a power of two');
    expect(problems).toContain('has no overflow policy');
    expect(problems).toContain('form a cycle through');
    expect(() => validateTopology(topology)).toThrow('the topology cannot run');
  });

  it('are chosen by the cores there are unless one is named', () => {
    expect([1, 2, 4, 5, 7, 8, 64].map((cores) => chooseTopology('auto', cores))).toEqual([
      'fused',
      'fused',
      'fused',
      'split',
      'split',
      'dedicated',
      'dedicated',
    ]);
    expect(chooseTopology('dedicated', 2)).toBe('dedicated');
  });
});
