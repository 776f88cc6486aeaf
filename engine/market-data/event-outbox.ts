// hot path: no allocation after start
import { CONNECTION_KIND } from '../messages/enums.ts';
import {
  CONNECTION_CHANGED,
  CONNECTION_CHANGED_BYTES,
  ConnectionChanged,
  GAP_RECORD,
  GAP_RECORD_BYTES,
  GapRecord,
} from '../messages/codecs.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import { BACK_PRESSURED } from '../ipc/ring.ts';
import type { Publication } from '../ipc/ring.ts';
import { MARKET_DATA_COUNTER as COUNTER } from './counters.ts';

/** Events that may wait for the journal: a flapping connection of 64 instruments for a while. */
const EVENTS_MAX = 1_024;
const EVENTS_PER_TURN = 64;

const KIND_CONNECTION = 1;
const KIND_GAP = 2;

/**
 * Connection and gap events on their way to the journal (lossless: they wait here while its ring is full) and
 * to the api (a copy that may be dropped). One thread.
 */
export class EventOutbox {
  private readonly journal: Publication;
  private readonly api: Publication;
  private readonly counters: CounterBlock;
  private readonly connection: ConnectionChanged;
  private readonly gap: GapRecord;
  private readonly kinds: Int32Array;
  /** connection: state; gap: instrument index. */
  private readonly first: Int32Array;
  /** gap: reason. */
  private readonly second: Int32Array;
  private readonly eventNs: Float64Array;
  /** connection: attempt; gap: expected id. */
  private readonly third: Float64Array;
  /** gap: id that came. */
  private readonly fourth: Float64Array;
  private head: number;
  private count: number;

  constructor(journal: Publication, api: Publication, counters: CounterBlock) {
    this.journal = journal;
    this.api = api;
    this.counters = counters;
    this.connection = new ConnectionChanged();
    this.gap = new GapRecord();
    this.kinds = new Int32Array(EVENTS_MAX);
    this.first = new Int32Array(EVENTS_MAX);
    this.second = new Int32Array(EVENTS_MAX);
    this.eventNs = new Float64Array(EVENTS_MAX);
    this.third = new Float64Array(EVENTS_MAX);
    this.fourth = new Float64Array(EVENTS_MAX);
    this.head = 0;
    this.count = 0;
  }

  /** `state` is a CONNECTION_STATE. */
  addConnection(eventNs: number, state: number, attempt: number): void {
    const slot = this.claim();
    if (slot < 0) return;
    this.kinds[slot] = KIND_CONNECTION;
    this.eventNs[slot] = eventNs;
    this.first[slot] = state;
    this.third[slot] = attempt;
    if (!this.writeConnection(this.api, slot)) this.counters.increment(COUNTER.telemetryDropped);
    this.flush();
  }

  /** `reason` is a GAP_REASON. */
  addGap(
    eventNs: number,
    instrumentIndex: number,
    reason: number,
    expectedUpdateId: number,
    gotUpdateId: number,
  ): void {
    const slot = this.claim();
    if (slot < 0) return;
    this.kinds[slot] = KIND_GAP;
    this.eventNs[slot] = eventNs;
    this.first[slot] = instrumentIndex;
    this.second[slot] = reason;
    this.third[slot] = expectedUpdateId;
    this.fourth[slot] = gotUpdateId;
    this.counters.increment(COUNTER.gapRecords);
    if (!this.writeGap(this.api, slot)) this.counters.increment(COUNTER.telemetryDropped);
    this.flush();
  }

  hasWork(): boolean {
    return this.count > 0;
  }

  /** Hands waiting events to the journal, oldest first; returns how many. */
  flush(): number {
    let workCount = 0;
    while (this.count > 0 && workCount < EVENTS_PER_TURN) {
      const slot = this.head;
      const isConnection = this.kinds[slot] === KIND_CONNECTION;
      const isWritten = isConnection
        ? this.writeConnection(this.journal, slot)
        : this.writeGap(this.journal, slot);
      if (!isWritten) break;
      this.head = (this.head + 1) % EVENTS_MAX;
      this.count--;
      workCount++;
    }
    return workCount;
  }

  private claim(): number {
    if (this.count === EVENTS_MAX) {
      this.counters.increment(COUNTER.journalEventsLost);
      return -1;
    }
    const slot = (this.head + this.count) % EVENTS_MAX;
    this.count++;
    return slot;
  }

  private writeConnection(to: Publication, slot: number): boolean {
    const at = to.tryClaim(CONNECTION_CHANGED, CONNECTION_CHANGED_BYTES);
    if (at === BACK_PRESSURED) return false;
    const record = this.connection.wrap(to.view, at);
    record.eventNs = this.eventNs[slot];
    record.attempt = this.third[slot];
    record.kind = CONNECTION_KIND.marketData;
    record.state = this.first[slot];
    to.commit();
    return true;
  }

  private writeGap(to: Publication, slot: number): boolean {
    const at = to.tryClaim(GAP_RECORD, GAP_RECORD_BYTES);
    if (at === BACK_PRESSURED) return false;
    const record = this.gap.wrap(to.view, at);
    record.eventNs = this.eventNs[slot];
    record.expectedUpdateId = this.third[slot];
    record.gotUpdateId = this.fourth[slot];
    record.instrumentIndex = this.first[slot];
    record.reason = this.second[slot];
    to.commit();
    return true;
  }
}
