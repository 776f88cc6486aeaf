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
  | 'STATE_LOCKED'
  | 'STATE_OTHER_MODE';

/** An operating error of the journal at start: the engine must not trade on this state. Never thrown on a hot path. */
export class JournalError extends Error {
  override readonly name: string = 'JournalError';
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
