import { Piscina } from 'piscina';
import { siblingModule } from '../../core/sibling-module.ts';
import { ProgressLine } from '../backtest/progress-line.ts';
import type { TapeSpec } from '../backtest/read-tape.ts';
import type { RunSpec } from '../backtest/run-backtest.ts';
import type { ParameterRange } from './parameter-range.ts';
import type { ParameterSets } from './parameter-sets.ts';
import type { SetResult } from './set-result.ts';
import type { setTask, SetTask } from './set-task.ts';

const TASK: keyof { setTask: typeof setTask } = 'setTask';

/** What is run: every set that has no result yet. */
export interface SetsSpec {
  readonly tape: TapeSpec;
  readonly run: RunSpec;
  readonly ranges: readonly ParameterRange[];
  readonly sets: ParameterSets;
  readonly workers: number;
}

/**
 * Runs the sets that `isDone` says nothing of on pool threads, in their order; `take` hears of each result as it comes, on
 * the main thread. Only as many tasks as there are threads are on their way, so memory does not grow with the sets.
 * Returns early, with threads ended, when the signal is aborted; rejects when a run failed or `take` threw.
 */
export async function runSets(
  spec: SetsSpec,
  isDone: (set: number) => boolean,
  take: (result: SetResult) => void,
  signal: AbortSignal,
): Promise<void> {
  const { tape, run, ranges, sets, workers } = spec;
  const wanted: number[] = [];
  for (let set = 0; set < sets.count; set++) if (!isDone(set)) wanted.push(set);
  if (wanted.length === 0) return;
  const pool = new Piscina({
    filename: siblingModule('./set-task', import.meta.url).href,
    name: TASK,
    minThreads: 0,
    maxThreads: Math.min(workers, wanted.length),
    concurrentTasksPerWorker: 1,
    atomics: 'disabled',
    recordTiming: false,
  });
  const progress = new ProgressLine('parameter sets', wanted.length);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < wanted.length && !signal.aborted) {
      const set = wanted[next++];
      const values = sets.at(set);
      const params = Object.fromEntries(ranges.map(({ name }, index) => [name, values[index]]));
      const task: SetTask = { set, tape, run, params };
      take((await pool.run(task, { signal })) as SetResult);
      progress.step(++done);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(workers, wanted.length) }, work));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    progress.finish();
    await pool.destroy();
  }
}
