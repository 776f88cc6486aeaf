/** Replays a recording through the whole engine on a thread that has done nothing before, several times. */
import { parentPort, workerData } from 'node:worker_threads';
import { instrumentsOfCapture } from '../../adapters/binance-spot/recorded-instruments.ts';
import { loadConfig } from '../../engine/app/config/config.ts';
import type { EngineConfig } from '../../engine/app/config/config-types.ts';
import { EngineLog } from '../../engine/app/run/engine-log.ts';
import { ReplaySession } from '../../engine/app/replay/replay-session.ts';
import { configuredStrategy } from '../../engine/app/strategy/strategy-check.ts';
import { recvNsOf } from '../../engine/market-data/capture-file.ts';
import type { Capture } from '../../engine/market-data/capture-file.ts';
import { GcWatch } from '../harness/gc-watch.ts';
import type { GcCount } from '../harness/gc-watch.ts';
import { loadRecording, syntheticCapture } from '../codec/market-frames.ts';

/** What a thread is started with. */
export interface ReplayJob {
  /** Of the data folder; null: made up. */
  readonly file: string | null;
  readonly framesMax: number;
  readonly passes: number;
}

/** What the last pass came to. */
export interface ReplayOutcome {
  readonly frames: number;
  readonly framesPerSecond: number;
  readonly secondHalfPerSecond: number;
  readonly digest: string;
  readonly gc: GcCount;
}

interface Pass {
  readonly frames: number;
  readonly wholeMs: number;
  readonly secondHalfMs: number;
  readonly digest: string;
}

async function pass(capture: Capture, config: EngineConfig, framesMax: number): Promise<Pass> {
  const instruments = instrumentsOfCapture(capture);
  const log = new EngineLog(config);
  const session = new ReplaySession(
    config,
    instruments,
    capture.firstEpochUs,
    configuredStrategy(config),
    log,
  );
  await session.start();
  const frames = Math.min(framesMax, capture.frameCount);
  const half = frames >> 1;
  const beganMs = performance.now();
  let halfwayMs = beganMs;
  let played = 0;
  for (const block of capture.blocks) {
    for (let index = 0; index < block.count && played < frames; index++) {
      const recvNs = recvNsOf(block, index, capture.firstEpochUs);
      session.frame(block.bytes, block.starts[index], block.lengths[index], recvNs);
      played++;
      if (played === half) halfwayMs = performance.now();
    }
  }
  const endMs = performance.now();
  session.finish();
  const failure = session.failure();
  session.inbox.latency.destroy();
  if (failure !== null) throw new Error(`an actor failed: ${failure}`);
  return {
    frames,
    wholeMs: endMs - beganMs,
    secondHalfMs: endMs - halfwayMs,
    digest: session.digest.finish(),
  };
}

async function run({ file, framesMax, passes }: ReplayJob): Promise<ReplayOutcome> {
  const capture = file === null ? syntheticCapture() : await loadRecording(file);
  if (capture === null) throw new Error(`no recording ${file}`);
  const config = loadConfig({
    env: {},
    sets: ['mode=paper', 'venue.name=binance-spot', 'log.level=fatal'],
  }).config;
  const watch = new GcWatch();
  const digests = new Set<string>();
  let last: Pass | null = null;
  for (let count = 0; count < passes; count++) {
    await watch.start();
    last = await pass(capture, config, framesMax);
    digests.add(last.digest);
  }
  const gc = await watch.stop();
  watch.close();
  const { frames, wholeMs, secondHalfMs } = last!;
  return {
    frames,
    framesPerSecond: (frames * 1e3) / wholeMs,
    secondHalfPerSecond: ((frames - (frames >> 1)) * 1e3) / secondHalfMs,
    /* The same frames give the same records, pass after pass. */
    digest: [...digests].map((digest) => digest.slice(0, 16)).join('/'),
    gc,
  };
}

parentPort!.postMessage(await run(workerData as ReplayJob));
