// hot path: no allocation after start
import { INSTRUMENTS_MAX } from '../../../engine/core/limits.ts';
import { GAP_REASON } from '../../../engine/messages/enums.ts';
import type { RecordWriter } from './record-writer.ts';
import { WRITE } from './record-writer.ts';

/**
 * "Hide this book", by instrument: written at once where the ring has room, kept otherwise. Of one instrument the newest
 * reason counts. One thread.
 */
export class ResetQueue {
  private readonly writer: RecordWriter;
  /** GAP_REASON of a reset that waits for room; none = nothing waits. */
  private readonly reasons: Int32Array;
  private readonly expectedIds: Float64Array;
  private readonly gotIds: Float64Array;
  /** How many wait. */
  waiting: number;

  constructor(writer: RecordWriter) {
    this.writer = writer;
    this.reasons = new Int32Array(INSTRUMENTS_MAX);
    this.expectedIds = new Float64Array(INSTRUMENTS_MAX);
    this.gotIds = new Float64Array(INSTRUMENTS_MAX);
    this.waiting = 0;
  }

  /** Writes a reset, or keeps it until `flush` finds room. */
  reset(instrumentIndex: number, reason: number, expectedId: number, gotId: number): void {
    if (this.reasons[instrumentIndex] === GAP_REASON.none) this.waiting++;
    this.reasons[instrumentIndex] = reason;
    this.expectedIds[instrumentIndex] = expectedId;
    this.gotIds[instrumentIndex] = gotId;
    this.flush(instrumentIndex);
  }

  isWaiting(instrumentIndex: number): boolean {
    return this.reasons[instrumentIndex] !== GAP_REASON.none;
  }

  /** Writes the reset that waits; whether none waits any more. */
  flush(instrumentIndex: number): boolean {
    const reason = this.reasons[instrumentIndex];
    if (reason === GAP_REASON.none) return true;
    const expectedId = this.expectedIds[instrumentIndex];
    const gotId = this.gotIds[instrumentIndex];
    if (this.writer.writeReset(instrumentIndex, reason, expectedId, gotId) === WRITE.blocked) return false;
    this.reasons[instrumentIndex] = GAP_REASON.none;
    this.waiting--;
    return true;
  }
}
