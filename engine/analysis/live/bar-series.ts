import type { Timeframe } from '../bars/timeframe.ts';
import { isSameCandle, type TakenCandle } from './taken-candle.ts';

/** Bars that wait behind a hole; the oldest give way, and leave a gap. */
const WAITING_MAX = 2_048;

/** What a series tells. */
export interface SeriesListener {
  /** The next bar. It does not follow on the last one where there is a gap. */
  onBar(timeframe: Timeframe, bar: TakenCandle): void;
  /** Bars that open in [fromMs, toMs) are missing or incomplete; `fill` answers. */
  onHole(timeframe: Timeframe, fromMs: number, toMs: number): void;
}

/**
 * The closed bars of one symbol and timeframe on their way to the analysis, in order. Where one is missing, or lacks
 * trades, those after it wait until the hole was asked for elsewhere; what nobody has stays a gap. It begins waiting: for
 * the bars from before the start. One thread.
 */
export class BarSeries {
  readonly timeframe: Timeframe;
  /** Bars that came after their place had been taken. */
  lateCount: number;
  /** Bars that another source told otherwise. */
  conflictCount: number;
  /** Bars that waited and gave way. */
  droppedCount: number;
  /** Where the next bar opens; NaN = any may be the first. */
  nextMs: number;
  private readonly listener: SeriesListener;
  private waiting: TakenCandle[];
  /** End of the hole that is asked for; NaN = none is. */
  private holeEndMs: number;

  constructor(timeframe: Timeframe, listener: SeriesListener) {
    this.timeframe = timeframe;
    this.listener = listener;
    this.lateCount = 0;
    this.conflictCount = 0;
    this.droppedCount = 0;
    this.nextMs = NaN;
    this.waiting = [];
    this.holeEndMs = -Infinity;
  }

  /** Whether bars are held back: the start is not known yet, or a hole is asked for. */
  get isWaiting(): boolean {
    return !Number.isNaN(this.holeEndMs);
  }

  /** The next closed bar of this timeframe, as far as the caller knows. */
  offer(bar: TakenCandle): void {
    if (this.isWaiting) {
      this.waiting.push(bar);
      if (this.waiting.length > WAITING_MAX) {
        this.waiting.shift();
        this.droppedCount++;
      }
      return;
    }
    if (bar.openTimeMs < this.nextMs) {
      this.lateCount++;
      return;
    }
    const isNext = Number.isNaN(this.nextMs) || bar.openTimeMs === this.nextMs;
    if (isNext && bar.isComplete) {
      this.deliver(bar);
      return;
    }
    const fromMs = Number.isNaN(this.nextMs) ? bar.openTimeMs : this.nextMs;
    this.ask(fromMs, bar.openTimeMs + (bar.isComplete ? 0 : this.timeframe.lengthMs));
    this.waiting.push(bar);
  }

  /** All bars that open before `endMs` should have come by now. */
  expect(endMs: number): void {
    if (!this.isWaiting && this.nextMs < endMs) this.ask(this.nextMs, endMs);
  }

  /** Begins with what is known from before: the next bar opens at `nextMs`; NaN = nothing is known. */
  begin(nextMs: number): void {
    this.nextMs = nextMs;
    this.holeEndMs = -Infinity;
    this.fill(-Infinity, []);
  }

  /**
   * The bars of the hole that ends at `toMs`, in order; fewer, or none, where nobody has them. An answer about another
   * hole is left alone.
   */
  fill(toMs: number, bars: readonly TakenCandle[]): void {
    const { holeEndMs, waiting } = this;
    if (toMs !== holeEndMs) return;
    this.holeEndMs = NaN;
    this.waiting = [];
    let next = 0;
    for (const bar of bars) {
      while (next < waiting.length && waiting[next].openTimeMs < bar.openTimeMs)
        this.settle(waiting[next++], holeEndMs);
      const known =
        next < waiting.length && waiting[next].openTimeMs === bar.openTimeMs ? waiting[next++] : null;
      if (known !== null && known.isComplete && !isSameCandle(known, bar)) this.conflictCount++;
      this.settle(known?.isComplete === true ? known : bar, holeEndMs);
    }
    while (next < waiting.length) this.settle(waiting[next++], holeEndMs);
  }

  /** A bar within the hole is taken as it is; one after it is looked at like any other. */
  private settle(bar: TakenCandle, holeEndMs: number): void {
    if (this.isWaiting || bar.openTimeMs >= holeEndMs) this.offer(bar);
    else if (bar.openTimeMs >= this.nextMs || Number.isNaN(this.nextMs)) this.deliver(bar);
  }

  private ask(fromMs: number, toMs: number): void {
    this.holeEndMs = toMs;
    this.listener.onHole(this.timeframe, fromMs, toMs);
  }

  private deliver(bar: TakenCandle): void {
    this.nextMs = bar.openTimeMs + this.timeframe.lengthMs;
    this.listener.onBar(this.timeframe, bar);
  }
}
