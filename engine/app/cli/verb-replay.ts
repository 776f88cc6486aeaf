import { accessSync, constants } from 'node:fs';
import type { ConfigFlags, ReplayFlags } from './cli-flags.ts';
import { CliError } from './cli-error.ts';
import { loadConfig } from '../config/config.ts';
import { dropSecretVariables } from '../config/credentials.ts';
import { EXIT } from './exit-codes.ts';
import { printNote } from './output.ts';
import { resolveStrategyUrl } from '../strategy/strategy-path.ts';
import { flagValues } from './verb-config.ts';

/** `shrike replay FILE...`. Returns the exit code. */
export async function replayVerb(
  files: readonly string[],
  options: ConfigFlags & ReplayFlags,
): Promise<number> {
  const flags = flagValues(options, {
    venue: ['venue', 'name'],
    symbols: ['symbols'],
    strategy: ['strategy', 'name'],
    seed: ['seed'],
  });
  const loaded = loadConfig({ files: options.config, sets: options.set, flags });
  // A strategy that is not there is found before anything starts.
  resolveStrategyUrl(loaded.config.strategy.name);
  dropSecretVariables(process.env);
  for (const warning of loaded.warnings) printNote(`warning: ${warning}`);
  for (const file of files) {
    try {
      accessSync(file, constants.R_OK);
    } catch (error) {
      throw new CliError(
        'CAPTURE_UNREADABLE',
        `cannot read the capture: ${(error as Error).message}`,
        EXIT.failure,
      );
    }
  }
  // Loaded only now, so that a wrong configuration is answered at once.
  const { replayFiles } = await import('../replay/replay.ts');
  return replayFiles(files, loaded.config, { speed: options.speed ?? null, json: options.json === true });
}
