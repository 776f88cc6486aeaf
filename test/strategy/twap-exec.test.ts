import { describe, expect, test } from 'vitest';
import { ORDER_STATE } from '../../engine/strategy/port.ts';
import { createStrategy } from '../../strategies/twap-exec.ts';
import { QuoteMarket } from '../fixtures/quote-market.ts';

const MID = 1_000_000;
/** 1,000 USDT at 10,000 a coin. */
const TARGET_LOTS = 10_000;
const PARAMS = {
  target: 1_000,
  durationMs: 10_000,
  slices: 5,
  restShare: 0.5,
  slippageTicks: 3,
  refreshMs: 0,
};

function begun(params: Record<string, number> = {}): QuoteMarket {
  const market = new QuoteMarket(createStrategy, { ...PARAMS, ...params });
  market.book(MID - 5, MID + 5, 100);
  return market;
}

describe('twap execution', () => {
  test('rests at the touch for its share of a slice, takes what is left, and ends at its target', () => {
    const market = begun();
    expect(market.sent).toMatchObject([
      { side: 'buy', type: 'limitMaker', priceTicks: MID - 5, qtyLots: 2_000 },
    ]);
    market.wait(8, 100);
    expect(market.netLots).toBe(0);
    const held: number[] = [];
    for (let slice = 0; slice < 6; slice++) {
      market.wait(20, 100);
      held.push(market.netLots);
    }
    expect(held).toEqual([2_000, 4_000, 6_000, 8_000, 10_000, TARGET_LOTS]);
    expect(market.sent.filter(({ type }) => type === 'limit').map(({ priceTicks }) => priceTicks)).toEqual(
      Array.from({ length: 5 }, () => MID + 5 + 3),
    );
    expect(market.open.size).toBe(0);
    expect(market.labels).toEqual(['twap begins', 'twap is done']);
  });

  test('counts what rested, in whole and in part', () => {
    const market = begun();
    market.fill([...market.open.values()][0], 1_500);
    market.wait(19, 100);
    expect(market.netLots).toBe(2_000);
    expect(market.sent.filter(({ type }) => type === 'limit').map(({ qtyLots }) => qtyLots)).toEqual([500]);
  });

  test('follows the touch, with no more than one order', () => {
    const market = begun();
    market.book(MID - 25, MID - 15, 100);
    market.wait(1, 100);
    expect([...market.open.values()].map(({ priceTicks }) => priceTicks)).toEqual([MID - 25]);
  });

  test('sells down to a lower target, and to a short one', () => {
    const market = begun({ target: -1_000 });
    expect(market.sent[0]).toMatchObject({ side: 'sell', priceTicks: MID + 5 });
    market.wait(110, 100);
    expect(market.netLots).toBe(-TARGET_LOTS);
  });

  test('waits while the price is beyond its limit, and goes on when it is back', () => {
    const market = begun({ limitBps: 10 });
    market.book(MID + 2_000, MID + 2_010, 100);
    market.wait(30, 100);
    expect([market.netLots, market.open.size]).toEqual([0, 0]);
    market.book(MID, MID + 10, 100);
    market.wait(30, 100);
    expect(market.netLots).toBeGreaterThan(0);
  });

  test('an order of an earlier thread is cancelled before anything is sent, and its fills count', () => {
    const market = begun();
    const [order] = market.open.values();
    market.fill(order, 500);
    market.replaceThread();
    market.rig.report({
      intentSeq: order.id,
      state: ORDER_STATE.accepted,
      previousState: ORDER_STATE.accepted,
    });
    market.book(MID - 5, MID + 5, 100);
    market.wait(1, 100);
    expect(market.open.has(order.id)).toBe(false);
    market.wait(130, 100);
    expect(market.netLots).toBe(TARGET_LOTS);
  });

  test('another thread goes on to the same target and trades nothing twice', () => {
    const market = begun();
    market.wait(60, 100);
    const before = market.netLots;
    expect(before).toBeGreaterThan(3_000);
    market.open.clear();
    market.replaceThread();
    market.book(MID - 5, MID + 5, 100);
    market.wait(130, 100);
    expect(market.netLots).toBe(TARGET_LOTS);
  });
});
