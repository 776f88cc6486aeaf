import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';

/**
 * The environment variables of a worker thread: none of the process's, because nothing in them concerns it and a key that
 * stands there must not travel; only where this process keeps compiled code, so that a thread need not compile again
 * what an earlier one or an earlier run did. Any thread.
 */
export function workerEnvironment(): Record<string, string> {
  const directory = getCompileCacheDir();
  // Node keeps a folder of its own for each version and processor in the one that is named.
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) };
}
