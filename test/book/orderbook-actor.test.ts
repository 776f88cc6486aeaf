import { describe, expect, test } from 'vitest';
import { SharedBookReader, SharedBookWriter, sharedBookBytes } from '../../engine/book/shared-book.ts';
import { BOOK_FLAG, COMMAND, DELTA_FLAG, GAP_REASON } from '../../engine/messages/enums.ts';
import { ownRegion } from '../fixtures/actor-rig.ts';
import { fieldsOf, OrderBookRig, SNAPSHOT, WHOLE } from '../fixtures/orderbook-rig.ts';
import type { Level } from '../fixtures/orderbook-rig.ts';

const BIDS: readonly Level[] = [
  [100, 10],
  [99, 20],
];
const ASKS: readonly Level[] = [
  [102, 10],
  [103, 30],
];

function synced(instrumentCount = 1, strategyRingBytes = 64 * 1024): OrderBookRig {
  const rig = new OrderBookRig(instrumentCount, strategyRingBytes);
  for (let instrumentIndex = 0; instrumentIndex < instrumentCount; instrumentIndex++) {
    rig.delta({ instrumentIndex, lastUpdateId: 10, flags: SNAPSHOT, bids: BIDS, asks: ASKS });
  }
  rig.turnUntilQuiet();
  return rig;
}

describe('a book is valid or hidden', () => {
  test('deltas before the snapshot are dropped and counted; the snapshot makes the book readable', () => {
    const rig = new OrderBookRig(1, 64 * 1024);
    expect(rig.bookToFeed.drain()).toEqual([]);
    rig.delta({ lastUpdateId: 9, flags: WHOLE, bids: [[101, 1]] });
    rig.turn();
    expect(rig.reader.read(0)).toBe(false);
    expect(rig.reader.reason).toBe(GAP_REASON.start);
    expect(rig.count('hiddenFrames')).toBe(1);
    rig.delta({ lastUpdateId: 10, recvNs: 500, exchangeTsMs: 7, flags: SNAPSHOT, bids: BIDS, asks: ASKS });
    rig.turn();
    expect(rig.reader.read(0)).toBe(true);
    const { updateId, bidCount, askCount, imbalance, microPriceTicks, recvNs, decodedNs } = rig.reader;
    expect({ updateId, bidCount, askCount, microPriceTicks, recvNs, decodedNs }).toEqual({
      updateId: 10,
      bidCount: 2,
      askCount: 2,
      microPriceTicks: 101,
      recvNs: 500,
      decodedNs: 501,
    });
    expect(imbalance).toBeCloseTo(-10 / 70, 12);
    expect(rig.reader.bookedNs).toBe(rig.clock.nowNs());
    expect([rig.reader.askTicksAt(1), rig.reader.askLotsAt(1), rig.reader.askTicksAt(2)]).toEqual([
      103, 30, 0,
    ]);
    expect(rig.reader.readTouch(0)).toBe(true);
    expect([rig.reader.bidTicksAt(0), rig.reader.bidTicksAt(1)]).toEqual([100, 0]);
    const told = rig.bookToStrategy.drain();
    expect(fieldsOf(told, 'BookUpdated', 'updateId', 'bidTicks', 'askTicks', 'flags', 'recvNs')).toEqual([
      [10, 100, 102, BOOK_FLAG.valid, 500],
    ]);
  });

  test('a frame of several records is published once, on its last record', () => {
    const rig = synced();
    rig.bookToStrategy.drain();
    rig.delta({ lastUpdateId: 11, flags: DELTA_FLAG.first, bids: [[100, 0]] });
    rig.delta({ lastUpdateId: 11, flags: 0, bids: [[98, 7]] });
    rig.turn();
    expect(rig.bookToStrategy.drain()).toEqual([]);
    expect(rig.reader.read(0) && rig.reader.updateId).toBe(10);
    rig.delta({ lastUpdateId: 11, flags: DELTA_FLAG.last, asks: [[101, 3]] });
    rig.turn();
    expect(fieldsOf(rig.bookToStrategy.drain(), 'BookUpdated', 'updateId', 'bidTicks', 'askTicks')).toEqual([
      [11, 99, 101],
    ]);
  });

  test('a reset hides the book from everybody and says why; the next snapshot shows it again', () => {
    const rig = synced();
    rig.bookToStrategy.drain();
    rig.reset(0, GAP_REASON.sequenceGap);
    rig.turn();
    expect(rig.reader.read(0)).toBe(false);
    expect([rig.reader.isValid, rig.reader.reason, rig.reader.bidCount]).toEqual([
      false,
      GAP_REASON.sequenceGap,
      0,
    ]);
    expect(
      fieldsOf(rig.bookToStrategy.drain(), 'BookUpdated', 'bidTicks', 'askTicks', 'flags', 'reason'),
    ).toEqual([[0, 0, 0, 'sequenceGap']]);
    rig.delta({ lastUpdateId: 20, flags: SNAPSHOT, bids: BIDS, asks: ASKS });
    rig.turn();
    expect(rig.reader.read(0)).toBe(true);
    expect(rig.actor.bookStats(0)).toMatchObject({ gaps: 1, snapshots: 2, resyncs: 0, bidLevels: 2 });
  });

  test('a crossed book is hidden, recorded as a gap, and a snapshot is asked for, once', () => {
    const rig = synced();
    rig.delta({ lastUpdateId: 11, flags: WHOLE, bids: [[102, 1]] });
    rig.delta({ lastUpdateId: 12, flags: WHOLE, bids: [[102, 0]] });
    rig.turnUntilQuiet();
    expect(rig.reader.read(0)).toBe(false);
    expect(fieldsOf(rig.bookToFeed.drain(), 'BookReset', 'instrumentIndex', 'reason')).toEqual([
      [0, 'crossed'],
    ]);
    for (const ring of [rig.toJournal, rig.toApi]) {
      expect(fieldsOf(ring.drain(), 'GapRecord', 'reason', 'gotUpdateId')).toEqual([['crossed', 11]]);
    }
    expect(rig.actor.bookStats(0)).toMatchObject({ crossed: 1, resyncs: 1, hiddenDropped: 1 });
  });

  test('a frame that broke off hides the book; a stale frame changes nothing', () => {
    const rig = synced();
    rig.delta({ lastUpdateId: 10, flags: WHOLE, bids: [[101, 9]] });
    rig.turn();
    expect(rig.reader.read(0) && rig.reader.bidTicksAt(0)).toBe(100);
    expect(rig.count('staleFrames')).toBe(1);
    rig.delta({ lastUpdateId: 11, flags: DELTA_FLAG.first, bids: [[101, 9]] });
    rig.delta({ lastUpdateId: 12, flags: WHOLE, bids: [[101, 9]] });
    rig.turn();
    expect(rig.reader.read(0)).toBe(false);
    expect(rig.count('tornFrames')).toBe(1);
    expect(fieldsOf(rig.bookToFeed.drain(), 'BookReset', 'reason')).toEqual([['malformedFrame']]);
  });

  test('a restarted actor hides every book, asks for every snapshot once, and starts clean', () => {
    const rig = synced(2);
    rig.bookToStrategy.drain();
    rig.restart();
    expect([rig.reader.read(0), rig.reader.read(1)]).toEqual([false, false]);
    rig.turnUntilQuiet();
    expect(fieldsOf(rig.bookToFeed.drain(), 'BookReset', 'instrumentIndex', 'reason')).toEqual([
      [0, 'actorRestart'],
      [1, 'actorRestart'],
    ]);
    expect(fieldsOf(rig.bookToStrategy.drain(), 'BookUpdated', 'instrumentIndex', 'reason')).toEqual([
      [0, 'actorRestart'],
      [1, 'actorRestart'],
    ]);
    rig.delta({ lastUpdateId: 30, flags: SNAPSHOT, bids: BIDS, asks: ASKS });
    rig.turn();
    expect(rig.reader.read(0)).toBe(true);
  });

  test('a book whose writer died inside a write is unreadable, and hidden by the next writer', () => {
    const { buffer, region } = ownRegion('books', sharedBookBytes(1));
    const reader = new SharedBookReader(buffer, region, 1);
    const writer = new SharedBookWriter(buffer, region, 1);
    writer.begin(0);
    writer.end(0, 1, 0, 0, 0, 0);
    expect(reader.read(0)).toBe(true);
    writer.begin(0);
    expect(reader.read(0)).toBe(false);
    expect(new SharedBookWriter(buffer, region, 1).wasWritten(0)).toBe(true);
    expect(reader.read(0)).toBe(false);
    expect(reader.reason).toBe(GAP_REASON.actorRestart);
  });
});

describe('overflow', () => {
  test('a full strategy ring conflates: the newest book per instrument comes later, marked, and no trade is hidden', () => {
    const rig = synced(2, 4_096);
    rig.bookToStrategy.drain();
    const stuffed = rig.bookToStrategy.stuff();
    for (let updateId = 11; updateId <= 15; updateId++) {
      rig.delta({ lastUpdateId: updateId, flags: WHOLE, bids: [[100, updateId]] });
    }
    rig.delta({ instrumentIndex: 1, lastUpdateId: 11, flags: WHOLE, bids: [[100, 1]] });
    rig.trade(0, 101, 5, 1);
    rig.turn();
    expect(rig.bookToStrategy.drain().length).toBe(stuffed);
    expect(rig.actor.hasWork()).toBe(true);
    rig.turn();
    const told = rig.bookToStrategy.drain();
    const { valid, conflated, tradesMissed } = BOOK_FLAG;
    expect(fieldsOf(told, 'BookUpdated', 'instrumentIndex', 'updateId', 'bidLots', 'flags')).toEqual([
      [0, 15, 15, valid | conflated | tradesMissed],
      [1, 11, 1, valid],
    ]);
    expect([rig.count('booksConflated'), rig.count('tradesMissed')]).toEqual([4, 1]);
    rig.delta({ lastUpdateId: 16, flags: WHOLE, bids: [[100, 16]] });
    rig.turn();
    expect(fieldsOf(rig.bookToStrategy.drain(), 'BookUpdated', 'updateId', 'flags')).toEqual([[16, valid]]);
  });

  test('a hiding that meets a full ring reaches the strategy in its newest form', () => {
    const rig = synced(1, 4_096);
    rig.bookToStrategy.stuff();
    rig.reset(0, GAP_REASON.disconnected);
    rig.turn();
    rig.bookToStrategy.drain();
    rig.turn();
    expect(fieldsOf(rig.bookToStrategy.drain(), 'BookUpdated', 'flags', 'reason')).toEqual([
      [0, 'disconnected'],
    ]);
  });

  test('a full journal ring keeps the gap record and stops the intake until it is written', () => {
    const rig = synced();
    rig.toJournal.stuff();
    rig.delta({ lastUpdateId: 11, flags: WHOLE, bids: [[102, 1]] });
    rig.turn();
    rig.trade(0, 101, 5, 1);
    expect(rig.turn()).toBe(0);
    expect(rig.count('trades')).toBe(0);
    expect(rig.count('journalHeldBack')).toBe(1);
    rig.toJournal.drain();
    rig.turnUntilQuiet();
    expect(fieldsOf(rig.toJournal.drain(), 'GapRecord', 'reason')).toEqual([['crossed']]);
    expect(rig.count('trades')).toBe(1);
  });
});

describe('what goes on to others', () => {
  test('a trade reaches strategy, slow path and telemetry with its hops; one outside the book is counted', () => {
    const rig = synced();
    rig.bookToStrategy.drain();
    rig.trade(0, 104, 5, 77);
    rig.turn();
    for (const ring of [rig.bookToStrategy, rig.bookToAnalysis, rig.toApi]) {
      expect(
        fieldsOf(ring.drain(), 'TradeTick', 'tradeId', 'priceTicks', 'recvNs', 'decodedNs', 'bookedNs'),
      ).toEqual([[77, 104, 1, 2, rig.clock.nowNs()]]);
    }
    expect(rig.count('tradesOutsideBook')).toBe(1);
  });

  test("the touch is compared with the venue's latest quote at or before the book's update id, whoever comes first", () => {
    const rig = synced();
    rig.quote(10, [100, 10], [102, 10]);
    rig.quote(12, [100, 11], [102, 10]);
    rig.delta({ lastUpdateId: 11, flags: WHOLE, bids: [[98, 1]] });
    rig.turn();
    expect(rig.actor.bookStats(0)).toMatchObject({ topMatches: 1, topMismatches: 0 });
    rig.delta({ lastUpdateId: 13, flags: WHOLE, bids: [[100, 12]] });
    rig.turn();
    expect(rig.actor.bookStats(0)).toMatchObject({ topMatches: 1, topMismatches: 0 });
    rig.quote(13, [100, 12], [102, 10]);
    rig.quote(14, [100, 99], [102, 10]);
    rig.turn();
    expect(rig.actor.bookStats(0)).toMatchObject({ topMatches: 2, topMismatches: 0 });
    rig.delta({ lastUpdateId: 14, flags: WHOLE, bids: [[100, 98]] });
    rig.turn();
    expect(rig.actor.bookStats(0)).toMatchObject({ topMatches: 2, topMismatches: 1 });
    expect([rig.count('topMatches'), rig.count('topMismatches')]).toEqual([2, 1]);
  });

  test('records of unknown kind or instrument are counted and harm nothing; the throw drill throws', () => {
    const rig = synced();
    rig.trade(5, 1, 1, 1);
    rig.feedToBook.send(999, 8, () => undefined);
    rig.turn();
    expect([rig.count('badInstrument'), rig.count('unknownTemplate')]).toEqual([1, 1]);
    rig.command(COMMAND.throwNow);
    expect(() => rig.turn()).toThrow('drill');
    rig.delta({ lastUpdateId: 11, flags: WHOLE, bids: [[101, 1]] });
    rig.turn();
    expect(rig.reader.read(0) && rig.reader.bidTicksAt(0)).toBe(101);
  });
});
