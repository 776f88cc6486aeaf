// hot path: no allocation after start
import type { Clock } from '../core/clock.ts';
import { POLL_LIMIT } from '../core/limits.ts';
import { counterIndexes } from '../ipc/counters.ts';
import type { CounterBlock, CounterIndexes } from '../ipc/counters.ts';
import type { ErrorLog } from '../ipc/error-log.ts';
import type { RecordHandler, RecordView, Subscription } from '../ipc/ring.ts';
import { SCHEMA } from '../messages/schema.ts';
import type { Actor } from '../runtime/actor.ts';
import { JOURNAL_BATCH_BYTES, JOURNAL_STATE } from './journal-cell.ts';
import type { JournalCell } from './journal-cell.ts';
import { JOURNAL_ERROR } from './journal-error.ts';
import {
  MONO_NS_AT,
  SEQUENCE_AT,
  encodeRecord,
  logBuffer,
  recordBytes,
  sequenceAt,
} from './record-format.ts';
import type { LogBuffer } from './record-format.ts';
import { encodePrologue, prologueRecords } from './run-prologue.ts';
import type { RunIdentity } from './run-prologue.ts';
import { SegmentWriter } from './segment-writer.ts';
import { prepareToContinue } from './tail-repair.ts';

/** The journal's counters and what a rise means. */
export const JOURNAL_COUNTERS = {
  records: 'records taken from the rings',
  bytes: 'bytes written to the segments',
  writes: 'group writes; records / writes is the group size',
  syncs: 'fdatasyncs',
  maxSyncNs: 'longest fdatasync in nanoseconds: the disk stalls when it grows',
  maxBatchRecords: 'most records in one group write: near the batch limit means the journal falls behind',
  errors: 'writes or syncs that failed: the disk is full or broken, new orders are denied',
  cutTails: 'torn ends of a previous file that were cut at start: an earlier process died while writing',
  oversized: 'records too long for the journal: not journaled, a program error',
  rewritten: 'records a dead journal thread had taken and its successor wrote',
} as const;

const COUNTER: CounterIndexes<typeof JOURNAL_COUNTERS> = counterIndexes(JOURNAL_COUNTERS);

/** Longest payload taken from a ring; the messages that are journaled are all far shorter. */
const PAYLOAD_BYTES_MAX = 4096;
const RECORD_BYTES_MAX: number = recordBytes(PAYLOAD_BYTES_MAX);
/** Time between attempts while the disk does not take records. */
const RETRY_NS = 100_000_000;
/** Cycles an ending journal still gives to its rings. */
const CLOSING_CYCLES_MAX = 1_000;
/** Unsynced bytes that make the next cycle sync before the interval is over. */
const SYNC_BYTES_MAX: number = 4 * 1024 * 1024;

/** Schema version by template id. */
const VERSIONS: Uint16Array = new Uint16Array(Math.max(...Object.values(SCHEMA).map((spec) => spec.id)) + 1);
for (const spec of Object.values(SCHEMA)) VERSIONS[spec.id] = spec.version;

/** Places in the actor's numbers: now, last sync, next attempt after a failure (monoNs); sequences. */
const NOW_NS = 0;
const SYNCED_NS = 1;
const RETRY_AT_NS = 2;
/** Last sequence given to a record. */
const LAST_SEQUENCE = 3;
/** Last sequence in the file. */
const WRITTEN_SEQUENCE = 4;

/** What the journal actor is made with. It needs a thread of its own: it blocks in write and fdatasync. */
export interface JournalDependencies {
  /** The rings to the journal, polled in this order; a record's `source` is the index here. */
  readonly subscriptions: readonly Subscription[];
  readonly cell: JournalCell;
  readonly clock: Clock;
  readonly counters: CounterBlock;
  readonly errors: ErrorLog;
  /** The journal folder; it exists. */
  readonly directory: string;
  readonly segmentBytes: number;
  /** Longest time written records stay without fdatasync while the thread is awake, nanoseconds. */
  readonly syncIntervalNs: number;
  readonly run: RunIdentity;
}

/**
 * Writes what the other actors tap to append-only segments: one group write per cycle, fdatasync by interval or
 * amount. When the disk refuses, the cell says `lost`, the batch is kept and tried again, and once it is full the rings
 * fill up: nothing is dropped.
 */
export class JournalActor implements Actor {
  readonly name = 'journal';
  private readonly deps: JournalDependencies;
  private readonly cell: JournalCell;
  private readonly batch: LogBuffer;
  /** Copy of the batch outside shared memory, which the file system calls take. */
  private readonly outgoing: LogBuffer;
  private segments: SegmentWriter;
  private readonly handlers: readonly RecordHandler[];
  /** Indexed by the constants above; a typed array because large numbers in fields would be heap numbers. */
  private readonly numbers: Float64Array;
  private batchRecords: number;
  private hasSyncFailed: boolean;

  constructor(deps: JournalDependencies) {
    this.deps = deps;
    this.cell = deps.cell;
    this.batch = deps.cell.batch;
    this.outgoing = logBuffer(new ArrayBuffer(JOURNAL_BATCH_BYTES), 0, JOURNAL_BATCH_BYTES);
    this.segments = this.newWriter(1);
    this.handlers = deps.subscriptions.map(
      (_, source): RecordHandler =>
        (type, view, byteOffset, byteLength) =>
          this.take(source, type, view, byteOffset, byteLength),
    );
    this.numbers = new Float64Array(5);
    this.batchRecords = 0;
    this.hasSyncFailed = false;
  }

  /** Continues the log in a new file: cuts a torn end, writes what a dead predecessor had taken, opens the run. */
  onStart(nowNs: number): void {
    this.numbers[NOW_NS] = nowNs;
    this.cell.setState(JOURNAL_STATE.starting);
    try {
      this.continueLog(nowNs);
    } catch (error) {
      this.fail(JOURNAL_ERROR.write, 'JOURNAL_WRITE', error);
      throw error;
    }
    this.numbers[SYNCED_NS] = nowNs;
    this.cell.setState(JOURNAL_STATE.writing);
  }

  doWork(nowNs: number): number {
    this.numbers[NOW_NS] = nowNs;
    let count = 0;
    const subscriptions = this.deps.subscriptions;
    for (let index = 0; index < subscriptions.length; index++) {
      const limit = this.pollLimit();
      if (limit > 0) count += subscriptions[index].poll(this.handlers[index], limit);
    }
    if (this.cell.batchBytes() > 0 && !this.isWaitingToRetry(nowNs)) this.writeBatch();
    this.syncIfDue(nowNs);
    return count;
  }

  hasWork(): boolean {
    if (this.pollLimit() <= 0) return false;
    const subscriptions = this.deps.subscriptions;
    for (let index = 0; index < subscriptions.length; index++) {
      if (subscriptions[index].hasWork()) return true;
    }
    return false;
  }

  /** Takes what is still in the rings, writes and syncs everything. */
  onClose(): void {
    this.numbers[RETRY_AT_NS] = 0;
    for (let cycle = 0; cycle < CLOSING_CYCLES_MAX; cycle++) {
      if (this.doWork(this.deps.clock.nowNs()) === 0) break;
    }
    try {
      this.segments.close();
    } catch (error) {
      this.fail(JOURNAL_ERROR.sync, 'JOURNAL_SYNC', error);
    }
    if (this.cell.isLost()) return;
    this.cell.setDurableSequence(this.numbers[WRITTEN_SEQUENCE]);
    this.cell.setState(JOURNAL_STATE.closed);
  }

  private continueLog(nowNs: number): void {
    const { directory, counters } = this.deps;
    // Instruments added meanwhile are in the new file's beginning.
    const run = { ...this.deps.run };
    const { nextSequence, nextSegment, cut } = prepareToContinue(directory, 'journal');
    if (cut !== null) counters.increment(COUNTER.cutTails);
    this.segments = this.newWriter(nextSegment);
    this.numbers[WRITTEN_SEQUENCE] = nextSequence - 1;
    this.writeInheritedBatch();
    const sequence = this.numbers[WRITTEN_SEQUENCE] + 1;
    const prologue = encodePrologue(run, sequence, nowNs);
    if (this.segments.needsRotation(prologue.u8.length)) this.segments.rotate(sequence);
    this.segments.append([prologue.u8], prologue.u8.length);
    this.segments.sync();
    const last = sequence + prologueRecords(run) - 1;
    this.numbers[WRITTEN_SEQUENCE] = last;
    this.numbers[LAST_SEQUENCE] = last;
    this.cell.setDurableSequence(last);
  }

  /** Records that a dead predecessor took from the rings: the file gets those it does not have yet. */
  private writeInheritedBatch(): void {
    const bytes = this.cell.batchBytes();
    if (bytes === 0) return;
    this.outgoing.u8.set(this.batch.u8.subarray(0, bytes));
    const before = this.numbers[WRITTEN_SEQUENCE];
    this.writeRecords(bytes);
    this.deps.counters.add(COUNTER.rewritten, this.numbers[WRITTEN_SEQUENCE] - before);
    this.cell.setBatchBytes(0);
  }

  private newWriter(nextSegment: number): SegmentWriter {
    const { directory, segmentBytes, run } = this.deps;
    return new SegmentWriter(
      { directory, log: 'journal', segmentBytes, startEpochUs: run.startEpochUs },
      nextSegment,
    );
  }

  /** Records the batch can take now without looking at their length. */
  private pollLimit(): number {
    const room = Math.floor((JOURNAL_BATCH_BYTES - this.cell.batchBytes()) / RECORD_BYTES_MAX);
    return room < POLL_LIMIT ? room : POLL_LIMIT;
  }

  private take(source: number, type: number, view: RecordView, byteOffset: number, byteLength: number): void {
    const { counters, errors } = this.deps;
    if (byteLength > PAYLOAD_BYTES_MAX) {
      counters.increment(COUNTER.oversized);
      errors.record(JOURNAL_ERROR.oversized, 'JOURNAL_OVERSIZED a record is too long', this.numbers[NOW_NS]);
      return;
    }
    const at = this.cell.batchBytes();
    this.numbers[LAST_SEQUENCE] += 1;
    this.batch.f64[(at + SEQUENCE_AT) >> 3] = this.numbers[LAST_SEQUENCE];
    this.batch.f64[(at + MONO_NS_AT) >> 3] = this.numbers[NOW_NS];
    const version = type < VERSIONS.length ? VERSIONS[type] : 0;
    const bytes = encodeRecord(this.batch, at, type, version, source, view, byteOffset, byteLength);
    this.cell.setBatchBytes(at + bytes);
    this.batchRecords += 1;
    counters.increment(COUNTER.records);
  }

  private isWaitingToRetry(nowNs: number): boolean {
    return this.cell.isLost() && nowNs < this.numbers[RETRY_AT_NS];
  }

  private writeBatch(): void {
    const { counters } = this.deps;
    const bytes = this.cell.batchBytes();
    try {
      // Makes a few views per group write: harmless on this thread, which blocks for the disk anyway.
      this.outgoing.u8.set(this.batch.u8.subarray(0, bytes));
      this.writeRecords(bytes);
    } catch (error) {
      this.fail(JOURNAL_ERROR.write, 'JOURNAL_WRITE', error);
      return;
    }
    this.cell.setBatchBytes(0);
    counters.increment(COUNTER.writes);
    counters.add(COUNTER.bytes, bytes);
    counters.raiseTo(COUNTER.maxBatchRecords, this.batchRecords);
    this.batchRecords = 0;
    if (this.cell.isLost() && !this.hasSyncFailed) this.cell.setState(JOURNAL_STATE.writing);
  }

  /** Writes the outgoing records that the file does not have yet, split where a file ends. */
  private writeRecords(bytes: number): void {
    const log = this.outgoing;
    let from = 0;
    while (from < bytes && sequenceAt(log, from) <= this.numbers[WRITTEN_SEQUENCE]) {
      from += recordBytes(log.i32[from >> 2]);
    }
    while (from < bytes) {
      const first = recordBytes(log.i32[from >> 2]);
      if (this.segments.needsRotation(first)) this.segments.rotate(sequenceAt(log, from));
      const room = this.segments.room();
      let last = from;
      let to = from + first;
      while (to < bytes) {
        const next = recordBytes(log.i32[to >> 2]);
        if (to + next - from > room) break;
        last = to;
        to += next;
      }
      this.segments.append([log.u8.subarray(from, to)], to - from);
      this.numbers[WRITTEN_SEQUENCE] = sequenceAt(log, last);
      from = to;
    }
  }

  private syncIfDue(nowNs: number): void {
    const pending = this.segments.pendingSyncBytes();
    if (pending === 0 || this.hasSyncFailed) return;
    const isDue = nowNs - this.numbers[SYNCED_NS] >= this.deps.syncIntervalNs;
    if (pending < SYNC_BYTES_MAX && !isDue) return;
    const { clock, counters } = this.deps;
    const beganNs = clock.nowNs();
    try {
      this.segments.sync();
    } catch (error) {
      // For good: see SegmentWriter.sync.
      this.hasSyncFailed = true;
      this.fail(JOURNAL_ERROR.sync, 'JOURNAL_SYNC', error);
      return;
    }
    const endedNs = clock.nowNs();
    this.numbers[SYNCED_NS] = endedNs;
    counters.increment(COUNTER.syncs);
    counters.raiseTo(COUNTER.maxSyncNs, endedNs - beganNs);
    this.cell.setDurableSequence(this.numbers[WRITTEN_SEQUENCE]);
  }

  /** Says that records are not durable: risk denies new orders while the cell says so. */
  private fail(code: number, name: string, error: unknown): void {
    const { counters, errors } = this.deps;
    const nowNs = this.numbers[NOW_NS];
    this.cell.setState(JOURNAL_STATE.lost);
    this.numbers[RETRY_AT_NS] = nowNs + RETRY_NS;
    counters.increment(COUNTER.errors);
    errors.record(code, `${name} journal: ${error instanceof Error ? error.message : String(error)}`, nowNs);
  }
}
