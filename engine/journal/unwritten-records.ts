import { messageNameOf } from '../messages/describe.ts';
import type { JournalCell } from './journal-cell.ts';
import { recordBytes, sequenceAt } from './record-format.ts';

/** Journal records that exist in memory only. */
export interface UnwrittenRecords {
  readonly total: number;
  /** How many of each message. */
  readonly byMessage: Readonly<Record<string, number>>;
}

/** Hands the template id of every record that still waits in a ring to `onType`. */
export type WaitingRecords = (onType: (type: number) => void) => void;

/**
 * Counts what a run leaves behind without having written it: the journal's batch above `lastSequence` (the last
 * sequence in the file) and what waits in the rings to the journal. Main thread, when all threads have ended.
 */
export function unwrittenRecords(
  cell: JournalCell,
  lastSequence: number,
  waiting: readonly WaitingRecords[],
): UnwrittenRecords {
  const byMessage: Record<string, number> = {};
  let total = 0;
  const count = (type: number): void => {
    const name = messageNameOf(type) ?? `message ${type}`;
    byMessage[name] = (byMessage[name] ?? 0) + 1;
    total++;
  };
  const { batch } = cell;
  const end = cell.batchBytes();
  for (let at = 0; at < end; at += recordBytes(batch.i32[at >> 2])) {
    if (sequenceAt(batch, at) > lastSequence) count(batch.i32[(at >> 2) + 1]);
  }
  for (const each of waiting) each(count);
  return { total, byMessage };
}

/** The records as part of a sentence: `3 Fill, 2 OrderUpdate`. */
export function unwrittenText({ byMessage }: UnwrittenRecords): string {
  return Object.entries(byMessage)
    .map(([message, count]) => `${count} ${message}`)
    .join(', ');
}
