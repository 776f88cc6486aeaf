// hot path: no allocation after start
import type { CounterBlock } from '../ipc/counters.ts';
import type { Publication } from '../ipc/ring.ts';
import type { TelemetryInterestReader } from '../ipc/telemetry-interest.ts';
import { TELEMETRY_TOPIC_BIT } from '../ipc/telemetry-interest.ts';
import { SIGNAL, SIGNAL_BYTES, Signal } from '../messages/codecs.ts';
import { STRATEGY_COUNTER } from './counters.ts';

/** Signals that may wait for the journal: more than the strategies of one turn are expected to record. */
const SIGNALS_WAITING_MAX = 1_024;
const WORDS = 6;

/** What the outbox is joined to. */
export interface SignalOutboxDependencies {
  readonly counters: CounterBlock;
  readonly toJournal: Publication;
  readonly toApi: Publication;
  /** Null = telemetry takes everything. */
  readonly telemetry: TelemetryInterestReader | null;
}

/**
 * Records signals in the journal, in order, and copies them to telemetry. While the journal has no room they wait here,
 * and the actor takes no market data that could make more. One thread.
 */
export class SignalOutbox {
  private readonly deps: SignalOutboxDependencies;
  private readonly signal: Signal = new Signal();
  private readonly words: Float64Array = new Float64Array(SIGNALS_WAITING_MAX * WORDS);
  private readonly labels: string[] = Array.from({ length: SIGNALS_WAITING_MAX }, () => '');
  private head: number;
  private waiting: number;

  constructor(deps: SignalOutboxDependencies) {
    this.deps = deps;
    this.head = 0;
    this.waiting = 0;
  }

  get isEmpty(): boolean {
    return this.waiting === 0;
  }

  /** Records a signal now, or as soon as the journal has room. */
  record(
    eventNs: number,
    strategyIndex: number,
    instrumentIndex: number,
    side: number,
    strength: number,
    priceTicks: number,
    label: string,
  ): void {
    this.deps.counters.increment(STRATEGY_COUNTER.signals);
    if (this.waiting === SIGNALS_WAITING_MAX) {
      this.deps.counters.increment(STRATEGY_COUNTER.signalsLost);
      return;
    }
    const slot = (this.head + this.waiting) % SIGNALS_WAITING_MAX;
    const at = slot * WORDS;
    this.words[at] = eventNs;
    this.words[at + 1] = strategyIndex;
    this.words[at + 2] = instrumentIndex;
    this.words[at + 3] = side;
    this.words[at + 4] = strength;
    this.words[at + 5] = priceTicks;
    this.labels[slot] = label;
    this.waiting++;
    this.tellApi(slot);
    this.flush();
  }

  /** Writes what there is room for; returns how many. */
  flush(): number {
    let written = 0;
    while (this.waiting > 0 && this.write(this.deps.toJournal, this.head)) {
      this.head = (this.head + 1) % SIGNALS_WAITING_MAX;
      this.waiting--;
      written++;
    }
    return written;
  }

  private tellApi(slot: number): void {
    const { telemetry, toApi, counters } = this.deps;
    if (telemetry !== null && !telemetry.wants(TELEMETRY_TOPIC_BIT.signals)) return;
    if (!this.write(toApi, slot)) counters.increment(STRATEGY_COUNTER.apiSignalsDropped);
  }

  private write(ring: Publication, slot: number): boolean {
    const to = ring.tryClaim(SIGNAL, SIGNAL_BYTES);
    if (to < 0) return false;
    const at = slot * WORDS;
    const signal = this.signal.wrap(ring.view, to);
    signal.eventNs = this.words[at];
    signal.strategyIndex = this.words[at + 1];
    signal.instrumentIndex = this.words[at + 2];
    signal.side = this.words[at + 3];
    signal.strength = this.words[at + 4];
    signal.priceTicks = this.words[at + 5];
    signal.label = this.labels[slot];
    ring.commit();
    return true;
  }
}
