// hot path: no allocation after start
import { invariant } from './assert.ts';

/** What `find` answers when the key is not there. */
export const NO_SLOT = -1;

/**
 * Open-addressing index (number, small integer) -> slot with linear probing and backward-shift deletion, so there are
 * no tombstones and a lookup stays short for ever. Lives in its owner's memory and is rebuilt from shared memory at
 * attach. One thread.
 *
 * Keys go through a cell: `find`, `set` and `remove` are small enough to be inlined wherever they are called, so that a
 * key beyond 31 bits is never handed to another function, which would make it a new object.
 */
export class SlotIndex {
  /** [0]: the key that `findKey`, `setKey` and `removeKey` take. */
  readonly key: Float64Array = new Float64Array(1);
  private readonly keys: Float64Array;
  private readonly subKeys: Int32Array;
  private readonly slots: Int32Array;
  private readonly mask: number;

  /** @param entriesMax most keys at once; the table is at most half full */
  constructor(entriesMax: number) {
    let capacity = 16;
    while (capacity < entriesMax * 2) capacity *= 2;
    this.keys = new Float64Array(capacity);
    this.subKeys = new Int32Array(capacity);
    this.slots = new Int32Array(capacity).fill(NO_SLOT);
    this.mask = capacity - 1;
  }

  /** The slot of a key, or NO_SLOT. */
  find(key: number, subKey: number): number {
    this.key[0] = key;
    return this.findKey(subKey);
  }

  /** As `find`. */
  findKey(subKey: number): number {
    const key = this.key[0];
    let at = this.home(this.key, 0, subKey);
    for (;;) {
      const slot = this.slots[at];
      if (slot === NO_SLOT) return NO_SLOT;
      if (this.keys[at] === key && this.subKeys[at] === subKey) return slot;
      at = (at + 1) & this.mask;
    }
  }

  /** Sets the slot of a key, new or known. */
  set(key: number, subKey: number, slot: number): void {
    this.key[0] = key;
    this.setKey(subKey, slot);
  }

  /** As `set`. */
  setKey(subKey: number, slot: number): void {
    invariant(slot >= 0, 'an index holds slots from 0');
    const key = this.key[0];
    let at = this.home(this.key, 0, subKey);
    while (this.slots[at] !== NO_SLOT && (this.keys[at] !== key || this.subKeys[at] !== subKey)) {
      at = (at + 1) & this.mask;
    }
    this.keys[at] = key;
    this.subKeys[at] = subKey;
    this.slots[at] = slot;
  }

  /** Forgets a key; false when it was not there. */
  remove(key: number, subKey: number): boolean {
    this.key[0] = key;
    return this.removeKey(subKey);
  }

  /** As `remove`. */
  removeKey(subKey: number): boolean {
    const key = this.key[0];
    let hole = this.home(this.key, 0, subKey);
    while (this.slots[hole] !== NO_SLOT && (this.keys[hole] !== key || this.subKeys[hole] !== subKey)) {
      hole = (hole + 1) & this.mask;
    }
    if (this.slots[hole] === NO_SLOT) return false;
    let next = (hole + 1) & this.mask;
    while (this.slots[next] !== NO_SLOT) {
      const home = this.home(this.keys, next, this.subKeys[next]);
      if (((next - home) & this.mask) >= ((next - hole) & this.mask)) {
        this.keys[hole] = this.keys[next];
        this.subKeys[hole] = this.subKeys[next];
        this.slots[hole] = this.slots[next];
        hole = next;
      }
      next = (next + 1) & this.mask;
    }
    this.slots[hole] = NO_SLOT;
    return true;
  }

  private home(keys: Float64Array, keyAt: number, subKey: number): number {
    const key = keys[keyAt];
    const high = Math.floor(key / 0x1_0000_0000);
    let mixed = Math.imul(
      (key >>> 0) ^ Math.imul(high, 0x85eb_ca6b) ^ Math.imul(subKey + 1, 0xc2b2_ae35),
      0x9e37_79b1,
    );
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x2c1b_3c6d);
    return (mixed ^ (mixed >>> 12)) & this.mask;
  }
}
