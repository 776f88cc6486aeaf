// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Doorbell } from './doorbell.ts';
import type { Region } from './memory-map.ts';

/*
 * Single-producer single-consumer ring of variable-length records over shared memory.
 *
 *   byte    0  tail      Int32, moved by the producer at commit
 *         128  head      Int32, moved by the consumer once per batch
 *         256  producer  Float64 x 3: published, refused, highWaterBytes; then Int32 at 280: countedTail
 *         384  consumer  Float64 x 2: consumed, poisoned; then Int32 x 3 at 400: inFlight, inFlightState, countedHead
 *         512  data      capacity bytes, a power of two
 *
 *   record  0  length    Int32, payload bytes
 *           4  type      Int32, template id; 0 = padding up to the end of the data area
 *           8  payload   8-byte aligned, so Float64 fields can be read in place
 *
 * Positions are byte counts that wrap at 2^32; they are compared by `(a - b) | 0`. The tail moves at commit, so a
 * producer that dies between claim and commit leaves nothing half-open (SPSCQueue.h publishes after the write;
 * Agrona's rings move the tail at claim because they serve many producers). A thread can be ended at any call, an
 * atomic store included: `countedTail` and `countedHead` say up to where the figures count, so a successor puts right
 * what its predecessor published or handled but did not count.
 */

/** What happens when a ring is full; part of the ring's declaration. */
export type OverflowPolicy = 'lossless' | 'conflate' | 'drop';

/** A ring as declared in the topology. */
export interface RingDeclaration {
  readonly name: string;
  readonly policy: OverflowPolicy;
  /** Bytes of the data area, a power of two. */
  readonly capacityBytes: number;
}

/** `tryClaim` found no room; the ring's overflow policy says what the producer does now. */
export const BACK_PRESSURED = -2;

const RECORD_HEADER_BYTES = 8;
const PADDING_TYPE = 0;
const RING_HEADER_BYTES = 512;
const TAIL_INDEX = 0;
const HEAD_INDEX = 128 >> 2;
const PUBLISHED_INDEX = 256 >> 3;
const REFUSED_INDEX = PUBLISHED_INDEX + 1;
const HIGH_WATER_INDEX = PUBLISHED_INDEX + 2;
const CONSUMED_INDEX = 384 >> 3;
const POISONED_INDEX = CONSUMED_INDEX + 1;
const IN_FLIGHT_INDEX = 400 >> 2;
const IN_FLIGHT_STATE_INDEX = IN_FLIGHT_INDEX + 1;
const COUNTED_HEAD_INDEX = IN_FLIGHT_INDEX + 2;
const COUNTED_TAIL_INDEX = 280 >> 2;
/** No reader is in a batch / inside the handler of the record at inFlight / all before inFlight is handled. */
const NOT_IN_BATCH = 0;
const HANDLING = 1;
const RELEASING = 2;

/** The high-water mark is exact to this part of the capacity, as a power of two: 1/32. */
const HIGH_WATER_SHIFT = 5;

/** Bytes of shared memory a ring of `capacityBytes` needs. */
export function ringBytes(capacityBytes: number): number {
  invariant(
    capacityBytes >= 64 && capacityBytes <= 0x2000_0000 && (capacityBytes & (capacityBytes - 1)) === 0,
    `ring capacity must be a power of two of 64..2^29 bytes, got ${capacityBytes}`,
  );
  return RING_HEADER_BYTES + capacityBytes;
}

/** Typed arrays over a ring's data area; flyweights wrap themselves around these. */
export class RecordView {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly u8: Uint8Array;

  constructor(buffer: SharedArrayBuffer | ArrayBuffer, byteOffset: number, byteLength: number) {
    this.i32 = new Int32Array(buffer, byteOffset, byteLength >> 2);
    this.f64 = new Float64Array(buffer, byteOffset, byteLength >> 3);
    this.u8 = new Uint8Array(buffer, byteOffset, byteLength);
  }
}

/** Called for each record; `byteOffset` is the payload's place in the view. Must not keep the view's contents. */
export type RecordHandler = (type: number, view: RecordView, byteOffset: number, byteLength: number) => void;

/** The writing end of a ring. Exactly one thread owns it. */
export class Publication {
  readonly name: string;
  readonly policy: OverflowPolicy;
  readonly capacityBytes: number;
  readonly view: RecordView;
  private readonly words: Int32Array;
  private readonly stats: Float64Array;
  private readonly doorbell: Doorbell | null;
  private readonly mask: number;
  private tail: number;
  private cachedHead: number;
  private claimedEnd: number;
  private claimedBytes: number;
  private claimOpen: boolean;
  /** Records closed and not published. */
  private heldCount: number;
  /** Depth by the cached head above which the high-water mark may have to rise. */
  private lookAtHeadBytes: number;

  /** Attaches to the ring; a restarted producer continues where the last commit ended. */
  constructor(
    buffer: SharedArrayBuffer,
    region: Region,
    declaration: RingDeclaration,
    doorbell: Doorbell | null,
  ) {
    invariant(
      region.byteLength === ringBytes(declaration.capacityBytes),
      `region of ring "${declaration.name}" has another size`,
    );
    this.name = declaration.name;
    this.policy = declaration.policy;
    this.capacityBytes = declaration.capacityBytes;
    this.view = new RecordView(buffer, region.byteOffset + RING_HEADER_BYTES, declaration.capacityBytes);
    this.words = new Int32Array(buffer, region.byteOffset, RING_HEADER_BYTES >> 2);
    this.stats = new Float64Array(buffer, region.byteOffset, RING_HEADER_BYTES >> 3);
    this.doorbell = doorbell;
    this.mask = declaration.capacityBytes - 1;
    this.tail = Atomics.load(this.words, TAIL_INDEX);
    this.countUncounted();
    this.cachedHead = Atomics.load(this.words, HEAD_INDEX);
    this.claimedEnd = 0;
    this.claimedBytes = 0;
    this.claimOpen = false;
    this.heldCount = 0;
    this.lookAtHeadBytes = this.stats[HIGH_WATER_INDEX];
  }

  /**
   * Opens a record of `byteLength` payload bytes. Returns the payload's offset in `view`, or BACK_PRESSURED (counted).
   * At most one claim is open; it ends with `commit` or `abort`.
   */
  tryClaim(type: number, byteLength: number): number {
    invariant(!this.claimOpen, 'one claim at a time on a ring');
    invariant(type > 0, 'record types are positive');
    const recordBytes = (byteLength + RECORD_HEADER_BYTES + 7) & ~7;
    invariant(recordBytes <= this.capacityBytes >> 1, 'a record may take at most half its ring');
    const tailOffset = this.tail & this.mask;
    const toEnd = this.capacityBytes - tailOffset;
    const paddingBytes = recordBytes > toEnd ? toEnd : 0;
    const end = (this.tail + paddingBytes + recordBytes) | 0;
    if (((end - this.cachedHead) | 0) > this.capacityBytes) {
      this.cachedHead = Atomics.load(this.words, HEAD_INDEX);
      if (((end - this.cachedHead) | 0) > this.capacityBytes) {
        this.stats[REFUSED_INDEX] += 1;
        this.publish();
        return BACK_PRESSURED;
      }
    }
    let recordOffset = tailOffset;
    if (paddingBytes > 0) {
      this.view.i32[tailOffset >> 2] = paddingBytes - RECORD_HEADER_BYTES;
      this.view.i32[(tailOffset >> 2) + 1] = PADDING_TYPE;
      recordOffset = 0;
    }
    this.view.i32[recordOffset >> 2] = byteLength;
    this.view.i32[(recordOffset >> 2) + 1] = type;
    this.claimedEnd = end;
    this.claimedBytes = byteLength;
    this.claimOpen = true;
    return recordOffset + RECORD_HEADER_BYTES;
  }

  /** Publishes the open record, and those held before it; the consumer sees them from here on, and is woken. */
  commit(): void {
    this.commitHeld();
    this.publish();
  }

  /**
   * Closes the open record without publishing it: several records of one cause become visible at once, by `publish` or
   * the next `commit`, for the price of one. What is held when the producer dies was never there. A refused claim
   * publishes what is held, or the consumer could not make room.
   */
  commitHeld(): void {
    invariant(this.claimOpen, 'commit needs an open claim');
    this.claimOpen = false;
    this.tail = this.claimedEnd;
    this.heldCount++;
  }

  /** Publishes the held records, if there are any. */
  publish(): void {
    if (this.heldCount === 0) return;
    if (((this.tail - this.cachedHead) | 0) > this.lookAtHeadBytes) this.noteHighWater();
    Atomics.store(this.words, TAIL_INDEX, this.tail);
    this.stats[PUBLISHED_INDEX] += this.heldCount;
    this.words[COUNTED_TAIL_INDEX] = this.tail;
    this.heldCount = 0;
    if (this.doorbell !== null) this.doorbell.ring();
  }

  /**
   * Publishes the open record with fewer bytes than were claimed: a writer that learns the length while it scans
   * claims the most it may need. `byteLength` is at most what was claimed.
   */
  commitTrimmed(byteLength: number): void {
    invariant(this.claimOpen, 'commit needs an open claim');
    const claimedRecordBytes = (this.claimedBytes + RECORD_HEADER_BYTES + 7) & ~7;
    const recordBytes = (byteLength + RECORD_HEADER_BYTES + 7) & ~7;
    invariant(recordBytes <= claimedRecordBytes, 'a record cannot grow at commit');
    const start = (this.claimedEnd - claimedRecordBytes) | 0;
    this.view.i32[(start & this.mask) >> 2] = byteLength;
    this.claimedEnd = (start + recordBytes) | 0;
    this.commit();
  }

  /** Forgets the open record; nothing of it is ever seen. */
  abort(): void {
    invariant(this.claimOpen, 'abort needs an open claim');
    this.claimOpen = false;
  }

  /** Whether the consumer has taken everything published so far. */
  isDrained(): boolean {
    return Atomics.load(this.words, HEAD_INDEX) === this.tail;
  }

  /** Counts what a producer published and died before counting; its records lie there until this one writes. */
  private countUncounted(): void {
    let position = this.words[COUNTED_TAIL_INDEX];
    while (position !== this.tail) {
      const wordIndex = (position & this.mask) >> 2;
      if (this.view.i32[wordIndex + 1] !== PADDING_TYPE) this.stats[PUBLISHED_INDEX] += 1;
      position = (position + ((this.view.i32[wordIndex] + RECORD_HEADER_BYTES + 7) & ~7)) | 0;
      this.words[COUNTED_TAIL_INDEX] = position;
    }
  }

  /**
   * The cached head overstates the depth: only a fresh one may raise the mark. Reading it takes a cache line that the
   * consumer has just written, so not every record asks for one.
   */
  private noteHighWater(): void {
    this.cachedHead = Atomics.load(this.words, HEAD_INDEX);
    const depthBytes = (this.tail - this.cachedHead) | 0;
    if (depthBytes > this.stats[HIGH_WATER_INDEX]) this.stats[HIGH_WATER_INDEX] = depthBytes;
    this.lookAtHeadBytes = this.stats[HIGH_WATER_INDEX] + (this.capacityBytes >> HIGH_WATER_SHIFT);
  }
}

/** The reading end of a ring. Exactly one thread owns it. */
export class Subscription {
  readonly name: string;
  readonly policy: OverflowPolicy;
  readonly capacityBytes: number;
  readonly view: RecordView;
  private readonly words: Int32Array;
  private readonly stats: Float64Array;
  private readonly mask: number;
  private head: number;
  private cachedTail: number;
  /** Called with a record whose handler threw, before its memory is given back: copies it to a dead-letter log. */
  onPoison: RecordHandler | null;

  /**
   * Attaches to the ring. After a reader died inside a batch, records before the one it was handling count as
   * consumed: at most that one record is delivered again.
   */
  constructor(buffer: SharedArrayBuffer, region: Region, declaration: RingDeclaration) {
    invariant(
      region.byteLength === ringBytes(declaration.capacityBytes),
      `region of ring "${declaration.name}" has another size`,
    );
    this.name = declaration.name;
    this.policy = declaration.policy;
    this.capacityBytes = declaration.capacityBytes;
    this.view = new RecordView(buffer, region.byteOffset + RING_HEADER_BYTES, declaration.capacityBytes);
    this.words = new Int32Array(buffer, region.byteOffset, RING_HEADER_BYTES >> 2);
    this.stats = new Float64Array(buffer, region.byteOffset, RING_HEADER_BYTES >> 3);
    this.mask = declaration.capacityBytes - 1;
    if (this.words[IN_FLIGHT_STATE_INDEX] !== NOT_IN_BATCH) this.adoptDeadReadersBatch();
    this.head = Atomics.load(this.words, HEAD_INDEX);
    this.cachedTail = Atomics.load(this.words, TAIL_INDEX);
    this.onPoison = null;
  }

  /** Counts what the dead reader had handled and moves the head to the record it was in. */
  private adoptDeadReadersBatch(): void {
    const inFlight = this.words[IN_FLIGHT_INDEX];
    let position = this.words[COUNTED_HEAD_INDEX];
    while (position !== inFlight) {
      const wordIndex = (position & this.mask) >> 2;
      if (this.view.i32[wordIndex + 1] !== PADDING_TYPE) this.stats[CONSUMED_INDEX] += 1;
      position = (position + ((this.view.i32[wordIndex] + RECORD_HEADER_BYTES + 7) & ~7)) | 0;
      this.words[COUNTED_HEAD_INDEX] = position;
    }
    Atomics.store(this.words, HEAD_INDEX, inFlight);
    this.words[IN_FLIGHT_STATE_INDEX] = NOT_IN_BATCH;
  }

  /**
   * Hands up to `limit` records to `handler` in order and returns how many. The head is published once, also when
   * the handler throws: the record that threw counts as consumed (and as poisoned), so it cannot kill twice.
   */
  poll(handler: RecordHandler, limit: number): number {
    let position = this.head;
    if (position === this.cachedTail) {
      this.cachedTail = Atomics.load(this.words, TAIL_INDEX);
      if (position === this.cachedTail) return 0;
    }
    const i32 = this.view.i32;
    let count = 0;
    let isHandling = false;
    let handledAt = 0;
    this.words[IN_FLIGHT_INDEX] = position;
    this.words[IN_FLIGHT_STATE_INDEX] = HANDLING;
    try {
      while (count < limit && position !== this.cachedTail) {
        const offset = position & this.mask;
        const byteLength = i32[offset >> 2];
        const type = i32[(offset >> 2) + 1];
        const next = (position + ((byteLength + RECORD_HEADER_BYTES + 7) & ~7)) | 0;
        if (type !== PADDING_TYPE) {
          this.words[IN_FLIGHT_INDEX] = position;
          handledAt = offset;
          count++;
          position = next;
          isHandling = true;
          handler(type, this.view, offset + RECORD_HEADER_BYTES, byteLength);
          isHandling = false;
        } else {
          position = next;
        }
      }
    } finally {
      if (isHandling) this.buryAndRelease(handledAt, position, count);
      else this.release(position, count);
    }
    return count;
  }

  /** At every instant a successor finds either a head or an in-flight position that names all that was handled. */
  private release(position: number, count: number): void {
    this.head = position;
    this.words[IN_FLIGHT_INDEX] = position;
    this.words[IN_FLIGHT_STATE_INDEX] = RELEASING;
    this.stats[CONSUMED_INDEX] += count;
    this.words[COUNTED_HEAD_INDEX] = position;
    Atomics.store(this.words, HEAD_INDEX, position);
    this.words[IN_FLIGHT_STATE_INDEX] = NOT_IN_BATCH;
  }

  /** The batch ends also when the dead-letter handler throws, or the record would be delivered again. */
  private buryAndRelease(handledAt: number, position: number, count: number): void {
    try {
      this.buryPoison(handledAt);
    } finally {
      this.release(position, count);
    }
  }

  private buryPoison(offset: number): void {
    this.stats[POISONED_INDEX] += 1;
    if (this.onPoison === null) return;
    const wordIndex = offset >> 2;
    const payloadAt = offset + RECORD_HEADER_BYTES;
    this.onPoison(this.view.i32[wordIndex + 1], this.view, payloadAt, this.view.i32[wordIndex]);
  }

  /** Whether at least one record waits. */
  hasWork(): boolean {
    if (this.head !== this.cachedTail) return true;
    this.cachedTail = Atomics.load(this.words, TAIL_INDEX);
    return this.head !== this.cachedTail;
  }
}

/** A ring's figures as anyone may read them at any time. */
export interface RingStats {
  readonly name: string;
  readonly policy: OverflowPolicy;
  readonly published: number;
  readonly consumed: number;
  /** Records given up because the ring was full (`drop` rings). */
  readonly dropped: number;
  /** Records replaced by a newer one because the ring was full (`conflate` rings). */
  readonly conflated: number;
  /** Claims refused on a `lossless` ring; the producer kept the record. */
  readonly backPressured: number;
  readonly poisoned: number;
  /** Records now in the ring. */
  readonly depth: number;
  /** Most bytes ever in the ring, at most 1/32 of its size too low; and the ring's size. */
  readonly highWater: number;
  readonly capacityBytes: number;
}

/** Reads a ring's figures without taking part in it. Any thread. */
export class RingMonitor {
  readonly declaration: RingDeclaration;
  private readonly stats: Float64Array;
  private readonly words: Int32Array;
  private readonly view: RecordView;

  constructor(buffer: SharedArrayBuffer, region: Region, declaration: RingDeclaration) {
    this.declaration = declaration;
    this.stats = new Float64Array(buffer, region.byteOffset, RING_HEADER_BYTES >> 3);
    this.words = new Int32Array(buffer, region.byteOffset, RING_HEADER_BYTES >> 2);
    this.view = new RecordView(buffer, region.byteOffset + RING_HEADER_BYTES, declaration.capacityBytes);
  }

  read(): RingStats {
    const refused = this.stats[REFUSED_INDEX];
    const published = this.stats[PUBLISHED_INDEX];
    const consumed = this.stats[CONSUMED_INDEX];
    const { name, policy, capacityBytes } = this.declaration;
    return {
      name,
      policy,
      published,
      consumed,
      dropped: policy === 'drop' ? refused : 0,
      conflated: policy === 'conflate' ? refused : 0,
      backPressured: policy === 'lossless' ? refused : 0,
      poisoned: this.stats[POISONED_INDEX],
      depth: Math.max(0, published - consumed),
      highWater: this.stats[HIGH_WATER_INDEX],
      capacityBytes,
    };
  }

  /**
   * Records between head and tail, counted one by one: what `published - consumed` must be. Only while the ring has
   * neither writer nor reader.
   */
  countWaiting(): number {
    let count = 0;
    this.forEachWaiting(() => {
      count++;
    });
    return count;
  }

  /** Hands every record between head and tail to `handler`, oldest first. Only while the ring has neither writer nor reader. */
  forEachWaiting(handler: RecordHandler): void {
    this.peek(Atomics.load(this.words, HEAD_INDEX), handler);
  }

  /**
   * Hands every record published since `position` to `handler` without consuming it and returns the position after the
   * last. For observers on the producer's own thread, called before more than the ring's size was written since.
   */
  peek(position: number, handler: RecordHandler): number {
    const tail = Atomics.load(this.words, TAIL_INDEX);
    const mask = this.declaration.capacityBytes - 1;
    invariant(
      ((tail - position) | 0) <= this.declaration.capacityBytes,
      'a peek comes before the ring is lapped',
    );
    let at = position;
    while (at !== tail) {
      const offset = at & mask;
      const byteLength = this.view.i32[offset >> 2];
      const type = this.view.i32[(offset >> 2) + 1];
      if (type !== PADDING_TYPE) handler(type, this.view, offset + RECORD_HEADER_BYTES, byteLength);
      at = (at + ((byteLength + RECORD_HEADER_BYTES + 7) & ~7)) | 0;
    }
    return at;
  }

  /**
   * After a consumer was ended while it hung: skips the record it hung on, hands it to `deadLetter`, and says whether
   * there was one. Supervisor only, while the ring has no consumer.
   */
  skipInFlight(deadLetter: RecordHandler): boolean {
    if (this.words[IN_FLIGHT_STATE_INDEX] !== HANDLING) return false;
    const position = this.words[IN_FLIGHT_INDEX];
    const offset = position & (this.declaration.capacityBytes - 1);
    const byteLength = this.view.i32[offset >> 2];
    const type = this.view.i32[(offset >> 2) + 1];
    if (type === PADDING_TYPE || position === Atomics.load(this.words, TAIL_INDEX)) return false;
    deadLetter(type, this.view, offset + RECORD_HEADER_BYTES, byteLength);
    this.words[IN_FLIGHT_INDEX] = (position + ((byteLength + RECORD_HEADER_BYTES + 7) & ~7)) | 0;
    this.stats[POISONED_INDEX] += 1;
    return true;
  }
}
