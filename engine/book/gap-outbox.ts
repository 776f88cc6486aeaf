// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Publication } from '../ipc/ring.ts';
import { GAP_RECORD, GAP_RECORD_BYTES, GapRecord } from '../messages/codecs.ts';

const WORDS = 5;

/**
 * Gap records on their way to a lossless ring: a record that finds no room stays here, in order, and its maker stops
 * taking input that could make another. The capacity covers one whole batch of input, so `add` always has room. One
 * thread.
 */
export class GapOutbox {
  private readonly publication: Publication;
  private readonly capacity: number;
  private readonly words: Float64Array;
  private readonly record: GapRecord = new GapRecord();
  private head: number;
  private waiting: number;

  constructor(publication: Publication, capacity: number) {
    this.publication = publication;
    this.capacity = capacity;
    this.words = new Float64Array(capacity * WORDS);
    this.head = 0;
    this.waiting = 0;
  }

  /** Whether nothing waits: only then may more input be taken. */
  get isEmpty(): boolean {
    return this.waiting === 0;
  }

  /** Puts a record in line. @throws InvariantViolation when its maker went on taking input against a full ring */
  add(
    eventNs: number,
    instrumentIndex: number,
    reason: number,
    expectedUpdateId: number,
    gotUpdateId: number,
  ): void {
    invariant(this.waiting < this.capacity, 'a batch of input makes fewer gap records than its outbox holds');
    const at = ((this.head + this.waiting) % this.capacity) * WORDS;
    this.words[at] = eventNs;
    this.words[at + 1] = instrumentIndex;
    this.words[at + 2] = reason;
    this.words[at + 3] = expectedUpdateId;
    this.words[at + 4] = gotUpdateId;
    this.waiting++;
  }

  /** Publishes what there is room for; returns how many. */
  flush(): number {
    let sent = 0;
    while (this.waiting > 0) {
      const at = this.publication.tryClaim(GAP_RECORD, GAP_RECORD_BYTES);
      if (at < 0) return sent;
      const from = this.head * WORDS;
      const gap = this.record.wrap(this.publication.view, at);
      gap.eventNs = this.words[from];
      gap.instrumentIndex = this.words[from + 1];
      gap.reason = this.words[from + 2];
      gap.expectedUpdateId = this.words[from + 3];
      gap.gotUpdateId = this.words[from + 4];
      this.publication.commit();
      this.head = (this.head + 1) % this.capacity;
      this.waiting--;
      sent++;
    }
    return sent;
  }
}
