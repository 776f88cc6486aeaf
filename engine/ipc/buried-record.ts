import { invariant } from '../core/assert.ts';
import { RecordView } from './ring.ts';
import type { Region } from './memory-map.ts';

/*
 * The record an actor died on, in shared memory, until a successor has told its writer.
 *   byte 0  isKept  Int32, written last
 *        4  type    Int32
 *       64  payload
 */
const HEADER_BYTES = 64;
const PAYLOAD_BYTES_MAX = 256;
const IS_KEPT = 0;
const TYPE = 1;

/** Bytes of shared memory one buried record needs. */
export const BURIED_RECORD_BYTES: number = HEADER_BYTES + PAYLOAD_BYTES_MAX;

/**
 * One record is enough: an actor dies on one, and its successor clears the place before it takes the next. Written by the
 * thread on which the actor died, or by the supervisor while the actor does not run; read by the successor.
 */
export class BuriedRecord {
  /** The record's payload begins at byte 0. */
  readonly view: RecordView;
  private readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength === BURIED_RECORD_BYTES, 'region of the buried record has another size');
    this.words = new Int32Array(buffer, region.byteOffset, HEADER_BYTES >> 2);
    this.view = new RecordView(buffer, region.byteOffset + HEADER_BYTES, PAYLOAD_BYTES_MAX);
  }

  isKept(): boolean {
    return Atomics.load(this.words, IS_KEPT) === 1;
  }

  /** Template id of the kept record. */
  get type(): number {
    return this.words[TYPE];
  }

  /** Keeps a copy of the `byteLength` bytes at `byteOffset` of `from`. */
  keep(type: number, from: RecordView, byteOffset: number, byteLength: number): void {
    invariant(byteLength <= PAYLOAD_BYTES_MAX, 'a buried record has a limited size');
    this.view.u8.set(from.u8.subarray(byteOffset, byteOffset + byteLength));
    this.words[TYPE] = type;
    Atomics.store(this.words, IS_KEPT, 1);
  }

  /** The writer of the record has been told. */
  clear(): void {
    Atomics.store(this.words, IS_KEPT, 0);
  }
}
