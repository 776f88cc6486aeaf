import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { backtestConfig } from '../../../engine/app/backtest/run-models.ts';
import { loadConfig } from '../../../engine/app/config/config.ts';
import { RUN_NUMBERS } from '../../../engine/app/optimise/block-sums.ts';
import { heatMap, heatMapText } from '../../../engine/app/optimise/heat-map.ts';
import { readRanges } from '../../../engine/app/optimise/parameter-range.ts';
import { gridSets, randomSets } from '../../../engine/app/optimise/parameter-sets.ts';
import { ResultsFile } from '../../../engine/app/optimise/results-file.ts';
import { runSets } from '../../../engine/app/optimise/run-sets.ts';
import type { SetsSpec } from '../../../engine/app/optimise/run-sets.ts';
import type { SetResult } from '../../../engine/app/optimise/set-result.ts';
import { isSetResult } from '../../../engine/app/optimise/set-result.ts';
import { optimiseText } from '../../../engine/app/optimise/optimise-text.ts';
import type { OptimiseResult } from '../../../engine/app/optimise/optimise-result.ts';
import { resolveStrategyUrl } from '../../../engine/app/strategy/strategy-path.ts';
import { EngineProcess, lastJson } from '../../fixtures/engine-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-optimise-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DECLS = {
  fast: { is: 'integer', default: 5, min: 1, max: 100, unit: 'bars', text: 'a' },
  width: { is: 'number', default: 2, min: 0.1, max: 10, unit: 'bps', text: 'b' },
  isShort: { is: 'flag', default: true, text: 'c' },
  style: { is: 'choice', of: ['join', 'mid'], default: 'join', text: 'd' },
} as const;

describe('ranges of parameters', () => {
  const values = (text: string): unknown => readRanges([text], DECLS, false)[0].values;

  test('are steps with both ends, lists, flags and words', () => {
    expect(values('fast=2:8:3')).toEqual([2, 5, 8]);
    expect(values('fast=3:5')).toEqual([3, 4, 5]);
    expect(values('width=0.1:0.5:0.1')).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(values('width=1,2.5')).toEqual([1, 2.5]);
    expect(values('isShort=true,false')).toEqual([true, false]);
    expect(values('style=mid,join')).toEqual(['mid', 'join']);
    expect(readRanges(['width=0.5:2'], DECLS, true)[0]).toMatchObject({ values: [], span: [0.5, 2] });
  });

  test.each([
    ['fast=0:10:1', /fast=0:10:1: fast must be a whole number of 1 to 100 bars, not 0/],
    ['fast=1:200:1', /fast must be a whole number of 1 to 100 bars, not 200/],
    ['fast=1:5:0.5', /1\.5 is no whole number of bars/],
    ['fast=9:2:1', /9 is above 2/],
    ['fast=1:9:0', /the step must be above 0/],
    ['fast=1:x:2', /from:to:step, three numbers/],
    ['fast=1,2,2', /2 is named twice/],
    ['fast', /says no values/],
    ['fsat=1:2:1', /fsat is not a parameter; did you mean fast\?/],
    ['width=1:2', /a grid needs a step/],
    ['width=0:2:0.5', /width must be a number of 0\.1 to 10 bps, not 0/],
    ['style=top', /style must be one of join, mid, not "top"/],
    ['isShort=maybe', /isShort must be true or false, not "maybe"/],
  ])('%s is refused by name, value, range and unit', (text, message) => {
    expect(() => readRanges([text], DECLS, false)).toThrow(message);
  });

  test('one parameter is varied once', () => {
    expect(() => readRanges(['fast=1:2:1', 'fast=5'], DECLS, false)).toThrow(/fast is varied twice/);
  });
});

describe('parameter sets', () => {
  const ranges = readRanges(['fast=1:3:1', 'isShort=true,false'], DECLS, false);

  test('of a grid are all combinations, each once', () => {
    const sets = gridSets(ranges);
    const all = Array.from({ length: sets.count }, (_, index) => JSON.stringify(sets.at(index)));
    expect(all).toEqual(['[1,true]', '[1,false]', '[2,true]', '[2,false]', '[3,true]', '[3,false]']);
  });

  test('of a random search repeat with the seed, differ from each other, and are no more than there are', () => {
    const span = readRanges(['fast=1:100:1', 'width=0.5:2'], DECLS, true);
    const draw = (seed: number): string[] => {
      const sets = randomSets(span, 200, seed);
      return Array.from({ length: sets.count }, (_, index) => JSON.stringify(sets.at(index)));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(new Set(draw(1)).size).toBe(200);
    for (const text of draw(1)) {
      const [fast, width] = JSON.parse(text) as [number, number];
      expect(Number.isInteger(fast) && width >= 0.5 && width <= 2).toBe(true);
    }
    expect(randomSets(ranges, 1_000, 1).count).toBe(6);
  });

  test('too many are refused with what they are made of, and ten thousand need no list', () => {
    const wide = readRanges(['fast=1:100:1', 'width=0.1:10:0.1'], DECLS, false);
    expect(gridSets(wide).count).toBe(10_000);
    expect(gridSets(wide).at(9_999)).toEqual([100, 10]);
    const wider = [...wide, ...readRanges(['isShort=true,false', 'style=join,mid'], DECLS, false), ...wide];
    expect(() => gridSets(wider)).toThrow(
      /400000000 parameter sets \(fast 100 x width 100 x isShort 2.*at most 100000/,
    );
  });
});

function result(set: number): SetResult {
  return {
    set,
    refused: null,
    trades: 1,
    net: 2,
    maxDrawdown: 3,
    sums: Array.from({ length: RUN_NUMBERS }, () => set),
  };
}

describe('the results file', () => {
  const identity = { strategy: 'x', vary: 'a' };

  test('keeps every whole line, and cuts off the one that an interrupt tore', () => {
    const path = join(folder, 'deep', 'results.jsonl');
    const first = new ResultsFile(path, identity);
    first.append(result(0));
    first.append(result(1));
    first.close();
    appendFileSync(path, JSON.stringify(result(2)).slice(0, 40));
    const second = new ResultsFile(path, identity);
    expect(second.found.map(({ set }) => set)).toEqual([0, 1]);
    second.append(result(2));
    second.close();
    expect(new ResultsFile(path, identity).found).toEqual([result(0), result(1), result(2)]);
    expect(isSetResult({ ...result(1), sums: [1] })).toBe(false);
  });

  test('of another optimisation, a foreign file, a damaged line and a place that cannot be written are named', () => {
    const path = join(folder, 'named.jsonl');
    const file = new ResultsFile(path, identity);
    file.append(result(0));
    file.close();
    expect(() => new ResultsFile(path, { ...identity, vary: 'b' })).toThrow(
      /named\.jsonl belongs to another optimisation \(different: vary\)/,
    );
    writeFileSync(join(folder, 'notes.txt'), 'mine\n');
    expect(() => new ResultsFile(join(folder, 'notes.txt'), identity)).toThrow(
      /notes\.txt is no file of an optimisation/,
    );
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine\n');
    appendFileSync(path, '{"set":1}\n');
    expect(() => new ResultsFile(path, identity)).toThrow(/named\.jsonl: line 3 is damaged/);
    expect(() => new ResultsFile(join(folder, 'notes.txt', 'r.jsonl'), identity)).toThrow(
      /--results: .*cannot be written/,
    );
  });
});

test('a heat map has the mean of each cell, and a shade for it', () => {
  const ranges = readRanges(['fast=1:3:1', 'isShort=true,false', 'style=join,mid'], DECLS, false);
  const map = heatMap(ranges, [
    { values: [1, true, 'join'], worth: 1 },
    { values: [1, true, 'mid'], worth: 3 },
    { values: [3, false, 'join'], worth: -2 },
  ])!;
  expect(map.cells).toEqual([
    [2, null, null],
    [null, null, -2],
  ]);
  const text = heatMapText(map, 'net');
  expect(text).toContain('██ 2.00');
  expect(text).toContain('·· -2.00');
  expect(text).toMatch(/isShort \\ fast +1 +2 +3/);
  expect(heatMap(readRanges(['fast=4'], DECLS, false), [{ values: [4], worth: 1 }])).toBeNull();
  const wide = heatMap(readRanges(['fast=1:100:1'], DECLS, false), [{ values: [100], worth: 1 }])!;
  expect(wide.cells[0].at(-1)).toBe(1);
});

/** Candles of minutes whose price swings, with a little noise. */
function candles(count: number): string {
  let noise = 1;
  const closes = Array.from({ length: count + 1 }, (_, index) => {
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return 60_000 + 400 * Math.sin(index / 9) + (noise % 200) - 100;
  });
  const rows = closes.slice(1).map((close, index) => {
    const open = closes[index];
    const [high, low] = [Math.max(open, close) + 5, Math.min(open, close) - 5];
    return `${1_700_000_040_000 + index * 60_000},${open.toFixed(2)},${high.toFixed(2)},${low.toFixed(2)},${close.toFixed(2)},50`;
  });
  return `open_time_ms,open,high,low,close,volume\n${rows.join('\n')}\n`;
}

describe('running the sets', () => {
  const data = join(folder, 'ethusdt-1m.csv');
  writeFileSync(data, candles(200));

  function specOf(
    strategy: { name: string; url: string; params: Record<string, number> },
    vary: string,
  ): SetsSpec {
    const config = backtestConfig(loadConfig({ env: {}, sets: ['venue.name=sim'] }).config, 'candles');
    const decl = { is: 'integer', default: 1, min: 1, max: 99, text: 'x' } as const;
    const ranges = readRanges([vary], { lookback: decl, fast: decl }, false);
    const candleBook = { spreadBps: 2, depthPct: 1 };
    return {
      tape: { files: [data], venue: 'sim', snapshot: null, fromMs: null, toMs: null, candleBook },
      run: { config, strategy, capital: 10_000, fundingFile: null },
      ranges,
      sets: gridSets(ranges),
      workers: 1,
    };
  }

  test('stops when it is told to, and later runs those alone that have no result', async () => {
    const url = resolveStrategyUrl('momentum');
    const spec = specOf({ name: 'momentum', url, params: { barMs: 60_000 } }, 'lookback=1:40:1');
    const done: SetResult[] = [];
    const stop = new AbortController();
    const take = (result: SetResult): void => {
      done.push(result);
      if (done.length === 3) stop.abort();
    };
    await runSets(spec, () => false, take, stop.signal);
    expect(done.map(({ set }) => set)).toEqual([0, 1, 2]);
    expect(done.every(isSetResult)).toBe(true);
    const later: number[] = [];
    const isDone = (set: number): boolean => set !== 7 && set !== 39;
    await runSets(spec, isDone, ({ set }) => void later.push(set), new AbortController().signal);
    expect(later).toEqual([7, 39]);
  });

  test('a set that the strategy does not take is a result with its words', async () => {
    const file = join(folder, 'picky.ts');
    writeFileSync(
      file,
      `export const strategy = {
        name: 'picky', version: '1', text: 'x',
        parameters: { fast: { is: 'integer', default: 1, min: 1, max: 9, text: 'x' } },
        create(setup) {
          setup.bars(60_000);
          if (setup.parameters.fast > 3) throw new Error('fast must be below slow');
          return {};
        },
      };`,
    );
    const found: SetResult[] = [];
    const spec = specOf({ name: 'picky', url: pathToFileURL(file).href, params: {} }, 'fast=3:5:1');
    await runSets(
      spec,
      () => false,
      (result) => void found.push(result),
      new AbortController().signal,
    );
    expect(found.map(({ refused }) => refused)).toEqual([
      null,
      expect.stringMatching(/fast must be below slow/),
      expect.stringMatching(/fast must be below slow/),
    ]);
    expect(found.every(isSetResult)).toBe(true);
  });
});

describe('optimise', () => {
  test('runs every set once, goes on from what is there, and reports what of the best is luck', async () => {
    const data = join(folder, 'btcusdt-1m.csv');
    writeFileSync(data, candles(600));
    const results = join(folder, 'momentum.jsonl');
    const args = [
      'optimise',
      '--strategy',
      'momentum',
      '--data',
      data,
      '--params',
      'barMs=60000',
      '--results',
      results,
    ];
    const vary = ['--vary', 'lookback=2:10:4', 'thresholdBps=1,8', '--walk-forward', '5', '--workers', '2'];
    const shrike = (...more: string[]): EngineProcess['finished'] =>
      new EngineProcess([...args, ...vary, ...more], {}, folder).finished;
    const first = await shrike('--json');
    expect(first.code, first.err).toBe(0);
    const found = lastJson(first) as OptimiseResult;
    expect(found).toMatchObject({ sets: 6, refused: 0, resumed: 0, objective: 'sharpe', workers: 2 });
    expect(found.top.length).toBe(6);
    const sharpes = found.top.map(({ inSample }) => inSample.sharpe);
    expect(sharpes).toEqual(sharpes.toSorted((a, b) => b - a));
    for (const { inSample, outOfSample, net } of found.top)
      expect(inSample.net + outOfSample!.net).toBeCloseTo(net, 5);
    expect(found.overfitting.splits).toBe(252);
    expect(found.walkForward!.folds.length).toBe(5);
    expect(found.heatMap).toMatchObject({
      x: { name: 'lookback', labels: ['2', '6', '10'] },
      y: { labels: ['1', '8'] },
    });
    // Half of the results are gone, the last of the others is torn: only what is missing runs, and the report is the same.
    const text = readFileSync(results, 'utf8');
    writeFileSync(results, text.slice(0, text.split('\n').slice(0, 4).join('\n').length - 20));
    const again = lastJson(await shrike('--json')) as OptimiseResult;
    expect(again.resumed).toBe(2);
    expect({ ...again, resumed: 0, wallMs: 0 }).toEqual({ ...found, wallMs: 0 });
    const shown = optimiseText(found);
    expect(shown).toMatch(/probability of backtest overfitting +\d/);
    expect(shown).toMatch(/thresholdBps \\ lookback/);
    expect(shown).toMatch(/\n1 +\d+ +\d+ /);
  });
});
