import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SHARED_BOOK_LEVELS_MAX } from '../../../engine/core/limits.ts';
import { SELF_TRADE } from '../../../engine/execution/fills/book-taker.ts';
import type { FillOptions } from '../../../engine/execution/fills/simulated-gateway.ts';
import type { LatencySpec } from '../../../engine/execution/fills/latency-source.ts';
import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../../engine/messages/enums.ts';
import { FillRig } from '../../fixtures/fill-rig.ts';
import { MS } from '../../fixtures/trading-rig.ts';

const { buy, sell } = SIDE;
const IOC = { timeInForce: TIME_IN_FORCE.ioc };
const ms = (value: number): LatencySpec => ({ kind: 'constant', ms: value });

function ready(fills: Partial<FillOptions> = {}): FillRig {
  const rig = new FillRig(fills).start();
  rig.settle();
  rig.turns(2);
  expect(rig.trading.isReconciled()).toBe(true);
  rig.read('execution-to-strategy');
  return rig;
}

/** Fills as [intent, price, lots, isMaker], and the last state and reason of each intent. */
function told(rig: FillRig): { fills: number[][]; states: Record<number, string> } {
  const states: Record<number, string> = {};
  const fills: number[][] = [];
  for (const { message, fields } of rig.read('execution-to-strategy')) {
    const intent = Number(fields['intentSeq']);
    if (message === 'Fill')
      fills.push([intent, ...['priceTicks', 'qtyLots', 'isMaker'].map((name) => Number(fields[name]))]);
    if (message === 'OrderUpdate')
      states[intent] =
        fields['reason'] === 'none' ? `${fields['state']}` : `${fields['state']}: ${fields['reason']}`;
  }
  return { fills, states };
}

describe('an order that takes', () => {
  test('walks the displayed levels best first and never takes more than is shown', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 0, max: 6 }),
        (sizes, lots, reach) => {
          const rig = ready();
          rig.setBook(
            0,
            [[9_990, 5]],
            sizes.map((size, index) => [10_010 + index, size]),
          );
          rig.submit(1, { side: buy, priceTicks: 10_009 + reach, qtyLots: lots, ...IOC });
          rig.settle();
          let left = lots;
          const expected = sizes.slice(0, reach).flatMap((size, index) => {
            const taken = Math.min(left, size);
            left -= taken;
            return taken > 0 ? [[1, 10_010 + index, taken, 0]] : [];
          });
          expect(told(rig).fills).toEqual(expected);
        },
      ),
      { seed: 51, numRuns: 60 },
    );
  });

  test('leaves a hole: later updates that still show its lots give them to nobody until the memory is over', () => {
    const rig = ready({ impactNs: 100 * MS });
    const asks = [
      [10_010, 10],
      [10_011, 4],
    ] as const;
    rig.setBook(0, [[9_990, 5]], asks);
    rig.submit(1, { side: buy, priceTicks: 10_010, qtyLots: 7, ...IOC });
    rig.settle();
    rig.advance(50 * MS);
    rig.setBook(0, [[9_990, 5]], asks);
    rig.submit(2, { side: buy, orderType: ORDER_TYPE.market, priceTicks: 0, qtyLots: 5, ...IOC });
    rig.settle();
    expect(told(rig).fills).toEqual([
      [1, 10_010, 7, 0],
      [2, 10_010, 3, 0],
      [2, 10_011, 2, 0],
    ]);
    rig.advance(101 * MS);
    rig.submit(3, { side: buy, priceTicks: 10_010, qtyLots: 12, ...IOC });
    rig.settle();
    expect(told(rig)).toEqual({
      fills: [[3, 10_010, 10, 0]],
      states: { 3: 'expired: expiredUnfilled' },
    });
  });

  describe('reaching beyond the levels that are shared', () => {
    const shared = Array.from({ length: SHARED_BOOK_LEVELS_MAX }, (_, level) => [10_010 + level, 2] as const);
    const behind = [
      [10_030, 5],
      [10_040, 5],
    ] as const;
    const whole = { side: buy, orderType: ORDER_TYPE.market, priceTicks: 0 };
    const sharedFills = (intent: number): number[][] =>
      shared.map(([priceTicks, qtyLots]) => [intent, priceTicks, qtyLots, 0]);

    test('asks for those behind them, once, and takes them in turn; what comes after it waits', () => {
      const rig = ready();
      rig.setBook(0, [[9_990, 5]], shared);
      rig.submit(1, { ...whole, qtyLots: 48 });
      rig.submit(2, { ...whole, qtyLots: 1 });
      rig.turns(3);
      expect(told(rig).fills).toEqual([]);
      rig.depth(behind);
      expect([rig.watched.askInstrument, rig.watched.asksForAsks, rig.watched.askTicks]).toEqual([
        0,
        true,
        10_029,
      ]);
      rig.settle();
      const { fills, states } = told(rig);
      expect(fills).toEqual([...sharedFills(1), [1, 10_030, 5, 0], [1, 10_040, 3, 0]]);
      // The second found nothing left among the shared levels, and asks itself.
      expect(states).toEqual({ 1: 'filled' });
      rig.depth(behind);
      rig.settle();
      expect(told(rig)).toEqual({ fills: [[2, 10_040, 1, 0]], states: { 2: 'filled' } });
    });

    test('takes no more than is there or its limit allows; all or nothing counts them too', () => {
      const rig = ready();
      rig.setBook(0, [[9_990, 5]], shared);
      rig.submit(1, { side: buy, priceTicks: 10_035, qtyLots: 60, timeInForce: TIME_IN_FORCE.fok });
      rig.turns(3);
      rig.depth(behind);
      rig.settle();
      expect(told(rig)).toEqual({ fills: [], states: { 1: 'expired: expiredUnfilled' } });
      rig.submit(2, { side: buy, priceTicks: 10_035, qtyLots: 60, ...IOC });
      rig.turns(3);
      // The shared book has moved on meanwhile: a level is not taken from both.
      rig.depth([[10_029, 2], ...behind]);
      rig.settle();
      const { fills, states } = told(rig);
      expect(fills).toEqual([...sharedFills(2), [2, 10_030, 5, 0]]);
      expect(states).toEqual({ 2: 'expired: expiredUnfilled' });
    });

    test('asks for nothing when the shared levels are enough or all there is', () => {
      const rig = ready();
      rig.setBook(0, [[9_990, 5]], shared);
      rig.submit(1, { ...whole, qtyLots: 40 });
      rig.submit(2, { side: buy, priceTicks: 10_028, qtyLots: 60, ...IOC });
      rig.setBook(1, [[9_990, 5]], [[10_010, 1]]);
      rig.submit(3, { ...whole, instrumentIndex: 1, qtyLots: 5 });
      rig.settle();
      expect(rig.watched.isAsked).toBe(false);
      expect(told(rig).states).toMatchObject({ 1: 'filled', 3: 'expired: expiredUnfilled' });
    });
  });

  test('is refused where its book has vanished on its way, and loudly by an old one', () => {
    const rig = ready({ staleNs: 10 * MS });
    rig.advance(50 * MS);
    rig.submit(1, { side: buy, priceTicks: 10_010, qtyLots: 1 });
    rig.settle();
    expect(told(rig).states).toEqual({ 1: 'rejected: stalePrice' });
    expect(rig.executionCount('simulatedStale')).toBe(1);
    const late = ready({ latency: { feed: ms(0), entry: ms(5), response: ms(0) } });
    late.submit(2, { side: buy, priceTicks: 10_010, qtyLots: 1 });
    late.turns(2);
    late.books.hide(0, 4);
    late.settle();
    expect(told(late).states[2]).toBe('rejected: bookInvalid');
  });

  test('with all-or-nothing takes all or nothing, and as a maker nothing', () => {
    const rig = ready();
    rig.setBook(0, [[9_990, 5]], [[10_010, 3]]);
    rig.submit(1, { side: buy, priceTicks: 10_010, qtyLots: 4, timeInForce: TIME_IN_FORCE.fok });
    rig.submit(2, { side: buy, priceTicks: 10_010, qtyLots: 3, orderType: ORDER_TYPE.limitMaker });
    rig.submit(3, { side: buy, priceTicks: 10_010, qtyLots: 3, timeInForce: TIME_IN_FORCE.fok });
    rig.settle();
    expect(told(rig)).toEqual({
      fills: [[3, 10_010, 3, 0]],
      states: { 1: 'expired: expiredUnfilled', 2: 'rejected: wouldTake', 3: 'filled' },
    });
  });
});

describe('an order that rests', () => {
  test('is filled partly by prints behind its queue, at its own price, as a maker', () => {
    const rig = ready();
    rig.submit(1, { side: buy, priceTicks: 9_990, qtyLots: 10 });
    rig.settle();
    expect(rig.watched.refresh() && [rig.watched.count, rig.watched.priceTicksAt(0)]).toEqual([1, 9_990]);
    rig.level(buy, 9_990, 50);
    rig.print(sell, 9_990, 53);
    rig.settle();
    expect(told(rig)).toEqual({ fills: [[1, 9_990, 3, 1]], states: { 1: 'partiallyFilled' } });
    rig.print(sell, 9_989, 100);
    rig.settle();
    expect(told(rig)).toEqual({ fills: [[1, 9_990, 7, 1]], states: { 1: 'filled' } });
    expect(rig.watched.refresh() && rig.watched.count).toBe(0);
  });

  test('is filled by what the other side shows at its price, once', () => {
    const rig = ready();
    rig.submit(1, { side: buy, priceTicks: 10_000, qtyLots: 10 });
    rig.settle();
    rig.setBook(0, [[9_990, 5]], [[10_000, 4]]);
    rig.turns(2);
    rig.setBook(0, [[9_990, 5]], [[10_000, 6]]);
    rig.settle();
    expect(told(rig).fills).toEqual([
      [1, 10_000, 4, 1],
      [1, 10_000, 2, 1],
    ]);
  });

  test('ends by a cancel, is replaced as a whole or not at all, and is found again by a restarted gateway', () => {
    const rig = ready();
    rig.submit(1, { side: buy, priceTicks: 9_980, qtyLots: 10 });
    rig.settle();
    rig.replace(2, 1, { side: buy, priceTicks: 9_985, qtyLots: 5 });
    rig.settle();
    expect(told(rig).states).toMatchObject({ 1: 'canceled', 2: 'accepted' });
    rig.startExecution();
    rig.settle();
    rig.level(buy, 9_985, 0);
    rig.print(sell, 9_985, 2);
    rig.settle();
    expect(told(rig).fills).toEqual([[2, 9_985, 2, 1]]);
    rig.cancel(2);
    rig.settle();
    expect(told(rig).states).toEqual({ 2: 'canceled' });
  });
});

describe('an order that meets an own one', () => {
  const meet = (selfTrade: number): ReturnType<typeof told> => {
    const rig = ready({ selfTrade });
    rig.setBook(
      0,
      [[9_990, 5]],
      [
        [10_010, 3],
        [10_020, 9],
      ],
    );
    rig.submit(1, { side: sell, priceTicks: 10_010, qtyLots: 4 });
    rig.settle();
    rig.level(sell, 10_010, 3);
    rig.settle();
    rig.submit(2, { side: buy, priceTicks: 10_020, qtyLots: 8, ...IOC });
    rig.settle();
    return told(rig);
  };

  test('takes what stands before it, then one of them expires, or both', () => {
    const before = [2, 10_010, 3, 0];
    expect(meet(SELF_TRADE.expireTaker)).toEqual({
      fills: [before],
      states: { 1: 'accepted', 2: 'expired: selfTrade' },
    });
    expect(meet(SELF_TRADE.expireMaker)).toEqual({
      fills: [before, [2, 10_020, 5, 0]],
      states: { 1: 'expired: selfTrade', 2: 'filled' },
    });
    expect(meet(SELF_TRADE.expireBoth)).toEqual({
      fills: [before],
      states: { 1: 'expired: selfTrade', 2: 'expired: selfTrade' },
    });
    expect(meet(SELF_TRADE.ignore).fills).toEqual([before, [2, 10_020, 5, 0]]);
  });
});

describe('latencies', () => {
  test('delay an order by entry and feed, and its answer by what the response takes longer than the feed', () => {
    const latency = { feed: ms(2), entry: ms(5), response: ms(6) };
    const rig = ready({ latency });
    const sentNs = rig.clock.nowNs();
    rig.submit(1, { side: buy, priceTicks: 10_010, qtyLots: 5, ...IOC });
    rig.turns(2);
    expect(rig.gateway.nextDueNs() - sentNs).toBe(7 * MS);
    rig.clock.advanceTo(sentNs + 7 * MS);
    rig.turns(2);
    expect(told(rig).fills).toEqual([]);
    expect(rig.gateway.nextDueNs() - sentNs).toBe(11 * MS);
    rig.settle();
    expect(told(rig).fills).toEqual([[1, 10_010, 5, 0]]);
  });

  test('keep requests and answers in order, whatever is drawn', () => {
    const samples: LatencySpec = { kind: 'samples', ms: [9, 1, 4] };
    const rig = ready({ latency: { feed: ms(0), entry: samples, response: samples } });
    rig.submit(1, { side: buy, priceTicks: 9_980, qtyLots: 5 });
    rig.cancel(1);
    rig.submit(2, { side: buy, priceTicks: 9_981, qtyLots: 5 });
    rig.settle();
    expect(told(rig).states).toEqual({ 1: 'canceled', 2: 'accepted' });
  });

  test('drawn from a fitted distribution are the same for the same seed', () => {
    const fitted: LatencySpec = { kind: 'lognormal', shiftMs: 1, mu: 0, sigma: 0.5 };
    const due = (): number => {
      const rig = ready({ latency: { feed: ms(0), entry: fitted, response: ms(0) } });
      rig.submit(1, {});
      rig.turns(2);
      return rig.gateway.nextDueNs() - rig.clock.nowNs();
    };
    expect(due()).toBe(due());
    expect(due()).toBeGreaterThan(1 * MS);
  });
});

describe('fees', () => {
  test('fall with the volume: each trade is charged at the tier that stood before it', () => {
    const feeTiers = [
      { fromVolume: 0, makerBps: 0, takerBps: 10 },
      { fromVolume: 1_000, makerBps: 0, takerBps: 5 },
    ];
    const rig = ready({ feeTiers });
    // 10 010 ticks of 0.01 x 10 lots of 0.001 = 1.001 in the quote asset.
    rig.setBook(0, [[9_990, 5]], [[10_010, 1_000_000]]);
    const fees = [10_000, 10_000].map((qtyLots, index) => {
      rig.submit(index + 1, { side: buy, priceTicks: 10_010, qtyLots, ...IOC });
      rig.settle();
      const fill = rig.read('execution-to-strategy').find(({ message }) => message === 'Fill');
      return fill!.fields['feeCash'];
    });
    expect(fees).toEqual([100_100, 50_050]);
  });
});
