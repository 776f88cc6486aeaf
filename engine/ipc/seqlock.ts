// hot path: no allocation after start
import { invariant } from '../core/assert.ts';

/*
 * A block of Float64 values with one writer and any number of readers, none of whom waits.
 *   byte 0  sequence  Int32, odd while the writer is inside
 *        8  values    Float64 x valueCount
 */

const VALUES_OFFSET_BYTES = 8;
/** A reader gives up after this many disturbed attempts and reports the value as unreadable. */
const READ_ATTEMPTS_MAX = 64;
/** x86 keeps loads in order; elsewhere the closing look at the sequence must be a read-modify-write to fence them. */
const LOADS_STAY_IN_ORDER = process.arch === 'x64' || process.arch === 'ia32';

/** Bytes of shared memory a cell of `valueCount` Float64 values needs. */
export function seqlockBytes(valueCount: number): number {
  return VALUES_OFFSET_BYTES + valueCount * 8;
}

/** One seqlock cell. The writer thread calls beginWrite/endWrite; any thread calls tryRead. */
export class SeqlockCell {
  /** The values themselves: the writer writes here between beginWrite and endWrite. */
  readonly values: Float64Array;
  private readonly sequence: Int32Array;

  constructor(buffer: SharedArrayBuffer, byteOffset: number, valueCount: number) {
    invariant(byteOffset % 8 === 0, 'a seqlock cell starts at a multiple of 8 bytes');
    this.sequence = new Int32Array(buffer, byteOffset, 1);
    this.values = new Float64Array(buffer, byteOffset + VALUES_OFFSET_BYTES, valueCount);
  }

  /**
   * A writer taking over: returns true when its predecessor died inside a write. The cell then stays locked and
   * unreadable until the new writer's first complete write.
   */
  adopt(): boolean {
    return (Atomics.load(this.sequence, 0) & 1) === 1;
  }

  /** Opens the cell for writing; readers retry until endWrite. */
  beginWrite(): void {
    const sequence = Atomics.load(this.sequence, 0);
    Atomics.store(this.sequence, 0, sequence | 1);
  }

  /** Closes the cell: readers see the new values. */
  endWrite(): void {
    const sequence = Atomics.load(this.sequence, 0);
    Atomics.store(this.sequence, 0, (sequence + 1) | 0);
  }

  /** The sequence now; equal even numbers mean nothing was written in between. */
  version(): number {
    return Atomics.load(this.sequence, 0);
  }

  /**
   * Copies the first `valueCount` values into `into`. False when every attempt met a writer (or a writer died inside):
   * the contents of `into` are then meaningless.
   */
  tryRead(into: Float64Array, valueCount: number): boolean {
    const values = this.values;
    for (let attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt++) {
      const before = Atomics.load(this.sequence, 0);
      if ((before & 1) === 1) continue;
      for (let index = 0; index < valueCount; index++) into[index] = values[index]!;
      const after = LOADS_STAY_IN_ORDER ? Atomics.load(this.sequence, 0) : Atomics.or(this.sequence, 0, 0);
      if (before === after) return true;
    }
    return false;
  }
}
