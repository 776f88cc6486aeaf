// hot path: no allocation after start
import { invariant } from '../../../engine/core/assert.ts';

/** The bytes name no instrument. */
export const UNKNOWN_SYMBOL = -1;

const FNV_OFFSET = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;

/**
 * Symbol bytes (UTF-8, as they stand in frames) to instrument index, without making a string: open addressing
 * over FNV-1a, every hit compared byte by byte.
 */
export class SymbolTable {
  private readonly patterns: readonly Buffer[];
  private readonly slots: Int32Array;
  private readonly mask: number;

  /** @param symbols in the order of their instrument index */
  constructor(symbols: readonly string[]) {
    invariant(new Set(symbols).size === symbols.length, 'symbols are distinct');
    this.patterns = symbols.map((symbol) => Buffer.from(symbol, 'utf8'));
    let size = 8;
    while (size < symbols.length * 4) size *= 2;
    this.slots = new Int32Array(size).fill(UNKNOWN_SYMBOL);
    this.mask = size - 1;
    for (const [index, pattern] of this.patterns.entries()) {
      let slot = this.hash(pattern, 0, pattern.length) & this.mask;
      while (this.slots[slot] !== UNKNOWN_SYMBOL) slot = (slot + 1) & this.mask;
      this.slots[slot] = index;
    }
  }

  /** Index of the symbol in bytes[start, end), or UNKNOWN_SYMBOL. */
  find(bytes: Uint8Array, start: number, end: number): number {
    let slot = this.hash(bytes, start, end) & this.mask;
    for (;;) {
      const index = this.slots[slot];
      if (index === UNKNOWN_SYMBOL) return UNKNOWN_SYMBOL;
      const pattern = this.patterns[index];
      if (pattern.length === end - start) {
        let same = 0;
        while (same < pattern.length && pattern[same] === bytes[start + same]) same++;
        if (same === pattern.length) return index;
      }
      slot = (slot + 1) & this.mask;
    }
  }

  private hash(bytes: Uint8Array, start: number, end: number): number {
    let hash = FNV_OFFSET;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at], FNV_PRIME);
    return hash ^ (hash >>> 15);
  }
}
