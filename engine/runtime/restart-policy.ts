import type { ActorName } from './actor.ts';
import type { ThreadSpec } from './topology.ts';

/** OTP's words: what else restarts when one member ends (erlang supervisor, design section 8). */
export type RestartStrategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

/** Actors that are supervised together; the order is the order of start. */
export interface SupervisionGroup {
  readonly name: string;
  readonly strategy: RestartStrategy;
  readonly members: readonly ActorName[];
}

export const SUPERVISION_GROUPS: readonly SupervisionGroup[] = [
  { name: 'observers', strategy: 'one_for_one', members: ['journal', 'api', 'analysis'] },
  { name: 'trading', strategy: 'one_for_all', members: ['execution', 'risk'] },
  { name: 'data', strategy: 'rest_for_one', members: ['market-data', 'orderbook', 'strategy'] },
];

/** The group `actor` belongs to. */
export function groupOf(actor: ActorName): SupervisionGroup {
  for (const group of SUPERVISION_GROUPS) if (group.members.includes(actor)) return group;
  throw new RangeError(`actor "${actor}" belongs to no group`);
}

function groupRestart(actor: ActorName): readonly ActorName[] {
  const group = groupOf(actor);
  if (group.strategy === 'one_for_one') return [actor];
  if (group.strategy === 'one_for_all') return group.members;
  return group.members.slice(group.members.indexOf(actor));
}

/**
 * Every actor that must restart when `actor` failed. `endedThread` is the thread that died with it, or null when only
 * the actor threw and its thread lives on: the thread's other actors died too, and their groups' rules apply to them.
 */
export function restartSet(actor: ActorName, endedThread: ThreadSpec | null): Set<ActorName> {
  const set = new Set<ActorName>();
  for (const ended of endedThread === null ? [actor] : endedThread.actors) {
    for (const member of groupRestart(ended)) set.add(member);
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
