import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { checkLookahead, lookaheadText } from '../../../engine/app/backtest/lookahead-check.ts';
import type { LookaheadFinding } from '../../../engine/app/backtest/lookahead-check.ts';
import { lookaheadTask } from '../../../engine/app/backtest/lookahead-task.ts';
import { readTape } from '../../../engine/app/backtest/read-tape.ts';
import type { TapeSpec } from '../../../engine/app/backtest/read-tape.ts';
import { runTape } from '../../../engine/app/backtest/run-backtest.ts';
import type { RunOutcome, RunSpec } from '../../../engine/app/backtest/run-backtest.ts';
import { backtestConfig } from '../../../engine/app/backtest/run-models.ts';
import { summariseRun } from '../../../engine/app/backtest/summarise-run.ts';
import { loadConfig } from '../../../engine/app/config/config.ts';
import { configuredStrategy } from '../../../engine/app/strategy/strategy-check.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-candles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TRADER = join(import.meta.dirname, '../../fixtures/strategies/bar-trader.ts');
const MINUTE_MS = 60_000;
const BEGIN_MS = 1_700_000_040_000;

/** open, high, low, close, volume. */
type Candle = readonly [number, number, number, number, number];

function candleFile(name: string, candles: readonly (Candle | null)[]): string {
  const rows = candles.flatMap((candle, index) =>
    candle === null ? [] : [[BEGIN_MS + index * MINUTE_MS, ...candle].join(',')],
  );
  const path = join(folder, name);
  writeFileSync(path, ['open_time_ms,open,high,low,close,volume', ...rows, ''].join('\n'));
  return path;
}

function tapeSpec(...files: string[]): TapeSpec {
  const candleBook = { spreadBps: 20, depthPct: 100 };
  return { files, venue: 'sim', snapshot: null, fromMs: null, toMs: null, candleBook };
}

function runSpec(...params: string[]): RunSpec {
  const sets = [`strategy.name=${TRADER}`, ...params.map((text) => `strategy.params.${text}`)];
  const config = backtestConfig(loadConfig({ env: {}, sets }).config, 'candles');
  return { config, strategy: configuredStrategy(config), capital: 10_000, fundingFile: null };
}

async function play(file: string, ...params: string[]): Promise<RunOutcome> {
  return runTape(await readTape(tapeSpec(file)), runSpec(...params), () => {});
}

const RISING: readonly Candle[] = Array.from({ length: 12 }, (_, index) => {
  const open = 100 + index;
  return [open, open + 2, open - 3, open + 1, 1_000] as const;
});

const candleArbitrary = fc
  .tuple(
    fc.integer({ min: 9_000, max: 11_000 }),
    fc.integer({ min: -80, max: 80 }),
    fc.integer({ min: 0, max: 50 }),
    fc.integer({ min: 0, max: 50 }),
    fc.integer({ min: 1, max: 5_000 }),
  )
  .map(([open, move, above, below, volume]): Candle => {
    const close = open + move;
    const prices = [open, Math.max(open, close) + above, Math.min(open, close) - below, close];
    const [a, b, c, d] = prices.map((ticks) => ticks / 100) as [number, number, number, number];
    return [a, b, c, d, volume];
  });

describe('candles as market data', () => {
  test('come to strategies as the bars they are, each when it has closed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(candleArbitrary, { minLength: 2, maxLength: 12 }), async (candles) => {
        const { log } = await play(candleFile('btcusdt-1m.csv', candles));
        const seen = log.decisions.map(({ atNs, text }) => [atNs, ...text.split(' ').slice(1)]);
        // Two digits of prices and three of sizes: the digits that the file shows and the first price asks for.
        const digits = Math.max(...candles.flatMap((candle) => candle.slice(0, 4).map(digitsOf)));
        const ticks = (value: number): string => String(Math.round(value * 10 ** digits));
        const lots = 10 ** Math.ceil(Math.log10(candles[0][3]));
        const expected = candles.map(([open, high, low, close, volume], index) => [
          ((index + 1) * MINUTE_MS + 51) * 1e6,
          ticks(open),
          ticks(high),
          ticks(low),
          String(volume * lots),
          '0',
          '1',
          String(BEGIN_MS + index * MINUTE_MS),
          ticks(close),
        ]);
        expect(seen).toEqual(expected);
      }),
      { seed: 81, numRuns: 8 },
    );
  });

  test('an order sent on a close meets the open of the next candle and half the spread', async () => {
    const gap: Candle = [150, 151, 149, 150, 1_000];
    const file = candleFile('ethusdt-1m.csv', [...RISING.slice(0, 3), gap, ...RISING.slice(4)]);
    const { log } = await play(file, 'buyAt=3');
    expect(log.fills.map(({ priceTicks, qtyLots, isMaker }) => [priceTicks, qtyLots, isMaker])).toEqual([
      [151, 5, false],
    ]);
  });

  test('a resting order fills when its price was traded through, not when it was only touched', async () => {
    // Every candle falls to three below its open, which is four below the close before it less one.
    const file = candleFile('solusdt-1m.csv', RISING);
    const through = await play(file, 'limitBelow=2');
    const touched = await play(file, 'limitBelow=3');
    expect(through.log.fills.length).toBeGreaterThan(5);
    expect(through.log.fills.every(({ isMaker }) => isMaker)).toBe(true);
    expect(touched.log.fills).toEqual([]);
  });

  test('the report says what is made up', async () => {
    const tape = await readTape(tapeSpec(candleFile('btcusdt-1m.csv', RISING)));
    const spec = runSpec('buyAt=2');
    const result = summariseRun(tape, spec, await runTape(tape, spec, () => {}), []);
    expect(result.model).toBe('through');
    expect(result.assumptions.join('\n')).toMatch(
      /when it has closed.*\n.*open, the extreme[^]*the book is made up: bid and ask 20 bps/,
    );
    expect(result.data).toMatchObject({ kind: 'candles', events: 12, fromMs: BEGIN_MS });
  });
});

describe('bad candles are named', () => {
  const refusal = async (...files: string[]): Promise<string> =>
    readTape(tapeSpec(...files)).then(
      () => 'nothing',
      (error: Error) => error.message,
    );

  test('two files of one symbol, two timeframes, frames among them, a name that says nothing, a torn row', async () => {
    const file = candleFile('btcusdt-1m.csv', RISING);
    expect(await refusal(file, candleFile('btcusdt-1m-b.csv', RISING))).toMatch(/a file of BTCUSDT already/);
    expect(await refusal(file, join(folder, 'x.frames'))).toMatch(/holds candles and other files frames/);
    expect(await refusal(candleFile('data.csv', RISING))).toMatch(/symbol and a timeframe/);
    const torn = join(folder, 'ethusdt-1m.csv');
    writeFileSync(torn, 'open_time_ms,open,high,low,close,volume\n1700000040000,1,2,0.5,1,10\n17000001000');
    expect(await refusal(torn)).toMatch(/ethusdt-1m\.csv, row 3/);
  });

  test('a hole hides the book and is told; bars that candles cannot give, and none at all, are refused', async () => {
    const holed = await readTape(
      tapeSpec(candleFile('btcusdt-1m.csv', [...RISING.slice(0, 4), null, ...RISING])),
    );
    expect(holed.warnings).toEqual(['1 candles of BTCUSDT are missing: its book is hidden there']);
    const file = candleFile('btcusdt-1m.csv', RISING);
    await expect(play(file, 'barMs=90000')).rejects.toThrow(
      /bars of 90\.0 s: candles of 1m give only multiples/,
    );
    await expect(play(file, 'barMs=0')).rejects.toThrow(/asks for no bars/);
  });
});

describe('the check for looking ahead', () => {
  const check = async (...params: string[]): Promise<LookaheadFinding> => {
    const spec = tapeSpec(candleFile('btcusdt-1m.csv', [...RISING, ...RISING.map(turned)]));
    const tape = await readTape(spec);
    const run = runSpec(...params);
    return checkLookahead(spec, run, tape, (await runTape(tape, run, () => {})).log, lookaheadTask);
  };

  test('finds nothing where decisions rest on closed bars', async () => {
    const finding = await check('limitBelow=2');
    expect(finding.differences).toEqual([]);
    expect(finding.decisionsCompared).toBeGreaterThan(20);
    expect(lookaheadText(finding)).toMatch(/does not look ahead/);
  });

  test('finds a strategy that decides otherwise when it runs again', async () => {
    const finding = await check('noise=true');
    expect(finding.differences.length).toBeGreaterThan(0);
    expect(lookaheadText(finding)).toMatch(/DECIDES OTHERWISE.*\n- data up to .* instead of /);
  });
});

function turned([open, high, low, close, volume]: Candle): Candle {
  return [close, high, low, open, volume];
}

function digitsOf(price: number): number {
  return String(price).split('.')[1]?.length ?? 0;
}
