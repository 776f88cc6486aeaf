import { basename } from 'node:path';
import type { Instrument } from '../../core/instrument.ts';
import { parameterProblems } from '../../strategy/parameters.ts';
import type { StrategyParams } from '../../strategy/port.ts';
import { CliError } from '../cli/cli-error.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { enginePartsOf } from '../config/engine-parts.ts';
import type { StrategyPart } from '../config/engine-parts.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { PlannedStrategy } from './planned-strategy.ts';
import { resolveStrategyUrl } from './strategy-path.ts';
import { StrategyProbe } from './strategy-probe.ts';

/** A strategy module that loads and has what is needed; its probe runs until `close`. */
export interface PreparedStrategy {
  readonly part: StrategyPart;
  readonly url: string;
  readonly name: string;
  readonly probe: StrategyProbe;
}

/** What a strategy is called in figures and errors: its file's name, so that a long path does not crowd out the rest. */
export function strategyNameOf(url: string): string {
  return basename(new URL(url).pathname).replace(/\.[cm]?[jt]s$/, '');
}

/**
 * Finds and loads a strategy. Throws CliError naming the file and what is wrong with it.
 * @param isAtOnce as a running actor loads it
 */
export async function prepareStrategy(part: StrategyPart, isAtOnce = false): Promise<PreparedStrategy> {
  const url = resolveStrategyUrl(part.name);
  const name = strategyNameOf(url);
  return { part, url, name, probe: await StrategyProbe.open(url, name, isAtOnce) };
}

/** A strategy as every thread is told of it. Throws CliError for parameters that no strategy can take. */
export function plannedStrategy({ part, url, name }: PreparedStrategy): PlannedStrategy {
  return { name, url, params: strategyParams(part), actor: part.actor };
}

/** The first strategy of a configuration, untried: for benches, which time one they know. */
export function configuredStrategy(config: EngineConfig): Omit<PlannedStrategy, 'actor'> {
  const [part] = enginePartsOf(config).strategies;
  const url = resolveStrategyUrl(part.name);
  return { name: strategyNameOf(url), url, params: strategyParams(part) };
}

/**
 * Loads every strategy of a configuration and checks the parameters of those that declare them; the others say what they
 * take when they are made. Throws CliError with all that is wrong, each with its key.
 */
export async function checkStrategies(config: EngineConfig): Promise<void> {
  const problems: string[] = [];
  for (const part of enginePartsOf(config).strategies) {
    const { probe } = await prepareStrategy(part);
    await probe.close();
    if (probe.description === null) continue;
    const found = parameterProblems(probe.description.parameters, strategyParams(part));
    problems.push(...found.map((problem) => `${part.key}.params: ${problem}`));
  }
  if (problems.length > 0) throw new CliError('STRATEGY_PARAMS', problems.join('\n'), EXIT.config);
}

/** The parameters a strategy gets: the config's table and whether to respect the bias. */
export function strategyParams(part: StrategyPart): StrategyParams {
  const params: Record<string, string | number | boolean> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(part.params)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      params[name] = value;
    else problems.push(`${part.key}.params.${name}: expected text, a number or true/false`);
  }
  if (problems.length > 0) throw new CliError('STRATEGY_PARAMS', problems.join('\n'), EXIT.config);
  // Only said when wanted, so that a strategy without this parameter need not know it.
  if (part.respectBias) params['respectBias'] = true;
  return params;
}

/** Makes the strategy once to learn whether it takes its parameters. Throws CliError with the strategy's own words. */
export async function checkStrategyParams(
  strategy: PreparedStrategy,
  instruments: readonly Instrument[],
): Promise<void> {
  await strategy.probe.make(strategyParams(strategy.part), instruments);
}
