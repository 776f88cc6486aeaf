import { Worker } from 'node:worker_threads';
import { TIMEFRAMES } from '../../engine/analysis/bars/timeframe.ts';
import type { Bench, BenchOptions, BenchResult, Rival, RoundResult } from '../harness/comparison.ts';
import { comparePaired } from '../harness/paired-rounds.ts';
import type { ClosesRound } from './closes-round.ts';

const SUMMARY =
  'all timeframes of 64 symbols closing at once, from the trades that close them to the last frame';
const MEMORY_NOTE =
  'the memory added is that of the last round: a process that has done a round gives little back; --runs 1 --only "pool of 1" tells it';
const SYMBOLS = 64;
const SMOKE_SYMBOLS = 2;
/** Limits of the slow path's thread in an engine. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 8 };

/** A round on a thread of its own; rejects with what it threw. */
function round(symbols: number, threads: number): Promise<RoundResult> {
  const workerData: ClosesRound = { symbols, threads, rssBefore: process.memoryUsage.rss(), everyMs: null };
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./closes-round.ts', import.meta.url), {
      workerData,
      resourceLimits: RESOURCE_LIMITS,
    });
    let result: RoundResult | null = null;
    thread.on('message', (message: RoundResult) => (result = message));
    thread.on('error', reject);
    thread.on('exit', (code) => {
      if (result === null) reject(new Error(`the round ended with ${code} and said nothing`));
      else resolve(result);
    });
  });
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const count = options.isSmoke ? SMOKE_SYMBOLS : SYMBOLS;
  const rival = (threads: number): Rival => ({
    name: `pool of ${threads}`,
    run: () => round(count, threads),
  });
  const comparison = await comparePaired(
    {
      title: `${count} symbols x ${TIMEFRAMES.length} timeframes close at once`,
      unit: 'ms to the last frame',
      better: 'lower',
      method:
        'each round begins anew from a made-up past; warm-up: three minutes of trades; ' +
        'from the trades that close all bars to the last published frame, ' +
        'real pool threads, the actor turned without pause; hot path not running',
      rivals: [rival(1), rival(2)],
      isOwn: true,
    },
    options,
  );
  return { name: closes.name, summary: SUMMARY, comparisons: [comparison], notes: [MEMORY_NOTE] };
}

/** Everything closing at once. */
export const closes: Bench = { name: 'closes', summary: SUMMARY, run };
