import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { backtestHtml } from '../../../engine/app/backtest/backtest-html.ts';
import { backtestText } from '../../../engine/app/backtest/backtest-text.ts';
import type { BacktestResult } from '../../../engine/app/backtest/backtest-result.ts';
import { compareResults, comparisonText } from '../../../engine/app/backtest/compare-results.ts';
import { readFundingFile } from '../../../engine/app/backtest/funding-schedule.ts';
import type { MarketTape } from '../../../engine/app/backtest/market-tape.ts';
import { readTape } from '../../../engine/app/backtest/read-tape.ts';
import type { TapeSpec } from '../../../engine/app/backtest/read-tape.ts';
import { checkWritable, readResult } from '../../../engine/app/backtest/result-files.ts';
import { runTape } from '../../../engine/app/backtest/run-backtest.ts';
import type { RunSpec } from '../../../engine/app/backtest/run-backtest.ts';
import { backtestConfig } from '../../../engine/app/backtest/run-models.ts';
import { sparkLine } from '../../../engine/app/backtest/spark-line.ts';
import { summariseRun } from '../../../engine/app/backtest/summarise-run.ts';
import { loadConfig } from '../../../engine/app/config/config.ts';
import { configuredStrategy } from '../../../engine/app/strategy/strategy-check.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-backtest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const recording = join(SHARED_DATA, 'captures/binance-spot-btcusdt-20240808.frames.gz');
const hasRecording = existsSync(recording);
if (!hasRecording) process.stderr.write(`skipped: no recording at ${recording}\n`);
const MAKER = join(import.meta.dirname, '../../fixtures/strategies/resting-maker.ts');
/** The recording's first seconds. */
const TO_MS = 1_723_161_288_000;

function specOf(sets: readonly string[]): RunSpec {
  const base = [`strategy.name=${MAKER}`, 'venue.name=binance-spot'];
  const config = backtestConfig(loadConfig({ env: {}, sets: [...base, ...sets] }).config, 'frames');
  return { config, strategy: configuredStrategy(config), capital: 10_000, fundingFile: null };
}

function tapeSpec(files: readonly string[], toMs: number | null): TapeSpec {
  const candleBook = { spreadBps: 2, depthPct: 1 };
  return { files, venue: 'binance-spot', snapshot: null, fromMs: null, toMs, candleBook };
}

let tape: MarketTape | null = null;

async function resultOf(...sets: string[]): Promise<BacktestResult> {
  tape ??= await readTape(tapeSpec([recording], TO_MS));
  const spec = specOf(sets);
  return summariseRun(tape, spec, await runTape(tape, spec, () => {}), []);
}

describe('a backtest of recorded frames', () => {
  test.skipIf(!hasRecording)('repeats itself, and its parts add up', async () => {
    const [first, second] = [await resultOf(), await resultOf()];
    expect(second.digest).toBe(first.digest);
    expect(second.tradeList).toEqual(first.tradeList);
    expect(first.violations).toEqual([]);
    const { profit, account, tradeList, fills } = first;
    expect(fills.fills).toBeGreaterThan(10);
    expect(account.net).toBeCloseTo(profit.net, 8);
    expect(profit.spread + profit.slippage + profit.market - profit.fees).toBeCloseTo(profit.net, 8);
    expect(tradeList.reduce((sum, { net }) => sum + net, 0)).toBeCloseTo(profit.net, 6);
    expect(first.profitByHour.reduce((sum, value) => sum + value, 0)).toBeCloseTo(profit.net, 6);
    expect(first.assumptions.join(' ')).toMatch(/order entry 5 ms.*365 days/);
  });

  test.skipIf(!hasRecording)(
    'fills more from model to model, its report loads nothing, and two runs are told apart',
    async () => {
      const least = await resultOf('fills.model=through');
      const most = await resultOf('fills.model=at');
      expect(most.fills.fills).toBeGreaterThan(least.fills.fills);
      const text = backtestText(most);
      expect(text).toMatch(/equity {4}[▁-█]{10,}/);
      expect(text).toContain('at: any trade at its price');
      const html = backtestHtml(most);
      expect(html).not.toMatch(/https?:|src=|<script|<link|NaN|undefined/);
      expect(html.match(/<svg/g)!.length).toBeGreaterThanOrEqual(4);
      const comparison = compareResults(least, most);
      expect(comparison.isSame).toBe(false);
      expect(comparison.settings).toContainEqual({ name: 'model', a: 'through', b: 'at' });
      expect(comparison.figures.map(({ name }) => name)).toContain('fills.fills');
      expect(comparisonText(compareResults(most, most), 'a', 'b')).toMatch(/the same run/);
    },
  );
});

describe('bad input of a backtest is named', () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const tapeOf = (path: string): Promise<unknown> => readTape(tapeSpec([path], null));

  test.skipIf(!hasRecording)('data that ends in the middle', async () => {
    const half = join(folder, 'half.frames.gz');
    writeFileSync(half, readFileSync(recording).subarray(0, 200_000));
    await expect(tapeOf(half)).rejects.toThrow(/half\.frames\.gz.*ends too early/);
  });

  test('data that is not there, and data that is none', async () => {
    await expect(tapeOf(join(folder, 'none.frames'))).rejects.toThrow(/none\.frames/);
    await expect(tapeOf(file('text.frames', 'hello\n'))).rejects.toThrow(/text\.frames/);
  });

  test('a report that cannot be written, before anything runs', () => {
    expect(() => checkWritable(join(file('plain', ''), 'report.html'), '--html')).toThrow(
      /--html: .*cannot be written/,
    );
    expect(() => checkWritable(folder, '--out')).toThrow(/is a folder/);
  });

  test('a result that is none', () => {
    expect(() => readResult(file('r.json', '{"schema":"other"}'))).toThrow(/r\.json.*shrike backtest --json/);
    expect(() => readResult(join(folder, 'absent.json'))).toThrow(/absent\.json/);
  });

  test('funding that is out of order, by row', () => {
    const rows = (text: string): string => file('funding.csv', text);
    expect(() => readFundingFile(rows('time_ms,rate\n2000,0.1\n1000,0.1\n'), 0)).toThrow(/row 3/);
    expect(() => readFundingFile(rows('1000;0.1\n'), 0)).toThrow(/row 1/);
    const schedule = readFundingFile(rows('time_ms,rate\n1000,0.25\n3000,-0.5\n'), 2_000_000);
    expect([schedule.due(0), schedule.due(1e9), schedule.due(2e9)]).toEqual([null, -0.5, null]);
  });
});

test('a spark line shows lowest and highest, and averages what does not fit', () => {
  expect(sparkLine([0, 7], 10)).toBe('▁█');
  expect(sparkLine([1, 1, 1], 3)).toBe('▁▁▁');
  expect(
    sparkLine(
      Array.from({ length: 800 }, (_, index) => index),
      8,
    ),
  ).toBe('▁▂▃▄▅▆▇█');
});
