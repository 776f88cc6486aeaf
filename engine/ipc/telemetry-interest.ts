// hot path: no allocation after start
import type { Region } from './memory-map.ts';

/*
 * One shared word that says which telemetry anybody listens to; a set bit = a client subscribed the topic. Written by
 * the api, read by producers before they spend work on a record that no client would see.
 */

/** Bytes of shared memory the word needs. */
export const TELEMETRY_INTEREST_BYTES = 128;

/** Bits of the word: the topics whose records come over the <actor>-to-api rings. */
export const TELEMETRY_TOPIC_BIT = {
  trades: 1,
  signals: 2,
  orders: 4,
  fills: 8,
  positions: 16,
  log: 32,
} as const;

/** Asks whether anybody listens. Any thread; one atomic load. */
export class TelemetryInterestReader {
  protected readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    this.words = new Int32Array(buffer, region.byteOffset, 1);
  }

  /** Whether a client listens to at least one of the topics in `bits` (TELEMETRY_TOPIC_BIT). */
  wants(bits: number): boolean {
    return (Atomics.load(this.words, 0) & bits) !== 0;
  }
}

/** The api's side: one writer. */
export class TelemetryInterestWriter extends TelemetryInterestReader {
  /** States the topics that have listeners now. */
  set(bits: number): void {
    Atomics.store(this.words, 0, bits);
  }
}
