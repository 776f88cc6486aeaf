import { describe, expect, test } from 'vitest';
import {
  CandleFetchError,
  type CandleFetcher,
  type CandleQuery,
} from '../../../engine/analysis/bars/candle-port.ts';
import { requireTimeframe } from '../../../engine/analysis/bars/timeframe.ts';
import { BarSeries } from '../../../engine/analysis/live/bar-series.ts';
import { CandleDesk } from '../../../engine/analysis/live/candle-desk.ts';
import { joinHistories } from '../../../engine/analysis/live/history-source.ts';
import { SeriesHistory } from '../../../engine/analysis/live/series-history.ts';
import type { TakenCandle } from '../../../engine/analysis/live/taken-candle.ts';

const MINUTE = requireTimeframe('1m');
const WEEK = requireTimeframe('1w');

function bar(minute: number, close = 100 + minute, isComplete = true): TakenCandle {
  const prices = { open: close, high: close + 1, low: close - 1, close };
  return {
    kind: 'closed',
    openTimeMs: minute * 60_000,
    ...prices,
    volume: 1 + minute,
    buyVolume: 0.5,
    isComplete,
  };
}

const bars = (from: number, to: number): TakenCandle[] =>
  Array.from({ length: to - from }, (_, index) => bar(from + index));

describe('histories of two sources', () => {
  test('are one where they overlap and agree', () => {
    expect(joinHistories(bars(0, 6), bars(4, 9))).toEqual(bars(0, 9));
    expect(joinHistories(bars(0, 9), bars(4, 6))).toEqual(bars(0, 6));
    expect(joinHistories([], bars(4, 6))).toEqual(bars(4, 6));
    expect(joinHistories(bars(4, 6), [])).toEqual(bars(4, 6));
  });

  test('are not joined without a candle in common, or where one differs', () => {
    expect(joinHistories(bars(0, 4), bars(4, 9))).toBeNull();
    expect(joinHistories([...bars(0, 5), bar(5, 99)], bars(4, 9))).toBeNull();
  });
});

describe('the bars of a series', () => {
  function series(): { series: BarSeries; told: number[]; holes: [number, number][] } {
    const told: number[] = [];
    const holes: [number, number][] = [];
    const own = new BarSeries(MINUTE, {
      onBar: (_timeframe, { openTimeMs, isComplete }) =>
        told.push((isComplete ? 1 : -1) * (openTimeMs / 60_000)),
      onHole: (_timeframe, fromMs, toMs) => holes.push([fromMs / 60_000, toMs / 60_000]),
    });
    return { series: own, told, holes };
  }

  test('wait for the beginning, and behind a hole, and come in order', () => {
    const { series: own, told, holes } = series();
    own.offer(bar(5));
    own.offer(bar(6));
    expect(told).toEqual([]);
    own.begin(3 * 60_000);
    expect([told, holes]).toEqual([[], [[3, 5]]]);
    own.offer(bar(7));
    own.fill(5 * 60_000, bars(3, 5));
    expect(told).toEqual([3, 4, 5, 6, 7]);
    own.offer(bar(7));
    expect(own.lateCount).toBe(1);
  });

  test('what nobody has stays out, an incomplete bar is taken as it is, and a whole one takes its place', () => {
    const { series: own, told, holes } = series();
    own.begin(NaN);
    own.offer(bar(2, 50, false));
    expect(holes).toEqual([[2, 3]]);
    own.fill(99, bars(2, 3));
    expect(told).toEqual([]);
    own.fill(3 * 60_000, []);
    expect(told).toEqual([-2]);
    own.offer(bar(5, 50, false));
    own.offer(bar(6));
    expect(holes.at(-1)).toEqual([3, 6]);
    own.fill(6 * 60_000, [bar(5)]);
    expect(told).toEqual([-2, 5, 6]);
    own.expect(9 * 60_000);
    own.expect(10 * 60_000);
    expect(holes.at(-1)).toEqual([7, 9]);
    own.fill(9 * 60_000, [bar(7)]);
    own.expect(10 * 60_000);
    expect([told, holes.at(-1)]).toEqual([
      [-2, 5, 6, 7],
      [8, 10],
    ]);
  });

  test('a history keeps as many as its timeframe has, whatever came', () => {
    const history = new SeriesHistory(WEEK);
    for (let week = 0; week < 2_000; week++) history.append(bar(week));
    expect([history.count, history.forgottenCount]).toEqual([300, 1_700]);
    expect(history.copy().columns[4]).toEqual(Float64Array.from(bars(1_700, 2_000), ({ close }) => close));
    expect(history.back(299)).toEqual(bar(1_700));
    expect([history.back(300), history.since(1_998 * 60_000)]).toEqual([null, bars(1_998, 2_000)]);
  });
});

describe('the desk that asks for candles', () => {
  class Venue implements CandleFetcher {
    readonly candlesMax = 10;
    queries: CandleQuery[] = [];
    results: (TakenCandle[] | CandleFetchError)[] = [];
    fetch(query: CandleQuery): Promise<TakenCandle[]> {
      this.queries.push(query);
      const result = this.results.shift() ?? [];
      return result instanceof CandleFetchError ? Promise.reject(result) : Promise.resolve(result);
    }
    close(): void {}
  }

  async function asked(
    venue: Venue | null,
    toMinute: number,
    seconds = 60,
  ): Promise<{ answer: unknown; failures: string[] }> {
    const failures: string[] = [];
    const desk = new CandleDesk({ onFailure: (reason) => failures.push(reason) });
    let answer: unknown = 'none yet';
    desk.ask({
      symbol: 'X',
      timeframe: MINUTE,
      fromMs: 0,
      toMs: toMinute * 60_000,
      notBeforeNs: 1e9,
      fetcher: venue,
      onAnswer: (candles) => (answer = candles),
    });
    for (let tenth = 0; tenth <= 10 * seconds; tenth++) {
      desk.poll(tenth * 1e8);
      if (tenth < 10 && venue !== null) expect(venue.queries).toEqual([]);
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
    }
    return { answer, failures };
  }

  test('asks in pages, and gives what lies in the range', async () => {
    const venue = new Venue();
    venue.results = [bars(0, 10), bars(10, 20), bars(20, 26)];
    expect(await asked(venue, 25)).toEqual({ answer: bars(0, 25), failures: [] });
    expect(venue.queries.map(({ fromMs, toMs }) => [fromMs / 60_000, toMs / 60_000])).toEqual([
      [0, 10],
      [10, 20],
      [20, 25],
    ]);
  });

  test('tries again, waits as long as the venue wants, and gives up at last', async () => {
    const venue = new Venue();
    venue.results = [new CandleFetchError('VENUE_REFUSED', 'busy', 30_000), bars(0, 3)];
    expect((await asked(venue, 3, 30)).answer).toBe('none yet');
    venue.queries = [];
    venue.results = [new CandleFetchError('VENUE_REFUSED', 'busy', 30_000), bars(0, 3)];
    expect((await asked(venue, 3, 32)).answer).toEqual(bars(0, 3));
    venue.queries = [];
    venue.results = Array.from({ length: 9 }, () => new CandleFetchError('VENUE_UNREACHABLE', 'gone'));
    expect(await asked(venue, 3)).toEqual({ answer: null, failures: ['gone'] });
    expect(venue.queries).toHaveLength(4);
  });

  test('refuses nonsense as a whole, and answers for a venue without candles', async () => {
    for (const [nonsense, reason] of [
      [[bar(2), bar(1)], '1m candles of X: 60000 does not come after 120000'],
      [[{ ...bar(1), openTimeMs: 61_000 }], '1m candles of X: no candle opens at 61000'],
      [[{ ...bar(1), low: 900 }], '1m candles of X: high 102 is below low 900 in the candle at 60000'],
    ] as const) {
      const venue = new Venue();
      venue.results = [[...nonsense]];
      expect(await asked(venue, 3, 5)).toEqual({ answer: null, failures: [reason] });
    }
    expect(await asked(null, 3, 5)).toEqual({ answer: null, failures: [] });
  });
});
