import { describe, expect, test } from 'vitest';
import { requireTimeframe } from '../../../engine/analysis/bars/timeframe.ts';
import { CANDLE_RULES } from '../../../engine/analysis/patterns/candle-rules.ts';
import { ChartPatterns } from '../../../engine/analysis/patterns/chart-patterns.ts';
import { outcomeStatistics } from '../../../engine/analysis/signals/outcome-statistics.ts';
import { PATTERN_NAMES } from '../../../engine/analysis/signals/pattern-names.ts';
import type { Outcome } from '../../../engine/analysis/signals/signal-outcome.ts';
import { SIGNAL_ROWS, SignalTable, signalTableBytes } from '../../../engine/analysis/signals/signal-table.ts';
import { SignalTableReader } from '../../../engine/analysis/signals/signal-table-reader.ts';
import type { Signal } from '../../../engine/analysis/signals/signal.ts';
import {
  bookWalkSlippage,
  type GateReadings,
  refusalsIn,
  tradeRefusals,
} from '../../../engine/analysis/signals/trade-gate.ts';
import { SignalNews } from '../../../engine/app/analysis/live-signals.ts';
import { SignalView } from '../../../engine/app/analysis/signal-view.ts';
import { instrument } from '../../fixtures/api-harness.ts';

const H1 = requireTimeframe('1h');
const M5 = requireTimeframe('5m');
const HOUR_MS = 3_600_000;
const INSTRUMENTS = [instrument(0, 'BTCUSDT'), instrument(1, 'ETHUSDT')];

function makeTable(): { table: SignalTable; reader: SignalTableReader; again: () => SignalTable } {
  const region = { name: 'signals', byteOffset: 0, byteLength: signalTableBytes(2) };
  const buffer = new SharedArrayBuffer(region.byteLength);
  const again = (): SignalTable => new SignalTable(buffer, region, 2);
  return { table: again(), reader: new SignalTableReader(buffer, region, 2), again };
}

function signal(timeMs: number, changed: Partial<Signal> = {}): Signal {
  return {
    symbol: 'BTCUSDT',
    timeframe: H1,
    pattern: 'engulfing',
    family: 'candlestick',
    direction: 1,
    timeMs,
    expiresMs: timeMs + 3 * HOUR_MS,
    entry: 100.01,
    stop: 98.5,
    target: 103.02,
    atr: 1.5,
    confidence: {
      base: 0.55,
      mtfBoost: 0.35,
      alignmentFactor: 1.15,
      volumeFactor: 1.15,
      final: 0.72,
      priority: 'medium',
    },
    priority: 'medium',
    ...changed,
  };
}

function outcome(of: Signal, kind: Outcome['kind'], rMultiple: number): Outcome {
  const timeMs = of.timeMs + 2 * HOUR_MS;
  return { signal: of, kind, timeMs, exit: 103.02, favourableAtr: 2, adverseAtr: 0.5, rMultiple };
}

describe('the table of signals', () => {
  test('has a number for every pattern that is looked for', () => {
    const charts = new ChartPatterns().detectors.map(({ name }) => name);
    expect(PATTERN_NAMES).toEqual([...CANDLE_RULES.map(({ name }) => name), ...charts]);
  });

  test('shows a signal while it lives, then as followed, then what became of it, or that nobody knows', () => {
    const { table, reader } = makeTable();
    const one = signal(HOUR_MS);
    table.add(0, one);
    table.tell(2 * HOUR_MS);
    const seen = reader.changedSince(0);
    expect(seen.rows).toMatchObject([
      {
        seq: 1,
        instrumentIndex: 0,
        timeframe: '1h',
        pattern: 'engulfing',
        family: 'candlestick',
        direction: 1,
      },
    ]);
    expect(seen.rows[0]).toMatchObject({ entry: 100.01, final: 0.72, priority: 'medium', state: 'alive' });
    expect(reader.changedSince(seen.upTo)).toEqual({ upTo: seen.upTo, rows: [] });
    table.tell(5 * HOUR_MS);
    expect(reader.changedSince(0).rows[0].state).toBe('followed');
    table.tell(30 * HOUR_MS);
    expect(reader.changedSince(0).rows[0].state).toBe('unknown');
    table.settle(0, outcome(one, 'target', 1.9));
    const [ended] = reader.changedSince(seen.upTo).rows;
    expect(ended).toMatchObject({
      seq: 1,
      state: 'target',
      outcome: { kind: 'target', r: 1.9, exit: 103.02 },
    });
  });

  test('counts outcomes as a list of them is counted, also of signals it keeps no more', () => {
    const { table, reader } = makeTable();
    const kinds = ['target', 'stop', 'expired'] as const;
    const outcomes = Array.from({ length: SIGNAL_ROWS + 40 }, (_, at) => {
      const timeframe = at % 3 === 0 ? M5 : H1;
      const pattern = at % 2 === 0 ? 'hammer' : 'breakout';
      const confidence = { ...signal(0).confidence, final: 0.6 + (at % 40) / 100 };
      return outcome(
        signal(at * HOUR_MS, { timeframe, pattern, confidence }),
        kinds[(at % 7) % 3],
        (at % 9) - 4,
      );
    });
    for (const one of outcomes) table.add(0, one.signal);
    for (const one of outcomes) table.settle(0, one);
    const rows = reader.changedSince(0).rows;
    expect(rows).toHaveLength(SIGNAL_ROWS);
    expect(rows.every(({ state }) => state !== 'alive')).toBe(true);
    const told = reader.statistics(['BTCUSDT', 'ETHUSDT']);
    const expected = outcomeStatistics(outcomes);
    expect(told.map(({ group, key, count }) => [group, key, count])).toEqual(
      expected.map(({ group, key, count }) => [group, key, count]),
    );
    for (const [place, { meanR, winRate }] of expected.entries()) {
      expect(told[place].meanR).toBeCloseTo(meanR, 9);
      expect(told[place].winRate).toBe(winRate);
    }
  });

  test('goes on in another thread where the one before ended', () => {
    const { table, reader, again } = makeTable();
    table.add(0, signal(HOUR_MS));
    table.noteTaken(1, H1, 7 * HOUR_MS);
    const successor = again();
    expect([successor.takenMs(1, H1), successor.takenMs(0, H1)]).toEqual([7 * HOUR_MS, 0]);
    successor.add(0, signal(2 * HOUR_MS));
    expect(reader.changedSince(0).rows.map(({ seq, change }) => [seq, change])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  test('tells what the living signals say together until the first of them ends', () => {
    const { table, reader } = makeTable();
    const news = {
      direction: -1,
      upStrength: 0.1,
      downStrength: 0.4,
      entry: 100,
      stop: 101,
      target: 98,
      confidence: 0.81,
      untilMs: 5 * HOUR_MS,
      signalCount: 2,
    } as const;
    expect(reader.merged(1)).toBeNull();
    table.merge(1, news, 0b110, HOUR_MS);
    table.tell(HOUR_MS);
    expect(reader.merged(1)).toMatchObject({ ...news, priority: 'high', refusals: ['dataAge', 'spread'] });
    table.tell(5 * HOUR_MS);
    expect(reader.merged(1)).toBeNull();
    table.tell(HOUR_MS);
    table.merge(1, null, NaN, HOUR_MS);
    expect(reader.merged(1)).toBeNull();
  });

  test('is told to people and clients in symbols, prices of the tick grid and words', () => {
    const { table, reader } = makeTable();
    const view = new SignalView(reader, INSTRUMENTS);
    expect(view.list()).toMatchObject({ nowMs: null, signals: [], merged: [], statistics: [] });
    table.add(1, signal(HOUR_MS, { entry: 0.1 + 0.2 }));
    table.tell(HOUR_MS);
    expect(view.list().signals).toMatchObject([
      { symbol: 'ETHUSDT', entry: 0.3, state: 'alive', outcome: null },
    ]);
    expect(view.state()).toMatchObject({
      BTCUSDT: { open: [] },
      ETHUSDT: { merged: null, open: [{ seq: 1 }] },
    });
    expect([view.takeNews().length, view.takeNews().length]).toEqual([1, 0]);
    const news = new SignalNews();
    expect(news.of(view.list().signals)).toHaveLength(1);
    table.tell(5 * HOUR_MS);
    expect(news.of(view.list().signals)).toEqual([]);
    table.settle(1, outcome(signal(HOUR_MS), 'stop', -1));
    expect(news.of(view.list().signals)).toMatchObject([{ seq: 1, state: 'stop' }]);
  });
});

describe('what speaks against a trade now', () => {
  const good: GateReadings = {
    spreadBps: 3,
    depth: 5_000,
    notional: 1_000,
    slippage: 0.1,
    atr: 1,
    dataAgeMs: 1_000,
    isTrusted: true,
  };

  test.each([
    [{}, []],
    [{ spreadBps: 3.01 }, ['spread']],
    [{ depth: 4_999 }, ['depth']],
    [{ slippage: 0.11 }, ['slippage']],
    [{ dataAgeMs: 1_001 }, ['dataAge']],
    [{ isTrusted: false }, ['trust']],
    [{ atr: NaN }, ['slippage']],
    [{ spreadBps: NaN, depth: 0, slippage: Infinity }, ['spread', 'depth', 'slippage']],
  ])('%j: %j', (changed, expected) => {
    expect(refusalsIn(tradeRefusals({ ...good, ...changed }))).toEqual(expected);
  });

  test('a walk through the book pays the average of what it takes, and more than there is has no price', () => {
    // 100 at 100 and 50 at 101: 150 buys 1 + 50 / 101 units.
    const average = 150 / (1 + 50 / 101);
    expect(bookWalkSlippage([100, 101], [1, 10], 99.5, 150)).toBeCloseTo(average - 99.5, 12);
    expect(bookWalkSlippage([99, 98], [1, 1], 99.5, 99)).toBeCloseTo(0.5, 12);
    expect(bookWalkSlippage([100], [1], 99.5, 101)).toBe(Infinity);
  });
});
