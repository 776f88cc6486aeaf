import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** The three ways in which a store changes its folder; each is on disk when it returns. */
export class DurableFiles {
  /** Writes a whole file under a name nobody reads yet. */
  write(path: string, bytes: Uint8Array): void {
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(path, 'w');
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at, bytes.length - at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    syncFolder(dirname(path));
  }

  /** Puts a written file in the place of another, at once or not at all. */
  replace(from: string, to: string): void {
    renameSync(from, to);
    syncFolder(dirname(to));
  }

  /** Removes a file nobody reads any more. */
  remove(path: string): void {
    rmSync(path, { force: true });
  }
}

/** A name is only on disk when its folder is; systems without that notion refuse, which is no fault. */
function syncFolder(path: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(descriptor);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'EINVAL' && code !== 'EISDIR') throw error;
  } finally {
    closeSync(descriptor);
  }
}
