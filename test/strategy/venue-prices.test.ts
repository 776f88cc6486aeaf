import { expect, test } from 'vitest';
import { FUNDING_UPDATED, FUNDING_UPDATED_BYTES, FundingUpdated } from '../../engine/messages/codecs.ts';
import type { StrategyContext } from '../../engine/strategy/port.ts';
import { StrategyRig } from '../fixtures/strategy-rig.ts';
import { venuePrices } from '../fixtures/venue-prices.ts';

function sendFunding(rig: StrategyRig, rateE8: number, nextMs: number, instrumentIndex = 0): void {
  rig.bookToStrategy.send(FUNDING_UPDATED, FUNDING_UPDATED_BYTES, (view, at) => {
    const funding = new FundingUpdated().wrap(view, at);
    funding.fundingRateE8 = rateE8;
    funding.nextFundingMs = nextMs;
    funding.intervalMs = 28_800_000;
    funding.exchangeTsMs = 5;
    funding.recvNs = 6;
    funding.instrumentIndex = instrumentIndex;
  });
}

test('a strategy is shown every change of a funding', () => {
  const seen: unknown[] = [];
  const rig = new StrategyRig([
    () => ({
      onFunding: (_context, { instrumentIndex, rate, nextFundingMs, intervalMs }) =>
        void seen.push([instrumentIndex, rate, nextFundingMs, intervalMs]),
    }),
    () => ({}),
  ]);
  sendFunding(rig, 38_167, 8_000);
  sendFunding(rig, -10_000, 16_000);
  sendFunding(rig, 1, 1, 9);
  rig.turn();
  expect(seen).toEqual([
    [0, 0.00038167, 8_000, 28_800_000],
    [0, -0.0001, 16_000, 28_800_000],
  ]);
  expect([rig.count('fundings'), rig.count('badInstrument')]).toEqual([2, 1]);
});

test('a strategy that throws over a funding is switched off alone', () => {
  const seen: number[] = [];
  const rig = new StrategyRig([
    () => ({
      onFunding: () => {
        throw new Error('no');
      },
    }),
    () => ({ onFunding: (_context, { rate }) => void seen.push(rate) }),
  ]);
  sendFunding(rig, 100_000_000, 8_000);
  rig.turn();
  expect(seen).toEqual([1]);
  expect(rig.count('strategiesFaulted')).toBe(1);
});

test('a strategy reads prices beside the book in ticks, as they are now', () => {
  let context: StrategyContext | null = null;
  const rig = new StrategyRig([() => ({ onStart: (given) => void (context = given) })]);
  const read = (index: number): unknown => {
    const prices = context!.venuePrices(index);
    if (prices === null) return null;
    const { lastTradeTicks, averageTicks, referenceTicks, markTicks, indexTicks } = prices;
    const { fundingRate, nextFundingMs } = prices;
    return [lastTradeTicks, averageTicks, referenceTicks, markTicks, indexTicks, fundingRate, nextFundingMs];
  };
  expect(read(0)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  rig.prices.take(0, venuePrices({ averageUnits: 15_000, referenceUnits: -1, markUnits: 20_000 }));
  rig.prices.take(0, venuePrices({ indexUnits: 25_000, fundingRateE8: -5, nextFundingMs: 9 }));
  expect(read(0)).toEqual([0, 1.5, 0, 2, 2.5, -5e-8, 9]);
  expect(read(7)).toBe(null);
});
