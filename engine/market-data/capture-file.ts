import { FRAME_BYTES_MAX } from '../core/limits.ts';

/*
 * Recorded frames in memory, laid out for replay: all bytes in blocks, everything else in typed arrays, so
 * that millions of frames are not millions of objects.
 */

/** Where a frame came from. */
export const CAPTURE_SOURCE = { frame: 0, http: 1 } as const;

/** Bytes of frames one block holds, unless a single frame is larger. */
export const CAPTURE_BLOCK_BYTES: number = 16 * 1024 * 1024;
const FRAMES_GUESS = 65_536;

/** A run of recorded frames. `bytes` holds them back to back, in order. */
export interface CaptureBlock {
  readonly bytes: Buffer;
  readonly count: number;
  /** Frame i is bytes[starts[i], starts[i] + lengths[i]). */
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  /** Receive time: microseconds since the epoch, and the nanoseconds beyond (0..999). */
  readonly recvEpochUs: Float64Array;
  readonly recvExtraNs: Uint16Array;
  /** CAPTURE_SOURCE. */
  readonly sources: Uint8Array;
  /** Index into the capture's `names`: connection or, for http bodies, the URL. */
  readonly nameIndexes: Uint32Array;
}

/** A recording. */
export interface Capture {
  readonly path: string;
  readonly blocks: readonly CaptureBlock[];
  readonly frameCount: number;
  readonly byteLength: number;
  /** Connections and URLs, by index; a format without any has one empty name. */
  readonly names: readonly string[];
  /** Of the first frame. */
  readonly firstEpochUs: number;
}

/** monoNs of frame `index` when the engine started at `originEpochUs`; exact below 104 days. Any thread. */
export function recvNsOf(block: CaptureBlock, index: number, originEpochUs: number): number {
  return (block.recvEpochUs[index] - originEpochUs) * 1_000 + block.recvExtraNs[index];
}

/** Collects frames into blocks. */
export class CaptureBuilder {
  private readonly blocks: CaptureBlock[] = [];
  private readonly names: string[] = [];
  private readonly nameIndex: Map<string, number> = new Map<string, number>();
  private bytes: Buffer = Buffer.allocUnsafe(CAPTURE_BLOCK_BYTES);
  private byteLength = 0;
  private count = 0;
  private starts = new Uint32Array(FRAMES_GUESS);
  private lengths = new Uint32Array(FRAMES_GUESS);
  private recvEpochUs = new Float64Array(FRAMES_GUESS);
  private recvExtraNs = new Uint16Array(FRAMES_GUESS);
  private sources = new Uint8Array(FRAMES_GUESS);
  private nameIndexes = new Uint32Array(FRAMES_GUESS);
  private frameCount = 0;
  private totalBytes = 0;

  /** The number of a connection or URL. */
  nameIndexOf(name: string): number {
    const known = this.nameIndex.get(name);
    if (known !== undefined) return known;
    this.nameIndex.set(name, this.names.length);
    this.names.push(name);
    return this.names.length - 1;
  }

  /** Whether a frame of this size is one. */
  accepts(length: number): boolean {
    return length > 0 && length <= FRAME_BYTES_MAX;
  }

  /** Adds source[start, end) as the next frame. */
  add(
    source: Buffer,
    start: number,
    end: number,
    epochUs: number,
    extraNs: number,
    sourceKind: number,
    nameIndex: number,
  ): void {
    const length = end - start;
    if (this.byteLength + length > this.bytes.length || this.count === this.starts.length) this.seal();
    source.copy(this.bytes, this.byteLength, start, end);
    const index = this.count++;
    this.starts[index] = this.byteLength;
    this.lengths[index] = length;
    this.recvEpochUs[index] = epochUs;
    this.recvExtraNs[index] = extraNs;
    this.sources[index] = sourceKind;
    this.nameIndexes[index] = nameIndex;
    this.byteLength += length;
    this.frameCount++;
    this.totalBytes += length;
  }

  get addedBytes(): number {
    return this.totalBytes;
  }

  finish(path: string): Capture {
    this.seal();
    return {
      path,
      blocks: this.blocks,
      frameCount: this.frameCount,
      byteLength: this.totalBytes,
      names: this.names,
      firstEpochUs: this.blocks.length === 0 ? 0 : this.blocks[0].recvEpochUs[0],
    };
  }

  /** Closes the open block; the scratch arrays go on to the next. */
  private seal(): void {
    if (this.count === 0) return;
    const count = this.count;
    this.blocks.push({
      bytes: Buffer.from(this.bytes.subarray(0, this.byteLength)),
      count,
      starts: this.starts.slice(0, count),
      lengths: this.lengths.slice(0, count),
      recvEpochUs: this.recvEpochUs.slice(0, count),
      recvExtraNs: this.recvExtraNs.slice(0, count),
      sources: this.sources.slice(0, count),
      nameIndexes: this.nameIndexes.slice(0, count),
    });
    this.byteLength = 0;
    this.count = 0;
  }
}
