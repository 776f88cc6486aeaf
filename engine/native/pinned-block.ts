import type { ForeignMemory } from './foreign-memory.ts';

/**
 * Memory whose address the kernel is told: allocated once, never moved, never resized. Whoever hands it out keeps it as
 * long as a call may use it. The address stays in this room. One thread.
 */
export class PinnedBlock {
  /** The whole block. */
  readonly bytes: Buffer<ArrayBuffer>;
  /** For functions of this room only. */
  readonly address: bigint;
  /** The size as functions of C take it, made once. */
  readonly size: bigint;

  /** @throws RangeError when `byteLength` is no whole number of at least 1 */
  constructor(memory: ForeignMemory, byteLength: number) {
    if (!Number.isInteger(byteLength) || byteLength < 1)
      throw new RangeError(`a block needs at least one byte, got ${byteLength}`);
    // A buffer of its own: a slice of Node's pool would share its memory with strangers.
    this.bytes = Buffer.from(new ArrayBuffer(byteLength));
    this.address = memory.addressOf(this.bytes);
    this.size = BigInt(byteLength);
  }
}
