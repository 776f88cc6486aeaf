/**
 * What every shipped strategy does on fixed recordings, pinned: statistics, and the digest of all it decided. A change shows as
 * a diff of test/fixtures/golden-runs. One that is meant is accepted by running this file with -u behind its name, and the
 * commit says why.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { BacktestResult } from '../../../engine/app/backtest/backtest-result.ts';
import type { MarketTape } from '../../../engine/app/backtest/market-tape.ts';
import { readTape } from '../../../engine/app/backtest/read-tape.ts';
import { runTape } from '../../../engine/app/backtest/run-backtest.ts';
import type { RunSpec } from '../../../engine/app/backtest/run-backtest.ts';
import { backtestConfig } from '../../../engine/app/backtest/run-models.ts';
import { summariseRun } from '../../../engine/app/backtest/summarise-run.ts';
import { loadConfig } from '../../../engine/app/config/config.ts';
import { configuredStrategy } from '../../../engine/app/strategy/strategy-check.ts';
import { shippedStrategies } from '../../../engine/app/strategy/strategy-path.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';
import { writeSimRecording } from '../../fixtures/sim-recording.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-golden-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Parameters with which each has something to do within minutes. */
const PARAMS: Readonly<Record<string, readonly string[]>> = {
  grid: ['lines=4', 'spacingBps=3'],
  'market-maker': ['sampleMs=500'],
  'mean-reversion': ['barMs=500'],
  momentum: [],
  scalper: ['barMs=1000', 'bandwidthBars=20', 'scoreFrom=5', 'expiresMs=5000', 'vwapDeviations=0.8'],
  'tick-taker': ['everyUpdates=50'],
  'twap-exec': ['durationMs=30000', 'slices=6'],
};

/** Made by the embedded exchange's market in less time than it takes to unpack one. */
const simulated = join(folder, 'btcusdt.frames');
writeSimRecording(simulated, { symbol: 'BTCUSDT', seed: 11, seconds: 240, eventsPerSecond: 24 });
const recorded = join(SHARED_DATA, 'captures/binance-spot-btcusdt-20240808.frames.gz');
const hasRecorded = existsSync(recorded);
if (!hasRecorded) process.stderr.write(`skipped: no recording at ${recorded}\n`);
/** The recording's first two and a half minutes. */
const RECORDED_TO_MS = 1_723_161_404_000;

async function tapeOf(file: string, toMs: number | null): Promise<MarketTape> {
  const candleBook = { spreadBps: 2, depthPct: 1 };
  return readTape({ files: [file], venue: 'binance-spot', snapshot: null, fromMs: null, toMs, candleBook });
}

async function resultOf(name: string, tape: MarketTape): Promise<BacktestResult> {
  const params = (PARAMS[name] ?? []).map((text) => `strategy.params.${text}`);
  const sets = [`strategy.name=${name}`, 'venue.name=binance-spot', ...params];
  const config = backtestConfig(loadConfig({ env: {}, sets }).config, 'frames');
  const spec: RunSpec = { config, strategy: configuredStrategy(config), capital: 10_000, fundingFile: null };
  return summariseRun(tape, spec, await runTape(tape, spec, () => {}), []);
}

/** The part of a result that neither machine nor folder changes, with the digits that mean something. */
function pinned({
  strategy,
  params,
  data,
  account,
  profit,
  trades,
  fills,
  signals,
  digest,
}: BacktestResult): string {
  const { net, maxDrawdown, sharpe, exposureTimePct, turnover } = account;
  const { events } = data;
  const shown = {
    strategy,
    params,
    events,
    account: { net, maxDrawdown, sharpe, exposureTimePct, turnover },
    profit,
    trades,
    fills,
    signals,
    digest,
  };
  const short = (_key: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(8)) : value;
  return `${JSON.stringify(shown, short, 2)}\n`;
}

const fileOf = (kind: string, name: string): string => `../../fixtures/golden-runs/${kind}-${name}.json`;

describe('on a fixed recording of the embedded exchange', () => {
  let tape: MarketTape | null = null;

  test('which is itself the same as ever', () => {
    const digest = createHash('sha256').update(readFileSync(simulated)).digest('hex');
    // When this changes, all that follow change with it: the market is another one.
    expect(digest).toBe('b05640bb8091e9022917d5f667080a6abef99b7e023f58d1b5c74b53a64f51e7');
  });

  test.each(shippedStrategies())('%s does what it did', async (name) => {
    tape ??= await tapeOf(simulated, null);
    const result = await resultOf(name, tape);
    expect(result.violations).toEqual([]);
    expect(result.fills.fills, 'it must have something to do').toBeGreaterThan(0);
    await expect(pinned(result)).toMatchFileSnapshot(fileOf('simulated', name));
  });
});

describe('on recorded frames of a venue', () => {
  let tape: MarketTape | null = null;

  test.skipIf(!hasRecorded).each(shippedStrategies())('%s does what it did', async (name) => {
    tape ??= await tapeOf(recorded, RECORDED_TO_MS);
    const result = await resultOf(name, tape);
    expect(result.violations).toEqual([]);
    await expect(pinned(result)).toMatchFileSnapshot(fileOf('recorded', name));
  });
});
