// hot path: no allocation after start
import { STRATEGY_COUNTER } from './counters.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import { EXPLANATION_VALUES_MAX, OUTBOX_WORD as WORD } from './strategy-outbox.ts';
import type { StrategyOutbox } from './strategy-outbox.ts';
import type { Turn } from './turn.ts';

/** The same reason is recorded again after this long at the earliest. */
const AGAIN_NS = 1e9;
/** Explanations of one strategy that are recorded in a second. */
const PER_SECOND_MAX = 20;
const SECOND_NS = 1e9;

const SECOND_BEGAN = 0;
const SAID_IN_SECOND = 1;

/**
 * The why-not trail of one strategy: a reason is recorded when it changes, and once a second while it stays the same,
 * with how often it was said in between. One thread.
 */
export class Explanations {
  private readonly outbox: StrategyOutbox;
  private readonly counters: CounterBlock;
  private readonly turn: Turn;
  private readonly reasons: string[];
  private readonly recordedNs: Float64Array;
  private readonly repeats: Float64Array;
  private readonly rate: Float64Array = Float64Array.of(-Infinity, 0);

  constructor(outbox: StrategyOutbox, counters: CounterBlock, turn: Turn, instrumentCount: number) {
    this.outbox = outbox;
    this.counters = counters;
    this.turn = turn;
    this.reasons = Array.from({ length: instrumentCount }, () => '');
    this.recordedNs = new Float64Array(instrumentCount);
    this.repeats = new Float64Array(instrumentCount);
  }

  /** @param inputs the numbers it was decided by; the first four are kept */
  explain(
    strategyIndex: number,
    instrumentIndex: number,
    reason: string,
    inputs: Readonly<Record<string, number>>,
  ): void {
    const nowNs = this.turn.nowNs;
    const isSame = this.reasons[instrumentIndex] === reason;
    if (isSame && nowNs - this.recordedNs[instrumentIndex] < AGAIN_NS) {
      this.repeats[instrumentIndex] += 1;
      return;
    }
    if (!this.hasRoom()) {
      this.counters.increment(STRATEGY_COUNTER.explanationsThinned);
      return;
    }
    this.draft(inputs);
    const { draft } = this.outbox;
    draft[WORD.eventNs] = nowNs;
    draft[WORD.strategyIndex] = strategyIndex;
    draft[WORD.instrumentIndex] = instrumentIndex;
    draft[WORD.repeats] = isSame ? this.repeats[instrumentIndex] : 0;
    this.reasons[instrumentIndex] = reason;
    this.recordedNs[instrumentIndex] = nowNs;
    this.repeats[instrumentIndex] = 0;
    this.outbox.recordExplanation(reason);
  }

  private draft(inputs: Readonly<Record<string, number>>): void {
    const { draft, draftNames } = this.outbox;
    let count = 0;
    for (const name in inputs) {
      if (count === EXPLANATION_VALUES_MAX) break;
      draftNames[count] = name;
      draft[WORD.value + count] = inputs[name];
      count++;
    }
    draft[WORD.valueCount] = count;
    for (let place = count; place < EXPLANATION_VALUES_MAX; place++) {
      draftNames[place] = '';
      draft[WORD.value + place] = 0;
    }
  }

  private hasRoom(): boolean {
    const { rate } = this;
    const nowNs = this.turn.nowNs;
    if (nowNs - rate[SECOND_BEGAN] >= SECOND_NS) {
      rate[SECOND_BEGAN] = nowNs;
      rate[SAID_IN_SECOND] = 0;
    }
    rate[SAID_IN_SECOND] += 1;
    return rate[SAID_IN_SECOND] <= PER_SECOND_MAX;
  }
}
