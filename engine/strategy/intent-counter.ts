// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { ACCOUNTS_MAX } from '../core/limits.ts';
import type { Region } from '../ipc/memory-map.ts';

/*
 * What a strategy actor must remember beyond its own life; one writer, the strategy actor.
 *   byte 0  lastIntentSeq  Float64: the newest intent number given out
 *        8  lastFillSeq    Float64 x ACCOUNTS_MAX: the newest fill of each account handed to the strategies
 */
const LAST_INTENT = 0;
const LAST_FILL = 1;
const WORDS = 1 + ACCOUNTS_MAX;

/** 2020-01-01T00:00:00Z in epoch seconds: where the numbering of runs begins. */
const RUN_EPOCH_S = 1_577_836_800;
/** Intents one run may use before its numbers meet those of a run started a second later. */
const INTENTS_PER_SECOND = 2 ** 22;

/** The number before the first intent of a run started at `epochUs`: unique across runs, far below 2^53. */
export function intentRunBase(epochUs: number): number {
  return (Math.floor(epochUs / 1_000_000) - RUN_EPOCH_S) * INTENTS_PER_SECOND;
}

/** Bytes of shared memory an intent counter needs. */
export const INTENT_COUNTER_BYTES = 128;

/**
 * Gives out intent numbers, which no incarnation of the actor ever reuses. Of several strategy actors each takes every
 * n-th number, so that no two give out the same.
 */
export class IntentCounter {
  private readonly words: Float64Array;
  private readonly step: number;
  private readonly place: number;

  /** @param step how many strategy actors there are @param place which of them this is, from 0 */
  constructor(buffer: SharedArrayBuffer, region: Region, step: number = 1, place: number = 0) {
    invariant(region.byteLength >= WORDS * 8, `region "${region.name}" has room for the intent counter`);
    invariant(place >= 0 && place < step, 'an intent counter is one of those that share the numbers');
    this.words = new Float64Array(buffer, region.byteOffset, WORDS);
    this.step = step;
    this.place = place;
  }

  /** Sets the numbers a run begins after. Once per run, before the strategy actor's thread starts. */
  startAfter(intentSeq: number, fillSeq: number): void {
    invariant(Number.isSafeInteger(intentSeq), 'intent numbers are exact integers');
    this.words[LAST_INTENT] = intentSeq + 1 + this.place - this.step;
    this.words.fill(fillSeq, LAST_FILL);
  }

  /** The next intent number. Taken before the request is published: a number can be lost, never used twice. */
  next(): number {
    this.words[LAST_INTENT] += this.step;
    return this.words[LAST_INTENT];
  }

  /** The number that `next` gives next. */
  peek(): number {
    return this.words[LAST_INTENT] + this.step;
  }

  get lastIntentSeq(): number {
    return this.words[LAST_INTENT];
  }

  get lastFillSeq(): number {
    return this.words[LAST_FILL];
  }

  /** Notes a fill of the account in that place as handed over; false when it, or a later one, already was. */
  takeFill(fillSeq: number, account: number = 0): boolean {
    if (fillSeq <= this.words[LAST_FILL + account]) return false;
    this.words[LAST_FILL + account] = fillSeq;
    return true;
  }
}
