import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CandleAggregator } from '../../engine/analysis/bars/aggregate.ts';
import { candleAt } from '../../engine/analysis/bars/candle-columns.ts';
import { readCandleFile } from '../../engine/analysis/bars/candle-file.ts';
import type { ClosedCandle } from '../../engine/analysis/bars/candle.ts';
import { requireTimeframe, type Timeframe, TIMEFRAMES } from '../../engine/analysis/bars/timeframe.ts';
import { makeReport } from '../../engine/analysis/report/make-report.ts';
import { reportInputsOf } from '../../engine/analysis/report/report-inputs.ts';
import { buildContext } from '../../engine/analysis/symbol/build-context.ts';
import { outputOf } from '../../engine/analysis/symbol/output.ts';
import { ANCHOR, SymbolAnalysis } from '../../engine/analysis/symbol/symbol-analysis.ts';
import { Prng } from '../../engine/core/prng.ts';
import type { Bench, BenchOptions, BenchResult } from '../harness/comparison.ts';
import { microMethod, microRival, type MicroSettings, SMOKE_MICRO } from '../harness/micro.ts';
import { comparePaired, type ComparisonPlan } from '../harness/paired-rounds.ts';

const FULL_MICRO: MicroSettings = { timeMs: 0, passesMin: 3, warmupMs: 0, warmupPassesMin: 1 };
const FINEST = requireTimeframe('5m');
const FRAMES = TIMEFRAMES.filter(({ lengthMs }) => lengthMs >= FINEST.lengthMs);
const RECORDING = 'candles/btcusdt-5m-2024H1a.csv.gz';
const CANDLES = 12_000;
const SMOKE_CANDLES = 300;
const SEED = 20240101;
const START_MS = 1_704_067_200_000;
const TICK = 0.01;

/** A bar as it is fed: of those that close together the longest first. */
interface Fed {
  readonly timeframe: Timeframe;
  readonly bar: ClosedCandle;
}

/** Five-minute candles of the recording, or made-up ones where it is absent. */
async function candlesOf(isSmoke: boolean): Promise<{ source: string; candles: ClosedCandle[] }> {
  const count = isSmoke ? SMOKE_CANDLES : CANDLES;
  const root = process.env['MARKET_DATA_DIR'] ?? resolve(import.meta.dirname, '../../..', 'shared', 'data');
  const path = join(root, RECORDING);
  if (!existsSync(path)) return { source: `made up, seed ${SEED}`, candles: madeUp(count) };
  const columns = await readCandleFile(path);
  return {
    source: RECORDING,
    candles: Array.from({ length: count }, (_, index) => candleAt(columns, index)),
  };
}

function madeUp(count: number): ClosedCandle[] {
  const prng = new Prng(SEED);
  let close = 40_000;
  return Array.from({ length: count }, (_, index) => {
    const open = close;
    close = open * (1 + prng.nextNormal() * 0.001);
    const high = Math.max(open, close) * (1 + prng.nextFloat() * 0.0005);
    const low = Math.min(open, close) * (1 - prng.nextFloat() * 0.0005);
    const openTimeMs = START_MS + index * FINEST.lengthMs;
    return {
      kind: 'closed',
      openTimeMs,
      open,
      high,
      low,
      close,
      volume: prng.nextFloat() * 100,
      isComplete: true,
    };
  });
}

/** The candles with the longer ones they make. */
function withLonger(candles: readonly ClosedCandle[]): Fed[] {
  const aggregators = FRAMES.slice(1).map((to) => new CandleAggregator(FINEST, to));
  return candles.flatMap((bar) => {
    const made = aggregators.flatMap((aggregator) => {
      const longer = aggregator.push(bar);
      return longer === null ? [] : [{ timeframe: aggregator.to, bar: longer }];
    });
    return [...made.reverse(), { timeframe: FINEST, bar }];
  });
}

/** Feeds everything, does `onClose` after every five minutes, and sums up the scores seen. */
function passOf(tape: readonly Fed[], onClose: (analysis: SymbolAnalysis) => void): () => number {
  return () => {
    const analysis = new SymbolAnalysis('BTCUSDT', FRAMES, TICK);
    let sum = 0;
    for (const { timeframe, bar } of tape) {
      analysis.update(timeframe, bar);
      if (timeframe !== FINEST) continue;
      onClose(analysis);
      const { score } = analysis.finest.metrics;
      if (!Number.isNaN(score)) sum = (Math.imul(sum, 31) + Math.round(score * 1e6)) | 0;
    }
    return sum;
  };
}

function fullContext(analysis: SymbolAnalysis): void {
  outputOf(buildContext(analysis, analysis.profiles.read(analysis.of(ANCHOR))), analysis.tick);
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const settings = options.isSmoke ? SMOKE_MICRO : FULL_MICRO;
  const { source, candles } = await candlesOf(options.isSmoke);
  const tape = withLonger(candles);
  const rival = (name: string, onClose: (analysis: SymbolAnalysis) => void): ReturnType<typeof microRival> =>
    microRival(name, tape.length, passOf(tape, onClose), settings);
  const plan: ComparisonPlan = {
    title: 'analysis of a symbol, bar by bar',
    unit: 'ns/bar',
    better: 'lower',
    method:
      `${tape.length} bars of 5m to 1w a pass, from ${candles.length} of 5m; after every 5m close what the name says; ` +
      microMethod(settings),
    rivals: [
      rival('metrics and patterns', () => {}),
      rival('with levels, profiles, context and output', fullContext),
      rival('with the deep report', (analysis) => makeReport(reportInputsOf(analysis))),
    ],
    isOwn: true,
  };
  const notes = [`candles: ${source}`, 'one thread, no pool; 1e9 / value = bars a second'];
  return {
    name: analysis.name,
    summary: analysis.summary,
    comparisons: [await comparePaired(plan, options)],
    notes,
  };
}

/** The slow path's work per closed bar. */
export const analysis: Bench = {
  name: 'analysis',
  summary: 'closed bars through metrics, levels, profiles, confluence and report of one symbol',
  run,
};
