import { Piscina } from 'piscina';
import { siblingModule } from '../../core/sibling-module.ts';
import type { shardTask } from './shard-task.ts';
import type { ShardAnswer, ShardTask } from './symbol-task.ts';

/** Runs the tasks of shards somewhere else. A shard has one task at a time. */
export interface ShardPool {
  readonly shardCount: number;
  /** Rejects when the thread died, the task was aborted, or the pool is closed: the shard has then forgotten everything. */
  run(shard: number, task: ShardTask, signal: AbortSignal): Promise<ShardAnswer>;
  close(): Promise<void>;
}

export interface ShardPoolOptions {
  /** Threads, a shard each. */
  readonly shards: number;
  /** Worker file and the name of its exported function; only tests choose another. */
  readonly file?: URL;
  readonly task?: string;
}

const HEAP_MB_MAX = 512;
/** Its garbage is short-lived: collecting it often keeps the process small. */
const YOUNG_MB_MAX = 8;
/** Pool threads yield the processor to the engine's (where the platform has per-thread niceness). */
const NICE_INCREMENT = 10;
/** A shard's thread stays: it keeps the analyses. */
const IDLE_TIMEOUT_MS = 2_147_483_647;
const SHARD_TASK: keyof { shardTask: typeof shardTask } = 'shardTask';

/**
 * A pool in which every shard has a thread of its own, a piscina of one: piscina gives a task to any thread, and a shard's
 * analyses are on one. Threads are started by their first task. Belongs to the analysis thread.
 */
export function openShardPool(options: ShardPoolOptions): ShardPool {
  const pools = Array.from({ length: options.shards }, () => {
    const pool = new Piscina({
      filename: (options.file ?? siblingModule('./shard-task', import.meta.url)).href,
      name: options.task ?? SHARD_TASK,
      minThreads: 0,
      maxThreads: 1,
      maxQueue: 1,
      idleTimeout: IDLE_TIMEOUT_MS,
      concurrentTasksPerWorker: 1,
      atomics: 'disabled',
      recordTiming: false,
      niceIncrement: NICE_INCREMENT,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX, maxYoungGenerationSizeMb: YOUNG_MB_MAX },
    });
    // A worker that dies between tasks is replaced at the next one; without a listener its error would end the thread.
    pool.on('error', () => {});
    return pool;
  });
  return {
    shardCount: options.shards,
    run: async (shard, task, signal) => (await pools[shard].run(task, { signal })) as ShardAnswer,
    close: async () => {
      await Promise.all(pools.map((pool) => pool.destroy()));
    },
  };
}
