import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type CandleColumns, CandleColumnsBuilder } from '../../../engine/analysis/bars/candle-columns.ts';
import { requireTimeframe, type Timeframe, TIMEFRAMES } from '../../../engine/analysis/bars/timeframe.ts';
import { BarImport } from '../../../engine/analysis/store/bar-import.ts';
import { BarStore, BLOCK_CANDLES, blockStartOf } from '../../../engine/analysis/store/bar-store.ts';
import { DurableFiles } from '../../../engine/analysis/store/durable-files.ts';
import { StoreError } from '../../../engine/analysis/store/store-error.ts';

const M1 = requireTimeframe('1m');
const H1 = requireTimeframe('1h');
const root = mkdtempSync(join(tmpdir(), 'shrike-store-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const newFolder = (): string => join(root, `store-${folders++}`);

/** Candles at these places of the timeframe, their figures made from the place. */
function candles(timeframe: Timeframe, places: readonly number[], shift = 0): CandleColumns {
  const builder = new CandleColumnsBuilder();
  for (const place of places) {
    const price = 100 + (place % 50) / 7 + shift;
    builder.add(place * timeframe.lengthMs, price, price + 2, price - 1, price + 0.1, place / 3);
  }
  return builder.finish(timeframe);
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

function put(folder: string, symbol: string, columns: CandleColumns, isReplacing = false): unknown {
  const session = new BarImport(folder);
  try {
    const counts = session.add(symbol, columns, isReplacing);
    session.commit();
    return counts;
  } finally {
    session.close();
  }
}

const times = (folder: string, symbol: string, timeframe: Timeframe): number[] =>
  [...BarStore.open(folder).read(symbol, timeframe).openTimesMs].map((time) => time / timeframe.lengthMs);

describe('a bar store', () => {
  test('gives back what was put in, bit by bit, over several segments', () => {
    const folder = newFolder();
    const columns = candles(M1, range(BLOCK_CANDLES - 3, 3 * BLOCK_CANDLES + 5));
    expect(put(folder, 'BTCUSDT', columns)).toEqual({
      added: columns.opens.length,
      same: 0,
      replaced: 0,
    });
    const store = BarStore.open(folder);
    expect(store.index.segments.length).toBe(4);
    expect(store.read('BTCUSDT', M1)).toEqual(columns);
    expect(store.verify()).toEqual([]);
  });

  test('answers ranges: from is in, to is out', () => {
    const folder = newFolder();
    put(folder, 'X', candles(H1, range(0, 10_000)));
    const store = BarStore.open(folder);
    fc.assert(
      fc.property(fc.integer({ min: -5, max: 10_005 }), fc.integer({ min: 0, max: 500 }), (from, length) => {
        const got = store.read('X', H1, from * H1.lengthMs, (from + length) * H1.lengthMs);
        const expected = range(from, from + length).filter((place) => place >= 0 && place < 10_000);
        expect([...got.openTimesMs].map((time) => time / H1.lengthMs)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  test('holds the union of all imports, whatever their order and overlap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 9_000 }), { minLength: 1, maxLength: 20 }), {
          maxLength: 5,
        }),
        (imports) => {
          const folder = newFolder();
          const all = new Set<number>();
          put(folder, 'X', candles(M1, [1]));
          all.add(1);
          for (const places of imports) {
            const sorted = places.toSorted((a, b) => a - b);
            const fresh = sorted.filter((place) => !all.has(place)).length;
            expect(put(folder, 'X', candles(M1, sorted))).toEqual({
              added: fresh,
              same: sorted.length - fresh,
              replaced: 0,
            });
            for (const place of sorted) all.add(place);
          }
          expect(times(folder, 'X', M1)).toEqual([...all].sort((a, b) => a - b));
          expect(BarStore.open(folder).read('X', M1)).toEqual(
            candles(
              M1,
              [...all].sort((a, b) => a - b),
            ),
          );
        },
      ),
      { numRuns: 20 },
    );
  });

  test('lists series with their gaps, short timeframes first; symbols of any script are folders', () => {
    const folder = newFolder();
    put(folder, '币安人生USDT', candles(H1, [5, 6, 9]));
    put(folder, '币安人生USDT', candles(M1, [5]));
    put(folder, '..', candles(M1, [7]));
    const listed = BarStore.open(folder).list();
    expect(listed.map(({ symbol, timeframe }) => `${symbol} ${timeframe.name}`)).toEqual([
      '.. 1m',
      '币安人生USDT 1m',
      '币安人生USDT 1h',
    ]);
    expect(listed[2]).toMatchObject({ count: 3, missing: 2, firstOpenMs: 5 * H1.lengthMs });
    expect(readdirSync(root)).not.toContain('1m');
  });

  test('a candle with other figures is a conflict that names it, and changes nothing; replacing takes it', () => {
    const folder = newFolder();
    put(folder, 'X', candles(M1, [1, 2, 3]));
    const other = candles(M1, [3, 4], 1);
    expect(() => put(folder, 'X', other)).toThrow(/X 1m at 180000 \(1970-01-01T00:03:00.000Z\)/);
    expect(times(folder, 'X', M1)).toEqual([1, 2, 3]);
    expect(put(folder, 'X', other, true)).toEqual({ added: 1, same: 0, replaced: 1 });
    expect(BarStore.open(folder).read('X', M1).opens[2]).toBe(other.opens[0]);
  });

  test('says what there is when it is asked for something else', () => {
    const folder = newFolder();
    expect(() => BarStore.open(folder)).toThrow(/there is no bar store/);
    put(folder, 'X', candles(M1, [1]));
    expect(() => BarStore.open(folder).read('Y', M1)).toThrow(/no Y 1m; it holds X 1m/);
  });

  test('has one writer at a time, and takes over from a dead one', () => {
    const folder = newFolder();
    const session = new BarImport(folder);
    expect(() => new BarImport(folder)).toThrow(/is writing to this bar store/);
    session.close();
    writeFileSync(join(folder, 'writer.lock'), '999999999\n');
    expect(() => put(folder, 'X', candles(M1, [1]))).not.toThrow();
  });

  test('is taken over from a thread of the same writer that died in the middle, and from no other', () => {
    const folder = newFolder();
    const died = new BarImport(folder, new DurableFiles(), 'engine');
    died.add('X', candles(M1, [1]), false);
    expect(() => new BarImport(folder, new DurableFiles(), 'tool')).toThrow(/is writing to this bar store/);
    expect(() => new BarImport(folder)).toThrow(/is writing to this bar store/);
    const successor = new BarImport(folder, new DurableFiles(), 'engine');
    // What the dead one would still do in the end must not open the store to others.
    died.close();
    expect(() => new BarImport(folder)).toThrow(/is writing to this bar store/);
    successor.add('X', candles(M1, [2]), false);
    successor.commit();
    successor.close();
    expect(times(folder, 'X', M1)).toEqual([2]);
    expect(() => put(folder, 'X', candles(M1, [3]))).not.toThrow();
  });

  test('weeks lie in one block per 4096 weeks that begins on a Monday', () => {
    for (const timeframe of TIMEFRAMES) {
      const start = blockStartOf(timeframe, Date.UTC(2024, 0, 15));
      expect(blockStartOf(timeframe, start)).toBe(start);
      expect(blockStartOf(timeframe, start - 1)).toBeLessThan(start);
      if (timeframe.name === '1w') expect(new Date(start).getUTCDay()).toBe(1);
    }
  });
});

/** Ends at the n-th change of the folder, which is left as a dying process leaves it: half written or not at all. */
class DyingFiles extends DurableFiles {
  private left: number;

  constructor(steps: number) {
    super();
    this.left = steps;
  }

  override write(path: string, bytes: Uint8Array): void {
    if (this.left-- > 0) return super.write(path, bytes);
    super.write(path, bytes.subarray(0, bytes.length >> 1));
    throw new Error('killed');
  }

  override replace(from: string, to: string): void {
    if (this.left-- <= 0) throw new Error('killed');
    super.replace(from, to);
  }

  override remove(path: string): void {
    if (this.left-- <= 0) throw new Error('killed');
    super.remove(path);
  }
}

describe('an import that ends in the middle', () => {
  test('leaves the old store at every step before the new index, and the new one after it', () => {
    const before = newFolder();
    put(before, 'X', candles(M1, range(0, 6_000)));
    const outcomes: string[] = [];
    for (let steps = 0; ; steps++) {
      const folder = newFolder();
      cpSync(before, folder, { recursive: true });
      const session = new BarImport(folder, new DyingFiles(steps));
      let isWhole = true;
      try {
        session.add('X', candles(M1, range(5_000, 10_000)), false);
        session.add('Y', candles(M1, range(0, 10)), false);
        session.commit();
      } catch (error) {
        expect((error as Error).message).toBe('killed');
        isWhole = false;
      }
      session.close();
      const store = BarStore.open(folder);
      expect(store.verify()).toEqual([]);
      const count = store.read('X', M1).openTimesMs.length;
      expect(store.list().length).toBe(count === 6_000 ? 1 : 2);
      outcomes.push(`${count}`);
      // What was left over is in nobody's way.
      put(folder, 'X', candles(M1, range(5_000, 10_000)));
      expect(BarStore.open(folder).read('X', M1)).toEqual(candles(M1, range(0, 10_000)));
      if (isWhole) break;
    }
    expect(new Set(outcomes)).toEqual(new Set(['6000', '10000']));
    expect(outcomes).toEqual(outcomes.toSorted((a, b) => Number(a) - Number(b)));
  });

  test('clears away segments that nothing names', () => {
    const folder = newFolder();
    put(folder, 'X', candles(M1, [1]));
    put(folder, 'X', candles(M1, [2]));
    const segments = readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.seg'));
    expect(segments).toHaveLength(1);
  });
});

describe('a changed byte', () => {
  const folder = newFolder();
  put(folder, 'X', candles(M1, range(0, 40)));
  const segment = join(folder, BarStore.open(folder).index.segments[0].file);
  const index = join(folder, 'index');

  test('of a segment is found wherever it is, and the file named', () => {
    const whole = readFileSync(segment);
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] ^= 1 << (at % 8);
      writeFileSync(segment, bytes);
      const problems = BarStore.open(folder).verify();
      expect(problems, `byte ${at}`).toHaveLength(1);
      expect(problems[0]).toContain(segment);
    }
    const inCloses = Buffer.from(whole);
    inCloses[64 + 40 * 8 * 4 + 3] ^= 4;
    writeFileSync(segment, inCloses);
    expect(BarStore.open(folder).verify()[0]).toContain('column closes is changed');
    expect(() => BarStore.open(folder).read('X', M1)).toThrow(/column closes is changed/);
    writeFileSync(segment, whole.subarray(0, whole.length - 8));
    expect(BarStore.open(folder).verify()[0]).toMatch(/bytes instead of/);
    rmSync(segment);
    expect(BarStore.open(folder).verify()[0]).toContain('the segment is missing');
    writeFileSync(segment, whole);
    expect(BarStore.open(folder).verify()).toEqual([]);
  });

  test('of the index is found, so is an older index of the same store', () => {
    const whole = readFileSync(index);
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] ^= 1;
      writeFileSync(index, bytes);
      expect(() => BarStore.open(folder), `byte ${at}`).toThrow(StoreError);
    }
    writeFileSync(index, whole);
    put(folder, 'X', candles(M1, [50]));
    writeFileSync(index, whole);
    expect(BarStore.open(folder).verify()[0]).toContain('the segment is missing');
    expect(existsSync(segment)).toBe(false);
  });
});
