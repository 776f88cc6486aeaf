import type { ConfigFlags, RunFlags } from './cli-flags.ts';
import type { FlagValue } from '../config/config.ts';
import { loadConfig } from '../config/config.ts';
import { formatOrigin } from '../config/config-layers.ts';
import { dropSecretVariables } from '../config/credentials.ts';
import { keepRunningWithoutReader, printNote } from './output.ts';
import { resolveStrategyUrl } from '../strategy/strategy-path.ts';
import { flagValues } from './verb-config.ts';

/** `shrike run`. Returns the exit code. */
export async function runVerb(options: ConfigFlags & RunFlags): Promise<number> {
  keepRunningWithoutReader();
  const flags: FlagValue[] = flagValues(options, RUN_KEYS);
  const loaded = loadConfig({ files: options.config, sets: options.set, flags });
  // A strategy that is not there is found before anything starts.
  resolveStrategyUrl(loaded.config.strategy.name);
  // Paper never needs a key; threads started later must not inherit one.
  if (loaded.config.mode === 'paper') dropSecretVariables(process.env);
  for (const warning of loaded.warnings) printNote(`warning: ${warning}`);
  for (const [path, origin] of loaded.origins) printNote(`config: ${path} from ${formatOrigin(origin)}`);
  // Loaded only now, so that a wrong configuration is answered at once.
  const { runEngine } = await import('../run/run.ts');
  return runEngine(loaded.config, {
    durationMs: options.duration ?? null,
    drill: options.drill ?? [],
    recordFile: options.record ?? null,
    json: options.json === true,
    origins: loaded.origins,
  });
}

const RUN_KEYS: Readonly<Record<string, readonly string[]>> = {
  mode: ['mode'],
  venue: ['venue', 'name'],
  symbols: ['symbols'],
  strategy: ['strategy', 'name'],
  topology: ['engine', 'topology'],
  idle: ['engine', 'idle'],
  seed: ['seed'],
};
