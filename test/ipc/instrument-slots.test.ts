import { expect, test } from 'vitest';
import type { Instrument } from '../../engine/core/instrument.ts';
import { InstrumentSlots, instrumentSlotsBytes } from '../../engine/ipc/instrument-slots.ts';
import { instrument } from '../fixtures/journal-rig.ts';

function slotsFor(count: number): { writer: InstrumentSlots; reader: InstrumentSlots } {
  const byteLength = instrumentSlotsBytes(count);
  const buffer = new SharedArrayBuffer(byteLength);
  const region = { name: 'state:instruments', byteOffset: 0, byteLength };
  return { writer: new InstrumentSlots(buffer, region), reader: new InstrumentSlots(buffer, region) };
}

const FIRST: Instrument = instrument('BTCUSDT', 0, { epoch: 1 });

test('new terms of an instrument are read by all, and complete a list', () => {
  const { writer, reader } = slotsFor(2);
  writer.add(FIRST);
  writer.add(instrument('ETHUSDT', 1, { epoch: 1 }));
  const list = [reader.read(0)];
  expect([reader.count(), reader.epoch(0), reader.read(0).status]).toEqual([2, 1, 'trading']);
  for (const [epoch, status] of [
    [2, 'halted'],
    [3, 'trading'],
    [4, 'cancel-only'],
  ] as const) {
    writer.update({ ...FIRST, epoch, status });
    expect(reader.read(0)).toEqual({ ...FIRST, epoch, status });
    expect(reader.epoch(0)).toBe(epoch);
    reader.complete(list);
    expect(list.map((each) => [each.symbol, each.status])).toEqual([
      ['BTCUSDT', status],
      ['ETHUSDT', 'trading'],
    ]);
  }
  expect(reader.read(1)).toMatchObject({ symbol: 'ETHUSDT', epoch: 1 });
  writer.remove(0);
  expect([reader.isActive(0), reader.read(0).status]).toEqual([false, 'cancel-only']);
});

test('new terms without the next epoch, and terms without an end, are programmer errors', () => {
  const { writer } = slotsFor(1);
  writer.add(FIRST);
  for (const epoch of [1, 3]) {
    expect(() => writer.update({ ...FIRST, epoch, status: 'halted' })).toThrow(/have the next epoch/);
  }
  expect(() => writer.update({ ...FIRST, epoch: 2, symbol: 'X'.repeat(1_016) })).toThrow(/fit their place/);
});

test('the longest terms there can be fit their place', () => {
  const longest = '币'.repeat(13);
  const { writer, reader } = slotsFor(1);
  const share = 99_999_999;
  const terms: Instrument = {
    ...FIRST,
    venue: 'x'.repeat(24),
    symbol: longest,
    kind: 'perpetual',
    payoff: 'inverse',
    baseAsset: '币'.repeat(5),
    quoteAsset: '币'.repeat(5),
    settleAsset: '币'.repeat(5),
    feeAsset: '币'.repeat(5),
    marginMode: 'isolated',
    maxQtyLots: Number.MAX_SAFE_INTEGER,
    minQtyLots: Number.MAX_SAFE_INTEGER,
    minNotionalCash: Number.MAX_SAFE_INTEGER,
    priceBand: {
      reference: 'average',
      averageMinutes: 1_440,
      shareDecimals: 4,
      buyMinShare: share,
      buyMaxShare: share,
      sellMinShare: share,
      sellMaxShare: share,
    },
    fundingIntervalMs: 28_800_000,
    status: 'reduce-only',
    lane: 'y'.repeat(24),
    account: 'z'.repeat(24),
  };
  writer.add(terms);
  expect(reader.read(0)).toEqual(terms);
});
