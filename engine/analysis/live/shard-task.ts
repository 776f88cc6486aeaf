import { AnalysisShard } from './analysis-shard.ts';
import type { ShardAnswer, ShardTask } from './symbol-task.ts';

const shard = new AnalysisShard();

/** The pool's worker file: one task of one shard. Runs on a pool thread, which keeps what it analyses. */
export function shardTask(task: ShardTask): ShardAnswer {
  return shard.run(task);
}
