// hot path: no allocation after start
import type { CounterBlock } from '../../../engine/ipc/counters.ts';
import { MARKET_DATA_COUNTER as COUNTER } from '../../../engine/market-data/counters.ts';
import { FrameStore } from '../../net/frame-store.ts';
import type { BookSync } from '../book/book-sync.ts';

/** No update is kept: what BookSync says for its first id. */
export const NOTHING_KEPT = -1;

/** Room for the updates of each instrument that wait for a snapshot. */
export interface KeptUpdateOptions {
  readonly keptBytesMax: number;
  readonly keptFramesMax: number;
}

/** Depth updates kept as bytes until a snapshot has come, by instrument. One thread. */
export class KeptUpdates {
  private readonly stores: FrameStore[];
  private readonly options: KeptUpdateOptions;
  private readonly sync: BookSync;
  private readonly counters: CounterBlock;
  private readonly times: Float64Array;

  /** @param times receive times by slot, monoNs */
  constructor(options: KeptUpdateOptions, sync: BookSync, counters: CounterBlock, times: Float64Array) {
    this.stores = [];
    this.options = options;
    this.sync = sync;
    this.counters = counters;
    this.times = times;
  }

  /** Room for one instrument more. */
  addInstrument(): void {
    this.stores.push(new FrameStore(this.options.keptBytesMax, this.options.keptFramesMax));
  }

  store(instrumentIndex: number): FrameStore {
    return this.stores[instrumentIndex];
  }

  isEmpty(instrumentIndex: number): boolean {
    return this.stores[instrumentIndex].isEmpty();
  }

  clear(instrumentIndex: number): void {
    this.stores[instrumentIndex].clear();
  }

  /** Keeps bytes[at, to), received at `times[timeSlot]`; false = no room, and nothing changed. */
  append(
    instrumentIndex: number,
    bytes: Uint8Array,
    at: number,
    to: number,
    timeSlot: number,
    firstId: number,
  ): boolean {
    const store = this.stores[instrumentIndex];
    const wasEmpty = store.isEmpty();
    if (!store.append(bytes, at, to, this.times, timeSlot, 0)) return false;
    this.sync.noteKept(instrumentIndex, firstId, wasEmpty);
    return true;
  }

  /**
   * Keeps an update that was applied: the snapshot that is being fetched may be older. When it finds no room the older
   * ones go.
   */
  appendApplied(
    instrumentIndex: number,
    bytes: Uint8Array,
    at: number,
    to: number,
    timeSlot: number,
    firstId: number,
  ): void {
    if (this.append(instrumentIndex, bytes, at, to, timeSlot, firstId)) return;
    const store = this.stores[instrumentIndex];
    this.counters.add(COUNTER.refreshUpdatesDropped, store.count);
    store.clear();
    this.sync.noteKept(instrumentIndex, NOTHING_KEPT, true);
    if (this.append(instrumentIndex, bytes, at, to, timeSlot, firstId)) return;
    this.counters.increment(COUNTER.refreshUpdatesDropped);
  }
}
