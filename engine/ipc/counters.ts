// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { COUNTERS_PER_ACTOR_MAX } from '../core/limits.ts';
import type { Region } from './memory-map.ts';

/**
 * Declares an actor's counters: name -> the sentence that says what a rise means. The order fixes each counter's place.
 */
export type CounterTable = Readonly<Record<string, string>>;

/** Name -> index into the actor's counter block. */
export type CounterIndexes<Table extends CounterTable> = { readonly [Name in keyof Table]: number };

/** Bytes of shared memory one actor's counters need. */
export const COUNTER_BLOCK_BYTES: number = COUNTERS_PER_ACTOR_MAX * 8;

/** The indexes of a table's counters, by name. At load time. */
export function counterIndexes<Table extends CounterTable>(table: Table): CounterIndexes<Table> {
  const names = Object.keys(table);
  invariant(
    names.length <= COUNTERS_PER_ACTOR_MAX,
    `an actor declares at most ${COUNTERS_PER_ACTOR_MAX} counters`,
  );
  const indexes: Record<string, number> = {};
  for (const [index, name] of names.entries()) indexes[name] = index;
  return indexes as CounterIndexes<Table>;
}

/** An actor's counters in shared memory. One writing thread; any thread reads. They survive the actor. */
export class CounterBlock {
  private readonly values: Float64Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    this.values = new Float64Array(buffer, region.byteOffset, COUNTERS_PER_ACTOR_MAX);
  }

  increment(index: number): void {
    this.values[index] += 1;
  }

  add(index: number, amount: number): void {
    this.values[index] += amount;
  }

  set(index: number, value: number): void {
    this.values[index] = value;
  }

  /** Keeps the largest value seen. */
  raiseTo(index: number, value: number): void {
    if (value > this.values[index]) this.values[index] = value;
  }

  read(index: number): number {
    return this.values[index];
  }

  /** Every counter of `table` by name; allocates, so not on hot threads. */
  readAll(table: CounterTable): Record<string, number> {
    const result: Record<string, number> = {};
    for (const [index, name] of Object.keys(table).entries()) result[name] = this.values[index]!;
    return result;
  }
}
