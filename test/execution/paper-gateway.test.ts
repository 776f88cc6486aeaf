import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EXECUTION_COUNTER } from '../../engine/execution/counters.ts';
import { feeCashOf } from '../../engine/execution/paper-gateway.ts';
import type { PaperOptions } from '../../engine/execution/paper-gateway.ts';
import { ShadowGateway } from '../../engine/execution/shadow-gateway.ts';
import { ENCODE_KIND, SEND } from '../../engine/execution/venue-port.ts';
import type { VenueGateway } from '../../engine/execution/venue-port.ts';
import { COMMAND, ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../engine/messages/enums.ts';
import { MS, TradingRig } from '../fixtures/trading-rig.ts';
import type { OrderTermsInput } from '../fixtures/trading-rig.ts';

type Levels = readonly (readonly [number, number])[];

const FREE: PaperOptions = { makerFeeBps: 0, takerFeeBps: 0, latencyNs: 0 };

function paperRig(paper: PaperOptions = FREE): TradingRig {
  const rig = new TradingRig({ paper }).start();
  rig.turns(6);
  expect(rig.trading.isReconciled()).toBe(true);
  return rig;
}

/** The fills [price, lots, isMaker] of everything since the last look, and the last state told per intent. */
function outcome(rig: TradingRig): {
  fills: number[][];
  states: Record<number, unknown>;
  reasons: Record<number, unknown>;
} {
  const records = rig.read('execution-to-strategy');
  const states: Record<number, unknown> = {};
  const reasons: Record<number, unknown> = {};
  for (const { message, fields } of records) {
    if (message !== 'OrderUpdate') continue;
    states[fields['intentSeq'] as number] = fields['state'];
    reasons[fields['intentSeq'] as number] = fields['reason'];
  }
  const fills = records
    .filter((record) => record.message === 'Fill')
    .map(({ fields }) => ['priceTicks', 'qtyLots', 'isMaker'].map((name) => fields[name] as number));
  return { fills, states, reasons };
}

const bookArbitrary = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 20 })), {
      minLength: 1,
      maxLength: 6,
    }),
    fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 20 })), {
      minLength: 1,
      maxLength: 6,
    }),
  )
  .map(([bidSteps, askSteps]) => {
    let bid = 10_000;
    let ask = 10_000;
    const bids = bidSteps.map(([step, lots]) => [(bid -= step), lots] as const);
    const asks = askSteps.map(([step, lots]) => [(ask += step), lots] as const);
    return { bids, asks };
  });

const KINDS = [
  [ORDER_TYPE.limit, TIME_IN_FORCE.gtc],
  [ORDER_TYPE.limit, TIME_IN_FORCE.ioc],
  [ORDER_TYPE.limit, TIME_IN_FORCE.fok],
  [ORDER_TYPE.market, TIME_IN_FORCE.gtc],
  [ORDER_TYPE.limitMaker, TIME_IN_FORCE.gtc],
] as const;

/** What a reader of a price list would do by hand. */
function naiveTake(
  levels: Levels,
  isBuy: boolean,
  kind: readonly [number, number],
  price: number,
  lots: number,
): { fills: number[][]; state: string } {
  const [orderType, timeInForce] = kind;
  const inReach = levels.filter(
    ([at]) => orderType === ORDER_TYPE.market || (isBuy ? at <= price : at >= price),
  );
  if (orderType === ORDER_TYPE.limitMaker)
    return { fills: [], state: inReach.length > 0 ? 'rejected' : 'accepted' };
  const shown = inReach.reduce((sum, [, size]) => sum + size, 0);
  if (orderType === ORDER_TYPE.limit && timeInForce === TIME_IN_FORCE.fok && shown < lots)
    return { fills: [], state: 'expired' };
  const fills: number[][] = [];
  let left = lots;
  for (const [at, size] of inReach) {
    if (left === 0) break;
    fills.push([at, Math.min(size, left), 0]);
    left -= Math.min(size, left);
  }
  if (left === 0) return { fills, state: 'filled' };
  const rests = orderType === ORDER_TYPE.limit && timeInForce === TIME_IN_FORCE.gtc;
  return { fills, state: rests ? (fills.length > 0 ? 'partiallyFilled' : 'accepted') : 'expired' };
}

test('an arriving order takes what a walk through the displayed book by hand takes', () => {
  fc.assert(
    fc.property(
      bookArbitrary,
      fc.constantFrom(SIDE.buy, SIDE.sell),
      fc.constantFrom(...KINDS),
      fc.integer({ min: 9_970, max: 10_030 }),
      fc.integer({ min: 1, max: 60 }),
      ({ bids, asks }, side, kind, limitTicks, qtyLots) => {
        const rig = paperRig();
        rig.setBook(0, bids, asks);
        const priceTicks = kind[0] === ORDER_TYPE.market ? 0 : limitTicks;
        rig.submit(1, { side, orderType: kind[0], timeInForce: kind[1], priceTicks, qtyLots });
        rig.turns(2);
        const isBuy = side === SIDE.buy;
        const expected = naiveTake(isBuy ? asks : bids, isBuy, kind, priceTicks, qtyLots);
        const { fills, states } = outcome(rig);
        expect({ fills, state: states[1] }).toEqual(expected);
      },
    ),
    { numRuns: 400, seed: 11 },
  );
});

test('no displayed lot of one book update fills two orders; the next update shows afresh', () => {
  const rig = paperRig();
  rig.setBook(0, [[9_990, 5]], [[10_010, 10]]);
  const buy: Partial<OrderTermsInput> = { priceTicks: 10_010, timeInForce: TIME_IN_FORCE.ioc };
  rig.submit(1, { ...buy, qtyLots: 7 });
  rig.submit(2, { ...buy, qtyLots: 7 });
  rig.turns(2);
  expect(outcome(rig).fills).toEqual([
    [10_010, 7, 0],
    [10_010, 3, 0],
  ]);
  rig.submit(3, { ...buy, qtyLots: 1 });
  rig.turns(2);
  expect(outcome(rig)).toMatchObject({ fills: [], states: { 3: 'expired' } });
  rig.setBook(0, [[9_990, 5]], [[10_010, 10]]);
  rig.submit(4, { ...buy, qtyLots: 9 });
  rig.turns(2);
  expect(outcome(rig).fills).toEqual([[10_010, 9, 0]]);
});

test('a resting order fills when the opposite touch reaches it: at its price, best price first, then the oldest', () => {
  const rig = paperRig();
  rig.submit(1, { priceTicks: 9_995, qtyLots: 5 });
  rig.submit(2, { priceTicks: 10_000, qtyLots: 5 });
  rig.submit(3, { priceTicks: 10_000, qtyLots: 5 });
  rig.turns(2);
  rig.setBook(0, [[9_980, 9]], [[10_001, 50]]);
  rig.turns(2);
  expect(outcome(rig).fills).toEqual([]);
  rig.setBook(
    0,
    [[9_980, 9]],
    [
      [9_999, 7],
      [10_000, 1],
    ],
  );
  rig.turns(2);
  const { fills, states } = outcome(rig);
  expect(fills).toEqual([
    [10_000, 5, 1],
    [10_000, 2, 1],
    [10_000, 1, 1],
  ]);
  expect(states).toEqual({ 2: 'filled', 3: 'partiallyFilled' });
  rig.turns(5);
  expect(outcome(rig).fills).toEqual([]);
});

test('nothing fills from a hidden book, neither arriving nor resting orders', () => {
  const rig = paperRig();
  rig.submit(1, { priceTicks: 10_000, qtyLots: 5 });
  rig.turns(2);
  outcome(rig);
  rig.books.hide(0, 1);
  rig.turns(3);
  rig.books.hide(0, 2);
  rig.turns(3);
  expect(outcome(rig).fills).toEqual([]);
  expect(rig.trading.openOrders()).toBe(1);
});

test('cancel and replace work on what rests, and are refused on what is gone', () => {
  const rig = paperRig();
  rig.submit(1, { priceTicks: 9_990, qtyLots: 5 });
  rig.turns(2);
  rig.replace(2, 1, { priceTicks: 9_995, qtyLots: 6 });
  rig.turns(2);
  expect(outcome(rig).states).toMatchObject({ 1: 'canceled', 2: 'accepted' });
  rig.cancel(2);
  rig.cancel(1);
  rig.turns(2);
  expect(outcome(rig).states).toEqual({ 2: 'canceled' });
  expect(rig.trading.openOrders()).toBe(0);
  expect(rig.reservations.openCount(0)).toBe(0);
});

test('requests take effect after the latency, against the book of that moment', () => {
  const rig = new TradingRig({ paper: { ...FREE, latencyNs: 50 * MS } }).start();
  for (let round = 0; round < 6; round++) {
    rig.turn();
    rig.advance(60 * MS);
  }
  rig.setBook(0, [[9_990, 5]], [[10_010, 10]]);
  rig.submit(1, { priceTicks: 10_020, qtyLots: 5, timeInForce: TIME_IN_FORCE.ioc });
  rig.turns(3);
  expect(outcome(rig)).toMatchObject({ fills: [], states: { 1: 'submitted' } });
  rig.setBook(0, [[9_990, 5]], [[10_015, 10]]);
  rig.advance(50 * MS);
  rig.turns(2);
  expect(outcome(rig).fills).toEqual([[10_015, 5, 0]]);
});

test('after a restart resting orders go on resting, ids go on counting, and no fill comes twice', () => {
  const rig = paperRig();
  rig.submit(1, { priceTicks: 10_000, qtyLots: 9 });
  rig.turns(2);
  rig.setBook(0, [[9_980, 9]], [[10_000, 4]]);
  rig.turns(2);
  const before = rig.read('execution-to-journal').filter((record) => record.message === 'Fill');
  rig.startRisk();
  rig.startExecution();
  rig.turns(8);
  expect(rig.trading.isReconciled()).toBe(true);
  expect(rig.trading.openOrders()).toBe(1);
  rig.setBook(0, [[9_980, 9]], [[10_000, 4]]);
  rig.turns(2);
  const after = rig.read('execution-to-journal').filter((record) => record.message === 'Fill');
  expect([...before, ...after].map((record) => record.fields['cumQtyLots'])).toEqual([4, 8]);
  expect(after[0].fields['venueTradeId']).toBeGreaterThan(before[0].fields['venueTradeId'] as number);
  rig.positions.read(0);
  expect(rig.positions.netLots).toBe(8);
});

test('a dropped connection loses requests under way and comes back; resting orders stay', () => {
  const rig = paperRig();
  rig.submit(1, { priceTicks: 10_000, qtyLots: 9 });
  rig.turns(2);
  rig.command(COMMAND.dropFeed);
  rig.turns(2);
  expect(rig.trading.isReconciled()).toBe(false);
  rig.advance(150 * MS);
  rig.turns(8);
  expect(rig.trading.isReconciled()).toBe(true);
  expect(rig.trading.openOrders()).toBe(1);
});

test('fees are rounded up to whole cash units, exactly, also where products leave the exact range', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 9_000_000_000_000 }),
      fc.integer({ min: -10_000, max: 100_000 }),
      (notional, hundredths) => {
        const numerator = BigInt(notional) * BigInt(hundredths);
        const floor = numerator / 1_000_000n;
        const up = numerator > 0n && numerator % 1_000_000n !== 0n ? floor + 1n : floor;
        expect(feeCashOf(notional, hundredths / 100)).toBe(Number(up));
      },
    ),
    { numRuns: 2_000, seed: 12 },
  );
});

test('maker and taker fees reach the position', () => {
  const rig = paperRig({ makerFeeBps: 2, takerFeeBps: 10, latencyNs: 0 });
  rig.setBook(0, [[9_990, 5]], [[10_000, 3]]);
  rig.submit(1, { priceTicks: 10_000, qtyLots: 7 });
  rig.turns(2);
  rig.setBook(0, [[9_990, 5]], [[10_000, 9]]);
  rig.turns(3);
  rig.positions.read(0);
  expect(rig.positions.netLots).toBe(7);
  expect(rig.positions.feesCash).toBe(30 + 8);
});

test('shadow builds every request at the live gateway, sends none, and fills at the twin', () => {
  const built: number[][] = [];
  const sent: string[] = [];
  const refuse = (name: string) => (): number => {
    sent.push(name);
    return SEND.sent;
  };
  const rig: TradingRig = new TradingRig({
    gateway: (context) => {
      const live: VenueGateway = {
        start: () => {},
        doWork: () => 0,
        hasWork: () => false,
        isReady: () => true,
        place: refuse('place'),
        cancel: refuse('cancel'),
        replace: refuse('replace'),
        queryOrder: refuse('queryOrder'),
        queryOpenOrders: refuse('queryOpenOrders'),
        queryFills: refuse('queryFills'),
        encodeOnly: (kind, slot, replacedSlot) => {
          built.push([
            kind,
            context.orders.intentSeq[slot],
            replacedSlot < 0 ? 0 : context.orders.intentSeq[replacedSlot],
          ]);
          return 200;
        },
        dropConnections: () => {},
        close: () => {},
      };
      return new ShadowGateway(live, rig.paperGateway(context), context.counters);
    },
  });
  rig.start();
  rig.turns(6);
  rig.submit(1, { priceTicks: 9_990, qtyLots: 5 });
  rig.turns(2);
  rig.replace(2, 1, { priceTicks: 9_995, qtyLots: 6 });
  rig.turns(2);
  rig.cancel(2);
  rig.turns(2);
  expect(built).toEqual([
    [ENCODE_KIND.place, 1, 0],
    [ENCODE_KIND.replace, 2, 1],
    [ENCODE_KIND.cancel, 2, 0],
  ]);
  expect(sent).toEqual([]);
  expect(outcome(rig).states).toEqual({ 1: 'canceled', 2: 'canceled' });
  expect(rig.counters.execution.read(EXECUTION_COUNTER.shadowEncoded)).toBe(3);
});
