import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { siblingModule } from '../../core/sibling-module.ts';
import type { BacktestResult, BandMember } from './backtest-result.ts';
import type { bandTask, BandTask } from './band-task.ts';
import { ProgressLine } from './progress-line.ts';
import type { TapeSpec } from './read-tape.ts';
import type { RunSpec } from './run-backtest.ts';
import { plausibleModels, withModel } from './run-models.ts';
import { bandMember } from './summarise-run.ts';

const TASK: keyof { bandTask: typeof bandTask } = 'bandTask';

/**
 * The same run under every plausible queue model, from the fewest fills to the most; the one that has been run already is
 * taken from its result. The others run on pool threads, as many at once as there are processors.
 */
export async function queueBand(tape: TapeSpec, run: RunSpec, done: BacktestResult): Promise<BandMember[]> {
  const models = plausibleModels(done.data.kind);
  const wanted = models.filter((model) => model !== done.model);
  if (wanted.length === 0) return [bandMember(done.model, done)];
  const pool = new Piscina({
    filename: siblingModule('./band-task', import.meta.url).href,
    name: TASK,
    minThreads: 0,
    maxThreads: Math.min(wanted.length, availableParallelism()),
    concurrentTasksPerWorker: 1,
    atomics: 'disabled',
    recordTiming: false,
  });
  const progress = new ProgressLine('queue models', wanted.length);
  let count = 0;
  try {
    const members = await Promise.all(
      wanted.map(async (model) => {
        const task: BandTask = { tape, run: { ...run, config: withModel(run.config, model) }, model };
        const member = (await pool.run(task)) as BandMember;
        progress.step(++count);
        return member;
      }),
    );
    const all = [...members, bandMember(done.model, done)];
    const known = models.flatMap((model) => all.filter((member) => member.model === model));
    return models.includes(done.model) ? known : [...known, bandMember(done.model, done)];
  } finally {
    progress.finish();
    await pool.destroy();
  }
}
