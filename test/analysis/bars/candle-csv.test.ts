import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { CandleCsvParser, parseCandleCsv, ROW_BYTES_MAX } from '../../../engine/analysis/bars/candle-csv.ts';
import { missingCount } from '../../../engine/analysis/bars/candle-columns.ts';
import { CandleError } from '../../../engine/analysis/bars/candle-error.ts';
import { readCandleFile, symbolOfFileName } from '../../../engine/analysis/bars/candle-file.ts';
import { requireTimeframe } from '../../../engine/analysis/bars/timeframe.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';

const HEADER = 'open_time_ms,open,high,low,close,volume';
const BAD = join(SHARED_DATA, 'oracles', 'indicators', 'quotes-bad.csv');
const folder = mkdtempSync(join(tmpdir(), 'shrike-candles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rows = (...lines: string[]): string => [HEADER, ...lines, ''].join('\n');
const good = (minute: number): string => `${minute * 60_000},10,12,9,11,5`;

/** The message of the refusal. */
function refusal(text: string, expectation = {}): string {
  try {
    parseCandleCsv(text, 'x.csv', expectation);
  } catch (error) {
    if (error instanceof CandleError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('candles from CSV', () => {
  test('come as they stand, with their timeframe', () => {
    const candles = parseCandleCsv(rows('0,1.5,2,1,1.75,0', '60000,1.75,3,1,2,7.25'), 'x.csv');
    expect(candles.timeframe.name).toBe('1m');
    expect([...candles.openTimesMs]).toEqual([0, 60_000]);
    expect([...candles.opens]).toEqual([1.5, 1.75]);
    expect([...candles.highs]).toEqual([2, 3]);
    expect([...candles.lows]).toEqual([1, 1]);
    expect([...candles.closes]).toEqual([1.75, 2]);
    expect([...candles.volumes]).toEqual([0, 7.25]);
  });

  test('a missing candle is a gap and no error', () => {
    const candles = parseCandleCsv(rows(good(0), good(1), good(4)), 'x.csv');
    expect(candles.openTimesMs.length).toBe(3);
    expect(missingCount(candles)).toBe(2);
  });

  test('columns follow the header; line ends of Windows, a byte order mark and dates are understood', () => {
    const text =
      '\uFEFFvolume,close,low,high,open,date\r\n1,11,9,12,10,2024-01-01\r\n1,11,9,12,10,2024-01-02\r\n';
    const candles = parseCandleCsv(text, 'x.csv');
    expect(candles.timeframe.name).toBe('1d');
    expect([...candles.openTimesMs]).toEqual([Date.UTC(2024, 0, 1), Date.UTC(2024, 0, 2)]);
    expect(candles.opens[1]).toBe(10);
    const hours =
      'date,open,high,low,close,volume\n2024-01-01T01:00:00,1,1,1,1,0\n2024-01-01 02:00,1,1,1,1,0';
    expect([...parseCandleCsv(hours, 'x.csv').openTimesMs]).toEqual([
      Date.UTC(2024, 0, 1, 1),
      Date.UTC(2024, 0, 1, 2),
    ]);
  });

  test('the cuts between chunks do not matter', () => {
    const text = rows(...Array.from({ length: 20 }, (_, minute) => good(minute)));
    const whole = parseCandleCsv(text, 'x.csv');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 12 }), (cuts) => {
        const parser = new CandleCsvParser('x.csv', {});
        let from = 0;
        for (const cut of [...cuts.sort((a, b) => a - b), text.length]) {
          parser.push(text.slice(from, cut));
          from = cut;
        }
        expect(parser.finish()).toEqual(whole);
      }),
    );
  });

  test.each([
    ['a hole', '60000,,12,9,11,5', ['row 3', 'column open', 'empty', 'a number']],
    ['NaN', '60000,10,NaN,9,11,5', ['row 3', 'column high', '"NaN"', 'a finite number']],
    ['a word', '60000,10,12,9,eleven,5', ['row 3', 'column close', '"eleven"']],
    ['an endless price', '60000,10,1e999,9,11,5', ['row 3', 'column high', '"1e999"']],
    ['hexadecimal', '60000,0x10,12,9,11,5', ['row 3', 'column open', '"0x10"']],
    ['negative volume', '60000,10,12,9,11,-1', ['row 3', 'column volume', '-1', 'a number from 0']],
    ['a negative price', '60000,-10,12,9,11,5', ['row 3', 'column open', '-10', 'above 0']],
    ['high below low', '60000,10,8,9,11,5', ['row 3', 'column high', 'high 8 is below low 9', 'at least 9']],
    ['an open outside', '60000,13,12,9,11,5', ['row 3', 'column open', '13', '9 to 12']],
    ['a close outside', '60000,10,12,9,8,5', ['row 3', 'column close', '8', '9 to 12']],
    ['a duplicate', good(0), ['row 3', 'column open_time_ms', 'already in row 2', 'every candle once']],
    ['an unsorted row', good(-1), ['row 3', 'column open_time_ms', 'before that of row 2', 'after 0']],
    ['a time with a fraction', '60000.5,10,12,9,11,5', ['row 3', 'column open_time_ms', 'no time']],
    ['a field too few', '60000,10,12,9,11', ['row 3', '5 fields', '6 as in the header']],
    ['a field too many', '60000,10,12,9,11,5,1', ['row 3', '7 fields', '6 as in the header']],
    ['an empty row', '\n60000,10,12,9,11,5', ['row 3', 'empty']],
  ])('%s is refused with file, row, column, reason and what would be right', (_name, row, parts) => {
    const message = refusal(rows(good(0), row, good(2)));
    for (const part of ['x.csv', ...parts]) expect(message).toContain(part);
  });

  test('a time off the grid is refused with the nearest right ones', () => {
    const message = refusal(rows('0,1,1,1,1,0', '300000,1,1,1,1,0', '660000,1,1,1,1,0'));
    for (const part of ['row 4', '660000', '5m', '600000', '900000']) expect(message).toContain(part);
    const weeks = refusal(rows(`${Date.UTC(2024, 0, 2)},1,1,1,1,0`), { timeframe: requireTimeframe('1w') });
    expect(weeks).toContain(`${Date.UTC(2024, 0, 1)} (2024-01-01)`);
  });

  test('the distance of the rows must be a timeframe, unless the timeframe is given', () => {
    expect(refusal(rows('0,1,1,1,1,0', '1800000,1,1,1,1,0'))).toContain('1800000 ms apart');
    expect(refusal(rows('0,1,1,1,1,0'))).toContain('one candle alone');
    const one = parseCandleCsv(rows('0,1,1,1,1,0'), 'x.csv', { timeframe: requireTimeframe('15m') });
    expect(one.openTimesMs.length).toBe(1);
  });

  test('another symbol is refused', () => {
    const text = `symbol,${HEADER}\nETHUSDT,0,1,1,1,1,0\nBTCUSDT,60000,1,1,1,1,0\n`;
    expect(refusal(text)).toMatch(/row 3, column symbol: "BTCUSDT" is another symbol; right: ETHUSDT/);
    expect(refusal(text, { symbol: 'btcusdt' })).toMatch(/row 2, column symbol/);
  });

  test('a header that lacks a column or has a strange one is refused', () => {
    expect(refusal('open_time_ms,open,high,low,close\n')).toContain('has no volume');
    expect(refusal(`${HEADER},vwap\n`)).toContain('column vwap');
    expect(refusal(`${HEADER},open\n`)).toContain('there twice');
    expect(refusal('')).toContain('empty');
    expect(refusal(`${HEADER}\n`)).toContain('no candles');
  });

  test('a row without end is refused before it fills the memory', () => {
    const parser = new CandleCsvParser('x.csv', {});
    parser.push(`${HEADER}\n`);
    expect(() => parser.push('1'.repeat(ROW_BYTES_MAX + 1))).toThrow(/more than 512 characters/);
  });

  test('every kind of problem is told once, with the number of rows', () => {
    const message = refusal(rows(good(0), '60000,,12,9,11,5', '120000,,12,9,11,5', '180000,10,12,9,11,-5'));
    expect(message.split('\n')).toHaveLength(2);
    expect(message).toContain('row 3, column open');
    expect(message).toContain('1 more rows');
    expect(message).toContain('row 5, column volume');
  });

  test('a gzip file is read, a cut one refused', async () => {
    const packed = gzipSync(rows(...Array.from({ length: 500 }, (_, minute) => good(minute))));
    const whole = join(folder, 'whole.csv.gz');
    writeFileSync(whole, packed);
    expect((await readCandleFile(whole)).openTimesMs.length).toBe(500);
    const cut = join(folder, 'cut.csv.gz');
    writeFileSync(cut, packed.subarray(0, packed.length - 20));
    await expect(readCandleFile(cut)).rejects.toThrow(/cut\.csv\.gz: gzip/);
    await expect(readCandleFile(join(folder, 'none.csv.gz'))).rejects.toThrow(/ENOENT/);
  });

  test('a file name may tell the symbol', () => {
    expect(symbolOfFileName('data/btcusdt-5m-2024H1a.csv.gz')).toBe('BTCUSDT');
    expect(symbolOfFileName('quotes.csv')).toBeNull();
  });

  test.skipIf(!existsSync(BAD))('the bad quotes are refused with each kind of fault', () => {
    const text = readFileSync(BAD, 'utf8').replaceAll(/^(\d\d)\/(\d\d)\/(\d{4})/gm, '$3-$1-$2');
    const message = refusal(text);
    expect(message).toContain('row 356, column open: -263.16 is no price');
    expect(message).toContain('row 360, column volume: -64874192');
    expect(message).toContain('row 362, column high: high 255.06 is below low 267.53');
    expect(message).toContain('row 451, column open: the field is empty');
    expect(refusal(readFileSync(BAD, 'utf8'))).toContain('row 2, column date: "01/03/2017" is no date');
  });
});
