import { BINS_MAX, ProfileBins } from './profile-bins.ts';

/** Share of the volume that lies in the value area. */
const VALUE_SHARE = 0.7;
/** Bins the value area looks ahead on either side. */
const STEP_BINS = 2;
/** A node is a local extreme above or below so many mean bins. */
const HIGH_NODE = 1.5;
const LOW_NODE = 0.5;

/** Bars as columns, or trades (high = low); those from `from` on and before `to` count. */
export interface TradedRanges {
  readonly highs: Float64Array;
  readonly lows: Float64Array;
  /** Base units. */
  readonly volumes: Float64Array;
  readonly from: number;
  readonly to: number;
}

/** Where most was traded. */
export interface ValueArea {
  /** Point of control: middle of the bin with the most volume. */
  readonly poc: number;
  /** Upper and lower edge of the value area. */
  readonly vah: number;
  readonly val: number;
}

/** Volume by price. */
export interface VolumeProfile extends ValueArea {
  /** Lower edge of the first bin. */
  readonly low: number;
  readonly binSize: number;
  /** Base units per bin, lowest price first. */
  readonly volumes: Float64Array;
  /** Middles of local maxima above 1.5 mean bins, and of local minima below half a mean bin. */
  readonly highNodes: readonly number[];
  readonly lowNodes: readonly number[];
  readonly totalVolume: number;
}

/** Size of a profile's bins: a tick, at least, and a twentieth of the ATR. */
export function binSizeOf(tick: number, atr: number): number {
  return Math.max(tick, 0.05 * atr);
}

/**
 * The profile of some bars, or null when nothing traded. A bar's volume is spread evenly over low..high. Ties for the
 * point of control go to the bin nearer `close`, and so do those of the value area, which grows from there by the larger
 * of the next two bins on either side until it holds 70 %. Pure.
 */
export function volumeProfileOf(ranges: TradedRanges, binSize: number, close: number): VolumeProfile | null {
  const bins = binsOf(ranges, binSize);
  return bins === null ? null : profileIn(bins, close);
}

/** The bins of some bars, widened where they would be too many; null when nothing traded. */
export function binsOf(
  { highs, lows, volumes, from, to }: TradedRanges,
  binSize: number,
): ProfileBins | null {
  let low = Infinity;
  let high = -Infinity;
  let totalVolume = 0;
  for (let index = from; index < to; index++) {
    if (!(volumes[index] > 0)) continue;
    totalVolume += volumes[index];
    if (lows[index] < low) low = lows[index];
    if (highs[index] > high) high = highs[index];
  }
  if (!(totalVolume > 0) || !(binSize > 0)) return null;
  let size = binSize;
  while (Math.floor(high / size) - Math.floor(low / size) >= BINS_MAX) size *= 2;
  const bins = new ProfileBins(size, totalVolume);
  for (let index = from; index < to; index++)
    if (volumes[index] > 0) bins.add(lows[index], highs[index], volumes[index]);
  return bins;
}

/** The profile that bins show; null when they are empty. */
function profileIn(bins: ProfileBins, close: number): VolumeProfile | null {
  const span = spanOf(bins);
  if (span === null) return null;
  const { counts, binSize, first, unit, total } = bins;
  const [begin, end] = span;
  const volumes = counts.slice(begin, end + 1).map((count) => count * unit);
  const mean = (total * unit) / volumes.length;
  const middleOf = (bin: number): number => (first + begin + bin + 0.5) * binSize;
  return {
    low: (first + begin) * binSize,
    binSize,
    volumes,
    ...areaIn(bins, begin, end, close),
    highNodes: localExtremes(volumes, 1, HIGH_NODE * mean).map(middleOf),
    lowNodes: localExtremes(volumes, -1, LOW_NODE * mean).map(middleOf),
    totalVolume: total * unit,
  };
}

/** Of the profile only where most was traded; null when the bins are empty. */
export function valueAreaIn(bins: ProfileBins, close: number): ValueArea | null {
  const span = spanOf(bins);
  return span === null ? null : areaIn(bins, span[0], span[1], close);
}

/** The first and the last bin with something in it. */
function spanOf({ counts, total }: ProfileBins): [number, number] | null {
  if (!(total > 0)) return null;
  let begin = 0;
  while (counts[begin] === 0) begin++;
  let end = counts.length - 1;
  while (counts[end] === 0) end--;
  return [begin, end];
}

function areaIn(
  { counts, first, binSize, total }: ProfileBins,
  begin: number,
  end: number,
  close: number,
): ValueArea {
  const nearTo = close / binSize - first - 0.5;
  const poc = fullestBin(counts, begin, end, nearTo);
  let from = poc;
  let to = poc;
  let held = counts[poc];
  while (held < VALUE_SHARE * total && (from > begin || to < end)) {
    const below = sumOf(counts, Math.max(begin, from - STEP_BINS), from - 1);
    const above = sumOf(counts, to + 1, Math.min(end, to + STEP_BINS));
    const goesUp = from === begin || (to < end && (above > below || (above === below && nearTo >= poc)));
    if (goesUp) {
      held += above;
      to = Math.min(end, to + STEP_BINS);
    } else {
      held += below;
      from = Math.max(begin, from - STEP_BINS);
    }
  }
  return {
    poc: (first + poc + 0.5) * binSize,
    vah: (first + to + 1) * binSize,
    val: (first + from) * binSize,
  };
}

/** @param nearTo place of the close, in bins */
function fullestBin(counts: Float64Array, begin: number, end: number, nearTo: number): number {
  let best = begin;
  for (let bin = begin + 1; bin <= end; bin++) {
    if (counts[bin] > counts[best]) best = bin;
    else if (counts[bin] === counts[best] && Math.abs(bin - nearTo) < Math.abs(best - nearTo)) best = bin;
  }
  return best;
}

function sumOf(counts: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let bin = from; bin <= to; bin++) sum += counts[bin];
  return sum;
}

/** Bins that stand out from both neighbours (a plateau counts once, at its middle) beyond `bound`; the edges do not. */
function localExtremes(volumes: Float64Array, sign: 1 | -1, bound: number): number[] {
  const found: number[] = [];
  for (let start = 1; start < volumes.length - 1; start++) {
    let end = start;
    while (end < volumes.length - 1 && volumes[end + 1] === volumes[start]) end++;
    const value = sign * volumes[start];
    const standsOut =
      end < volumes.length - 1 && value > sign * volumes[start - 1] && value > sign * volumes[end + 1];
    if (standsOut && value > sign * bound) found.push((start + end) / 2);
    start = end;
  }
  return found;
}
