import { Worker } from 'node:worker_threads';
import type { Bench, BenchOptions, BenchResult, RoundResult } from '../harness/comparison.ts';
import { median } from '../harness/comparison.ts';
import { comparePaired } from '../harness/paired-rounds.ts';
import { loadMarketFrames } from '../codec/market-frames.ts';
import { buildTickLoop, type TickLoop } from '../tick/tick-frames.ts';
import { TickRig } from '../tick/tick-rig.ts';
import { tickChecksum, tickFigures } from '../tick/tick-stages.ts';
import type { ClosesRound } from './closes-round.ts';

const SUMMARY =
  'tick-to-order with and without 64 symbols closing their bars at once, several times a second';
const SYMBOLS = 64;
const SMOKE_SYMBOLS = 2;
/** All symbols close a minute, and what ends with it, so often: an engine does so once a minute. */
const EVERY_MS = 250;
const PER_SECOND = 1_000;
const TICKS = 8_000;
const TICKS_SMOKE = 200;
const WARM_UP_TICKS = 20_000;
const WARM_UP_TICKS_SMOKE = 300;
const LOOP_FRAMES_SMOKE = 100;
const ALONE = 'alone';
const BESIDE = 'beside closes';

/** The slow path on threads of its own, closing bars until it is stopped. */
class ClosingThread {
  private readonly thread: Worker;

  constructor(symbols: number) {
    const workerData: ClosesRound = { symbols, threads: 1, rssBefore: 0, everyMs: EVERY_MS };
    this.thread = new Worker(new URL('./closes-round.ts', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 8 },
    });
  }

  /** Resolves when everything from before the start has been analysed. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.thread.on('message', (message: unknown) => {
        if (message === 'ready') resolve();
      });
      this.thread.on('error', reject);
    });
  }

  /** Ends it. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.thread.on('exit', () => resolve());
      this.thread.postMessage('stop');
    });
  }
}

interface Work {
  readonly loop: TickLoop;
  readonly isSmoke: boolean;
  /** p99 by round. */
  readonly tails: Map<string, number[]>;
}

async function runOnce({ loop, isSmoke, tails }: Work, symbols: number): Promise<RoundResult> {
  const ticks = isSmoke ? TICKS_SMOKE : TICKS;
  const warmUpTicks = isSmoke ? WARM_UP_TICKS_SMOKE : WARM_UP_TICKS;
  const closing = symbols === 0 ? null : new ClosingThread(symbols);
  await closing?.ready();
  const rig = new TickRig({
    topology: 'fused',
    idle: 'spin',
    loop,
    ticksMax: Math.max(warmUpTicks, ticks),
    isRehearsing: !isSmoke,
  });
  try {
    await rig.start();
    const warmTicks = await rig.run({ kind: 'closed', ticks: warmUpTicks });
    const warm = tickFigures(rig.log, warmTicks, loop, 0);
    await rig.run({ kind: 'paced', perSecond: PER_SECOND, ticks });
    const figures = tickFigures(rig.log, ticks, loop, warmTicks);
    const sorted = figures.latenciesNs.toSorted();
    const name = symbols === 0 ? ALONE : BESIDE;
    tails.set(name, [...(tails.get(name) ?? []), sorted[Math.floor(0.99 * sorted.length)]]);
    return {
      value: sorted[sorted.length >> 1],
      checksum: tickChecksum(loop, [warm, figures]),
      operations: figures.latenciesNs.length,
      gc: await rig.gc(),
      latenciesNs: figures.latenciesNs,
      settings: { processors: rig.pinning },
    };
  } finally {
    await rig.close();
    await closing?.stop();
  }
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const { isSmoke } = options;
  const loop = buildTickLoop(await loadMarketFrames(isSmoke), isSmoke ? LOOP_FRAMES_SMOKE : Infinity);
  const work: Work = { loop, isSmoke, tails: new Map() };
  const symbols = isSmoke ? SMOKE_SYMBOLS : SYMBOLS;
  const comparison = await comparePaired(
    {
      title: `tick-to-order beside ${symbols} symbols that close every ${EVERY_MS} ms`,
      unit: 'ns, p50',
      better: 'lower',
      isOwn: true,
      method:
        `value: p50 of the round, fused, spin, ${PER_SECOND} ticks/s, an order per tick, every round a new engine; beside it ` +
        'the analysis actor and one thread of its pool, in the same process',
      rivals: [
        { name: ALONE, run: async () => await runOnce(work, 0) },
        { name: BESIDE, run: async () => await runOnce(work, symbols) },
      ],
    },
    options,
  );
  const alone = work.tails.get(ALONE) ?? [];
  const ratios = (work.tails.get(BESIDE) ?? []).map((p99, round) => p99 / alone[round]);
  const spread = `[${Math.min(...ratios).toFixed(2)} .. ${Math.max(...ratios).toFixed(2)}]`;
  const note = `p99 ${BESIDE}: ${median(ratios).toFixed(2)}x of that ${ALONE} ${spread}, over the rounds`;
  return { name: closesTax.name, summary: SUMMARY, comparisons: [comparison], notes: [note] };
}

/** What the slow path costs the orders. */
export const closesTax: Bench = { name: 'closes-tax', summary: SUMMARY, run };
