import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { takeCheckpoint } from './checkpoint.ts';
import type { Checkpoint, LogEnds } from './checkpoint.ts';
import {
  listCheckpoints,
  listDrafts,
  newestCheckpoint,
  nextCheckpointName,
  writeCheckpoint,
} from './checkpoint-file.ts';
import { DISK } from './durable-files.ts';
import type { DurableFiles } from './durable-files.ts';
import {
  MONO_NS_AT,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  decodeSegmentHeader,
  logBuffer,
} from './record-format.ts';
import { readLogs, refuseDamage, repeatsIn, stateOf } from './recovery.ts';
import type { JournalReading } from './recovery.ts';
import type { JournaledOrder } from './journaled-facts.ts';
import { listSegments, logNamesIn } from './segment-files.ts';
import type { LogName } from './segment-files.ts';
import { LOG_BEGINNING } from './segment-scan.ts';
import { isOver, settle } from './settled-books.ts';
import type { SettledBooks } from './settled-books.ts';

/** A file that can go. */
export interface PrunableFile {
  readonly file: string;
  readonly bytes: number;
}

/** What a prune does, or would do. */
export interface PrunePlan {
  /** Segments whose records are all older than the moment asked for; the last of each log stays. */
  readonly segments: readonly PrunableFile[];
  /** Files that an earlier prune could not remove any more. */
  readonly leftovers: readonly PrunableFile[];
  /** The last segment of each log that goes. */
  readonly untilSegments: Readonly<Partial<Record<LogName, number>>>;
}

/** What a prune did. */
export interface PruneResult {
  /** The new checkpoint; null = none was needed, or it did not hold. */
  readonly checkpoint: string | null;
  readonly removed: readonly PrunableFile[];
  /** Why nothing was removed: what the checkpoint would have recovered otherwise than the records do; null = all is well. */
  readonly difference: string | null;
}

/**
 * What a prune would remove: changes nothing and reads no more than the beginnings of files, so it is cheap and may be
 * asked while an engine runs.
 * @param olderThanUs wall clock in microseconds: what was written before it may go
 */
export function planPrune(directory: string, olderThanUs: number): PrunePlan {
  const newest = newestCheckpoint(directory);
  return planFrom(directory, newest.file, newest.ends, olderThanUs);
}

/**
 * Puts down in a checkpoint what the older records say, reads it back, and removes them once recovery from it gives the
 * same as recovery from the records. May die at any step: the next start recovers the same. Under the state folder's lock,
 * while nobody writes the journal.
 * @throws JournalError JOURNAL_CORRUPT, JOURNAL_VERSION, JOURNAL_UNITS as recovery does; nothing was removed then
 */
export function pruneJournal(
  directory: string,
  olderThanUs: number,
  files: DurableFiles = DISK,
): PruneResult {
  const asked = planPrune(directory, olderThanUs);
  if (asked.segments.length === 0 && asked.leftovers.length === 0) return NOTHING;
  const before = readLogs(directory);
  refuseDamage(directory, before);
  // A checkpoint whose body is damaged has been passed over by now.
  const plan = planFrom(directory, before.checkpointFile, before.began, olderThanUs);
  if (plan.segments.length === 0) {
    return { ...NOTHING, removed: removeAll(directory, plan.leftovers, files) };
  }
  const books = settle(before.model);
  const isClosed = ({ intentSeq }: JournaledOrder): boolean => {
    const order = before.model.orders.get(intentSeq);
    return order !== undefined && isOver(order) && order.lastEpochUs < olderThanUs;
  };
  const file = nextCheckpointName(directory);
  const covered = readLogs(directory, plan.untilSegments);
  writeCheckpoint(directory, file, checkpointAt(covered, settle(covered.model), isClosed), files);
  const after = readLogs(directory);
  const difference =
    after.checkpointFile === file
      ? differenceBetween(knowledge(before, books, isClosed), knowledge(after, settle(after.model), isClosed))
      : `it cannot be read back (${after.damagedCheckpoints.join('; ')})`;
  if (difference !== null) {
    removeAll(directory, [sized(directory, file)], files);
    return { ...NOTHING, difference: `${file}: ${difference}` };
  }
  const { leftovers } = planFrom(directory, file, after.began, olderThanUs);
  return { checkpoint: file, removed: removeAll(directory, leftovers, files), difference: null };
}

const NOTHING: PruneResult = { checkpoint: null, removed: [], difference: null };

/** The plan for a folder whose records begin at `began`, after a checkpoint. */
function planFrom(
  directory: string,
  checkpointFile: string | null,
  began: LogEnds,
  olderThanUs: number,
): PrunePlan {
  const segments: PrunableFile[] = [];
  const untilSegments: Partial<Record<LogName, number>> = {};
  const leftovers: PrunableFile[] = [];
  for (const log of logNamesIn(directory)) {
    const { segment } = began[log] ?? LOG_BEGINNING;
    const all = listSegments(directory, log);
    for (const { file, number } of all) {
      if (number <= segment) leftovers.push(sized(directory, file));
    }
    const present = all.filter(({ number }) => number > segment);
    for (const [index, { file, number }] of present.slice(0, -1).entries()) {
      // A file is as old as its last record, which comes before the next file's first one.
      if (beginningUs(directory, present[index + 1].file) >= olderThanUs) break;
      segments.push(sized(directory, file));
      untilSegments[log] = number;
    }
  }
  for (const file of [...listCheckpoints(directory), ...listDrafts(directory)]) {
    if (file !== checkpointFile) leftovers.push(sized(directory, file));
  }
  return { segments, leftovers, untilSegments };
}

function checkpointAt(
  { model, scans }: JournalReading,
  books: SettledBooks,
  isClosed: (order: JournaledOrder) => boolean,
): Checkpoint {
  const ends = Object.fromEntries(
    scans.map(({ log, lastSegment, lastSequence }) => [
      log,
      { segment: lastSegment, sequence: lastSequence },
    ]),
  );
  return takeCheckpoint(model, books, ends, repeatsIn(scans), isClosed);
}

/** All that a reading knows, for comparing: what a checkpoint at its end would hold, and what recovery makes of it. */
function knowledge(
  reading: JournalReading,
  books: SettledBooks,
  isClosed: (order: JournaledOrder) => boolean,
): Readonly<Record<string, unknown>> {
  const checkpoint = checkpointAt(reading, books, isClosed);
  const { damagedCheckpoints: _, ...state } = stateOf(reading, books);
  return { ...checkpoint, ...state };
}

/** A sentence on the first thing that differs; null = nothing does. */
function differenceBetween(
  records: Readonly<Record<string, unknown>>,
  checkpoint: Readonly<Record<string, unknown>>,
): string | null {
  for (const [name, value] of Object.entries(records)) {
    const wanted = piecesOf(value);
    const found = piecesOf(checkpoint[name]);
    for (let index = 0; index < Math.max(wanted.length, found.length); index++) {
      const [ofRecords, ofCheckpoint] = [wanted[index], found[index]].map((piece) => JSON.stringify(piece));
      if (ofRecords === ofCheckpoint) continue;
      return `${name} differs: the records make ${ofRecords ?? 'nothing'}, the checkpoint ${ofCheckpoint ?? 'nothing'}`;
    }
  }
  return null;
}

/** Lists are compared piece by piece: as one text a long one may be too long. */
function piecesOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

/** Wall clock of the first record of a segment, or of its run's start when there is none. */
function beginningUs(directory: string, file: string): number {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES);
  const fd = openSync(join(directory, file), 'r');
  let length: number;
  try {
    length = readSync(fd, bytes);
  } finally {
    closeSync(fd);
  }
  const log = logBuffer(bytes.buffer, 0, bytes.length);
  const header = decodeSegmentHeader({ ...log, u8: bytes.subarray(0, length) });
  // Damage is recovery's to tell: nothing is taken for old because of it.
  if (typeof header === 'string') return Infinity;
  if (length < bytes.length) return header.startEpochUs;
  return header.startEpochUs + log.f64[(SEGMENT_HEADER_BYTES + MONO_NS_AT) >> 3] / 1000;
}

function removeAll(
  directory: string,
  gone: readonly PrunableFile[],
  files: DurableFiles,
): readonly PrunableFile[] {
  for (const { file } of gone) files.remove(join(directory, file));
  if (gone.length > 0) files.syncDirectory(directory);
  return gone;
}

function sized(directory: string, file: string): PrunableFile {
  return { file, bytes: statSync(join(directory, file)).size };
}
