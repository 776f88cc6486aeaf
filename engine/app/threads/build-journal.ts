import { JournalActor } from '../../journal/journal-actor.ts';
import { JournalCell } from '../../journal/journal-cell.ts';
import { isHotActor } from '../../runtime/actor.ts';
import type { Actor } from '../../runtime/actor.ts';
import type { BuildContext } from './build-context.ts';

/** Builds the journal actor. */
export function buildActor(context: BuildContext): Actor {
  const { plan, wiring } = context;
  const producers = [
    ...wiring.topology.actors.filter(isHotActor).map((actor) => `${actor}-to-journal`),
    'supervisor-to-journal',
  ];
  return new JournalActor({
    subscriptions: producers.map((name) => wiring.subscription(name, null)),
    cell: new JournalCell(wiring.buffer, wiring.region('state:journal')),
    clock: context.clock,
    counters: wiring.counters('journal'),
    errors: wiring.errors(),
    directory: plan.journalDirectory,
    segmentBytes: plan.config.journal.segmentBytes,
    syncIntervalNs: plan.config.journal.fsyncIntervalMs * 1e6,
    run: context.runIdentity(),
  });
}
