// hot path: no allocation after start
import type { CounterBlock } from '../../../engine/ipc/counters.ts';
import { MARKET_DATA_COUNTER as COUNTER } from '../../../engine/market-data/counters.ts';

/** Counts the frames that were taken, each under one outcome, and the sizes in them that were cut to whole lots. */
export class FrameTally {
  private readonly counters: CounterBlock;
  private readonly offGrid: Int32Array;

  /** @param offGrid [0]: sizes the scanner has cut since they were last counted */
  constructor(counters: CounterBlock, offGrid: Int32Array) {
    this.counters = counters;
    this.offGrid = offGrid;
  }

  /** Counts a frame of so many bytes under its outcome; true, the answer of a decoder that took it. */
  count(outcome: number, byteLength: number): boolean {
    this.counters.increment(COUNTER.frames);
    this.counters.add(COUNTER.bytes, byteLength);
    this.counters.increment(outcome);
    this.countOffGrid();
    return true;
  }

  /** Counts the sizes cut in an update whose frame was counted when it arrived. */
  countOffGrid(): void {
    const { offGrid } = this;
    if (offGrid[0] === 0) return;
    this.counters.add(COUNTER.sizesOffLot, offGrid[0]);
    offGrid[0] = 0;
  }
}
