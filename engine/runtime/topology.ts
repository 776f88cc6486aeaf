import { invariant } from '../core/assert.ts';
import type { OverflowPolicy, RingDeclaration } from '../ipc/ring.ts';
import { HOT_ACTORS } from './actor.ts';
import type { ActorName, HotActorName } from './actor.ts';

/** Who can stand at an end of a ring: an actor, or the supervisor on the main thread. */
export type RingEnd = ActorName | 'supervisor';

/**
 * forward: the flow from feed to venue, acyclic. report: answers against the flow. command: from the supervisor.
 * tap: copies for observers.
 */
export type RingDirection = 'forward' | 'report' | 'command' | 'tap';

/** One edge of the engine. */
export interface RingEdge extends RingDeclaration {
  readonly producer: RingEnd;
  readonly consumer: RingEnd;
  readonly direction: RingDirection;
}

/** How a thread turns its actors: with an event loop (sockets, timers) or blocking (rings only). */
export type ThreadLoop = 'event-loop' | 'blocking';

/** One thread and the actors it turns, in order. */
export interface ThreadSpec {
  readonly name: string;
  readonly loop: ThreadLoop;
  readonly actors: readonly ActorName[];
}

/** The name of a hot-path layout. */
export type TopologyName = 'fused' | 'split' | 'dedicated' | 'invoker';

const KIB = 1024;

function edge(
  name: string,
  producer: RingEnd,
  consumer: RingEnd,
  direction: RingDirection,
  policy: OverflowPolicy,
  capacityKib: number,
): RingEdge {
  return { name, producer, consumer, direction, policy, capacityBytes: capacityKib * KIB };
}

function flowEdges(): RingEdge[] {
  return [
    edge('feed-to-book', 'market-data', 'orderbook', 'forward', 'lossless', 4096),
    edge('book-to-strategy', 'orderbook', 'strategy', 'forward', 'conflate', 256),
    edge('strategy-to-risk', 'strategy', 'risk', 'forward', 'lossless', 128),
    edge('risk-to-execution', 'risk', 'execution', 'forward', 'lossless', 128),
    edge('book-to-feed', 'orderbook', 'market-data', 'report', 'lossless', 16),
    edge('risk-to-strategy', 'risk', 'strategy', 'report', 'lossless', 128),
    edge('execution-to-risk', 'execution', 'risk', 'report', 'lossless', 512),
    edge('execution-to-strategy', 'execution', 'strategy', 'report', 'lossless', 512),
    edge('book-to-analysis', 'orderbook', 'analysis', 'tap', 'drop', 1024),
  ];
}

function perActorEdges(): RingEdge[] {
  return HOT_ACTORS.flatMap((actor) => [
    edge(`commands-to-${actor}`, 'supervisor', actor, 'command', 'lossless', 16),
    edge(`answers-from-${actor}`, actor, 'supervisor', 'report', 'lossless', 16),
    edge(`${actor}-to-journal`, actor, 'journal', 'tap', 'lossless', 1024),
    edge(`${actor}-to-api`, actor, 'api', 'tap', 'drop', 256),
    edge(`${actor}-to-supervisor`, actor, 'supervisor', 'tap', 'drop', 256),
  ]);
}

/** Every ring of the engine; the same in every topology, also between actors of one thread. */
export const RING_EDGES: readonly RingEdge[] = [
  ...flowEdges(),
  ...perActorEdges(),
  edge('supervisor-to-journal', 'supervisor', 'journal', 'tap', 'lossless', 256),
];

/** The threads of each topology; observers (journal, analysis, api) always have threads of their own. */
export const TOPOLOGIES: Readonly<Record<TopologyName, readonly ThreadSpec[]>> = {
  fused: [{ name: 'hot', loop: 'event-loop', actors: [...HOT_ACTORS] }],
  split: [
    { name: 'ingress', loop: 'event-loop', actors: ['market-data', 'orderbook'] },
    { name: 'core', loop: 'blocking', actors: ['strategy', 'risk'] },
    { name: 'egress', loop: 'event-loop', actors: ['execution'] },
  ],
  dedicated: [
    { name: 'market-data', loop: 'event-loop', actors: ['market-data'] },
    { name: 'orderbook', loop: 'blocking', actors: ['orderbook'] },
    { name: 'strategy', loop: 'blocking', actors: ['strategy'] },
    { name: 'risk', loop: 'blocking', actors: ['risk'] },
    { name: 'execution', loop: 'event-loop', actors: ['execution'] },
  ],
  invoker: [{ name: 'invoker', loop: 'blocking', actors: [...HOT_ACTORS] }],
};

const FUSED_CORES_MAX = 4;
const SPLIT_CORES_MAX = 7;

/** The topology for a choice of the config on a machine with `cores` usable cores. */
export function chooseTopology(choice: TopologyName | 'auto', cores: number): TopologyName {
  if (choice !== 'auto') return choice;
  if (cores <= FUSED_CORES_MAX) return 'fused';
  return cores <= SPLIT_CORES_MAX ? 'split' : 'dedicated';
}

/** Everything wrong with a layout, one sentence each; empty when it may run. Pure. */
export function topologyProblems(threads: readonly ThreadSpec[], edges: readonly RingEdge[]): string[] {
  return [...placementProblems(threads), ...edgeProblems(edges), ...cycleProblems(edges)];
}

/** Throws InvariantViolation naming every problem. Main thread, before anything starts. */
export function validateTopology(threads: readonly ThreadSpec[], edges: readonly RingEdge[]): void {
  const problems = topologyProblems(threads, edges);
  invariant(problems.length === 0, `the topology cannot run: ${problems.join('; ')}`);
}

function placementProblems(threads: readonly ThreadSpec[]): string[] {
  const problems: string[] = [];
  for (const actor of HOT_ACTORS) {
    const homes = threads.filter((thread) => thread.actors.includes(actor));
    if (homes.length !== 1)
      problems.push(`actor "${actor}" has ${homes.length} threads, it needs exactly one`);
  }
  const names = new Set(threads.map((thread) => thread.name));
  if (names.size !== threads.length) problems.push('two threads share a name');
  for (const thread of threads) {
    const ownsSockets = thread.actors.includes('market-data') || thread.actors.includes('execution');
    if (ownsSockets && thread.loop === 'blocking' && thread.name !== 'invoker') {
      problems.push(`thread "${thread.name}" owns sockets and must run an event loop`);
    }
  }
  return problems;
}

function edgeProblems(edges: readonly RingEdge[]): string[] {
  const problems: string[] = [];
  const policies: readonly string[] = ['lossless', 'conflate', 'drop'];
  const names = new Set<string>();
  for (const ring of edges) {
    if (names.has(ring.name))
      problems.push(`ring "${ring.name}" is declared twice: it would have two writers`);
    names.add(ring.name);
    if (!policies.includes(ring.policy)) problems.push(`ring "${ring.name}" has no overflow policy`);
    if (ring.producer === ring.consumer)
      problems.push(`ring "${ring.name}" leads from "${ring.producer}" to itself`);
    if ((ring.capacityBytes & (ring.capacityBytes - 1)) !== 0) {
      problems.push(`ring "${ring.name}" has ${ring.capacityBytes} bytes, not a power of two`);
    }
  }
  return problems;
}

function cycleProblems(edges: readonly RingEdge[]): string[] {
  const forward = edges.filter((ring) => ring.direction === 'forward');
  const remaining = new Set<RingEnd>(forward.flatMap((ring) => [ring.producer, ring.consumer]));
  let removedAny = true;
  while (removedAny) {
    removedAny = false;
    for (const end of remaining) {
      const isFed = forward.some((ring) => ring.consumer === end && remaining.has(ring.producer));
      if (isFed) continue;
      remaining.delete(end);
      removedAny = true;
    }
  }
  if (remaining.size === 0) return [];
  return [`forward rings form a cycle through ${[...remaining].join(', ')}`];
}

/** The thread that hosts `actor`. */
export function threadOf(threads: readonly ThreadSpec[], actor: ActorName): ThreadSpec {
  const thread = threads.find((candidate) => candidate.actors.includes(actor));
  invariant(thread !== undefined, `no thread hosts "${actor}"`);
  return thread;
}

/** Whether `name` is one of the five hot actors. */
export function isHotActor(name: string): name is HotActorName {
  return (HOT_ACTORS as readonly string[]).includes(name);
}
