// hot path: no allocation after start
import type { Region } from './memory-map.ts';

/*
 * One per thread: how a producer wakes a consumer that sleeps.
 *   byte 0  signal   Int32, grows with each wake
 *        4  parked   Int32, 1 while the consumer is about to sleep or sleeps
 * The consumer sets `parked`, looks at its rings once more, then waits on `signal`; the producer publishes its record,
 * then looks at `parked`. Both sides use sequentially consistent atomics, so at least one of them sees the other.
 */

/** Bytes of shared memory one doorbell needs. */
export const DOORBELL_BYTES = 128;

const SIGNAL_INDEX = 0;
const PARKED_INDEX = 1;

/** A wake-up bell. Any thread may ring; only its owner parks on it. */
export class Doorbell {
  private readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    this.words = new Int32Array(buffer, region.byteOffset, 2);
  }

  /** Wakes the owner if it sleeps; one shared load when it does not. Any thread. */
  ring(): void {
    if (Atomics.load(this.words, PARKED_INDEX) === 0) return;
    this.wake();
  }

  /** Announces that the owner is about to sleep and returns the signal to wait on. Owner only. */
  prepareToPark(): number {
    Atomics.store(this.words, PARKED_INDEX, 1);
    return Atomics.load(this.words, SIGNAL_INDEX);
  }

  /** Takes the announcement back: work turned up, or the sleep is over. Owner only. */
  cancelPark(): void {
    Atomics.store(this.words, PARKED_INDEX, 0);
  }

  /** Blocks until rung or `timeoutMs`. Owner only, on threads that may block. */
  parkBlocking(signal: number, timeoutMs: number): void {
    Atomics.wait(this.words, SIGNAL_INDEX, signal, timeoutMs);
    this.cancelPark();
  }

  /** Resolves when rung or after `timeoutMs`; allocates, so only for idle event-loop threads. Owner only. */
  async parkAsync(signal: number, timeoutMs: number): Promise<void> {
    const waiting = Atomics.waitAsync(this.words, SIGNAL_INDEX, signal, timeoutMs);
    if (waiting.async) await waiting.value;
    this.cancelPark();
  }

  private wake(): void {
    Atomics.store(this.words, PARKED_INDEX, 0);
    Atomics.add(this.words, SIGNAL_INDEX, 1);
    Atomics.notify(this.words, SIGNAL_INDEX, 1);
  }
}
