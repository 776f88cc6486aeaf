// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Region } from './memory-map.ts';
import { BACK_PRESSURED, RecordView } from './ring.ts';
import type { Publication } from './ring.ts';

/*
 * Records an actor owes to several rings, in shared memory, so that neither a full ring nor the actor's death loses one.
 *   byte 0  tail     Int32, records ever written (wraps)
 *        4  cursors  Int32 x 16, per destination: records it is done with
 *      128  records, RECORD_BYTES each: 0 type Int32; 4 mask << 16 | length Int32; 8 payload
 * Each destination has its own cursor, so a stuck ring holds up only itself until the outbox is full. A death between
 * a destination's commit and its cursor repeats at most that one record: consumers know repetitions.
 */
const HEADER_BYTES = 128;
/** Three cache lines: a replacement, the longest record owed, takes 128 bytes without the header. */
const RECORD_BYTES = 192;
const TAIL = 0;
const CURSORS = 1;
/** As many as a record's mask has bits. */
const DESTINATIONS_MAX = 16;

/** No room in the outbox. */
export const OUTBOX_FULL = -1;

/** Largest payload of an outbox record. */
export const OUTBOX_PAYLOAD_BYTES_MAX: number = RECORD_BYTES - 8;

/** Bytes of shared memory an outbox of `records` (a power of two) needs. */
export function outboxBytes(records: number): number {
  invariant(records >= 2 && (records & (records - 1)) === 0, 'an outbox holds a power of two of records');
  return HEADER_BYTES + records * RECORD_BYTES;
}

/** The outbox and its way out. One thread. */
export class Outbox {
  readonly view: RecordView;
  private readonly words: Int32Array;
  private readonly destinations: readonly Publication[];
  private readonly records: number;
  private open: boolean;

  /** @param destinations bit n of a record's mask means destinations[n]; full `drop` rings are passed over (the ring counts) */
  constructor(
    buffer: SharedArrayBuffer,
    region: Region,
    records: number,
    destinations: readonly Publication[],
  ) {
    invariant(region.byteLength === outboxBytes(records), 'region of the outbox has another size');
    invariant(destinations.length <= DESTINATIONS_MAX, `an outbox serves at most ${DESTINATIONS_MAX} rings`);
    this.view = new RecordView(buffer, region.byteOffset, region.byteLength);
    this.words = this.view.i32;
    this.destinations = destinations;
    this.records = records;
    this.open = false;
  }

  /** Records that some destination has not had yet. */
  backlog(): number {
    const tail = this.words[TAIL];
    let most = 0;
    for (let index = 0; index < this.destinations.length; index++) {
      const owed = (tail - this.words[CURSORS + index]) | 0;
      if (owed > most) most = owed;
    }
    return most;
  }

  /** Records that can be written before the outbox is full. */
  room(): number {
    return this.records - this.backlog();
  }

  /** Opens a record; the payload's offset in `view`, or OUTBOX_FULL. `commit` makes it owed. */
  tryClaim(type: number, byteLength: number, mask: number): number {
    invariant(!this.open, 'one claim at a time on an outbox');
    invariant(byteLength <= OUTBOX_PAYLOAD_BYTES_MAX, 'an outbox record has a limited size');
    if (this.room() < 1) return OUTBOX_FULL;
    const at = HEADER_BYTES + (this.words[TAIL] & (this.records - 1)) * RECORD_BYTES;
    this.words[at >> 2] = type;
    this.words[(at >> 2) + 1] = (mask << 16) | byteLength;
    this.open = true;
    return at + 8;
  }

  /** The open record is owed from here on. */
  commit(): void {
    invariant(this.open, 'commit needs an open claim');
    this.open = false;
    this.words[TAIL] = (this.words[TAIL] + 1) | 0;
  }

  /** Hands out what the rings have room for; the number of records handed out. */
  deliver(): number {
    let count = 0;
    const tail = this.words[TAIL];
    for (let index = 0; index < this.destinations.length; index++) {
      if (this.words[CURSORS + index] !== tail) count += this.deliverTo(index, tail);
    }
    return count;
  }

  private deliverTo(index: number, tail: number): number {
    const destination = this.destinations[index];
    const bit = 1 << index;
    let cursor = this.words[CURSORS + index];
    let count = 0;
    while (cursor !== tail) {
      const at = HEADER_BYTES + (cursor & (this.records - 1)) * RECORD_BYTES;
      const lengthAndMask = this.words[(at >> 2) + 1];
      if (((lengthAndMask >>> 16) & bit) !== 0) {
        if (!this.copyTo(destination, at, lengthAndMask & 0xffff)) return count;
        count++;
      }
      cursor = (cursor + 1) | 0;
      this.words[CURSORS + index] = cursor;
    }
    return count;
  }

  /** False when the record must wait. */
  private copyTo(destination: Publication, at: number, byteLength: number): boolean {
    const to = destination.tryClaim(this.words[at >> 2], byteLength);
    if (to === BACK_PRESSURED) return destination.policy !== 'lossless';
    const from8 = (at + 8) >> 3;
    const to8 = to >> 3;
    const f64 = destination.view.f64;
    const source = this.view.f64;
    for (let word = 0; word < byteLength >> 3; word++) f64[to8 + word] = source[from8 + word];
    destination.commit();
    return true;
  }
}
