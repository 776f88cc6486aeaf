/** Bins of a profile; a longer range has wider bins, in powers of two. */
export const BINS_MAX = 4096;
/** Room on both sides when bins are laid out anew. */
const SPARE_BINS = 64;
/** Volumes are counted in 2^-48 of what there was when counting began: sums of such counts have no rounding errors. */
const COUNT_BITS = 48;
/** Above this a sum of counts could have one. */
const TOTAL_MAX = 2 ** 52;

/**
 * Volume by price in bins of one size. What is taken out again leaves nothing behind: shares of bins are whole counts of a
 * small volume, so that bins which bars were added to and removed from are those of the bars that are left. One thread.
 */
export class ProfileBins {
  readonly binSize: number;
  /** Volume of one count. */
  readonly unit: number;
  /** Counts of all bins. */
  total: number;
  /** Number of the first bin laid out; bin n covers n to n + 1 bin sizes. */
  first: number;
  counts: Float64Array;

  /** @param scale what is about to be counted, in base units: sets how fine counts are */
  constructor(binSize: number, scale: number) {
    this.binSize = binSize;
    this.unit = 2 ** (Math.ceil(Math.log2(scale)) - COUNT_BITS);
    this.total = 0;
    this.first = 0;
    this.counts = new Float64Array(0);
  }

  /** Whether a bar fits in, together with what is there; if not, bins must be wider, or counts larger. */
  canHold(low: number, high: number, volume: number): boolean {
    const { first, counts, binSize } = this;
    if (this.total + volume / this.unit > TOTAL_MAX) return false;
    const from = Math.floor(low / binSize);
    const to = Math.floor(high / binSize);
    if (counts.length === 0) return to - from < BINS_MAX;
    return Math.max(to, first + counts.length - 1) - Math.min(from, first) < BINS_MAX + 2 * SPARE_BINS;
  }

  add(low: number, high: number, volume: number): void {
    this.makeRoom(Math.floor(low / this.binSize), Math.floor(high / this.binSize));
    this.spread(low, high, volume, 1);
  }

  /** Takes a bar out that was added. */
  remove(low: number, high: number, volume: number): void {
    this.spread(low, high, volume, -1);
  }

  private makeRoom(from: number, to: number): void {
    const { first, counts } = this;
    if (counts.length > 0 && from >= first && to < first + counts.length) return;
    const isEmpty = counts.length === 0;
    const begin = (isEmpty ? from : Math.min(from, first)) - SPARE_BINS;
    const end = (isEmpty ? to : Math.max(to, first + counts.length - 1)) + SPARE_BINS;
    const grown = new Float64Array(end - begin + 1);
    grown.set(counts, isEmpty ? 0 : first - begin);
    this.counts = grown;
    this.first = begin;
  }

  /** A bar's volume lies evenly over low..high. */
  private spread(low: number, high: number, volume: number, sign: 1 | -1): void {
    const { binSize, unit, counts, first } = this;
    const from = Math.floor(low / binSize) - first;
    const to = Math.floor(high / binSize) - first;
    if (from === to) {
      this.count(from, sign * Math.round(volume / unit));
      return;
    }
    const perBin = (volume * binSize) / (high - low);
    this.count(from, sign * Math.round((perBin * (from + first + 1 - low / binSize)) / unit));
    const whole = sign * Math.round(perBin / unit);
    for (let bin = from + 1; bin < to; bin++) counts[bin] += whole;
    this.total += whole * (to - from - 1);
    this.count(to, sign * Math.round((perBin * (high / binSize - to - first)) / unit));
  }

  private count(bin: number, counts: number): void {
    this.counts[bin] += counts;
    this.total += counts;
  }
}
