/**
 * What is kept of the equity curve of one parameter set: the data is cut into BLOCKS parts of equal length, and of the
 * returns of each part the sums that mean, deviation, skewness and kurtosis of any parts together follow from. So a
 * hundred numbers stand for a run, however long.
 */
export const BLOCKS = 20;
/** Of a block: count, sums of the first four powers of its returns, profit in the quote asset. */
export const SUMS = 6;
/** Numbers of one run. */
export const RUN_NUMBERS: number = BLOCKS * SUMS;

/** Figures of some blocks together. */
export interface SliceFigures {
  readonly periods: number;
  /** Profit in them, in the quote asset. */
  readonly net: number;
  /** Mean over sample deviation of the returns per period, not annualised; 0 without variation. */
  readonly ratio: number;
  readonly skewness: number;
  /** 3 = normal. */
  readonly kurtosis: number;
}

/**
 * The sums of a run. Pure.
 * @param returns per period; @param equity profit so far, one point more than returns
 */
export function blockSums(returns: readonly number[], equity: readonly number[]): number[] {
  const sums: number[] = [];
  for (let block = 0; block < BLOCKS; block++) {
    const from = Math.floor((block * returns.length) / BLOCKS);
    const to = Math.floor(((block + 1) * returns.length) / BLOCKS);
    let [first, second, third, fourth] = [0, 0, 0, 0];
    for (let index = from; index < to; index++) {
      const value = returns[index];
      first += value;
      second += value ** 2;
      third += value ** 3;
      fourth += value ** 4;
    }
    sums.push(to - from, first, second, third, fourth, equity[to] - equity[from]);
  }
  return sums;
}

/** Figures of the blocks `from` to `to` (exclusive) of run `run`. Pure. */
export function sliceFigures(all: Float64Array, run: number, from: number, to: number): SliceFigures {
  const total = new Float64Array(SUMS);
  for (let block = from; block < to; block++) {
    const at = run * RUN_NUMBERS + block * SUMS;
    for (let index = 0; index < SUMS; index++) total[index] += all[at + index];
  }
  return figuresOf(total);
}

/** Mean over sample deviation, from sums that were added up; 0 without variation. Makes no objects. Pure. */
export function ratioOf(sums: Float64Array): number {
  const periods = sums[0];
  if (periods < 2) return 0;
  const mean = sums[1] / periods;
  const second = sums[2] / periods;
  const variance = second - mean * mean;
  // Below what the sums can tell from rounding there is no variation.
  return variance > second * 1e-12 ? mean / Math.sqrt((variance * periods) / (periods - 1)) : 0;
}

/** Figures of sums that were added up. Pure. */
export function figuresOf(sums: Float64Array): SliceFigures {
  const periods = sums[0];
  const net = sums[5];
  const ratio = ratioOf(sums);
  if (ratio === 0) return { periods, net, ratio, skewness: 0, kurtosis: 3 };
  const [m1, m2, m3, m4] = [1, 2, 3, 4].map((power) => sums[power] / periods);
  const variance = m2 - m1 ** 2;
  const third = m3 - 3 * m1 * m2 + 2 * m1 ** 3;
  const fourth = m4 - 4 * m1 * m3 + 6 * m1 ** 2 * m2 - 3 * m1 ** 4;
  return { periods, net, ratio, skewness: third / variance ** 1.5, kurtosis: fourth / variance ** 2 };
}
