import { describe, expect, test } from 'vitest';
import { requireTimeframe } from '../../engine/analysis/bars/timeframe.ts';
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
});
