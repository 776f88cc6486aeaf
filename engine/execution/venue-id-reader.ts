// hot path: no allocation after start (texts excepted)
import { invariant } from '../core/assert.ts';
import { VENUE_IDS_MAX, VENUE_ID_BYTES_MAX } from '../core/limits.ts';
import type { Region } from '../ipc/memory-map.ts';

/*
 * Ids of the venue (orders, trades) are numbers everywhere in the engine, their keys:
 *   1 and above  the id is this plain decimal number, below 2^53
 *   0            no id
 *   below 0      any other id; its text is kept here. -(generation x capacity + place): every text kept gets a generation
 *                of its own, so a key whose text was forgotten never comes to mean another.
 *
 * In shared memory, one writer (engine/execution/venue-ids.ts):
 *   byte 0  header   Float64 x 16: 0 last generation, 1 places used so far
 *      128  keys     Float64 x capacity; 0 = nothing here
 *      ...  lengths  Int32 x capacity: bytes of the text, plus ANNOUNCED; written last
 *      ...  texts    VENUE_ID_BYTES_MAX x capacity, UTF-8
 */
const HEADER_BYTES = 128;
const LENGTH_MASK = 0xff;
const DIGIT_0 = 48;
const DIGITS_MAX = 16;

/** Key of no id: not known yet, or refused. */
export const NO_VENUE_ID = 0;

/** What is shown for a key whose text was forgotten. */
export const FORGOTTEN_ID_TEXT = '(forgotten)';

/** Bytes of shared memory `capacity` kept ids need. */
export function venueIdBytes(capacity: number = VENUE_IDS_MAX): number {
  return HEADER_BYTES + capacity * (8 + 4 + VENUE_ID_BYTES_MAX);
}

/** What a venue id is called for people. */
export type VenueIdTexts = Pick<VenueIdReader, 'shown'>;

/** The ids of several accounts; a key is known to one of them. Any thread. */
export function venueIdTexts(readers: readonly VenueIdReader[]): VenueIdTexts {
  return { shown: (key) => (readers.find((ids) => ids.placeOf(key) >= 0) ?? readers[0]).shown(key) };
}

/** Keys of venue ids back to what the venue said. Any thread. */
export class VenueIdReader {
  protected readonly capacity: number;
  protected readonly header: Float64Array;
  protected readonly keys: Float64Array;
  protected readonly lengths: Int32Array;
  protected readonly texts: Uint8Array;
  private readonly digits: Uint8Array = new Uint8Array(DIGITS_MAX);

  constructor(buffer: SharedArrayBuffer, region: Region, capacity: number = VENUE_IDS_MAX) {
    invariant(region.byteLength === venueIdBytes(capacity), 'region of the venue ids has another size');
    this.capacity = capacity;
    let at = region.byteOffset;
    this.header = new Float64Array(buffer, at, HEADER_BYTES >> 3);
    at += HEADER_BYTES;
    this.keys = new Float64Array(buffer, at, capacity);
    at += capacity * 8;
    this.lengths = new Int32Array(buffer, at, capacity);
    at += capacity * 4;
    this.texts = new Uint8Array(buffer, at, capacity * VENUE_ID_BYTES_MAX);
  }

  /** Place of a kept id, or -1: a plain number, none, or forgotten. */
  placeOf(key: number): number {
    if (!(key < 0)) return -1;
    const place = (-key - Math.floor(-key / this.capacity) * this.capacity) | 0;
    return this.keys[place] === key ? place : -1;
  }

  /**
   * Writes the id as bytes (digits, or the text without quotes) at `at`; returns their number, 0 when there is none or
   * it was forgotten. `into` has room for VENUE_ID_BYTES_MAX.
   */
  copyTo(key: number, into: Uint8Array, at: number): number {
    if (key >= 0) return key === NO_VENUE_ID ? 0 : this.copyDigits(key, into, at);
    const place = this.placeOf(key);
    if (place < 0) return 0;
    const length = Atomics.load(this.lengths, place) & LENGTH_MASK;
    const from = place * VENUE_ID_BYTES_MAX;
    for (let index = 0; index < length; index++) into[at + index] = this.texts[from + index];
    // The writer may have given the place to another id meanwhile.
    return (Atomics.load(this.lengths, place) & LENGTH_MASK) === length && this.keys[place] === key
      ? length
      : 0;
  }

  /** The id as the venue wrote it; "" when there is none or it was forgotten. Allocates. */
  textOf(key: number): string {
    const bytes = new Uint8Array(VENUE_ID_BYTES_MAX);
    return new TextDecoder().decode(bytes.subarray(0, this.copyTo(key, bytes, 0)));
  }

  /** As people and telemetry get to see it: plain numbers stay numbers. Allocates. */
  shown(key: number): number | string {
    return key >= 0 ? key : this.textOf(key) || FORGOTTEN_ID_TEXT;
  }

  private copyDigits(key: number, into: Uint8Array, at: number): number {
    const { digits } = this;
    let rest = key;
    let from = DIGITS_MAX;
    while (rest > 0) {
      const next = Math.floor(rest / 10);
      digits[--from] = DIGIT_0 + (rest - next * 10);
      rest = next;
    }
    for (let index = from; index < DIGITS_MAX; index++) into[at + index - from] = digits[index];
    return DIGITS_MAX - from;
  }
}
