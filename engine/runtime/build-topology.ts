import { kindOf, OBSERVER_ACTORS } from './actor.ts';
import type { ActorKind, ActorName, HotActorName, ObserverName } from './actor.ts';
import type { EngineTopology, SupervisionGroup, TopologyName } from './topology.ts';
import { engineEdges, hotActorNames } from './topology-edges.ts';
import type { ActorLabels } from './topology-edges.ts';
import { hotThreads, observerThreads } from './topology-threads.ts';
import type { ThreadGrouping } from './topology-threads.ts';

/** What an engine is to be made of. */
export interface TopologyShape extends ActorLabels {
  readonly layout: TopologyName;
  /** The observers that run, in the order of their start. */
  readonly observers: readonly ObserverName[];
  readonly groupings: readonly ThreadGrouping[];
  /** Execution simulates fills with a queue and hears of the market; absent = it does not. */
  readonly simulatesQueues?: boolean;
}

function supervisionGroups(hot: readonly HotActorName[]): SupervisionGroup[] {
  const hotOf = (...kinds: ActorKind[]): ActorName[] => hot.filter((actor) => kinds.includes(kindOf(actor)));
  return [
    { name: 'observers', strategy: 'one_for_one', members: ['journal', 'api', 'analysis'] },
    // The order is the order of start: execution stands before risk approves.
    { name: 'trading', strategy: 'one_for_all', members: [...hotOf('execution'), ...hotOf('risk')] },
    { name: 'data', strategy: 'rest_for_one', members: hotOf('market-data', 'orderbook', 'strategy') },
  ];
}

/** Makes an engine's topology out of its shape; whether it can run is for `validateTopology` to say. Pure. */
export function buildTopology(shape: TopologyShape): EngineTopology {
  const hot = hotActorNames(shape);
  return {
    actors: [...hot, ...OBSERVER_ACTORS],
    edges: engineEdges(shape, shape.simulatesQueues ?? false),
    threads: [
      ...observerThreads(shape.observers),
      ...hotThreads(shape.layout, hot, shape.groupings).reverse(),
    ],
    groups: supervisionGroups(hot),
  };
}

/** One lane, one strategy actor, one account: what an engine is without any of the lists in its config. Pure. */
export function plainTopology(
  layout: TopologyName,
  observers: readonly ObserverName[] = [],
  simulatesQueues = false,
): EngineTopology {
  const one = { lanes: [''], strategies: [''], accounts: [''] };
  return buildTopology({ layout, ...one, observers, groupings: [], simulatesQueues });
}
