import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parameterProblems } from '../../strategy/parameters.ts';
import type { ParameterDecls } from '../../strategy/parameters.ts';
import type { MarketTape } from '../backtest/market-tape.ts';
import { readTape } from '../backtest/read-tape.ts';
import type { TapeSpec } from '../backtest/read-tape.ts';
import type { RunSpec } from '../backtest/run-backtest.ts';
import { backtestConfig } from '../backtest/run-models.ts';
import { quoteAssetOf } from '../backtest/summarise-run.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { printJson, printNote, printText } from '../cli/output.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { enginePartsOf } from '../config/engine-parts.ts';
import { plannedStrategy, prepareStrategy } from '../strategy/strategy-check.ts';
import { optimiseText } from './optimise-text.ts';
import type { Objective } from './overfitting-probability.ts';
import { readRanges } from './parameter-range.ts';
import type { ParameterRange } from './parameter-range.ts';
import { gridSets, randomSets } from './parameter-sets.ts';
import { ResultsFile } from './results-file.ts';
import type { Identity } from './results-file.ts';
import { runSets } from './run-sets.ts';
import type { SearchMethod } from './search-method.ts';
import type { SetResult } from './set-result.ts';
import { summariseSets } from './summarise-sets.ts';
import type { Search } from './summarise-sets.ts';

/** What the command line chose. */
export interface OptimiseOptions {
  readonly tape: TapeSpec;
  readonly capital: number;
  readonly fundingFile: string | null;
  readonly vary: readonly string[];
  readonly method: SearchMethod;
  /** Sets that a random search draws. */
  readonly samples: number;
  readonly objective: Objective;
  readonly outBlocks: number;
  readonly folds: number;
  readonly topCount: number;
  /** Null = as many as there are processors. */
  readonly workers: number | null;
  /** Null = a file of its own in the state folder. */
  readonly resultsFile: string | null;
  readonly isJson: boolean;
}

/** Runs an optimisation and reports it; returns the exit code. Main thread. */
export async function runOptimiseCommand(loaded: EngineConfig, options: OptimiseOptions): Promise<number> {
  const strategy = await prepareStrategy(enginePartsOf(loaded).strategies[0]);
  await strategy.probe.close();
  const { description } = strategy.probe;
  if (description === null) {
    const message = `${strategy.url} exports createStrategy alone: only parameters that a "strategy" declares can be varied`;
    throw new CliError('STRATEGY_UNDESCRIBED', message, EXIT.config);
  }
  const ranges = readRanges(options.vary, description.parameters, options.method === 'random');
  const planned = plannedStrategy(strategy);
  checkFixed(planned.params, ranges, description.parameters);
  const tape = await readTape(options.tape);
  checkQuoteAsset(tape);
  const config = backtestConfig(loaded, tape.kind);
  const { capital, fundingFile } = options;
  const run: RunSpec = { config, strategy: planned, capital, fundingFile };
  const sets =
    options.method === 'random' ? randomSets(ranges, options.samples, config.seed) : gridSets(ranges);
  return search(tape, run, { ...options, ranges, sets }, options);
}

async function search(
  tape: MarketTape,
  run: RunSpec,
  wanted: Search,
  options: OptimiseOptions,
): Promise<number> {
  const identity = identityOf(run, wanted, options);
  const path = options.resultsFile ?? defaultPath(run.config, run.strategy.name, identity);
  const file = new ResultsFile(path, identity);
  const results = new Map<number, SetResult>();
  for (const result of file.found) if (result.set < wanted.sets.count) results.set(result.set, result);
  const resumed = results.size;
  const { count } = wanted.sets;
  printNote(`${tape.files.join(', ')}: ${tape.eventCount} ${tape.kind}`);
  printNote(`${count} parameter sets, ${count - resumed} to run; results in ${file.path}`);
  const workers = Math.max(1, options.workers ?? availableParallelism());
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const beganMs = performance.now(); // arch-ok: the speed of the search itself, outside the engine's time
  try {
    const take = (result: SetResult): void => {
      results.set(result.set, result);
      file.append(result);
    };
    const spec = { tape: options.tape, run, ranges: wanted.ranges, sets: wanted.sets, workers };
    await runSets(spec, (set) => results.has(set), take, stop.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    file.close();
  }
  if (results.size < count) {
    printNote(
      `stopped after ${results.size} of ${count} parameter sets; the same command goes on from there`,
    );
    return EXIT.retry;
  }
  const wallMs = Math.round(performance.now() - beganMs); // arch-ok: as above
  const result = summariseSets(tape, run, wanted, [...results.values()], {
    resultsFile: file.path,
    resumed,
    workers,
    wallMs,
  });
  if (result.top.length === 0)
    throw new CliError('OPTIMISE_NONE', `no parameter set can run: ${result.refusal}`, EXIT.failure);
  if (options.isJson) printJson(result);
  else printText(optimiseText(result));
  return EXIT.ok;
}

/** Parameters that stay the same: sound, and none of those that are varied. */
function checkFixed(
  params: RunSpec['strategy']['params'],
  ranges: readonly ParameterRange[],
  decls: ParameterDecls,
): void {
  const both = ranges.find(({ name }) => Object.hasOwn(params, name));
  if (both !== undefined) {
    const message = `${both.name} is fixed to ${params[both.name]} (--params or the configuration) and varied: leave one out`;
    throw new CliError('OPTIMISE_RANGE', message, EXIT.usage);
  }
  const problems = parameterProblems(decls, params);
  if (problems.length > 0) throw new CliError('STRATEGY_PARAMS', problems.join('; '), EXIT.config);
}

function checkQuoteAsset({ instruments }: MarketTape): void {
  try {
    quoteAssetOf(instruments);
  } catch (error) {
    throw new CliError('BACKTEST_ASSETS', (error as Error).message, EXIT.failure);
  }
}

/** What the result of a set depends on. Files are known by name and size. */
function identityOf(
  run: RunSpec,
  { ranges, sets, method }: Search,
  { tape, fundingFile }: OptimiseOptions,
): Identity {
  const { config, strategy, capital } = run;
  const { fills, paper, risk, signals, seed } = config;
  const { files, venue, snapshot, fromMs, toMs, candleBook } = tape;
  const sized = [...files, snapshot, fundingFile].flatMap((file) =>
    file === null ? [] : [[file, statSync(file).size]],
  );
  return {
    strategy: strategy.name,
    code: digestOf(readFileSync(fileURLToPath(strategy.url), 'utf8')),
    params: JSON.stringify(strategy.params),
    vary: JSON.stringify(ranges),
    sets: `${method} ${sets.count} seed ${seed}`,
    data: JSON.stringify({ sized, venue, fromMs, toMs, candleBook }),
    settings: digestOf(JSON.stringify({ capital, fills, paper, risk, signals })),
  };
}

function defaultPath(config: EngineConfig, strategy: string, identity: Identity): string {
  const key = digestOf(JSON.stringify(identity)).slice(0, 12);
  return join(config.state.dir, 'optimise', `${strategy}-${key}.jsonl`);
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
