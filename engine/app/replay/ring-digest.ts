import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { invariant } from '../../core/assert.ts';
import type { RecordHandler, RingMonitor } from '../../ipc/ring.ts';
import type { RingEdge } from '../../runtime/topology.ts';
import type { Wiring } from '../threads/wiring.ts';

const BATCH_BYTES = 1024 * 1024;

/**
 * One SHA-256 over every record of the forward rings, ring by ring in the order of the flow: what two replays of the same
 * input must agree on. Looks at rings whose producers and consumers run on this very thread, after each turn of the actors
 * and before more than a ring's size was written.
 */
export class RingDigest {
  private readonly watchers: readonly RingWatcher[];

  constructor(wiring: Wiring) {
    this.watchers = wiring.topology.edges
      .filter((edge) => edge.direction === 'forward')
      .map((edge) => new RingWatcher(wiring, edge));
  }

  /** Takes in what was published since the last call. */
  update(): void {
    for (let index = 0; index < this.watchers.length; index++) this.watchers[index].update();
  }

  /** Records seen so far. */
  recordCount(): number {
    return this.watchers.reduce((sum, watcher) => sum + watcher.recordCount, 0);
  }

  /** The digest as hex; nothing can be added afterwards. */
  finish(): string {
    const total = createHash('sha256');
    for (const watcher of this.watchers) total.update(watcher.finish());
    return total.digest('hex');
  }
}

/** Follows one ring's tail without moving its head. */
class RingWatcher {
  recordCount = 0;
  private readonly monitor: RingMonitor;
  private readonly hash: Hash = createHash('sha256');
  private readonly batch: Int32Array = new Int32Array(BATCH_BYTES >> 2);
  private readonly batchBytes: Uint8Array = new Uint8Array(this.batch.buffer);
  private readonly handler: RecordHandler;
  private used = 0;
  private position = 0;

  constructor(wiring: Wiring, edge: RingEdge) {
    this.monitor = wiring.monitor(edge);
    this.handler = (type, view, byteOffset, byteLength): void => {
      const words = (byteLength + 3) >> 2;
      invariant(words + 2 <= this.batch.length, 'a record fits the digest batch');
      if (this.used + words + 2 > this.batch.length) this.flush();
      const { batch } = this;
      batch[this.used++] = type;
      batch[this.used++] = byteLength;
      const from = byteOffset >> 2;
      for (let word = 0; word < words; word++) batch[this.used++] = view.i32[from + word];
      this.recordCount++;
    };
  }

  update(): void {
    this.position = this.monitor.peek(this.position, this.handler);
  }

  finish(): Buffer {
    this.update();
    this.flush();
    return this.hash.digest();
  }

  private flush(): void {
    this.hash.update(this.batchBytes.subarray(0, this.used * 4));
    this.used = 0;
  }
}
