// hot path: no allocation after start
import { OUTBOX_WORD as WORD, OUTBOX_WORDS } from './strategy-outbox.ts';
import type { SignalView } from './strategy-api.ts';

/** Signals that may wait for the other strategies of an actor within one turn. */
const WAITING_MAX = 64;

/** A signal on its way to the strategies that did not make it. */
class Letter implements SignalView {
  instrumentIndex = 0;
  strategyIndex = 0;
  side = 0;
  viewClass = 0;
  alignment = 0;
  reasons = 0;
  label = '';
  private readonly numbers: Float64Array = new Float64Array(OUTBOX_WORDS);

  /** Copies a record of the outbox. */
  load(draft: Float64Array, label: string): void {
    this.numbers.set(draft);
    this.instrumentIndex = draft[WORD.instrumentIndex];
    this.strategyIndex = draft[WORD.strategyIndex];
    this.side = draft[WORD.side];
    this.viewClass = draft[WORD.viewClass];
    this.alignment = draft[WORD.alignment];
    this.reasons = draft[WORD.reasons];
    this.label = label;
  }

  get signalId(): number {
    return this.numbers[WORD.signalSeq];
  }

  get strength(): number {
    return this.numbers[WORD.strength];
  }

  get confidence(): number {
    return this.numbers[WORD.confidence];
  }

  get entryTicks(): number {
    return this.numbers[WORD.priceTicks];
  }

  get stopTicks(): number {
    return this.numbers[WORD.stopTicks];
  }

  get targetTicks(): number {
    return this.numbers[WORD.targetTicks];
  }

  get score(): number {
    return this.numbers[WORD.score];
  }

  get expiresNs(): number {
    return this.numbers[WORD.expiresNs];
  }
}

/** Signals of this turn, until the other strategies of the actor have been told. One thread. */
export class SignalMail {
  /** Whether any strategy wants to be told. */
  isRead = false;
  private readonly letters: readonly Letter[] = Array.from({ length: WAITING_MAX }, () => new Letter());
  private head = 0;
  private count = 0;

  get waiting(): number {
    return this.count;
  }

  /** A letter to fill in, or null when there is no room. */
  next(): Letter | null {
    if (this.count === WAITING_MAX) return null;
    return this.letters[(this.head + this.count++) % WAITING_MAX];
  }

  /** Takes the oldest out; valid until the next one is put in. */
  take(): SignalView {
    const letter = this.letters[this.head];
    this.head = (this.head + 1) % WAITING_MAX;
    this.count--;
    return letter;
  }
}
