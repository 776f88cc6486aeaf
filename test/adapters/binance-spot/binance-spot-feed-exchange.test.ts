import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createBinanceSpotFeed,
  createBinanceSpotReplayDecoder,
} from '../../../adapters/binance-spot/feed.ts';
import { fetchBinanceSpotInstruments } from '../../../adapters/binance-spot/instruments.ts';
import { startExchangeThread } from '../../../adapters/sim/exchange-host.ts';
import type { ExchangeHandle } from '../../../adapters/sim/exchange-host.ts';
import { createClockOrigin, SystemClock } from '../../../engine/core/clock.ts';
import { priceToTicks, qtyToLots } from '../../../engine/core/instrument.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { Feed, FrameSink } from '../../../engine/market-data/feed-port.ts';
import { readCapture } from '../../../engine/market-data/capture-reader.ts';
import { FrameRecorder } from '../../../engine/market-data/recorder.ts';
import { ReplayFeed } from '../../../engine/market-data/replay-feed.ts';
import { CONNECTION_STATE, GAP_REASON } from '../../../engine/messages/enums.ts';
import { MarketDataRig } from '../../market-data/market-data-rig.ts';
import type { Seen } from '../../market-data/market-data-rig.ts';
import { until } from '../../execution/stub-venue.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A book as simple as can be: a map per side; null while hidden. */
class MapBook {
  id = 0;
  isHidden = true;
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();

  apply(seen: Seen): void {
    if (seen.kind === 'reset') this.isHidden = true;
    if (seen.kind !== 'snapshot' && seen.kind !== 'depth') return;
    if (seen.kind === 'snapshot') {
      this.bids.clear();
      this.asks.clear();
      this.isHidden = false;
    } else {
      expect(this.isHidden).toBe(false);
      expect(seen.first).toBeLessThanOrEqual(this.id + 1);
    }
    for (const [side, levels] of [
      [this.bids, seen.bids],
      [this.asks, seen.asks],
    ] as const) {
      for (const [price, qty] of levels) {
        if (qty === 0) side.delete(price);
        else side.set(price, qty);
      }
    }
    this.id = seen.last;
  }
}

interface Live {
  readonly exchange: ExchangeHandle;
  readonly instruments: readonly Instrument[];
  readonly rig: MarketDataRig;
  readonly feed: Feed;
  readonly books: readonly MapBook[];
  /** Turns the feed until `holds`. */
  readonly turnUntil: (what: string, holds: () => boolean) => Promise<void>;
}

/** A feed on an embedded exchange with two busy markets, live. */
async function goLive(sinkOf: (originEpochUs: number) => FrameSink | null = () => null): Promise<Live> {
  const symbols = ['BTCUSDT', 'ETHUSDT'];
  const ports = { restPort: 0, streamPort: 0, wsApiPort: 0 };
  const market = { seed: 3, symbols, eventsPerSecond: 2_000, depthIntervalMs: 20 };
  const exchange = await startExchangeThread({ ...market, ...ports });
  closers.push(() => exchange.close());
  const instruments = await fetchBinanceSpotInstruments(exchange.urls.rest, symbols, 5_000);
  const origin = createClockOrigin();
  const clock = new SystemClock(origin);
  const rig = new MarketDataRig(instruments, 1 << 22, clock);
  const feed = createBinanceSpotFeed({
    endpoints: exchange.urls,
    depthIntervalMs: 100,
    snapshotLimit: 5_000,
    reconnectMinMs: 5,
    reconnectMaxMs: 50,
  })({ ...rig.context, sink: sinkOf(origin.epochUs) });
  closers.push(() => feed.close());
  const books = instruments.map(() => new MapBook());
  const turnUntil = (what: string, holds: () => boolean): Promise<void> =>
    until(what, () => {
      feed.doWork(Float64Array.of(clock.nowNs()));
      for (const seen of rig.drain().splice(0)) books[seen.instrument].apply(seen);
      return holds();
    });
  feed.start(clock.nowNs());
  await turnUntil('live', () => rig.states.at(-1) === CONNECTION_STATE.live);
  return { exchange, instruments, rig, feed, books, turnUntil };
}

describe('Binance Spot feed on the embedded exchange', () => {
  it('keeps books equal to the exchange’s own, through a cut', async () => {
    const { exchange, instruments, rig, feed, books, turnUntil } = await goLive();
    await turnUntil('updates', () => rig.count('depthApplied') > 40);
    feed.dropConnections();
    await turnUntil('the cut', () => rig.states.at(-1) === CONNECTION_STATE.down);
    await turnUntil('live again', () => rig.states.at(-1) === CONNECTION_STATE.live);
    const applied = rig.count('depthApplied');
    await turnUntil('more updates', () => rig.count('depthApplied') > applied + 40);
    for (const instrument of instruments) {
      const book = books[instrument.index];
      let compared = 0;
      /* The exchange goes on trading: ask until both stand at the same update. */
      for (let attempt = 0; attempt < 400 && compared === 0; attempt++) {
        const { body } = await request(
          `${exchange.urls.rest}/api/v3/depth?symbol=${instrument.symbol}&limit=5000`,
        );
        const own = (await body.json()) as { lastUpdateId: number; bids: string[][]; asks: string[][] };
        const isReached = (): boolean => book.id >= own.lastUpdateId;
        await turnUntil('the same update', isReached);
        if (book.id !== own.lastUpdateId) continue;
        compared++;
        for (const [side, levels] of [
          [book.bids, own.bids],
          [book.asks, own.asks],
        ] as const) {
          const expected = levels.map(([price, qty]) => [
            priceToTicks(instrument, price),
            qtyToLots(instrument, qty),
          ]);
          expect([...side].sort(([a], [b]) => a - b)).toEqual(expected.sort(([a], [b]) => a - b));
        }
      }
      expect(compared, instrument.symbol).toBe(1);
    }
    expect(rig.count('gaps')).toBe(0);
    expect(rig.count('refusedMalformed') + rig.count('refusedNumber') + rig.count('fallbackFrames')).toBe(0);
    expect(rig.count('tradeFrames')).toBeGreaterThan(0);
    expect(rig.count('quoteFrames')).toBeGreaterThan(0);
    expect(rig.outcomeSum()).toBe(rig.count('frames'));
  });

  it('finds the holes that the exchange makes and builds the books again; garbage is counted', async () => {
    const { exchange, rig, books, turnUntil } = await goLive();
    await exchange.drill({ kind: 'inject-garbage', count: 5 });
    await turnUntil('garbage', () => rig.count('refusedMalformed') >= 5);
    await exchange.drill({ kind: 'skip-depth' });
    await turnUntil(
      'a hole in each book',
      () => new Set(rig.gaps.map(({ instrument }) => instrument)).size === 2,
    );
    const reasons = new Set(rig.gaps.map(({ reason }) => reason));
    expect(reasons).toEqual(new Set([GAP_REASON.sequenceGap]));
    const requests = rig.count('snapshotRequests');
    await turnUntil('both books', () => books.every((book) => !book.isHidden));
    expect(requests).toBeGreaterThanOrEqual(2);
    const applied = rig.count('depthApplied');
    await turnUntil('updates', () => rig.count('depthApplied') > applied + 20);
    expect(rig.outcomeSum()).toBe(rig.count('frames'));
  });

  it('comes back when the exchange cuts its streams', async () => {
    const { exchange, rig, turnUntil } = await goLive();
    await exchange.drill({ kind: 'drop-streams' });
    await turnUntil('the cut', () => rig.count('disconnects') === 1);
    await turnUntil('live again', () => rig.states.at(-1) === CONNECTION_STATE.live);
    expect(rig.gaps.map(({ reason }) => reason)).toEqual([GAP_REASON.disconnected, GAP_REASON.disconnected]);
  });

  it('records what it received, so that a replay writes the same records', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'feed-'));
    closers.push(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'run.frames.gz');
    let recorder: FrameRecorder | null = null;
    const live = await goLive((originEpochUs) => (recorder = new FrameRecorder(path, originEpochUs)));
    await live.turnUntil('updates', () => live.rig.count('depthApplied') > 60);
    live.feed.close();
    live.rig.drain();
    await (recorder as FrameRecorder | null)?.close();
    const capture = await readCapture(path);
    const rig = new MarketDataRig(live.instruments);
    const feed = new ReplayFeed(rig.context, createBinanceSpotReplayDecoder());
    for (const block of capture.blocks) {
      for (let index = 0; index < block.count; index++) {
        feed.push(block.bytes, block.starts[index], block.lengths[index], index);
        rig.drain();
      }
    }
    for (const name of ['depthFrames', 'depthApplied', 'quoteFrames', 'tradeFrames', 'levels'] as const) {
      expect(rig.count(name), name).toBe(live.rig.count(name));
    }
    expect(rig.count('snapshotFrames')).toBe(2);
    expect(rig.count('gaps')).toBe(0);
    const books = live.instruments.map(() => new MapBook());
    for (const seen of rig.seen) books[seen.instrument].apply(seen);
    for (const [index, book] of books.entries()) expect(book.bids).toEqual(live.books[index].bids);
  });
});
