import { Piscina } from 'piscina';
import { siblingModule } from '../core/sibling-module.ts';
import type { biasTask } from './bias-task.ts';
import type { Bias, BiasTask } from './bias-model.ts';

/** Computes biases somewhere else. `run` rejects when the task threw, its thread died, or the pool is full or closed. */
export interface BiasPool {
  run(task: BiasTask, signal: AbortSignal): Promise<Bias | null>;
  close(): Promise<void>;
}

export interface BiasPoolOptions {
  /** Most threads at once. */
  readonly threads: number;
  /** Tasks that may wait for a thread; more are refused. */
  readonly queueMax: number;
  /** Worker file and the name of its exported function; only tests choose another. */
  readonly file?: URL;
  readonly task?: string;
}

/** An idle pool thread is ended after this: the pool holds no memory while nothing is computed. */
const IDLE_TIMEOUT_MS = 5_000;
const HEAP_MB_MAX = 96;
/** Pool threads yield the processor to the engine's (where the platform has per-thread niceness). */
const NICE_INCREMENT = 10;
const BIAS_TASK: keyof { biasTask: typeof biasTask } = 'biasTask';

/** A bounded piscina pool without threads until there is work. Belongs to the analysis thread; created at start. */
export function openBiasPool(options: BiasPoolOptions): BiasPool {
  const pool = new Piscina({
    filename: (options.file ?? siblingModule('./bias-task', import.meta.url)).href,
    name: options.task ?? BIAS_TASK,
    minThreads: 0,
    maxThreads: options.threads,
    maxQueue: options.queueMax,
    idleTimeout: IDLE_TIMEOUT_MS,
    concurrentTasksPerWorker: 1,
    atomics: 'disabled',
    recordTiming: false,
    niceIncrement: NICE_INCREMENT,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  });
  // A worker that dies between tasks is replaced at the next one; without a listener its error would end the thread.
  pool.on('error', () => {});
  return new BoundedPool(pool, options.threads + options.queueMax);
}

/** Keeps the bound by itself: piscina 5.3 does not count tasks that wait for the first thread of an empty pool. */
class BoundedPool implements BiasPool {
  private readonly pool: Piscina;
  private readonly tasksMax: number;
  private taskCount = 0;

  constructor(pool: Piscina, tasksMax: number) {
    this.pool = pool;
    this.tasksMax = tasksMax;
  }

  async run(task: BiasTask, signal: AbortSignal): Promise<Bias | null> {
    if (this.taskCount >= this.tasksMax) throw new Error(`the pool has ${this.tasksMax} tasks already`);
    this.taskCount++;
    try {
      return (await this.pool.run(task, { signal })) as Bias | null;
    } finally {
      this.taskCount--;
    }
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}
