import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadStrategyModule } from '../strategy/strategy-loader.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDERS = ['engine', 'adapters', 'strategies'];
/** Programs of their own: loading one would run it. */
const PROGRAMS = /\/(?:app\/main|messages\/generate)\.[jt]s$/;
/** They import the engine by its public name. */
const STRATEGIES = /\/strategies\/[^/]+$/;

/** Lies in Node's folder for this version and says until when the code kept there was complete. */
const MARK = 'compiled-ahead';

/**
 * Loads every module of the product, so that its compiled code is kept and no thread of a run need compile, nor take
 * types out of, any of it: that takes tens of megabytes which a process does not give back. In a process of its own,
 * which ends; nothing is started.
 * @returns false when there was nothing to do, or code is not kept
 */
export async function compileAhead(): Promise<boolean> {
  const folder = getCompileCacheDir();
  if (folder === undefined) return false;
  const files = FOLDERS.flatMap((name) => sourcesIn(join(ROOT, name)));
  const mark = join(folder, MARK);
  const newestMs = Math.max(...files.map((file) => statSync(file).mtimeMs));
  if ((statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? 0) > newestMs) return false;
  for (const file of files) await load(file);
  flushCompileCache();
  try {
    writeFileSync(mark, '');
  } catch {
    // A full disk: the next start does it once more.
  }
  return true;
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

async function load(file: string): Promise<void> {
  const url = pathToFileURL(file).href;
  if (PROGRAMS.test(url)) return;
  try {
    await (STRATEGIES.test(url) ? loadStrategyModule(url) : import(url));
  } catch {
    // Where a thread begins, for one, nothing can begin here. What it imports was compiled; who needs it says what is wrong.
  }
}
