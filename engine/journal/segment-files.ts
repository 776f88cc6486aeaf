import { readdirSync } from 'node:fs';
import { JournalError } from './journal-error.ts';
import { LOG_KIND } from './record-format.ts';

/** The logs of a journal folder: the journal, and the intents of each account. */
export type LogName = 'journal' | IntentLogName;

/** The intent log of an account; without its label where there is one account. */
export type IntentLogName = 'intents' | `intents@${string}`;

/** The journal and the intent log that every folder has. */
const LOG_NAMES: readonly LogName[] = ['journal', 'intents'];

const SEGMENT_FILE = /^(journal|intents(?:@[a-z0-9-]+)?)-(\d{8,})\.log$/;

/** The name of an account's intent log. */
export function intentLogName(accountLabel: string): IntentLogName {
  return accountLabel === '' ? 'intents' : `intents@${accountLabel}`;
}

/**
 * The logs of a journal folder: the journal first, then the intent logs, those of accounts that are no longer configured
 * among them. @throws JournalError JOURNAL_DIRECTORY when the folder cannot be read
 */
export function logNamesIn(directory: string): LogName[] {
  const found = journalFiles(directory).flatMap((file) => SEGMENT_FILE.exec(file)?.[1] ?? []) as LogName[];
  return [...new Set([...LOG_NAMES, ...found.sort()])];
}

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
  return log === 'journal' ? LOG_KIND.journal : LOG_KIND.intents;
}

/**
 * The segments of one log in the order of their numbers; other files (cut tails, archives) are not looked at.
 * @throws JournalError JOURNAL_DIRECTORY when the folder cannot be read
 */
export function listSegments(directory: string, log: LogName): SegmentFile[] {
  const segments: SegmentFile[] = [];
  for (const file of journalFiles(directory)) {
    const match = SEGMENT_FILE.exec(file);
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
