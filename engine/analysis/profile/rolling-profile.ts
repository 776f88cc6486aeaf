import type { BarWindow } from '../metrics/bar-window.ts';
import type { ProfileBins } from './profile-bins.ts';
import { binsOf, type ValueArea, valueAreaIn } from './volume-profile.ts';

/** Numbers kept of a bar in the bins. */
const COLUMNS = 4;

/**
 * Volume by price of the bars of a span that moves along: bars that come in are added, those that leave it removed. With
 * other bins it begins anew. What it shows is that of all bars of the span. One thread.
 */
export class RollingProfile {
  private source: BarWindow | null;
  private era: number;
  private bins: ProfileBins | null;
  private binSize: number;
  /** Opening times of the first and the last bar in the bins. */
  private firstMs: number;
  private lastMs: number;
  /** Low, high, volume and opening time of the bars in the bins, oldest first, in a circle. */
  private kept: Float64Array;
  private oldest: number;
  private count: number;

  constructor() {
    this.source = null;
    this.era = -1;
    this.bins = null;
    this.binSize = NaN;
    this.firstMs = NaN;
    this.lastMs = NaN;
    this.kept = new Float64Array(0);
    this.oldest = 0;
    this.count = 0;
  }

  /** Where most was traded by the bars that open at `fromMs` or later, as seen from `close`; null = nothing was. */
  read(bars: BarWindow, fromMs: number, binSize: number, close: number): ValueArea | null {
    const isSame =
      this.source === bars && this.era === bars.era && this.binSize === binSize && this.firstMs <= fromMs;
    if (!isSame || !this.move(bars, fromMs)) this.begin(bars, fromMs, binSize);
    return this.bins === null ? null : valueAreaIn(this.bins, close);
  }

  private begin(bars: BarWindow, fromMs: number, binSize: number): void {
    const { values: times, end } = bars.openTimesMs;
    const start = firstFrom(bars, fromMs);
    this.source = bars;
    this.era = bars.era;
    this.binSize = binSize;
    this.firstMs = fromMs;
    this.lastMs = times[end];
    const ranges = { highs: bars.highs.values, lows: bars.lows.values, volumes: bars.volumes.values };
    const bins = binsOf({ ...ranges, from: start, to: end + 1 }, binSize);
    // Wider bins are not the ones asked for: they would not stay when the range narrows.
    this.bins = bins;
    if (bins !== null && bins.binSize !== binSize) this.binSize = NaN;
    this.oldest = 0;
    this.count = 0;
    if (this.kept.length < COLUMNS * (bars.capacity + 1))
      this.kept = new Float64Array(COLUMNS * (bars.capacity + 1));
    for (let at = start; at <= end; at++) this.keep(bars, at);
  }

  /** False when it must begin anew. */
  private move(bars: BarWindow, fromMs: number): boolean {
    const { bins, kept } = this;
    if (bins === null) return false;
    const { values: times, end } = bars.openTimesMs;
    const capacity = kept.length / COLUMNS;
    const start = firstFrom(bars, this.lastMs + 1);
    for (let at = start; at <= end; at++) {
      const low = bars.lows.values[at];
      const high = bars.highs.values[at];
      const volume = bars.volumes.values[at];
      if (this.count === capacity || !bins.canHold(low, high, volume)) return false;
      if (volume > 0) bins.add(low, high, volume);
      this.keep(bars, at);
    }
    this.lastMs = times[end];
    while (this.count > 0 && kept[this.oldest * COLUMNS + 3] < fromMs) {
      const at = this.oldest * COLUMNS;
      if (kept[at + 2] > 0) bins.remove(kept[at], kept[at + 1], kept[at + 2]);
      this.oldest = this.oldest + 1 === capacity ? 0 : this.oldest + 1;
      this.count--;
    }
    this.firstMs = fromMs;
    return true;
  }

  private keep(bars: BarWindow, at: number): void {
    const { kept } = this;
    const capacity = kept.length / COLUMNS;
    const place = ((this.oldest + this.count) % capacity) * COLUMNS;
    kept[place] = bars.lows.values[at];
    kept[place + 1] = bars.highs.values[at];
    kept[place + 2] = bars.volumes.values[at];
    kept[place + 3] = bars.openTimesMs.values[at];
    this.count++;
  }
}

/** Place of the first bar that opens at a time or later; one behind the last where none does. */
function firstFrom({ openTimesMs }: BarWindow, fromMs: number): number {
  const { values, start, end } = openTimesMs;
  let at = end + 1;
  while (at > start && values[at - 1] >= fromMs) at--;
  return at;
}
