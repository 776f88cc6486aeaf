/** What can be wrong with a capture file. */
export type CaptureErrorCode =
  | 'CAPTURE_UNREADABLE'
  | 'CAPTURE_NOT_GZIP'
  | 'CAPTURE_TRUNCATED'
  | 'CAPTURE_CORRUPT'
  | 'CAPTURE_MALFORMED_LINE'
  | 'CAPTURE_EMPTY'
  | 'CAPTURE_TOO_LARGE'
  | 'CAPTURE_UNKNOWN_FORMAT'
  | 'CAPTURE_NO_INSTRUMENTS';

/** A capture cannot be used; the message names the file, and the line where there is one. */
export class CaptureError extends Error {
  override readonly name: string = 'CaptureError';
  readonly code: CaptureErrorCode;
  readonly path: string;
  /** From 1; 0 = the file as a whole. */
  readonly line: number;

  constructor(code: CaptureErrorCode, path: string, what: string, line = 0) {
    super(line === 0 ? `capture ${path}: ${what}` : `capture ${path}, line ${line}: ${what}`);
    this.code = code;
    this.path = path;
    this.line = line;
  }
}
