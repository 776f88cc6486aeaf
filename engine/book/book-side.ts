// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { COVERED_LEVELS_LOW } from '../core/limits.ts';

/** Levels looked at one by one from the touch before the search turns binary: most updates are near the touch. */
const LINEAR_LEVELS = 8;
/** Below this many elements a loop moves them faster than a call into the engine's memmove. */
const LOOP_MOVE_MAX = 24;

/** What `set` did to the side. */
export const LEVEL_EFFECT = { none: 0, changed: 1, inserted: 2, removed: 3, refused: 4 } as const;

/**
 * One side of an L2 book: parallel sorted arrays, worst level at index 0, best level last, so that a change near the
 * touch moves few elements. Prices are held as keys that grow towards the touch (bids: price, asks: -price), which makes
 * both sides run the same code. Bounded: what is worse than the worst kept level is dropped and counted.
 *
 * A side knows how far it sees: a snapshot that was cut off says nothing about prices beyond its last level. Levels
 * named there later are kept, but what lies between is unknown, so all readings (`count`, `priceTicksAt`, ...) stop at the
 * edge. One thread.
 */
export class BookSide {
  private readonly keys: Float64Array;
  private readonly sizes: Float64Array;
  private readonly capacity: number;
  private readonly sign: number;
  private levelCount: number;
  /** [0]: worst key that is covered, -Infinity = all are; a double stored in a field would be a new object. */
  private readonly edge: Float64Array = new Float64Array(1);
  /** Levels beyond the edge: those at the indexes below this one. */
  private beyondCount: number;
  /** Covered levels below which the side should be refreshed; 0 = never, the whole side is known. */
  private lowCount: number;
  private isLoading: boolean;
  private loadsFalling: boolean;
  private loadsRising: boolean;
  /** Levels given up because the side was full; grows only. */
  droppedCount: number;

  /** @param sign 1 for bids (higher is better), -1 for asks; @param capacity levels kept at most */
  constructor(sign: 1 | -1, capacity: number) {
    invariant(capacity > 0, 'a book side keeps at least one level');
    this.keys = new Float64Array(capacity);
    this.sizes = new Float64Array(capacity);
    this.capacity = capacity;
    this.sign = sign;
    this.levelCount = 0;
    this.edge[0] = -Infinity;
    this.beyondCount = 0;
    this.lowCount = 0;
    this.isLoading = false;
    this.loadsFalling = true;
    this.loadsRising = true;
    this.droppedCount = 0;
  }

  /** Covered levels: from the touch on without a hole. */
  get count(): number {
    return this.levelCount - this.beyondCount;
  }

  /** Levels kept, those beyond the edge included. */
  get keptCount(): number {
    return this.levelCount;
  }

  /** Whether no level is known that could be the touch, although there may be some: the edge has been reached. */
  get isUsedUp(): boolean {
    return this.lowCount > 0 && this.levelCount === this.beyondCount;
  }

  /** Whether so few covered levels are left that a new snapshot should be fetched. */
  get isLow(): boolean {
    return this.levelCount - this.beyondCount < this.lowCount;
  }

  /** Whether nothing was known of this price so far. */
  isBeyond(priceTicks: number): boolean {
    return priceTicks * this.sign < this.edge[0];
  }

  /** From the touch to this price every level is known; 0 = no statement. Levels kept beyond the edge until now count. */
  widen(priceTicks: number): void {
    const key = priceTicks * this.sign;
    if (priceTicks === 0 || key >= this.edge[0]) return;
    this.edge[0] = key;
    while (this.beyondCount > 0 && this.keys[this.beyondCount - 1] >= key) this.beyondCount--;
  }

  /** Price of the level `depth` steps behind the touch (0 = best); 0 beyond the last covered level. */
  priceTicksAt(depth: number): number {
    const index = this.levelCount - 1 - depth;
    return index >= this.beyondCount ? this.keys[index] * this.sign : 0;
  }

  /** Size of the level `depth` steps behind the touch; 0 beyond the last covered level. */
  qtyLotsAt(depth: number): number {
    const index = this.levelCount - 1 - depth;
    return index >= this.beyondCount ? this.sizes[index] : 0;
  }

  /** How many levels from the touch on are at this price or better. */
  levelsTo(priceTicks: number): number {
    return this.levelCount - 1 - this.lastAtMost(priceTicks * this.sign - 1);
  }

  /** Size at a price, covered or not; 0 when no such level is known. */
  qtyLotsOf(priceTicks: number): number {
    const key = priceTicks * this.sign;
    const index = this.lastAtMost(key);
    return index >= 0 && this.keys[index] === key ? this.sizes[index] : 0;
  }

  /** All levels kept, best first, those beyond the edge included; allocates, so for tools and tests only. */
  keptLevels(): [priceTicks: number, qtyLots: number][] {
    const levels: [number, number][] = [];
    for (let index = this.levelCount - 1; index >= 0; index--) {
      levels.push([this.keys[index] * this.sign, this.sizes[index]]);
    }
    return levels;
  }

  /** Sum of the best `levels` sizes that are known; near the edge also of levels beyond it, which may not be the next ones. */
  volumeLots(levels: number): number {
    const first = this.levelCount > levels ? this.levelCount - levels : 0;
    let sum = 0;
    for (let index = this.levelCount - 1; index >= first; index--) sum += this.sizes[index];
    return sum;
  }

  /** Forgets all levels; what comes next is taken for the whole side. */
  clear(): void {
    this.levelCount = 0;
    this.seeAll();
    this.isLoading = false;
  }

  /** Sets the size at a price, 0 removes the level. Returns LEVEL_EFFECT. */
  set(priceTicks: number, qtyLots: number): number {
    const key = priceTicks * this.sign;
    const index = this.lastAtMost(key);
    if (index >= 0 && this.keys[index] === key) {
      if (qtyLots === 0) {
        if (index < this.beyondCount) this.beyondCount--;
        this.removeAt(index);
        return LEVEL_EFFECT.removed;
      }
      this.sizes[index] = qtyLots;
      return LEVEL_EFFECT.changed;
    }
    if (qtyLots === 0) return LEVEL_EFFECT.none;
    if (this.levelCount === this.capacity) {
      return this.setInFull(index, key, qtyLots);
    }
    if (key < this.edge[0]) this.beyondCount++;
    this.insertAt(index + 1, key, qtyLots);
    return LEVEL_EFFECT.inserted;
  }

  /** Starts a snapshot: forgets all levels; `load` follows, then `finishLoading`. */
  startLoading(): void {
    this.levelCount = 0;
    this.seeAll();
    this.isLoading = true;
    this.loadsFalling = true;
    this.loadsRising = true;
  }

  /**
   * Adds a level of a snapshot. Levels usually come best first, which is the reverse of our order: they are appended and
   * turned round once at the end instead of moving the whole side per level.
   */
  load(priceTicks: number, qtyLots: number): void {
    if (qtyLots === 0) return;
    if (!this.isLoading) {
      this.set(priceTicks, qtyLots);
      return;
    }
    const key = priceTicks * this.sign;
    if (this.levelCount > 0) {
      const last = this.keys[this.levelCount - 1];
      if (!(key < last)) this.loadsFalling = false;
      if (!(key > last)) this.loadsRising = false;
    }
    if (this.levelCount < this.capacity) {
      this.keys[this.levelCount] = key;
      this.sizes[this.levelCount] = qtyLots;
      this.levelCount++;
    } else if (this.loadsFalling) {
      this.droppedCount++;
      this.seeOnlyKept(this.keys[this.levelCount - 1]);
    } else {
      this.sortLoaded();
      this.set(priceTicks, qtyLots);
    }
  }

  /**
   * Ends a snapshot: the side is sorted from here on. When the snapshot does not hold every level of the venue
   * (`isComplete` false), the side ends at the worst level loaded.
   */
  finishLoading(isComplete: boolean = true): void {
    this.sortLoaded();
    if (isComplete) return;
    this.edge[0] = this.levelCount > 0 ? this.keys[0] : Infinity;
    const half = this.levelCount >> 1;
    this.lowCount = half < COVERED_LEVELS_LOW ? (half > 1 ? half : 1) : COVERED_LEVELS_LOW;
  }

  private sortLoaded(): void {
    if (!this.isLoading) return;
    this.isLoading = false;
    if (this.loadsRising) return;
    if (this.loadsFalling) this.turnRound();
    else this.insertAllAgain();
  }

  private turnRound(): void {
    const { keys, sizes } = this;
    for (let low = 0, high = this.levelCount - 1; low < high; low++, high--) {
      const key = keys[low];
      const size = sizes[low];
      keys[low] = keys[high];
      sizes[low] = sizes[high];
      keys[high] = key;
      sizes[high] = size;
    }
  }

  /** Neither order: inserts one by one, in place (the sorted part never reaches beyond the element just read). */
  private insertAllAgain(): void {
    const count = this.levelCount;
    this.levelCount = 0;
    for (let index = 0; index < count; index++) this.set(this.keys[index] * this.sign, this.sizes[index]);
  }

  /** The last index whose key is at most `key`; -1 when all are greater. */
  private lastAtMost(key: number): number {
    const keys = this.keys;
    let index = this.levelCount - 1;
    const linearEnd = index - LINEAR_LEVELS;
    while (index >= 0 && index > linearEnd) {
      if (keys[index] <= key) return index;
      index--;
    }
    let low = 0;
    let high = index + 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle] <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private insertAt(at: number, key: number, qtyLots: number): void {
    const keys = this.keys;
    const sizes = this.sizes;
    const count = this.levelCount;
    if (count - at <= LOOP_MOVE_MAX) {
      for (let index = count; index > at; index--) {
        keys[index] = keys[index - 1];
        sizes[index] = sizes[index - 1];
      }
    } else {
      keys.copyWithin(at + 1, at, count);
      sizes.copyWithin(at + 1, at, count);
    }
    keys[at] = key;
    sizes[at] = qtyLots;
    this.levelCount = count + 1;
  }

  private removeAt(at: number): void {
    const keys = this.keys;
    const sizes = this.sizes;
    const last = this.levelCount - 1;
    if (last - at <= LOOP_MOVE_MAX) {
      for (let index = at; index < last; index++) {
        keys[index] = keys[index + 1];
        sizes[index] = sizes[index + 1];
      }
    } else {
      keys.copyWithin(at, at + 1, last + 1);
      sizes.copyWithin(at, at + 1, last + 1);
    }
    this.levelCount = last;
  }

  private seeAll(): void {
    this.edge[0] = -Infinity;
    this.beyondCount = 0;
    this.lowCount = 0;
  }

  /** A covered level was given up: nothing is known beyond `worstKey`, the worst that is kept. */
  private seeOnlyKept(worstKey: number): void {
    this.edge[0] = worstKey;
    if (this.lowCount > 0) return;
    const half = this.capacity >> 1;
    this.lowCount = half < COVERED_LEVELS_LOW ? (half > 1 ? half : 1) : COVERED_LEVELS_LOW;
  }

  /** The side is full: the worst level, which may be the new one, is given up. `at`: last index of a worse key. */
  private setInFull(at: number, key: number, qtyLots: number): number {
    this.droppedCount++;
    if (at < 0) {
      if (key >= this.edge[0]) this.seeOnlyKept(this.keys[0]);
      return LEVEL_EFFECT.refused;
    }
    const dropsCovered = this.beyondCount === 0;
    if (!dropsCovered) this.beyondCount--;
    this.replaceWorst(at, key, qtyLots);
    if (dropsCovered) this.seeOnlyKept(this.keys[0]);
    else if (key < this.edge[0]) this.beyondCount++;
    return LEVEL_EFFECT.inserted;
  }

  /** Full: index 0 makes room for a better level that belongs behind `at`. */
  private replaceWorst(at: number, key: number, qtyLots: number): void {
    this.keys.copyWithin(0, 1, at + 1);
    this.sizes.copyWithin(0, 1, at + 1);
    this.keys[at] = key;
    this.sizes[at] = qtyLots;
  }
}
