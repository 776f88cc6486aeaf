/** The matching engine against a naive reference that sorts all orders for every match. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  ExpiryReason,
  MatchListener,
  OrderKind,
  Side,
  StpMode,
  TimeInForce,
} from '../../../adapters/sim/matching-engine.ts';
import { BUY, EngineOrder, MatchingEngine, SELL } from '../../../adapters/sim/matching-engine.ts';

interface Place {
  readonly action: 'place';
  readonly owner: number;
  readonly side: Side;
  readonly kind: OrderKind;
  readonly timeInForce: TimeInForce;
  readonly stpMode: StpMode;
  readonly price: number;
  readonly qty: number;
}
interface Cancel {
  readonly action: 'cancel';
  readonly index: number;
}
interface Reduce {
  readonly action: 'reduce';
  readonly index: number;
  readonly qty: number;
}
type Step = Place | Cancel | Reduce;

interface Print {
  readonly taker: number;
  readonly maker: number;
  readonly price: number;
  readonly qty: number;
}

/** The reference: a flat list, the best maker found by sorting each time. */
interface NaiveOrder {
  readonly id: number;
  readonly owner: number;
  readonly side: Side;
  readonly price: number;
  qty: number;
  filled: number;
  status: string;
  isWorking: boolean;
}

class NaiveMarket {
  readonly orders: NaiveOrder[] = [];
  readonly prints: Print[] = [];

  place(id: number, step: Place): boolean {
    const order: NaiveOrder = {
      id,
      owner: step.owner,
      side: step.side,
      price: step.kind === 'MARKET' ? 0 : step.price,
      qty: step.qty,
      filled: 0,
      status: 'NEW',
      isWorking: false,
    };
    this.orders.push(order);
    if (step.kind === 'LIMIT_MAKER' && this.#makers(order, step).length > 0) {
      this.orders.pop();
      return false;
    }
    if (step.timeInForce === 'FOK' && step.kind === 'LIMIT' && !this.#canFill(order, step)) {
      order.status = 'EXPIRED';
      return true;
    }
    while (order.filled < order.qty && order.status !== 'EXPIRED_IN_MATCH') {
      const maker = this.#makers(order, step)[0];
      if (maker === undefined) break;
      this.#meet(order, maker, step);
    }
    if (order.status === 'EXPIRED_IN_MATCH' || order.status === 'FILLED') return true;
    if (step.kind === 'MARKET' || (step.kind === 'LIMIT' && step.timeInForce !== 'GTC'))
      order.status = 'EXPIRED';
    else order.isWorking = true;
    return true;
  }

  cancel(order: NaiveOrder): void {
    if (!order.isWorking) return;
    order.isWorking = false;
    order.status = 'CANCELED';
  }

  reduce(order: NaiveOrder, qty: number): void {
    if (order.isWorking && qty < order.qty && qty > order.filled) order.qty = qty;
  }

  levels(side: Side): [number, number][] {
    const totals = new Map<number, number>();
    for (const order of this.orders) {
      if (!order.isWorking || order.side !== side) continue;
      totals.set(order.price, (totals.get(order.price) ?? 0) + order.qty - order.filled);
    }
    return [...totals].toSorted(([left], [right]) => (side === BUY ? left - right : right - left));
  }

  #meet(taker: NaiveOrder, maker: NaiveOrder, step: Place): void {
    if (step.stpMode !== 'NONE' && maker.owner === taker.owner) {
      if (step.stpMode !== 'EXPIRE_TAKER') {
        maker.isWorking = false;
        maker.status = 'EXPIRED_IN_MATCH';
      }
      if (step.stpMode !== 'EXPIRE_MAKER') taker.status = 'EXPIRED_IN_MATCH';
      return;
    }
    const qty = Math.min(taker.qty - taker.filled, maker.qty - maker.filled);
    taker.filled += qty;
    maker.filled += qty;
    taker.status = taker.filled === taker.qty ? 'FILLED' : 'PARTIALLY_FILLED';
    maker.status = maker.filled === maker.qty ? 'FILLED' : 'PARTIALLY_FILLED';
    if (maker.status === 'FILLED') maker.isWorking = false;
    this.prints.push({ taker: taker.id, maker: maker.id, price: maker.price, qty });
  }

  /** Opposite orders the taker may trade with: best price first, then oldest. */
  #makers(taker: NaiveOrder, step: Place): NaiveOrder[] {
    const sign = taker.side === BUY ? 1 : -1;
    return this.orders
      .filter((each) => each.isWorking && each.side !== taker.side)
      .filter((each) => step.kind === 'MARKET' || sign * (step.price - each.price) >= 0)
      .toSorted((left, right) => sign * (left.price - right.price) || left.id - right.id);
  }

  #canFill(taker: NaiveOrder, step: Place): boolean {
    let qty = 0;
    for (const maker of this.#makers(taker, step)) {
      const isOwn = step.stpMode !== 'NONE' && maker.owner === taker.owner;
      if (isOwn && step.stpMode !== 'EXPIRE_MAKER') break;
      if (!isOwn) qty += maker.qty - maker.filled;
    }
    return qty >= taker.qty;
  }
}

/** Records what the engine says and checks each fill on the spot. */
class Recorder implements MatchListener<null> {
  readonly prints: Print[] = [];
  readonly expired: [number, ExpiryReason][] = [];
  readonly book: readonly [Map<number, number>, Map<number, number>] = [new Map(), new Map()];

  onTrade(taker: EngineOrder<null>, maker: EngineOrder<null>, price: number, qty: number): void {
    this.prints.push({ taker: taker.orderId, maker: maker.orderId, price, qty });
  }
  onLevel(side: Side, price: number, total: number): void {
    if (total === 0) this.book[side].delete(price);
    else this.book[side].set(price, total);
  }
  onExpired(order: EngineOrder<null>, reason: ExpiryReason): void {
    this.expired.push([order.orderId, reason]);
  }
  onResting(): void {}
}

const PLACE: fc.Arbitrary<Place> = fc.record({
  action: fc.constant('place' as const),
  owner: fc.integer({ min: 1, max: 3 }),
  side: fc.constantFrom<Side>(BUY, SELL),
  kind: fc.constantFrom<OrderKind>('LIMIT', 'LIMIT', 'LIMIT', 'MARKET', 'LIMIT_MAKER'),
  timeInForce: fc.constantFrom<TimeInForce>('GTC', 'GTC', 'IOC', 'FOK'),
  stpMode: fc.constantFrom<StpMode>('NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'),
  price: fc.integer({ min: 95, max: 105 }),
  qty: fc.integer({ min: 1, max: 30 }),
});
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: PLACE },
  { weight: 1, arbitrary: fc.record({ action: fc.constant('cancel' as const), index: fc.nat(200) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      action: fc.constant('reduce' as const),
      index: fc.nat(200),
      qty: fc.integer({ min: 1, max: 30 }),
    }),
  },
);

interface Run {
  readonly engine: MatchingEngine<null>;
  readonly recorder: Recorder;
  readonly naive: NaiveMarket;
  readonly orders: EngineOrder<null>[];
}

function engineOrder(id: number, step: Place): EngineOrder<null> {
  const isLimit = step.kind === 'LIMIT';
  const terms = {
    side: step.side,
    kind: step.kind,
    timeInForce: isLimit ? step.timeInForce : ('GTC' as const),
    stpMode: step.stpMode,
    priceTicks: step.kind === 'MARKET' ? 0 : step.price,
    qtyLots: step.qty,
  };
  return new EngineOrder<null>(terms, id, step.owner, null);
}

/** Runs the steps through both; `check` is called after each. */
function replay(steps: readonly Step[], check: (run: Run) => void): Run {
  const recorder = new Recorder();
  const run: Run = {
    engine: new MatchingEngine<null>(recorder),
    recorder,
    naive: new NaiveMarket(),
    orders: [],
  };
  let nextId = 0;
  for (const step of steps) {
    if (step.action === 'place') {
      const order = engineOrder(nextId, step);
      const accepted = run.engine.place(order);
      expect(run.naive.place(nextId, step)).toBe(accepted);
      nextId++;
      if (accepted) run.orders.push(order);
    } else if (run.orders.length > 0) {
      const index = step.index % run.orders.length;
      const order = run.orders[index];
      const twin = run.naive.orders[index];
      if (step.action === 'cancel') {
        run.engine.cancel(order);
        run.naive.cancel(twin);
      } else {
        run.engine.reduce(order, step.qty);
        run.naive.reduce(twin, step.qty);
      }
    }
    check(run);
  }
  return run;
}

const STEPS = fc.array(STEP, { minLength: 1, maxLength: 120, size: 'max' });

describe('the matching engine', () => {
  it('trades exactly as a naive price-time sort does, order by order', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const { recorder, naive, orders } = replay(steps, () => undefined);
        expect(recorder.prints).toEqual(naive.prints);
        expect(orders.map((order) => [order.orderId, order.status, order.filledLots, order.qtyLots])).toEqual(
          naive.orders.map((order) => [order.id, order.status, order.filled, order.qty]),
        );
      }),
      { seed: 20_260_101, numRuns: 400 },
    );
  });

  it('never leaves a crossed book, and reports every level it changed', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        replay(steps, ({ engine, recorder, naive }) => {
          const bid = engine.best(BUY);
          const ask = engine.best(SELL);
          if (bid !== undefined && ask !== undefined) expect(bid.priceTicks).toBeLessThan(ask.priceTicks);
          for (const side of [BUY, SELL] as const) {
            const levels = engine.levels(side).map((level) => [level.priceTicks, level.totalLots]);
            expect(levels).toEqual(naive.levels(side));
            const told = [...recorder.book[side]].toSorted(([left], [right]) =>
              side === BUY ? left - right : right - left,
            );
            expect(levels).toEqual(told);
          }
        });
      }),
      { seed: 20_260_102, numRuns: 200 },
    );
  });

  it('conserves quantity and money: what one side gains the other gives', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const { recorder, orders } = replay(steps, () => undefined);
        const filled = new Map<number, { qty: number; notional: number }>();
        for (const print of recorder.prints) {
          for (const id of [print.taker, print.maker]) {
            const sum = filled.get(id) ?? { qty: 0, notional: 0 };
            filled.set(id, { qty: sum.qty + print.qty, notional: sum.notional + print.qty * print.price });
          }
        }
        const totals = [0, 0];
        for (const order of orders) {
          const sum = filled.get(order.orderId) ?? { qty: 0, notional: 0 };
          expect([order.filledLots, order.filledNotional]).toEqual([sum.qty, sum.notional]);
          expect(order.filledLots).toBeLessThanOrEqual(order.qtyLots);
          totals[order.side] += order.filledNotional;
        }
        expect(totals[BUY]).toBe(totals[SELL]);
      }),
      { seed: 20_260_103, numRuns: 300 },
    );
  });

  it('fills a fill-or-kill order wholly or not at all', () => {
    fc.assert(
      fc.property(STEPS, PLACE, (steps, last) => {
        const fok: Place = { ...last, kind: 'LIMIT', timeInForce: 'FOK' };
        const { orders } = replay([...steps, fok], () => undefined);
        const order = orders[orders.length - 1];
        expect([0, fok.qty]).toContain(order.filledLots);
        expect(order.isWorking).toBe(false);
      }),
      { seed: 20_260_104, numRuns: 400 },
    );
  });

  it('never lets an owner trade with itself unless prevention is off', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const guarded = steps.map((step) =>
          step.action === 'place' && step.stpMode === 'NONE'
            ? { ...step, stpMode: 'EXPIRE_BOTH' as const }
            : step,
        );
        const { recorder, orders } = replay(guarded, () => undefined);
        const owners = new Map(orders.map((order) => [order.orderId, order.ownerId]));
        for (const print of recorder.prints)
          expect(owners.get(print.taker)).not.toBe(owners.get(print.maker));
      }),
      { seed: 20_260_105, numRuns: 300 },
    );
  });

  it('costs a market order before it trades as it costs after', () => {
    fc.assert(
      fc.property(
        STEPS,
        fc.constantFrom<Side>(BUY, SELL),
        fc.integer({ min: 1, max: 200 }),
        (steps, side, qty) => {
          const { engine } = replay(steps, () => undefined);
          const cost = engine.costOf(side, qty, -1);
          const lots = engine.lotsFor(side, cost, -1);
          const step: Place = {
            action: 'place',
            owner: 9,
            side,
            kind: 'MARKET',
            timeInForce: 'GTC',
            stpMode: 'NONE',
            price: 0,
            qty,
          };
          const order = engineOrder(1_000_000, step);
          engine.place(order);
          expect(order.filledNotional).toBe(cost);
          expect(lots).toBe(order.filledLots);
        },
      ),
      { seed: 20_260_106, numRuns: 300 },
    );
  });
});
