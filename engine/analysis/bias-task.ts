import { computeBias } from './bias-model.ts';
import type { Bias, BiasTask } from './bias-model.ts';

/** The pool's worker file: one task, one bias (null = no view). Runs on a pool thread; a throw rejects the task. */
export function biasTask(task: BiasTask): Bias | null {
  return computeBias(task);
}
