// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Region } from '../ipc/memory-map.ts';
import type { ActorName } from './actor.ts';

/*
 * The latest intervals in which one thread did something that can make an order late, in shared memory: written by the
 * thread, read by the supervisor, who joins them with late orders.
 *   byte  0  written  Int32, intervals written since the engine's start (wraps)
 *        64  slots    Float64 x 4 each: kind, fromNs, toNs, actor (place in PauseWatch.actors; -1 = none)
 * A slot is written before the count moves; a reader takes the count again afterwards and throws away what may have
 * been overwritten meanwhile.
 */
const SLOTS = 512;
const SLOT_WORDS = 4;
const HEADER_BYTES = 64;

/** Bytes of shared memory one thread's log needs. */
export const PAUSE_LOG_BYTES: number = HEADER_BYTES + SLOTS * SLOT_WORDS * 8;

/**
 * gc: a garbage collection. gap: nothing was turned, whether the thread slept, was in its event loop or had no processor.
 * turn: one actor's duty cycle took longer than the limit.
 */
export const PAUSE_KIND = { gc: 1, gap: 2, turn: 3 } as const;

/** What a thread's runner notes, and from which length on. */
export interface PauseWatch {
  readonly log: PauseLog;
  /** Shorter turns and gaps are not kept. */
  readonly limitNs: number;
  /** Those of the topology; an actor is noted by its place here. */
  readonly actors: readonly ActorName[];
}

/** The writing end. Belongs to the thread the log is about; a successor of that thread goes on where it ended. */
export class PauseLog {
  private readonly words: Int32Array;
  private readonly slots: Float64Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength === PAUSE_LOG_BYTES, 'region of the pause log has another size');
    this.words = new Int32Array(buffer, region.byteOffset, 1);
    this.slots = new Float64Array(buffer, region.byteOffset + HEADER_BYTES, SLOTS * SLOT_WORDS);
  }

  /** Notes an interval, monoNs, that has just ended. Only for what is rare: its numbers may be boxed on the way here. */
  record(kind: number, fromNs: number, toNs: number, actorIndex: number): void {
    const written = this.words[0];
    const at = (written & (SLOTS - 1)) * SLOT_WORDS;
    const slots = this.slots;
    slots[at] = kind;
    slots[at + 1] = fromNs;
    slots[at + 2] = toNs;
    slots[at + 3] = actorIndex;
    Atomics.store(this.words, 0, (written + 1) | 0);
  }
}

/** Called for each interval. */
export type PauseVisitor = (kind: number, fromNs: number, toNs: number, actorIndex: number) => void;

/** The reading end. Any thread; allocates. */
export class PauseLogReader {
  /** Intervals overwritten before they were read: the log is too small for how often it is looked at. */
  missed = 0;
  private readonly words: Int32Array;
  private readonly slots: Float64Array;
  private readonly copy: Float64Array = new Float64Array(SLOTS * SLOT_WORDS);
  private read: number;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    this.words = new Int32Array(buffer, region.byteOffset, 1);
    this.slots = new Float64Array(buffer, region.byteOffset + HEADER_BYTES, SLOTS * SLOT_WORDS);
    this.read = 0;
  }

  /** Hands over what was written since the last call, oldest first; how many that were. */
  poll(visit: PauseVisitor): number {
    const written = Atomics.load(this.words, 0);
    if (written === this.read) return 0;
    this.copy.set(this.slots);
    const writtenAfter = Atomics.load(this.words, 0);
    // One more than the size: the slot after the newest may be half written.
    const oldestWhole = (writtenAfter - SLOTS + 1) | 0;
    let position = this.read;
    if (((oldestWhole - position) | 0) > 0) {
      this.missed += (oldestWhole - position) | 0;
      position = oldestWhole;
    }
    let count = 0;
    for (; ((written - position) | 0) > 0; position = (position + 1) | 0, count++) {
      const at = (position & (SLOTS - 1)) * SLOT_WORDS;
      visit(this.copy[at], this.copy[at + 1], this.copy[at + 2], this.copy[at + 3]);
    }
    this.read = position;
    return count;
  }
}
