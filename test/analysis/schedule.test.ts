import { describe, expect, test } from 'vitest';
import { requireTimeframe } from '../../engine/analysis/bars/timeframe.ts';
import { LocalTimes } from '../../engine/analysis/schedule/local-times.ts';
import { ResultCache } from '../../engine/analysis/schedule/result-cache.ts';
import { ScheduleTable, scheduleTableBytes } from '../../engine/analysis/schedule/status-table.ts';
import { Scheduler } from '../../engine/analysis/schedule/scheduler.ts';

const FRAMES = ['1m', '5m', '1h'].map(requireTimeframe);
const [MINUTE, FIVE, HOUR] = FRAMES;
const START_MS = Date.UTC(2024, 6, 31, 11);

function scheduler(count: number): Scheduler {
  const made = new Scheduler(FRAMES);
  for (let index = 0; index < count; index++) made.add(index, `SYM${index}`);
  return made;
}

const anyone = (): boolean => true;

describe('the scheduler', () => {
  test('longer timeframes go first, then the order of the symbols; what else of the symbol waits goes with it', () => {
    const own = scheduler(3);
    own.noteClose(0, MINUTE, START_MS);
    own.noteClose(1, MINUTE, START_MS);
    own.noteClose(1, HOUR, START_MS);
    own.noteClose(2, FIVE, START_MS);
    own.noteClose(0, FIVE, START_MS);
    const runs = [];
    for (let run = own.next(0, anyone); run !== null; run = own.next(0, anyone)) runs.push(run);
    expect(
      runs.map(({ instrumentIndex, waits }) => [instrumentIndex, waits.map((w) => w.timeframe.name)]),
    ).toEqual([
      [1, ['1h', '1m']],
      [0, ['5m', '1m']],
      [2, ['5m']],
    ]);
    // They run: what closes meanwhile waits until they are finished.
    own.noteClose(1, MINUTE, START_MS + 60_000);
    expect(own.next(0, anyone)).toBeNull();
    own.finish(runs[0], 5e6, START_MS + 5, false);
    expect(own.next(0, anyone)?.instrumentIndex).toBe(1);
  });

  test('of a pair one close waits, the newest; the replaced one is counted, and no other pair is touched', () => {
    const own = scheduler(1);
    for (let minute = 0; minute < 7; minute++) own.noteClose(0, MINUTE, START_MS + minute * 60_000);
    own.noteClose(0, HOUR, START_MS);
    const run = own.next(0, anyone)!;
    expect(run.waits).toEqual([
      { timeframe: HOUR, closeMs: START_MS },
      { timeframe: MINUTE, closeMs: START_MS + 360_000 },
    ]);
    expect(own.totals()).toMatchObject({ replaced: 6, waiting: 0 });
  });

  test('a result after a tenth of its timeframe is late and told; after a whole bar it is dropped', () => {
    const own = scheduler(1);
    const told = (closeMs: number, doneMs: number): boolean => {
      own.noteClose(0, MINUTE, closeMs);
      own.noteClose(0, FIVE, closeMs);
      return own.finish(own.next(0, anyone)!, 3e6, doneMs, false);
    };
    expect(told(START_MS, START_MS + 6_000)).toBe(true);
    expect(own.totals()).toMatchObject({ late: 0, dropped: 0 });
    expect(told(START_MS + 300_000, START_MS + 306_001)).toBe(true);
    expect(own.totals()).toMatchObject({ late: 1, dropped: 0 });
    // Old for a minute, not for five: it is told.
    expect(told(START_MS + 600_000, START_MS + 660_000)).toBe(true);
    expect(own.totals()).toMatchObject({ late: 2, dropped: 1 });
    expect(told(START_MS + 900_000, START_MS + 1_200_000)).toBe(false);
    expect(own.totals()).toMatchObject({ dropped: 3, runs: 8, failed: 0 });
  });

  test('what failed waits again, unless a newer close does; its rate of success says so', () => {
    const own = scheduler(1);
    own.noteClose(0, MINUTE, START_MS);
    expect(own.finish(own.next(0, anyone)!, 1e6, START_MS + 1, true)).toBe(false);
    const again = own.next(2e6, anyone)!;
    expect(again.waits[0].closeMs).toBe(START_MS);
    own.noteClose(0, MINUTE, START_MS + 60_000);
    own.finish(again, 4e6, START_MS + 4, true);
    const newer = own.next(5e6, anyone)!;
    expect(newer.waits).toHaveLength(1);
    expect(newer.waits[0].closeMs).toBe(START_MS + 60_000);
    own.finish(newer, 9e6, START_MS + 60_009, false);
    expect(own.report()[0]).toEqual({
      symbol: 'SYM0',
      timeframe: '1m',
      lastCloseMs: START_MS + 60_000,
      lastRunMs: START_MS + 60_009,
      runs: 3,
      failed: 2,
      successRate: 1 / 3,
      replaced: 0,
      late: 0,
      dropped: 0,
      cacheHits: 0,
      averageMs: (1 + 2 + 4) / 3,
      minMs: 1,
      maxMs: 4,
      latenessMs: 9,
      maxLatenessMs: 9,
    });
  });

  test('who asks by hand goes first; who is removed is asked no more, and may come again', () => {
    const own = scheduler(3);
    own.noteClose(0, HOUR, START_MS);
    expect([own.force(2), own.force(9)]).toEqual([true, false]);
    expect(own.next(0, anyone)).toMatchObject({ instrumentIndex: 2, isForced: true, waits: [] });
    expect([own.remove(0), own.remove(0), own.has(0)]).toEqual([true, false, false]);
    own.noteClose(0, HOUR, START_MS);
    expect(own.next(0, anyone)).toBeNull();
    own.add(0, 'SYM0');
    own.noteClose(0, HOUR, START_MS);
    expect(own.next(0, (index) => index !== 0)).toBeNull();
    expect(own.next(0, anyone)?.instrumentIndex).toBe(0);
  });

  test("timeframes come and go; a close of one that went is nobody's, and what was counted of it still counts", () => {
    const own = scheduler(1);
    own.noteClose(0, HOUR, START_MS);
    own.finish(own.next(0, anyone)!, 1e6, START_MS + 1, false);
    own.noteClose(0, HOUR, START_MS + 3_600_000);
    const running = own.next(0, anyone)!;
    own.add(0, 'SYM0', [MINUTE, FIVE]);
    expect(own.finish(running, 2e6, START_MS + 3_600_001, false)).toBe(false);
    own.noteClose(0, HOUR, START_MS + 7_200_000);
    expect(own.next(0, anyone)).toBeNull();
    expect(own.report().map(({ timeframe }) => timeframe)).toEqual(['1m', '5m']);
    expect(own.totals().runs).toBe(1);
    own.add(0, 'SYM0');
    expect(own.report().map(({ timeframe, runs }) => [timeframe, runs])).toEqual([
      ['1m', 0],
      ['5m', 0],
      ['1h', 1],
    ]);
  });

  test('a forced run counts for the timeframes it was asked for, and is never late', () => {
    const own = scheduler(1);
    expect([own.force(0, HOUR), own.force(0, requireTimeframe('1w'))]).toEqual([true, false]);
    own.noteClose(0, MINUTE, START_MS);
    expect(own.finish(own.next(0, anyone)!, 7e6, START_MS + 90_000, false)).toBe(true);
    const [minute, , hour] = own.report();
    expect([minute.runs, minute.dropped, minute.latenessMs]).toEqual([1, 1, 90_000]);
    expect([hour.runs, hour.averageMs, hour.late, hour.latenessMs]).toEqual([1, 7, 0, null]);
  });

  test('other threads read what was counted, and which timeframes were chosen', () => {
    const buffer = new SharedArrayBuffer(scheduleTableBytes(2));
    const table = new ScheduleTable(
      buffer,
      { name: 'table', byteOffset: 0, byteLength: buffer.byteLength },
      2,
    );
    const own = scheduler(2);
    own.noteClose(1, FIVE, START_MS);
    own.finish(own.next(0, anyone)!, 3e6, START_MS + 4, false);
    own.forEachChanged((index, timeframe, report) => table.write(index, timeframe, report));
    const { symbol: _symbol, timeframe: _timeframe, successRate: _rate, ...figures } = own.report()[4];
    expect(table.read(1, FIVE)).toEqual(figures);
    expect(table.read(0, FIVE)).toMatchObject({ runs: 0, lastRunMs: null });
    let changed = 0;
    own.forEachChanged(() => changed++);
    expect(changed).toBe(0);
    expect(table.chosen(1)).toBeNull();
    table.choose(1, [MINUTE, HOUR]);
    table.choose(0, []);
    expect([table.chosen(1)!.map(({ name }) => name), table.chosen(0)]).toEqual([['1m', '1h'], []]);
  });
});

describe('the cache of results', () => {
  test('a result is there until five seconds after the next close should have come', () => {
    const cache = new ResultCache<string>();
    cache.put(3, FIVE, START_MS, 'result');
    expect(cache.get(3, FIVE, START_MS, START_MS + 305_000)).toBe('result');
    expect(cache.get(3, MINUTE, START_MS, START_MS)).toBeNull();
    expect(cache.get(3, FIVE, START_MS + 300_000, START_MS + 300_000)).toBeNull();
    expect(cache.get(3, FIVE, START_MS, START_MS + 305_001)).toBeNull();
    cache.put(3, FIVE, START_MS, 'one');
    cache.put(33, FIVE, START_MS, 'other');
    cache.forget(3);
    expect([3, 33].map((index) => cache.get(index, FIVE, START_MS, START_MS))).toEqual([null, 'other']);
  });
});

describe('clock times of a zone', () => {
  const all = (zone: string, times: string[], fromMs: number, count: number): string[] => {
    const clock = new LocalTimes(times, zone);
    const found: string[] = [];
    for (let moment = fromMs; found.length < count;) {
      moment = clock.next(moment);
      found.push(new Date(moment).toISOString().slice(5, 16));
    }
    return found;
  };

  test('come once a day each, in summer and winter time', () => {
    expect(all('Europe/Berlin', ['21:00', '09:00'], Date.UTC(2024, 9, 26, 5), 5)).toEqual([
      '10-26T07:00',
      '10-26T19:00',
      '10-27T08:00',
      '10-27T20:00',
      '10-28T08:00',
    ]);
    expect(all('UTC', ['00:00'], Date.UTC(2024, 1, 28, 23, 59), 2)).toEqual(['02-29T00:00', '03-01T00:00']);
    expect(all('Pacific/Auckland', ['09:00'], Date.UTC(2024, 0, 1), 2)).toEqual([
      '01-01T20:00',
      '01-02T20:00',
    ]);
    expect(all('Asia/Kolkata', ['09:00'], Date.UTC(2024, 0, 1), 1)).toEqual(['01-01T03:30']);
  });

  test('a time that the clocks skip comes when they are put forward, one that they repeat comes the first time', () => {
    expect(all('Europe/Berlin', ['02:30'], Date.UTC(2024, 2, 30, 12), 2)).toEqual([
      '03-31T01:00',
      '04-01T00:30',
    ]);
    expect(all('Europe/Berlin', ['02:30'], Date.UTC(2024, 9, 26, 12), 2)).toEqual([
      '10-27T00:30',
      '10-28T01:30',
    ]);
    expect(all('America/New_York', ['01:30'], Date.UTC(2024, 10, 2, 12), 2)).toEqual([
      '11-03T05:30',
      '11-04T06:30',
    ]);
  });

  test('without times there is none; what is no time or no zone is named', () => {
    expect(new LocalTimes([], 'UTC').next(0)).toBe(Infinity);
    expect(() => new LocalTimes(['9:00'], 'UTC')).toThrow('"9:00" is no time of day such as 09:00');
    expect(() => new LocalTimes(['09:00'], 'Mars/Base')).toThrow('no time zone is named "Mars/Base"');
  });
});
