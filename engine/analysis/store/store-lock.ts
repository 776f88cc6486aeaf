import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from './store-error.ts';

const FILE = 'writer.lock';

/**
 * Takes the store in `folder` for writing; the returned function gives it back. The lock of a dead process is taken
 * over. @throws StoreError BARS_LOCKED while another process writes
 */
export function lockStore(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, FILE);
  for (let attempt = 0; ; attempt++) {
    try {
      const descriptor = openSync(path, 'wx');
      writeSync(descriptor, `${process.pid}\n`);
      closeSync(descriptor);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number(readFileSync(path, 'utf8').trim() || '0');
    if (attempt > 0 || isAlive(pid))
      throw new StoreError('BARS_LOCKED', `${folder}: process ${pid} is writing to this bar store`);
    rmSync(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
