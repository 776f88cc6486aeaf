import type { MessagePort } from 'node:worker_threads';
import type { IdleStrategyName } from '../../engine/runtime/idle-strategy.ts';
import type { GcCount } from '../harness/gc-watch.ts';

/** Payload of a record: with its 8 bytes of header it makes 64 bytes. */
export const PAYLOAD_WORDS = 7;
export const PAYLOAD_BYTES: number = PAYLOAD_WORDS * 8;
/** The data area every queue gets. */
export const QUEUE_BYTES: number = 256 * 1024;
/** Records a checksum covers; every block of a stream has the same contents. */
export const BLOCK_RECORDS = 10_000;

/** Which queue a thread works on. */
export type QueueName = 'shrike' | 'ringbuf' | 'message-port';
/** Which end: `produce`/`consume` move a stream, `ping`/`pong` one record at a time there and back. */
export type RingRole = 'produce' | 'consume' | 'ping' | 'pong';

/** What a thread of the ring bench is started with. */
export interface RingJob {
  readonly queue: QueueName;
  readonly role: RingRole;
  /** Memory of the queue from the first to the second thread, and back. */
  readonly forth: SharedArrayBuffer;
  readonly back: SharedArrayBuffer;
  /** Words both threads see: see CONTROL. */
  readonly control: Int32Array;
  /** Only for MessagePort. */
  readonly port: MessagePort | null;
  /** Records made visible at once. */
  readonly batch: number;
  readonly warmupBlocks: number;
  readonly blocks: number;
  readonly warmupTrips: number;
  readonly trips: number;
  readonly idle: IdleStrategyName;
  /** Busy silence before each ping. */
  readonly silenceNs: number;
}

/** Words of `RingJob.control`. */
export const CONTROL = { ready: 0, consumed: 8, count: 16 } as const;

/** What a thread found. */
export interface RingOutcome {
  /** Nanoseconds of each measured block of a stream, or of each measured round trip. */
  readonly spansNs: Float64Array;
  readonly checksum: number;
  readonly gc: GcCount;
}

/** Without the collections, which the thread adds. */
export type RingFigures = Omit<RingOutcome, 'gc'>;

/** What a thread that only feeds or echoes reports. */
export const NO_FIGURES: RingFigures = { spansNs: new Float64Array(0), checksum: 0 };

/** Monotonic nanoseconds of this thread. */
export function clockNs(): number {
  return performance.now() * 1e6;
}

/** Says that this thread is at its post, and waits for the other. */
export function meet(control: Int32Array): void {
  Atomics.add(control, CONTROL.ready, 1);
  while (Atomics.load(control, CONTROL.ready) < 2);
}
