// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Region } from '../ipc/memory-map.ts';
import { logBuffer } from './record-format.ts';
import type { LogBuffer } from './record-format.ts';

/*
 * What the journal keeps in shared memory; it outlives the journal's thread.
 *   byte   0  state         Int32, JOURNAL_STATE; risk and the supervisor look at it
 *          4  batchBytes    Int32, bytes of whole records in the batch, stored after each record
 *          8  durableSeq    Float64, sequence up to which records are on the disk (fdatasync)
 *        128  batch         records taken from the rings and not yet written
 * A thread that dies between taking a record from its ring and writing it leaves the record in the batch; its
 * successor writes what the file does not have yet.
 */
const BATCH_OFFSET_BYTES = 128;
const STATE_INDEX = 0;
const BATCH_BYTES_INDEX = 1;
const DURABLE_INDEX = 1;

/** Bytes of records one group write holds at most. */
export const JOURNAL_BATCH_BYTES: number = 1024 * 1024;

/** Bytes of shared memory the journal needs. */
export const JOURNAL_CELL_BYTES: number = BATCH_OFFSET_BYTES + JOURNAL_BATCH_BYTES;

/** starting: no file open yet. lost: the disk does not take records; new orders must be denied. */
export const JOURNAL_STATE = { starting: 0, writing: 1, lost: 2, closed: 3 } as const;

/** The journal's shared memory. The journal actor writes; any thread reads `state` and `isLost`. */
export class JournalCell {
  /** Journal actor only. */
  readonly batch: LogBuffer;
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength === JOURNAL_CELL_BYTES, 'region of the journal has another size');
    this.i32 = new Int32Array(buffer, region.byteOffset, BATCH_OFFSET_BYTES >> 2);
    this.f64 = new Float64Array(buffer, region.byteOffset, BATCH_OFFSET_BYTES >> 3);
    this.batch = logBuffer(buffer, region.byteOffset + BATCH_OFFSET_BYTES, JOURNAL_BATCH_BYTES);
  }

  /** JOURNAL_STATE now. Any thread. */
  state(): number {
    return Atomics.load(this.i32, STATE_INDEX);
  }

  /** Whether records cannot be made durable now. Any thread. */
  isLost(): boolean {
    return Atomics.load(this.i32, STATE_INDEX) === JOURNAL_STATE.lost;
  }

  setState(state: number): void {
    Atomics.store(this.i32, STATE_INDEX, state);
  }

  batchBytes(): number {
    return Atomics.load(this.i32, BATCH_BYTES_INDEX);
  }

  setBatchBytes(bytes: number): void {
    Atomics.store(this.i32, BATCH_BYTES_INDEX, bytes);
  }

  /** Sequence up to which records are on the disk. Any thread, for display. */
  durableSequence(): number {
    return this.f64[DURABLE_INDEX];
  }

  setDurableSequence(sequence: number): void {
    this.f64[DURABLE_INDEX] = sequence;
  }
}
