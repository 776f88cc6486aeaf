import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ringBytes } from '../../engine/ipc/ring.ts';
import { planMemory } from '../../engine/app/threads/memory-plan.ts';
import { HOT_ACTORS, kindOf, labelOf } from '../../engine/runtime/actor.ts';
import type { ActorName } from '../../engine/runtime/actor.ts';
import { buildTopology, plainTopology } from '../../engine/runtime/build-topology.ts';
import type { TopologyShape } from '../../engine/runtime/build-topology.ts';
import { reportRings } from '../../engine/runtime/topology.ts';
import { topologyProblems } from '../../engine/runtime/topology-check.ts';

/** The rings of an engine without any list in its config, as they have always been called. */
const PLAIN_FLOW = [
  'feed-to-book',
  'book-to-strategy',
  'strategy-to-risk',
  'risk-to-execution',
  'book-to-feed',
  'risk-to-strategy',
  'execution-to-risk',
  'execution-to-strategy',
  'book-to-analysis',
];

function shape(parts: Partial<TopologyShape>): TopologyShape {
  return {
    layout: 'fused',
    lanes: [''],
    strategies: [''],
    accounts: [''],
    observers: ['journal', 'analysis', 'api'],
    groupings: [],
    ...parts,
  };
}

const labels = fc.oneof(
  fc.constant(['']),
  fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,15}$/), { minLength: 1, maxLength: 6 }),
);
const shapes = fc.record({
  layout: fc.constantFrom('fused' as const, 'split' as const, 'dedicated' as const, 'invoker' as const),
  lanes: labels,
  strategies: labels,
  accounts: labels,
  observers: fc.constant([]),
  groupings: fc.constant([]),
});

describe('an engine without lists', () => {
  it('has the five hot actors, the rings and the threads it always had', () => {
    const { actors, edges, threads } = plainTopology('split', ['journal', 'api']);
    expect(actors).toEqual([...HOT_ACTORS, 'journal', 'analysis', 'api']);
    expect(edges.slice(0, PLAIN_FLOW.length).map(({ name }) => name)).toEqual(PLAIN_FLOW);
    // Five rings of each hot actor, the supervisor to the journal, and commands of the analysis with their answers.
    expect(edges).toHaveLength(PLAIN_FLOW.length + 5 * HOT_ACTORS.length + 1 + 2);
    expect(threads.map(({ name, loop }) => `${name} ${loop}`)).toEqual([
      'journal blocking',
      'api event-loop',
      'egress event-loop',
      'core blocking',
      'ingress event-loop',
    ]);
    expect(reportRings(plainTopology('fused'))).toEqual([
      'execution-to-strategy',
      'execution-to-risk',
      'risk-to-strategy',
    ]);
  });
});

describe('an engine with lanes, strategy actors and accounts', () => {
  const topology = buildTopology(
    shape({ layout: 'dedicated', lanes: ['a', 'b'], strategies: ['x', 'y'], accounts: ['main', 'hedge'] }),
  );

  it('joins each lane to every strategy actor, each of those to risk, and risk to each account', () => {
    const names = topology.edges.map(({ name }) => name);
    expect(names).toContain('feed@a-to-book@a');
    expect(names).not.toContain('feed@a-to-book@b');
    for (const lane of ['a', 'b'])
      for (const actor of ['x', 'y']) expect(names).toContain(`book@${lane}-to-strategy@${actor}`);
    expect(names).toContain('strategy@y-to-risk');
    expect(names).toContain('risk-to-execution@hedge');
    expect(names).toContain('execution@main-to-strategy@x');
    expect(names).toContain('market-data@b-to-journal');
    expect(topologyProblems(topology)).toEqual([]);
  });

  it('gives lanes and accounts threads of their own in split, strategies and risk one core, in fused all one', () => {
    const parts = { lanes: ['a', 'b'], strategies: ['x', 'y'], accounts: ['main', 'hedge'] };
    const split = buildTopology(shape({ layout: 'split', observers: [], ...parts }));
    expect(split.threads.map(({ name }) => name)).toEqual([
      'egress@hedge',
      'egress@main',
      'core',
      'ingress@b',
      'ingress@a',
    ]);
    expect(split.threads[2].actors).toEqual(['strategy@x', 'strategy@y', 'risk']);
    const fused = buildTopology(shape({ layout: 'fused', observers: [], ...parts }));
    expect(fused.threads.map(({ name }) => name)).toEqual(['hot']);
    expect(fused.threads[0].actors.slice(0, 4)).toEqual([
      'market-data@a',
      'orderbook@a',
      'market-data@b',
      'orderbook@b',
    ]);
  });

  it('puts actors on the threads a grouping names, with the loop they need', () => {
    const grouped = buildTopology(
      shape({
        strategies: ['x', 'y'],
        observers: [],
        groupings: [{ name: 'aside', actors: ['strategy@y'] }],
      }),
    );
    expect(grouped.threads).toEqual([
      { name: 'aside', loop: 'blocking', actors: ['strategy@y'] },
      {
        name: 'hot',
        loop: 'event-loop',
        actors: ['market-data', 'orderbook', 'strategy@x', 'risk', 'execution'],
      },
    ]);
    expect(topologyProblems(grouped)).toEqual([]);
  });

  it('says which reader has no writer, which end is nobody and who is in no group', () => {
    const edges = topology.edges.filter(({ name }) => name !== 'feed@a-to-book@a');
    const stray = { ...topology.edges[0], name: 'stray', consumer: 'orderbook@c' as ActorName };
    const problems = topologyProblems({ ...topology, edges: [...edges, stray], groups: [] }).join('\n');
    expect(problems).toContain('actor "orderbook@a" reads from no market-data');
    expect(problems).toContain('ring "stray" ends at "orderbook@c", which the engine does not have');
    expect(problems).toContain('actor "risk" belongs to 0 groups');
  });

  it('can run whatever its shape, and shares memory for each of its rings and actors', () => {
    fc.assert(
      fc.property(shapes, (wanted) => {
        const made = buildTopology(wanted);
        expect(topologyProblems(made)).toEqual([]);
        const { regions } = planMemory(made, 1).map;
        const bytesOf = new Map(regions.map(({ name, byteLength }) => [name, byteLength]));
        for (const { name, capacityBytes } of made.edges)
          expect(bytesOf.get(`ring:${name}`)).toBe(ringBytes(capacityBytes));
        for (const actor of made.actors) expect(bytesOf.has(`control:${actor}`)).toBe(true);
        const strategies = made.actors.filter((actor) => kindOf(actor) === 'strategy');
        expect(strategies.map(labelOf)).toEqual(wanted.strategies);
      }),
      { numRuns: 25 },
    );
  });
});
