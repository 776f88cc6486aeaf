import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { NativeRoom } from '../native/native-room.ts';
import type { ThreadAffinity } from '../native/thread-affinity.ts';

/** Keeps threads, by their kernel ids, to processors. Null, or a sentence that says why that could not be done. */
export type KeepThreads = (
  threadIds: readonly number[],
  processors: readonly number[],
) => Promise<string | null>;

/** By native calls where they are at hand, by the program `taskset` otherwise. */
export function threadKeeper(room: NativeRoom | null): KeepThreads {
  if (room === null) return taskset;
  return (threadIds, processors) => Promise.resolve(keepNatively(room.affinity, threadIds, processors));
}

function keepNatively(
  affinity: ThreadAffinity,
  threadIds: readonly number[],
  processors: readonly number[],
): string | null {
  const refused = threadIds.filter((id) => !affinity.restrict(id, processors) && isThere(id));
  if (refused.length === 0) return null;
  return `the kernel does not keep threads ${refused.join(', ')} to cpu ${processors.join(',')}`;
}

/**
 * Pins the process's threads with a given name to one processor (a worker's name is its thread name on Linux). Returns a
 * sentence that says what was done or why not; never throws: the engine also works unpinned. Main thread.
 */
export async function pinThread(
  threadName: string,
  cpu: number,
  keep: KeepThreads = taskset,
): Promise<string> {
  if (process.platform !== 'linux') return `pinning is not available on ${process.platform}`;
  const threadIds = threadIdsNamed(threadName);
  if (threadIds.length === 0) return `no thread named "${threadName}"`;
  return (await keep(threadIds, [cpu])) ?? `thread "${threadName}" pinned to cpu ${cpu}`;
}

/** Which processors the hot threads get and which are left to all others. */
export interface ProcessorPlan {
  /** By the order of the hot threads. */
  readonly hot: readonly number[];
  readonly others: readonly number[];
}

/**
 * Gives each hot thread a processor of its own, the last ones when the engine may choose, and the rest to everything
 * else of the process, so that nothing competes with a hot thread. Pure. Returns a sentence when that cannot be.
 */
export function planProcessors(
  choice: true | readonly number[],
  hotThreadCount: number,
  allowed: readonly number[],
): ProcessorPlan | string {
  const hot = choice === true ? allowed.slice(-hotThreadCount) : choice.slice(0, hotThreadCount);
  const missing = hot.filter((cpu) => !allowed.includes(cpu));
  if (missing.length > 0) return `not pinned: this process may not use cpu ${missing.join(', ')}`;
  const others = allowed.filter((cpu) => !hot.includes(cpu));
  if (others.length === 0) {
    return `not pinned: ${hotThreadCount} hot threads on ${allowed.length} processors leave none for the others`;
  }
  return { hot, others };
}

/** The processors this process may use; empty where the platform does not say. */
export function allowedProcessors(): number[] {
  if (process.platform !== 'linux') return [];
  const list = /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/**
 * Moves every thread of the process to `processors`; threads started later inherit that. Returns a sentence that says
 * what was done or why not. Main thread, before hot threads start.
 */
export async function confineProcess(
  processors: readonly number[],
  keep: KeepThreads = taskset,
): Promise<string> {
  if (process.platform !== 'linux') return `pinning is not available on ${process.platform}`;
  const failure = await keep(threadIds(), processors);
  return failure ?? `all threads but the hot ones kept to cpu ${processors.join(',')}`;
}

function threadIds(): number[] {
  return readdirSync('/proc/self/task').map(Number);
}

function isThere(threadId: number): boolean {
  return existsSync(`/proc/self/task/${threadId}`);
}

/** Kernel ids of this process's threads whose name (cut at 15 bytes by the kernel) is `threadName`. */
export function threadIdsNamed(threadName: string): number[] {
  const wanted = threadName.slice(0, 15);
  const found: number[] = [];
  for (const id of threadIds()) {
    try {
      if (readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim() === wanted) found.push(id);
    } catch {
      continue; // the thread ended meanwhile
    }
  }
  return found;
}

async function taskset(threadIds: readonly number[], processors: readonly number[]): Promise<string | null> {
  const failures: string[] = [];
  for (const id of threadIds) {
    const failure = await run(['-cp', processors.join(','), String(id)]);
    if (failure !== null && isThere(id)) failures.push(failure);
  }
  return failures.length === 0 ? null : failures.join('; ');
}

function run(args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('taskset', args, (error) => {
      resolve(error === null ? null : `taskset ${args.join(' ')}: ${error.message}`);
    });
  });
}
