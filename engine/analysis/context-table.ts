import { invariant } from '../core/assert.ts';
import type { Region } from '../ipc/memory-map.ts';

/*
 * The newest context of each instrument as JSON, for whoever shows it. Written by the analysis thread, read by any. Per
 * instrument, SLOT_BYTES each:
 *   byte 0  sequence  Int32, odd while the slot is written
 *        4  length    Int32, bytes of the text; 0 = there is none
 *        8  version   Int32, rises with each context
 *       12  text      UTF-8
 */
const SLOT_BYTES = 16_384;
const TEXT_OFFSET = 12;
const READ_ATTEMPTS_MAX = 64;

/** Longest context, bytes. */
export const CONTEXT_BYTES_MAX: number = SLOT_BYTES - TEXT_OFFSET;

/** Bytes of shared memory the contexts of so many instruments need; pages that nobody touches take no memory. */
export function contextTableBytes(instrumentsMax: number): number {
  return instrumentsMax * SLOT_BYTES;
}

/** A context as it was published. */
export interface PublishedContext {
  readonly text: string;
  readonly version: number;
}

/** Contexts by instrument. `publish` and `withdraw` are the analysis thread's; any thread reads. Allocates. */
export class ContextTable {
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;

  constructor(buffer: SharedArrayBuffer, region: Region, instrumentsMax: number) {
    invariant(region.byteLength === contextTableBytes(instrumentsMax), 'the table of contexts has its size');
    this.words = new Int32Array(buffer, region.byteOffset, region.byteLength >> 2);
    this.bytes = new Uint8Array(buffer, region.byteOffset, region.byteLength);
  }

  /** Puts a context in the place of the one before; false when it is longer than CONTEXT_BYTES_MAX: then there is none. */
  publish(instrumentIndex: number, text: string): boolean {
    const encoded = Buffer.from(text);
    const hasRoom = encoded.byteLength <= CONTEXT_BYTES_MAX;
    this.write(instrumentIndex, hasRoom ? encoded : Buffer.alloc(0));
    return hasRoom;
  }

  /** The symbol is analysed no more. */
  withdraw(instrumentIndex: number): void {
    this.write(instrumentIndex, Buffer.alloc(0));
  }

  /** The newest context; null = there is none, or it is being written all the time. */
  read(instrumentIndex: number): PublishedContext | null {
    const at = wordOf(instrumentIndex);
    for (let attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt++) {
      const sequence = Atomics.load(this.words, at);
      if ((sequence & 1) !== 0) continue;
      const length = Atomics.load(this.words, at + 1);
      const version = Atomics.load(this.words, at + 2);
      const from = instrumentIndex * SLOT_BYTES + TEXT_OFFSET;
      const text = Buffer.from(this.bytes.slice(from, from + length)).toString();
      if (Atomics.add(this.words, at, 0) === sequence) return length === 0 ? null : { text, version };
    }
    return null;
  }

  private write(instrumentIndex: number, encoded: Buffer): void {
    const at = wordOf(instrumentIndex);
    // A writer that died inside leaves an odd number: the next one goes on from there.
    const sequence = Atomics.load(this.words, at) | 1;
    Atomics.store(this.words, at, sequence);
    this.bytes.set(encoded, instrumentIndex * SLOT_BYTES + TEXT_OFFSET);
    Atomics.store(this.words, at + 1, encoded.byteLength);
    Atomics.add(this.words, at + 2, 1);
    Atomics.store(this.words, at, (sequence + 1) | 0);
  }
}

function wordOf(instrumentIndex: number): number {
  return (instrumentIndex * SLOT_BYTES) >> 2;
}
