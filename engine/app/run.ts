import type { EngineConfig } from './config-types.ts';
import type { RunOptions } from './run-options.ts';

/** Runs the engine until a signal or `options.durationMs`; returns the exit code. Main thread. */
export async function runEngine(_config: EngineConfig, _options: RunOptions): Promise<number> {
  throw new Error('Not joined yet.');
}
