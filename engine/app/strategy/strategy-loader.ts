import { registerHooks } from 'node:module';
import { siblingModule } from '../../core/sibling-module.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';

const PORT_URL = siblingModule('../../strategy/port', import.meta.url).href;
const PUBLIC_NAME = 'shrike/strategy';

let isHooked = false;

/**
 * Loads a strategy module and returns its exports, unchecked. Whatever folder the file is in and whether or not a
 * `shrike` is installed there, its `shrike/strategy` is this engine's: without that, a file outside any package
 * could not import it, and one with another version installed would get constants of another schema. May allocate;
 * each thread that hosts strategies calls it once per module. Throws CliError naming the file.
 */
export async function loadStrategyModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  hookPublicName();
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new CliError('STRATEGY_UNLOADABLE', `cannot load the strategy ${url}: ${reason}`, EXIT.config);
  }
}

function hookPublicName(): void {
  if (isHooked) return;
  isHooked = true;
  registerHooks({
    resolve: (specifier, context, nextResolve) =>
      specifier === PUBLIC_NAME ? { url: PORT_URL, shortCircuit: true } : nextResolve(specifier, context),
  });
}
