/** An order that could trade with one of our own is denied, unless it lets a position shrink. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../engine/messages/enums.ts';
import { LIMITS, decision, rigWith, settle } from '../fixtures/risk-rig.ts';
import type { ScriptedVenue } from '../fixtures/scripted-venue.ts';
import type { TradingRig } from '../fixtures/trading-rig.ts';

const DENYING = {
  limits: {
    instruments: [LIMITS, LIMITS].map((each) => ({ ...each, maxOpenOrders: 50 })),
    deniesSelfCross: true,
  },
};

function rigOf(): { rig: TradingRig; venue: ScriptedVenue } {
  return rigWith(DENYING);
}

const sell = { side: SIDE.sell, qtyLots: 1 };
const buy = { side: SIDE.buy, qtyLots: 1 };

test('denied from the own price on, and not one tick before it, on both sides', () => {
  const { rig, venue } = rigOf();
  rig.submit(1, { ...sell, priceTicks: 10_030 });
  rig.submit(2, { ...sell, priceTicks: 10_020 });
  rig.submit(3, { ...buy, priceTicks: 9_980 });
  settle(rig, venue);
  expect(decision(rig, 4, { ...buy, priceTicks: 10_019 })).toBe('approved');
  expect(decision(rig, 5, { ...buy, priceTicks: 10_020 })).toBe('selfCross');
  expect(decision(rig, 6, { ...buy, priceTicks: 10_020, timeInForce: TIME_IN_FORCE.ioc })).toBe('selfCross');
  expect(decision(rig, 7, { ...sell, priceTicks: 9_980 })).toBe('selfCross');
  expect(decision(rig, 8, { ...sell, priceTicks: 10_019 })).toBe('selfCross');
  expect(decision(rig, 9, { ...sell, priceTicks: 10_020 })).toBe('approved');
  expect(decision(rig, 10, { ...buy, priceTicks: 10_030, instrumentIndex: 1 })).toBe('approved');
  expect(rig.riskCount('deniedSelfCross')).toBe(4);
});

test("what has ended is in nobody's way, and the next price is; what never rests is not", () => {
  const { rig, venue } = rigOf();
  rig.submit(1, { ...sell, priceTicks: 10_010 });
  rig.submit(2, { ...sell, priceTicks: 10_030 });
  rig.submit(3, { ...sell, priceTicks: 10_005, timeInForce: TIME_IN_FORCE.ioc });
  settle(rig, venue);
  rig.cancel(1);
  settle(rig, venue);
  expect(decision(rig, 4, { ...buy, priceTicks: 10_029 })).toBe('approved');
  expect(decision(rig, 5, { ...buy, priceTicks: 10_030 })).toBe('selfCross');
});

test('a market order is denied when it reaches the own price in the book, and passes when it does not', () => {
  const { rig, venue } = rigOf();
  const market = { orderType: ORDER_TYPE.market, priceTicks: 0, timeInForce: TIME_IN_FORCE.ioc };
  rig.setBook(
    0,
    [[9_990, 50]],
    [
      [10_010, 5],
      [10_020, 50],
    ],
  );
  rig.submit(1, { ...sell, priceTicks: 10_020 });
  settle(rig, venue);
  expect(decision(rig, 2, { ...buy, ...market, qtyLots: 5 })).toBe('approved');
  expect(decision(rig, 3, { ...buy, ...market, qtyLots: 6 })).toBe('selfCross');
});

test('an exit passes, and a risk actor that replaces another knows what rests', () => {
  const { rig, venue } = rigOf();
  rig.submit(1, { ...buy, qtyLots: 10, priceTicks: 10_010 });
  settle(rig, venue);
  venue.fill(1, 10);
  rig.submit(2, { ...buy, priceTicks: 9_990 });
  settle(rig, venue);
  rig.startRisk();
  expect(decision(rig, 3, { ...sell, qtyLots: 10, priceTicks: 9_990 })).toBe('approved');
  expect(decision(rig, 4, { ...sell, qtyLots: 1, priceTicks: 9_990 })).toBe('selfCross');
});

test('no approved order that could let a position grow ever reaches one of ours', () => {
  const step = fc.record({
    side: fc.constantFrom(SIDE.buy, SIDE.sell),
    qtyLots: fc.integer({ min: 1, max: 3 }),
    priceTicks: fc.integer({ min: 9_985, max: 10_015 }),
    timeInForce: fc.constantFrom(TIME_IN_FORCE.gtc, TIME_IN_FORCE.ioc),
    after: fc.constantFrom('nothing', 'fill', 'cancel', 'restart'),
    of: fc.nat({ max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { rig, venue } = rigOf();
      let seq = 0;
      for (const { after, of, ...terms } of steps) {
        const resting = [...venue.orders.values()].filter(({ isWorking }) => isWorking);
        const isBuy = terms.side === SIDE.buy;
        const reached = resting.some(
          ({ side, priceTicks }) =>
            side !== terms.side && (isBuy ? terms.priceTicks >= priceTicks : terms.priceTicks <= priceTicks),
        );
        const open = resting
          .filter(({ side }) => side === terms.side)
          .reduce((sum, { qtyLots, filledLots }) => sum + qtyLots - filledLots, 0);
        const grows = venue.netLots(0) * (isBuy ? 1 : -1) + open + terms.qtyLots > 0;
        const result = decision(rig, ++seq, terms);
        if (grows) expect(result === 'selfCross').toBe(reached);
        else expect(result).not.toBe('selfCross');
        settle(rig, venue);
        // The venue of this test lets an IOC order rest; a real one does not.
        if (terms.timeInForce === TIME_IN_FORCE.ioc) rig.cancel(seq);
        if (after === 'fill') venue.fill(of, 1);
        else if (after === 'cancel') rig.cancel(of);
        else if (after === 'restart') rig.startRisk();
        settle(rig, venue);
      }
    }),
    { numRuns: 80, seed: 3 },
  );
});
