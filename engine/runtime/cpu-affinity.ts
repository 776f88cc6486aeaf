import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Pins the process's threads with a given name to one processor, through `taskset` (a worker's name is its thread name
 * on Linux). Returns a sentence that says what was done or why not; never throws: pinning is a wish. Main thread.
 */
export async function pinThread(threadName: string, cpu: number): Promise<string> {
  if (process.platform !== 'linux') return `pinning is not available on ${process.platform}`;
  const threadIds = threadIdsNamed(threadName);
  if (threadIds.length === 0) return `no thread named "${threadName}"`;
  const failures: string[] = [];
  for (const threadId of threadIds) {
    const failure = await runTaskset(cpu, threadId);
    if (failure !== null) failures.push(failure);
  }
  return failures.length === 0 ? `thread "${threadName}" pinned to cpu ${cpu}` : failures.join('; ');
}

/** Kernel ids of this process's threads whose name (cut at 15 bytes by the kernel) is `threadName`. */
function threadIdsNamed(threadName: string): number[] {
  const wanted = threadName.slice(0, 15);
  const found: number[] = [];
  for (const id of readdirSync('/proc/self/task')) {
    try {
      if (readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim() === wanted) found.push(Number(id));
    } catch {
      continue; // the thread ended meanwhile
    }
  }
  return found;
}

function runTaskset(cpu: number, threadId: number): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('taskset', ['-cp', String(cpu), String(threadId)], (error) => {
      resolve(
        error === null ? null : `taskset could not pin thread ${threadId} to cpu ${cpu}: ${error.message}`,
      );
    });
  });
}
