// hot path: no allocation after start (texts excepted)
import { VENUE_IDS_MAX, VENUE_ID_BYTES_MAX } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { Region } from '../ipc/memory-map.ts';
import { EXECUTION_COUNTER } from './counters.ts';
import { NO_VENUE_ID, VenueIdReader } from './venue-id-reader.ts';
import { hashOf, isIdText, isQuoted, readPlainId } from './venue-id-text.ts';

const GENERATION = 0;
const USED = 1;
/** Set beside the length: the journal of this run was told key and text. */
const ANNOUNCED = 0x100;
const LENGTH_MASK = 0xff;
/** End of a list of places. */
const NONE = -1;
/**
 * Ids that nobody holds and that are kept all the same: those of the report being read, which its reader still needs.
 */
const RECENT_IDS = 8;

/**
 * Turns ids as venues write them (64-bit numbers, UUIDs, any text of at most VENUE_ID_BYTES_MAX bytes) into keys that fit
 * a number, the same key for the same id for as long as anybody holds it. The order table holds the ids of its orders,
 * the fill ledger those of the trades it remembers; what nobody holds is forgotten when the room is needed, least
 * recently seen first. One writer: the execution actor's thread (recovery before the threads start). Everything but the
 * shared memory is made again at attach; holders attach after it and hold again.
 */
export class VenueIds extends VenueIdReader {
  /** [0]: the key that `take` found; as a result a large number would be a new object. */
  readonly key: Float64Array = new Float64Array(1);
  private readonly counters: CounterBlock | null;
  /** Open addressing over the hash: place + 1, 0 = empty. Never more than half full. Zero, so untouched until used. */
  private readonly index: Int32Array;
  private readonly mask: number;
  private readonly step: number;
  private readonly turn: number;
  private readonly hashes: Int32Array;
  private readonly holds: Int32Array;
  /** Places nobody holds as a list, the least recently seen first; `next` also links the empty ones. */
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private oldest: number;
  private newest: number;
  private unheld: number;
  private empty: number;

  /**
   * @param counters null = not counted (recovery)
   * @param step how many accounts there are: each takes every step-th key, so that no two mean different ids by one key
   * @param turn which of them this is, from 0
   */
  constructor(
    buffer: SharedArrayBuffer,
    region: Region,
    counters: CounterBlock | null,
    capacity: number = VENUE_IDS_MAX,
    step: number = 1,
    turn: number = 0,
  ) {
    super(buffer, region, capacity);
    this.step = step;
    this.turn = turn;
    this.counters = counters;
    let size = 16;
    while (size < capacity * 2) size *= 2;
    this.index = new Int32Array(size);
    this.mask = size - 1;
    this.hashes = new Int32Array(capacity);
    this.holds = new Int32Array(capacity);
    this.next = new Int32Array(capacity);
    this.previous = new Int32Array(capacity);
    this.oldest = NONE;
    this.newest = NONE;
    this.unheld = 0;
    this.empty = NONE;
    this.rebuild();
  }

  /**
   * The key of the id in bytes [start, end), with or without double quotes ("123" and 123 are one id); NO_VENUE_ID,
   * counted, when it cannot be carried: too long, escaped, not UTF-8, or no room. Then an order is known by its client
   * id only, and a trade must not be reported: it could not be told from its repetition.
   */
  keyOf(bytes: Uint8Array, start: number, end: number): number {
    return this.take(bytes, start, end) ? this.key[0] : NO_VENUE_ID;
  }

  /** As `keyOf`; the key stands in [0] of `key`. */
  take(bytes: Uint8Array, start: number, end: number): boolean {
    return isQuoted(bytes, start, end)
      ? this.takeText(bytes, start + 1, end - 1)
      : this.takeText(bytes, start, end);
  }

  private takeText(bytes: Uint8Array, from: number, to: number): boolean {
    if (readPlainId(bytes, from, to, this.key)) return true;
    if (!isIdText(bytes, from, to)) return this.refuse();
    const hash = hashOf(bytes, from, to);
    const found = this.find(hash, bytes, from, to);
    if (found !== NONE) {
      if (this.holds[found] === 0) this.touch(found);
      this.key[0] = this.keys[found];
      return true;
    }
    const place = this.freePlace();
    if (place === NONE) return this.refuse();
    this.keep(place, hash, bytes, from, to);
    this.key[0] = this.keys[place];
    return true;
  }

  /**
   * The key of an id as `JSON.parse` gives it. For answers off the hot path; allocates. A number beyond 2^53 has lost
   * its last digits by then and is refused: take such ids from the bytes.
   */
  keyOfValue(value: unknown): number {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    const text = typeof value === 'string' ? value : value === 0 ? '0' : '';
    const bytes = new TextEncoder().encode(text);
    // Half a character (a lone surrogate) would become another one.
    const length = text.isWellFormed() ? bytes.length : 0;
    return this.takeText(bytes, 0, length) ? this.key[0] : NO_VENUE_ID;
  }

  /** The caller relies on the id: it is kept until `release` was called as often. Plain numbers need no keeping. */
  hold(key: number): void {
    const place = this.placeOf(key);
    if (place >= 0) this.holdPlace(place);
  }

  /** The opposite of `hold`. */
  release(key: number): void {
    const place = this.placeOf(key);
    if (place < 0 || this.holds[place] === 0) return;
    this.holds[place]--;
    if (this.holds[place] === 0) this.append(place);
  }

  /** Whether the journal was told what the key at a place means. */
  isAnnounced(place: number): boolean {
    return (this.lengths[place] & ANNOUNCED) !== 0;
  }

  setAnnounced(place: number): void {
    Atomics.store(this.lengths, place, this.lengths[place] | ANNOUNCED);
  }

  private refuse(): false {
    this.counters?.increment(EXECUTION_COUNTER.venueIdsRefused);
    return false;
  }

  /** A place for a new id: an empty one, a fresh one, or that of the id nobody has asked for the longest. */
  private freePlace(): number {
    const { empty } = this;
    if (empty !== NONE) {
      this.empty = this.next[empty];
      return empty;
    }
    const used = this.header[USED];
    if (used < this.capacity) {
      this.header[USED] = used + 1;
      return used;
    }
    if (this.unheld <= RECENT_IDS) return NONE;
    const place = this.oldest;
    this.unlink(place);
    this.unindex(place);
    this.counters?.increment(EXECUTION_COUNTER.venueIdsForgotten);
    return place;
  }

  private keep(place: number, hash: number, bytes: Uint8Array, start: number, end: number): void {
    this.counters?.increment(EXECUTION_COUNTER.venueIdsKept);
    Atomics.store(this.lengths, place, 0);
    this.keys[place] = 0;
    const to = place * VENUE_ID_BYTES_MAX - start;
    for (let at = start; at < end; at++) this.texts[to + at] = bytes[at];
    const last = this.header[GENERATION];
    const generation = last === 0 ? 1 + this.turn : last + this.step;
    this.header[GENERATION] = generation;
    this.keys[place] = -(generation * this.capacity + place);
    Atomics.store(this.lengths, place, end - start);
    this.enter(place, hash);
    this.append(place);
  }

  private find(hash: number, bytes: Uint8Array, start: number, end: number): number {
    let at = hash & this.mask;
    for (;;) {
      const place = this.index[at] - 1;
      if (place === NONE) return NONE;
      if (this.hashes[place] === hash && this.isText(place, bytes, start, end)) return place;
      at = (at + 1) & this.mask;
    }
  }

  private isText(place: number, bytes: Uint8Array, start: number, end: number): boolean {
    if ((this.lengths[place] & LENGTH_MASK) !== end - start) return false;
    const from = place * VENUE_ID_BYTES_MAX - start;
    for (let at = start; at < end; at++) if (this.texts[from + at] !== bytes[at]) return false;
    return true;
  }

  private enter(place: number, hash: number): void {
    this.hashes[place] = hash;
    let at = hash & this.mask;
    while (this.index[at] !== 0) at = (at + 1) & this.mask;
    this.index[at] = place + 1;
  }

  /** Takes a place out of the index; those behind it move up, so no gap cuts a search short. */
  private unindex(place: number): void {
    const { index, mask, hashes } = this;
    let hole = hashes[place] & mask;
    while (index[hole] !== place + 1) hole = (hole + 1) & mask;
    let at = (hole + 1) & mask;
    while (index[at] !== 0) {
      const home = hashes[index[at] - 1] & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        index[hole] = index[at];
        hole = at;
      }
      at = (at + 1) & mask;
    }
    index[hole] = 0;
  }

  private holdPlace(place: number): void {
    if (this.holds[place] === 0) this.unlink(place);
    this.holds[place]++;
  }

  private touch(place: number): void {
    if (this.newest === place) return;
    this.unlink(place);
    this.append(place);
  }

  private append(place: number): void {
    this.previous[place] = this.newest;
    this.next[place] = NONE;
    if (this.newest === NONE) this.oldest = place;
    else this.next[this.newest] = place;
    this.newest = place;
    this.unheld++;
  }

  private unlink(place: number): void {
    const before = this.previous[place];
    const after = this.next[place];
    if (before === NONE) this.oldest = after;
    else this.next[before] = after;
    if (after === NONE) this.newest = before;
    else this.previous[after] = before;
    this.unheld--;
  }

  /** At attach: a place whose writer died half-way is empty again; ids nobody holds are ordered by when they were kept. */
  private rebuild(): void {
    const kept: number[] = [];
    for (let place = Math.min(this.header[USED], this.capacity) - 1; place >= 0; place--) {
      const length = this.lengths[place] & LENGTH_MASK;
      if (this.keys[place] < 0 && length > 0) {
        kept.push(place);
        continue;
      }
      this.next[place] = this.empty;
      this.empty = place;
    }
    kept.sort((a, b) => this.keys[b] - this.keys[a]);
    for (const place of kept) {
      const from = place * VENUE_ID_BYTES_MAX;
      this.enter(place, hashOf(this.texts, from, from + (this.lengths[place] & LENGTH_MASK)));
      this.append(place);
    }
  }
}
