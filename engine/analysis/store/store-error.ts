/** What can be wrong with a bar store. */
export type StoreErrorCode =
  | 'BARS_NO_STORE'
  | 'BARS_DAMAGED'
  | 'BARS_NEWER'
  | 'BARS_CONFLICT'
  | 'BARS_LOCKED'
  | 'BARS_UNKNOWN';

/** A bar store cannot do what it was asked; the message names the store or the file in it. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
