import type { ActorName } from './actor.ts';
import type { EngineTopology, SupervisionGroup, ThreadSpec } from './topology.ts';

/** The group `actor` belongs to. */
export function groupOf(topology: EngineTopology, actor: ActorName): SupervisionGroup {
  for (const group of topology.groups) if (group.members.includes(actor)) return group;
  throw new RangeError(`actor "${actor}" belongs to no group`);
}

function groupRestart(topology: EngineTopology, actor: ActorName): readonly ActorName[] {
  const group = groupOf(topology, actor);
  if (group.strategy === 'one_for_one') return [actor];
  if (group.strategy === 'one_for_all') return group.members;
  const reached = downstream(topology, group, actor);
  return group.members.filter((member) => reached.has(member));
}

/** An actor and the members of its group that live on what it writes, directly or through others. */
function downstream(topology: EngineTopology, group: SupervisionGroup, actor: ActorName): Set<ActorName> {
  const reached = new Set<ActorName>([actor]);
  for (const from of reached) {
    for (const { producer, consumer, direction } of topology.edges) {
      if (direction !== 'forward' || producer !== from || consumer === 'supervisor') continue;
      if (group.members.includes(consumer)) reached.add(consumer);
    }
  }
  return reached;
}

/**
 * Every actor that must restart when `actor` failed. `endedThread` is the thread that died with it, or null when only
 * the actor threw and its thread lives on: the thread's other actors died too, and their groups' rules apply to them.
 */
export function restartSet(
  topology: EngineTopology,
  actor: ActorName,
  endedThread: ThreadSpec | null,
): Set<ActorName> {
  const set = new Set<ActorName>();
  for (const ended of endedThread === null ? [actor] : endedThread.actors) {
    for (const member of groupRestart(topology, ended)) set.add(member);
  }
  return set;
}

/**
 * Intensity: more than `restartsMax` incidents within `periodNs` means that restarting does not help.
 * One per group; main thread.
 */
export class RestartIntensity {
  private readonly restartsMax: number;
  private readonly periodNs: number;
  private readonly incidentsNs: number[] = [];

  constructor(restartsMax: number, periodNs: number) {
    this.restartsMax = restartsMax;
    this.periodNs = periodNs;
  }

  /** Notes an incident; false when the group has now failed too often. */
  allows(nowNs: number): boolean {
    this.incidentsNs.push(nowNs);
    while (this.incidentsNs.length > 0 && nowNs - this.incidentsNs[0] > this.periodNs)
      this.incidentsNs.shift();
    return this.incidentsNs.length <= this.restartsMax;
  }
}
