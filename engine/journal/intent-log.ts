// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Clock } from '../core/clock.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { ErrorLog } from '../ipc/error-log.ts';
import type { CodecView } from '../messages/codec-view.ts';
import type { FileMapper } from '../native/file-mapper.ts';
import { ORDER_INTENT, ORDER_INTENT_BYTES, OrderIntent } from '../messages/codecs.ts';
import { SCHEMA } from '../messages/schema.ts';
import { JOURNAL_ERROR } from './journal-error.ts';
import {
  MONO_NS_AT,
  SEQUENCE_AT,
  SOURCE_SELF,
  encodeRecord,
  logBuffer,
  recordBytes,
} from './record-format.ts';
import type { LogBuffer } from './record-format.ts';
import { encodePrologue, encodeStrategies, prologueRecords } from './run-prologue.ts';
import type { RunIdentity } from './run-prologue.ts';
import { intentLogName } from './segment-files.ts';
import { SegmentWriter } from './segment-writer.ts';
import { prepareToContinue } from './tail-repair.ts';

/** What an intent log is made with. */
export interface IntentLogOptions {
  /** The journal folder; the files are `intents-*.log`, with the account's label if it has one. */
  readonly directory: string;
  /** Label of the account; absent = there is one. */
  readonly account?: string;
  readonly segmentBytes: number;
  readonly run: RunIdentity;
  /** Maps the files; absent = they are written. */
  readonly mapper?: FileMapper;
  readonly clock: Clock;
  readonly errors: ErrorLog;
  /** Where failures count, and under which index; the owner's table carries the sentence. */
  readonly counters: CounterBlock;
  readonly failureCounter: number;
}

const INTENT_LOG_RECORD_BYTES: number = recordBytes(ORDER_INTENT_BYTES);
const INTENT_VERSION: number = SCHEMA['OrderIntent'].version;

/**
 * Order intents on disk before their bytes leave (design section 6), without a sync: a `write` of about 1 us, or a store
 * into mapped memory of about a tenth of that. Either survives the end of the process, not a power cut; the venue is asked
 * about the rest. Owned by the thread of the
 * execution actor. Opening it again (a restarted actor) begins a new file.
 */
export class IntentLog {
  private readonly options: IntentLogOptions;
  private readonly writer: SegmentWriter;
  private readonly intent: OrderIntent = new OrderIntent();
  private readonly record: LogBuffer;
  private readonly buffers: readonly Uint8Array[];
  /** [0] = next sequence; a typed array because a large number in a field would be a heap number. */
  private readonly state: Float64Array;

  /** Opens a new file behind what is there; cuts a torn tail first. At start; throws when the folder is not writable. */
  constructor(options: IntentLogOptions) {
    this.options = options;
    const log = intentLogName(options.account ?? '');
    const { nextSequence, nextSegment } = prepareToContinue(options.directory, log);
    this.writer = new SegmentWriter(
      {
        directory: options.directory,
        log,
        segmentBytes: options.segmentBytes,
        startEpochUs: options.run.startEpochUs,
        ...(options.mapper === undefined ? {} : { mapper: options.mapper }),
      },
      nextSegment,
    );
    this.record = logBuffer(new ArrayBuffer(INTENT_LOG_RECORD_BYTES), 0, INTENT_LOG_RECORD_BYTES);
    this.buffers = [this.record.u8];
    this.state = new Float64Array([nextSequence]);
    this.beginFile();
  }

  /**
   * Appends the OrderIntent at `byteOffset` of `view`. False (counted, recorded as an error) when it could not be
   * written: the order must then not leave. The intent's `epochUs` dates the record. Allocates nothing unless it fails
   * or begins a new file.
   */
  append(view: CodecView, byteOffset: number, byteLength: number): boolean {
    invariant(byteLength === ORDER_INTENT_BYTES, 'an intent record has its full length');
    try {
      if (this.writer.needsRotation(INTENT_LOG_RECORD_BYTES)) this.beginFile();
      this.record.f64[SEQUENCE_AT >> 3] = this.state[0];
      const epochUs = this.intent.wrap(view, byteOffset).epochUs;
      this.record.f64[MONO_NS_AT >> 3] = (epochUs - this.options.run.startEpochUs) * 1000;
      encodeRecord(this.record, 0, ORDER_INTENT, INTENT_VERSION, SOURCE_SELF, view, byteOffset, byteLength);
      this.writer.append(this.buffers, INTENT_LOG_RECORD_BYTES);
      this.state[0] += 1;
      return true;
    } catch (error) {
      this.noteFailure(error);
      return false;
    }
  }

  /** Begins a new file, which says what the instruments are now. False, counted, when it cannot be written. */
  renew(): boolean {
    try {
      this.beginFile();
      return true;
    } catch (error) {
      this.noteFailure(error);
      return false;
    }
  }

  /** Says what the strategies are now, in the file that is open. False, counted, when it cannot be written. */
  nameStrategies(): boolean {
    const strategies = this.options.run.strategies ?? [];
    if (strategies.length === 0) return true;
    try {
      const records = encodeStrategies(strategies, this.state[0], this.options.clock.nowNs());
      // The beginning of a new file says it too.
      if (this.writer.needsRotation(records.u8.length)) this.beginFile();
      else {
        this.writer.append([records.u8], records.u8.length);
        this.state[0] += strategies.length;
      }
      return true;
    } catch (error) {
      this.noteFailure(error);
      return false;
    }
  }

  /** Makes all intents durable and lets the file go. Never throws. */
  close(): void {
    try {
      this.writer.close();
    } catch (error) {
      this.noteFailure(error);
    }
  }

  private beginFile(): void {
    const { clock } = this.options;
    // Instruments added meanwhile are in the new file's beginning.
    const run = { ...this.options.run };
    this.writer.rotate(this.state[0]);
    const prologue = encodePrologue(run, this.state[0], clock.nowNs());
    this.writer.append([prologue.u8], prologue.u8.length);
    this.state[0] += prologueRecords(run);
  }

  private noteFailure(error: unknown): void {
    const { counters, failureCounter, errors, clock } = this.options;
    counters.increment(failureCounter);
    const reason = error instanceof Error ? error.message : String(error);
    errors.record(JOURNAL_ERROR.intentWrite, `INTENT_WRITE intent log: ${reason}`, clock.nowNs());
  }
}
