import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineStats } from '../../api/engine-stats.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { printNote } from '../cli/output.ts';

/**
 * Makes an exception that nobody caught on the main thread leave a trace: shared memory ends with the process, so
 * counters, rings and the error log are written to `crash-<time>.json` before the exit. Orders are left to the next
 * start, which is recovery. Returns a function that takes the handlers back. Main thread.
 */
export function flushOnFatal(directory: string, collect: () => EngineStats): () => void {
  const onFatal = (reason: unknown): void => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    printNote(`fatal: ${text}`);
    try {
      printNote(`counters and errors were written to ${writeCrashFile(directory, text, collect())}`);
    } catch (error) {
      printNote(`counters and errors could not be written: ${String(error)}`);
    }
    process.exit(EXIT.failure);
  };
  process.on('uncaughtException', onFatal);
  process.on('unhandledRejection', onFatal);
  return () => {
    process.off('uncaughtException', onFatal);
    process.off('unhandledRejection', onFatal);
  };
}

function writeCrashFile(directory: string, reason: string, stats: EngineStats): string {
  // arch-ok: the wall clock names the file of a crash
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `crash-${time}.json`);
  writeFileSync(file, `${JSON.stringify({ schema: 'shrike.crash/1', reason, stats }, null, 2)}\n`);
  return file;
}
