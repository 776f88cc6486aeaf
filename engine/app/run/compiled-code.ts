import { mkdirSync } from 'node:fs';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { join, resolve } from 'node:path';

/** In the state folder and not in a temporary one: what lies there is run, so nobody else may write it. */
const FOLDER = 'compiled';

/**
 * Keeps compiled code in the state folder from one run to the next: threads then start, and start again after a fault, in
 * a fraction of the time. An engine that cannot write there compiles everything anew, as it would without. Main thread,
 * before the engine's modules are loaded. `NODE_COMPILE_CACHE` of the environment comes first.
 * @param stateDirectory `state.dir`
 */
export function keepCompiledCode(stateDirectory: string): void {
  if (getCompileCacheDir() !== undefined) return;
  const folder = resolve(join(stateDirectory, FOLDER));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
  enableCompileCache(folder);
}
