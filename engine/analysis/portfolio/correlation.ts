import { clamp } from '../../core/clamp.ts';

/** Pearson's correlation of two lists of one length; NaN when one of them does not move. */
export function pearsonOf(a: readonly number[], b: readonly number[]): number {
  const { aa, bb, ab } = momentsOf(a, b);
  // The roots of tiny sums are taken apart: their product may be too small for a number.
  return aa > 0 && bb > 0 ? clamp(ab / (Math.sqrt(aa) * Math.sqrt(bb)), -1, 1) : NaN;
}

/** Spearman's: Pearson's of the ranks, equal values sharing the mean of theirs. */
export function spearmanOf(a: readonly number[], b: readonly number[]): number {
  return pearsonOf(ranksOf(a), ranksOf(b));
}

/** By how much `a` moves when `market` moves by one; NaN when the market does not. */
export function betaOf(a: readonly number[], market: readonly number[]): number {
  const { bb, ab } = momentsOf(a, market);
  return bb > 0 ? ab / bb : NaN;
}

/** Standard deviation (n - 1 in the denominator) of hourly returns over a year of hours. */
export function annualVolatilityOf(returns: readonly number[]): number {
  const { aa } = momentsOf(returns, returns);
  return Math.sqrt(aa / (returns.length - 1)) * Math.sqrt(HOURS_PER_YEAR);
}

const HOURS_PER_YEAR = 8_760;

/** Sums of squares and products about the means. */
function momentsOf(a: readonly number[], b: readonly number[]): { aa: number; bb: number; ab: number } {
  const meanA = sumOf(a) / a.length;
  const meanB = sumOf(b) / b.length;
  let aa = 0;
  let bb = 0;
  let ab = 0;
  for (const [at, value] of a.entries()) {
    aa += (value - meanA) ** 2;
    bb += (b[at] - meanB) ** 2;
    ab += (value - meanA) * (b[at] - meanB);
  }
  return { aa, bb, ab };
}

function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => values[a] - values[b]);
  const ranks: number[] = values.map(() => 0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]] === values[order[from]]) to++;
    for (let at = from; at <= to; at++) ranks[order[at]] = (from + to) / 2;
    from = to + 1;
  }
  return ranks;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
