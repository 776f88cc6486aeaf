/** Numbers of the journal's errors in the shared error log. */
export const JOURNAL_ERROR = {
  /** The journal could not be written (disk full, I/O error): nothing more is durable until it can. */
  write: 1101,
  /** fdatasync failed: what was written since the last one may be gone. */
  sync: 1102,
  /** An order intent could not be written: the order must not leave. */
  intentWrite: 1103,
  /** A record was too long for the journal. */
  oversized: 1104,
} as const;

/** Why a journal or a state folder cannot be used. The sentence names file and place. */
export type JournalErrorCode =
  | 'JOURNAL_DIRECTORY'
  | 'JOURNAL_CORRUPT'
  | 'JOURNAL_UNITS'
  | 'JOURNAL_VERSION'
  | 'JOURNAL_NO_SPACE'
  | 'STATE_LOCKED'
  | 'STATE_OTHER_MODE';

/** Whether the file system has no room: a full disk, a used-up quota, a file size limit. The cause can pass. */
export function isOutOfSpace(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
}

/** What to do about a journal that a later engine wrote. */
export const NEWER_ENGINE_HINT =
  'a newer engine wrote it. Nothing was changed: start that engine, or give this one another state.dir';

/** An operating error of the journal at start: the engine must not trade on this state. Never thrown on a hot path. */
export class JournalError extends Error {
  override readonly name: string = 'JournalError';
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
