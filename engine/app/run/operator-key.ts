import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KeyFile, KeyFileError, keyFilePath } from '../../api/access/key-file.ts';
import { addKey } from '../../api/access/new-key.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { EngineConfig } from '../config/config-types.ts';

/** Where the key of a state folder's first run lies. */
export function operatorKeyPath(stateDirectory: string): string {
  return join(dirname(keyFilePath(stateDirectory)), 'operator.key');
}

/**
 * Makes the operator's key when a state folder has none at all: it may read and control, in the mode it was made in, and lies in
 * `operator.key`, its owner's alone. A live key is never made unasked. Returns its path, null = there are keys.
 * @throws CliError when the key file cannot be used
 */
export async function makeOperatorKey(config: EngineConfig, nowMs: number): Promise<string | null> {
  const file = new KeyFile(keyFilePath(config.state.dir));
  const path = operatorKeyPath(config.state.dir);
  try {
    if (config.mode === 'live' || file.read().length > 0) return null;
    const wanted = { name: 'operator', scopes: ['read', 'control'], modes: ['paper', 'shadow'] } as const;
    const { text } = await addKey(file, { ...wanted, cidrs: [], expires: null }, nowMs);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${text}\n`, { mode: 0o600 });
    return path;
  } catch (error) {
    if (error instanceof KeyFileError) throw new CliError(error.code, error.message, EXIT.config);
    throw error;
  }
}
