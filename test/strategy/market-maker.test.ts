import { describe, expect, test } from 'vitest';
import { GAP_REASON } from '../../engine/strategy/port.ts';
import { createStrategy } from '../../strategies/market-maker.ts';
import { QuoteMarket } from '../fixtures/quote-market.ts';

const MID = 1_000_000;
/** 10,000 USDT a coin; a quote of 100 USDT is 1,000 lots. */
const LOTS = 1_000;
const PARAMS = { notional: 100, maxInventory: 300, riskAversion: 0.05, fillDecay: 0.25, horizonMs: 4_000 };

/** A market whose mid moves 2 bps up and down every second: its variance is 4 bps^2 a second. */
function moving(params: Record<string, number> = {}): QuoteMarket {
  const market = new QuoteMarket(createStrategy, { ...PARAMS, ...params });
  for (let second = 0; second < 40; second++) {
    const mid = MID + (second % 2 === 0 ? 0 : 200);
    market.book(mid - 5, mid + 5, 1_000);
  }
  market.book(MID - 5, MID + 5, 300);
  market.wait(2, 300);
  return market;
}

/** What the paper says, in bps: distance of a quote from the reservation price, and of that from the mid for each order held. */
function paper(variance: number): { half: number; lean: number } {
  const { riskAversion: g, fillDecay: k, horizonMs } = PARAMS;
  const risk = g * variance * (horizonMs / 1_000);
  return { half: risk / 2 + Math.log(1 + g / k) / g, lean: risk };
}

describe('the market maker', () => {
  test('quotes both sides where Avellaneda and Stoikov do, post-only, sized by its notional', () => {
    const market = moving();
    const { half } = paper(4);
    const [[bid], [ask]] = [market.of('buy'), market.of('sell')];
    // A hundredth of a bps is a tick; the variance is that of mids that differ by a few of them.
    expect(Math.abs(bid.priceTicks - MID * (1 - half / 1e4))).toBeLessThan(3);
    expect(Math.abs(ask.priceTicks - MID * (1 + half / 1e4))).toBeLessThan(3);
    expect([bid.type, ask.type]).toEqual(['limitMaker', 'limitMaker']);
    expect([bid.qtyLots, ask.qtyLots]).toEqual([LOTS, LOTS]);
  });

  test('leans against what it holds', () => {
    const market = moving();
    const before = market.of('sell')[0].priceTicks;
    market.fill(market.of('buy')[0]);
    expect(market.netLots).toBe(LOTS);
    market.wait(3, 300);
    const { half, lean } = paper(4);
    expect(Math.abs(market.of('buy')[0].priceTicks - MID * (1 - (half + lean) / 1e4))).toBeLessThan(15);
    expect(before - market.of('sell')[0].priceTicks).toBeGreaterThan(60);
  });

  test('holds no more than it may: beyond that only the side that lowers the position is quoted', () => {
    const market = moving();
    for (let count = 0; count < 5 && market.of('buy').length > 0; count++) {
      market.fill(market.of('buy')[0]);
      market.wait(3, 300);
    }
    expect(market.netLots).toBe(3 * LOTS);
    expect(market.of('buy')).toEqual([]);
    expect(market.of('sell').length).toBe(1);
    market.fill(market.of('sell')[0]);
    market.wait(3, 300);
    expect(market.of('buy').length).toBe(1);
  });

  test('never crosses: however far it leans, a quote stays behind the other side', () => {
    const market = moving({ riskAversion: 5, maxInventory: 1e6 });
    for (let count = 0; count < 6; count++) {
      market.fill(market.of('buy')[0]);
      // A quote may just be on its way to another price.
      market.wait(3, 300);
      for (let tries = 0; tries < 20 && market.open.size < 2; tries++) market.wait(1, 50);
      for (const { side, priceTicks } of market.open.values())
        expect(side === 'buy' ? priceTicks < MID + 5 : priceTicks > MID - 5).toBe(true);
    }
    expect(market.of('sell')[0].priceTicks).toBe(MID - 4);
  });

  test('leaves quotes within the tolerance alone, moves the others, and has one of each side at most', () => {
    const market = moving();
    const sent = market.sent.length;
    market.book(MID - 5 + 20, MID + 5 + 20, 300);
    expect(market.sent.length).toBe(sent);
    market.book(MID - 5 + 90, MID + 5 + 90, 300);
    market.wait(2, 300);
    expect(market.sent.length).toBe(sent + 2);
    expect([market.of('buy').length, market.of('sell').length]).toEqual([1, 1]);
  });

  test('withdraws when the book is hidden, and measures anew before it quotes again', () => {
    const market = moving();
    market.rig.hide(GAP_REASON.disconnected);
    market.rig.turn(0);
    market.wait(1, 100);
    expect(market.open.size).toBe(0);
    market.wait(5, 1_000);
    expect(market.open.size).toBe(0);
    market.wait(10, 1_000);
    expect(market.open.size).toBe(2);
  });

  test('the least half spread keeps quotes away where nothing moves', () => {
    const market = new QuoteMarket(createStrategy, { ...PARAMS, halfSpreadBpsMin: 12 });
    for (let second = 0; second < 15; second++) market.book(MID - 5, MID + 5, 1_000);
    expect(market.of('buy')[0].priceTicks).toBe(MID - 1_200);
    expect(market.of('sell')[0].priceTicks).toBe(MID + 1_200);
  });
});
