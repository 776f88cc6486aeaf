import { describe, expect, test } from 'vitest';
import { GAP_REASON } from '../../engine/messages/enums.ts';
import { Atr, Ema, Obv, strategyFrom } from '../../engine/strategy/port.ts';
import type { Strategy, StrategyDefinition, StrategySetup } from '../../engine/strategy/port.ts';
import { testInstrument } from '../fixtures/actor-rig.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';

const NONE = {} as const;
type Create = StrategyDefinition<typeof NONE>['create'];

function defined(create: Create, onGap: 'reset' | 'keep' = 'reset'): StrategyDefinition<typeof NONE> {
  return { name: 'sample', version: '1', text: 'a sample', parameters: NONE, onGap, create };
}

/** A rig that hosts one defined strategy. */
function rigOf(definition: StrategyDefinition<typeof NONE>, instrumentCount = 1): StrategyRig {
  const instruments = Array.from({ length: instrumentCount }, (_, index) =>
    testInstrument(index, `T${index}USDT`),
  );
  return new StrategyRig([() => strategyFrom(definition)({}, instruments)], instrumentCount);
}

/** Bars of a second that close at these prices, the first of which is never whole. */
function closes(rig: StrategyRig, prices: readonly number[], fromSecond = 1): void {
  for (const [index, price] of prices.entries()) {
    const openMs = (fromSecond + index) * 1_000;
    rig.trade(openMs + 10, price + 4, 1);
    rig.trade(openMs + 20, price - 4, 1);
    rig.trade(openMs + 30, price, 2);
  }
  rig.book(fromSecond + prices.length, 1, 1_000_000, (fromSecond + prices.length) * 1_000 + 100);
  rig.turn();
}

describe('a defined strategy', () => {
  test('gets its indicators fed before onBar, and onBar from the first bar on with which all are ready', () => {
    const seen: unknown[] = [];
    const rig = rigOf(
      defined((setup) => {
        const average = setup.ofCloses(1_000, () => new Ema(3));
        const range = setup.ofBars(1_000, () => new Atr(2));
        const volume = setup.ofVolume(1_000, () => new Obv());
        return {
          onBar: (_, bar) =>
            seen.push([
              bar.closeTicks,
              average.of(0).value,
              range.of(0).value,
              volume.of(0).value,
              setup.isWarm(0),
            ]),
        };
      }),
    );
    closes(rig, [100, 100, 103, 106, 109]);
    // The first bar began before the first trade and is incomplete: three whole bars make the first average.
    expect(seen).toEqual([
      [106, 103, 8, 8, true],
      [109, 106, 8, 12, true],
    ]);
  });

  test('begins anew after a bar with trades missing, and does not see it', () => {
    const seen: number[] = [];
    const rig = rigOf(
      defined((setup) => {
        setup.ofCloses(1_000, () => new Ema(2));
        return { onBar: (_, bar) => void seen.push(bar.closeTicks) };
      }),
    );
    closes(rig, [100, 101, 102]);
    rig.hide(GAP_REASON.sequenceGap);
    rig.turn();
    closes(rig, [103, 104, 105, 106], 4);
    expect(seen).toEqual([102, 105, 106]);
  });

  test('that keeps its bars over gaps sees every one of them', () => {
    const seen: unknown[] = [];
    const rig = rigOf(
      defined((setup) => {
        const average = setup.ofCloses(1_000, () => new Ema(1));
        return { onBar: (_, bar) => seen.push([bar.closeTicks, bar.isComplete, average.of(0).value]) };
      }, 'keep'),
    );
    closes(rig, [100, 101]);
    expect(seen).toEqual([
      [100, false, 100],
      [101, true, 101],
    ]);
  });

  test('waits for the warm-up it asks for', () => {
    const seen: number[] = [];
    const rig = rigOf(
      defined((setup) => {
        setup.bars(1_000, 2);
        return { onBar: (_, bar) => void seen.push(bar.closeTicks) };
      }),
    );
    closes(rig, [99, 100, 101, 102, 103]);
    expect(seen).toEqual([102, 103]);
  });

  test('has one of everything for every instrument, also for those added later', () => {
    const made: string[] = [];
    const definition = defined((setup) => {
      const own = setup.perInstrument(({ symbol }) => symbol);
      const average = setup.ofCloses(1_000, () => new Ema(1));
      return {
        onBar: (_, bar) =>
          void made.push(`${own.of(bar.instrumentIndex)} ${average.of(bar.instrumentIndex).value}`),
      };
    });
    const strategy = strategyFrom(definition)({}, [testInstrument(0, 'AUSDT')]);
    const wanted: number[][] = [];
    const context = {
      instruments: [testInstrument(0, 'AUSDT')],
      subscribeBars: (index: number, intervalMs: number) => void wanted.push([index, intervalMs]),
    };
    strategy.onStart!(context as never);
    strategy.onInstrument!(context as never, testInstrument(1, 'BUSDT'));
    const bar = { instrumentIndex: 1, intervalMs: 1_000, closeTicks: 7, isComplete: true };
    strategy.onBar!(context as never, bar as never);
    expect(wanted).toEqual([
      [0, 1_000],
      [1, 1_000],
    ]);
    expect(made).toEqual(['BUSDT 7']);
  });

  test('may be a class with private members, and what it throws faults it by the callback’s name', () => {
    class Counting implements Strategy {
      #books = 0;

      onBook(): void {
        this.#books++;
        if (this.#books === 2) throw new Error('two books');
      }
    }
    const rig = rigOf(defined(() => new Counting()));
    rig.book(1, 100, 102);
    rig.turn();
    rig.book(2, 100, 103);
    rig.turn();
    expect(rig.count('strategiesFaulted')).toBe(1);
    expect(rig.errors.readAll()[0].text).toBe('STRATEGY_FAULTED s0.onBook: Error: two books');
  });

  test('is refused when it asks for bars or indicators after it was made', () => {
    let kept: StrategySetup | null = null;
    const rig = rigOf(
      defined((setup) => {
        kept = setup;
        return { onBook: () => kept!.bars(1_000) };
      }),
    );
    rig.book(1, 100, 102);
    rig.turn();
    expect(rig.errors.readAll()[0].text).toMatch(
      /RangeError: setup: bars and indicators can be asked for in create only/,
    );
  });
});
