import { BLOCKS, figuresOf, RUN_NUMBERS, sliceFigures, SUMS } from './block-sums.ts';
import type { SliceFigures } from './block-sums.ts';
import { objectiveOf } from './overfitting-probability.ts';
import type { Objective } from './overfitting-probability.ts';

/** The first part that is only learnt from. */
const LEARNT_BLOCKS: number = BLOCKS / 2;
/** Most steps: each tests one block. */
export const FOLDS_MAX: number = BLOCKS - LEARNT_BLOCKS;

/** One step: what was best up to there, and how it did right after. */
export interface WalkForwardFold {
  /** Blocks of 0..BLOCKS that were tested; everything before was learnt from. */
  readonly fromBlock: number;
  readonly toBlock: number;
  /** Run that was best before. */
  readonly run: number;
  readonly learnt: SliceFigures;
  readonly tested: SliceFigures;
}

/** All steps, and their tested parts as one run. */
export interface WalkForward {
  readonly folds: readonly WalkForwardFold[];
  readonly tested: SliceFigures;
}

/**
 * Walks forward through the second half of the data in so many steps: at each the set that was best in all data before is
 * taken for the part that follows, which nobody has seen. Null without runs. Pure.
 */
export function walkForward(
  all: Float64Array,
  runs: number,
  folds: number,
  objective: Objective,
): WalkForward | null {
  if (runs === 0) return null;
  const total = new Float64Array(SUMS);
  const steps = Array.from({ length: folds }, (_, fold) => {
    const fromBlock = LEARNT_BLOCKS + Math.round((fold * FOLDS_MAX) / folds);
    const toBlock = LEARNT_BLOCKS + Math.round(((fold + 1) * FOLDS_MAX) / folds);
    const run = bestRun(all, runs, fromBlock, objective);
    for (let block = fromBlock; block < toBlock; block++)
      for (let index = 0; index < SUMS; index++)
        total[index] += all[run * RUN_NUMBERS + block * SUMS + index];
    return {
      fromBlock,
      toBlock,
      run,
      learnt: sliceFigures(all, run, 0, fromBlock),
      tested: sliceFigures(all, run, fromBlock, toBlock),
    };
  });
  return { folds: steps, tested: figuresOf(total) };
}

function bestRun(all: Float64Array, runs: number, toBlock: number, objective: Objective): number {
  let best = 0;
  let bestValue = -Infinity;
  for (let run = 0; run < runs; run++) {
    const value = objectiveOf(sliceFigures(all, run, 0, toBlock), objective);
    if (value > bestValue) [best, bestValue] = [run, value];
  }
  return best;
}
