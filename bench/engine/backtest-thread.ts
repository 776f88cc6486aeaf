/** Backtests recorded frames or a year of made-up candles on a thread that has done nothing before, several times. */
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { instrumentsOfCapture } from '../../adapters/binance-spot/recorded-instruments.ts';
import { CandleColumnsBuilder } from '../../engine/analysis/bars/candle-columns.ts';
import { requireTimeframe } from '../../engine/analysis/bars/timeframe.ts';
import { backtestText } from '../../engine/app/backtest/backtest-text.ts';
import { candleInstrument } from '../../engine/app/backtest/candle-instrument.ts';
import { CandleTape } from '../../engine/app/backtest/candle-tape.ts';
import { FrameTape } from '../../engine/app/backtest/market-tape.ts';
import type { MarketTape } from '../../engine/app/backtest/market-tape.ts';
import { runTape } from '../../engine/app/backtest/run-backtest.ts';
import { backtestConfig } from '../../engine/app/backtest/run-models.ts';
import { summariseRun } from '../../engine/app/backtest/summarise-run.ts';
import { loadConfig } from '../../engine/app/config/config.ts';
import { configuredStrategy } from '../../engine/app/strategy/strategy-check.ts';
import { Prng } from '../../engine/core/prng.ts';
import { GcWatch } from '../harness/gc-watch.ts';
import type { GcCount } from '../harness/gc-watch.ts';
import { loadRecording, syntheticCapture } from '../codec/market-frames.ts';

/** What a thread is started with. */
export interface BacktestJob {
  readonly kind: 'frames' | 'candles';
  /** Of the data folder; null: frames made up. */
  readonly file: string | null;
  readonly eventsMax: number;
  readonly passes: number;
}

/** What the last pass came to. */
export interface BacktestOutcome {
  readonly events: number;
  /** Run, summary and report together. */
  readonly eventsPerSecond: number;
  /** The run alone. */
  readonly playedPerSecond: number;
  readonly orders: number;
  readonly digest: string;
  readonly gc: GcCount;
}

const FIRST_MS = Date.UTC(2023, 0, 1);
const CANDLE_SEED = 5;
const SUNDRY = ['mode=paper', 'venue.name=binance-spot', 'log.level=fatal'];

/** A walk of five-minute candles around 40,000. */
function madeUpCandles(count: number): CandleTape {
  const random = new Prng(CANDLE_SEED);
  const builder = new CandleColumnsBuilder();
  let open = 40_000;
  for (let index = 0; index < count; index++) {
    const close = Math.max(1_000, open * (1 + random.nextNormal() * 0.0012));
    const high = Math.max(open, close) * (1 + random.nextFloat() * 0.0008);
    const low = Math.min(open, close) * (1 - random.nextFloat() * 0.0008);
    const cents = (price: number): number => Math.round(price * 100) / 100;
    const volume = Math.round((5 + random.nextFloat() * 200) * 1e5) / 1e5;
    builder.add(FIRST_MS + index * 300_000, cents(open), cents(high), cents(low), cents(close), volume);
    open = cents(close);
  }
  const columns = builder.finish(requireTimeframe('5m'));
  const instrument = candleInstrument('BTCUSDT', 'binance-spot', 0, columns);
  return new CandleTape([{ instrument, columns }], ['made up'], { spreadBps: 2, depthPct: 1 });
}

async function tapeOf({ kind, file, eventsMax }: BacktestJob): Promise<MarketTape> {
  if (kind === 'candles') return madeUpCandles(eventsMax);
  const capture = file === null ? syntheticCapture() : await loadRecording(file);
  if (capture === null) throw new Error(`no recording ${file}`);
  return new FrameTape(capture, instrumentsOfCapture(capture), [], [file ?? 'made up'], null);
}

async function run(job: BacktestJob): Promise<BacktestOutcome> {
  const fourTimeframes = fileURLToPath(new URL('./four-timeframes.ts', import.meta.url));
  const name = job.kind === 'frames' ? 'scalper' : fourTimeframes;
  const { config: loaded } = loadConfig({ env: {}, sets: [...SUNDRY, `strategy.name=${name}`] });
  const config = backtestConfig(loaded, job.kind);
  const spec = { config, strategy: configuredStrategy(config), capital: 10_000, fundingFile: null };
  const tape = await tapeOf(job);
  const watch = new GcWatch();
  const digests = new Set<string>();
  let wallMs = 0;
  let playMs = 0;
  let orders = 0;
  for (let pass = 0; pass < job.passes; pass++) {
    await watch.start();
    const beganMs = performance.now();
    const outcome = await runTape(tape, spec, () => {});
    if (outcome.violations.length > 0) throw new Error(outcome.violations.join('; '));
    const text = backtestText(summariseRun(tape, spec, outcome, []));
    wallMs = performance.now() - beganMs;
    if (text === '') throw new Error('the report is empty');
    playMs = outcome.wallMs;
    orders = outcome.log.orders.length;
    digests.add(outcome.digest.slice(0, 16));
  }
  const gc = await watch.stop();
  watch.close();
  const events = tape.eventCount;
  return {
    events,
    eventsPerSecond: (events * 1e3) / wallMs,
    playedPerSecond: (events * 1e3) / playMs,
    orders,
    digest: [...digests].join('/'),
    gc,
  };
}

parentPort!.postMessage(await run(workerData as BacktestJob));
