import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LevelWatchReader, LevelWatchWriter, levelWatchBytes } from '../../engine/ipc/level-watch.ts';
import { DepthSeen } from '../../engine/messages/codecs.ts';
import { GAP_REASON } from '../../engine/messages/enums.ts';
import { ownRegion, RigRing } from '../fixtures/actor-rig.ts';
import { fieldsOf, OrderBookRig, SNAPSHOT, WHOLE } from '../fixtures/orderbook-rig.ts';

/** The orderbook actor, and the test as the simulated venue at the other end. */
function rigOf(ringBytes = 64 * 1024): { rig: OrderBookRig; watch: LevelWatchWriter; ring: RigRing } {
  const { buffer, region } = ownRegion('level-watch', levelWatchBytes());
  const ring = new RigRing('book-to-execution', ringBytes);
  const watch = new LevelWatchWriter(buffer, region);
  const rig = new OrderBookRig(2, 64 * 1024, () => [
    { ring: ring.attachPublication(), watch: new LevelWatchReader(buffer, region) },
  ]);
  const bids = [
    [100, 10],
    [99, 20],
  ] as const;
  const asks = [
    [102, 10],
    [103, 30],
  ] as const;
  for (const instrumentIndex of [0, 1])
    rig.delta({ instrumentIndex, lastUpdateId: 10, flags: SNAPSHOT, bids, asks });
  rig.turnUntilQuiet();
  return { rig, watch, ring };
}

const told = (ring: RigRing): (number | string)[][] => {
  const records = ring.drain();
  return [
    ...fieldsOf(records, 'LevelSeen', 'instrumentIndex', 'side', 'priceTicks', 'qtyLots'),
    ...fieldsOf(records, 'TradeTick', 'instrumentIndex', 'priceTicks', 'qtyLots'),
  ];
};

describe('the simulated venue is told', () => {
  test('the levels behind a price, best first, once for each question; of a hidden book none', () => {
    const { rig, ring, watch } = rigOf();
    const answers = (): number[][] => {
      rig.turnUntilQuiet();
      const found: number[][] = [];
      ring.subscription.poll((_type, view, at) => {
        const { levelsAt8, levelCount, askNumber } = new DepthSeen().wrap(view, at);
        found.push([askNumber, ...view.f64.subarray(levelsAt8, levelsAt8 + levelCount * 2)]);
      }, 100);
      return found;
    };
    expect(watch.askDepth(0, true, 102)).toBe(1);
    expect(rig.actor.hasWork()).toBe(true);
    expect(answers()).toEqual([[1, 103, 30]]);
    expect(answers()).toEqual([]);
    watch.askDepth(0, false, 101);
    expect(answers()).toEqual([[2, 100, 10, 99, 20]]);
    watch.askDepth(1, false, 99);
    expect(answers()).toEqual([[3]]);
    rig.reset(1, GAP_REASON.sequenceGap);
    rig.turnUntilQuiet();
    watch.askDepth(1, false, 101);
    expect(answers()).toEqual([[4]]);
  });

  test('nothing of instruments in which no order rests', () => {
    const { rig, ring, watch } = rigOf();
    watch.watch(0, 0, false, 100);
    rig.turn();
    ring.drain();
    rig.trade(1, 100, 5, 1);
    rig.delta({ instrumentIndex: 1, lastUpdateId: 11, flags: WHOLE, bids: [[100, 4]] });
    rig.turnUntilQuiet();
    expect(told(ring)).toEqual([]);
  });

  test('the size of a level when its watch begins, then each change of it and every trade, in their order', () => {
    const { rig, ring, watch } = rigOf();
    watch.watch(3, 0, false, 99);
    watch.watch(4, 0, true, 101);
    rig.trade(0, 99, 5, 1);
    rig.delta({
      lastUpdateId: 11,
      flags: WHOLE,
      bids: [
        [99, 15],
        [98, 1],
      ],
    });
    rig.turnUntilQuiet();
    const records = ring.drain();
    expect(records.map(({ message, fields }) => [message, fields['priceTicks'], fields['qtyLots']])).toEqual([
      ['LevelSeen', 99, 20],
      ['LevelSeen', 101, 0],
      ['TradeTick', 99, 5],
      ['LevelSeen', 99, 15],
    ]);
    watch.unwatch(3);
    watch.unwatch(4);
    rig.turn();
    rig.delta({ lastUpdateId: 12, flags: WHOLE, bids: [[99, 1]] });
    rig.turnUntilQuiet();
    expect(told(ring)).toEqual([]);
  });

  test('that a price beyond what the book covers is not known', () => {
    const { rig, ring, watch } = rigOf();
    rig.delta({ lastUpdateId: 20, flags: WHOLE | 1, bids: [[100, 10]], asks: [[102, 10]] });
    rig.turnUntilQuiet();
    watch.watch(3, 0, false, 90);
    rig.turn();
    expect(fieldsOf(ring.drain(), 'LevelSeen', 'priceTicks', 'isKnown')).toEqual([[90, 0]]);
  });

  test('everything, when its ring was full for a while: market data waits meanwhile', () => {
    const { rig, ring, watch } = rigOf(1_024);
    watch.watch(3, 0, false, 100);
    rig.turn();
    ring.drain();
    for (let index = 0; index < 50; index++) {
      rig.trade(0, 100, index + 1, index);
      rig.delta({ lastUpdateId: 11 + index, flags: WHOLE, bids: [[100, 1_000 - index]] });
    }
    const trades: unknown[] = [];
    let lastLots: unknown = 0;
    for (let round = 0; round < 60 && trades.length < 50; round++) {
      rig.turn();
      for (const { message, fields } of ring.drain()) {
        if (message === 'TradeTick') trades.push(fields['qtyLots']);
        else lastLots = fields['qtyLots'];
      }
    }
    rig.turnUntilQuiet();
    for (const { fields } of ring.drain()) lastLots = fields['qtyLots'];
    expect(trades).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(lastLots).toBe(951);
    expect(rig.count('fillsHeldBack')).toBeGreaterThan(0);
  });
});

test('watches are what a map of them would be, whatever begins and ends, also for a writer that takes over', () => {
  const step = fc.record({
    slot: fc.integer({ min: 0, max: 9 }),
    ends: fc.boolean(),
    isSell: fc.boolean(),
    priceTicks: fc.integer({ min: 1, max: 1_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.array(step, { maxLength: 10 }), (before, after) => {
      const { buffer, region } = ownRegion('level-watch', levelWatchBytes());
      const reader = new LevelWatchReader(buffer, region);
      const numbers = new Set<number>();
      for (const steps of [before, after]) {
        const writer = new LevelWatchWriter(buffer, region);
        const expected = new Map<number, unknown>();
        for (const { slot, ends, isSell, priceTicks } of steps) {
          if (ends) writer.unwatch(slot);
          else writer.watch(slot, slot % 3, isSell, priceTicks);
          if (ends) expected.delete(slot);
          else expected.set(slot, [slot % 3, isSell, priceTicks]);
        }
        reader.refresh();
        const found = new Map<number, unknown>();
        for (let place = 0; place < reader.count; place++) {
          const slot = reader.slotAt(place);
          found.set(slot, [reader.instrumentAt(place), reader.isSellAt(place), reader.priceTicksAt(place)]);
          expect(numbers.has(reader.numberAt(place))).toBe(false);
          numbers.add(reader.numberAt(place));
        }
        expect(found).toEqual(expected);
      }
    }),
    { seed: 61, numRuns: 100 },
  );
});
