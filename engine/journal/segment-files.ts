import { readdirSync } from 'node:fs';
import { JournalError } from './journal-error.ts';
import { LOG_KIND } from './record-format.ts';

/** The two logs of a journal folder. */
export type LogName = 'journal' | 'intents';

export const LOG_NAMES: readonly LogName[] = ['journal', 'intents'];

/** One segment file by its name. */
export interface SegmentFile {
  readonly log: LogName;
  readonly number: number;
  /** File name inside the journal folder. */
  readonly file: string;
}

/** The name of a segment's file: `journal-00000001.log`. */
export function segmentFileName(log: LogName, segmentNumber: number): string {
  return `${log}-${String(segmentNumber).padStart(8, '0')}.log`;
}

/** The LOG_KIND a log's segments carry. */
export function logKind(log: LogName): number {
  return LOG_KIND[log];
}

/**
 * The segments of one log in the order of their numbers; other files (cut tails, archives) are not looked at.
 * @throws JournalError JOURNAL_DIRECTORY when the folder cannot be read
 */
export function listSegments(directory: string, log: LogName): SegmentFile[] {
  const segments: SegmentFile[] = [];
  for (const file of journalFiles(directory)) {
    const match = /^(journal|intents)-(\d{8,})\.log$/.exec(file);
    if (match !== null && match[1] === log) segments.push({ log, number: Number(match[2]), file });
  }
  return segments.sort((a, b) => a.number - b.number);
}

/** Names of everything in a journal folder. @throws JournalError JOURNAL_DIRECTORY when the folder cannot be read */
export function journalFiles(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new JournalError('JOURNAL_DIRECTORY', `cannot read the journal folder ${directory}: ${reason}`);
  }
}
