import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBinanceSpotDecoder } from '../../../adapters/binance-spot/feed.ts';
import { SnapshotPlan } from '../../../adapters/venue-kit/book/snapshot-plan.ts';
import { SNAPSHOT_RESULT } from '../../../adapters/venue-kit/feed/depth-sequencer.ts';
import type { MarketDecoder } from '../../../adapters/venue-kit/feed/market-decoder.ts';
import { Prng } from '../../../engine/core/prng.ts';
import { GAP_REASON } from '../../../engine/messages/enums.ts';
import { OrderBookRig } from '../../fixtures/orderbook-rig.ts';
import type { Level } from '../../fixtures/orderbook-rig.ts';
import { VenueBook } from '../../fixtures/venue-book.ts';
import { MarketDataRig, testInstrument } from '../../market-data/market-data-rig.ts';

const BTC = testInstrument(0, 'BTCUSDT');
const LIMIT = 4;

/** Decoder and orderbook actor joined as in the engine, with the test as the venue. */
class Pair {
  readonly venue: VenueBook;
  readonly feed: MarketDataRig = new MarketDataRig([BTC]);
  readonly books: OrderBookRig = new OrderBookRig(1, 1 << 20);
  readonly decoder: MarketDecoder;

  constructor(venue: VenueBook, keptFramesMax = 64) {
    this.venue = venue;
    const context = { ...this.feed.context, output: this.books.feedToBook.publication };
    this.decoder = createBinanceSpotDecoder(context, { snapshotLevels: LIMIT, keptFramesMax });
    this.decoder.restartAll(GAP_REASON.start);
  }

  get wantsSnapshot(): boolean {
    return this.decoder.needsSnapshot(0) || this.decoder.wantsRefresh(0);
  }

  take(frame: Buffer | null): void {
    if (frame !== null) this.decoder.take(frame, 0, frame.length);
    this.turn();
  }

  snapshot(body: Buffer): number {
    const result = this.decoder.takeSnapshot(0, body, 0, body.length);
    this.turn();
    return result;
  }

  /** [updateId, best bid, best ask] as strategies see it; null while hidden. */
  shown(): [number, number, number] | null {
    const { reader } = this.books;
    if (!reader.read(0)) return null;
    return [reader.updateId, reader.bidTicksAt(0), reader.askTicksAt(0)];
  }

  /** What is shown is what the venue had at that id: the touch and every level that is counted. */
  check(): void {
    const { reader } = this.books;
    if (!reader.read(0)) return;
    const { bids, asks } = this.venue.history[reader.updateId];
    const side = (count: number, at: (level: number) => Level): Level[] =>
      Array.from({ length: count }, (_, level) => at(level));
    const shownBids = side(reader.bidCount, (level) => [reader.bidTicksAt(level), reader.bidLotsAt(level)]);
    const shownAsks = side(reader.askCount, (level) => [reader.askTicksAt(level), reader.askLotsAt(level)]);
    expect(shownBids).toEqual(bids.slice(0, reader.bidCount));
    expect(shownAsks).toEqual(asks.slice(0, reader.askCount));
    expect([reader.bidTicksAt(0), reader.askTicksAt(0)]).toEqual([bids[0]?.[0] ?? 0, asks[0]?.[0] ?? 0]);
  }

  private turn(): void {
    this.decoder.doWork();
    this.books.turnUntilQuiet();
    for (const { fields } of this.books.bookToFeed.drain()) {
      if (fields['reason'] === 'coverageLow') this.decoder.refresh(0);
      else this.decoder.resync(0, GAP_REASON[fields['reason'] as keyof typeof GAP_REASON]);
    }
    this.books.turnUntilQuiet();
    this.books.bookToStrategy.drain();
    this.books.toJournal.drain();
    this.books.toApi.drain();
  }
}

function ladder(from: number, step: number, count: number): Level[] {
  return Array.from({ length: count }, (_, index) => [from + step * index, 10 + index]);
}

/** Ten levels a side around 1000/1001; snapshots show four of them. */
function deepVenue(): VenueBook {
  return new VenueBook(ladder(1000, -1, 10), ladder(1001, 1, 10));
}

function started(keptFramesMax?: number): Pair {
  const pair = new Pair(deepVenue(), keptFramesMax);
  expect(pair.snapshot(pair.venue.snapshot(1, LIMIT))).toBe(SNAPSHOT_RESULT.used);
  return pair;
}

type Step =
  | { kind: 'set'; isBid: boolean; offset: number; qty: number }
  | { kind: 'move'; by: number }
  | { kind: 'frame' }
  | { kind: 'quote'; age: number }
  | { kind: 'ask'; age: number }
  | { kind: 'answer' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      isBid: fc.boolean(),
      offset: fc.integer({ min: 1, max: 12 }),
      qty: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('move' as const), by: fc.integer({ min: -3, max: 3 }) }),
  },
  { weight: 5, arbitrary: fc.constant({ kind: 'frame' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('quote' as const), age: fc.integer({ min: 0, max: 9 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('ask' as const), age: fc.integer({ min: 0, max: 6 }) }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'answer' as const }) },
);

/** Plays a plan; after every step the book is the venue's or hidden, and while it is shown it never goes back. */
function play(pair: Pair, steps: readonly Step[]): void {
  const { venue } = pair;
  let mid = 1000;
  let answer: Buffer | null = null;
  let shownId = -1;
  for (const item of steps) {
    if (item.kind === 'set') {
      venue.set(item.isBid, item.isBid ? mid + 1 - item.offset : mid + item.offset, item.qty);
    } else if (item.kind === 'move') {
      mid += item.by;
      for (const [price] of venue.history[venue.updateId].asks) if (price <= mid) venue.set(false, price, 0);
      for (const [price] of venue.history[venue.updateId].bids) if (price > mid) venue.set(true, price, 0);
    } else if (item.kind === 'frame') pair.take(venue.depthFrame());
    else if (item.kind === 'quote') pair.take(venue.quoteFrame(Math.max(1, venue.updateId - item.age)));
    else if (item.kind === 'ask') {
      if (pair.wantsSnapshot) answer ??= venue.snapshot(Math.max(1, venue.updateId - item.age), LIMIT);
    } else if (answer !== null) {
      pair.snapshot(answer);
      answer = null;
    }
    pair.check();
    const shown = pair.shown();
    if (shown !== null) expect(shown[0]).toBeGreaterThanOrEqual(shownId);
    shownId = shown?.[0] ?? -1;
  }
}

describe('a book built from snapshots that are cut off', () => {
  it('shows exactly what the whole book has, or is hidden', () => {
    const seen = { lost: 0, refreshes: 0, valid: 0, crossed: 0 };
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 20, maxLength: 120 }),
        fc.constantFrom(3, 64),
        (steps, keptFramesMax) => {
          const pair = started(keptFramesMax);
          play(pair, steps);
          seen.lost += pair.books.count('coverageLost');
          seen.refreshes += pair.books.count('refreshes');
          seen.crossed += pair.books.count('crossedBooks');
          if (pair.shown() !== null) seen.valid++;
        },
      ),
      { seed: 11, numRuns: 1_200 },
    );
    expect(seen.crossed).toBe(0);
    expect(seen.lost).toBeGreaterThan(100);
    expect(seen.refreshes).toBeGreaterThan(40);
    expect(seen.valid).toBeGreaterThan(200);
  });

  it('hides for coverage when the last level it knows is gone, and comes back with the next snapshot', () => {
    const pair = started();
    for (let price = 1001; price <= 1004; price++) pair.venue.set(false, price, 0);
    pair.venue.set(false, 1040, 7);
    pair.take(pair.venue.depthFrame());
    expect(pair.shown()).toBeNull();
    expect(pair.books.reader.reason).toBe(GAP_REASON.coverage);
    expect(pair.books.count('coverageLost')).toBe(1);
    expect(pair.feed.gaps.at(-1)?.reason).toBe(GAP_REASON.coverage);
    expect(pair.decoder.needsSnapshot(0)).toBe(true);
    pair.snapshot(pair.venue.snapshot(pair.venue.updateId, LIMIT));
    expect(pair.shown()).toEqual([6, 1000, 1005]);
  });

  it('uses the snapshot under way with the updates kept since, also when the last known level goes meanwhile', () => {
    const pair = started();
    for (let price = 1001; price <= 1003; price++) pair.venue.set(false, price, 0);
    pair.take(pair.venue.depthFrame());
    expect([pair.shown(), pair.decoder.wantsRefresh(0)]).toEqual([[4, 1000, 1004], true]);
    pair.venue.set(true, 999, 77);
    pair.take(pair.venue.depthFrame());
    expect(pair.shown()).toEqual([5, 1000, 1004]);
    const body = pair.venue.snapshot(5, LIMIT);
    pair.venue.set(false, 1004, 0);
    pair.venue.set(false, 1005, 5);
    pair.take(pair.venue.depthFrame());
    expect(pair.shown()).toBeNull();
    expect(pair.snapshot(body)).toBe(SNAPSHOT_RESULT.used);
    expect(pair.shown()).toEqual([7, 1000, 1005]);
    pair.check();
  });

  it('never shows the older book of a snapshot that was overtaken by updates', () => {
    const pair = started();
    for (let price = 1001; price <= 1003; price++) pair.venue.set(false, price, 0);
    pair.take(pair.venue.depthFrame());
    const body = pair.venue.snapshot(4, LIMIT);
    for (const qty of [21, 22, 23]) {
      pair.venue.set(true, 1000, qty);
      pair.take(pair.venue.depthFrame());
    }
    expect(pair.shown()).toEqual([7, 1000, 1004]);
    const frames = pair.books.count('frames');
    expect(pair.snapshot(body)).toBe(SNAPSHOT_RESULT.used);
    expect(pair.books.count('frames') - frames).toBe(4);
    expect(pair.shown()).toEqual([7, 1000, 1004]);
    expect(pair.books.reader.askCount).toBe(4);
    expect(pair.books.reader.bidLotsAt(0)).toBe(23);
    expect([pair.books.count('refreshes'), pair.feed.count('refreshes')]).toEqual([1, 1]);
    expect(pair.books.count('resets')).toBe(1);
  });

  it('refuses a snapshot from before the updates it kept, and takes the next one', () => {
    const pair = started();
    const old = pair.venue.snapshot(1, LIMIT);
    for (let price = 1001; price <= 1003; price++) pair.venue.set(false, price, 0);
    pair.take(pair.venue.depthFrame());
    expect(pair.snapshot(old)).toBe(SNAPSHOT_RESULT.tooOld);
    expect(pair.shown()).toEqual([4, 1000, 1004]);
    expect(pair.decoder.wantsRefresh(0)).toBe(true);
    expect(pair.snapshot(pair.venue.snapshot(4, LIMIT))).toBe(SNAPSHOT_RESULT.used);
    expect(pair.decoder.wantsRefresh(0)).toBe(false);
  });

  it('knows that a side shorter than what was asked for is whole', () => {
    const venue = new VenueBook(ladder(1000, -1, 10), ladder(1001, 1, 3));
    const pair = new Pair(venue);
    pair.snapshot(venue.snapshot(1, LIMIT));
    for (let price = 1001; price <= 1003; price++) venue.set(false, price, 0);
    pair.take(venue.depthFrame());
    expect(pair.shown()).toEqual([4, 1000, 0]);
    venue.set(false, 1500, 1);
    pair.take(venue.depthFrame());
    expect(pair.shown()).toEqual([5, 1000, 1500]);
  });

  it("believes the venue's own best ask where the snapshot was cut off", () => {
    const pair = started();
    for (let price = 1001; price <= 1009; price++) pair.venue.set(false, price, 0);
    pair.venue.set(false, 1010, 5);
    pair.take(pair.venue.quoteFrame(11));
    pair.take(pair.venue.depthFrame());
    expect(pair.shown()).toEqual([11, 1000, 1010]);
    expect(pair.books.reader.askCount).toBe(1);
  });
});

describe('snapshots in the background', () => {
  it('leave half of the weight to books that are hidden', () => {
    const options = { retryMinMs: 1, retryMaxMs: 1, weight: 50, weightPerMinute: 200 };
    const plan = new SnapshotPlan(1, options, new Prng(1));
    const asked = (reserved: number): number => {
      let count = 0;
      while (plan.next(1, () => true, reserved) === 0) count++;
      return count;
    };
    expect(asked(100)).toBe(2);
    expect(asked(0)).toBe(2);
  });
});
