import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GAP_REASON } from '../../engine/messages/enums.ts';
import { activityThreshold } from '../../engine/strategy/activity-bars.ts';
import { Ema, strategyFrom } from '../../engine/strategy/port.ts';
import type { BarLength, ClosedBarView, Strategy } from '../../engine/strategy/port.ts';
import { testInstrument } from '../fixtures/actor-rig.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';

/** What a bar says, as a plain object. */
function copyOf(bar: ClosedBarView): Record<string, unknown> {
  const { openTimeMs, lastTradeMs, openTicks, highTicks, lowTicks, closeTicks } = bar;
  const { volumeLots, tradeCount, isComplete, basis, size, intervalMs } = bar;
  const prices = [openTicks, highTicks, lowTicks, closeTicks];
  return { basis, size, intervalMs, openTimeMs, lastTradeMs, prices, volumeLots, tradeCount, isComplete };
}

function asking(lengths: readonly BarLength[], seen: unknown[]): Strategy {
  return {
    onStart: (context) => {
      for (const length of lengths) context.subscribeBars(0, length);
    },
    onBar: (_, bar) => void seen.push(copyOf(bar)),
  };
}

const trades = fc.array(
  fc.record({ ticks: fc.integer({ min: 90, max: 110 }), lots: fc.integer({ min: 1, max: 50 }) }),
  { maxLength: 60 },
);
/** One unit of the base asset is 100,000 lots, one of the quote asset 10,000,000 cash units. */
const SIZES = { trades: 4, volume: 0.001, value: 0.001 } as const;

describe('bars by activity', () => {
  test('close when enough trades, volume or value is in them, each trade in one bar as a whole', () => {
    fc.assert(
      fc.property(trades, fc.constantFrom('trades', 'volume', 'value'), (list, basis) => {
        const size = SIZES[basis];
        const seen: unknown[] = [];
        const rig = new StrategyRig([() => asking([{ basis, size }], seen)]);
        list.forEach(({ ticks, lots }, index) => rig.trade(1_000 + index, ticks, lots));
        rig.turn();
        // The same by a plain reading of the list.
        const enough = { trades: 4, volume: 100, value: 10_000 }[basis];
        const expected: unknown[] = [];
        let bar: { ticks: number; lots: number; atMs: number }[] = [];
        list.forEach(({ ticks, lots }, index) => {
          bar.push({ ticks, lots, atMs: 1_000 + index });
          const has = bar.reduce(
            (sum, each) => sum + { trades: 1, volume: each.lots, value: each.lots * each.ticks }[basis],
            0,
          );
          if (has < enough) return;
          const all = bar.map((each) => each.ticks);
          expected.push({
            basis,
            size,
            intervalMs: 0,
            openTimeMs: bar[0].atMs,
            lastTradeMs: 1_000 + index,
            prices: [all[0], Math.max(...all), Math.min(...all), ticks],
            volumeLots: bar.reduce((sum, each) => sum + each.lots, 0),
            tradeCount: bar.length,
            isComplete: true,
          });
          bar = [];
        });
        expect(seen).toEqual(expected);
      }),
      { seed: 61, numRuns: 60 },
    );
  });

  test('are made once for all who ask, beside bars by time; who leaves gets no more', () => {
    const [first, second]: unknown[][] = [[], []];
    const rig = new StrategyRig([
      () => asking([{ basis: 'trades', size: 2 }, 1_000], first),
      () => asking([{ basis: 'trades', size: 2 }], second),
    ]);
    for (const ms of [10, 20, 1_010]) rig.trade(ms, 100, 1);
    rig.turn();
    expect(first).toHaveLength(2);
    expect(second).toHaveLength(1);
    expect(rig.actor.barActivities()).toEqual(['trades 2']);
    expect(rig.actor.barIntervalsMs()).toEqual([1_000]);
  });

  test('are incomplete when trades were missing, and feed the indicators of a defined strategy otherwise', () => {
    const seen: unknown[] = [];
    const strategy = strategyFrom({
      name: 'sample',
      version: '1',
      text: 'a sample',
      parameters: {},
      create: (setup) => {
        const average = setup.ofCloses({ basis: 'trades', size: 2 }, () => new Ema(2));
        setup.bars({ basis: 'trades', size: 3 });
        return { onBar: (_, bar) => seen.push([bar.size, bar.closeTicks, average.of(0).value]) };
      },
    });
    const rig = new StrategyRig([() => strategy({}, [testInstrument(0, 'T0USDT')])]);
    rig.book(1, 1, 1_000, 1);
    for (const ticks of [1, 10, 1]) rig.trade(2, ticks, 1);
    rig.turn();
    // The gap is in the second bar of two, which has begun, and in the second of three, which has not.
    rig.hide(GAP_REASON.sequenceGap);
    rig.turn();
    for (const ticks of [20, 30, 40, 50, 60]) rig.trade(3, ticks, 1);
    rig.turn();
    expect(seen).toEqual([
      [3, 1, NaN],
      [3, 40, NaN],
      [2, 60, 50],
    ]);
  });

  test('have a size that is above 0, and of an inverse contract no value', () => {
    const instrument = testInstrument(0, 'T0USDT');
    expect(activityThreshold({ basis: 'volume', size: 0.5 }, instrument)).toBe(50_000);
    expect(activityThreshold({ basis: 'value', size: 1e6 }, instrument)).toBe(1e13);
    expect(activityThreshold({ basis: 'volume', size: 1e-9 }, instrument)).toBe(1);
    expect(() => activityThreshold({ basis: 'trades', size: 1.5 }, instrument)).toThrow(/1\.5 is no size/);
    expect(() => activityThreshold({ basis: 'value', size: 0 }, instrument)).toThrow(/0 is no size/);
    const inverse = { ...instrument, payoff: 'inverse' as const };
    expect(() => activityThreshold({ basis: 'value', size: 1 }, inverse)).toThrow(/inverse contract/);
  });
});
