const NEWLINE = 0x0a;

/** Cuts a byte stream into lines of bounded length. */
export class LineReader {
  private readonly maxBytes: number;
  private readonly onLine: (line: string) => void;
  private rest: Buffer = Buffer.alloc(0);

  constructor(maxBytes: number, onLine: (line: string) => void) {
    this.maxBytes = maxBytes;
    this.onLine = onLine;
  }

  /** Takes bytes in; false when a line is longer than allowed: the rest of the stream has no meaning then. */
  take(bytes: Buffer): boolean {
    let data = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE)) {
      if (end > this.maxBytes) return false;
      const line = data.toString('utf8', 0, end).trim();
      data = data.subarray(end + 1);
      if (line !== '') this.onLine(line);
    }
    this.rest = data;
    return data.length <= this.maxBytes;
  }
}
