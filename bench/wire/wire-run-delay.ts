import { openSync, readSync } from 'node:fs';

/**
 * How long this process's main thread was ready to run while another had its processor, as Linux counts it. Zero where
 * the platform does not say.
 */
export class RunDelay {
  private readonly fd: number;
  private readonly text: Buffer = Buffer.alloc(128);

  constructor() {
    let fd = -1;
    try {
      fd = openSync('/proc/self/schedstat', 'r');
    } catch {
      // Not on this platform.
    }
    this.fd = fd;
  }

  get isKnown(): boolean {
    return this.fd >= 0;
  }

  /** Nanoseconds since the start of the process. One system call. */
  read(): number {
    if (this.fd < 0) return 0;
    const length = readSync(this.fd, this.text, 0, this.text.length, 0);
    // "<ran ns> <waited ns> <slices>"
    let at = 0;
    while (at < length && this.text[at] !== SPACE) at++;
    let waitedNs = 0;
    for (at++; at < length && this.text[at] !== SPACE; at++) waitedNs = waitedNs * 10 + this.text[at] - ZERO;
    return waitedNs;
  }
}

const SPACE = 0x20;
const ZERO = 0x30;
