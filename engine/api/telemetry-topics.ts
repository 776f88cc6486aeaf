import type {
  EventBatchFrame,
  EventSnapshotFrame,
  EventTopicName,
  StateDeltaFrame,
  StateEntries,
  StateSnapshotFrame,
  StateTopicName,
} from './telemetry-protocol.ts';

/** Events kept for those who subscribe later. */
export const EVENT_HISTORY_MAX = 200;
/** Events one topic may gather between two batches; the oldest beyond it are given up and counted. */
export const EVENTS_PER_BATCH_MAX = 2_000;

interface StoredEntry {
  readonly value: unknown;
  /** Equal text = nothing changed. */
  readonly text: string;
}

/** A state topic: the newest entries, the change since the step before, and the number of the step. */
export class StateTopic {
  readonly name: StateTopicName;
  /** Grows by one with each `update` that changed something. */
  seq = 0;
  /** The change from `seq` - 1 to `seq`, if the last `update` made one. */
  delta: StateDeltaFrame | null = null;
  private entries: Map<string, StoredEntry> = new Map();

  constructor(name: StateTopicName) {
    this.name = name;
  }

  /** Takes the state as it is now; true when it differs from the one before. */
  update(next: StateEntries, atMs: number): boolean {
    const set: Record<string, unknown> = {};
    const removed: string[] = [];
    let hasChanged = false;
    for (const [key, value] of Object.entries(next)) {
      if (value === undefined) continue;
      const text = JSON.stringify(value);
      if (this.entries.get(key)?.text === text) continue;
      this.entries.set(key, { value, text });
      set[key] = value;
      hasChanged = true;
    }
    for (const key of this.entries.keys()) {
      if (next[key] !== undefined) continue;
      this.entries.delete(key);
      removed.push(key);
      hasChanged = true;
    }
    if (!hasChanged) {
      this.delta = null;
      return false;
    }
    const base = this.seq++;
    this.delta = { type: 'delta', topic: this.name, base, seq: this.seq, atMs, set, removed };
    return true;
  }

  snapshot(atMs: number): StateSnapshotFrame {
    const state: Record<string, unknown> = {};
    for (const [key, entry] of this.entries) state[key] = entry.value;
    return { type: 'snapshot', topic: this.name, seq: this.seq, atMs, state };
  }
}

/** An event topic: what came since the last batch, and the tail for newcomers. Bounded by the limits above. */
export class EventTopic {
  readonly name: EventTopicName;
  /** Number of the newest event of the last batch. */
  seq = 0;
  /** Events given up because more than EVENTS_PER_BATCH_MAX came between two batches. */
  overflowed = 0;
  private pending: unknown[] = [];
  private pendingLost = 0;
  private history: unknown[] = [];

  constructor(name: EventTopicName) {
    this.name = name;
  }

  push(event: unknown): void {
    if (this.pending.length >= EVENTS_PER_BATCH_MAX) {
      this.pending.shift();
      this.pendingLost++;
      this.overflowed++;
    }
    this.pending.push(event);
  }

  /** Closes the batch: the events since the last one, or null when there were none. */
  takeBatch(atMs: number): EventBatchFrame | null {
    if (this.pending.length === 0) return null;
    const events = this.pending;
    const first = this.seq + 1;
    this.seq += events.length + this.pendingLost;
    this.pending = [];
    this.pendingLost = 0;
    this.history = [...this.history, ...events].slice(-EVENT_HISTORY_MAX);
    return { type: 'events', topic: this.name, first, seq: this.seq, atMs, events };
  }

  snapshot(atMs: number): EventSnapshotFrame {
    return { type: 'snapshot', topic: this.name, seq: this.seq, atMs, events: this.history };
  }
}
