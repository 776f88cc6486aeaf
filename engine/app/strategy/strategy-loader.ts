import { readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '../../core/sibling-module.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';

const PORT_URL = siblingModule('../../strategy/port', import.meta.url).href;
const PUBLIC_NAME = 'shrike/strategy';
/** Files whose package.json decides what they are; .mts, .cjs and the like say it themselves. */
const AMBIGUOUS_FILE = /^file:(?!.*\/node_modules\/).*\.(ts|js)$/;
const COMMENT = /\/\*[\s\S]*?\*\/|^[ \t]*\/\/.*$/gm;
/** `import x = require()` and `export =` are CommonJS in TypeScript's clothes. */
const MODULE_SYNTAX = /^[ \t]*(?:export\b(?!\s*[=.(])|import\b(?!\s*[(.]|\s+\w+\s*=))/m;

let isHooked = false;

/** Which files each loaded file imports, as far as this thread loaded them after its first strategy. */
const imports: Map<string, Set<string>> = new Map();

/**
 * Loads a strategy module and returns its exports, unchecked. Whatever folder the file is in and whether or not a
 * `shrike` is installed there, its `shrike/strategy` is this engine's: without that, a file outside any package
 * could not import it, and one with another version installed would get constants of another schema. A file written as
 * a module is loaded as one, whatever the package.json of its folder says. May allocate; each thread that hosts
 * strategies calls it once per module. Throws CliError naming the file.
 */
export async function loadStrategyModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  hookLoading();
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    throw unloadable(url, error);
  }
}

/**
 * The same at once, for a thread that must not wait: modules that await something at their top level are refused. A file
 * that this thread has loaded before is not read again.
 */
export function requireStrategyModule(url: string): Readonly<Record<string, unknown>> {
  hookLoading();
  try {
    return createRequire(import.meta.url)(fileURLToPath(url)) as Record<string, unknown>;
  } catch (error) {
    throw unloadable(url, error);
  }
}

/** URLs of the files that the module at `url` consists of: itself and what it imports, directly or not. */
export function filesOfModule(url: string): string[] {
  const files = new Set([url]);
  // A set hands out what is added while it is walked.
  for (const file of files) for (const imported of imports.get(file) ?? []) files.add(imported);
  return [...files];
}

function noteImport(by: string | undefined, url: string): void {
  if (by === undefined) return;
  const known = imports.get(by);
  if (known === undefined) imports.set(by, new Set([url]));
  else known.add(url);
}

function unloadable(url: string, error: unknown): CliError {
  const text = `cannot load the strategy ${url}: ${reasonOf(error)}`;
  return new CliError('STRATEGY_UNLOADABLE', text, EXIT.config);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}`;
  if ((error as NodeJS.ErrnoException).code === 'ERR_REQUIRE_ASYNC_MODULE') {
    return 'it awaits something at its top level, and a strategy added to a running engine cannot wait';
  }
  return `${error.name}: ${error.message}`;
}

function hookLoading(): void {
  if (isHooked) return;
  isHooked = true;
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      if (specifier === PUBLIC_NAME) return { url: PORT_URL, shortCircuit: true };
      const resolved = nextResolve(specifier, context);
      if (resolved.url.startsWith('file:')) noteImport(context.parentURL, resolved.url);
      return resolved;
    },
    load: (url, context, nextLoad) => {
      const format = moduleFormat(url, context.format);
      return nextLoad(url, format === null ? context : { ...context, format });
    },
  });
}

/** The format of a file written as a module that Node would take for CommonJS, or would have to guess; else null. */
function moduleFormat(url: string, given: string | null | undefined): 'module' | 'module-typescript' | null {
  const ending = AMBIGUOUS_FILE.exec(url)?.[1];
  if (ending === undefined || given === 'module' || given === 'module-typescript') return null;
  const text = readFileSync(fileURLToPath(url), 'utf8').replaceAll(COMMENT, '');
  if (!MODULE_SYNTAX.test(text)) return null;
  return ending === 'ts' ? 'module-typescript' : 'module';
}
