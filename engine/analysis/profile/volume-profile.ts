/** Share of the volume that lies in the value area. */
const VALUE_SHARE = 0.7;
/** Bins the value area looks ahead on either side. */
const STEP_BINS = 2;
/** A node is a local extreme above or below so many mean bins. */
const HIGH_NODE = 1.5;
const LOW_NODE = 0.5;
/** Bins of a profile; a longer range gets wider bins, in powers of two. */
export const BINS_MAX = 4096;

/** Bars as columns, or trades (high = low); those from `from` on and before `to` count. */
export interface TradedRanges {
  readonly highs: Float64Array;
  readonly lows: Float64Array;
  /** Base units. */
  readonly volumes: Float64Array;
  readonly from: number;
  readonly to: number;
}

/** Volume by price. */
export interface VolumeProfile {
  /** Lower edge of the first bin. */
  readonly low: number;
  readonly binSize: number;
  /** Base units per bin, lowest price first. */
  readonly volumes: Float64Array;
  /** Point of control: middle of the bin with the most volume. */
  readonly poc: number;
  /** Upper and lower edge of the value area. */
  readonly vah: number;
  readonly val: number;
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
export function volumeProfileOf(
  { highs, lows, volumes: traded, from: begin, to: end }: TradedRanges,
  binSize: number,
  close: number,
): VolumeProfile | null {
  let low = Infinity;
  let high = -Infinity;
  let totalVolume = 0;
  for (let index = begin; index < end; index++) {
    if (!(traded[index] > 0)) continue;
    totalVolume += traded[index];
    if (lows[index] < low) low = lows[index];
    if (highs[index] > high) high = highs[index];
  }
  if (!(totalVolume > 0) || !(binSize > 0)) return null;
  let size = binSize;
  while (Math.floor(high / size) - Math.floor(low / size) >= BINS_MAX) size *= 2;
  const first = Math.floor(low / size);
  const volumes = new Float64Array(Math.floor(high / size) - first + 1);
  for (let index = begin; index < end; index++) {
    if (traded[index] > 0) spread(volumes, first, size, highs[index], lows[index], traded[index]);
  }
  const middleOf = (bin: number): number => (first + bin + 0.5) * size;
  const poc = fullestBin(volumes, close / size - first - 0.5);
  const [from, to] = valueArea(volumes, poc, totalVolume, close / size - first - 0.5);
  const mean = totalVolume / volumes.length;
  return {
    low: first * size,
    binSize: size,
    volumes,
    poc: middleOf(poc),
    vah: (first + to + 1) * size,
    val: (first + from) * size,
    highNodes: localExtremes(volumes, 1, HIGH_NODE * mean).map(middleOf),
    lowNodes: localExtremes(volumes, -1, LOW_NODE * mean).map(middleOf),
    totalVolume,
  };
}

function spread(
  volumes: Float64Array,
  first: number,
  size: number,
  high: number,
  low: number,
  volume: number,
): void {
  const from = Math.floor(low / size) - first;
  const to = Math.floor(high / size) - first;
  if (from === to) {
    volumes[from] += volume;
    return;
  }
  const perBin = (volume * size) / (high - low);
  volumes[from] += perBin * (from + first + 1 - low / size);
  for (let bin = from + 1; bin < to; bin++) volumes[bin] += perBin;
  volumes[to] += perBin * (high / size - to - first);
}

/** @param nearTo place of the close, in bins */
function fullestBin(volumes: Float64Array, nearTo: number): number {
  let best = 0;
  for (let bin = 1; bin < volumes.length; bin++) {
    if (volumes[bin] > volumes[best]) best = bin;
    else if (volumes[bin] === volumes[best] && Math.abs(bin - nearTo) < Math.abs(best - nearTo)) best = bin;
  }
  return best;
}

function valueArea(volumes: Float64Array, poc: number, total: number, nearTo: number): [number, number] {
  let [from, to] = [poc, poc];
  let held = volumes[poc];
  while (held < VALUE_SHARE * total && (from > 0 || to < volumes.length - 1)) {
    const below = sumOf(volumes, from - STEP_BINS, from - 1);
    const above = sumOf(volumes, to + 1, to + STEP_BINS);
    const goesUp =
      from === 0 || (to < volumes.length - 1 && (above > below || (above === below && nearTo >= poc)));
    if (goesUp) {
      held += above;
      to = Math.min(volumes.length - 1, to + STEP_BINS);
    } else {
      held += below;
      from = Math.max(0, from - STEP_BINS);
    }
  }
  return [from, to];
}

function sumOf(volumes: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let bin = Math.max(0, from); bin <= Math.min(to, volumes.length - 1); bin++) sum += volumes[bin];
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
