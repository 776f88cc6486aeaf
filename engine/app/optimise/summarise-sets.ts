import type { MarketTape } from '../backtest/market-tape.ts';
import { runAssumptions } from '../backtest/assumptions.ts';
import { YEAR_NS } from '../backtest/equity-figures.ts';
import { equityStepNs } from '../backtest/run-backtest.ts';
import type { RunSpec } from '../backtest/run-backtest.ts';
import { quoteAssetOf } from '../backtest/summarise-run.ts';
import { instrumentName } from '../../core/instrument.ts';
import { BLOCKS, RUN_NUMBERS, sliceFigures } from './block-sums.ts';
import type { SliceFigures } from './block-sums.ts';
import { deflatedSharpe } from './deflated-sharpe.ts';
import { heatMap } from './heat-map.ts';
import { objectiveOf, overfittingProbability } from './overfitting-probability.ts';
import type { Objective } from './overfitting-probability.ts';
import { OPTIMISE_SCHEMA } from './optimise-result.ts';
import type { OptimiseResult, Overfitting, PartFigures, SetRow } from './optimise-result.ts';
import type { ParameterRange } from './parameter-range.ts';
import type { ParameterSets } from './parameter-sets.ts';
import type { SearchMethod } from './search-method.ts';
import type { SetResult } from './set-result.ts';
import { walkForward } from './walk-forward.ts';

/** Periods per block below which figures of blocks say nothing. */
const BLOCK_PERIODS_FEW = 5;
/** A deflated ratio below this is not told from luck. */
const CONFIDENCE = 0.95;
const ONE_RUN =
  'every set is run once over all data; a part of the data is the part of its equity curve, with the position it came in with';

/** What was searched, and how it is judged. */
export interface Search {
  readonly ranges: readonly ParameterRange[];
  readonly sets: ParameterSets;
  readonly method: SearchMethod;
  readonly objective: Objective;
  /** Last blocks that nothing is chosen by, of BLOCKS. */
  readonly outBlocks: number;
  /** Steps of a walk forward; 0 = none. */
  readonly folds: number;
  readonly topCount: number;
}

/** How the runs were made. */
export interface SearchRun {
  readonly resultsFile: string;
  readonly resumed: number;
  readonly workers: number;
  readonly wallMs: number;
}

/** The runs that made it, and how their figures are told. */
interface Runs {
  readonly ran: readonly SetResult[];
  readonly all: Float64Array;
  readonly inSample: readonly SliceFigures[];
  /** By the objective in sample. */
  readonly worth: readonly number[];
  /** Best first. */
  readonly order: readonly number[];
  readonly splitBlock: number;
  /** From ratios per period to ratios per year. */
  readonly root: number;
}

/** Makes the result of an optimisation from those of its sets, in any order. Pure. */
export function summariseSets(
  tape: MarketTape,
  spec: RunSpec,
  search: Search,
  results: readonly SetResult[],
  made: SearchRun,
): OptimiseResult {
  const { ranges, sets, method, objective, topCount } = search;
  const stepNs = equityStepNs(tape.lastNs, tape.stepNs);
  const runs = runsOf(search, results, Math.sqrt(YEAR_NS / stepNs));
  const { ran, worth, root, splitBlock } = runs;
  const refused = results.filter((result) => result.refused !== null).toSorted((a, b) => a.set - b.set);
  const timeOf = (block: number): number =>
    Math.round(tape.firstEpochUs / 1_000 + ((block / BLOCKS) * tape.lastNs) / 1e6);
  const top = runs.order.slice(0, topCount).map((run) => setRow(runs, search, run));
  const overfitting = overfittingOf(runs, objective);
  const blockPeriods = ran.length === 0 ? 0 : runs.inSample[0].periods / splitBlock;
  return {
    schema: OPTIMISE_SCHEMA,
    strategy: spec.strategy.name,
    params: spec.strategy.params,
    ranges,
    data: {
      kind: tape.kind,
      files: tape.files,
      symbols: tape.instruments.map(instrumentName),
      fromMs: timeOf(0),
      toMs: timeOf(BLOCKS),
      splitMs: timeOf(splitBlock),
      events: tape.eventCount,
    },
    quoteAsset: quoteAssetOf(tape.instruments),
    capital: spec.capital,
    model: spec.config.fills.model,
    method,
    objective,
    seed: spec.config.seed,
    sets: sets.count,
    refused: refused.length,
    refusal: refused[0]?.refused ?? null,
    top,
    overfitting,
    walkForward: walkOf(runs, search, timeOf),
    heatMap: heatMap(
      ranges,
      ran.map(({ set }, run) => ({
        values: sets.at(set),
        worth: objective === 'net' ? worth[run] : worth[run] * root,
      })),
    ),
    assumptions: [ONE_RUN, ...runAssumptions(spec.config, stepNs, YEAR_NS / stepNs), ...tape.assumptions],
    warnings: [...tape.warnings, ...warningsOf(top[0], overfitting, ran.length, blockPeriods)],
    ...made,
  };
}

function runsOf({ objective, outBlocks }: Search, results: readonly SetResult[], root: number): Runs {
  const ran = results.filter(({ refused }) => refused === null).toSorted((a, b) => a.set - b.set);
  const all = new Float64Array(ran.length * RUN_NUMBERS);
  for (const [run, { sums }] of ran.entries()) all.set(sums, run * RUN_NUMBERS);
  const splitBlock = BLOCKS - outBlocks;
  const inSample = ran.map((_, run) => sliceFigures(all, run, 0, splitBlock));
  const worth = inSample.map((figures) => objectiveOf(figures, objective));
  const order = ran.map((_, run) => run).toSorted((a, b) => worth[b] - worth[a] || a - b);
  return { ran, all, inSample, worth, order, splitBlock, root };
}

function setRow({ ran, all, inSample, splitBlock, root }: Runs, search: Search, run: number): SetRow {
  const { set, net, maxDrawdown, trades } = ran[run];
  return {
    set,
    params: paramsOf(search, set),
    inSample: partFigures(inSample[run], root),
    outOfSample:
      search.outBlocks === 0 ? null : partFigures(sliceFigures(all, run, splitBlock, BLOCKS), root),
    net,
    maxDrawdown,
    trades,
  };
}

function walkOf(
  { ran, all, root }: Runs,
  search: Search,
  timeOf: (block: number) => number,
): OptimiseResult['walkForward'] {
  const walk = search.folds === 0 ? null : walkForward(all, ran.length, search.folds, search.objective);
  if (walk === null) return null;
  const folds = walk.folds.map(({ fromBlock, toBlock, run, learnt, tested }) => ({
    fromMs: timeOf(fromBlock),
    toMs: timeOf(toBlock),
    params: paramsOf(search, ran[run].set),
    inSample: partFigures(learnt, root),
    outOfSample: partFigures(tested, root),
  }));
  return { folds, outOfSample: partFigures(walk.tested, root) };
}

function paramsOf({ ranges, sets }: Search, set: number): SetRow['params'] {
  const values = sets.at(set);
  return Object.fromEntries(ranges.map(({ name }, index) => [name, values[index]]));
}

function partFigures({ net, ratio }: SliceFigures, root: number): PartFigures {
  return { net: rounded(net), sharpe: rounded(ratio * root) };
}

function overfittingOf({ ran, all, inSample, order, root }: Runs, objective: Objective): Overfitting {
  const ratios = inSample.map(({ ratio }) => ratio);
  const luck = order.length === 0 ? null : deflatedSharpe(inSample[order[0]], ratios);
  const split = overfittingProbability(all, ran.length, objective);
  return {
    probability: split?.probability ?? null,
    splits: split?.splits ?? 0,
    deflatedSharpe: luck?.probability ?? null,
    expectedBestSharpe: luck === null ? null : rounded(luck.expectedBest * root),
  };
}

/** What a reader of the best set should know, one sentence each. */
function warningsOf(
  best: SetRow | undefined,
  { probability, deflatedSharpe: deflated, expectedBestSharpe: lucky }: Overfitting,
  runs: number,
  blockPeriods: number,
): string[] {
  const warnings: string[] = [];
  if (best === undefined) return warnings;
  if (probability !== null && probability >= 0.5)
    warnings.push(
      `overfitting: with a probability of ${percent(probability)} the best set of one part of the data is below the middle in the rest`,
    );
  if (deflated !== null && deflated < CONFIDENCE)
    warnings.push(
      `overfitting: of ${runs} tries without skill the best is expected to have a Sharpe ratio of ${lucky!.toFixed(2)};` +
        ` that the best set, with ${best.inSample.sharpe.toFixed(2)}, is more than that has a probability of ${percent(deflated)}`,
    );
  if (best.outOfSample !== null && best.inSample.net > 0 && best.outOfSample.net <= 0)
    warnings.push('the best set earned in sample and lost out of sample');
  if (blockPeriods < BLOCK_PERIODS_FEW)
    warnings.push(
      `a twentieth of the data has ${blockPeriods.toFixed(1)} periods: all ratios of parts are guesses`,
    );
  if (best.trades === 0) warnings.push('the best set traded nothing');
  return warnings;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** Ten digits that carry meaning. */
function rounded(value: number): number {
  return Number(value.toPrecision(10));
}
