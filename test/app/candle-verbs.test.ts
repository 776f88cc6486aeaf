import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { CALM } from '../analysis/patterns/candle-examples.ts';

const MAIN = fileURLToPath(new URL('../../engine/app/main.ts', import.meta.url));
const HEADER = 'open_time_ms,open,high,low,close,volume';
const folder = mkdtempSync(join(tmpdir(), 'shrike-candle-verbs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function shrike(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, NO_COLOR: '1' },
  });
  return { code: status, out: stdout, err: stderr };
}

/** Candles of five minutes, one after another unless a row is left out. */
const csv = (name: string, candles: readonly (readonly number[])[], without = -1): string => {
  const rows = candles.map((figures, at) => `${at * 300_000},${figures.join(',')},1`);
  writeFileSync(join(folder, name), [HEADER, ...rows.filter((_, at) => at !== without), ''].join('\n'));
  return name;
};

describe('shrike patterns', () => {
  const file = csv('hammer.csv', [...CALM, [98.2, 98.4, 96, 98.3]]);

  test('prints one JSON array with time, pattern, direction and strength', () => {
    const { code, out } = shrike('patterns', file, '--json');
    expect(code).toBe(0);
    const found = JSON.parse(out) as Record<string, unknown>[];
    expect(found).toContainEqual({
      time: 16 * 300_000,
      pattern: 'hammer',
      direction: 1,
      strength: 100,
      talib: 'CDLHAMMER',
      isNeutral: false,
      kind: 'candle',
    });
    expect(found.find(({ pattern }) => pattern === 'doji')).toMatchObject({ isNeutral: true });
  });

  test('finds chart patterns too, and them alone when told to', () => {
    // A calm market, then a bar that breaks out of its bands with volume.
    const wave = Array.from({ length: 400 }, (_, at) => 100 + (at % 2 === 0 ? 2 : -2) * Math.exp(-at / 200));
    const bars = wave.map((open, at) => {
      const close = wave[at + 1] ?? open;
      return [open, Math.max(open, close) + 0.2, Math.min(open, close) - 0.2, close];
    });
    bars.push([bars[399][3], 103, 99, 103], [103, 103.2, 102.8, 103.1]);
    const { code, out } = shrike('patterns', csv('squeeze.csv', bars), '--json', '--charts', 'only');
    expect(code).toBe(0);
    const found = JSON.parse(out) as Record<string, unknown>[];
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['chart']));
    expect(found).toContainEqual({
      time: 400 * 300_000,
      pattern: 'squeeze release',
      direction: 1,
      strength: 100,
      talib: null,
      isNeutral: false,
      kind: 'chart',
    });
    const candles = JSON.parse(
      shrike('patterns', 'squeeze.csv', '--json', '--charts', 'without').out,
    ) as unknown[];
    const all = JSON.parse(shrike('patterns', 'squeeze.csv', '--json').out) as unknown[];
    expect(all).toHaveLength(candles.length + found.length);
  });

  test('prints a table for people', () => {
    const { code, out } = shrike('patterns', file);
    expect(code).toBe(0);
    expect(out).toMatch(/^TIME \(UTC\) +PATTERN +DIRECTION +STRENGTH$/m);
    expect(out).toMatch(/^1970-01-01 01:20 +hammer +up +100$/m);
  });

  test('says that candles are missing, and breaks there when told to', () => {
    const holed = csv('holed.csv', [...CALM, [98.2, 98.4, 96, 98.3]], 14);
    const joined = shrike('patterns', holed, '--json');
    expect(joined.err).toContain('1 candles of 5m are missing');
    expect(joined.out).toContain('hammer');
    const broken = shrike('patterns', holed, '--json', '--gaps', 'break');
    expect(broken.out).not.toContain('hammer');
  });

  test('refuses a bad file with row and reason, and a timeframe there is not', () => {
    writeFileSync(join(folder, 'bad.csv'), `${HEADER}\n0,1,1,1,1,0\n300000,1,NaN,1,1,0\n`);
    const { code, out, err } = shrike('patterns', 'bad.csv', '--json');
    expect(code).toBe(1);
    expect(err).toMatch(/bad\.csv, row 3, column high: "NaN" is no number/);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'CANDLES_BAD_INPUT' } });
    expect(shrike('patterns', file, '--timeframe', '7m')).toMatchObject({ code: 2 });
  });
});

describe('shrike bars', () => {
  test('verify tells what files hold, and exits 3 when one is wrong', () => {
    const file = csv('good.csv', CALM, 5);
    const good = shrike('bars', 'verify', file, '--json');
    expect(good.code).toBe(0);
    expect(JSON.parse(good.out)).toMatchObject({
      ok: true,
      files: [{ timeframe: '5m', candles: 15, first: '1970-01-01T00:00:00.000Z', missing: 1 }],
    });
    writeFileSync(join(folder, 'double.csv'), `${HEADER}\n0,1,1,1,1,0\n0,1,1,1,1,0\n`);
    const bad = shrike('bars', 'verify', file, 'double.csv');
    expect(bad.code).toBe(3);
    expect(bad.out).toContain('double.csv, row 3, column open_time_ms: 0 (1970-01-01) is already in row 2');
    expect(bad.out).toContain('good.csv');
  });

  test('convert makes longer candles and leaves out those with a missing part', () => {
    const file = csv('parts.csv', CALM.slice(0, 9), 4);
    const { code, out, err } = shrike('bars', 'convert', file, '15m');
    expect(code).toBe(0);
    expect(out).toBe(`${HEADER}\n0,99,102,98,101,3\n1800000,99,102,98,101,3\n`);
    expect(err).toContain('1 candles of 15m left out');
    expect(shrike('bars', 'convert', file, '1m').code).toBe(2);
    expect(shrike('bars', 'convert', file, '2m').code).toBe(2);
  });
});

describe('the bar store', () => {
  const store = ['--store', 'store'];

  test('is filled by import, shown by list, given back by export and checked by verify', () => {
    const file = csv('btcusdt-5m.csv', CALM);
    const imported = shrike('bars', 'import', file, ...store, '--json');
    expect(imported.code, imported.err).toBe(0);
    expect(JSON.parse(imported.out)).toMatchObject({
      files: [{ symbol: 'BTCUSDT', timeframe: '5m', added: 16, same: 0 }],
    });
    expect(shrike('bars', 'list', ...store).out).toMatch(/^BTCUSDT +5m +16 +1970-01-01T00:00:00.000Z/m);
    const exported = shrike('bars', 'export', 'BTCUSDT', '5m', ...store);
    expect(exported.out).toBe(readFileSync(join(folder, file), 'utf8'));
    const part = shrike(
      'bars',
      'export',
      'BTCUSDT',
      '5m',
      ...store,
      '--from',
      '1970-01-01T01:10',
      '--to',
      '4500000',
    );
    expect(part.out).toBe(`${HEADER}\n4200000,99,102,98,101,1\n`);
    expect(shrike('bars', 'verify', ...store)).toMatchObject({ code: 0, out: 'ok: 1 segments\n' });
  });

  test('refuses what does not belong together, in a sentence, and imports all files or none', () => {
    const other = csv('ethusdt-5m.csv', CALM);
    const wrong = shrike('bars', 'import', other, '--symbol', 'BTCUSDT', ...store);
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.err).toContain('wrong symbol: the name says ETHUSDT and --symbol BTCUSDT');
    const bad = shrike('bars', 'import', other, 'bad.csv', '--symbol', 'ETHUSDT', ...store);
    expect(bad).toMatchObject({ code: 1 });
    expect(bad.err).toContain('bad.csv, row 3, column high');
    expect(shrike('bars', 'list', ...store).out).not.toContain('ETHUSDT');
    expect(shrike('bars', 'export', 'ETHUSDT', '5m', ...store).err).toContain('it holds BTCUSDT 5m');
    expect(shrike('bars', 'list', '--store', 'nowhere').err).toContain('there is no bar store');
  });
});

describe('shrike signals', () => {
  test('tells every signal with its outcome and the statistics, from files of candles', () => {
    const walk = Array.from({ length: 1200 }, (_, at) => {
      const price = (place: number): number =>
        1000 + 30 * Math.sin(place / 25) + 7 * Math.sin(place / 3) + place / 20;
      const open = Number(price(at).toFixed(2));
      const close = Number(price(at + 1).toFixed(2));
      return [open, Math.max(open, close) + 1, Math.min(open, close) - 1, close];
    });
    const file = csv('walk.csv', walk);
    const { code, out, err } = shrike('signals', 'X', '--data', file, '--json', '--features');
    expect(code, err).toBe(0);
    const told = JSON.parse(out) as {
      signals: { pattern: string; outcome: object | null; features: (number | null)[] }[];
      featureNames: string[];
      statistics: object[];
    };
    expect(told.signals.length).toBeGreaterThan(0);
    expect(told.signals[0]).toMatchObject({ symbol: 'X', outcome: { kind: expect.any(String) } });
    expect(told.signals[0].features).toHaveLength(told.featureNames.length);
    expect(told.statistics.length).toBeGreaterThan(0);
    expect(shrike('signals', 'X', '--data', file).out).toContain('outcomes by');
    expect(shrike('signals', '--data', file).code).toBe(2);
    expect(shrike('signals', 'X', '--data', file, '--follow').code).toBe(2);
  });

  test('without files asks the engine that runs, and says so when none does', () => {
    const { code, err } = shrike('signals', 'X', '--state-dir', 'nowhere');
    expect([code, err]).toEqual([6, expect.stringContaining('no engine')]);
  });
});
