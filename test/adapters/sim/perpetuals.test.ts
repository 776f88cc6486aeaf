import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../adapters/sim/api-error.ts';
import { LISTED_SYMBOLS } from '../../../adapters/sim/instruments.ts';
import { liquidationTicks } from '../../../adapters/sim/perp/perp-replies.ts';
import { fundingRateOf } from '../../../adapters/sim/perp/contract-mark.ts';
import { PerpRig } from '../../fixtures/perp-rig.ts';

const codeOf = (action: () => unknown): number => {
  try {
    action();
    return 0;
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
};

describe('margin accounts of the perpetuals', () => {
  it('keep wallet and profit equal to what was paid and what is held, whatever is traded', () => {
    const trades = fc.array(
      fc.record({
        isBuy: fc.boolean(),
        milli: fc.integer({ min: 1, max: 400 }),
        cents: fc.integer({ min: 5_800_000, max: 6_200_000 }),
      }),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(trades, fc.boolean(), (sequence, isIsolated) => {
        const rig = new PerpRig();
        if (isIsolated) for (const index of [0, 1]) rig.call('marginType', { marginType: 'ISOLATED' }, index);
        let cash = 0;
        let held = 0;
        for (const { isBuy, milli, cents } of sequence) {
          rig.trade(isBuy ? 'BUY' : 'SELL', milli / 1_000, cents / 100);
          cash += (isBuy ? -1 : 1) * milli * cents;
          held += (isBuy ? 1 : -1) * milli;
        }
        const [mine, theirs] = [0, 1].map(
          (index) => rig.account(index).walletUnits + rig.position(index).unrealisedUnits,
        );
        // Thousandths of a coin times cents are units of 1e-5.
        const wanted = 100_000 * 1e8 + (cash + held * rig.mark.markTicks) * 1e3;
        expect(Math.abs(mine - wanted)).toBeLessThan(1e-4 * 1e8);
        expect(Math.abs(mine + theirs - 200_000 * 1e8)).toBeLessThan(1e-4 * 1e8);
        expect(rig.position().lots).toBe(held * 100);
        expect(rig.position().isolatedUnits === 0).toBe(!isIsolated || held === 0);
      }),
      { seed: 3, numRuns: 150 },
    );
  });

  it('take fees of both sides from the wallet', () => {
    const rig = new PerpRig(undefined, 100_000, 5);
    rig.trade('BUY', 1, 60_000);
    expect([rig.wallet(0), rig.wallet(1)]).toEqual([99_970, 99_970]);
  });

  it('let an order pass that needs exactly the margin there is, and none that needs more', () => {
    const rig = new PerpRig(undefined, 1_000);
    rig.call('leverage', { leverage: 10 });
    expect(codeOf(() => rig.order('BUY', 0.20001, 50_000))).toBe(-2019);
    expect(codeOf(() => rig.order('BUY', 0.2, 50_000))).toBe(0);
    expect(rig.account().availableUnits).toBe(0);
    expect(codeOf(() => rig.order('BUY', 0.001, 50_000))).toBe(-2019);
    rig.call('cancelAll');
    expect(rig.account().availableUnits).toBe(1_000 * 1e8);
  });

  it('need no margin to close what is held', () => {
    const rig = new PerpRig(undefined, 1_000);
    rig.call('leverage', { leverage: 10 });
    rig.trade('BUY', 0.16, 60_000);
    expect(codeOf(() => rig.order('SELL', 0.16, 60_100))).toBe(0);
    expect(codeOf(() => rig.order('BUY', 0.16, 59_000))).toBe(-2019);
  });

  it('refuse reduce-only orders that would open, and cancel those that would by now', () => {
    const rig = new PerpRig();
    const reduce = { reduceOnly: 'true' };
    expect(codeOf(() => rig.order('SELL', 0.1, 60_000, reduce))).toBe(-2022);
    rig.trade('BUY', 0.1, 60_000);
    expect(codeOf(() => rig.order('BUY', 0.1, 60_000, reduce))).toBe(-2022);
    expect(codeOf(() => rig.order('SELL', 0.11, 60_500, reduce))).toBe(-2022);
    const resting = rig.order('SELL', 0.1, 60_500, reduce);
    rig.trade('SELL', 0.05, 60_000);
    rig.move(1);
    expect(resting.engine.status).toBe('CANCELED');
  });

  it('answer bad orders with the codes of Binance USD-M', () => {
    const rig = new PerpRig();
    const cases: [number, () => unknown][] = [
      [-1121, () => rig.order('BUY', 0.1, 60_000, { symbol: 'XBTUSDT' })],
      [-1116, () => rig.order('BUY', 0.1, 60_000, { type: 'STOP' })],
      [-1102, () => rig.order('BUY', 0.1, 60_000, { timeInForce: undefined })],
      [-4061, () => rig.order('BUY', 0.1, 60_000, { positionSide: 'LONG' })],
      [-1111, () => rig.order('BUY', 0.1, 60_000, { quantity: '0.000001' })],
      [-4014, () => rig.order('BUY', 0.1, 60_000, { price: '60000.001' })],
      [-4016, () => rig.order('BUY', 0.1, 63_000.01)],
      [-4024, () => rig.order('SELL', 0.1, 56_999.99)],
      [-4164, () => rig.order('BUY', 0.00008, 60_000)],
      [-4028, () => rig.call('leverage', { leverage: 126 })],
      [-4046, () => rig.call('marginType', { marginType: 'CROSSED' })],
      [-4059, () => rig.call('setPositionMode', { dualSidePosition: 'false' })],
      [-2011, () => rig.call('order.cancel', { orderId: 5 })],
      [-2013, () => rig.call('order.status', { origClientOrderId: 'x' })],
      [-1125, () => rig.call('userDataStream.ping')],
    ];
    expect(cases.map(([, action]) => codeOf(action))).toEqual(cases.map(([code]) => code));
    expect(codeOf(() => rig.order('BUY', 0.1, 63_000))).toBe(0);
    rig.order('SELL', 0.1, 60_000, { newClientOrderId: 'a' }, 1);
    rig.order('SELL', 0.1, 63_100, { newClientOrderId: 'b' }, 1);
    expect(codeOf(() => rig.order('SELL', 0.1, 63_200, { newClientOrderId: 'b' }, 1))).toBe(-4116);
    expect(codeOf(() => rig.order('BUY', 0.1, 63_000, { symbol: 'BTCUSDT', timeInForce: 'GTX' }, 1))).toBe(0);
    expect(codeOf(() => rig.order('SELL', 0.1, 63_000, { timeInForce: 'GTX' }))).toBe(-5022);
    expect(codeOf(() => rig.call('marginType', { marginType: 'ISOLATED' }, 1))).toBe(-4047);
  });

  it('cancel the orders of a symbol when nobody sets the switch anew, and not before', () => {
    const rig = new PerpRig();
    const order = rig.order('BUY', 0.1, 59_000);
    rig.call('countdown', { countdownTime: 120_000 });
    rig.move(119_999);
    rig.call('countdown', { countdownTime: 120_000 });
    rig.move(119_999);
    expect(order.isOpen).toBe(true);
    rig.move(1);
    expect(order.isOpen).toBe(false);
    const other = rig.order('BUY', 0.1, 59_000);
    rig.call('countdown', { countdownTime: 1_000 });
    rig.call('countdown', { countdownTime: 0 });
    rig.move(5_000);
    expect(other.isOpen).toBe(true);
  });
});

describe('mark price and funding', () => {
  it('follow spot when nobody trades the contract, and its own price only as the middle of three', () => {
    const rig = new PerpRig();
    rig.setPrice(61_000);
    expect(rig.mark.indexTicks).toBe(6_100_000);
    expect(Math.abs(rig.mark.markTicks / 6_100_000 - 1)).toBeLessThan(2e-4);
    rig.order('BUY', 0.1, 63_000, {}, 1);
    rig.order('SELL', 0.1, 64_000);
    rig.trade('BUY', 0.01, 63_500);
    rig.move(1);
    expect(rig.mark.market.lastTradeTicks).toBe(6_350_000);
    expect(rig.mark.markTicks).toBeLessThan(6_102_000);
    rig.move(600_000);
    expect(rig.mark.markTicks).toBeGreaterThan(6_300_000);
  });

  it.each([
    { premium: 0, rate: 0.0001 },
    { premium: 0.0004, rate: 0.0001 },
    { premium: 0.001, rate: 0.0005 },
    { premium: -0.001, rate: -0.0005 },
    { premium: 0.5, rate: 0.02 },
    { premium: -0.5, rate: -0.02 },
  ])('make of a premium of $premium a rate of $rate', ({ premium, rate }) => {
    expect(fundingRateOf(premium)).toBeCloseTo(rate, 12);
  });

  it('pay every eight hours, longs to shorts at a positive rate, nothing lost or made', () => {
    const rig = new PerpRig();
    rig.trade('BUY', 2, 60_000);
    expect(rig.mark.nextFundingMs).toBe(Date.UTC(2026, 0, 1, 8));
    rig.move(7 * 3_600_000 - 1);
    expect(rig.account().income).toEqual([]);
    const { markTicks } = rig.mark;
    rig.move(1);
    const [paid] = rig.account().income;
    expect(paid.type).toBe('FUNDING_FEE');
    expect(paid.units / 1e8).toBeCloseTo((-2 * markTicks) / 100 / 10_000, 2);
    expect(rig.account(1).income[0].units).toBe(-paid.units);
    expect(rig.mark.nextFundingMs).toBe(Date.UTC(2026, 0, 1, 16));
    rig.move(8 * 3_600_000);
    expect(rig.account().income).toHaveLength(2);
    expect((rig.call('fundingRate') as unknown[]).length).toBe(2);
  });

  it('take the funding of an isolated position from its own margin', () => {
    const rig = new PerpRig();
    rig.call('marginType', { marginType: 'ISOLATED' });
    rig.trade('BUY', 1, 60_000);
    const before = rig.position().isolatedUnits;
    rig.move(7 * 3_600_000);
    expect(rig.position().isolatedUnits - before).toBe(rig.account().income[0].units);
  });
});

describe('liquidation', () => {
  it.each(['BUY', 'SELL'] as const)('closes an isolated %s exactly at its liquidation price', (side) => {
    const isBuy = side === 'BUY';
    const open = (): PerpRig => {
      const rig = new PerpRig();
      rig.call('marginType', { marginType: 'ISOLATED' });
      rig.call('leverage', { leverage: 10 });
      rig.trade(side, 1, 60_000);
      rig.mark.nextFundingMs = Infinity;
      return rig;
    };
    // Ten times leverage, 0.5 % maintenance: (60000 - 6000) / 0.995, or (60000 + 6000) / 1.005.
    const wanted = isBuy ? 54_000 / 0.995 : 66_000 / 1.005;
    const rig = open();
    expect(liquidationTicks(rig.account(), rig.position()) / 100).toBeCloseTo(wanted, 6);
    const at = (price: number): PerpRig => {
      const other = open();
      other.mark.heldIndexTicks = price * 100;
      other.position().mark.move = () => {
        other.mark.markTicks = price * 100;
        return false;
      };
      other.move(1);
      return other;
    };
    const step = isBuy ? 0.01 : -0.01;
    expect(at(wanted + step).position().lots).not.toBe(0);
    const gone = at(wanted - step);
    expect(gone.position().lots).toBe(0);
    // The margin is gone, and nothing else.
    expect(gone.wallet()).toBeCloseTo(94_000, 6);
    expect(gone.account().orders('BTCUSDT').at(-1)!.clientOrderId).toMatch(/^autoclose-/);
  });

  it('takes what the book gives, cancels the orders first, and leaves the rest to the insurance', () => {
    const rig = new PerpRig();
    rig.call('marginType', { marginType: 'ISOLATED' });
    rig.call('leverage', { leverage: 20 });
    rig.trade('BUY', 1, 60_000);
    const resting = rig.order('BUY', 0.01, 55_000);
    rig.order('BUY', 0.4, 56_500, {}, 1);
    rig.setPrice(50_000);
    expect(rig.position().lots).toBe(0);
    expect(resting.engine.status).toBe('CANCELED');
    const closing = rig.account().orders('BTCUSDT').at(-1)!;
    expect([closing.engine.filledLots, closing.engine.status]).toEqual([40_000, 'EXPIRED']);
    // 3,000 was at stake; what was lost beyond is the insurance's.
    expect(rig.wallet()).toBeCloseTo(97_000, 6);
    expect(rig.account().income.some(({ type, units }) => type === 'INSURANCE_CLEAR' && units > 0)).toBe(
      true,
    );
  });

  it('of a cross position puts the whole wallet at stake, and never more', () => {
    const rig = new PerpRig(undefined, 10_000);
    rig.call('leverage', { leverage: 50 });
    rig.trade('BUY', 1, 60_000);
    rig.setPrice(52_000);
    expect(rig.position().lots).not.toBe(0);
    rig.setPrice(45_000);
    expect(rig.position().lots).toBe(0);
    expect(rig.wallet()).toBe(0);
  });
});

describe('the list of the embedded exchange', () => {
  it('has the assets that are traded most, against USDT', () => {
    const wanted = ['BTC', 'ETH', 'SOL', 'BNB', 'XRP', 'ADA', 'DOT', 'LINK', 'DOGE'].map(
      (asset) => `${asset}USDT`,
    );
    expect(LISTED_SYMBOLS).toEqual(expect.arrayContaining(wanted));
  });
});
