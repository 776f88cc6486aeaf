import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClosedCandle } from '../../../engine/analysis/bars/candle.ts';
import { requireTimeframe, type TimeframeName } from '../../../engine/analysis/bars/timeframe.ts';
import { patternConfidence } from '../../../engine/analysis/patterns/pattern-confidence.ts';
import { mergeSignals } from '../../../engine/analysis/signals/merge-signals.ts';
import {
  OUTCOMES_MIN,
  outcomeStatistics,
  wilsonInterval,
} from '../../../engine/analysis/signals/outcome-statistics.ts';
import { SignalBook } from '../../../engine/analysis/signals/signal-book.ts';
import { type Outcome, SignalFollower } from '../../../engine/analysis/signals/signal-outcome.ts';
import { LIFETIME_BARS, type Signal } from '../../../engine/analysis/signals/signal.ts';

/** A signal at time 0 with entry 100, stop 98, target 104 upwards (mirrored downwards), ATR 2. */
function signal(
  name: TimeframeName,
  final = 0.7,
  direction: 1 | -1 = 1,
  changed: Partial<Signal> = {},
): Signal {
  const timeframe = requireTimeframe(name);
  return {
    symbol: 'X',
    timeframe,
    pattern: 'hammer',
    family: 'candlestick',
    direction,
    timeMs: 0,
    expiresMs: LIFETIME_BARS * timeframe.lengthMs,
    entry: 100,
    stop: 100 - 2 * direction,
    target: 100 + 4 * direction,
    atr: 2,
    confidence: { ...patternConfidence(0.5, direction, [], NaN), final },
    priority: 'medium',
    ...changed,
  };
}

const M5 = requireTimeframe('5m');
/** A bar of the k-th place after the signal: open, high, low, close. */
const bar = (place: number, open: number, high: number, low: number, close: number): ClosedCandle => ({
  kind: 'closed',
  openTimeMs: place * M5.lengthMs,
  open,
  high,
  low,
  close,
  volume: 1,
  isComplete: true,
});

function follow(one: Signal, bars: readonly ClosedCandle[], feeBps = 0): Outcome | null {
  const follower = new SignalFollower(one, feeBps);
  for (const next of bars) {
    const outcome = follower.update(next);
    if (outcome !== null) return outcome;
  }
  return null;
}

describe('living signals', () => {
  test('one of a timeframe, direction and family at a time, for 3 bars', () => {
    const book = new SignalBook();
    expect(book.add(signal('5m'))).toBe(true);
    expect(book.add(signal('5m', 0.9, 1, { pattern: 'engulfing', timeMs: M5.lengthMs }))).toBe(false);
    expect(book.add(signal('5m', 0.7, -1))).toBe(true);
    expect(book.add(signal('5m', 0.7, 1, { family: 'breakout' }))).toBe(true);
    expect(book.add(signal('1h'))).toBe(true);
    expect(book.repeatCount).toBe(1);
    expect(book.alive(3 * M5.lengthMs - 1)).toHaveLength(4);
    expect(book.alive(3 * M5.lengthMs)).toHaveLength(1);
    expect(book.add(signal('5m', 0.7, 1, { timeMs: 3 * M5.lengthMs }))).toBe(true);
  });
});

describe('merged signals', () => {
  test('the stronger side wins when it exceeds the other by more than a quarter', () => {
    // 0.2 * 0.7 = 0.14 against 0.1 * 0.7 = 0.07.
    const won = mergeSignals([signal('1h'), signal('5m', 0.7, -1)]);
    expect(won).toMatchObject({ direction: 1, entry: 100, stop: 98, target: 104 });
    expect(won!.upStrength).toBeCloseTo(0.14, 12);
    expect(won!.downStrength).toBeCloseTo(0.07, 12);
    expect(won!.signals).toHaveLength(1);
    const conflict = mergeSignals([signal('1h', 0.79), signal('1d', 0.64, -1)]);
    expect(conflict).toMatchObject({ direction: 0, confidence: 0 });
    expect(conflict!.signals).toHaveLength(2);
    expect(mergeSignals([signal('1h', 0.81), signal('1d', 0.64, -1)])).toMatchObject({ direction: 1 });
  });

  test('take the entry of the shortest, the farthest stop within 2 ATR and the target of the longest timeframe', () => {
    const merged = mergeSignals([
      signal('4h', 0.7, 1, { entry: 101, stop: 90, target: 130, atr: 8 }),
      signal('1h', 0.7, 1, { entry: 100.5, stop: 96, target: 108, atr: 3 }),
      signal('5m'),
    ]);
    // 90 is 5 ATR of 2 away; 96 is exactly 2; the target is cut to 4 stops.
    expect(merged).toMatchObject({ direction: 1, entry: 100, stop: 96, target: 116 });
    // Weights 0.25, 0.20, 0.10 against the heaviest.
    expect(merged!.confidence).toBeCloseTo(1 - (1 - 0.7) * (1 - 0.8 * 0.7) * (1 - 0.4 * 0.7), 12);
  });

  test('confidence is at most 0.95, and timeframes without a weight do not decide', () => {
    expect(mergeSignals([signal('1h', 1), signal('4h', 1)])!.confidence).toBe(0.95);
    expect(mergeSignals([signal('1m')])).toBeNull();
    expect(mergeSignals([])).toBeNull();
  });

  test('mirrored signals merge to the mirrored signal', () => {
    const one = fc.record({
      name: fc.constantFrom<TimeframeName>('5m', '15m', '1h', '4h', '1d', '1w'),
      final: fc.double({ min: 0.6, max: 1, noNaN: true }),
      direction: fc.constantFrom<1 | -1>(1, -1),
      risk: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), (list) => {
        const make = (sign: 1 | -1): Signal[] =>
          list.map(({ name, final, direction, risk }) => {
            const side = (sign * direction) as 1 | -1;
            return signal(name, final, side, { stop: 100 - side * risk, target: 100 + side * 2 * risk });
          });
        const upright = mergeSignals(make(1))!;
        const upsideDown = mergeSignals(make(-1))!;
        expect(upsideDown.direction + upright.direction).toBe(0);
        expect(upsideDown.confidence).toBe(upright.confidence);
        if (upright.direction === 0) return;
        expect(upsideDown.stop).toBe(200 - upright.stop);
        expect(upsideDown.target).toBe(200 - upright.target);
      }),
    );
  });
});

describe('the outcome of a signal', () => {
  const calm = (place: number): ClosedCandle => bar(place, 100, 101, 99.5, 100);

  test('is the target when a later bar reaches it', () => {
    const outcome = follow(signal('5m'), [calm(0), bar(1, 100, 104, 99, 103)]);
    expect(outcome).toMatchObject({ kind: 'target', exit: 104, timeMs: 2 * M5.lengthMs, rMultiple: 2 });
    expect(outcome!.favourableAtr).toBe(2);
    expect(outcome!.adverseAtr).toBe(0.5);
  });

  test('is the stop when a bar reaches it, also when the same bar reaches the target', () => {
    expect(follow(signal('5m'), [bar(0, 100, 101, 98, 99)])).toMatchObject({ kind: 'stop', rMultiple: -1 });
    expect(follow(signal('5m'), [bar(0, 100, 105, 97, 100)])).toMatchObject({ kind: 'stop', exit: 98 });
  });

  test('leaves at the open of a bar that opens beyond the stop', () => {
    expect(follow(signal('5m'), [bar(0, 96, 99, 95, 98)])).toMatchObject({ exit: 96, rMultiple: -2 });
  });

  test('is expired at the close after 9 bars', () => {
    const bars = Array.from({ length: 12 }, (_, place) => calm(place));
    expect(follow(signal('5m'), bars.slice(0, 8))).toBeNull();
    expect(follow(signal('5m'), bars)).toMatchObject({ kind: 'expired', exit: 100, timeMs: 9 * M5.lengthMs });
  });

  test('pays fees at entry and exit, and does not see bars from before the signal', () => {
    // 10 bps of 100 + 104 are 0.204, a tenth of the risk of 2.
    expect(follow(signal('5m'), [bar(0, 100, 104, 100, 104)], 10)!.rMultiple).toBeCloseTo(2 - 0.102, 12);
    expect(follow(signal('5m'), [bar(-1, 100, 110, 90, 100)])).toBeNull();
  });

  test('mirrored prices give the same outcome of the opposite signal', () => {
    const step = fc.tuple(
      fc.integer({ min: 96, max: 104 }),
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const bars = steps.map(([open, up, down, isUp], place) =>
          bar(place, open, open + up, open - down, isUp ? open + up : open - down),
        );
        const upright = follow(signal('5m', 0.7, 1), bars);
        const upsideDown = follow(
          signal('5m', 0.7, -1),
          bars.map(({ open, high, low, close }, place) =>
            bar(place, 200 - open, 200 - low, 200 - high, 200 - close),
          ),
        );
        expect(upsideDown?.kind).toBe(upright?.kind);
        expect(upsideDown?.rMultiple).toBe(upright?.rMultiple);
        expect(upsideDown?.favourableAtr).toBe(upright?.favourableAtr);
      }),
    );
  });
});

describe('statistics of outcomes', () => {
  test('the interval is that of Wilson', () => {
    // Newcombe 1998, table I: 81 of 263 and 15 of 148, and the two ends.
    expect(wilsonInterval(81, 263).map((end) => end.toFixed(4))).toEqual(['0.2553', '0.3662']);
    expect(wilsonInterval(15, 148).map((end) => end.toFixed(4))).toEqual(['0.0624', '0.1605']);
    expect(wilsonInterval(0, 20).map((end) => end.toFixed(4))).toEqual(['0.0000', '0.1611']);
    expect(wilsonInterval(1, 29).map((end) => end.toFixed(4))).toEqual(['0.0061', '0.1718']);
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });

  test('count by pattern, timeframe, symbol and confidence, and say when they are few', () => {
    const won = follow(signal('5m', 0.65), [bar(0, 100, 104, 100, 104)])!;
    const lost = follow(signal('5m', 1), [bar(0, 100, 101, 98, 99)])!;
    const found = outcomeStatistics([...Array.from({ length: OUTCOMES_MIN - 1 }, () => won), lost]);
    const of = (group: string, key: string): unknown =>
      found.find((one) => one.group === group && one.key === key);
    expect(of('pattern', 'hammer')).toMatchObject({
      count: 20,
      targetCount: 19,
      stopCount: 1,
      winRate: 0.95,
      isFew: false,
      meanR: 37 / 20,
    });
    expect(of('timeframe', '5m')).toMatchObject({ count: 20 });
    expect(of('symbol', 'X')).toMatchObject({ count: 20 });
    expect(of('confidence', '0.6-0.7')).toMatchObject({ count: 19, isFew: true });
    expect(of('confidence', '0.9-1')).toMatchObject({ count: 1 });
  });
});
