import type { EngineConfig } from './config-types.ts';
import type { ReplayOptions } from './run-options.ts';

/** Replays capture files through the five actors; returns the exit code. Main thread. */
export async function replayFiles(
  _files: readonly string[],
  _config: EngineConfig,
  _options: ReplayOptions,
): Promise<number> {
  throw new Error('Not joined yet.');
}
