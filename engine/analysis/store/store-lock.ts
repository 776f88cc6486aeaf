import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { StoreError } from './store-error.ts';

const FILE = 'writer.lock';
/** Locks taken by this thread. */
let taken = 0;

/**
 * Takes the store in `folder` for writing; the returned function gives it back. The lock of a dead process is taken over,
 * and so is that of a thread of this process that died while it wrote: `writer` names those who write one after the other,
 * so that whoever else of them has the lock is gone.
 * @throws StoreError BARS_LOCKED while another one writes
 */
export function lockStore(folder: string, writer: string = ''): () => void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, FILE);
  const own = `${process.pid} ${writer} ${threadId}.${++taken}`;
  for (let attempt = 0; ; attempt++) {
    try {
      const descriptor = openSync(path, 'wx');
      writeSync(descriptor, `${own}\n`);
      closeSync(descriptor);
      return () => giveBack(path, own);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = holderOf(path);
    if (attempt > 0 || isWriting(holder, writer))
      throw new StoreError('BARS_LOCKED', `${folder}: process ${holder.pid} is writing to this bar store`);
    rmSync(path, { force: true });
  }
}

interface Holder {
  readonly pid: number;
  readonly writer: string;
}

function holderOf(path: string): Holder {
  const [pid = '0', writer = ''] = textOf(path).trim().split(' ');
  return { pid: Number(pid), writer };
}

/** Whoever took the lock over keeps it. */
function giveBack(path: string, own: string): void {
  if (textOf(path).trim() === own) rmSync(path, { force: true });
}

/** Empty when there is no such file any more. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function isWriting({ pid, writer }: Holder, self: string): boolean {
  const isPredecessor = pid === process.pid && writer !== '' && writer === self;
  return !isPredecessor && isAlive(pid);
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
