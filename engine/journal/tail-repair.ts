import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  ftruncateSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { newestCheckpoint } from './checkpoint-file.ts';
import { JournalError, isOutOfSpace } from './journal-error.ts';
import type { LogName } from './segment-files.ts';
import { LOG_BEGINNING, scanLog } from './segment-scan.ts';
import type { JournalFinding, LogScan } from './segment-scan.ts';
import { syncDirectory } from './segment-writer.ts';

/** A torn tail that was cut off its log. */
export interface CutTail {
  readonly file: string;
  /** Byte where the file ends now; 0 = the whole file was put aside. */
  readonly offset: number;
  /** File name of the uncut copy, in the same folder. */
  readonly keptAs: string;
}

/**
 * Cuts the torn tail of a log, if `scan` found one: the uncut file is kept aside, the log ends after its last complete
 * record. Durable when it returns. Only while nobody writes the log. Returns null when there was nothing to cut.
 * @throws JournalError JOURNAL_NO_SPACE when there is no room for the copy; nothing was cut then
 */
export function cutTornTail(directory: string, scan: LogScan): CutTail | null {
  const torn = scan.findings.find((finding) => finding.kind === 'torn-tail');
  return torn === undefined ? null : cutAt(directory, torn);
}

/** Gives room back that was set aside for a log's files and not used. Only while nobody writes the log. */
export function cutUnused(directory: string, scan: LogScan): void {
  for (const { file, offset } of scan.unused) truncateSync(join(directory, file), offset);
}

/** The last one may hold nothing but a torn header; then the one before it has the last sequence. */
const SEGMENTS_LOOKED_AT = 2;

/** Makes a log ready to be continued: cuts its torn tail and says where the next record goes. */
export function prepareToContinue(
  directory: string,
  log: LogName,
): { readonly nextSequence: number; readonly nextSegment: number; readonly cut: CutTail | null } {
  const scan = scanLog(directory, log, () => {}, {
    after: newestCheckpoint(directory).ends[log] ?? LOG_BEGINNING,
    lastSegmentsOnly: SEGMENTS_LOOKED_AT,
  });
  const cut = cutTornTail(directory, scan);
  cutUnused(directory, scan);
  const isWholeFileGone = cut !== null && cut.offset === 0;
  return {
    nextSequence: scan.lastSequence + 1,
    nextSegment: isWholeFileGone ? scan.lastSegment : scan.lastSegment + 1,
    cut,
  };
}

function cutAt(directory: string, torn: JournalFinding): CutTail {
  const keptAs = freeName(directory, `${torn.file}.torn-${torn.offset}`);
  const path = join(directory, torn.file);
  if (torn.offset === 0) {
    renameSync(path, join(directory, keptAs));
  } else {
    keepCopy(path, join(directory, keptAs));
    const fd = openSync(path, 'r+');
    try {
      ftruncateSync(fd, torn.offset);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
  syncDirectory(directory);
  return { file: torn.file, offset: torn.offset, keptAs };
}

/** The copy needs no room on file systems that share blocks between files. */
function keepCopy(path: string, copy: string): void {
  try {
    copyFileSync(path, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } catch (error) {
    rmSync(copy, { force: true });
    if (!isOutOfSpace(error)) throw error;
    throw new JournalError(
      'JOURNAL_NO_SPACE',
      `no room for a copy of ${path}, whose torn end must be cut before the log goes on; free some space and start again`,
    );
  }
}

function freeName(directory: string, wanted: string): string {
  let name = wanted;
  for (let count = 2; existsSync(join(directory, name)); count++) name = `${wanted}-${count}`;
  return name;
}
