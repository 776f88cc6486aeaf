import { describe, expect, test } from 'vitest';
import { createStrategy } from '../../strategies/grid.ts';
import { QuoteMarket } from '../fixtures/quote-market.ts';

const MID = 1_000_000;
const LOTS = 1_000;
const PARAMS = { lines: 3, spacingBps: 20, notional: 100 };
/** Two thousandths of the price. */
const LINE = 2_000;

function laid(params: Record<string, number | string | boolean> = {}): QuoteMarket {
  const market = new QuoteMarket(createStrategy, { ...PARAMS, ...params });
  market.book(MID - 5, MID + 5, 100);
  market.wait(2, 100);
  return market;
}

const prices = (market: QuoteMarket, side: 'buy' | 'sell'): number[] =>
  market
    .of(side)
    .map(({ priceTicks }) => priceTicks)
    .toSorted((a, b) => a - b);

describe('the grid', () => {
  test('lays orders at equal distances below and above the price, post-only and of one size', () => {
    const market = laid();
    expect(prices(market, 'buy')).toEqual([MID - 3 * LINE, MID - 2 * LINE, MID - LINE]);
    expect(prices(market, 'sell')).toEqual([MID + LINE, MID + 2 * LINE, MID + 3 * LINE]);
    for (const { type, qtyLots } of market.open.values())
      expect([type, qtyLots]).toEqual(['limitMaker', LOTS]);
  });

  test('sells a line higher what it bought, and buys it again: each pair earns the distance of two lines', () => {
    const market = laid();
    market.book(MID - LINE - 5, MID - LINE + 5, 100);
    market.fill(market.of('buy').find(({ priceTicks }) => priceTicks === MID - LINE)!);
    market.wait(2, 100);
    expect(prices(market, 'sell')).toEqual([MID, MID + LINE, MID + 2 * LINE, MID + 3 * LINE]);
    expect(prices(market, 'buy')).toEqual([MID - 3 * LINE, MID - 2 * LINE]);
    market.fill(market.of('sell').find(({ priceTicks }) => priceTicks === MID)!);
    market.book(MID - 5, MID + 5, 100);
    market.wait(2, 100);
    expect(market.netLots).toBe(0);
    market.rig.positions.read(0);
    expect(market.rig.positions.realisedCash).toBe(LINE * LOTS);
    expect(prices(market, 'buy')).toEqual([MID - 3 * LINE, MID - 2 * LINE, MID - LINE]);
  });

  test('an order filled in parts turns around once it is whole, with all of its lots', () => {
    const market = laid();
    const order = market.of('buy').find(({ priceTicks }) => priceTicks === MID - LINE)!;
    market.book(MID - LINE - 5, MID - LINE + 5, 100);
    market.fill(order, 300);
    market.wait(2, 100);
    expect(market.of('sell').length).toBe(3);
    market.fill(order);
    market.wait(2, 100);
    expect(market.of('sell').find(({ priceTicks }) => priceTicks === MID)?.qtyLots).toBe(LOTS);
  });

  test('without shorts it sells nothing that it has not bought', () => {
    const market = laid({ allowShort: false });
    expect(market.of('sell')).toEqual([]);
    market.book(MID + 2 * LINE, MID + 2 * LINE + 10, 1_000);
    market.wait(3, 1_000);
    expect(market.of('sell')).toEqual([]);
    expect(prices(market, 'buy').at(-1)).toBe(MID + 2 * LINE);
  });

  test('when the price has left the grid it closes its position and begins anew, or waits', () => {
    const fallen = (escape: string): QuoteMarket => {
      const market = laid({ escape });
      for (const order of market.of('buy')) market.fill(order);
      expect(market.netLots).toBe(3 * LOTS);
      market.book(MID - 5 * LINE, MID - 5 * LINE + 10, 100);
      market.wait(4, 1_000);
      return market;
    };
    const closed = fallen('close');
    expect(closed.netLots).toBe(0);
    expect(prices(closed, 'buy').length).toBe(3);
    expect(Math.max(...prices(closed, 'sell'))).toBeLessThan(MID - LINE);
    expect(closed.labels).toEqual(['a grid is laid', 'the price left the grid', 'a grid is laid']);
    const held = fallen('hold');
    expect(held.netLots).toBe(3 * LOTS);
    expect(prices(held, 'sell').length).toBe(6);
  });

  test('a position of an earlier thread is closed before a new grid is laid, also when closing takes several tries', () => {
    const market = laid();
    market.fill(market.of('buy')[0]);
    market.open.clear();
    market.hasLiquidity = false;
    market.replaceThread();
    market.wait(3, 100);
    expect(market.netLots).toBe(LOTS);
    expect(market.labels.length).toBe(1);
    market.hasLiquidity = true;
    market.wait(4, 100);
    expect(market.netLots).toBe(0);
    expect(market.labels).toEqual(['a grid is laid', 'a grid is laid']);
  });
});
