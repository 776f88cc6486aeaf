import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aheadAfterChange, QUEUE_MODEL, shareBehind } from '../../../engine/execution/fills/queue-model.ts';
import type { QueueModel } from '../../../engine/execution/fills/queue-model.ts';
import { RestingFills } from '../../../engine/execution/fills/resting-fills.ts';
import { RestingOrders } from '../../../engine/execution/fills/resting-orders.ts';
import { SIDE } from '../../../engine/messages/enums.ts';

const MODELS: Readonly<Record<string, QueueModel>> = {
  through: { kind: QUEUE_MODEL.through, exponent: 1 },
  riskAverse: { kind: QUEUE_MODEL.riskAverse, exponent: 1 },
  log: { kind: QUEUE_MODEL.log, exponent: 1 },
  power: { kind: QUEUE_MODEL.power, exponent: 3 },
  at: { kind: QUEUE_MODEL.at, exponent: 1 },
};
const NAMES = Object.keys(MODELS);

/** What the market does: a print, or another size of a level. Bids only; asks are their mirror. */
type MarketEvent =
  | { readonly kind: 'trade'; readonly priceTicks: number; readonly lots: number }
  | { readonly kind: 'level'; readonly priceTicks: number; readonly lots: number };

interface OwnOrder {
  readonly priceTicks: number;
  readonly lots: number;
}

const price = fc.integer({ min: 98, max: 102 });
const event: fc.Arbitrary<MarketEvent> = fc.oneof(
  fc.record({
    kind: fc.constant('trade' as const),
    priceTicks: price,
    lots: fc.integer({ min: 1, max: 30 }),
  }),
  fc.record({
    kind: fc.constant('level' as const),
    priceTicks: price,
    lots: fc.integer({ min: 0, max: 60 }),
  }),
);
const order = fc.record({ priceTicks: price, lots: fc.integer({ min: 1, max: 40 }) });

/** Plays the market past own bids; the fills of each event, in order: [slot, lots]. */
function play(
  model: QueueModel,
  orders: readonly OwnOrder[],
  events: readonly MarketEvent[],
  mirror = false,
): number[][][] {
  const resting = new RestingOrders();
  let now: number[][] = [];
  const fills = new RestingFills(resting, model, (slot, _priceTicks, lots) => {
    now.push([slot, lots]);
    if (resting.leavesLots[slot] === lots) resting.remove(slot);
    return true;
  });
  const side = mirror ? SIDE.sell : SIDE.buy;
  const at = (ticks: number): number => (mirror ? 1_000 - ticks : ticks);
  orders.forEach(({ priceTicks, lots }, slot) => resting.add(slot, 0, side, at(priceTicks), lots));
  return events.map(({ kind, priceTicks, lots }) => {
    now = [];
    if (kind === 'level') fills.onLevel(0, side, at(priceTicks), lots, true);
    else fills.onTrade(0, mirror ? SIDE.buy : SIDE.sell, at(priceTicks), lots);
    return now;
  });
}

/** The same by plain arithmetic on one order with the whole market history at hand. */
function naive(model: QueueModel, own: OwnOrder, events: readonly MarketEvent[]): number[] {
  let left = own.lots;
  let ahead: number | null = null;
  let shown = 0;
  let traded = 0;
  return events.map(({ kind, priceTicks, lots }) => {
    let filled = 0;
    if (kind === 'level' && priceTicks === own.priceTicks) {
      if (ahead === null) ahead = lots;
      else {
        const canceled = Math.max(0, shown - lots - traded);
        const behind = Math.max(0, shown - traded - ahead);
        const f = (x: number): number =>
          model.kind === QUEUE_MODEL.log ? Math.log(1 + x) : x ** model.exponent;
        const isGuess = model.kind === QUEUE_MODEL.log || model.kind === QUEUE_MODEL.power;
        const share = isGuess && ahead > 0 ? f(behind) / (f(behind) + f(ahead)) : 1;
        const fromAhead =
          model.kind === QUEUE_MODEL.riskAverse ? 0 : canceled - Math.min(share * canceled, behind);
        ahead = Math.max(0, Math.min(ahead - fromAhead, lots));
      }
      shown = lots;
      traded = 0;
    }
    if (kind === 'trade' && priceTicks < own.priceTicks) filled = Math.min(left, lots);
    if (kind === 'trade' && priceTicks === own.priceTicks) {
      traded += lots;
      if (model.kind === QUEUE_MODEL.at) filled = Math.min(left, lots);
      else if (model.kind !== QUEUE_MODEL.through && ahead !== null) {
        filled = Math.max(0, Math.min(left, Math.floor(lots - ahead + 1e-9)));
        ahead = Math.max(0, ahead - lots);
      }
    }
    left -= filled;
    return filled;
  });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('the probability that a cancelled lot stood behind', () => {
  test('is f(behind) / (f(ahead) + f(behind)), 1/2 in the middle, and grows with what is behind', () => {
    const log = MODELS['log'];
    const power = MODELS['power'];
    expect(shareBehind(log, 10, 10)).toBeCloseTo(0.5, 12);
    expect(shareBehind(power, 10, 10)).toBeCloseTo(0.5, 12);
    expect(shareBehind(log, 3, 8)).toBeCloseTo(Math.log(9) / (Math.log(9) + Math.log(4)), 12);
    expect(shareBehind(power, 3, 8)).toBeCloseTo(512 / (512 + 27), 12);
    fc.assert(
      fc.property(
        fc.constantFrom('log', 'power'),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (name, ahead, behind, more) => {
          const share = shareBehind(MODELS[name], ahead, behind);
          expect(share >= 0 && share <= 1).toBe(true);
          expect(shareBehind(MODELS[name], ahead, behind + more)).toBeGreaterThanOrEqual(share - 1e-12);
        },
      ),
      { seed: 41, numRuns: 300 },
    );
  });

  test('leaves between nothing and the whole level ahead, and never moves an order back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('riskAverse', 'log', 'power'),
        fc.integer({ min: 0, max: 100 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 50 }),
        (name, level, part, next, traded) => {
          const ahead = level * part;
          const after = aheadAfterChange(MODELS[name], ahead, level, next, traded);
          expect(after >= 0 && after <= Math.min(ahead, next) + 1e-9).toBe(true);
        },
      ),
      { seed: 42, numRuns: 500 },
    );
  });
});

describe('a resting order', () => {
  test('is filled as a naive reference with the whole history fills it, in every model', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMES),
        order,
        fc.array(event, { maxLength: 40 }),
        (name, own, events) => {
          const filled = play(MODELS[name], [own], events).map((fills) => sum(fills.map(([, lots]) => lots)));
          expect(filled).toEqual(naive(MODELS[name], own, events));
        },
      ),
      { seed: 43, numRuns: 500 },
    );
  });

  test('is filled alike on both sides of the book', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMES),
        fc.array(order, { minLength: 1, maxLength: 4 }),
        fc.array(event, { maxLength: 30 }),
        (name, orders, events) => {
          expect(play(MODELS[name], orders, events, true)).toEqual(play(MODELS[name], orders, events));
        },
      ),
      { seed: 44, numRuns: 200 },
    );
  });

  test('gets no more from a print than was printed, however many own orders it meets, and never more than its size', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMES),
        fc.array(order, { minLength: 1, maxLength: 6 }),
        fc.array(event, { maxLength: 40 }),
        (name, orders, events) => {
          const filled = orders.map(() => 0);
          play(MODELS[name], orders, events).forEach((fills, index) => {
            const printed = events[index].kind === 'trade' ? events[index].lots : 0;
            expect(sum(fills.map(([, lots]) => lots))).toBeLessThanOrEqual(printed);
            for (const [slot, lots] of fills) filled[slot] += lots;
          });
          orders.forEach(({ lots }, slot) => expect(filled[slot]).toBeLessThanOrEqual(lots));
        },
      ),
      { seed: 45, numRuns: 500 },
    );
  });

  test('fills sooner in each model from through to at, at every moment', () => {
    const chain = ['through', 'riskAverse', 'power', 'at'];
    fc.assert(
      fc.property(order, fc.array(event, { maxLength: 40 }), (own, events) => {
        const soFar = [...chain, 'log'].map((name) => {
          let total = 0;
          return play(MODELS[name], [own], events).map(
            (fills) => (total += sum(fills.map(([, lots]) => lots))),
          );
        });
        const [through, riskAverse, power, at, log] = soFar;
        events.forEach((_, index) => {
          expect(through[index]).toBeLessThanOrEqual(riskAverse[index]);
          expect(riskAverse[index]).toBeLessThanOrEqual(power[index]);
          expect(riskAverse[index]).toBeLessThanOrEqual(log[index]);
          expect(Math.max(power[index], log[index])).toBeLessThanOrEqual(at[index]);
        });
      }),
      { seed: 46, numRuns: 500 },
    );
  });

  test('waits for the lots that were there before it, and only trades move it where cancels stood behind', () => {
    const own = { priceTicks: 100, lots: 5 };
    const seen: MarketEvent = { kind: 'level', priceTicks: 100, lots: 10 };
    const print = (lots: number): MarketEvent => ({ kind: 'trade', priceTicks: 100, lots });
    const canceledTo = (lots: number): MarketEvent => ({ kind: 'level', priceTicks: 100, lots });
    const filled = (name: string, ...events: MarketEvent[]): number[] =>
      play(MODELS[name], [own], [seen, ...events])
        .slice(1)
        .map((fills) => sum(fills.map(([, lots]) => lots)));
    expect(filled('riskAverse', print(10), print(2), print(4))).toEqual([0, 2, 3]);
    expect(filled('riskAverse', print(12))).toEqual([2]);
    // The level was all ahead, so a cancel must have been ahead as well: it cannot hold more than is shown.
    expect(filled('riskAverse', canceledTo(4), print(5))).toEqual([0, 1]);
    // Others join behind and cancel again: the risk-averse order has gained nothing, the others have.
    expect(filled('riskAverse', canceledTo(30), canceledTo(20), print(10))).toEqual([0, 0, 0]);
    expect(filled('log', canceledTo(30), canceledTo(20), print(10))[2]).toBeGreaterThan(0);
    // A trade explains the fall of the level: it is not taken for a cancel again.
    expect(filled('log', print(6), canceledTo(4), print(5))).toEqual([0, 0, 1]);
  });

  describe('by trades that come after the depth that shows them', () => {
    /** What happened at the price between two looks at it: trades, then what the level is. */
    interface Batch {
      readonly trades: readonly number[];
      readonly level: number;
    }

    /** Lots filled by each batch, and what is ahead after it: the trades told before the level, or after it. */
    function batches(model: QueueModel, isLate: boolean, history: readonly Batch[]): number[][] {
      const resting = new RestingOrders();
      let filled = 0;
      const fills = new RestingFills(resting, model, (_slot, _priceTicks, lots) => {
        filled += lots;
        return true;
      });
      resting.add(0, 0, SIDE.buy, 100, 1e9);
      fills.onLevel(0, SIDE.buy, 100, 60, true, 1_000);
      return history.map(({ trades, level }, place) => {
        const tradeMs = 1_010 + place * 10;
        filled = 0;
        const look = (): void => fills.onLevel(0, SIDE.buy, 100, level, true, tradeMs + 5);
        if (isLate) look();
        for (const lots of trades) fills.onTrade(0, SIDE.sell, 100, lots, tradeMs);
        if (!isLate) look();
        return [filled, Math.round(resting.aheadLots[0] * 1e6) / 1e6];
      });
    }

    const tradesOf = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 3 });
    /** Levels that fall by what was traded and by cancels. */
    const falling = fc
      .array(fc.record({ trades: tradesOf, canceled: fc.integer({ min: 0, max: 10 }) }), { maxLength: 8 })
      .map((steps) => {
        let level = 60;
        return steps.flatMap(({ trades, canceled }): Batch[] => {
          const after = level - sum(trades) - canceled;
          if (after < 0) return [];
          level = after;
          return [{ trades, level }];
        });
      });

    test('is filled as if they had come before it, in every model', () => {
      fc.assert(
        fc.property(fc.constantFrom(...NAMES), falling, (name, history) => {
          expect(batches(MODELS[name], true, history)).toEqual(batches(MODELS[name], false, history));
        }),
        { seed: 47, numRuns: 300 },
      );
    });

    test('is filled alike also where others join the level, when cancels do not count', () => {
      const any = fc.array(fc.record({ trades: tradesOf, level: fc.integer({ min: 0, max: 80 }) }), {
        maxLength: 8,
      });
      fc.assert(
        fc.property(any, (history) => {
          // What the level still shows after trades cannot be less than what they left of the queue.
          const late = batches(MODELS['riskAverse'], true, history);
          expect(late).toEqual(batches(MODELS['riskAverse'], false, history));
        }),
        { seed: 48, numRuns: 300 },
      );
    });

    test('moves once: 100 shown, 30 trade, the fall is told first; a trade before the first look moves nothing', () => {
      const resting = new RestingOrders();
      const fills = new RestingFills(resting, MODELS['riskAverse'], () => true);
      resting.add(0, 0, SIDE.buy, 100, 5);
      fills.onLevel(0, SIDE.buy, 100, 100, true, 1_000);
      fills.onTrade(0, SIDE.sell, 100, 40, 990);
      expect(resting.aheadLots[0]).toBe(100);
      fills.onLevel(0, SIDE.buy, 100, 70, true, 1_100);
      fills.onTrade(0, SIDE.sell, 100, 30, 1_050);
      expect(resting.aheadLots[0]).toBe(70);
      // No fall is left that it could explain, and a trade that is newer than the look explains none.
      fills.onTrade(0, SIDE.sell, 100, 5, 1_050);
      fills.onTrade(0, SIDE.sell, 100, 5, 1_101);
      expect(resting.aheadLots[0]).toBe(60);
    });
  });

  test('is not filled at its price while nothing is known of the queue, only by trades beyond it', () => {
    const events: MarketEvent[] = [
      { kind: 'trade', priceTicks: 100, lots: 50 },
      { kind: 'trade', priceTicks: 99, lots: 3 },
    ];
    expect(play(MODELS['riskAverse'], [{ priceTicks: 100, lots: 5 }], events)).toEqual([[], [[0, 3]]]);
  });
});
