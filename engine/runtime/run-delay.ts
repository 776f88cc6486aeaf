import { closeSync, openSync, readSync } from 'node:fs';
import { threadIdsNamed } from './cpu-affinity.ts';

const TEXT_BYTES_MAX = 128;
/** Polls between two searches for the thread, while it is not there. */
const SEARCH_EVERY = 100;

/**
 * How long a thread of this process was ready to run and had no processor, as Linux counts it
 * (`/proc/self/task/<id>/schedstat`, second number): what other work on the machine, and being woken late, cost it. Read
 * from outside, so the thread pays nothing. Main thread.
 */
export class RunDelayMeter {
  private readonly threadName: string;
  private readonly bytes: Buffer = Buffer.alloc(TEXT_BYTES_MAX);
  private file: number | null = null;
  private lastNs: number | null = null;
  private searchIn = 0;

  constructor(threadName: string) {
    this.threadName = threadName;
  }

  /** Nanoseconds since the last call; null when that is not known: another platform, or the thread came or went. */
  takeNs(): number | null {
    const totalNs = this.readTotal();
    const beforeNs = this.lastNs;
    this.lastNs = totalNs;
    return totalNs === null || beforeNs === null ? null : Math.max(0, totalNs - beforeNs);
  }

  close(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
    this.lastNs = null;
  }

  private readTotal(): number | null {
    if (this.file === null && !this.open()) return null;
    try {
      const length = readSync(this.file!, this.bytes, 0, TEXT_BYTES_MAX, 0);
      const delayNs = Number(this.bytes.toString('latin1', 0, length).split(' ')[1]);
      return Number.isFinite(delayNs) ? delayNs : null;
    } catch {
      // The thread ended; its successor has another id.
      this.close();
      this.searchIn = 0;
      return null;
    }
  }

  private open(): boolean {
    if (process.platform !== 'linux' || this.searchIn-- > 0) return false;
    this.searchIn = SEARCH_EVERY;
    const threadId = threadIdsNamed(this.threadName).at(-1);
    if (threadId === undefined) return false;
    try {
      this.file = openSync(`/proc/self/task/${threadId}/schedstat`, 'r');
      return true;
    } catch {
      return false;
    }
  }
}
