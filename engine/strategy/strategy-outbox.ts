// hot path: no allocation after start
import type { CounterBlock } from '../ipc/counters.ts';
import type { Publication } from '../ipc/ring.ts';
import type { TelemetryInterestReader } from '../ipc/telemetry-interest.ts';
import { TELEMETRY_TOPIC_BIT } from '../ipc/telemetry-interest.ts';
import {
  EXPLANATION,
  EXPLANATION_BYTES,
  Explanation,
  SIGNAL,
  SIGNAL_BYTES,
  SIGNAL_OUTCOME,
  SIGNAL_OUTCOME_BYTES,
  Signal,
  SignalOutcome,
} from '../messages/codecs.ts';
import { STRATEGY_COUNTER } from './counters.ts';

/** Records that may wait for the journal: more than the strategies of one turn are expected to make. */
const WAITING_MAX = 1_024;
/** Explanations give way to signals when more than this wait. */
const EXPLANATIONS_WAITING_MAX = WAITING_MAX / 2;
/** Numbers an explanation may give. */
export const EXPLANATION_VALUES_MAX = 4;

/** Numbers of one record, by place. */
export const OUTBOX_WORD = {
  eventNs: 0,
  strategyIndex: 1,
  instrumentIndex: 2,
  side: 3,
  strength: 4,
  priceTicks: 5,
  signalSeq: 6,
  confidence: 7,
  stopTicks: 8,
  targetTicks: 9,
  score: 10,
  expiresNs: 11,
  viewClass: 12,
  alignment: 13,
  reasons: 14,
  orderId: 15,
  outcome: 16,
  repeats: 17,
  valueCount: 18,
  value: 19,
} as const;
const WORD = OUTBOX_WORD;
/** Numbers of a record. */
export const OUTBOX_WORDS: number = WORD.value + EXPLANATION_VALUES_MAX;
const WORDS = OUTBOX_WORDS;
const NAMES = EXPLANATION_VALUES_MAX;

/** What the outbox is joined to. */
export interface StrategyOutboxDependencies {
  readonly counters: CounterBlock;
  readonly toJournal: Publication;
  readonly toApi: Publication;
  /** Null = telemetry takes everything. */
  readonly telemetry: TelemetryInterestReader | null;
}

/**
 * Records what strategies say (signals, what became of them, explanations) in the journal, in order, and copies it to
 * telemetry. While the journal has no room it waits here, and the actor takes no market data that could make more.
 * One thread.
 */
export class StrategyOutbox {
  /** The numbers of the record that is being written: filled in by the caller, by OUTBOX_WORD, before `record`. */
  readonly draft: Float64Array = new Float64Array(WORDS);
  /** Names of an explanation's numbers. */
  readonly draftNames: string[] = Array.from({ length: NAMES }, () => '');
  private readonly deps: StrategyOutboxDependencies;
  private readonly signal: Signal = new Signal();
  private readonly outcome: SignalOutcome = new SignalOutcome();
  private readonly explanation: Explanation = new Explanation();
  private readonly words: Float64Array = new Float64Array(WAITING_MAX * WORDS);
  private readonly types: Int32Array = new Int32Array(WAITING_MAX);
  private readonly labels: string[] = Array.from({ length: WAITING_MAX }, () => '');
  private readonly names: string[] = Array.from({ length: WAITING_MAX * NAMES }, () => '');
  private head: number;
  private waiting: number;

  constructor(deps: StrategyOutboxDependencies) {
    this.deps = deps;
    this.head = 0;
    this.waiting = 0;
  }

  get isEmpty(): boolean {
    return this.waiting === 0;
  }

  /** Records the draft as a signal now, or as soon as the journal has room. */
  recordSignal(label: string): void {
    this.deps.counters.increment(STRATEGY_COUNTER.signals);
    this.put(SIGNAL, label);
  }

  /** The same as what became of a signal. */
  recordOutcome(): void {
    this.deps.counters.increment(STRATEGY_COUNTER.signalOutcomes);
    this.put(SIGNAL_OUTCOME, '');
  }

  /** The same as an explanation, unless too much waits. */
  recordExplanation(reason: string): void {
    this.deps.counters.increment(STRATEGY_COUNTER.explanations);
    if (this.waiting < EXPLANATIONS_WAITING_MAX) this.put(EXPLANATION, reason);
    else this.deps.counters.increment(STRATEGY_COUNTER.explanationsThinned);
  }

  /** Writes what there is room for; returns how many. */
  flush(): number {
    let written = 0;
    while (this.waiting > 0 && this.write(this.deps.toJournal, this.head)) {
      this.head = (this.head + 1) % WAITING_MAX;
      this.waiting--;
      written++;
    }
    return written;
  }

  private put(type: number, label: string): void {
    if (this.waiting === WAITING_MAX) {
      this.deps.counters.increment(STRATEGY_COUNTER.signalsLost);
      return;
    }
    const slot = (this.head + this.waiting) % WAITING_MAX;
    this.words.set(this.draft, slot * WORDS);
    this.types[slot] = type;
    this.labels[slot] = label;
    if (type === EXPLANATION) {
      for (let place = 0; place < NAMES; place++) this.names[slot * NAMES + place] = this.draftNames[place];
    }
    this.waiting++;
    this.tellApi(slot);
    this.flush();
  }

  private tellApi(slot: number): void {
    const { telemetry, toApi, counters } = this.deps;
    if (telemetry !== null && !telemetry.wants(TELEMETRY_TOPIC_BIT.signals)) return;
    if (!this.write(toApi, slot)) counters.increment(STRATEGY_COUNTER.apiSignalsDropped);
  }

  private write(ring: Publication, slot: number): boolean {
    switch (this.types[slot]) {
      case SIGNAL:
        return this.writeSignal(ring, slot);
      case SIGNAL_OUTCOME:
        return this.writeOutcome(ring, slot);
      default:
        return this.writeExplanation(ring, slot);
    }
  }

  private writeSignal(ring: Publication, slot: number): boolean {
    const to = ring.tryClaim(SIGNAL, SIGNAL_BYTES);
    if (to < 0) return false;
    const { words } = this;
    const at = slot * WORDS;
    const signal = this.signal.wrap(ring.view, to);
    signal.eventNs = words[at + WORD.eventNs];
    signal.strategyIndex = words[at + WORD.strategyIndex];
    signal.instrumentIndex = words[at + WORD.instrumentIndex];
    signal.side = words[at + WORD.side];
    signal.strength = words[at + WORD.strength];
    signal.priceTicks = words[at + WORD.priceTicks];
    signal.signalSeq = words[at + WORD.signalSeq];
    signal.confidence = words[at + WORD.confidence];
    signal.stopTicks = words[at + WORD.stopTicks];
    signal.targetTicks = words[at + WORD.targetTicks];
    signal.score = words[at + WORD.score];
    signal.expiresNs = words[at + WORD.expiresNs];
    signal.viewClass = words[at + WORD.viewClass];
    signal.alignment = words[at + WORD.alignment];
    signal.reasons = words[at + WORD.reasons];
    signal.label = this.labels[slot];
    ring.commit();
    return true;
  }

  private writeOutcome(ring: Publication, slot: number): boolean {
    const to = ring.tryClaim(SIGNAL_OUTCOME, SIGNAL_OUTCOME_BYTES);
    if (to < 0) return false;
    const { words } = this;
    const at = slot * WORDS;
    const outcome = this.outcome.wrap(ring.view, to);
    outcome.signalSeq = words[at + WORD.signalSeq];
    outcome.orderId = words[at + WORD.orderId];
    outcome.eventNs = words[at + WORD.eventNs];
    outcome.instrumentIndex = words[at + WORD.instrumentIndex];
    outcome.strategyIndex = words[at + WORD.strategyIndex];
    outcome.outcome = words[at + WORD.outcome];
    ring.commit();
    return true;
  }

  private writeExplanation(ring: Publication, slot: number): boolean {
    const to = ring.tryClaim(EXPLANATION, EXPLANATION_BYTES);
    if (to < 0) return false;
    const { words, names } = this;
    const at = slot * WORDS;
    const explanation = this.explanation.wrap(ring.view, to);
    explanation.eventNs = words[at + WORD.eventNs];
    explanation.repeats = words[at + WORD.repeats];
    explanation.instrumentIndex = words[at + WORD.instrumentIndex];
    explanation.strategyIndex = words[at + WORD.strategyIndex];
    explanation.valueCount = words[at + WORD.valueCount];
    explanation.value0 = words[at + WORD.value];
    explanation.value1 = words[at + WORD.value + 1];
    explanation.value2 = words[at + WORD.value + 2];
    explanation.value3 = words[at + WORD.value + 3];
    explanation.why = this.labels[slot];
    explanation.name0 = names[slot * NAMES];
    explanation.name1 = names[slot * NAMES + 1];
    explanation.name2 = names[slot * NAMES + 2];
    explanation.name3 = names[slot * NAMES + 3];
    ring.commit();
    return true;
  }
}
