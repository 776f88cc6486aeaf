// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Region } from './memory-map.ts';

/*
 * A histogram of durations in shared memory: Int32 counts, sixteen buckets per power of two, so a value is known to
 * 1/16. Recording is one increment; there is no reset, so it outlives the thread that writes it.
 *   bucket 0..15 = that many ns; above: octave = (bucket >> 4) - 1, from (16 + (bucket & 15)) << octave on
 */
const SUB_BITS = 4;
const SUB_BUCKETS = 1 << SUB_BITS;
const WAIT_NS_MAX = 0x7fff_ffff;
const BUCKETS = (31 - SUB_BITS + 1) * SUB_BUCKETS;

/** Bytes of shared memory one histogram needs. */
export const WAIT_HISTOGRAM_BYTES: number = BUCKETS * 4;

/** One writer; any thread reads. */
export class WaitHistogram {
  private readonly counts: Int32Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength === WAIT_HISTOGRAM_BYTES, 'region of the wait histogram has another size');
    this.counts = new Int32Array(buffer, region.byteOffset, BUCKETS);
  }

  /** Counts one wait: below 0 as 0, above 2.1 s as that. */
  record(waitNs: number): void {
    const value = waitNs > 0 ? (waitNs < WAIT_NS_MAX ? waitNs | 0 : WAIT_NS_MAX) : 0;
    this.counts[bucketOf(value)] += 1;
  }

  /** Hands every bucket that holds something to `visit`, ascending: the largest value it can hold, and how many. */
  forEach(visit: (highestNs: number, count: number) => void): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = this.counts[bucket];
      if (count > 0) visit(highestOf(bucket), count);
    }
  }
}

function bucketOf(value: number): number {
  if (value < SUB_BUCKETS) return value;
  const octave = 31 - Math.clz32(value) - SUB_BITS;
  return ((octave + 1) << SUB_BITS) + ((value >>> octave) & (SUB_BUCKETS - 1));
}

function highestOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const octave = (bucket >> SUB_BITS) - 1;
  // Not a shift of the next bucket's beginning: the last one would not fit 31 bits.
  return (SUB_BUCKETS + (bucket & (SUB_BUCKETS - 1))) * 2 ** octave + 2 ** octave - 1;
}
