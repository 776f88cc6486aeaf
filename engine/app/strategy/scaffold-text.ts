/**
 * The strategy that `strategy new` writes: it works as it stands and shows parameters, indicators, orders and what is left
 * after a restart. Plain text.
 */
export function strategyFileText(name: string): string {
  return `// ${name}: long while the fast average of closes is above the slow one, otherwise flat.
import { cashUnitValue, Ema, ORDER_TYPE, SIDE, TIME_IN_FORCE } from 'shrike/strategy';
import type { StrategyDefinition } from 'shrike/strategy';

const PARAMETERS = {
  barMs: { is: 'integer', default: 1_000, min: 10, max: 86_400_000, unit: 'ms', text: 'Length of a bar.' },
  fast: { is: 'integer', default: 5, min: 1, max: 1_000, unit: 'bars', text: 'Fast average.' },
  slow: { is: 'integer', default: 20, min: 2, max: 5_000, unit: 'bars', text: 'Slow average.' },
  notional: {
    is: 'number',
    default: 100,
    min: 0.01,
    max: 1e9,
    unit: 'of the quote asset',
    text: 'Value of a position.',
  },
} as const;

export const strategy: StrategyDefinition<typeof PARAMETERS> = {
  name: '${name}',
  version: '0.1.0',
  text: 'long while the fast average of closes is above the slow one, otherwise flat',
  parameters: PARAMETERS,
  create(setup) {
    const { barMs, fast, slow, notional } = setup.parameters;
    if (fast >= slow) throw new Error(\`fast (\${fast} bars) must be below slow (\${slow} bars)\`);
    const fastAverage = setup.ofCloses(barMs, () => new Ema(fast));
    const slowAverage = setup.ofCloses(barMs, () => new Ema(slow));
    // What belongs to one instrument. Order 0: none is on its way.
    const states = setup.perInstrument((instrument) => ({ instrument, orderId: 0 }));
    return {
      onBar(context, bar) {
        const index = bar.instrumentIndex;
        const state = states.of(index);
        const book = context.book(index);
        if (state.orderId !== 0 || book === null || book.bidTicks <= 0 || book.askTicks <= 0) return;
        const isUp = fastAverage.of(index).value > slowAverage.of(index).value;
        const held = context.position(index).netLots;
        if (isUp === held > 0) return;
        const side = isUp ? SIDE.buy : SIDE.sell;
        const priceTicks = isUp ? book.askTicks : book.bidTicks;
        const lots = isUp ? Math.floor(notional / cashUnitValue(state.instrument) / priceTicks) : held;
        if (lots < Math.max(1, state.instrument.minQtyLots)) return;
        const orderId = context.submit(index, side, ORDER_TYPE.limit, TIME_IN_FORCE.ioc, priceTicks, lots);
        if (orderId > 0) state.orderId = orderId;
        context.signal(index, side, 1, priceTicks, isUp ? 'averages crossed up' : 'averages crossed down');
      },
      onReport(_context, report) {
        const state = states.of(report.instrumentIndex);
        if (!report.isTerminal) state.orderId = report.orderId;
        else if (report.orderId === state.orderId) state.orderId = 0;
      },
    };
  },
};
`;
}

/** The test that goes with it, for Node's own test runner. Plain text. */
export function strategyTestText(name: string): string {
  return `// node --test ${name}.test.ts
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIDE, strategyFrom } from 'shrike/strategy';
import type { BookView, ClosedBarView, Instrument, Strategy, StrategyContext } from 'shrike/strategy';
import { strategy } from './${name}.ts';

/** A tick is 0.01, a lot 0.00001: what the strategy reads of an instrument. */
const instrument = {
  index: 0,
  symbol: 'BTCUSDT',
  priceDecimals: 2,
  tickUnits: 1,
  qtyDecimals: 5,
  lotUnits: 1,
  minQtyLots: 1,
} as Instrument;

/** A market of closes: every order is filled at once. */
class Market {
  heldLots = 0;
  readonly sides: number[] = [];
  private readonly made: Strategy;
  private readonly context: StrategyContext;
  private closeTicks = 0;

  constructor(parameters: Record<string, number>) {
    this.made = strategyFrom(strategy)(parameters, [instrument]);
    this.context = {
      instruments: [instrument],
      subscribeBars: () => {},
      signal: () => {},
      book: () => ({ bidTicks: this.closeTicks - 1, askTicks: this.closeTicks + 1 }) as BookView,
      position: () => ({ netLots: this.heldLots }),
      submit: (_index: number, side: number, _type: number, _force: number, _ticks: number, lots: number) => {
        this.sides.push(side);
        this.heldLots += side === SIDE.buy ? lots : -lots;
        return 0;
      },
    } as unknown as StrategyContext;
    this.made.onStart?.(this.context);
  }

  closes(...closes: number[]): void {
    for (const closeTicks of closes) {
      this.closeTicks = closeTicks;
      const bar = { instrumentIndex: 0, intervalMs: 1_000, closeTicks, isComplete: true } as ClosedBarView;
      this.made.onBar?.(this.context, bar);
    }
  }
}

const climb = Array.from({ length: 30 }, (_, bar) => 1_000_000 + bar * 100);

test('it buys in a rise, for its notional, and is out again in a fall', () => {
  const market = new Market({ fast: 2, slow: 5, notional: 100 });
  market.closes(...climb);
  assert.deepEqual(market.sides, [SIDE.buy]);
  // 100 of the quote asset at a price of 10,000.
  assert.ok(Math.abs(market.heldLots - 1_000) < 10);
  market.closes(...climb.toReversed());
  assert.deepEqual(market.sides, [SIDE.buy, SIDE.sell]);
  assert.equal(market.heldLots, 0);
});

test('parameters out of their range, and averages in the wrong order, are refused by name', () => {
  assert.throws(() => new Market({ fast: 0 }), /fast must be a whole number of 1 to 1000 bars, not 0/);
  assert.throws(() => new Market({ fast: 9, slow: 5 }), /fast \\(9 bars\\) must be below slow \\(5 bars\\)/);
});
`;
}

/** What `strategy new` says when it is done, with what to type next. */
export function scaffoldText(strategyFile: string, testFile: string): string {
  return [
    `written: ${strategyFile}`,
    `written: ${testFile}`,
    '',
    'Next, each with the strategy as it stands:',
    `  shrike strategy show ${strategyFile}`,
    `  shrike backtest --strategy ${strategyFile} --data recording.frames.gz`,
    `  shrike run --strategy ${strategyFile}`,
    `  node --test ${testFile}`,
  ].join('\n');
}
