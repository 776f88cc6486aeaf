import { afterEach, describe, expect, it } from 'vitest';
import { createBinanceSpotFeed } from '../../../adapters/binance-spot/feed.ts';
import type { FeedOptions } from '../../../adapters/venue-kit/feed/market-feed.ts';
import { createClockOrigin, SystemClock } from '../../../engine/core/clock.ts';
import type { Feed } from '../../../engine/market-data/feed-port.ts';
import { CONNECTION_STATE, GAP_REASON } from '../../../engine/messages/enums.ts';
import { MarketDataRig, testInstrument } from '../../market-data/market-data-rig.ts';
import type { Seen } from '../../market-data/market-data-rig.ts';
import { StubVenue, until } from '../../execution/stub-venue.ts';

const PAIR = [testInstrument(0, 'BTCUSDT'), testInstrument(1, 'ETHUSDT')];
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

interface Live {
  readonly rig: MarketDataRig;
  readonly venue: StubVenue;
  readonly feed: Feed;
  /** One turn of a runner, repeated by `until`. */
  turn(): void;
}

async function startFeed(
  options: Partial<FeedOptions> = {},
  snapshotIds: Record<string, number> = { BTCUSDT: 100, ETHUSDT: 100 },
  ringBytes = 1 << 22,
): Promise<Live> {
  const venue = await StubVenue.start();
  closers.push(() => venue.close());
  venue.answer = (url) => {
    const id = snapshotIds[url.searchParams.get('symbol') ?? ''];
    return { body: `{"lastUpdateId":${id},"bids":[["10.00","1"]],"asks":[["11.00","1"]]}` };
  };
  const clock = new SystemClock(createClockOrigin());
  const rig = new MarketDataRig(PAIR, ringBytes, clock);
  const feed = createBinanceSpotFeed({
    endpoints: venue.endpoints,
    depthIntervalMs: 10,
    snapshotLimit: 1_000,
    reconnectMinMs: 1,
    reconnectMaxMs: 20,
    ...options,
  })(rig.context);
  closers.push(() => feed.close());
  const turn = (): void => {
    feed.doWork(Float64Array.of(clock.nowNs()));
  };
  feed.start(clock.nowNs());
  return { rig, venue, feed, turn };
}

function depth(symbol: string, first: number, last: number = first): string {
  const data = `{"e":"depthUpdate","E":1,"s":"${symbol}","U":${first},"u":${last},"b":[["10.00","${last}"]],"a":[]}`;
  return `{"stream":"${symbol.toLowerCase()}@depth@10ms","data":${data}}`;
}

function trade(id: number): string {
  const data = `{"e":"trade","E":5,"s":"BTCUSDT","t":${id},"p":"61837.63","q":"0.02","T":6,"m":true,"M":true}`;
  return `{"stream":"btcusdt@trade","data":${data}}`;
}

/** Turns the feed until `holds`. */
async function turnUntil(live: Live, what: string, holds: () => boolean): Promise<void> {
  await until(what, () => {
    live.turn();
    live.rig.drain();
    return holds();
  });
}

async function syncBoth(live: Live, nextId = 101): Promise<void> {
  await turnUntil(live, 'a connection', () => live.rig.states.at(-1) === CONNECTION_STATE.syncing);
  await until('the venue sees it', () => live.venue.client.readyState === live.venue.client.OPEN);
  live.venue.client.send(depth('BTCUSDT', nextId - 1));
  live.venue.client.send(depth('ETHUSDT', nextId - 1));
  await turnUntil(live, 'both books', () => live.rig.states.at(-1) === CONNECTION_STATE.live);
}

function of(seen: readonly Seen[], instrument: number): string[] {
  return seen
    .filter((record) => record.instrument === instrument)
    .map((record) => ('last' in record ? `${record.kind} ${record.last}` : record.kind));
}

describe('Binance Spot feed', () => {
  it('subscribes to everything by one address and goes live through snapshots', async () => {
    const live = await startFeed();
    await syncBoth(live);
    expect(live.venue.streamUrls).toEqual([
      '/stream?streams=btcusdt@depth@10ms/btcusdt@bookTicker/btcusdt@trade/btcusdt@avgPrice/btcusdt@referencePrice' +
        '/ethusdt@depth@10ms/ethusdt@bookTicker/ethusdt@trade/ethusdt@avgPrice/ethusdt@referencePrice',
    ]);
    expect(live.venue.requests.toSorted()).toEqual([
      '/api/v3/depth?symbol=BTCUSDT&limit=1000',
      '/api/v3/depth?symbol=ETHUSDT&limit=1000',
    ]);
    live.venue.client.send(depth('BTCUSDT', 101));
    live.venue.client.send(trade(7));
    await turnUntil(live, 'data', () => live.rig.count('tradeFrames') === 1);
    expect(of(live.rig.seen, 0)).toEqual(['reset', 'snapshot 100', 'depth 101', 'trade']);
    expect(of(live.rig.seen, 1)).toEqual(['reset', 'snapshot 100']);
    expect(live.rig.seen[0]).toMatchObject({ kind: 'reset', reason: GAP_REASON.start });
    expect(live.rig.kicks).toBeGreaterThan(0);
    expect(live.feed.lastDataNs(0)).toBeGreaterThan(0);
    expect(live.rig.states).toEqual([
      CONNECTION_STATE.connecting,
      CONNECTION_STATE.syncing,
      CONNECTION_STATE.live,
    ]);
  });

  it('goes live on quiet markets without waiting for a first update', async () => {
    const live = await startFeed();
    await turnUntil(live, 'both books', () => live.rig.states.at(-1) === CONNECTION_STATE.live);
    expect(of(live.rig.seen, 0)).toEqual(['reset', 'snapshot 100']);
  });

  it('hides all books when the connection is cut and builds them again', async () => {
    const live = await startFeed();
    await syncBoth(live);
    live.rig.seen.length = 0;
    live.feed.dropConnections();
    await turnUntil(live, 'the cut', () => live.rig.gaps.length === 2);
    expect(live.rig.gaps.map(({ reason }) => reason)).toEqual([
      GAP_REASON.disconnected,
      GAP_REASON.disconnected,
    ]);
    await turnUntil(live, 'live again', () => live.rig.states.at(-1) === CONNECTION_STATE.live);
    expect(of(live.rig.seen, 0)).toEqual(['reset', 'snapshot 100']);
    expect(live.venue.clients).toHaveLength(2);
    expect(live.rig.count('disconnects')).toBe(1);
    expect(live.rig.errors.readAll().some(({ text }) => text.includes('dropped'))).toBe(true);
  });

  it('builds one book again after a hole, and leaves the other alone', async () => {
    const ids = { BTCUSDT: 100, ETHUSDT: 100 };
    const live = await startFeed({}, ids);
    await syncBoth(live);
    live.rig.seen.length = 0;
    ids.BTCUSDT = 205;
    live.venue.client.send(depth('BTCUSDT', 200, 203));
    live.venue.client.send(depth('BTCUSDT', 204, 207));
    live.venue.client.send(depth('ETHUSDT', 101));
    await turnUntil(live, 'the book', () =>
      live.rig.seen.some((seen) => 'last' in seen && seen.last === 207),
    );
    expect(of(live.rig.seen, 0)).toEqual(['reset', 'snapshot 205', 'depth 207']);
    expect(of(live.rig.seen, 1)).toEqual(['depth 101']);
    expect(live.rig.gaps).toEqual([
      { instrument: 0, reason: GAP_REASON.sequenceGap, expected: 101, got: 200 },
    ]);
  });

  it('asks again for snapshots that are too old, fail, are garbage, or do not come', async () => {
    const live = await startFeed({ requestTimeoutMs: 60 });
    const good = '{"lastUpdateId":50,"bids":[],"asks":[]}';
    const script = [
      { body: '{"lastUpdateId":10,"bids":[],"asks":[]}' },
      { status: 500, body: 'oops' },
      { status: 429, headers: { 'retry-after': '0.01' } },
      { body: 'no json' },
      { body: '{"lastUpdateId":50,"bids":[["x","1"]],"asks":[]}' },
      { hangs: true },
      { body: good },
    ];
    let step = 0;
    live.venue.answer = (url) => {
      if (url.searchParams.get('symbol') === 'ETHUSDT') return { body: good };
      return script[Math.min(step++, script.length - 1)];
    };
    await turnUntil(live, 'a connection', () => live.rig.states.at(-1) === CONNECTION_STATE.syncing);
    await until('the venue sees it', () => live.venue.clients.length === 1);
    live.venue.client.send(depth('BTCUSDT', 40, 50));
    await turnUntil(live, 'both books', () => live.rig.states.at(-1) === CONNECTION_STATE.live);
    expect(step).toBe(script.length);
    expect(of(live.rig.seen, 0)).toEqual(['reset', 'snapshot 50']);
    expect(live.rig.count('snapshotsTooOld')).toBe(1);
    expect(live.rig.count('snapshotFailures')).toBe(3);
    expect(live.rig.count('rateLimited')).toBe(1);
    expect(live.rig.count('refusedMalformed')).toBe(2);
    expect(live.rig.outcomeSum()).toBe(live.rig.count('frames'));
  });

  it('changes the connection without a hole when the venue announces its shutdown', async () => {
    const live = await startFeed();
    await syncBoth(live);
    const old = live.venue.client;
    live.rig.seen.length = 0;
    old.send('{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}');
    await turnUntil(live, 'the second connection', () => live.rig.count('rotations') === 1);
    await until('the venue sees it', () => live.venue.clients.length === 2);
    for (const client of [old, live.venue.client]) {
      for (const text of [depth('BTCUSDT', 101), trade(1), depth('BTCUSDT', 102)]) client.send(text);
    }
    live.venue.client.send(depth('BTCUSDT', 103));
    await turnUntil(live, 'the data', () => live.rig.count('depthFrames') === 7);
    expect(of(live.rig.seen, 0).filter((text) => text.startsWith('depth'))).toEqual([
      'depth 101',
      'depth 102',
      'depth 103',
    ]);
    expect(live.rig.count('duplicateTrades')).toBe(1);
    expect(live.rig.gaps).toEqual([]);
    expect(live.rig.states.at(-1)).toBe(CONNECTION_STATE.live);
  });

  it('loses no frame while the ring is full: it pauses the socket and goes on in order', async () => {
    const live = await startFeed({}, undefined, 1 << 16);
    await syncBoth(live);
    live.rig.seen.length = 0;
    const total = 5_000;
    for (let id = 101; id <= 100 + total; id++) {
      live.venue.client.send(depth('BTCUSDT', id));
      if (id % 10 === 0) live.venue.client.send(trade(id));
    }
    await until('a full ring', () => live.rig.count('spilledFrames') > 0);
    await turnUntil(live, 'all updates', () => live.rig.count('depthApplied') === total);
    const updates = live.rig.seen.filter(({ kind }) => kind === 'depth');
    expect(updates.map((seen) => 'last' in seen && seen.last)).toEqual(
      Array.from({ length: total }, (_, index) => 101 + index),
    );
    expect(live.rig.count('tradeFrames')).toBe(total / 10);
    expect(live.rig.count('socketPauses')).toBeGreaterThan(0);
    expect(live.rig.gaps).toEqual([]);
    expect(live.rig.outcomeSum()).toBe(live.rig.count('frames'));
  });

  it('says what it gave up when ring and spill are full, and comes back', async () => {
    const ids = { BTCUSDT: 100, ETHUSDT: 100 };
    const live = await startFeed({ spillBytesMax: 4_096 }, ids, 1 << 16);
    await syncBoth(live);
    let last = 100;
    for (;;) {
      const spilled = live.rig.count('spilledFrames');
      for (const to = last + 3_000; last < to;) live.venue.client.send(depth('BTCUSDT', ++last));
      await until('a full ring', () => live.rig.count('spilledFrames') > spilled);
      if (live.rig.count('lostFrames') > 0) break;
      // The spill has to hold what came in one read, and how much that is is up to the kernel: take it in, send more.
      await turnUntil(live, 'every frame', () => of(live.rig.seen, 0).at(-1) === `depth ${last}`);
    }
    ids.BTCUSDT = last + 900;
    await turnUntil(live, 'both books again', () => {
      const books = live.rig.seen.filter(({ kind }) => kind === 'snapshot' || kind === 'reset');
      return [0, 1].every(
        (index) => books.findLast((seen) => seen.instrument === index)?.kind === 'snapshot',
      );
    });
    expect(live.rig.gaps.some(({ reason }) => reason === GAP_REASON.ringFull)).toBe(true);
    expect(live.rig.outcomeSum()).toBe(live.rig.count('frames'));
    const next = ids.BTCUSDT + 1;
    live.venue.client.send(depth('BTCUSDT', next));
    await turnUntil(live, 'the next update', () =>
      live.rig.seen.some((seen) => 'last' in seen && seen.last === next),
    );
  });

  it('counts garbage from the venue and lives on', async () => {
    const live = await startFeed();
    await syncBoth(live);
    const frames = [
      '',
      '{',
      'null',
      '[]',
      '\u0000',
      '{"stream":"x"}',
      '{"e":"trade"}',
      '{"stream":1,"data":2}',
    ];
    const before = live.rig.count('frames');
    for (const text of frames) live.venue.client.send(text);
    live.venue.client.send(Buffer.from([0xff, 0xfe, 0x00]));
    live.venue.client.send(trade(9));
    await turnUntil(live, 'the good one', () => live.rig.count('tradeFrames') === 1);
    expect(live.rig.count('frames') - before).toBe(frames.length + 2);
    expect(live.rig.outcomeSum()).toBe(live.rig.count('frames'));
    expect(live.rig.states.at(-1)).toBe(CONNECTION_STATE.live);
  });

  it('replaces a connection that has fallen silent', async () => {
    const live = await startFeed({ silenceMs: 60 });
    await turnUntil(live, 'two connections', () => live.venue.clients.length >= 2);
    expect(live.rig.errors.readAll().some(({ text }) => text.includes('silence'))).toBe(true);
  });

  it('throws what went wrong in a callback from its next turn, where the runner sees it', async () => {
    const live = await startFeed();
    await syncBoth(live);
    live.rig.output.tryClaim(1, 64); // a claim that is left open: the next one breaks the ring's invariant
    live.venue.client.send(trade(1));
    const before = live.rig.kicks;
    await until('the frame', () => live.rig.kicks > before);
    expect(() => live.turn()).toThrow(/one claim at a time/);
    live.rig.output.abort();
  });
});
