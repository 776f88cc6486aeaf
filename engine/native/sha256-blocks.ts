// hot path: no allocation after start
import type { Sha256Rounds } from './openssl.ts';
import type { ForeignMemory } from './foreign-memory.ts';
import { PinnedBlock } from './pinned-block.ts';

/** Bytes SHA-256 takes at a time (FIPS 180-4). */
const BLOCK_BYTES = 64;
/** Of OpenSSL's SHA256_CTX, whose first eight words are the state. */
const CONTEXT_BYTES = 112;
const STATE_WORDS = 8;

/**
 * The rounds of SHA-256 as OpenSSL has them in assembler, with the processor's own instructions where it has them. Nothing
 * else of SHA-256: padding and byte order are the caller's. One thread.
 */
export class Sha256Blocks {
  /** The state, as eight numbers. */
  readonly state: Int32Array;
  private readonly rounds: Sha256Rounds;
  private readonly memory: ForeignMemory;
  private readonly context: PinnedBlock;
  /** By number of blocks: the same number as functions of C take it. */
  private readonly counts: bigint[] = [];

  constructor(rounds: Sha256Rounds, memory: ForeignMemory) {
    this.rounds = rounds;
    this.memory = memory;
    this.context = new PinnedBlock(memory, CONTEXT_BYTES);
    this.state = new Int32Array(this.context.bytes.buffer, 0, STATE_WORDS);
  }

  /** A text of at most `byteLength` bytes that can be mixed in. Before the hot path starts. */
  makeText(byteLength: number): PinnedBlock {
    const text = new PinnedBlock(this.memory, byteLength);
    for (let count = this.counts.length; count * BLOCK_BYTES <= byteLength; count++)
      this.counts.push(BigInt(count)); // arch-ok: made once per number, when a text is made
    return text;
  }

  /** Mixes the text's first `count` blocks into `state`. False: the text has not so many; nothing was done. */
  mix(text: PinnedBlock, count: number): boolean {
    const blocks = this.counts[count];
    if (blocks === undefined || !(count * BLOCK_BYTES <= text.bytes.length)) return false;
    this.rounds.sha256_block_data_order(this.context.address, text.address, blocks);
    return true;
  }
}
