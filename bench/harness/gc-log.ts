import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { PerformanceEntry } from 'node:perf_hooks';
import type { SystemClock } from '../../engine/core/clock.ts';
import { NO_GC } from './gc-watch.ts';
import type { GcCount } from './gc-watch.ts';

/*
 * The collections of several threads with their times, in shared memory: which of them fell into a run is known later.
 * Per thread: a count, then (fromNs, duration in ms, 1 for a young collection) each.
 */

const ROWS_MAX = 16_384;
const ROW = 3;

/** Bytes for the collections of `threads` threads. */
export function gcLogBytes(threads: number): number {
  return threads * (1 + ROWS_MAX * ROW) * 8;
}

function wordsOf(memory: SharedArrayBuffer, thread: number): Float64Array {
  const length = 1 + ROWS_MAX * ROW;
  return new Float64Array(memory, thread * length * 8, length);
}

/** Notes the calling thread's collections from now on. */
export function watchGc(memory: SharedArrayBuffer, thread: number, clock: SystemClock): void {
  const words = wordsOf(memory, thread);
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as PerformanceEntry & { readonly detail: { readonly kind: number } }).detail;
      if (words[0] === ROWS_MAX) return;
      const at = 1 + words[0] * ROW;
      words[at] = clock.atPerformanceMs(entry.startTime);
      words[at + 1] = entry.duration;
      words[at + 2] = kind === constants.NODE_PERFORMANCE_GC_MINOR ? 1 : 0;
      words[0] += 1;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
}

/** A thread's collections that began between two moments. Throws when they were too many to be kept. */
export function gcBetween(memory: SharedArrayBuffer, thread: number, fromNs: number, toNs: number): GcCount {
  const words = wordsOf(memory, thread);
  if (words[0] === ROWS_MAX) throw new Error(`more than ${ROWS_MAX} collections: shorten the run`);
  let { scavenges, others, longestMs } = NO_GC;
  for (let row = 0; row < words[0]; row++) {
    const at = 1 + row * ROW;
    if (words[at] < fromNs || words[at] > toNs) continue;
    if (words[at + 2] === 1) scavenges++;
    else others++;
    longestMs = Math.max(longestMs, words[at + 1]);
  }
  return { scavenges, others, longestMs };
}
