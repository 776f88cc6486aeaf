import { Worker } from 'node:worker_threads';
import { siblingModule } from '../core/sibling-module.ts';
import type { FrameSink } from './feed-port.ts';
import type { RecorderMessage, RecorderStart } from './recorder-thread.ts';

/*
 * Frames to be recorded are copied into blocks; full blocks (or those older than a second) go to a thread
 * that writes and compresses, and come back empty. The number of blocks is fixed: when the disk is too slow,
 * frames are given up and counted, the market data never wait.
 *   entry in a block:  byteLength UInt32, (4 bytes unused), recvNs Float64, bytes; entries 8-byte aligned
 */
const BLOCK_BYTES: number = 1024 * 1024;
const BLOCKS = 8;
const ENTRY_BYTES = 16;
const FLUSH_AFTER_NS = 1e9;

/**
 * Records raw frames into a `.frames.gz` file. Belongs to the thread of the feed; writes on a thread of its
 * own.
 */
export class FrameRecorder implements FrameSink {
  /** Frames handed to the writing thread, and frames given up because it was too slow (or they too large). */
  framesRecorded: number;
  framesDropped: number;
  private readonly worker: Worker;
  private readonly ended: Promise<void>;
  private readonly free: Buffer[];
  private block: Buffer | null;
  private usedBytes: number;
  private openedNs: number;
  private failure: Error | null;

  /**
   * @param path file to write; replaced when it exists
   * @param originEpochUs wall clock at monoNs 0, microseconds
   */
  constructor(path: string, originEpochUs: number) {
    this.framesRecorded = 0;
    this.framesDropped = 0;
    this.free = [];
    for (let index = 0; index < BLOCKS; index++) this.free.push(Buffer.from(new ArrayBuffer(BLOCK_BYTES)));
    this.block = null;
    this.usedBytes = 0;
    this.openedNs = 0;
    this.failure = null;
    const workerData: RecorderStart = { path, originEpochUs };
    // arch-ok: made by the composition root when a thread starts, never by an actor
    this.worker = new Worker(siblingModule('./recorder-thread', import.meta.url), { workerData });
    this.worker.on('message', (returned: ArrayBuffer) => this.free.push(Buffer.from(returned)));
    this.ended = new Promise((resolve) => {
      this.worker.on('error', (error: Error) => {
        this.failure ??= error;
      });
      this.worker.on('exit', () => resolve());
    });
    this.worker.unref();
  }

  take(bytes: Buffer, start: number, end: number, times: Float64Array, slot: number): void {
    const length = end - start;
    const entryBytes = (ENTRY_BYTES + length + 7) & ~7;
    if (this.block !== null && this.usedBytes + entryBytes > BLOCK_BYTES) this.send();
    if (this.block === null && !this.openBlock(times[slot])) {
      this.framesDropped++;
      return;
    }
    const block = this.block;
    if (block === null || entryBytes > BLOCK_BYTES) {
      this.framesDropped++;
      return;
    }
    const at = this.usedBytes;
    block.writeUInt32LE(length, at);
    block.writeDoubleLE(times[slot], at + 8);
    bytes.copy(block, at + ENTRY_BYTES, start, end);
    this.usedBytes += entryBytes;
    this.framesRecorded++;
  }

  flush(nowNs: number): void {
    if (this.usedBytes > 0 && nowNs - this.openedNs > FLUSH_AFTER_NS) this.send();
  }

  /** Writes what is left and closes the file. @throws Error when the file could not be written */
  async close(): Promise<void> {
    if (this.usedBytes > 0) this.send();
    // Nothing else may keep a closing thread alive until the file is whole.
    this.worker.ref();
    this.post({ kind: 'close' }, []);
    await this.ended;
    if (this.failure !== null) throw this.failure;
  }

  private openBlock(nowNs: number): boolean {
    this.block = this.failure === null ? (this.free.pop() ?? null) : null;
    this.usedBytes = 0;
    this.openedNs = nowNs;
    return this.block !== null;
  }

  private send(): void {
    const block = this.block;
    if (block === null) return;
    const memory = block.buffer as ArrayBuffer;
    this.post({ kind: 'block', memory, usedBytes: this.usedBytes }, [memory]);
    this.block = null;
    this.usedBytes = 0;
  }

  private post(message: RecorderMessage, transfer: ArrayBuffer[]): void {
    this.worker.postMessage(message, transfer);
  }
}
