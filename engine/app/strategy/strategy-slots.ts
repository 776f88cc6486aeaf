import { invariant } from '../../core/assert.ts';
import { STRATEGIES_MAX } from '../../core/limits.ts';
import type { Region } from '../../ipc/memory-map.ts';
import type { PlannedStrategy } from './planned-strategy.ts';

/*
 * Which strategies the engine has now. A thread that starts reads it, so that a strategy that was added is there after a
 * restart of its thread, and one that was removed is not. Per strategy index, SLOT_BYTES each:
 *   byte 0  sequence  Int32, odd while the slot is written
 *        4  state     Int32, SLOT_STATE
 *        8  length    Int32, bytes of the text
 *       12  text      JSON of the strategy, UTF-8
 * Written by the supervisor, read by any thread.
 */

const SLOT_BYTES = 8_192;
const TEXT_OFFSET = 12;

/** Bytes of shared memory the slots need; pages that nobody touches take no memory. */
export const STRATEGY_SLOTS_BYTES: number = STRATEGIES_MAX * SLOT_BYTES;
/** Longest description of a strategy: its file, name, parameters and actor as JSON, bytes. */
export const STRATEGY_TEXT_BYTES_MAX: number = SLOT_BYTES - TEXT_OFFSET;

/** Whether an index has a strategy. A removed one still names its strategy, for what it left behind. */
export const SLOT_STATE = { empty: 0, active: 1, removed: 2 } as const;

/** A strategy that runs or ran under an index. */
export interface StrategySlot {
  readonly index: number;
  readonly isRemoved: boolean;
  readonly strategy: PlannedStrategy;
}

/** The strategies of the engine by their index. The supervisor writes, any thread reads; allocates. */
export class StrategySlots {
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength >= STRATEGY_SLOTS_BYTES, `region "${region.name}" has room for all slots`);
    this.words = new Int32Array(buffer, region.byteOffset, STRATEGY_SLOTS_BYTES / 4);
    this.bytes = new Uint8Array(buffer, region.byteOffset, STRATEGY_SLOTS_BYTES);
  }

  /** Every strategy there is or was, in the order of the indexes. */
  all(): StrategySlot[] {
    const slots: StrategySlot[] = [];
    for (let index = 0; index < STRATEGIES_MAX; index++) {
      const slot = this.read(index);
      if (slot !== null) slots.push(slot);
    }
    return slots;
  }

  /** The strategies that have not been removed. */
  active(): StrategySlot[] {
    return this.all().filter(({ isRemoved }) => !isRemoved);
  }

  /** What an index has; null = nothing. */
  read(index: number): StrategySlot | null {
    const at = wordOf(index);
    for (;;) {
      const sequence = Atomics.load(this.words, at);
      if ((sequence & 1) !== 0) continue;
      const state = Atomics.load(this.words, at + 1);
      const from = index * SLOT_BYTES + TEXT_OFFSET;
      const text = Buffer.from(this.bytes.slice(from, from + Atomics.load(this.words, at + 2))).toString();
      if (Atomics.add(this.words, at, 0) !== sequence) continue;
      if (state === SLOT_STATE.empty) return null;
      return {
        index,
        isRemoved: state === SLOT_STATE.removed,
        strategy: JSON.parse(text) as PlannedStrategy,
      };
    }
  }

  /** Gives an index to a strategy; false when its description is longer than STRATEGY_TEXT_BYTES_MAX. */
  put(index: number, strategy: PlannedStrategy): boolean {
    const text = Buffer.from(JSON.stringify(strategy));
    if (text.byteLength > STRATEGY_TEXT_BYTES_MAX) return false;
    const at = wordOf(index);
    Atomics.add(this.words, at, 1);
    this.bytes.set(text, index * SLOT_BYTES + TEXT_OFFSET);
    Atomics.store(this.words, at + 2, text.byteLength);
    Atomics.store(this.words, at + 1, SLOT_STATE.active);
    Atomics.add(this.words, at, 1);
    return true;
  }

  /** @param state SLOT_STATE.empty forgets the strategy; the others need one that was put there */
  mark(index: number, state: number): void {
    Atomics.store(this.words, wordOf(index) + 1, state);
  }
}

function wordOf(index: number): number {
  return (index * SLOT_BYTES) / 4;
}
