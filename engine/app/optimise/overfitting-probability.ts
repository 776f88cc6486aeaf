import { BLOCKS, RUN_NUMBERS, ratioOf, SUMS } from './block-sums.ts';
import type { SliceFigures } from './block-sums.ts';

/** Parts that are put together in all ways: 252 halves of ten. */
const PARTS = 10;

/** What a set is judged by. */
export type Objective = 'sharpe' | 'net';

/** How often the best of one half is below the middle in the other. */
export interface OverfittingProbability {
  /** 0..1; 0.5 is what choosing by lot gives. */
  readonly probability: number;
  readonly splits: number;
}

/** The value a set has by an objective; larger is better. Pure. */
export function objectiveOf(figures: SliceFigures, objective: Objective): number {
  return objective === 'net' ? figures.net : figures.ratio;
}

/**
 * The probability of backtest overfitting by combinatorially symmetric cross-validation (D. H. Bailey, J. M. Borwein,
 * M. Lopez de Prado and Q. J. Zhu, The Probability of Backtest Overfitting, Journal of Computational Finance 20(4), 2017):
 * the data is cut into S parts; for every choice of S/2 of them, the set that is best in those is ranked in the others,
 * w = rank / (N + 1), and counted where log(w / (1 - w)) <= 0. Equal sets share a rank. Null below two sets. Pure.
 * @param all the sums of every run, RUN_NUMBERS each
 */
export function overfittingProbability(
  all: Float64Array,
  runs: number,
  objective: Objective,
): OverfittingProbability | null {
  if (runs < 2) return null;
  const parts = partSums(all, runs);
  const inside = new Float64Array(runs);
  const outside = new Float64Array(runs);
  let worse = 0;
  let splits = 0;
  for (let mask = 0; mask < 1 << PARTS; mask++) {
    if (bitCount(mask) !== PARTS / 2) continue;
    splits++;
    measure(parts, mask, objective, inside);
    measure(parts, ~mask, objective, outside);
    if (rankOf(outside, bestOf(inside)) / (runs + 1) <= 0.5) worse++;
  }
  return { probability: worse / splits, splits };
}

/** The sums of the PARTS of every run: neighbouring blocks together. */
function partSums(all: Float64Array, runs: number): Float64Array {
  const parts = new Float64Array(runs * PARTS * SUMS);
  const perPart = BLOCKS / PARTS;
  for (let run = 0; run < runs; run++) {
    for (let block = 0; block < BLOCKS; block++) {
      const from = run * RUN_NUMBERS + block * SUMS;
      const to = (run * PARTS + Math.floor(block / perPart)) * SUMS;
      for (let index = 0; index < SUMS; index++) parts[to + index] += all[from + index];
    }
  }
  return parts;
}

/** The objective of every run over the parts whose bit is set. */
function measure(parts: Float64Array, mask: number, objective: Objective, into: Float64Array): void {
  const total = new Float64Array(SUMS);
  for (let run = 0; run < into.length; run++) {
    total.fill(0);
    for (let part = 0; part < PARTS; part++) {
      if (((mask >> part) & 1) === 0) continue;
      const at = (run * PARTS + part) * SUMS;
      for (let index = 0; index < SUMS; index++) total[index] += parts[at + index];
    }
    into[run] = objective === 'net' ? total[5] : ratioOf(total);
  }
}

function bestOf(values: Float64Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index] > values[best]) best = index;
  return best;
}

/** From 1, the lowest, to the count; equal values share the middle of their places. */
function rankOf(values: Float64Array, which: number): number {
  let below = 0;
  let equal = 0;
  for (const value of values) {
    if (value < values[which]) below++;
    else if (value === values[which]) equal++;
  }
  return below + (equal + 1) / 2;
}

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest >>= 1) count += rest & 1;
  return count;
}
