import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ORDER_STATE } from '../../engine/messages/enums.ts';
import { BRACKET_END, BRACKET_STATE, SIDE, SUBMIT_REFUSED } from '../../engine/strategy/port.ts';
import type { BracketPlan, Strategy, StrategyContext } from '../../engine/strategy/port.ts';
import { fieldsOf } from '../fixtures/orderbook-rig.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';

const SECOND = 1e9;

interface Asked {
  readonly id: number;
  readonly side: string;
  readonly type: string;
  readonly tif: string;
  readonly price: number;
  readonly lots: number;
}

/** One strategy with a bracket, and a market that does as it is told. */
class Bench {
  readonly rig: StrategyRig;
  readonly ended: { end: number; profit: number; filled: number; open: number }[] = [];
  /** Open orders by id, with what of them is filled. */
  readonly open: Map<number, { order: Asked; filled: number }> = new Map();
  readonly cancels: number[] = [];
  context: StrategyContext;
  private updateId = 0;
  private fillSeq = 0;

  constructor(others: Partial<Strategy> = {}) {
    let kept: StrategyContext | null = null;
    const strategy: Strategy = {
      ...others,
      onStart: (context) => void (kept = context),
      onBracket: (_, { end, profitCash, filledLots, openLots }) =>
        void this.ended.push({ end, profit: profitCash, filled: filledLots, open: openLots }),
    };
    this.rig = new StrategyRig([() => strategy]);
    this.context = kept!;
  }

  /** The book moves; what the strategy asks for is returned and kept as open. */
  book(bid: number, ask: number, stepNs = 1_000): Asked[] {
    this.rig.book(++this.updateId, bid, ask);
    this.rig.turn(stepNs);
    return this.asked();
  }

  asked(): Asked[] {
    const records = this.rig.requests();
    for (const [id] of fieldsOf(records, 'CancelRequest', 'intentSeq')) this.cancels.push(Number(id));
    const orders = fieldsOf(
      records,
      'OrderRequest',
      'intentSeq',
      'side',
      'orderType',
      'timeInForce',
      'priceTicks',
      'qtyLots',
    ).map(([id, side, type, tif, price, lots]) => ({
      id: Number(id),
      side: String(side),
      type: String(type),
      tif: String(tif),
      price: Number(price),
      lots: Number(lots),
    }));
    for (const order of orders) this.open.set(order.id, { order, filled: 0 });
    return orders;
  }

  fill(id: number, lots: number, priceTicks?: number): void {
    const entry = this.open.get(id)!;
    entry.filled += lots;
    const side = entry.order.side === 'buy' ? SIDE.buy : SIDE.sell;
    this.rig.fillOrder({
      fillSeq: ++this.fillSeq,
      intentSeq: id,
      side,
      qtyLots: lots,
      priceTicks: priceTicks ?? entry.order.price,
    });
    const isWhole = entry.filled === entry.order.lots;
    this.rig.report({
      intentSeq: id,
      state: isWhole ? ORDER_STATE.filled : ORDER_STATE.partiallyFilled,
      cumQtyLots: entry.filled,
    });
    if (isWhole) this.open.delete(id);
    this.rig.turn();
  }

  end(id: number, state: number = ORDER_STATE.canceled): void {
    this.rig.report({ intentSeq: id, state, cumQtyLots: this.open.get(id)!.filled });
    this.open.delete(id);
    this.rig.turn();
  }
}

const PLAN: BracketPlan = {
  side: SIDE.buy,
  entryTicks: 1_000,
  isMarketable: false,
  qtyLots: 10,
  stopTicks: 990,
  targetTicks: 1_020,
  slippageTicks: 2,
  entryExpiresNs: 30 * SECOND,
  timeStopNs: 60 * SECOND,
};
/** The same short, mirrored at 1,000. */
const SHORT: BracketPlan = { ...PLAN, side: SIDE.sell, stopTicks: 1_010, targetTicks: 980 };

/** A bench with a bracket whose entry is filled whole and whose target rests. */
function opened(
  plan: BracketPlan = PLAN,
  others: Partial<Strategy> = {},
): { bench: Bench; id: number; target: Asked } {
  const bench = new Bench(others);
  bench.book(1_000, 1_002);
  const id = bench.context.openBracket(0, plan);
  bench.asked();
  bench.fill(id, plan.qtyLots);
  const [target] = bench.asked();
  return { bench, id, target };
}

describe('a bracket', () => {
  test('rests its entry post-only, then its target, and ends when that is filled', () => {
    const bench = new Bench();
    bench.book(1_000, 1_002);
    const id = bench.context.openBracket(0, PLAN);
    expect(bench.asked()).toEqual([
      { id, side: 'buy', type: 'limitMaker', tif: 'gtc', price: 1_000, lots: 10 },
    ]);
    expect([bench.context.bracketCount, bench.context.bracket(id)!.state]).toEqual([
      1,
      BRACKET_STATE.entering,
    ]);
    bench.fill(id, 10);
    const [target] = bench.asked();
    expect(target).toMatchObject({ side: 'sell', type: 'limit', tif: 'gtc', price: 1_020, lots: 10 });
    expect(bench.context.bracket(id)).toMatchObject({ state: BRACKET_STATE.open, openLots: 10 });
    bench.fill(target.id, 10);
    expect(bench.ended).toEqual([{ end: BRACKET_END.target, profit: 200, filled: 10, open: 0 }]);
    expect([bench.context.bracketCount, bench.context.bracket(id)]).toEqual([0, null]);
  });

  test('takes the market when it is marketable', () => {
    const bench = new Bench();
    bench.context.openBracket(0, { ...PLAN, isMarketable: true });
    expect(bench.asked()).toMatchObject([{ type: 'limit', tif: 'ioc' }]);
  });

  test('at its stop cancels the target first, then closes at the touch less slippage', () => {
    const { bench, target } = opened();
    expect(bench.book(991, 993)).toEqual([]);
    expect(bench.book(990, 992)).toEqual([]);
    expect(bench.cancels).toEqual([target.id]);
    bench.end(target.id);
    const [exit] = bench.book(989, 991, SECOND);
    expect(exit).toMatchObject({ side: 'sell', tif: 'ioc', price: 987, lots: 10 });
    bench.fill(exit.id, 10, 989);
    expect(bench.ended).toEqual([{ end: BRACKET_END.stop, profit: -110, filled: 10, open: 0 }]);
  });

  test('sends the exit again for what was not filled, and after a refusal', () => {
    const { bench, target } = opened();
    bench.book(990, 992);
    bench.end(target.id);
    const [first] = bench.book(989, 991, SECOND);
    bench.fill(first.id, 4, 989);
    bench.end(first.id, ORDER_STATE.expired);
    expect(bench.book(985, 987, 1_000)).toEqual([]);
    const [second] = bench.book(985, 987, SECOND);
    expect(second).toMatchObject({ price: 983, lots: 6 });
    bench.end(second.id, ORDER_STATE.denied);
    const [third] = bench.book(980, 982, SECOND);
    bench.fill(third.id, 6, 980);
    expect(bench.ended).toEqual([{ end: BRACKET_END.stop, profit: -(4 * 11 + 6 * 20), filled: 10, open: 0 }]);
    expect(bench.rig.count('bracketExitsRetried')).toBe(2);
  });

  test('a target that is filled while it is being cancelled is a fact', () => {
    const { bench, target } = opened();
    bench.book(990, 992);
    bench.fill(target.id, 10);
    expect(bench.book(985, 987, SECOND)).toEqual([]);
    expect(bench.ended).toEqual([{ end: BRACKET_END.stop, profit: 200, filled: 10, open: 0 }]);
  });

  test('closes when its time is over, and with it what is partly filled of the entry', () => {
    const { bench, target } = opened();
    expect(bench.book(1_001, 1_003, 59 * SECOND)).toEqual([]);
    bench.book(1_001, 1_003, 2 * SECOND);
    expect(bench.cancels).toEqual([target.id]);
    bench.end(target.id);
    const [exit] = bench.book(1_001, 1_003, SECOND);
    bench.fill(exit.id, 10, 1_001);
    expect(bench.ended).toMatchObject([{ end: BRACKET_END.time, profit: 10 }]);
  });

  test('an entry that is not filled in time is cancelled, and nothing is left', () => {
    const bench = new Bench();
    bench.book(1_000, 1_002);
    const id = bench.context.openBracket(0, PLAN);
    bench.asked();
    bench.rig.turn(31 * SECOND);
    bench.asked();
    expect(bench.cancels[0]).toBe(id);
    bench.end(id);
    expect(bench.ended).toEqual([{ end: BRACKET_END.notFilled, profit: 0, filled: 0, open: 0 }]);
  });

  test('what is filled of a resting entry is watched at once, and the rest cancelled when it is closed', () => {
    const bench = new Bench();
    bench.book(1_000, 1_002);
    const id = bench.context.openBracket(0, PLAN);
    bench.asked();
    bench.fill(id, 3);
    expect(bench.book(1_010, 1_012)).toEqual([]);
    bench.book(990, 992);
    expect(bench.cancels).toEqual([id]);
    bench.end(id);
    const [exit] = bench.book(990, 992, SECOND);
    expect(exit.lots).toBe(3);
    bench.fill(exit.id, 3, 990);
    expect(bench.ended).toMatchObject([{ end: BRACKET_END.stop, filled: 3, profit: -30 }]);
  });

  test('takes a target that is reached while the entry still works', () => {
    const bench = new Bench();
    bench.book(1_000, 1_002);
    const id = bench.context.openBracket(0, PLAN);
    bench.asked();
    bench.fill(id, 3);
    bench.book(1_020, 1_022);
    bench.end(id);
    const [exit] = bench.book(1_020, 1_022, SECOND);
    bench.fill(exit.id, 3, 1_020);
    expect(bench.ended).toMatchObject([{ end: BRACKET_END.target, profit: 60 }]);
  });

  test('an entry that ends partly filled gets a target for that part', () => {
    const bench = new Bench();
    bench.book(1_000, 1_002);
    const id = bench.context.openBracket(0, { ...PLAN, isMarketable: true });
    bench.asked();
    bench.fill(id, 4);
    bench.end(id, ORDER_STATE.expired);
    expect(bench.asked()).toMatchObject([{ price: 1_020, lots: 4 }]);
  });

  test('held, it waits for the hard stop; a moved stop counts from then on', () => {
    const { bench, id, target } = opened({ ...PLAN, hardStopTicks: 985 });
    bench.context.holdBracket(id, true);
    bench.book(986, 988);
    expect(bench.cancels).toEqual([]);
    bench.book(985, 987);
    expect(bench.cancels).toEqual([target.id]);
    const moved = opened();
    expect(moved.bench.context.moveStop(moved.id, 999)).toBe(true);
    expect(moved.bench.context.moveStop(moved.id, 0.5)).toBe(false);
    moved.bench.book(999, 1_001);
    expect(moved.bench.cancels).toEqual([moved.target.id]);
  });

  test('closes when it is asked to', () => {
    const { bench, id, target } = opened();
    expect(bench.context.closeBracket(id)).toBe(true);
    bench.asked();
    expect(bench.cancels).toEqual([target.id]);
    bench.end(target.id);
    const [exit] = bench.book(1_005, 1_007, SECOND);
    bench.fill(exit.id, 10, 1_005);
    expect(bench.ended).toMatchObject([{ end: BRACKET_END.asked, profit: 50 }]);
    expect(bench.context.closeBracket(id)).toBe(false);
  });

  test('short it is the mirror of long', () => {
    const { bench, target } = opened(SHORT);
    expect(target).toMatchObject({ side: 'buy', price: 980 });
    bench.book(1_007, 1_009);
    expect(bench.cancels).toEqual([]);
    bench.book(1_008, 1_010);
    bench.end(target.id);
    const [exit] = bench.book(1_009, 1_011, SECOND);
    expect(exit).toMatchObject({ side: 'buy', price: 1_013, lots: 10 });
    bench.fill(exit.id, 10, 1_011);
    expect(bench.ended).toMatchObject([{ end: BRACKET_END.stop, profit: -110 }]);
  });

  test.each([
    ['stop above a long entry', { stopTicks: 1_001 }],
    ['target below it', { targetTicks: 999 }],
    ['hard stop before the stop', { hardStopTicks: 995 }],
    ['fraction of a tick', { stopTicks: 990.5 }],
    ['no side', { side: 0 }],
    ['negative slippage', { slippageTicks: -1 }],
    ['no time', { timeStopNs: NaN }],
    ['no size', { qtyLots: 0 }],
  ])('is refused with %s', (_name, change) => {
    const bench = new Bench();
    expect(bench.context.openBracket(0, { ...PLAN, ...change })).toBe(SUBMIT_REFUSED.badArgument);
    expect([bench.asked(), bench.rig.count('requestsBad')]).toEqual([[], 1]);
  });

  test('there is room for 64; the next is refused', () => {
    const bench = new Bench();
    for (let count = 0; count < 64; count++) {
      expect(bench.context.openBracket(0, PLAN)).toBeGreaterThan(0);
      bench.asked();
    }
    expect(bench.context.openBracket(0, PLAN)).toBe(SUBMIT_REFUSED.backPressured);
    expect(bench.rig.count('bracketsFull')).toBe(1);
  });
});

describe('the engine goes on watching a bracket', () => {
  test('of a strategy that was switched off', () => {
    const { bench, target } = opened(PLAN, {
      onTrade() {
        throw new Error('over');
      },
    });
    bench.rig.trade(1, 1_000, 1);
    bench.rig.turn();
    bench.asked();
    expect(bench.cancels).toEqual([target.id]);
    bench.end(target.id);
    // While no order rests at the target, it is watched like the stop.
    const [exit] = bench.book(1_020, 1_022, SECOND);
    expect(exit).toMatchObject({ side: 'sell', lots: 10 });
    bench.fill(exit.id, 10, 1_020);
    expect(bench.rig.count('bracketsEnded')).toBe(1);
  });

  /** A new thread takes over; no order is open at execution. */
  function replaceThread(bench: Bench): void {
    const { rig, ended } = bench;
    const strategy: Strategy = {
      onStart: (context) => void (bench.context = context),
      onBracket: (_, { end, profitCash, filledLots, openLots }) =>
        void ended.push({ end, profit: profitCash, filled: filledLots, open: openLots }),
    };
    rig.specs = [{ name: 's0', create: () => strategy, params: {} }];
    rig.restart();
  }

  test('after its thread was replaced, once what nothing was heard of must have ended', () => {
    const { bench, target } = opened();
    replaceThread(bench);
    // The target is not among the open orders: it ended meanwhile, or is on its way. Another one might close twice.
    expect(bench.book(1_000, 1_002, 9 * SECOND)).toEqual([]);
    bench.book(1_000, 1_002, SECOND);
    bench.book(1_000, 1_002, SECOND);
    const [again] = [...bench.open.values()].filter(({ order }) => order.id !== target.id);
    expect(again.order).toMatchObject({ side: 'sell', price: 1_020, lots: 10 });
    bench.book(990, 992, SECOND);
    bench.end(again.order.id);
    const [exit] = bench.book(990, 992, SECOND);
    expect(exit).toMatchObject({ side: 'sell', tif: 'ioc', lots: 10 });
  });

  test('when its entry was still on its way to execution as its thread was replaced', () => {
    const bench = new Bench();
    bench.book(1_000, 1_002);
    const bracketId = bench.context.openBracket(0, PLAN);
    bench.asked();
    replaceThread(bench);
    expect(bench.context.latestBracket(0)).toMatchObject({ bracketId, state: BRACKET_STATE.entering });
    bench.book(1_000, 1_002, SECOND);
    expect(bench.ended).toEqual([]);
    bench.rig.report({ intentSeq: bracketId, state: ORDER_STATE.accepted });
    bench.fill(bracketId, 10, 1_000);
    expect(bench.asked()).toMatchObject([{ side: 'sell', price: 1_020, lots: 10 }]);
    const [exit] = bench.book(985, 987, SECOND);
    expect(exit).toBeUndefined();
    expect(bench.cancels).toHaveLength(1);
  });

  test('when its thread ended between the entry and what comes after it', () => {
    const bench = new Bench();
    bench.book(1_000, 1_002);
    const { publication } = bench.rig.strategyToRisk;
    const commit = publication.commit.bind(publication);
    publication.commit = () => {
      commit();
      throw new Error('the thread ends here');
    };
    expect(() => bench.context.openBracket(0, PLAN)).toThrow('the thread ends here');
    publication.commit = commit;
    const [entry] = bench.asked();
    replaceThread(bench);
    bench.fill(entry.id, 10, 1_000);
    expect(bench.asked()).toMatchObject([{ side: 'sell', price: 1_020, lots: 10 }]);
  });

  test('not when its entry was refused', () => {
    const bench = new Bench();
    bench.rig.turn();
    const { publication } = bench.rig.strategyToRisk;
    const tryClaim = publication.tryClaim.bind(publication);
    publication.tryClaim = () => -1;
    expect(bench.context.openBracket(0, PLAN)).toBe(SUBMIT_REFUSED.backPressured);
    publication.tryClaim = tryClaim;
    expect(bench.context.latestBracket(0)).toBeNull();
    expect(bench.context.bracketCount).toBe(0);
  });
});

test('whatever market and venue do, it never closes more than it opened, and in the end has closed everything', () => {
  const step = fc.tuple(
    fc.integer({ min: -8, max: 8 }),
    fc.integer({ min: 0, max: 5 }),
    fc.nat(100),
    fc.boolean(),
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), fc.boolean(), (steps, isLong) => {
      const bench = new Bench();
      bench.book(1_000, 1_002);
      bench.context.openBracket(0, isLong ? PLAN : SHORT);
      let bid = 1_000;
      let net = 0;
      const fillSome = (share: number): void => {
        for (const { order, filled } of bench.open.values()) {
          const lots = Math.min(order.lots - filled, Math.ceil(((order.lots - filled) * share) / 100));
          if (lots <= 0) continue;
          net += order.side === 'buy' ? lots : -lots;
          bench.fill(order.id, lots);
          expect(isLong ? net : -net).toBeGreaterThanOrEqual(0);
          expect(Math.abs(net)).toBeLessThanOrEqual(10);
        }
      };
      bench.asked();
      for (const [move, seconds, share, isFilling] of steps) {
        bid += move;
        bench.book(bid, bid + 2, seconds * SECOND + 1_000);
        if (isFilling) fillSome(share);
        for (const id of bench.cancels.splice(0)) if (bench.open.has(id)) bench.end(id);
        for (const { order } of bench.open.values())
          if (order.tif === 'ioc') bench.end(order.id, ORDER_STATE.expired);
        bench.asked();
      }
      for (let round = 0; round < 8 && bench.ended.length === 0; round++) {
        bench.book(bid, bid + 2, 40 * SECOND);
        for (const id of bench.cancels.splice(0)) if (bench.open.has(id)) bench.end(id);
        bench.asked();
        for (const { order } of bench.open.values()) if (order.tif === 'ioc') fillSome(100);
      }
      expect(bench.ended.length).toBe(1);
      expect([bench.ended[0].open, net, bench.open.size]).toEqual([0, 0, 0]);
    }),
    { numRuns: 200, seed: 20_260_913 },
  );
});
