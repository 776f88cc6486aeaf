// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Region } from '../ipc/memory-map.ts';

/*
 * What a strategy actor must remember beyond its own life; one writer, the strategy actor.
 *   byte 0  lastIntentSeq  Float64: the newest intent number given out
 *        8  lastFillSeq    Float64: the newest fill handed to the strategies
 */
const LAST_INTENT = 0;
const LAST_FILL = 1;

/** 2020-01-01T00:00:00Z in epoch seconds: where the numbering of runs begins. */
const RUN_EPOCH_S = 1_577_836_800;
/** Intents one run may use before its numbers meet those of a run started a second later. */
const INTENTS_PER_SECOND = 2 ** 22;

/** The number before the first intent of a run started at `epochUs`: unique across runs, far below 2^53. */
export function intentRunBase(epochUs: number): number {
  return (Math.floor(epochUs / 1_000_000) - RUN_EPOCH_S) * INTENTS_PER_SECOND;
}

/** Gives out intent numbers, which no incarnation of the actor ever reuses. */
export class IntentCounter {
  private readonly words: Float64Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength >= 16, `region "${region.name}" has room for the intent counter`);
    this.words = new Float64Array(buffer, region.byteOffset, 2);
  }

  /** Sets the numbers a run begins after. Once per run, before the strategy actor's thread starts. */
  startAfter(intentSeq: number, fillSeq: number): void {
    invariant(Number.isSafeInteger(intentSeq), 'intent numbers are exact integers');
    this.words[LAST_INTENT] = intentSeq;
    this.words[LAST_FILL] = fillSeq;
  }

  /** The next intent number. Taken before the request is published: a number can be lost, never used twice. */
  next(): number {
    this.words[LAST_INTENT] += 1;
    return this.words[LAST_INTENT];
  }

  get lastIntentSeq(): number {
    return this.words[LAST_INTENT];
  }

  get lastFillSeq(): number {
    return this.words[LAST_FILL];
  }

  /** Notes a fill as handed over; false when it, or a later one, already was. */
  takeFill(fillSeq: number): boolean {
    if (fillSeq <= this.words[LAST_FILL]) return false;
    this.words[LAST_FILL] = fillSeq;
    return true;
  }
}
