/** An answer to a request off the order path, whichever way it came. */
export interface ApiAnswer {
  /** Status as HTTP has it; 0 when the answer names none. */
  readonly status: number;
  readonly result: unknown;
  /** Venue error code and text; 0 and '' when there is none. */
  readonly code: number;
  readonly message: string;
}
