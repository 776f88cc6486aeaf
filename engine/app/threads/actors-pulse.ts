import { ACTOR_STATE } from '../../runtime/actor-control.ts';
import { HOT_ACTORS } from '../../runtime/actor.ts';
import { actorsOf } from '../../runtime/topology.ts';
import type { Wiring } from './wiring.ts';

/** An actor that did not beat for so long is not healthy, even where the supervisor waits longer. */
const SILENT_NS = 5e9;

/**
 * Whether every actor that orders depend on runs and beats, from their control blocks: what a venue's dead-man switch goes by.
 * Any thread; allocates nothing.
 */
export function actorsPulse(wiring: Wiring): () => boolean {
  const controls = HOT_ACTORS.flatMap((kind) => actorsOf(wiring.topology, kind)).map((name) =>
    wiring.actorControl(name),
  );
  return () => {
    const leastNs = wiring.clock.nowNs() - SILENT_NS;
    for (const control of controls) {
      if (control.state() !== ACTOR_STATE.running || control.lastBeatNs() < leastNs) return false;
    }
    return true;
  };
}
