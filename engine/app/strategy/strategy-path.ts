import { existsSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CliError } from '../cli/cli-error.ts';
import { nearestWord } from '../../core/nearest-word.ts';
import { EXIT } from '../cli/exit-codes.ts';

/** The shipped strategies: `strategies/` beside `engine/`, in the repository and in dist alike. */
const SHIPPED_DIR = new URL('../../../strategies/', import.meta.url);
const MODULE_ENDING = /(?<!\.d)\.(?:ts|js)$/;
const LOADABLE_ENDING = /\.[cm]?[jt]s$/;

/** Names `strategy.name` may have beside a path. */
export function shippedStrategies(): string[] {
  const names = readdirSync(SHIPPED_DIR)
    .filter((file) => MODULE_ENDING.test(file))
    .map((file) => file.replace(MODULE_ENDING, ''));
  return [...new Set(names)].sort();
}

/**
 * The file URL of the module that `strategy.name` means: a shipped strategy by name, or a module by path (made
 * absolute by `loadConfig`). Throws CliError, exit 78, naming what was looked for. Does not load the module.
 */
export function resolveStrategyUrl(name: string): string {
  if (/[/\\]|\.[cm]?[jt]s$/.test(name)) {
    const file = isAbsolute(name) ? name : resolve(name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) throw unknownStrategy(`no strategy module at ${file}`);
    if (stat.isDirectory())
      throw unknownStrategy(`the strategy ${file} is a folder; give the path of the module inside it`);
    if (!stat.isFile()) throw unknownStrategy(`the strategy ${file} is not a file`);
    if (!LOADABLE_ENDING.test(file))
      throw unknownStrategy(`the strategy ${file} must end in .ts, .mts, .cts, .js, .mjs or .cjs`);
    return pathToFileURL(file).href;
  }
  for (const ending of ['.ts', '.js']) {
    const url = new URL(`${name}${ending}`, SHIPPED_DIR);
    if (existsSync(fileURLToPath(url))) return url.href;
  }
  const names = shippedStrategies();
  const near = nearestWord(name, names);
  const hint = near === null ? '' : `; did you mean "${near}"?`;
  throw unknownStrategy(
    `no strategy "${name}"${hint} Shipped: ${names.join(', ')}. Or give the path of a module.`,
  );
}

function unknownStrategy(message: string): CliError {
  return new CliError('STRATEGY_UNKNOWN', message, EXIT.config);
}
