/** Why instruments could not be had. */
export type InstrumentsErrorCode =
  | 'VENUE_UNREACHABLE'
  | 'VENUE_REFUSED'
  | 'VENUE_BAD_ANSWER'
  | 'UNKNOWN_SYMBOL';

/** Instruments could not be loaded; `code` says why, the message names address and symbol. */
export class InstrumentsError extends Error {
  override readonly name: string = 'InstrumentsError';
  readonly code: InstrumentsErrorCode;

  constructor(code: InstrumentsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
