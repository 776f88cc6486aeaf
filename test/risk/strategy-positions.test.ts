import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STRATEGIES_MAX } from '../../engine/core/limits.ts';
import { SIDE } from '../../engine/messages/enums.ts';
import { PositionWriter, positionTableBytes } from '../../engine/risk/positions.ts';
import {
  NOBODY,
  StrategyPositionReader,
  StrategyPositionWriter,
  strategyPositionBytes,
} from '../../engine/risk/strategy-positions.ts';

const INSTRUMENTS = 2;

function tables(): { account: PositionWriter; own: StrategyPositionWriter; reader: StrategyPositionReader } {
  const region = (name: string, byteLength: number) => ({ name, byteOffset: 0, byteLength });
  const bytes = positionTableBytes(INSTRUMENTS);
  const ownRegion = region('own', strategyPositionBytes(INSTRUMENTS));
  const ownBuffer = new SharedArrayBuffer(ownRegion.byteLength);
  return {
    account: new PositionWriter(new SharedArrayBuffer(bytes), region('account', bytes)),
    own: new StrategyPositionWriter(ownBuffer, ownRegion),
    reader: new StrategyPositionReader(ownBuffer, ownRegion),
  };
}

/** Fills of strategies, of nobody (-1) and of strategies that are gone. */
const fillArbitrary = fc.record({
  owner: fc.constantFrom(-1, 0, 1, 5, STRATEGIES_MAX - 1, STRATEGIES_MAX),
  instrument: fc.integer({ min: 0, max: INSTRUMENTS - 1 }),
  side: fc.constantFrom(SIDE.buy, SIDE.sell),
  price: fc.integer({ min: 1, max: 1_000_000 }),
  lots: fc.integer({ min: 1, max: 10_000 }),
  fee: fc.integer({ min: -50, max: 5_000 }),
});

interface Sums {
  net: number;
  bought: number;
  sold: number;
  fees: number;
  cash: number;
}

function sumsOf(reader: StrategyPositionReader, instrument: number): Sums {
  const sums = { net: 0, bought: 0, sold: 0, fees: 0, cash: 0 };
  for (let strategy = 0; strategy <= NOBODY; strategy++) {
    expect(reader.readOf(strategy, instrument)).toBe(true);
    sums.net += reader.netLots;
    sums.bought += reader.boughtLots;
    sums.sold += reader.soldLots;
    sums.fees += reader.feesCash;
    sums.cash += reader.realisedCash - reader.costCash;
    if (reader.netLots === 0) expect(reader.costCash).toBe(0);
    expect(Math.sign(reader.costCash)).toBe(Math.sign(reader.netLots));
  }
  return sums;
}

const given = { numRuns: 100, seed: 9 };

test('what strategies hold adds up to the account, lot by lot, also when an index gets another strategy', () => {
  fc.assert(
    fc.property(
      fc.array(fillArbitrary, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 40 }),
      (fills, givenUpAfter) => {
        const { account, own, reader } = tables();
        for (const [place, { owner, instrument, side, price, lots, fee }] of fills.entries()) {
          if (place === givenUpAfter) own.giveUp(0);
          own.applyFillOf(owner, instrument, place + 1, side, price, lots, fee, 0);
          account.applyFill(instrument, place + 1, side, price, lots, fee, 0);
        }
        own.giveUp(5);
        for (let instrument = 0; instrument < INSTRUMENTS; instrument++) {
          account.read(instrument);
          const { netLots, boughtLots, soldLots, feesCash, realisedCash, costCash } = account;
          expect(sumsOf(reader, instrument)).toEqual({
            net: netLots,
            bought: boughtLots,
            sold: soldLots,
            fees: feesCash,
            cash: realisedCash - costCash,
          });
          reader.readOf(5, instrument);
          expect([reader.netLots, reader.realisedCash, reader.feesCash]).toEqual([0, 0, 0]);
        }
      },
    ),
    given,
  );
});

test('a strategy has what its own fills make, as if it were alone, and a repeated fill counts once', () => {
  fc.assert(
    fc.property(fc.array(fillArbitrary, { minLength: 1, maxLength: 40 }), (fills) => {
      const { account: alone, own, reader } = tables();
      for (const [place, { owner, instrument, side, price, lots, fee }] of fills.entries()) {
        own.applyFillOf(owner, instrument, place + 1, side, price, lots, fee, 0);
        expect(own.applyFillOf(owner, instrument, place + 1, side, price, lots, fee, 0)).toBe(false);
        if (owner === 1) alone.applyFill(instrument, place + 1, side, price, lots, fee, 0);
      }
      for (let instrument = 0; instrument < INSTRUMENTS; instrument++) {
        reader.readOf(1, instrument);
        alone.read(instrument);
        expect(reader).toMatchObject({
          netLots: alone.netLots,
          costCash: alone.costCash,
          realisedCash: alone.realisedCash,
          feesCash: alone.feesCash,
          lastFillSeq: alone.lastFillSeq,
        });
      }
    }),
    given,
  );
});

test('lots of opposite sides that come together close each other at their average prices', () => {
  const { own, reader } = tables();
  own.applyFillOf(0, 0, 1, SIDE.buy, 100, 5, 0, 0);
  own.applyFillOf(1, 0, 2, SIDE.sell, 110, 3, 0, 0);
  own.giveUp(0);
  own.giveUp(1);
  expect(reader.readOf(NOBODY, 0)).toBe(true);
  expect(reader).toMatchObject({ netLots: 2, costCash: 200, realisedCash: 30, boughtLots: 5, soldLots: 3 });
});
