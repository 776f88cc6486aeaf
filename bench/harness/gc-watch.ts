import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { PerformanceEntry } from 'node:perf_hooks';

/** Garbage collections of one thread. */
export interface GcCount {
  /** Young-generation collections: what steady allocation causes. */
  readonly scavenges: number;
  readonly others: number;
  readonly longestMs: number;
}

/** No collections. */
export const NO_GC: GcCount = { scavenges: 0, others: 0, longestMs: 0 };

/** The collections of two counts together. */
export function addGc(a: GcCount, b: GcCount): GcCount {
  return {
    scavenges: a.scavenges + b.scavenges,
    others: a.others + b.others,
    longestMs: Math.max(a.longestMs, b.longestMs),
  };
}

/** Counts the collections of the calling thread between `start` and `stop`. */
export class GcWatch {
  private readonly observer: PerformanceObserver;
  private count: GcCount = NO_GC;

  constructor() {
    this.observer = new PerformanceObserver((list) => this.take(list.getEntries()));
    this.observer.observe({ entryTypes: ['gc'] });
  }

  /** Cleans the heap where the process allows it, so that each rival starts alike, and counts from zero. */
  async start(): Promise<void> {
    globalThis.gc?.();
    await this.flush();
    this.count = NO_GC;
  }

  /** What happened since `start`. */
  async stop(): Promise<GcCount> {
    await this.flush();
    return this.count;
  }

  close(): void {
    this.observer.disconnect();
  }

  /** Collections are reported through the event loop. */
  private async flush(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.take(this.observer.takeRecords());
  }

  private take(entries: readonly PerformanceEntry[]): void {
    for (const entry of entries) {
      const { kind } = (entry as PerformanceEntry & { readonly detail: { readonly kind: number } }).detail;
      const isScavenge = kind === constants.NODE_PERFORMANCE_GC_MINOR;
      const one = { scavenges: isScavenge ? 1 : 0, others: isScavenge ? 0 : 1, longestMs: entry.duration };
      this.count = addGc(this.count, one);
    }
  }
}
