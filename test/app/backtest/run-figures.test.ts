import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equityFigures, moments } from '../../../engine/app/backtest/equity-figures.ts';
import { fillQuality } from '../../../engine/app/backtest/fill-quality.ts';
import { profitSplit } from '../../../engine/app/backtest/profit-split.ts';
import { roundTrips } from '../../../engine/app/backtest/round-trips.ts';
import type { EquityPoint, LoggedFill, LoggedOrder } from '../../../engine/app/backtest/run-log.ts';
import { cashUnitValue } from '../../../engine/core/instrument.ts';
import { ORDER_STATE, ORDER_TYPE, REASON, SIDE, TIME_IN_FORCE } from '../../../engine/messages/enums.ts';
import { INSTRUMENTS } from '../../fixtures/trading-rig.ts';

const UNIT = cashUnitValue(INSTRUMENTS[0]);

const fillArbitrary = fc.record({
  side: fc.constantFrom(SIDE.buy, SIDE.sell),
  priceTicks: fc.integer({ min: 9_900, max: 10_100 }),
  qtyLots: fc.integer({ min: 1, max: 50 }),
  feeCash: fc.integer({ min: -50, max: 500 }),
  isMaker: fc.boolean(),
  midTicks: fc.integer({ min: 19_800, max: 20_200 }).map((half) => half / 2),
});

function fillsOf(terms: readonly Partial<LoggedFill>[]): LoggedFill[] {
  return terms.map((given, index) => ({
    atNs: index * 1e9,
    intentSeq: index + 1,
    instrumentIndex: 0,
    strategyIndex: 0,
    side: SIDE.buy,
    priceTicks: 10_000,
    qtyLots: 1,
    feeCash: 0,
    isMaker: false,
    midTicks: 10_000,
    markoutTicks: [NaN, NaN, NaN],
    ...given,
  }));
}

/** Profit before fees by cash and position: what was received less what was paid, and the rest at the mark. */
function grossOf(fills: readonly LoggedFill[], markTicks: number): number {
  let cash = 0;
  let lots = 0;
  for (const { side, priceTicks, qtyLots } of fills) {
    const sign = side === SIDE.buy ? 1 : -1;
    cash -= sign * priceTicks * qtyLots;
    lots += sign * qtyLots;
  }
  return (cash + lots * markTicks) * UNIT;
}

describe('round trips', () => {
  test('add up to the profit and the fees of their fills, each from flat to flat', () => {
    fc.assert(
      fc.property(fc.array(fillArbitrary, { maxLength: 40 }), (terms) => {
        const fills = fillsOf(terms);
        const trips = roundTrips(fills, INSTRUMENTS, [10_000], fills.length * 1e9);
        const sum = (pick: (trip: (typeof trips)[number]) => number): number =>
          trips.reduce((total, trip) => total + pick(trip), 0);
        expect(sum(({ gross }) => gross)).toBeCloseTo(grossOf(fills, 10_000), 8);
        const fees = fills.reduce((total, { feeCash }) => total + feeCash, 0) * UNIT;
        expect(sum(({ fees: paid }) => paid)).toBeCloseTo(fees, 8);
        expect(trips.filter(({ isOpen }) => isOpen).length).toBeLessThanOrEqual(1);
        for (const [index, trip] of trips.entries())
          expect(trip.openNs).toBeGreaterThanOrEqual(trips[index - 1]?.closeNs ?? 0);
      }),
      { seed: 71, numRuns: 300 },
    );
  });

  test('a fill that turns a position ends one trip and opens the next', () => {
    const fills = fillsOf([
      { qtyLots: 2, priceTicks: 100 },
      { side: SIDE.sell, qtyLots: 5, priceTicks: 110, feeCash: 10 },
      { qtyLots: 3, priceTicks: 105 },
    ]);
    const shape = roundTrips(fills, INSTRUMENTS, [0], 9e9).map(({ side, qtyLots, gross, fees, isOpen }) => [
      side,
      qtyLots,
      Math.round(gross / UNIT),
      Math.round(fees / UNIT),
      isOpen,
    ]);
    expect(shape).toEqual([
      ['long', 2, 20, 4, false],
      ['short', 3, 15, 6, false],
    ]);
  });
});

test('spread, slippage and market move, less fees and with funding, are the net profit', () => {
  fc.assert(
    fc.property(
      fc.array(fillArbitrary, { maxLength: 40 }),
      fc.integer({ min: -9, max: 9 }),
      (terms, funding) => {
        const fills = fillsOf(terms);
        const gross = grossOf(fills, 10_000);
        const split = profitSplit(fills, INSTRUMENTS, gross, funding);
        expect(split.spread + split.slippage + split.market - split.fees + split.funding).toBeCloseTo(
          split.net,
          8,
        );
        // The market's part by its own definition: what the mid moved while lots were held.
        let held = 0;
        let market = 0;
        for (const [index, { side, qtyLots, midTicks }] of fills.entries()) {
          held += (side === SIDE.buy ? 1 : -1) * qtyLots;
          market += held * ((fills[index + 1]?.midTicks ?? 10_000) - midTicks) * UNIT;
        }
        expect(split.market).toBeCloseTo(market, 8);
      },
    ),
    { seed: 72, numRuns: 300 },
  );
});

describe('the equity curve', () => {
  const curve = (values: readonly number[]): EquityPoint[] =>
    values.map((equity, index) => ({ atNs: index * 60e9, equity, exposure: 0, midTicks: NaN }));

  test('falls as far as the worst pair of an earlier and a later point', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 1, maxLength: 30 }),
        (values) => {
          let worst = 0;
          const all = [0, ...values];
          for (const [later, value] of all.entries())
            for (const high of all.slice(0, later)) worst = Math.max(worst, high - value);
          expect(equityFigures(curve(values), 10_000, 60e9).maxDrawdown).toBe(worst);
        },
      ),
      { seed: 73, numRuns: 200 },
    );
  });

  test('has the ratios of a calculation by hand, for the year of its step', () => {
    const { sharpe, sortino, periodsPerYear, returnPct, maxDrawdownPct, longestDrawdownMs } = equityFigures(
      curve([0, 100, 50, 150]),
      1_000,
      60e9,
    );
    const returns = [0.1, -50 / 1_100, 100 / 1_050];
    const mean = (returns[0] + returns[1] + returns[2]) / 3;
    const deviation = Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
    expect(periodsPerYear).toBe(525_600);
    expect(sharpe).toBeCloseTo((mean / deviation) * Math.sqrt(525_600), 8);
    expect(sortino).toBeCloseTo((mean / Math.sqrt((50 / 1_100) ** 2 / 3)) * Math.sqrt(525_600), 8);
    expect([returnPct, longestDrawdownMs]).toEqual([15, 60_000]);
    expect(maxDrawdownPct).toBeCloseTo((100 * 50) / 1_100, 10);
  });

  test('says of nothing what cannot be said', () => {
    const flat = equityFigures(curve([0, 0, 0]), 1_000, 60e9);
    expect([flat.sharpe, flat.sortino, flat.calmar]).toEqual([null, null, null]);
    expect(moments([])).toEqual({ mean: 0, deviation: 0, skewness: 0, kurtosis: 3 });
    expect(moments([1, 2, 3, 4, 10]).skewness).toBeCloseTo(1.1384, 3);
  });
});

test('fill quality: shortfall against the mid at sending, markouts in the direction of the order, ends by reason', () => {
  const order = (given: Partial<LoggedOrder>): LoggedOrder => ({
    intentSeq: 1,
    instrumentIndex: 0,
    strategyIndex: 0,
    side: SIDE.buy,
    orderType: ORDER_TYPE.limit,
    timeInForce: TIME_IN_FORCE.gtc,
    priceTicks: 10_000,
    qtyLots: 10,
    sentNs: 0,
    midTicks: 10_000,
    state: ORDER_STATE.filled,
    reason: REASON.none,
    cumQtyLots: 10,
    firstFillNs: 2e9,
    endNs: 2e9,
    ...given,
  });
  const quality = fillQuality(
    [
      order({}),
      order({
        intentSeq: 2,
        state: ORDER_STATE.expired,
        reason: REASON.expiredUnfilled,
        cumQtyLots: 0,
        firstFillNs: NaN,
      }),
      order({
        intentSeq: 3,
        state: ORDER_STATE.denied,
        reason: REASON.maxPosition,
        cumQtyLots: 0,
        firstFillNs: NaN,
      }),
    ],
    fillsOf([{ intentSeq: 1, qtyLots: 10, priceTicks: 10_010, isMaker: true, markoutTicks: [-5, 5, NaN] }]),
    INSTRUMENTS,
  );
  expect(quality).toMatchObject({
    orders: 3,
    fillRatio: 0.5,
    makerShare: 1,
    timeToFillMs: 2_000,
    refused: { 'denied: maxPosition': 1, 'expired: expiredUnfilled': 1 },
  });
  expect(quality.shortfallBps).toBeCloseTo(10, 8);
  expect(quality.markoutBps['1000']).toBeCloseTo(-5, 8);
  expect(quality.markoutBps['60000']).toBe(null);
});
