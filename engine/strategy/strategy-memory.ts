// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { STRATEGIES_MAX } from '../core/limits.ts';
import type { Region } from '../ipc/memory-map.ts';

/** Numbers a strategy may keep for its next incarnation. */
export const STRATEGY_NUMBERS_MAX = 128;

/*
 * What strategies keep, by strategy index: byte 0 version Int32; 64 copy A, then copy B: the count of numbers (-1 = nothing
 * is kept) and the numbers, Float64 each. The writer fills the copy `version + 1` points at and then stores the version:
 * what is kept is one whole save or another, whenever the writer dies. A place that was never written has version 0.
 */
const COPY_WORDS = 1 + STRATEGY_NUMBERS_MAX;
const HEADER_BYTES = 64;
const STRATEGY_BYTES = HEADER_BYTES + 2 * COPY_WORDS * 8;
const NOTHING = -1;

/** Bytes of shared memory that strategies keep their numbers in. */
export const STRATEGY_MEMORY_BYTES: number = STRATEGIES_MAX * STRATEGY_BYTES;

/** What strategies keep over the replacement of their thread. Written by the one actor that hosts a strategy. */
export class StrategyMemory {
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(
      region.byteLength >= STRATEGY_MEMORY_BYTES,
      `region "${region.name}" has room for all strategies`,
    );
    this.i32 = new Int32Array(buffer, region.byteOffset, STRATEGY_MEMORY_BYTES >> 2);
    this.f64 = new Float64Array(buffer, region.byteOffset, STRATEGY_MEMORY_BYTES >> 3);
  }

  /** Numbers nobody else sees: for actors that are turned without a supervisor. */
  static unshared(): StrategyMemory {
    const region = { name: 'strategy-memory', byteOffset: 0, byteLength: STRATEGY_MEMORY_BYTES };
    return new StrategyMemory(new SharedArrayBuffer(STRATEGY_MEMORY_BYTES), region);
  }

  /** Keeps the numbers instead of those before; false when there are more than STRATEGY_NUMBERS_MAX. */
  save(strategyIndex: number, numbers: Float64Array): boolean {
    if (numbers.length > STRATEGY_NUMBERS_MAX) return false;
    const at = this.nextCopy(strategyIndex);
    this.f64[at] = numbers.length;
    for (let index = 0; index < numbers.length; index++) this.f64[at + 1 + index] = numbers[index];
    this.flip(strategyIndex);
    return true;
  }

  /** Copies what is kept into the beginning of `into`, as far as it goes; how many numbers are kept, -1 = nothing is. */
  load(strategyIndex: number, into: Float64Array): number {
    const version = Atomics.load(this.i32, (strategyIndex * STRATEGY_BYTES) >> 2);
    if (version === 0) return NOTHING;
    const at = copyAt(strategyIndex, version);
    const count = this.f64[at];
    for (let index = 0; index < count && index < into.length; index++) into[index] = this.f64[at + 1 + index];
    return count;
  }

  /** The index has another strategy, or the same one begins anew. */
  forget(strategyIndex: number): void {
    this.f64[this.nextCopy(strategyIndex)] = NOTHING;
    this.flip(strategyIndex);
  }

  private nextCopy(strategyIndex: number): number {
    return copyAt(strategyIndex, this.i32[(strategyIndex * STRATEGY_BYTES) >> 2] + 1);
  }

  private flip(strategyIndex: number): void {
    const at = (strategyIndex * STRATEGY_BYTES) >> 2;
    // 0 is what was never written.
    const next = (this.i32[at] + 1) & 0x7fff_ffff;
    Atomics.store(this.i32, at, next === 0 ? 2 : next);
  }
}

function copyAt(strategyIndex: number, version: number): number {
  return ((strategyIndex * STRATEGY_BYTES + HEADER_BYTES) >> 3) + (version & 1) * COPY_WORDS;
}
