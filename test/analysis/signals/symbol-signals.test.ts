import { describe, expect, test } from 'vitest';
import { CandleAggregator } from '../../../engine/analysis/bars/aggregate.ts';
import type { ClosedCandle } from '../../../engine/analysis/bars/candle.ts';
import { requireTimeframe, type Timeframe } from '../../../engine/analysis/bars/timeframe.ts';
import type { Outcome } from '../../../engine/analysis/signals/signal-outcome.ts';
import type { Signal } from '../../../engine/analysis/signals/signal.ts';
import { SymbolSignals } from '../../../engine/analysis/signals/symbol-signals.ts';
import { SymbolAnalysis } from '../../../engine/analysis/symbol/symbol-analysis.ts';

const M15 = requireTimeframe('15m');
const H1 = requireTimeframe('1h');
const H4 = requireTimeframe('4h');
const TICK = 0.25;

/** A seeded walk on the tick grid with trends, quiet and loud stretches. */
function walk(length: number, without: ReadonlySet<number> = new Set()): ClosedCandle[] {
  let state = 42;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const grid = (price: number): number => Math.round(price / TICK) * TICK;
  let close = 1000;
  const bars: ClosedCandle[] = [];
  for (let place = 0; place < length; place++) {
    const size = 2 + 6 * Math.abs(Math.sin(place / 40));
    const open = close;
    close = grid(open + (random() - 0.5 + 0.25 * Math.sin(place / 90)) * size);
    const high = grid(Math.max(open, close) + random() * size * 0.4);
    const low = grid(Math.min(open, close) - random() * size * 0.4);
    const volume = 10 * random() * random() + (random() < 0.1 ? 20 : 0);
    const openTimeMs = place * M15.lengthMs;
    if (!without.has(place))
      bars.push({ kind: 'closed', openTimeMs, open, high, low, close, volume, isComplete: true });
  }
  return bars;
}

/** Everything that is told while the bars come, longer timeframes made from them and first at each moment. */
function run(bars: readonly ClosedCandle[]): { signals: Signal[]; outcomes: Outcome[]; told: SymbolSignals } {
  const signals: Signal[] = [];
  const outcomes: Outcome[] = [];
  const told = new SymbolSignals(new SymbolAnalysis('X', [M15, H1, H4], TICK), 10, {
    onSignal: (signal) => signals.push(signal),
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const longer: [Timeframe, CandleAggregator][] = [H4, H1].map((to) => [to, new CandleAggregator(M15, to)]);
  for (const bar of bars) {
    for (const [timeframe, aggregator] of longer) {
      const made = aggregator.push(bar);
      if (made !== null) told.update(timeframe, made);
    }
    told.update(M15, bar);
  }
  return { signals, outcomes, told };
}

describe('the signals of a symbol', () => {
  const bars = walk(2400);
  const whole = run(bars);

  test('are there, of several timeframes, families and both sides', () => {
    expect(whole.signals.length).toBeGreaterThan(50);
    expect(new Set(whole.signals.map(({ timeframe }) => timeframe.name)).size).toBeGreaterThan(1);
    expect(new Set(whole.signals.map(({ family }) => family)).size).toBeGreaterThan(2);
    expect(new Set(whole.signals.map(({ direction }) => direction)).size).toBe(2);
  });

  test('propose at the close of their bar, with stop and target on their sides and on the grid', () => {
    const closeAt = new Map(bars.map((bar) => [bar.openTimeMs + M15.lengthMs, bar.close]));
    for (const signal of whole.signals) {
      expect(signal.entry).toBe(closeAt.get(signal.timeMs));
      const risk = signal.direction * (signal.entry - signal.stop);
      const reward = signal.direction * (signal.target - signal.entry);
      expect(risk).toBeGreaterThan(0);
      expect(reward).toBeGreaterThan(0);
      for (const price of [signal.entry, signal.stop, signal.target]) expect(price % TICK).toBe(0);
      expect(signal.confidence.final).toBeGreaterThanOrEqual(0.6);
      expect(signal.expiresMs - signal.timeMs).toBe(3 * signal.timeframe.lengthMs);
    }
  });

  test('of one timeframe, direction and family never live at the same time', () => {
    const last = new Map<string, number>();
    for (const { timeframe, direction, family, timeMs, expiresMs } of whole.signals) {
      const key = `${timeframe.name} ${direction} ${family}`;
      expect(timeMs).toBeGreaterThanOrEqual(last.get(key) ?? -Infinity);
      last.set(key, expiresMs);
    }
  });

  test('each have at most one outcome, after them and within 9 bars', () => {
    const ended = new Set(whole.outcomes.map(({ signal }) => signal));
    expect(ended.size).toBe(whole.outcomes.length);
    expect(whole.signals.length - ended.size).toBeLessThan(20);
    for (const { signal, timeMs } of whole.outcomes) {
      expect(timeMs).toBeGreaterThan(signal.timeMs);
      expect(timeMs - signal.timeMs).toBeLessThanOrEqual(9 * signal.timeframe.lengthMs);
    }
  });

  test('do not change by what comes later', () => {
    for (const length of [700, 1201, 1999]) {
      const { signals, outcomes } = run(bars.slice(0, length));
      expect(signals).toEqual(whole.signals.slice(0, signals.length));
      expect(outcomes).toEqual(whole.outcomes.slice(0, outcomes.length));
      const nowMs = length * M15.lengthMs;
      expect(whole.signals.filter(({ timeMs }) => timeMs <= nowMs)).toHaveLength(signals.length);
    }
  });

  test('do not reach across a gap: what comes long after one is as without what came before', () => {
    const holed = walk(2400, new Set([1000]));
    const { signals } = run(holed);
    const alone = run(holed.filter((bar) => bar.openTimeMs > 1000 * M15.lengthMs)).signals;
    const after = (list: readonly Signal[]): Signal[] =>
      list.filter(({ timeMs }) => timeMs > 1010 * M15.lengthMs);
    expect(after(signals).length).toBeGreaterThan(20);
    expect(after(signals)).toEqual(after(alone));
  });

  test('late bars are refused and change nothing', () => {
    const { told, signals } = run(bars.slice(0, 900));
    const before = signals.length;
    expect(told.update(M15, bars[700])).toBe(false);
    expect(told.update(M15, bars[899])).toBe(false);
    expect(signals.length).toBe(before);
  });
});
