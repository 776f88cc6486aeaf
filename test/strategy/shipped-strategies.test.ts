import { describe, expect, test } from 'vitest';
import { GAP_REASON, ORDER_STATE, SIDE } from '../../engine/strategy/port.ts';
import type { CreateStrategy, StrategyParams } from '../../engine/strategy/port.ts';
import { createStrategy as createMeanReversion } from '../../strategies/mean-reversion.ts';
import { createStrategy as createMomentum } from '../../strategies/momentum.ts';
import { createStrategy as createTickTaker } from '../../strategies/tick-taker.ts';
import { fieldsOf } from '../fixtures/orderbook-rig.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';

const MID = 1_000_000;

function rigOf(create: CreateStrategy, params: StrategyParams): StrategyRig {
  let rig: StrategyRig | null = null;
  rig = new StrategyRig([() => create(params, rig?.instruments ?? instrumentsOf())]);
  return rig;
}

/** The rig's instruments, which exist only once the rig does. */
function instrumentsOf(): StrategyRig['instruments'] {
  return new StrategyRig([]).instruments;
}

/** Plays venue and risk: fills every order whole and returns [side, qtyLots, priceTicks] of each. */
class Market {
  readonly rig: StrategyRig;
  private nowMs = 1_000_000;
  private updateId = 0;
  private fillSeq = 0;

  constructor(rig: StrategyRig) {
    this.rig = rig;
  }

  /** One 100 ms step: the book moves to the price and trades there. Orders asked for. */
  step(midTicks: number): (number | string)[][] {
    this.nowMs += 100;
    this.rig.book(++this.updateId, midTicks - 1, midTicks + 1, this.nowMs);
    this.rig.trade(this.nowMs, midTicks, 1);
    this.rig.turn();
    return fieldsOf(this.rig.requests(), 'OrderRequest', 'intentSeq', 'side', 'qtyLots', 'priceTicks');
  }

  fill([intentSeq, side, qtyLots, priceTicks]: readonly (number | string)[]): void {
    const isBuy = side === 'buy' ? SIDE.buy : SIDE.sell;
    const seq = ++this.fillSeq;
    const lots = Number(qtyLots);
    this.rig.positions.applyFill(0, seq, isBuy, Number(priceTicks), lots, 0, 0);
    this.rig.fillOrder({ fillSeq: seq, intentSeq: Number(intentSeq), side: isBuy, qtyLots: lots });
    this.rig.report({ intentSeq: Number(intentSeq), state: ORDER_STATE.filled, cumQtyLots: lots });
    this.rig.turn();
  }

  /** Steps through prices, filling everything; the position after each step. */
  run(mids: readonly number[]): number[] {
    return mids.map((mid) => {
      for (const order of this.step(mid)) this.fill(order);
      this.rig.positions.read(0);
      return this.rig.positions.netLots;
    });
  }
}

const flat = (count: number): number[] => Array.from({ length: count }, () => MID);
const trend = (count: number, bps: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.round(MID * (1 + ((index + 1) * bps) / 10_000)));

describe('momentum', () => {
  const params = { lookback: 5, thresholdBps: 4, notional: 100 };

  test('is long in a rise, short in a fall, flat when nothing moves, and sized by its notional', () => {
    const market = new Market(rigOf(createMomentum, params));
    const rise = trend(15, 2);
    const held = market.run([...flat(10), ...rise]);
    expect(held.slice(0, 10)).toEqual(flat(10).map(() => 0));
    // 100 USDT at about 10,000 USDT a coin, in lots of 0.00001.
    expect(Math.abs(held.at(-1)! - 1_000)).toBeLessThan(10);
    const top = rise.at(-1)!;
    const down = Array.from({ length: 15 }, (_, index) => top - (index + 1) * 300);
    expect(market.run(down).at(-1)).toBeLessThan(-990);
    expect(market.run(flat(12).map(() => down.at(-1)!)).at(-1)).toBe(0);
    const signals = fieldsOf(market.rig.toJournal.drain(), 'Signal', 'side', 'label');
    expect(signals.map(([side]) => side)).toEqual(
      ['buy', expect.anything(), 'sell', expect.anything()].slice(0, signals.length),
    );
    expect(signals[0]).toEqual(['buy', 'momentum']);
  });

  test('sends nothing while an order is open, and goes on when it has ended', () => {
    const market = new Market(rigOf(createMomentum, params));
    market.run(flat(10));
    const orders = trend(20, 2).flatMap((mid) => market.step(mid));
    expect(orders.length).toBe(1);
    market.rig.report({ intentSeq: Number(orders[0][0]), state: ORDER_STATE.denied });
    expect(market.step(MID * 1.01).length).toBe(1);
  });

  test('respects the bias: against it nothing, with it as usual, without one no filter and the signal says so', () => {
    const frame = { supportTicks: NaN, resistanceTicks: NaN, pocTicks: NaN, keyLevelTicks: NaN, scores: [] };
    for (const [value, isTraded, label] of [
      [-50, false, ''],
      [10, false, ''],
      [50, true, 'momentum, bias up'],
      [null, true, 'momentum, bias none'],
    ] as const) {
      const market = new Market(rigOf(createMomentum, { ...params, respectBias: true }));
      if (value !== null) market.rig.bias.publish(0, { value, ...frame }, 0, 1e12);
      const held = market.run([...flat(10), ...trend(15, 2)]);
      expect(held.at(-1)! > 0).toBe(isTraded);
      const labels = fieldsOf(market.rig.toJournal.drain(), 'Signal', 'label').map(([text]) => text);
      expect(labels.includes(label)).toBe(isTraded);
    }
  });

  test('after a gap it waits for a whole window again', () => {
    const market = new Market(rigOf(createMomentum, params));
    market.run(flat(10));
    market.rig.hide(GAP_REASON.disconnected);
    market.rig.turn();
    const held = market.run(trend(12, 20));
    expect(held.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(held.at(-1)).toBeGreaterThan(0);
  });

  test('with its defaults it has something to do within five seconds of ordinary prices', () => {
    const market = new Market(rigOf(createMomentum, {}));
    let seed = 1;
    let mid = MID;
    const mids = Array.from({ length: 50 }, () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      // Steps of about 0.3 bps: a volatility of 1 bp per square root of a second.
      mid += ((seed >>> 8) % 101) - 50;
      return mid;
    });
    expect(market.run(mids).some((lots) => lots !== 0)).toBe(true);
  });
});

describe('mean reversion', () => {
  test('buys below the lower band and is out again at the middle', () => {
    const market = new Market(rigOf(createMeanReversion, { barMs: 100, period: 10, notional: 100 }));
    const quiet = Array.from({ length: 25 }, (_, index) => MID + (index % 2) * 20);
    expect(market.run(quiet).at(-1)).toBe(0);
    const held = market.run([MID - 500, MID - 500]);
    expect(held.at(-1)).toBeGreaterThan(0);
    expect(market.run(quiet.slice(0, 6)).at(-1)).toBe(0);
  });
});

describe('tick taker', () => {
  test('orders on every n-th update, in turn, stays within one order of flat and never overlaps itself', () => {
    const market = new Market(rigOf(createTickTaker, { everyUpdates: 3, notional: 50 }));
    const held = market.run(flat(30));
    expect(new Set(held)).toEqual(new Set([0, held[3]]));
    expect(held.filter((lots, index) => index > 0 && lots !== held[index - 1]).length).toBe(10);
    const open = flat(30).flatMap((mid) => market.step(mid));
    expect(open.length).toBe(1);
  });
});

test('bad parameters are refused all at once, by name', () => {
  const instruments = instrumentsOf();
  expect(() =>
    createMomentum({ barMs: 1.5, thresholdBps: -1, allowShort: 'no', speed: 3 }, instruments),
  ).toThrow(
    /^bad parameters of momentum: barMs .*; thresholdBps .*; allowShort .*; speed is not a parameter/,
  );
  expect(() => createMeanReversion({ period: 1, width: 0 }, instruments)).toThrow(/period .*; width /);
  expect(() => createTickTaker({ everyUpdates: 0, maxOpenPerInstrument: 0 }, instruments)).toThrow(
    /everyUpdates .*; maxOpenPerInstrument /,
  );
});
