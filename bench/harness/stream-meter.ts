import { invariant } from '../../engine/core/assert.ts';
import { BLOCK_RECORDS, clockNs } from '../ring/ring-job.ts';
import type { RingFigures, RingJob } from '../ring/ring-job.ts';

/**
 * The consumer's view of a stream: checks what arrives and times it block by block, after the warm-up blocks. The
 * middle block is what counts: where other programs share the machine, a thread without a core stands still, and the
 * mean would measure them.
 */
export class StreamMeter {
  isDone: boolean;
  private checksum: number;
  private inBlock: number;
  private block: number;
  private blockChecksum: number;
  private lastNs: number;
  private readonly blockNs: Float64Array;
  private readonly warmupBlocks: number;
  private readonly lastBlock: number;

  constructor(job: RingJob) {
    this.isDone = false;
    this.checksum = 0;
    this.inBlock = 0;
    this.block = 0;
    this.blockChecksum = 0;
    this.lastNs = 0;
    this.blockNs = new Float64Array(job.blocks);
    this.warmupBlocks = job.warmupBlocks;
    this.lastBlock = job.warmupBlocks + job.blocks;
  }

  /** Takes a record, given as the sum of its payload; the checksum depends on the order of the records. */
  take(sum: number): void {
    this.checksum = (Math.imul(this.checksum, 31) + (sum | 0)) | 0;
    if (++this.inBlock === BLOCK_RECORDS) this.endBlock();
  }

  figures(): RingFigures {
    return { spansNs: this.blockNs, checksum: this.blockChecksum };
  }

  private endBlock(): void {
    if (this.block === 0) this.blockChecksum = this.checksum;
    invariant(this.checksum === this.blockChecksum, 'every block of the stream arrives whole and in order');
    this.checksum = 0;
    this.inBlock = 0;
    const nowNs = clockNs();
    if (this.block >= this.warmupBlocks) this.blockNs[this.block - this.warmupBlocks] = nowNs - this.lastNs;
    this.lastNs = nowNs;
    this.block++;
    this.isDone = this.block === this.lastBlock;
  }
}

/** The records of the whole stream, warm-up included. */
export function streamRecords(job: RingJob): number {
  return (job.warmupBlocks + job.blocks) * BLOCK_RECORDS;
}
