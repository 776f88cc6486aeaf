import { invariant } from '../core/assert.ts';
import type { RingDeclaration } from '../ipc/ring.ts';
import { kindOf } from './actor.ts';
import type { ActorKind, ActorName } from './actor.ts';

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

/** OTP's words: what else restarts when one member ends (erlang supervisor, design section 8). */
export type RestartStrategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

/**
 * Actors that are supervised together. rest_for_one follows the forward rings: the actors that read what a failed member
 * wrote restart with it, and no others.
 */
export interface SupervisionGroup {
  readonly name: string;
  readonly strategy: RestartStrategy;
  readonly members: readonly ActorName[];
}

/** The name of a hot-path layout. */
export type TopologyName = 'fused' | 'split' | 'dedicated' | 'invoker';

/**
 * Everything one engine consists of, as plain data that travels to every thread: which actors, the rings between them,
 * who shares a thread and who restarts with whom. Made by `buildTopology`, checked by `topologyProblems`.
 */
export interface EngineTopology {
  /** Hot actors in the order of the flow, then the observers, running or not. */
  readonly actors: readonly ActorName[];
  readonly edges: readonly RingEdge[];
  /** In the order of their start: sinks before sources. */
  readonly threads: readonly ThreadSpec[];
  readonly groups: readonly SupervisionGroup[];
}

const FUSED_CORES_MAX = 4;
const SPLIT_CORES_MAX = 7;

/** The layout for a choice of the config on a machine with `cores` usable cores. */
export function chooseTopology(choice: TopologyName | 'auto', cores: number): TopologyName {
  if (choice !== 'auto') return choice;
  if (cores <= FUSED_CORES_MAX) return 'fused';
  return cores <= SPLIT_CORES_MAX ? 'split' : 'dedicated';
}

/** The thread that hosts `actor`. */
export function threadOf(threads: readonly ThreadSpec[], actor: ActorName): ThreadSpec {
  const thread = threads.find((candidate) => candidate.actors.includes(actor));
  invariant(thread !== undefined, `no thread hosts "${actor}"`);
  return thread;
}

/** The actors of one kind, in the order of the topology. */
export function actorsOf(topology: EngineTopology, kind: ActorKind): readonly ActorName[] {
  return topology.actors.filter((actor) => kindOf(actor) === kind);
}

/** The names of the rings on which strategy and risk learn what became of orders. */
export function reportRings(topology: EngineTopology): readonly string[] {
  const between = (producer: ActorKind, consumer: ActorKind): string[] =>
    topology.edges
      .filter((edge) => edge.direction === 'report' && edge.consumer !== 'supervisor')
      .filter(
        (edge) =>
          kindOf(edge.producer as ActorName) === producer && kindOf(edge.consumer as ActorName) === consumer,
      )
      .map(({ name }) => name);
  return [
    ...between('execution', 'strategy'),
    ...between('execution', 'risk'),
    ...between('risk', 'strategy'),
  ];
}
