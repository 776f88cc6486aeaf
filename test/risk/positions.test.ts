import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SIDE } from '../../engine/messages/enums.ts';
import {
  PositionReader,
  PositionWriter,
  positionTableBytes,
  unrealisedCash,
} from '../../engine/risk/positions.ts';

function table(): { writer: PositionWriter; open: () => PositionWriter; reader: PositionReader } {
  const buffer = new SharedArrayBuffer(positionTableBytes());
  const region = { name: 'positions', byteOffset: 0, byteLength: positionTableBytes() };
  const open = (): PositionWriter => new PositionWriter(buffer, region);
  return { writer: open(), open, reader: new PositionReader(buffer, region) };
}

const fillArbitrary = fc.record({
  side: fc.constantFrom(SIDE.buy, SIDE.sell),
  price: fc.integer({ min: 1, max: 10_000_000 }),
  lots: fc.integer({ min: 1, max: 100_000 }),
  fee: fc.integer({ min: -50, max: 5_000 }),
});

test('positions follow an exact decimal book-keeping: sizes to the lot, cost to the rounding of its shares', () => {
  fc.assert(
    fc.property(fc.array(fillArbitrary, { minLength: 1, maxLength: 60 }), (fills) => {
      const { writer, reader } = table();
      let net = 0;
      let cash = new Decimal(0);
      let fees = 0;
      let cost = new Decimal(0);
      for (const [index, { side, price, lots, fee }] of fills.entries()) {
        const sign = side === SIDE.buy ? 1 : -1;
        const closing = net * sign < 0 ? Math.min(lots, Math.abs(net)) : 0;
        if (closing > 0) cost = cost.minus(cost.times(closing).dividedBy(Math.abs(net)));
        cost = cost.plus(new Decimal(sign * price).times(lots - closing));
        net += sign * lots;
        cash = cash.minus(new Decimal(sign * price).times(lots));
        fees += fee;
        expect(writer.applyFill(3, index + 1, side, price, lots, fee, index)).toBe(true);
        expect(reader.read(3)).toBe(true);
        expect(reader.netLots).toBe(net);
        expect(reader.boughtLots - reader.soldLots).toBe(net);
        expect(reader.feesCash).toBe(fees);
        expect(Math.abs(cost.minus(reader.costCash).toNumber())).toBeLessThanOrEqual(index + 1);
        // Realised profit plus what is still invested is exactly the cash that flowed.
        expect(reader.realisedCash - reader.costCash).toBe(cash.toNumber());
        if (net === 0) expect(reader.costCash).toBe(0);
      }
      expect(unrealisedCash(reader.netLots, reader.costCash, 77)).toBe(net * 77 - reader.costCash);
    }),
    { numRuns: 300, seed: 3 },
  );
});

test('a long and a short of the same fills mirror each other', () => {
  fc.assert(
    fc.property(fc.array(fillArbitrary, { minLength: 1, maxLength: 30 }), (fills) => {
      const { writer } = table();
      for (const [index, { side, price, lots }] of fills.entries()) {
        writer.applyFill(0, index + 1, side, price, lots, 0, 0);
        writer.applyFill(1, index + 1, 3 - side, price, lots, 0, 0);
      }
      writer.read(0);
      const long = [writer.netLots, writer.costCash, writer.realisedCash];
      writer.read(1);
      expect([-writer.netLots, -writer.costCash, -writer.realisedCash].map((value) => value + 0)).toEqual(
        long.map((value) => value + 0),
      );
    }),
    { numRuns: 100, seed: 4 },
  );
});

test('a fill is applied once, also by a successor', () => {
  const { writer, open, reader } = table();
  writer.applyFill(0, 7, SIDE.buy, 100, 5, 1, 0);
  const successor = open();
  expect(successor.applyFill(0, 7, SIDE.buy, 100, 5, 1, 0)).toBe(false);
  expect(successor.applyFill(0, 6, SIDE.buy, 100, 5, 1, 0)).toBe(false);
  expect(successor.applyFill(0, 8, SIDE.sell, 110, 2, 1, 0)).toBe(true);
  reader.read(0);
  expect([reader.netLots, reader.costCash, reader.realisedCash, reader.lastFillSeq]).toEqual([3, 300, 20, 8]);
  expect(reader.averageTicks()).toBe(100);
});

test('a position that leaves the exact integers is a broken promise, not a rounding', () => {
  const { writer, reader } = table();
  expect(() => writer.applyFill(0, 1, SIDE.buy, 2 ** 30, 2 ** 30, 0, 0)).toThrow('exact integers');
  reader.read(0);
  expect(reader.netLots).toBe(0);
});
