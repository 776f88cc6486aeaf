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
import type { BacktestJob, BacktestOutcome } from './backtest-thread.ts';

const RECORDING = 'captures/binance-spot-btcusdt-20240808.frames.gz';
/** A year of five-minute candles. */
const CANDLES = 105_120;
const CANDLES_SMOKE = 2_000;
const WARM_PASSES = 3;

const SUMMARY = 'backtests with risk, queue model and report: recorded frames, and a year of 5m candles';

async function backtestOn(job: BacktestJob): Promise<BacktestOutcome> {
  const worker = new Worker(new URL('./backtest-thread.ts', import.meta.url), { workerData: job });
  const ended = once(worker, 'exit');
  const [outcome] = (await once(worker, 'message')) as [BacktestOutcome];
  await ended;
  return outcome;
}

function rivalsOf(job: Omit<BacktestJob, 'passes'>): Rival[] {
  const rival = (name: string, passes: number): Rival => ({
    name,
    run: async (): Promise<RoundResult> => {
      const { events, eventsPerSecond, digest, gc } = await backtestOn({ ...job, passes });
      return { value: eventsPerSecond, checksum: digest, operations: events, gc };
    },
  });
  return [rival('first pass', 1), rival('warm pass', WARM_PASSES)];
}

async function compare(
  title: string,
  unit: string,
  strategy: string,
  job: Omit<BacktestJob, 'passes'>,
  options: BenchOptions,
): Promise<Comparison> {
  return await comparePaired(
    {
      title: `backtest, ${title}`,
      unit,
      better: 'higher',
      isOwn: true,
      method: [
        `value: ${unit} over making the session, the run, the summary and the report in the terminal's form;`,
        `${strategy}; every round a new thread; first pass: nothing compiled;`,
        `warm pass: number ${WARM_PASSES} on one thread; checksum: over all records of the forward rings`,
      ].join(' '),
      rivals: rivalsOf(job),
    },
    options,
  );
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const hasRecording = (await loadRecording(RECORDING)) !== null;
  const file = hasRecording ? RECORDING : null;
  const eventsMax = options.isSmoke ? CANDLES_SMOKE : CANDLES;
  const comparisons = [
    await compare(
      hasRecording ? 'recorded frames' : 'frames made up',
      'frames/s',
      'scalper, power model',
      { kind: 'frames', file, eventsMax: Infinity },
      options,
    ),
    await compare(
      `${eventsMax} candles of 5m`,
      'candles/s',
      'averages on 5m, 15m, 1h and 4h, through model',
      { kind: 'candles', file: null, eventsMax },
      options,
    ),
  ];
  const notes = hasRecording ? [] : [`skipped, not there: ${RECORDING}`];
  return { name: 'backtest', summary: SUMMARY, comparisons, notes };
}

/** Events a second of a whole backtest. */
export const backtest: Bench = { name: 'backtest', summary: SUMMARY, run };
