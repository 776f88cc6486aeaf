import { invariant } from '../core/assert.ts';
import { isHotActor, kindOf } from './actor.ts';
import type { ActorName, HotActorKind } from './actor.ts';
import type { EngineTopology, RingEdge, RingEnd, ThreadSpec } from './topology.ts';
import { ownsSockets } from './topology-threads.ts';

/** Which kinds each kind of actor must hear through a lossless or conflating ring, beside the supervisor. */
const HEARS: Readonly<Record<HotActorKind, readonly HotActorKind[]>> = {
  'market-data': ['orderbook'],
  orderbook: ['market-data'],
  strategy: ['orderbook', 'risk', 'execution'],
  risk: ['strategy', 'execution'],
  execution: ['risk'],
};

/** Everything wrong with a topology, one sentence each; empty when it may run. Pure. */
export function topologyProblems(topology: EngineTopology): string[] {
  return [
    ...placementProblems(topology),
    ...groupProblems(topology),
    ...edgeProblems(topology.edges),
    ...endProblems(topology),
    ...hearingProblems(topology),
    ...cycleProblems(topology.edges),
  ];
}

/** Throws InvariantViolation naming every problem. Main thread, before anything starts. */
export function validateTopology(topology: EngineTopology): void {
  const problems = topologyProblems(topology);
  invariant(problems.length === 0, `the topology cannot run: ${problems.join('; ')}`);
}

function placementProblems({ actors, threads }: EngineTopology): string[] {
  const problems: string[] = [];
  for (const actor of actors) {
    const homes = threads.filter((thread) => thread.actors.includes(actor));
    // Observers that are switched off have no thread.
    if (homes.length === 1 || (homes.length === 0 && !isHotActor(actor))) continue;
    problems.push(`actor "${actor}" has ${homes.length} threads, it needs exactly one`);
  }
  if (new Set(actors).size !== actors.length) problems.push('two actors share a name');
  const names = new Set(threads.map((thread) => thread.name));
  if (names.size !== threads.length) problems.push('two threads share a name');
  for (const thread of threads) problems.push(...threadProblems(actors, thread));
  return problems;
}

function threadProblems(actors: readonly ActorName[], thread: ThreadSpec): string[] {
  const problems = thread.actors
    .filter((actor) => !actors.includes(actor))
    .map((actor) => `thread "${thread.name}" hosts "${actor}", which the engine does not have`);
  const hasSockets = thread.actors.some((actor) => ownsSockets(kindOf(actor)));
  if (hasSockets && thread.loop === 'blocking' && thread.name !== 'invoker') {
    problems.push(`thread "${thread.name}" owns sockets and must run an event loop`);
  }
  if (thread.actors.some(isHotActor) && !thread.actors.every(isHotActor)) {
    problems.push(`thread "${thread.name}" mixes hot actors with observers`);
  }
  return problems;
}

function groupProblems({ actors, groups }: EngineTopology): string[] {
  return actors.flatMap((actor) => {
    const count = groups.filter(({ members }) => members.includes(actor)).length;
    return count === 1 ? [] : [`actor "${actor}" belongs to ${count} groups, it needs exactly one`];
  });
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
    if (ring.policy !== 'lossless' && isOwed(ring)) {
      problems.push(`ring "${ring.name}" carries what must not be lost and is not lossless`);
    }
  }
  return problems;
}

/** Orders, reports and what the journal holds may wait, but not get lost. */
function isOwed({ consumer }: RingEdge): boolean {
  if (consumer === 'supervisor') return false;
  return ['journal', 'risk', 'execution'].includes(kindOf(consumer));
}

function endProblems({ actors, edges }: EngineTopology): string[] {
  const known = new Set<RingEnd>([...actors, 'supervisor']);
  return edges.flatMap(({ name, producer, consumer }) =>
    [producer, consumer]
      .filter((end) => !known.has(end))
      .map((end) => `ring "${name}" ends at "${end}", which the engine does not have`),
  );
}

/** Every reader has a writer: an actor without one of its inputs would wait for ever. */
function hearingProblems({ actors, edges }: EngineTopology): string[] {
  const problems: string[] = [];
  for (const actor of actors) {
    const writers = edges.filter(({ consumer }) => consumer === actor).map(({ producer }) => producer);
    if (!isHotActor(actor)) continue;
    if (!writers.includes('supervisor')) problems.push(`actor "${actor}" gets no commands`);
    for (const kind of HEARS[kindOf(actor)]) {
      if (writers.some((writer) => writer !== 'supervisor' && kindOf(writer) === kind)) continue;
      problems.push(`actor "${actor}" reads from no ${kind}`);
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
