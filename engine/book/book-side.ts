// hot path: no allocation after start
import { invariant } from '../core/assert.ts';

/** Levels looked at one by one from the touch before the search turns binary: most updates are near the touch. */
const LINEAR_LEVELS = 8;
/** Below this many elements a loop moves them faster than a call into the engine's memmove. */
const LOOP_MOVE_MAX = 24;

/** What `set` did to the side. */
export const LEVEL_EFFECT = { none: 0, changed: 1, inserted: 2, removed: 3, refused: 4 } as const;

/**
 * One side of an L2 book: parallel sorted arrays, worst level at index 0, best level last, so that a change near the
 * touch moves few elements. Prices are held as keys that grow towards the touch (bids: price, asks: -price), which makes
 * both sides run the same code. Bounded: what is worse than the worst kept level is dropped and counted. One thread.
 */
export class BookSide {
  private readonly keys: Float64Array;
  private readonly sizes: Float64Array;
  private readonly capacity: number;
  private readonly sign: number;
  private levelCount: number;
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
    this.isLoading = false;
    this.loadsFalling = true;
    this.loadsRising = true;
    this.droppedCount = 0;
  }

  get count(): number {
    return this.levelCount;
  }

  /** Price of the level `depth` steps behind the touch (0 = best); 0 beyond the last level. */
  priceTicksAt(depth: number): number {
    const index = this.levelCount - 1 - depth;
    return index >= 0 ? this.keys[index] * this.sign : 0;
  }

  /** Size of the level `depth` steps behind the touch; 0 beyond the last level. */
  qtyLotsAt(depth: number): number {
    const index = this.levelCount - 1 - depth;
    return index >= 0 ? this.sizes[index] : 0;
  }

  /** Size at a price; 0 when there is no such level. */
  qtyLotsOf(priceTicks: number): number {
    const key = priceTicks * this.sign;
    const index = this.lastAtMost(key);
    return index >= 0 && this.keys[index] === key ? this.sizes[index] : 0;
  }

  /** Sum of the best `levels` sizes. */
  volumeLots(levels: number): number {
    const first = this.levelCount > levels ? this.levelCount - levels : 0;
    let sum = 0;
    for (let index = this.levelCount - 1; index >= first; index--) sum += this.sizes[index];
    return sum;
  }

  clear(): void {
    this.levelCount = 0;
    this.isLoading = false;
  }

  /** Sets the size at a price, 0 removes the level. Returns LEVEL_EFFECT. */
  set(priceTicks: number, qtyLots: number): number {
    const key = priceTicks * this.sign;
    const index = this.lastAtMost(key);
    if (index >= 0 && this.keys[index] === key) {
      if (qtyLots === 0) {
        this.removeAt(index);
        return LEVEL_EFFECT.removed;
      }
      this.sizes[index] = qtyLots;
      return LEVEL_EFFECT.changed;
    }
    if (qtyLots === 0) return LEVEL_EFFECT.none;
    if (this.levelCount === this.capacity) {
      this.droppedCount++;
      if (index < 0) return LEVEL_EFFECT.refused;
      this.replaceWorst(index, key, qtyLots);
      return LEVEL_EFFECT.inserted;
    }
    this.insertAt(index + 1, key, qtyLots);
    return LEVEL_EFFECT.inserted;
  }

  /** Starts a snapshot: forgets all levels; `load` follows, then `finishLoading`. */
  startLoading(): void {
    this.levelCount = 0;
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
    } else {
      this.finishLoading();
      this.set(priceTicks, qtyLots);
    }
  }

  /** Ends a snapshot: the side is sorted from here on. */
  finishLoading(): void {
    if (!this.isLoading) return;
    this.isLoading = false;
    if (this.loadsRising) return;
    if (this.loadsFalling) {
      this.keys.subarray(0, this.levelCount).reverse();
      this.sizes.subarray(0, this.levelCount).reverse();
      return;
    }
    this.insertAllAgain();
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

  /** Full: index 0 makes room for a better level that belongs behind `at`. */
  private replaceWorst(at: number, key: number, qtyLots: number): void {
    this.keys.copyWithin(0, 1, at + 1);
    this.sizes.copyWithin(0, 1, at + 1);
    this.keys[at] = key;
    this.sizes[at] = qtyLots;
  }
}
