import { markAsUntransferable } from 'node:worker_threads';
import type { ForeignInterface } from './foreign.ts';

/** Addresses of memory, and memory at addresses. Nothing outside of this room deals in either. */
export class ForeignMemory {
  private readonly ffi: ForeignInterface;

  constructor(ffi: ForeignInterface) {
    this.ffi = ffi;
  }

  /** Where `bytes` lie. They must have an ArrayBuffer of their own; from here on it cannot be moved to another thread. */
  addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
    markAsUntransferable(bytes.buffer);
    return this.ffi.getRawPointer(bytes);
  }

  /** The `byteLength` bytes at `address` themselves, not a copy; they must stay where they are while anyone can reach the result. */
  at(address: bigint, byteLength: number): ArrayBuffer {
    return this.ffi.toArrayBuffer(address, byteLength, false);
  }

  /** The text at `address`, which ends with a zero byte. */
  textAt(address: bigint): string {
    return this.ffi.toString(address) ?? '';
  }
}
