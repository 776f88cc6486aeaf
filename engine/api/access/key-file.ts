import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { KEY_FILE_SCHEMA, parseKeyRecords } from './key-record.ts';
import type { KeyRecord } from './key-record.ts';

/** A lock older than this was left by a process that died: changes take milliseconds. */
const LOCK_STALE_MS = 10_000;
const MODE_OF_OTHERS = 0o077;

/** The key file cannot be used; the message names it and says why. */
export class KeyFileError extends Error {
  override readonly name: string = 'KeyFileError';
  readonly code: string = 'KEY_FILE';
}

/** Where a state folder keeps who may use the api. */
export function keyFilePath(stateDirectory: string): string {
  return join(stateDirectory, 'access', 'keys.json');
}

/**
 * The keys of a state folder: `access/keys.json`, its owner's alone, replaced as a whole. Reads and changes block for a
 * millisecond or two; any thread that may wait.
 */
export class KeyFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Every key; none when there is no file. @throws KeyFileError when it is torn, or others may read it */
  read(): readonly KeyRecord[] {
    const stat = statSync(this.path, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    if (process.platform !== 'win32' && (stat.mode & MODE_OF_OTHERS) !== 0)
      throw new KeyFileError(`${this.path} may be read by others: chmod 600 ${this.path}`);
    const records = parseKeyRecords(readFileSync(this.path, 'utf8'));
    if (typeof records === 'string') throw new KeyFileError(`${this.path} ${records}`);
    return records;
  }

  /** What tells one state of the file from another; "" = there is none. */
  version(): string {
    const stat = statSync(this.path, { throwIfNoEntry: false });
    return stat === undefined ? '' : `${stat.ino}-${stat.mtimeMs}-${stat.size}`;
  }

  /** Replaces the keys by what `change` makes of them, alone. @throws KeyFileError; what `change` throws */
  change(change: (keys: readonly KeyRecord[]) => readonly KeyRecord[], nowMs: number): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    const lock = `${this.path}.lock`;
    this.takeLock(lock, nowMs);
    try {
      this.write(change(this.read()));
    } finally {
      rmSync(lock, { force: true });
    }
  }

  private write(keys: readonly KeyRecord[]): void {
    const draft = `${this.path}.${randomUUID()}`;
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeSync(file, `${JSON.stringify({ schema: KEY_FILE_SCHEMA, keys }, null, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, this.path);
  }

  private takeLock(lock: string, nowMs: number): void {
    const held = statSync(lock, { throwIfNoEntry: false });
    if (held !== undefined && nowMs - held.mtimeMs > LOCK_STALE_MS) rmSync(lock, { force: true });
    try {
      closeSync(openSync(lock, 'wx', 0o600));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw new KeyFileError(`${this.path} is being changed by another program; try again`);
    }
  }
}
