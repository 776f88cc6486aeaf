// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { STRATEGIES_MAX } from '../core/limits.ts';
import type { Region } from '../ipc/memory-map.ts';

/*
 * Which strategies are switched off, and for what; it outlives their thread, so that a restart does not bring back what
 * ended it.
 *   byte 0  changes  Int32: grows with each fault
 *        4  fault    Int32 x STRATEGIES_MAX: 0 = none, else bits 0-7 FAULT_CAUSE, 8-15 callback, 16 handled, 17 goes on
 * A word is written by the thread that hosts the strategy, and by the supervisor while that thread does not run.
 */

/** Bytes of shared memory the faults of the strategies need. */
export const STRATEGY_FAULTS_BYTES: number = (((1 + STRATEGIES_MAX) * 4 + 127) >> 7) << 7;

/** Why a strategy was switched off. */
export const FAULT_CAUSE = { threw: 1, promise: 2, stray: 3, hung: 4, memory: 5, ended: 6, make: 7 } as const;

const CALLBACK_SHIFT = 8;
const HANDLED = 1 << 16;
const GOES_ON = 1 << 17;

/** The faults of all strategies. */
export class StrategyFaults {
  private readonly words: Int32Array;
  /** What to log of a fault that was noted on this thread outside of the actor's turn. */
  private readonly texts: (string | null)[];

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(
      region.byteLength >= (1 + STRATEGIES_MAX) * 4,
      `region "${region.name}" has room for all faults`,
    );
    this.words = new Int32Array(buffer, region.byteOffset, 1 + STRATEGIES_MAX);
    this.texts = Array.from({ length: STRATEGIES_MAX }, () => null);
  }

  /** Faults in memory of their own: for actors without a supervisor. */
  static unshared(): StrategyFaults {
    const region = { name: 'strategy-faults', byteOffset: 0, byteLength: STRATEGY_FAULTS_BYTES };
    return new StrategyFaults(new SharedArrayBuffer(STRATEGY_FAULTS_BYTES), region);
  }

  /** Grows with each fault: one look says whether there is anything new. */
  get changes(): number {
    return this.words[0];
  }

  isFaulted(strategyIndex: number): boolean {
    return this.words[1 + strategyIndex] !== 0;
  }

  /** Switches a strategy off; the first fault stays. False when it already was. */
  note(strategyIndex: number, cause: number, callback: number, text: string | null = null): boolean {
    if (this.isFaulted(strategyIndex)) return false;
    this.texts[strategyIndex] = text;
    this.words[1 + strategyIndex] = cause | (callback << CALLBACK_SHIFT);
    Atomics.add(this.words, 0, 1);
    return true;
  }

  /** The strategy actor has cancelled its orders. False when it had before. */
  markHandled(strategyIndex: number): boolean {
    const wasHandled = (this.words[1 + strategyIndex] & HANDLED) !== 0;
    this.words[1 + strategyIndex] |= HANDLED;
    return !wasHandled;
  }

  /** What is left of a strategy that is switched off still runs: only a new thread is free of it. */
  markGoingOn(strategyIndex: number): void {
    this.words[1 + strategyIndex] |= GOES_ON;
  }

  /** Whether this strategy ended its thread although it was switched off; asked once. While the thread is gone. */
  takeGoingOn(strategyIndex: number): boolean {
    if ((this.words[1 + strategyIndex] & GOES_ON) === 0) return false;
    this.words[1 + strategyIndex] &= ~GOES_ON;
    return true;
  }

  /** The text given with `note`, once. */
  takeText(strategyIndex: number): string | null {
    const text = this.texts[strategyIndex];
    this.texts[strategyIndex] = null;
    return text;
  }

  /** Another strategy takes this place, or the same one is to be tried again. */
  clear(strategyIndex: number): void {
    this.words[1 + strategyIndex] = 0;
  }
}
