import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { syncDirectory } from './segment-writer.ts';

/** The steps by which files come and go; a process may die between any two. Paths are whole. Blocks. */
export interface DurableFiles {
  /** Makes the file with this content, or makes it anew, and syncs it. */
  write(path: string, parts: readonly Uint8Array[]): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes what happened to a folder's names durable. */
  syncDirectory(path: string): void;
}

/** The steps on the disk. */
export const DISK: DurableFiles = {
  write: (path, parts) => {
    const fd = openSync(path, 'w', 0o600);
    try {
      for (const part of parts) writeWhole(fd, part);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  },
  rename: renameSync,
  remove: unlinkSync,
  syncDirectory,
};

function writeWhole(fd: number, part: Uint8Array): void {
  for (let from = 0; from < part.length;) from += writeSync(fd, part, from);
}
