import { HOT_ACTORS, kindOf, labelOf } from './actor.ts';
import type { ActorKind, HotActorKind, HotActorName, ObserverName } from './actor.ts';
import type { ThreadLoop, ThreadSpec, TopologyName } from './topology.ts';

/** Actors that are taken out of their places and share the named thread, in the order of the flow. */
export interface ThreadGrouping {
  readonly name: string;
  readonly actors: readonly HotActorName[];
}

const SPLIT_WORDS: Readonly<Record<HotActorKind, string>> = {
  'market-data': 'ingress',
  orderbook: 'ingress',
  strategy: 'core',
  risk: 'core',
  execution: 'egress',
};

const OBSERVER_LOOPS: Readonly<Record<ObserverName, ThreadLoop>> = {
  journal: 'blocking',
  analysis: 'event-loop',
  api: 'event-loop',
};

/** Whether actors of this kind own sockets, which need an event loop. */
export function ownsSockets(kind: ActorKind): boolean {
  return kind === 'market-data' || kind === 'execution';
}

/** The thread of an actor where no grouping says otherwise. Strategies and risk share their core in `split`. */
function plainThread(layout: TopologyName, actor: HotActorName): string {
  switch (layout) {
    case 'fused':
      return 'hot';
    case 'invoker':
      return 'invoker';
    case 'dedicated':
      return actor;
    case 'split': {
      const word = SPLIT_WORDS[kindOf(actor)];
      const label = labelOf(actor);
      return word === 'core' || label === '' ? word : `${word}@${label}`;
    }
  }
}

function loopOf(layout: TopologyName, name: string, actors: readonly HotActorName[]): ThreadLoop {
  if (layout === 'invoker') return 'blocking';
  if (name === 'hot') return 'event-loop';
  return actors.some((actor) => ownsSockets(kindOf(actor))) ? 'event-loop' : 'blocking';
}

/** The hot threads of a layout, in the order of the flow. Pure. */
export function hotThreads(
  layout: TopologyName,
  actors: readonly HotActorName[],
  groupings: readonly ThreadGrouping[],
): ThreadSpec[] {
  const byThread = new Map<string, HotActorName[]>();
  for (const actor of actors) {
    const grouping = groupings.find((candidate) => candidate.actors.includes(actor));
    const name = grouping?.name ?? plainThread(layout, actor);
    byThread.set(name, [...(byThread.get(name) ?? []), actor]);
  }
  return [...byThread].map(([name, members]) => ({
    name,
    loop: loopOf(layout, name, members),
    actors: members,
  }));
}

/** The threads of the observers, one each. Pure. */
export function observerThreads(observers: readonly ObserverName[]): ThreadSpec[] {
  return observers.map((name) => ({ name, loop: OBSERVER_LOOPS[name], actors: [name] }));
}

/** Whether a thread has an actor of every kind, so that a tick becomes an order without leaving it. */
export function hasWholePath(thread: ThreadSpec): boolean {
  return HOT_ACTORS.every((kind) => thread.actors.some((actor) => kindOf(actor) === kind));
}
