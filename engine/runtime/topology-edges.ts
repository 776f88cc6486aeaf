import type { OverflowPolicy } from '../ipc/ring.ts';
import { actorName, HOT_ACTORS } from './actor.ts';
import type { HotActorKind, HotActorName } from './actor.ts';
import type { RingDirection, RingEdge, RingEnd } from './topology.ts';

const KIB = 1024;

/** What a ring's name calls its ends; an actor with a label is `book@label`. */
const RING_WORDS: Readonly<Record<HotActorKind, string>> = {
  'market-data': 'feed',
  orderbook: 'book',
  strategy: 'strategy',
  risk: 'risk',
  execution: 'execution',
};

/** The labels of the actors an engine has several of; the empty label is an actor that needs none. */
export interface ActorLabels {
  readonly lanes: readonly string[];
  readonly strategies: readonly string[];
  readonly accounts: readonly string[];
}

/** The labels of the actors of one kind. */
export function labelsOf(labels: ActorLabels, kind: HotActorKind): readonly string[] {
  switch (kind) {
    case 'market-data':
    case 'orderbook':
      return labels.lanes;
    case 'strategy':
      return labels.strategies;
    case 'risk':
      return [''];
    case 'execution':
      return labels.accounts;
  }
}

/** The hot actors in the order of the flow, each lane's pair together. */
export function hotActorNames(labels: ActorLabels): HotActorName[] {
  const pairs = labels.lanes.flatMap((label) => [
    actorName('market-data', label),
    actorName('orderbook', label),
  ]);
  const rest = HOT_ACTORS.slice(2).flatMap((kind) =>
    labelsOf(labels, kind).map((label) => actorName(kind, label)),
  );
  return [...pairs, ...rest];
}

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

function ringEnd(kind: HotActorKind, label: string): string {
  return label === '' ? RING_WORDS[kind] : `${RING_WORDS[kind]}@${label}`;
}

/** A ring from every actor of one kind to every actor of another; feed and book belong to one lane. */
function rings(
  labels: ActorLabels,
  from: HotActorKind,
  to: HotActorKind,
  direction: RingDirection,
  policy: OverflowPolicy,
  capacityKib: number,
): RingEdge[] {
  const isInLane = labelsOf(labels, from) === labels.lanes && labelsOf(labels, to) === labels.lanes;
  return labelsOf(labels, from).flatMap((fromLabel) =>
    (isInLane ? [fromLabel] : labelsOf(labels, to)).map((toLabel) =>
      edge(
        `${ringEnd(from, fromLabel)}-to-${ringEnd(to, toLabel)}`,
        actorName(from, fromLabel),
        actorName(to, toLabel),
        direction,
        policy,
        capacityKib,
      ),
    ),
  );
}

function flowEdges(labels: ActorLabels): RingEdge[] {
  return [
    ...rings(labels, 'market-data', 'orderbook', 'forward', 'lossless', 4096),
    ...rings(labels, 'orderbook', 'strategy', 'forward', 'conflate', 256),
    ...rings(labels, 'strategy', 'risk', 'forward', 'lossless', 128),
    ...rings(labels, 'risk', 'execution', 'forward', 'lossless', 128),
    ...rings(labels, 'orderbook', 'market-data', 'report', 'lossless', 16),
    ...rings(labels, 'risk', 'strategy', 'report', 'lossless', 128),
    ...rings(labels, 'execution', 'risk', 'report', 'lossless', 512),
    ...rings(labels, 'execution', 'strategy', 'report', 'lossless', 512),
    ...labels.lanes.map((label) =>
      edge(
        `${ringEnd('orderbook', label)}-to-analysis`,
        actorName('orderbook', label),
        'analysis',
        'tap',
        'drop',
        1024,
      ),
    ),
  ];
}

function actorEdges(actor: HotActorName): RingEdge[] {
  return [
    edge(`commands-to-${actor}`, 'supervisor', actor, 'command', 'lossless', 16),
    edge(`answers-from-${actor}`, actor, 'supervisor', 'report', 'lossless', 16),
    edge(`${actor}-to-journal`, actor, 'journal', 'tap', 'lossless', 1024),
    edge(`${actor}-to-api`, actor, 'api', 'tap', 'drop', 256),
    edge(`${actor}-to-supervisor`, actor, 'supervisor', 'tap', 'drop', 256),
  ];
}

/**
 * Every ring of an engine; the same however its actors are spread over threads. Pure.
 * @param simulatesQueues execution simulates fills and is told what happens at the levels its orders rest at
 */
export function engineEdges(labels: ActorLabels, simulatesQueues: boolean): RingEdge[] {
  return [
    ...flowEdges(labels),
    ...hotActorNames(labels).flatMap(actorEdges),
    edge('commands-to-analysis', 'supervisor', 'analysis', 'command', 'lossless', 16),
    edge('answers-from-analysis', 'analysis', 'supervisor', 'report', 'lossless', 16),
    edge('supervisor-to-journal', 'supervisor', 'journal', 'tap', 'lossless', 256),
    ...(simulatesQueues ? rings(labels, 'orderbook', 'execution', 'tap', 'lossless', 1024) : []),
  ];
}
