import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type {
  Bench,
  BenchOptions,
  BenchResult,
  Comparison,
  Rival,
  RoundResult,
} from '../harness/comparison.ts';
import { loadRecording } from '../codec/market-frames.ts';
import { comparePaired } from '../harness/paired-rounds.ts';
import type { ReplayJob, ReplayOutcome } from './replay-thread.ts';

const RECORDINGS: readonly string[] = [
  'captures/binance-spot-btcusdt-20240808.frames.gz',
  'captures/binance-spot-ethusdt-20240808.frames.gz',
];
const FRAMES_SMOKE = 2_000;
/** The pass that counts as warm. */
const WARM_PASSES = 4;

const SUMMARY = 'recorded files through the whole engine';

async function replayOn(job: ReplayJob): Promise<ReplayOutcome> {
  const worker = new Worker(new URL('./replay-thread.ts', import.meta.url), { workerData: job });
  const ended = once(worker, 'exit');
  const [outcome] = (await once(worker, 'message')) as [ReplayOutcome];
  await ended;
  return outcome;
}

function rivalsOf(file: string | null, framesMax: number): Rival[] {
  const rival = (name: string, passes: number, isHalf: boolean): Rival => ({
    name,
    run: async (): Promise<RoundResult> => {
      const { frames, framesPerSecond, secondHalfPerSecond, digest, gc } = await replayOn({
        file,
        framesMax,
        passes,
      });
      const value = isHalf ? secondHalfPerSecond : framesPerSecond;
      return { value, checksum: digest, operations: frames, gc };
    },
  });
  return [
    rival('first pass', 1, false),
    rival('first pass, second half', 1, true),
    rival('warm pass', WARM_PASSES, false),
    rival('warm pass, second half', WARM_PASSES, true),
  ];
}

async function compareFile(file: string | null, options: BenchOptions): Promise<Comparison> {
  const name = file === null ? 'frames made up' : file.replace(/^captures\/|\.frames\.gz$/g, '');
  return await comparePaired(
    {
      title: `replay, ${name}`,
      unit: 'frames/s',
      better: 'higher',
      isOwn: true,
      method: [
        'value: frames a second, paper mode, momentum; every round a new thread;',
        `first pass: nothing compiled, no warm-up; warm pass: the ${WARM_PASSES}th on one thread;`,
        'checksum: over all records of the forward rings',
      ].join(' '),
      rivals: rivalsOf(file, options.isSmoke ? FRAMES_SMOKE : Infinity),
    },
    options,
  );
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const present: string[] = [];
  const notes: string[] = [];
  for (const file of RECORDINGS) {
    const capture = await loadRecording(file);
    if (capture === null) notes.push(`skipped, not there: ${file}`);
    else present.push(file);
  }
  const files = options.isSmoke ? present.slice(0, 1) : present;
  const comparisons: Comparison[] = [];
  if (files.length === 0) comparisons.push(await compareFile(null, options));
  for (const file of files) comparisons.push(await compareFile(file, options));
  return { name: 'replay', summary: SUMMARY, comparisons, notes };
}

/** Frames a second through all five actors with a simulated clock. */
export const replay: Bench = { name: 'replay', summary: SUMMARY, run };
