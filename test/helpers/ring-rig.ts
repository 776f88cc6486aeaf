import { vi } from 'vitest';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import type { Region } from '../../engine/ipc/memory-map.ts';
import { Publication, RingMonitor, Subscription, ringBytes } from '../../engine/ipc/ring.ts';
import type { OverflowPolicy, RingDeclaration } from '../../engine/ipc/ring.ts';

/** Byte offsets of the ring's own words, as its diagram states them. */
export const TAIL_BYTE = 0;
export const HEAD_BYTE = 128;
const COUNTED_TAIL_BYTE = 280;
const COUNTED_HEAD_BYTE = 408;
export const DATA_BYTE = 512;

/** What a simulated kill throws; nothing else may catch it. */
export class Killed extends Error {}

/** A ring with nothing else in its memory; its ends can die and be attached again. */
export class RingRig {
  readonly buffer: SharedArrayBuffer;
  readonly region: Region;
  readonly declaration: RingDeclaration;
  readonly words: Int32Array;
  publication: Publication;
  subscription: Subscription;

  constructor(capacityBytes: number, startPosition = 0, policy: OverflowPolicy = 'lossless') {
    this.declaration = { name: 'under-test', policy, capacityBytes };
    const builder = new MemoryMapBuilder();
    this.region = builder.reserve('ring', ringBytes(capacityBytes));
    this.buffer = new SharedArrayBuffer(builder.seal().byteLength);
    this.words = new Int32Array(this.buffer);
    this.words[TAIL_BYTE >> 2] = startPosition;
    this.words[HEAD_BYTE >> 2] = startPosition;
    this.words[COUNTED_TAIL_BYTE >> 2] = startPosition;
    this.words[COUNTED_HEAD_BYTE >> 2] = startPosition;
    this.publication = this.attachPublication();
    this.subscription = this.attachSubscription();
  }

  attachPublication(): Publication {
    this.publication = new Publication(this.buffer, this.region, this.declaration, null);
    return this.publication;
  }

  attachSubscription(): Subscription {
    this.subscription = new Subscription(this.buffer, this.region, this.declaration);
    return this.subscription;
  }

  monitor(): RingMonitor {
    return new RingMonitor(this.buffer, this.region, this.declaration);
  }

  tail(): number {
    return this.words[TAIL_BYTE >> 2];
  }

  head(): number {
    return this.words[HEAD_BYTE >> 2];
  }

  /** Publishes a record whose every byte is `fill`; false when the ring is full. */
  publish(type: number, byteLength: number, fill: number): boolean {
    const at = this.publication.tryClaim(type, byteLength);
    if (at < 0) return false;
    this.publication.view.u8.fill(fill, at, at + byteLength);
    this.publication.commit();
    return true;
  }

  /**
   * Runs `action` and ends it as a kill would, at its `step`-th atomic access: what the memory held then is what the
   * successor finds, whatever `finally` blocks did. Returns false when the action ended before that.
   */
  killAt(step: number, action: () => void): boolean {
    const bytes = new Uint8Array(this.buffer);
    let frozen: Uint8Array | null = null;
    let count = 0;
    const beforeAccess = (): void => {
      if (count++ !== step) return;
      frozen = bytes.slice();
      throw new Killed();
    };
    const realStore = Atomics.store.bind(Atomics) as (a: Int32Array, i: number, v: number) => number;
    const realLoad = Atomics.load.bind(Atomics) as (a: Int32Array, i: number) => number;
    const store = vi.spyOn(Atomics, 'store').mockImplementation(((a: Int32Array, i: number, v: number) => {
      beforeAccess();
      return realStore(a, i, v);
    }) as typeof Atomics.store);
    const load = vi.spyOn(Atomics, 'load').mockImplementation(((a: Int32Array, i: number) => {
      beforeAccess();
      return realLoad(a, i);
    }) as typeof Atomics.load);
    try {
      action();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    } finally {
      store.mockRestore();
      load.mockRestore();
    }
    if (frozen === null) return false;
    bytes.set(frozen);
    return true;
  }
}
