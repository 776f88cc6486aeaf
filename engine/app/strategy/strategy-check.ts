import { basename } from 'node:path';
import type { Instrument } from '../../core/instrument.ts';
import type { StrategyParams } from '../../strategy/port.ts';
import { CliError } from '../cli/cli-error.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { resolveStrategyUrl } from './strategy-path.ts';
import { StrategyProbe } from './strategy-probe.ts';

/** A strategy module that loads and has what is needed; its probe runs until `close`. */
export interface PreparedStrategy {
  readonly url: string;
  readonly name: string;
  readonly probe: StrategyProbe;
}

/** What a strategy is called in figures and errors: its file's name, so that a long path does not crowd out the rest. */
export function strategyNameOf(url: string): string {
  return basename(new URL(url).pathname).replace(/\.[cm]?[jt]s$/, '');
}

/** Finds and loads the configured strategy. Throws CliError naming the file and what is wrong with it. */
export async function prepareStrategy(config: EngineConfig): Promise<PreparedStrategy> {
  const url = resolveStrategyUrl(config.strategy.name);
  const name = strategyNameOf(url);
  return { url, name, probe: await StrategyProbe.open(url, name) };
}

/** The parameters a strategy gets: the config's table and whether to respect the bias. */
export function strategyParams(config: EngineConfig): StrategyParams {
  const params: Record<string, string | number | boolean> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(config.strategy.params)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      params[name] = value;
    else problems.push(`strategy.params.${name}: expected text, a number or true/false`);
  }
  if (problems.length > 0) throw new CliError('STRATEGY_PARAMS', problems.join('\n'), EXIT.config);
  // Only said when wanted, so that a strategy without this parameter need not know it.
  if (config.strategy.respectBias) params['respectBias'] = true;
  return params;
}

/** Makes the strategy once to learn whether it takes its parameters. Throws CliError with the strategy's own words. */
export async function checkStrategyParams(
  strategy: PreparedStrategy,
  config: EngineConfig,
  instruments: readonly Instrument[],
): Promise<void> {
  await strategy.probe.make(strategyParams(config), instruments);
}
