import { describe, expect, test } from 'vitest';
import { BOOK_FLAG, ORDER_STATE } from '../../engine/messages/enums.ts';
import { SIDE, strategyFrom } from '../../engine/strategy/port.ts';
import type { StrategyParams } from '../../engine/strategy/port.ts';
import { strategy } from '../../strategies/scalper.ts';
import { testInstrument } from '../fixtures/actor-rig.ts';
import { fieldsOf } from '../fixtures/orderbook-rig.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';

const BASE = 1_000_000;
const MINUTE_NS = 60e9;
/** 10,000 USDT a coin: a cash unit is 0.0000001 USDT. */
const UNIT = 0.01 * 0.00001;

/** A market of one strategy: time passes, prices are traded, books lean. */
class Market {
  readonly rig: StrategyRig;
  readonly records: ReturnType<StrategyRig['requests']> = [];
  /** Volumes of the touch. */
  lean: readonly [number, number] = [100, 100];
  spread = 2;
  private readonly mirror: number;
  private fillSeq = 0;

  constructor(params: StrategyParams = {}, mirror = 1, instrumentCount = 1) {
    const instruments = Array.from({ length: instrumentCount }, (_, index) =>
      testInstrument(index, `T${index}USDT`),
    );
    this.mirror = mirror;
    this.rig = new StrategyRig([() => strategyFrom(strategy)(params, instruments)], instrumentCount);
    this.rig.turn(60_000e9);
  }

  /** A trade at an offset from BASE and a book around it; then `waitNs` pass. */
  tick(offset: number, waitNs: number): void {
    const price = BASE + this.mirror * offset;
    const [own, other] = this.mirror > 0 ? this.lean : [this.lean[1], this.lean[0]];
    const bid = this.mirror > 0 ? price - 1 : price + 1 - this.spread;
    const nowMs = this.rig.clock.nowNs() / 1e6;
    for (let index = 0; index < this.rig.instruments.length; index++) {
      this.rig.trade(nowMs, price, 1, index);
      const updateId = this.rig.nextUpdateId();
      const words = this.rig.books.begin(index);
      words.set([bid, own, bid + this.spread, other], 12);
      this.rig.books.setHops(nowMs, this.rig.clock.nowNs(), 0, 0);
      this.rig.books.end(index, updateId, 1, 1, 0, price);
      this.rig.tell(updateId, BOOK_FLAG.valid, 0, nowMs, index);
    }
    this.rig.turn(0);
    this.records.push(...this.rig.requests(), ...this.rig.toJournal.drain());
    this.rig.toApi.drain();
    this.rig.clock.advanceTo(this.rig.clock.nowNs() + waitNs);
  }

  /** A minute of trades at these offsets. */
  bar(offsets: readonly number[]): void {
    for (const offset of offsets) this.tick(offset, MINUTE_NS / offsets.length);
  }

  /** Prices that swing, calm down, drift up a little and at last break out. */
  squeeze(): void {
    for (let bar = 0; bar < 140; bar++) {
      const swing = Math.round((bar % 2 === 0 ? 1 : -1) * (bar < 100 ? 200 : 200 - (bar - 100) * 4.5));
      this.bar([swing, -swing, Math.round(bar / 10 + swing / 10)]);
    }
    for (let bar = 0; bar < 12; bar++) this.bar([14 + (bar % 2), 14 + bar - (bar % 3) * 4]);
    this.bar([14, 54]);
  }

  /** The bar that broke out is closed by what comes after it; the order-flow average follows for 15 seconds. */
  release(): void {
    for (let second = 0; second < 15; second++) this.tick(54, 1e9);
  }

  of(record: string, ...fields: string[]): (number | string)[][] {
    return fieldsOf(this.records, record, ...fields);
  }

  fill(orderId: number, side: number, lots: number, priceTicks: number): void {
    this.fillSeq++;
    this.rig.fillOrder({ fillSeq: this.fillSeq, intentSeq: orderId, side, qtyLots: lots, priceTicks });
    this.rig.report({ intentSeq: orderId, state: ORDER_STATE.filled, cumQtyLots: lots });
    this.rig.turn(0);
    this.records.push(...this.rig.requests());
  }
}

const bias = (rig: StrategyRig, value: number): void => {
  const levels = { supportTicks: NaN, resistanceTicks: NaN, pocTicks: NaN, keyLevelTicks: NaN };
  rig.bias.publish(0, { value, ...levels, scores: [] }, rig.clock.nowNs(), rig.clock.nowNs() + 1e15);
};

/** A squeeze that is released while the book leans as given. */
function released(lean: readonly [number, number], params: StrategyParams = {}, mirror = 1): Market {
  const market = new Market(params, mirror);
  market.squeeze();
  market.lean = lean;
  market.release();
  return market;
}

describe('the scalper', () => {
  test('enters a squeeze release that order flow goes with, sized by its risk budget, with stop and target', () => {
    const market = released([103, 100], { maxNotional: 1e9 });
    const [order] = market.of('OrderRequest', 'intentSeq', 'side', 'orderType', 'priceTicks', 'qtyLots');
    expect(order.slice(1, 4)).toEqual(['buy', 'limitMaker', BASE + 53]);
    const [signal] = market.of(
      'Signal',
      'signalSeq',
      'side',
      'priceTicks',
      'stopTicks',
      'targetTicks',
      'confidence',
    );
    const [signalId, side, entry, stop, target, confidence] = signal;
    expect([side, entry]).toEqual(['buy', BASE + 53]);
    expect(Number(target) - Number(entry)).toBe(2 * (Number(entry) - Number(stop)));
    expect(Number(confidence)).toBeGreaterThan(60);
    expect(market.of('SignalOutcome', 'signalSeq', 'outcome', 'orderId')).toEqual([
      [signalId, 'traded', order[0]],
    ]);
    // 0.5 % of 10,000 is 50, as is the most it may lose.
    expect(order[4]).toBe(Math.floor(50 / UNIT / (Number(entry) - Number(stop))));
  });

  test('a position is never worth more than it may be, however near the stop', () => {
    const [[lots]] = released([103, 100]).of('OrderRequest', 'qtyLots');
    expect(Number(lots) * (BASE + 54) * UNIT).toBeLessThanOrEqual(2_000);
    expect(Number(lots) * (BASE + 54) * UNIT).toBeGreaterThan(1_990);
  });

  test('takes the other side’s price when the score is strong and the spread a tick', () => {
    const market = new Market();
    market.squeeze();
    market.lean = [300, 100];
    market.spread = 1;
    market.release();
    expect(market.of('OrderRequest', 'orderType', 'timeInForce')).toEqual([['limit', 'ioc']]);
  });

  test('sells where the market is mirrored, unless it may not', () => {
    const [[side, price]] = released([103, 100], {}, -1).of('OrderRequest', 'side', 'priceTicks');
    expect([side, price]).toEqual(['sell', BASE - 53]);
    const long = released([103, 100], { allowShort: false }, -1);
    expect([long.of('OrderRequest', 'side'), long.of('SignalOutcome', 'outcome')]).toEqual([
      [],
      [['refused']],
    ]);
  });

  test.each([
    ['order flow strongly against it', [100, 300], 'false breakout'],
    ['order flow too weak', [100, 100], 'a setup, order flow too weak'],
  ] as const)('does nothing with %s, and says why', (_name, lean, why) => {
    const market = released(lean);
    expect(market.of('OrderRequest', 'side')).toEqual([]);
    expect(market.of('Explanation', 'why', 'name0')).toContainEqual([why, 'score']);
  });

  test('says that it warms up, once a second at most', () => {
    const market = new Market();
    for (let count = 0; count < 10; count++) market.tick(0, 0.25e9);
    expect(market.of('Explanation', 'why', 'repeats').map(([why]) => why)).toEqual(
      Array.from({ length: 3 }, () => 'indicators are warming up'),
    );
  });

  test.each([
    [50, true, 'traded'],
    [-50, true, null],
    [10, true, null],
    [-50, false, 'traded'],
    [-70, false, 'waitForAlignment'],
  ] as const)('with a bias of %d and hybrid %s its signal is %s', (value, hybrid, outcome) => {
    const market = new Market({ hybrid });
    market.squeeze();
    bias(market.rig, value);
    market.lean = [300, 100];
    market.release();
    expect(market.of('SignalOutcome', 'outcome')).toEqual(outcome === null ? [] : [[outcome]]);
    if (outcome === null)
      expect(market.of('Explanation', 'why')).toContainEqual(['a setup against the bias']);
  });

  test('trades so many signals at once and no more', () => {
    const market = new Market({ maxPositions: 1 }, 1, 2);
    market.squeeze();
    market.lean = [103, 100];
    market.release();
    expect(market.of('SignalOutcome', 'instrumentIndex', 'outcome')).toEqual([
      [0, 'traded'],
      [1, 'tooMany'],
    ]);
  });

  test('leaves a signal for which not one lot may be bought', () => {
    const market = released([103, 100], { maxNotional: 0.01 });
    expect(market.of('SignalOutcome', 'outcome')).toEqual([['tooSmall']]);
  });

  test('an entry that is not filled within the life of its signal is given up', () => {
    const market = released([103, 100]);
    const [[orderId]] = market.of('OrderRequest', 'intentSeq');
    market.tick(60, 31e9);
    market.tick(60, 1e9);
    expect(market.of('CancelRequest', 'intentSeq')).toContainEqual([orderId]);
    market.rig.report({ intentSeq: Number(orderId), state: ORDER_STATE.canceled });
    market.tick(60, 1e9);
    expect(market.of('SignalOutcome', 'outcome').map(([outcome]) => outcome)).toContain('notFilled');
  });
});

describe('near its stop', () => {
  /** A long of the strategy, its target resting, with the book leaning as given. */
  function held(
    lean: readonly [number, number],
    params: StrategyParams = {},
  ): { market: Market; stop: number; hard: number } {
    const market = released([103, 100], params);
    const [[orderId, lots]] = market.of('OrderRequest', 'intentSeq', 'qtyLots');
    market.fill(Number(orderId), SIDE.buy, Number(lots), BASE + 53);
    const [[stop]] = market.of('Signal', 'stopTicks');
    const distance = BASE + 53 - Number(stop);
    market.lean = lean;
    for (let second = 0; second < 20; second++) market.tick(54, 1e9);
    return { market, stop: Number(stop), hard: BASE + 53 - Math.ceil(distance * 1.5) };
  }

  const cancels = (market: Market): number => market.of('CancelRequest', 'intentSeq').length;

  test('order flow against a position ends it before the stop', () => {
    const { market, stop } = held([100, 300]);
    const before = cancels(market);
    market.tick(stop + 3 - BASE + 1, 1e9);
    expect(cancels(market)).toBe(before + 1);
  });

  test('order flow with it holds it, up to the hard stop', () => {
    const { market, stop, hard } = held([300, 100]);
    const before = cancels(market);
    market.tick(stop - BASE + 1, 1e9);
    market.tick(hard + 1 - BASE + 1, 1e9);
    expect(cancels(market)).toBe(before);
    market.tick(hard - BASE + 1, 1e9);
    expect(cancels(market)).toBe(before + 1);
  });

  test('without a strong view the stop is honoured', () => {
    const { market, stop } = held([100, 100]);
    const before = cancels(market);
    market.tick(stop + 1 - BASE + 1, 1e9);
    expect(cancels(market)).toBe(before);
    market.tick(stop - BASE + 1, 1e9);
    expect(cancels(market)).toBe(before + 1);
  });

  test('a position whose thread was replaced is looked after as before', () => {
    const { market, stop, hard } = held([300, 100]);
    const [[targetId]] = market.of('OrderRequest', 'intentSeq').slice(-1);
    market.tick(stop - BASE + 1, 1e9);
    const before = cancels(market);
    market.rig.restart();
    market.rig.report({
      intentSeq: Number(targetId),
      state: ORDER_STATE.accepted,
      previousState: ORDER_STATE.accepted,
    });
    // Still held by order flow: the stop waits, and no second position is taken.
    market.tick(stop - BASE + 1, 1e9);
    expect(cancels(market)).toBe(before);
    // Order flow gives way: what held the stop is taken back. The cancel of the target is asked for until it is answered.
    market.lean = [100, 100];
    for (let second = 0; second < 20; second++) market.tick(hard + 2 - BASE + 1, 1e9);
    expect(cancels(market)).toBeGreaterThan(before);
  });

  test('protection can be left out', () => {
    const { market, stop } = held([300, 100], { stopProtection: false });
    const before = cancels(market);
    market.tick(stop - BASE + 1, 1e9);
    expect(cancels(market)).toBe(before + 1);
  });
});
