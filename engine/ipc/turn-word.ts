// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Region } from './memory-map.ts';

/*
 * One per thread: whose turn it is, for those who find the thread hanging or gone.
 *   byte 0  Int32, the thread: bits 0-7 place of the actor among the thread's actors, from 1; 0 = between turns
 *                              bits 8-15 callback (or phase) of a strategy; 0 = none
 *                              bits 16-30 index of that strategy, from 1
 * Written with plain stores: a reader looks when the thread no longer moves.
 */

/** Bytes of shared memory one turn word needs. */
export const TURN_WORD_BYTES = 128;

const PLACE_MASK = 0xff;
const CALLBACK_SHIFT = 8;
const STRATEGY_SHIFT = 16;

/** Whose turn it was. */
export interface TurnOwner {
  /** Place of the actor among its thread's actors, from 0; -1 = it was nobody's turn. */
  readonly place: number;
  /** The strategy whose code ran; -1 = none. */
  readonly strategyIndex: number;
  /** Number of the callback; 0 = none. */
  readonly callback: number;
}

/** The bits that stand for a callback of a strategy, made once: `beginCallback` takes them. */
export function callbackBits(strategyIndex: number, callback: number): number {
  return ((strategyIndex + 1) << STRATEGY_SHIFT) | (callback << CALLBACK_SHIFT);
}

/** A thread's turn word. Its thread writes, any thread reads. */
export class TurnWord {
  private readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength >= 4, `region "${region.name}" has room for a turn word`);
    this.words = new Int32Array(buffer, region.byteOffset, 1);
  }

  /** A turn word in memory of its own: for actors without a supervisor. */
  static unshared(): TurnWord {
    const region = { name: 'turn', byteOffset: 0, byteLength: TURN_WORD_BYTES };
    return new TurnWord(new SharedArrayBuffer(TURN_WORD_BYTES), region);
  }

  /** @param place of the actor among its thread's actors, from 0 */
  beginTurn(place: number): void {
    this.words[0] = place + 1;
  }

  endTurn(): void {
    this.words[0] = 0;
  }

  beginCallback(bits: number): void {
    this.words[0] = (this.words[0] & PLACE_MASK) | bits;
  }

  endCallback(): void {
    this.words[0] &= PLACE_MASK;
  }

  read(): TurnOwner {
    const word = Atomics.load(this.words, 0);
    return {
      place: (word & PLACE_MASK) - 1,
      strategyIndex: (word >> STRATEGY_SHIFT) - 1,
      callback: (word >> CALLBACK_SHIFT) & PLACE_MASK,
    };
  }
}
