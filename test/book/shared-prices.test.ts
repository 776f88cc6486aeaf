import { describe, expect, test } from 'vitest';
import {
  SharedPricesReader,
  SharedPricesWriter,
  sharedPricesBytes,
} from '../../engine/book/shared-prices.ts';
import { BAND_REFERENCE, COMMAND } from '../../engine/messages/enums.ts';
import { ownRegion } from '../fixtures/actor-rig.ts';
import { fieldsOf, OrderBookRig } from '../fixtures/orderbook-rig.ts';

const FUNDING = ['fundingRateE8', 'nextFundingMs', 'instrumentIndex'] as const;

describe('prices beside a book', () => {
  test('are shared as the venue states them; what a statement does not say stays', () => {
    const rig = new OrderBookRig(2, 64 * 1024);
    rig.venuePrices({ averageUnits: 1_000_000 }, 1);
    rig.venuePrices({ markUnits: 1_010_000, indexUnits: 1_020_000 }, 1);
    rig.trade(1, 99, 5, 1);
    rig.turnUntilQuiet();
    expect(rig.prices.read(1)).toBe(true);
    const { averageUnits, markUnits, indexUnits, lastTradeTicks, nextFundingMs } = rig.prices;
    expect({ averageUnits, markUnits, indexUnits, lastTradeTicks, nextFundingMs }).toEqual({
      averageUnits: 1_000_000,
      markUnits: 1_010_000,
      indexUnits: 1_020_000,
      lastTradeTicks: 99,
      nextFundingMs: 0,
    });
    expect(rig.prices.read(0) && rig.prices.lastTradeTicks).toBe(0);
    expect(rig.count('venuePrices')).toBe(2);
  });

  test('the reference of a band is what its kind says; a reference price goes before the average while there is one', () => {
    const rig = new OrderBookRig(1, 64 * 1024);
    const references = (): number[] => {
      rig.turnUntilQuiet();
      expect(rig.prices.read(0)).toBe(true);
      return [0, BAND_REFERENCE.average, BAND_REFERENCE.mark, BAND_REFERENCE.last].map((kind) =>
        rig.prices.bandReference(kind, 10_000),
      );
    };
    expect(references()).toEqual([0, 0, 0, 0]);
    rig.venuePrices({ averageUnits: 7, markUnits: 8 });
    rig.trade(0, 3, 1, 1);
    expect(references()).toEqual([0, 7, 8, 30_000]);
    rig.venuePrices({ referenceUnits: 9 });
    expect(references()).toEqual([0, 9, 8, 30_000]);
    rig.venuePrices({ referenceUnits: -1 });
    expect(references()).toEqual([0, 7, 8, 30_000]);
  });

  test('outlive the orderbook actor; one that dies while writing leaves nothing to be read before the next statement', () => {
    const rig = new OrderBookRig(1, 64 * 1024);
    rig.venuePrices({ averageUnits: 7 });
    rig.turnUntilQuiet();
    rig.restart();
    expect(rig.prices.read(0) && rig.prices.averageUnits).toBe(7);
    const { buffer, region } = ownRegion('prices', sharedPricesBytes(1));
    const reader = new SharedPricesReader(buffer, region);
    new Int32Array(buffer)[0] = 1;
    expect(reader.read(0)).toBe(false);
    const trade = { priceTicks: 5, recvNs: 6 } as Parameters<SharedPricesWriter['noteTrade']>[1];
    new SharedPricesWriter(buffer, region).noteTrade(0, trade);
    expect(reader.read(0) && reader.lastTradeTicks).toBe(5);
  });
});

describe('funding', () => {
  test('is told to strategies at every change, and written into the journal at every period', () => {
    const rig = new OrderBookRig(2, 64 * 1024);
    rig.bookToStrategy.drain();
    rig.venuePrices({ markUnits: 5 }, 1);
    rig.venuePrices({ fundingRateE8: 100, nextFundingMs: 8_000 }, 1);
    rig.venuePrices({ fundingRateE8: 100, nextFundingMs: 8_000 }, 1);
    rig.venuePrices({ fundingRateE8: -200, nextFundingMs: 8_000 }, 1);
    rig.venuePrices({ fundingRateE8: -200, nextFundingMs: 16_000 }, 1);
    rig.turnUntilQuiet();
    expect(fieldsOf(rig.bookToStrategy.drain(), 'FundingUpdated', ...FUNDING)).toEqual([
      [100, 8_000, 1],
      [-200, 8_000, 1],
      [-200, 16_000, 1],
    ]);
    expect(fieldsOf(rig.toJournal.drain(), 'FundingUpdated', ...FUNDING)).toEqual([
      [100, 8_000, 1],
      [-200, 16_000, 1],
    ]);
    expect(rig.count('fundings')).toBe(3);
  });

  test('that finds no room is told later, once, as it is then', () => {
    const rig = new OrderBookRig(1, 1_024);
    for (let count = 0; count < 40; count++) rig.trade(0, 10, 1, count + 1);
    rig.turnUntilQuiet();
    for (let rate = 1; rate <= 9; rate++) rig.venuePrices({ fundingRateE8: rate, nextFundingMs: 8_000 });
    rig.turn();
    expect(rig.actor.hasWork()).toBe(true);
    // What room the trades left may have taken the first one.
    expect(fieldsOf(rig.bookToStrategy.drain(), 'FundingUpdated', ...FUNDING).length).toBeLessThan(2);
    rig.turn();
    expect(fieldsOf(rig.bookToStrategy.drain(), 'FundingUpdated', ...FUNDING)).toEqual([[9, 8_000, 0]]);
    rig.turn();
    expect(rig.bookToStrategy.drain()).toEqual([]);
    expect(fieldsOf(rig.toJournal.drain(), 'FundingUpdated', ...FUNDING)).toEqual([[1, 8_000, 0]]);
  });

  test('of an instrument of nobody here is counted, and commands pass', () => {
    const rig = new OrderBookRig(1, 64 * 1024);
    rig.venuePrices({ fundingRateE8: 1, nextFundingMs: 8_000 }, 5);
    rig.command(COMMAND.pause);
    rig.turnUntilQuiet();
    expect([rig.count('badInstrument'), rig.count('fundings')]).toEqual([1, 0]);
  });
});
