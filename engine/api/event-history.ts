import type { EventTopicName } from './telemetry-protocol.ts';

/** Events kept of all topics together, for lists and for streams that come back. */
export const EVENTS_KEPT_MAX = 4_000;

/** An event with its number, which no other event of the run has. */
export interface KeptEvent {
  readonly seq: number;
  readonly topic: EventTopicName;
  readonly event: Readonly<Record<string, unknown>>;
}

/** The latest events of all topics in the order they came. One thread. */
export class EventHistory {
  /** Number of the newest event; 0 = there was none. */
  seq = 0;
  private readonly kept: (KeptEvent | null)[] = Array.from({ length: EVENTS_KEPT_MAX }, () => null);
  private waiting: (() => void)[] = [];

  push(topic: EventTopicName, event: Readonly<Record<string, unknown>>): void {
    const seq = ++this.seq;
    this.kept[seq % EVENTS_KEPT_MAX] = { seq, topic, event };
    if (this.waiting.length === 0) return;
    const { waiting } = this;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  /** Number of the oldest event that is still there. */
  get firstSeq(): number {
    return Math.max(1, this.seq - EVENTS_KEPT_MAX + 1);
  }

  /** The event of that number; null = it is gone, or has not come. */
  at(seq: number): KeptEvent | null {
    const kept = this.kept[seq % EVENTS_KEPT_MAX];
    return kept?.seq === seq ? kept : null;
  }

  /** Events of a topic, newest first. */
  of(topic: EventTopicName): KeptEvent[] {
    const found: KeptEvent[] = [];
    for (let seq = this.seq; seq >= this.firstSeq; seq--) {
      const kept = this.at(seq);
      if (kept?.topic === topic) found.push(kept);
    }
    return found;
  }

  /** Resolves with the next event, or after so many ms, or when the signal is aborted. */
  next(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.waiting = this.waiting.filter((each) => each !== done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener('abort', done, { once: true });
      this.waiting.push(done);
      if (signal.aborted) done();
    });
  }
}
