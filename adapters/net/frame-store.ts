// hot path: no allocation after start

/** Returned when there is no frame. */
export const NO_FRAME = -1;

/**
 * A bounded first-in first-out store of raw frames in one block of memory: what must wait (for a snapshot,
 * for room in a ring) waits here as bytes. One thread.
 */
export class FrameStore {
  readonly bytes: Buffer;
  private readonly starts: Int32Array;
  private readonly lengths: Int32Array;
  private readonly recvNs: Float64Array;
  private readonly tags: Int32Array;
  private headIndex: number;
  private tailIndex: number;
  private tailByte: number;

  constructor(capacityBytes: number, framesMax: number) {
    this.bytes = Buffer.alloc(capacityBytes);
    this.starts = new Int32Array(framesMax);
    this.lengths = new Int32Array(framesMax);
    this.recvNs = new Float64Array(framesMax);
    this.tags = new Int32Array(framesMax);
    this.headIndex = 0;
    this.tailIndex = 0;
    this.tailByte = 0;
  }

  get count(): number {
    return this.tailIndex - this.headIndex;
  }

  isEmpty(): boolean {
    return this.headIndex === this.tailIndex;
  }

  /**
   * Copies source[start, end) behind the others, with its receive time `times[timeSlot]` and a number of the
   * caller's. False = no room; nothing changed.
   */
  append(
    source: Uint8Array,
    start: number,
    end: number,
    times: Float64Array,
    timeSlot: number,
    tag: number,
  ): boolean {
    const length = end - start;
    if (this.tailByte + length > this.bytes.length || this.tailIndex === this.starts.length) {
      this.compact();
      if (this.tailByte + length > this.bytes.length || this.tailIndex === this.starts.length) return false;
    }
    const to = this.tailByte;
    const bytes = this.bytes;
    for (let index = 0; index < length; index++) bytes[to + index] = source[start + index];
    this.starts[this.tailIndex] = to;
    this.lengths[this.tailIndex] = length;
    this.recvNs[this.tailIndex] = times[timeSlot];
    this.tags[this.tailIndex] = tag;
    this.tailIndex++;
    this.tailByte += length;
    return true;
  }

  /** Where the oldest frame starts in `bytes`, or NO_FRAME. */
  headStart(): number {
    return this.headIndex === this.tailIndex ? NO_FRAME : this.starts[this.headIndex];
  }

  headEnd(): number {
    return this.starts[this.headIndex] + this.lengths[this.headIndex];
  }

  headTag(): number {
    return this.tags[this.headIndex];
  }

  /** Puts the oldest frame's receive time into `times[timeSlot]`. */
  readHeadTime(times: Float64Array, timeSlot: number): void {
    times[timeSlot] = this.recvNs[this.headIndex];
  }

  /** Forgets the oldest frame. */
  dropHead(): void {
    this.headIndex++;
    if (this.headIndex === this.tailIndex) this.clear();
  }

  clear(): void {
    this.headIndex = 0;
    this.tailIndex = 0;
    this.tailByte = 0;
  }

  /** Moves what is left to the front. */
  private compact(): void {
    if (this.headIndex === 0) return;
    const firstByte = this.starts[this.headIndex];
    this.bytes.copyWithin(0, firstByte, this.tailByte);
    const count = this.tailIndex - this.headIndex;
    for (let index = 0; index < count; index++) {
      const from = this.headIndex + index;
      this.starts[index] = this.starts[from] - firstByte;
      this.lengths[index] = this.lengths[from];
      this.recvNs[index] = this.recvNs[from];
      this.tags[index] = this.tags[from];
    }
    this.headIndex = 0;
    this.tailIndex = count;
    this.tailByte -= firstByte;
  }
}
