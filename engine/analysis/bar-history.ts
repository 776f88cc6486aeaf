import { invariant } from '../core/assert.ts';
import type { ClosedBar } from './bars.ts';

/** The last closed bars of one instrument and timeframe, oldest first; bounded. One thread. */
export class BarHistory {
  readonly barsMax: number;
  /** Bars held now. */
  length: number;
  /** Opening time of the newest bar, venue ms; -Infinity = there is none. */
  lastOpenTimeMs: number;
  private readonly highs: Float64Array;
  private readonly lows: Float64Array;
  private readonly closes: Float64Array;
  private readonly volumes: Float64Array;
  private end: number;

  constructor(barsMax: number) {
    invariant(barsMax > 0, 'a history holds bars');
    this.barsMax = barsMax;
    this.length = 0;
    this.lastOpenTimeMs = -Infinity;
    this.end = 0;
    // Twice the room: the arrays are moved to the front once per `barsMax` bars instead of at each.
    this.highs = new Float64Array(barsMax * 2);
    this.lows = new Float64Array(barsMax * 2);
    this.closes = new Float64Array(barsMax * 2);
    this.volumes = new Float64Array(barsMax * 2);
  }

  /** Appends a bar; one that opens no later than the newest is known already and passed over (false). */
  append(bar: ClosedBar): boolean {
    if (bar.openTimeMs <= this.lastOpenTimeMs) return false;
    if (this.end === this.closes.length) this.moveToFront();
    this.highs[this.end] = bar.highTicks;
    this.lows[this.end] = bar.lowTicks;
    this.closes[this.end] = bar.closeTicks;
    this.volumes[this.end] = bar.volumeLots;
    this.end++;
    if (this.length < this.barsMax) this.length++;
    this.lastOpenTimeMs = bar.openTimeMs;
    return true;
  }

  /** Copies of the held bars' columns, oldest first. */
  columns(): { highs: Float64Array; lows: Float64Array; closes: Float64Array; volumes: Float64Array } {
    const from = this.end - this.length;
    return {
      highs: this.highs.slice(from, this.end),
      lows: this.lows.slice(from, this.end),
      closes: this.closes.slice(from, this.end),
      volumes: this.volumes.slice(from, this.end),
    };
  }

  private moveToFront(): void {
    const from = this.end - this.length;
    for (const column of [this.highs, this.lows, this.closes, this.volumes])
      column.copyWithin(0, from, this.end);
    this.end = this.length;
  }
}
