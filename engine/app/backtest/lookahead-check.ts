import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { siblingModule } from '../../core/sibling-module.ts';
import type { lookaheadTask, LookaheadTask, Rerun } from './lookahead-task.ts';
import type { MarketTape } from './market-tape.ts';
import { ProgressLine } from './progress-line.ts';
import type { TapeSpec } from './read-tape.ts';
import type { RunSpec } from './run-backtest.ts';
import type { Decision, RunLog } from './run-log.ts';

/** Version of the finding's shape. */
export const LOOKAHEAD_SCHEMA = 'shrike.lookahead/1';

/** A decision that was another one when the future was missing. */
export interface LookaheadDifference {
  /** Where the data of the rerun ended, ms since the epoch. */
  readonly cutMs: number;
  /** When the decisions part, ms since the epoch. */
  readonly atMs: number;
  /** What was decided with the whole data, and without what came after the cut; null = nothing more. */
  readonly whole: string | null;
  readonly cut: string | null;
}

/** What a check found. */
export interface LookaheadFinding {
  readonly schema: typeof LOOKAHEAD_SCHEMA;
  readonly strategy: string;
  readonly cuts: number;
  /** Decisions of the whole run that were made again by a rerun. */
  readonly decisionsCompared: number;
  readonly differences: readonly LookaheadDifference[];
}

/** Reruns; their ends divide the data evenly. */
const CUTS = 6;
const TASK: keyof { lookaheadTask: typeof lookaheadTask } = 'lookaheadTask';

/** Runs a task in a thread that has run no strategy before. */
export type RunElsewhere = (task: LookaheadTask) => Promise<Rerun>;

/**
 * Runs the strategy again over the beginning of the data, up to several moments, each time in a thread of its own: what it
 * decided until such a moment must not depend on what came later. A strategy that is not a function of what it was shown
 * (the machine's clock, its own randomness, files) is found as well.
 */
export async function checkLookahead(
  spec: TapeSpec,
  run: RunSpec,
  tape: MarketTape,
  whole: RunLog,
  runElsewhere: RunElsewhere = inFreshThread,
): Promise<LookaheadFinding> {
  const progress = new ProgressLine('reruns', CUTS);
  const epochMs = (ns: number): number => Math.round(tape.firstEpochUs / 1_000 + ns / 1e6);
  const cutsMs = Array.from({ length: CUTS }, (_, index) =>
    epochMs((tape.lastNs * (index + 1)) / (CUTS + 1)),
  );
  const differences: LookaheadDifference[] = [];
  let compared = 0;
  let done = 0;
  const waiting = [...cutsMs];
  const work = async (): Promise<void> => {
    for (let cutMs = waiting.shift(); cutMs !== undefined; cutMs = waiting.shift()) {
      const rerun = await runElsewhere({ tape: { ...spec, toMs: cutMs }, run });
      const before = whole.decisions.filter(({ atNs }) => atNs <= rerun.lastNs);
      const again = rerun.decisions.filter(({ atNs }) => atNs <= rerun.lastNs);
      compared += before.length;
      const found = firstDifference(before, again);
      if (found !== null)
        differences.push({ cutMs, atMs: epochMs(found.atNs), whole: found.whole, cut: found.cut });
      progress.step(++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CUTS, availableParallelism()) }, work));
  progress.finish();
  return {
    schema: LOOKAHEAD_SCHEMA,
    strategy: run.strategy.name,
    cuts: CUTS,
    decisionsCompared: compared,
    differences: differences.sort((a, b) => a.cutMs - b.cutMs),
  };
}

/** A finding as people read it. */
export function lookaheadText({ strategy, cuts, decisionsCompared, differences }: LookaheadFinding): string {
  const reruns = `${cuts} reruns over the beginning of the data, ${decisionsCompared} decisions compared`;
  if (differences.length === 0) {
    return decisionsCompared === 0
      ? `${strategy}: ${reruns}: it decided nothing, so nothing is proved`
      : `${strategy} does not look ahead: ${reruns}, all alike`;
  }
  const lines = differences.map(({ cutMs, atMs, whole, cut }) => {
    const time = new Date(atMs).toISOString();
    const end = new Date(cutMs).toISOString();
    return `- data up to ${end}: at ${time} ${cut ?? 'nothing'} instead of ${whole ?? 'nothing'}`;
  });
  return [`${strategy} DECIDES OTHERWISE when the future is missing: ${reruns}`, ...lines].join('\n');
}

async function inFreshThread(task: LookaheadTask): Promise<Rerun> {
  // A pool of its own: a thread that was used before would still hold what the strategy's module has kept.
  const pool = new Piscina({
    filename: siblingModule('./lookahead-task', import.meta.url).href,
    name: TASK,
    minThreads: 0,
    maxThreads: 1,
    atomics: 'disabled',
    recordTiming: false,
  });
  try {
    return (await pool.run(task)) as Rerun;
  } finally {
    await pool.destroy();
  }
}

function firstDifference(
  whole: readonly Decision[],
  cut: readonly Decision[],
): { atNs: number; whole: string | null; cut: string | null } | null {
  for (let index = 0; index < Math.max(whole.length, cut.length); index++) {
    const [a, b] = [whole[index], cut[index]] as (Decision | undefined)[];
    if (a?.text === b?.text && a?.atNs === b?.atNs) continue;
    return {
      atNs: Math.min(a?.atNs ?? Infinity, b?.atNs ?? Infinity),
      whole: a?.text ?? null,
      cut: b?.text ?? null,
    };
  }
  return null;
}
