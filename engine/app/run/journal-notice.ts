import { CommandRefusal, PROBLEM } from '../../control/command.ts';
import type { Publication, RecordView } from '../../ipc/ring.ts';
import type { Wiring } from '../threads/wiring.ts';

/** How long the journal may take to read a record. */
const JOURNAL_MS = 2_000;
const LOOK_MS = 2;

/** The supervisor's way to the journal. */
export interface JournalNotices {
  readonly wiring: Wiring;
  /** supervisor-to-journal. */
  readonly journal: Publication;
}

/**
 * Writes a record for the journal; resolves when the journal has read it, so that no record which takes it for granted can
 * come before it. Main thread. @throws CommandRefusal busy
 */
export async function tellJournal(
  { wiring, journal }: JournalNotices,
  type: number,
  byteLength: number,
  write: (view: RecordView, byteOffset: number) => void,
): Promise<void> {
  const at = journal.tryClaim(type, byteLength);
  if (at < 0) throw new CommandRefusal(PROBLEM.busy, 'the journal takes no record now; try again');
  write(journal.view, at);
  journal.commit();
  const monitor = wiring.monitorNamed('supervisor-to-journal');
  const deadlineNs = wiring.clock.nowNs() + JOURNAL_MS * 1e6;
  while (monitor.read().depth > 0) {
    if (wiring.clock.nowNs() > deadlineNs)
      throw new CommandRefusal(PROBLEM.busy, 'the journal did not take the record');
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
  }
}
