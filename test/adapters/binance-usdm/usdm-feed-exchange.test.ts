import { afterEach, describe, expect, it } from 'vitest';
import { createBinanceUsdmFeed } from '../../../adapters/binance-usdm/feed.ts';
import { BINANCE_USDM_FEED } from '../../../adapters/binance-usdm/feed-protocol.ts';
import { fetchBinanceUsdmInstruments } from '../../../adapters/binance-usdm/instruments.ts';
import { startExchange } from '../../../adapters/sim/exchange.ts';
import { createClockOrigin, SystemClock } from '../../../engine/core/clock.ts';
import { priceToTicks, qtyToLots } from '../../../engine/core/instrument.ts';
import { CONNECTION_STATE } from '../../../engine/messages/enums.ts';
import { until } from '../../execution/stub-venue.ts';
import { MarketDataRig } from '../../market-data/market-data-rig.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('Binance USD-M feed on the perpetuals of the embedded exchange', () => {
  it('keeps a book equal to the exchange’s own through a cut, and hears marks on a route of their own', async () => {
    const ports = { restPort: 0, streamPort: 0, wsApiPort: 0 };
    const symbols = ['BTCUSDT'];
    const market = { seed: 3, symbols, perpetuals: symbols, eventsPerSecond: 1_000, depthIntervalMs: 20 };
    const exchange = await startExchange({ ...market, ...ports });
    closers.push(() => exchange.close());
    const { rest } = exchange.urls;
    const instruments = await fetchBinanceUsdmInstruments(rest, symbols, 5_000);
    expect(instruments[0]).toMatchObject({
      kind: 'perpetual',
      settleAsset: 'USDT',
      fundingIntervalMs: 28_800_000,
    });
    const clock = new SystemClock(createClockOrigin());
    const rig = new MarketDataRig(instruments, 1 << 22, clock);
    const feed = createBinanceUsdmFeed({
      endpoints: exchange.urls,
      depthIntervalMs: 100,
      snapshotLimit: 1_000,
      reconnectMinMs: 5,
      reconnectMaxMs: 50,
    })(rig.context);
    closers.push(() => feed.close());
    const sides = { bids: new Map<number, number>(), asks: new Map<number, number>() };
    let lastId = 0;
    const kinds: Set<string> = new Set();
    const turnUntil = (what: string, holds: () => boolean): Promise<void> =>
      until(what, () => {
        feed.doWork(Float64Array.of(clock.nowNs()));
        for (const seen of rig.drain().splice(0)) {
          kinds.add(seen.kind);
          if (seen.kind !== 'snapshot' && seen.kind !== 'depth') continue;
          lastId = seen.last;
          for (const name of ['bids', 'asks'] as const) {
            if (seen.kind === 'snapshot') sides[name].clear();
            for (const [price, qty] of seen[name]) {
              if (qty === 0) sides[name].delete(price);
              else sides[name].set(price, qty);
            }
          }
        }
        return holds();
      });
    feed.start(clock.nowNs());
    await turnUntil('live', () => rig.states.at(-1) === CONNECTION_STATE.live);
    await turnUntil('updates', () => rig.count('depthApplied') > 10);
    feed.dropConnections();
    await turnUntil('the cut', () => rig.states.at(-1) === CONNECTION_STATE.down);
    await turnUntil('live again', () => rig.states.at(-1) === CONNECTION_STATE.live);
    const applied = rig.count('depthApplied');
    await turnUntil('more updates', () => rig.count('depthApplied') > applied + 10);
    await turnUntil('marks and trades', () => rig.stated.length > 0 && kinds.has('trade'));
    exchange.drill({ kind: 'pause' });
    const answer = await fetch(`${rest}/fapi/v1/depth?symbol=BTCUSDT&limit=1000`);
    const book = (await answer.json()) as {
      lastUpdateId: number;
      bids: [string, string][];
      asks: [string, string][];
    };
    await turnUntil('the last update', () => lastId >= book.lastUpdateId);
    for (const name of ['bids', 'asks'] as const) {
      const wanted = book[name].map(([price, qty]) => [
        priceToTicks(instruments[0], price),
        qtyToLots(instruments[0], qty),
      ]);
      const isBid = name === 'bids';
      const ours = [...sides[name]].toSorted(([left], [right]) => (isBid ? right - left : left - right));
      expect(ours.slice(0, 100)).toEqual(wanted.slice(0, 100));
    }
    expect([rig.count('fallbackFrames'), rig.count('refusedNumber')]).toEqual([0, 0]);
    expect(rig.stated[0].mark / 1e8).toBeCloseTo(rig.stated[0].index / 1e8, -2);
  });

  it('asks for each stream on its route, and for snapshots of the sizes there are', () => {
    const endpoints = { rest: '', stream: 'wss://fstream.binance.com/', wsApi: '' };
    const options = { endpoints, depthIntervalMs: 100, snapshotLimit: 1_000 };
    expect(BINANCE_USDM_FEED.streamUrl(options, ['BTCUSDT'])).toBe(
      'wss://fstream.binance.com/public/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade',
    );
    expect(BINANCE_USDM_FEED.besideUrl!(options, ['BTCUSDT', 'ETHUSDT'])).toBe(
      'wss://fstream.binance.com/market/stream?streams=btcusdt@markPrice@1s/ethusdt@markPrice@1s',
    );
    const asked = [20, 60, 200, 5_000].map((limit) => [
      BINANCE_USDM_FEED.snapshotPath('A', limit),
      BINANCE_USDM_FEED.snapshotWeight(limit),
    ]);
    const path = (limit: number): string => `/fapi/v1/depth?symbol=A&limit=${limit}`;
    expect(asked).toEqual([
      [path(50), 2],
      [path(100), 5],
      [path(500), 10],
      [path(1_000), 20],
    ]);
  });
});
