/** Market streams of the embedded exchange: formats, id chains, and a book rebuilt by the venue's own rules. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExchangeOptions, RunningExchange } from '../../../adapters/sim/exchange.ts';
import { startExchange } from '../../../adapters/sim/exchange.ts';
import { eventually, RecordingSocket, rest } from '../../fixtures/exchange-client.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';

const DATA_DIR = SHARED_DATA;
const CAPTURE = resolve(DATA_DIR, 'captures/binance-spot-btcusdt-20240808.frames.gz');

let exchange: RunningExchange;

async function open(options: Partial<ExchangeOptions> = {}): Promise<void> {
  exchange = await startExchange({
    seed: 7,
    symbols: ['BTCUSDT', 'ETHUSDT'],
    eventsPerSecond: 2000,
    restPort: 0,
    streamPort: 0,
    wsApiPort: 0,
    ...options,
  });
}

afterEach(async () => {
  await exchange.close();
});

interface DepthEvent {
  readonly U: number;
  readonly u: number;
  readonly b: readonly (readonly [string, string])[];
  readonly a: readonly (readonly [string, string])[];
}

/** A book kept as the protocol page says: snapshot, stale events dropped, then chained events. */
class RebuiltBook {
  lastId: number;
  readonly bids: Map<string, string>;
  readonly asks: Map<string, string>;

  constructor(snapshot: { lastUpdateId: number; bids: [string, string][]; asks: [string, string][] }) {
    this.lastId = snapshot.lastUpdateId;
    this.bids = new Map(snapshot.bids);
    this.asks = new Map(snapshot.asks);
  }

  apply(event: DepthEvent): void {
    if (event.u <= this.lastId) return;
    expect(event.U).toBeLessThanOrEqual(this.lastId + 1);
    for (const [side, changes] of [
      [this.bids, event.b],
      [this.asks, event.a],
    ] as const) {
      for (const [price, qty] of changes) {
        if (Number(qty) === 0) side.delete(price);
        else side.set(price, qty);
      }
    }
    this.lastId = event.u;
  }

  sorted(): { bids: [string, string][]; asks: [string, string][] } {
    return {
      bids: [...this.bids].toSorted((left, right) => Number(right[0]) - Number(left[0])),
      asks: [...this.asks].toSorted((left, right) => Number(left[0]) - Number(right[0])),
    };
  }
}

/** Everything a stream connection got, by stream name. */
function byStream(socket: RecordingSocket): Map<string, unknown[]> {
  const streams = new Map<string, unknown[]>();
  for (const message of socket.messages) {
    if (message.stream === undefined) continue;
    const list = streams.get(message.stream) ?? [];
    list.push(message.data);
    streams.set(message.stream, list);
  }
  return streams;
}

const FORMATS: readonly (readonly [string, RegExp])[] = [
  [
    'bookTicker',
    /^\{"u":\d+,"s":"BTCUSDT","b":"\d+\.\d{8}","B":"\d+\.\d{8}","a":"\d+\.\d{8}","A":"\d+\.\d{8}"\}$/,
  ],
  [
    'trade',
    /^\{"e":"trade","E":\d{13},"s":"BTCUSDT","t":\d+,"p":"\d+\.\d{8}","q":"\d+\.\d{8}","T":\d{13},"m":(true|false),"M":true\}$/,
  ],
  [
    'depth@100ms',
    new RegExp(
      String.raw`^\{"e":"depthUpdate","E":\d{13},"s":"BTCUSDT","U":\d+,"u":\d+,` +
        String.raw`"b":\[(\["\d+\.\d{8}","\d+\.\d{8}"\],?)*\],` +
        String.raw`"a":\[(\["\d+\.\d{8}","\d+\.\d{8}"\],?)*\]\}$`,
    ),
  ],
];

describe('a combined stream', () => {
  beforeEach(async () => open());

  it("writes every message in the venue's field order and number format", async () => {
    const names = FORMATS.map(([name]) => `btcusdt@${name}`);
    const socket = await new RecordingSocket(
      `${exchange.urls.stream}/stream?streams=${names.join('/')}`,
    ).opened();
    await eventually(() => byStream(socket).size === FORMATS.length, 'every stream delivers');
    for (const text of socket.texts) {
      const match = /^\{"stream":"btcusdt@([^"]+)","data":(.*)\}$/.exec(text)!;
      const format = FORMATS.find(([name]) => name === match[1])![1];
      expect(match[2]).toMatch(format);
    }
    socket.socket.terminate();
  });

  it('states the average price of the last minutes every second, to eight digits', async () => {
    const socket = await new RecordingSocket(
      `${exchange.urls.stream}/stream?streams=btcusdt@avgPrice/btcusdt@trade`,
    ).opened();
    await eventually(() => byStream(socket).has('btcusdt@avgPrice'), 'an average');
    const average = socket.texts.find((text) => text.includes('avgPrice'))!;
    expect(average).toMatch(
      /^\{"stream":"btcusdt@avgPrice","data":\{"e":"avgPrice","E":\d{13},"s":"BTCUSDT","i":"5m","w":"\d+\.\d{8}","T":\d+\}\}$/,
    );
    const { body } = await rest(exchange.urls, 'GET', '/api/v3/avgPrice', { symbol: 'BTCUSDT' });
    const { w: price } = (JSON.parse(average) as { data: { w: string } }).data;
    expect(Math.abs(Number(price) / Number(body.price) - 1)).toBeLessThan(0.01);
    socket.socket.terminate();
  });

  it.skipIf(!existsSync(CAPTURE))('uses formats that fit every frame of a real recording', () => {
    const lines = gunzipSync(readFileSync(CAPTURE)).toString().trimEnd().split('\n');
    const seen = new Set<string>();
    for (const line of lines) {
      const match = /^\d+ \{"stream":"btcusdt@([^"]+)","data":(.*)\}$/.exec(line);
      if (match === null) continue;
      const format = FORMATS.find(([name]) => name === match[1])![1];
      if (!format.test(match[2])) expect(match[2]).toMatch(format);
      seen.add(match[1]);
    }
    expect([...seen].toSorted()).toEqual(FORMATS.map(([name]) => name).toSorted());
  });

  it("chains depth ids without a gap and rebuilds the exchange's own book", async () => {
    const url = `${exchange.urls.stream}/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@depth@0ms`;
    const socket = await new RecordingSocket(url).opened();
    const depthOf = (name: string): DepthEvent[] => (byStream(socket).get(name) ?? []) as DepthEvent[];
    await eventually(() => depthOf('btcusdt@depth@100ms').length >= 2, 'depth events to buffer');
    const first = await rest(exchange.urls, 'GET', '/api/v3/depth', { symbol: 'BTCUSDT', limit: 5000 });
    await eventually(() => depthOf('btcusdt@depth@100ms').length >= 12, 'more depth events');
    exchange.drill({ kind: 'pause' });
    const last = await rest(exchange.urls, 'GET', '/api/v3/depth', { symbol: 'BTCUSDT', limit: 5000 });
    for (const name of ['btcusdt@depth@100ms', 'btcusdt@depth@0ms']) {
      await eventually(() => depthOf(name).at(-1)!.u === last.body.lastUpdateId, `${name} catches up`);
      const events = depthOf(name);
      for (let index = 1; index < events.length; index++)
        expect(events[index].U).toBe(events[index - 1].u + 1);
      const book = new RebuiltBook(first.body);
      for (const event of events) {
        book.apply(event);
        const prices = [event.b, event.a].map((side) => side.map(([price]) => Number(price)));
        expect(prices[0]).toEqual(prices[0].toSorted((left, right) => right - left));
        expect(prices[1]).toEqual(prices[1].toSorted((left, right) => left - right));
      }
      expect(book.lastId).toBe(last.body.lastUpdateId);
      expect(book.sorted()).toEqual({ bids: last.body.bids, asks: last.body.asks });
    }
    socket.socket.terminate();
  });

  it('shows at every depth event the top that bookTicker showed last', async () => {
    const url = `${exchange.urls.stream}/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker`;
    const socket = await new RecordingSocket(url).opened();
    await eventually(() => byStream(socket).size === 2, 'both streams');
    const { body } = await rest(exchange.urls, 'GET', '/api/v3/depth', { symbol: 'BTCUSDT', limit: 5000 });
    await eventually(() => (byStream(socket).get('btcusdt@depth@100ms')?.length ?? 0) >= 15, 'depth events');
    const book = new RebuiltBook(body);
    const tickers = byStream(socket).get('btcusdt@bookTicker') as {
      u: number;
      b: string;
      B: string;
      a: string;
      A: string;
    }[];
    let compared = 0;
    for (const event of byStream(socket).get('btcusdt@depth@100ms') as DepthEvent[]) {
      book.apply(event);
      const ticker = tickers.findLast((each) => each.u <= event.u);
      if (event.u < body.lastUpdateId || ticker === undefined) continue;
      const { bids, asks } = book.sorted();
      expect([bids[0], asks[0]]).toEqual([
        [ticker.b, ticker.B],
        [ticker.a, ticker.A],
      ]);
      compared++;
    }
    expect(compared).toBeGreaterThan(8);
    socket.socket.terminate();
  });

  it('aggregates trades of one taker at one price, candles add them up', async () => {
    const url = `${exchange.urls.stream}/stream?streams=btcusdt@trade/btcusdt@aggTrade/btcusdt@kline_1s`;
    const socket = await new RecordingSocket(url).opened();
    type Kline = {
      k: {
        x: boolean;
        t: number;
        T: number;
        n: number;
        v: string;
        o: string;
        c: string;
        f: number;
        L: number;
      };
    };
    const closed = await eventually(() => {
      const klines = (byStream(socket).get('btcusdt@kline_1s') ?? []) as Kline[];
      // The first closed candle began before the subscription.
      return klines.filter((each) => each.k.x)[1];
    }, 'a closed candle');
    const trades = (
      byStream(socket).get('btcusdt@trade') as { t: number; T: number; q: string; p: string }[]
    ).filter((trade) => trade.T >= closed.k.t && trade.T <= closed.k.T);
    expect([trades[0].t, trades.at(-1)!.t, trades.length]).toEqual([closed.k.f, closed.k.L, closed.k.n]);
    expect([trades[0].p, trades.at(-1)!.p]).toEqual([closed.k.o, closed.k.c]);
    expect(trades.reduce((sum, trade) => sum + Number(trade.q), 0)).toBeCloseTo(Number(closed.k.v), 8);
    const all = byStream(socket).get('btcusdt@trade') as { t: number; q: string }[];
    for (const agg of (
      byStream(socket).get('btcusdt@aggTrade') as { f: number; l: number; q: string }[]
    ).slice(1)) {
      const parts = all.filter((trade) => trade.t >= agg.f && trade.t <= agg.l);
      if (parts.length !== agg.l - agg.f + 1) continue;
      expect(parts.reduce((sum, trade) => sum + Number(trade.q), 0)).toBeCloseTo(Number(agg.q), 8);
    }
    socket.socket.terminate();
  });
});

describe('a raw stream connection', () => {
  beforeEach(async () => open());

  it('subscribes, lists, switches envelopes and unsubscribes by message', async () => {
    const socket = await new RecordingSocket(`${exchange.urls.stream}/ws`).opened();
    const send = (message: unknown): void => socket.socket.send(JSON.stringify(message));
    send({ method: 'SUBSCRIBE', params: ['ethusdt@trade', 'nosuch@trade'], id: 1 });
    await eventually(() => socket.texts.includes('{"result":null,"id":1}'), 'the acknowledgement');
    await eventually(() => socket.messages.some((message) => message.e === 'trade'), 'a raw event');
    send({ method: 'LIST_SUBSCRIPTIONS', id: 3 });
    await eventually(
      () => socket.texts.includes('{"result":["ethusdt@trade","nosuch@trade"],"id":3}'),
      'the list',
    );
    send({ method: 'SET_PROPERTY', params: ['combined', true], id: 5 });
    await eventually(
      () => socket.messages.some((message) => message.stream === 'ethusdt@trade'),
      'an envelope',
    );
    send({ method: 'UNSUBSCRIBE', params: ['ethusdt@trade', 'nosuch@trade'], id: 'last' });
    await eventually(
      () => socket.texts.at(-1) === '{"result":null,"id":"last"}',
      'silence after unsubscribing',
    );
    socket.socket.terminate();
  });

  it('answers nonsense with a code, and too many messages with the end', async () => {
    const socket = await new RecordingSocket(`${exchange.urls.stream}/ws`).opened();
    socket.socket.send('{');
    await eventually(() => socket.messages.some((message) => message.code === 3), 'invalid JSON');
    socket.socket.send('{"method":"DANCE","id":1}');
    await eventually(() => socket.messages.some((message) => message.code === 2), 'invalid request');
    for (let count = 0; count < 20; count++) socket.socket.send('{"method":"LIST_SUBSCRIPTIONS","id":1}');
    await eventually(() => socket.isClosed, 'the connection ends');
  });

  it('gets the partial book whole each time', async () => {
    const socket = await new RecordingSocket(`${exchange.urls.stream}/ws/btcusdt@depth5@100ms`).opened();
    await eventually(() => socket.texts.length >= 3, 'three books');
    for (const book of socket.messages) {
      expect(Object.keys(book)).toEqual(['lastUpdateId', 'bids', 'asks']);
      expect([book.bids.length, book.asks.length]).toEqual([5, 5]);
    }
    socket.socket.terminate();
  });
});

describe('a stream drill', () => {
  it('leaves a gap, injects garbage, drops the connection, stops the market', async () => {
    await open();
    const socket = await new RecordingSocket(`${exchange.urls.stream}/ws/btcusdt@depth@100ms`).opened();
    const depth = (): DepthEvent[] =>
      socket.texts
        .filter((text) => text.startsWith('{"e":"depthUpdate"') && text.endsWith('}'))
        .map((text) => JSON.parse(text));
    await eventually(() => depth().length >= 3, 'depth events');
    exchange.drill({ kind: 'skip-depth' });
    const count = depth().length;
    await eventually(() => depth().length >= count + 2, 'depth events after the gap');
    const events = depth();
    const gaps = events.filter((event, index) => index > 0 && event.U !== events[index - 1].u + 1);
    expect(gaps).toHaveLength(1);
    exchange.drill({ kind: 'inject-garbage', count: 3, text: '{"e":"depthUpdate","E":' });
    await eventually(
      () => socket.texts.filter((text) => text === '{"e":"depthUpdate","E":').length === 3,
      'garbage',
    );
    exchange.drill({ kind: 'pause' });
    const stopped = exchange.stats().events;
    await eventually(() => depth().length > events.length, 'the last depth event');
    expect(exchange.stats().events).toBe(stopped);
    exchange.drill({ kind: 'resume' });
    await eventually(() => exchange.stats().events > stopped, 'the market goes on');
    exchange.drill({ kind: 'drop-streams' });
    await eventually(() => socket.isClosed, 'the connection is gone');
  });

  it('announces a shutdown before closing', async () => {
    await open({ eventsPerSecond: 0 });
    const stream = await new RecordingSocket(`${exchange.urls.stream}/stream`).opened();
    const api = await new RecordingSocket(exchange.urls.wsApi).opened();
    exchange.drill({ kind: 'shutdown-notice' });
    await eventually(() => stream.isClosed && api.isClosed, 'both close');
    expect(stream.messages.at(-1).data.e).toBe('serverShutdown');
    expect(api.messages.at(-1).event.e).toBe('serverShutdown');
  });
});

describe('the option depthIntervalMs', () => {
  it('speeds up the stream named @100ms', async () => {
    await open({ depthIntervalMs: 0 });
    const socket = await new RecordingSocket(`${exchange.urls.stream}/ws/btcusdt@depth@100ms`).opened();
    await eventually(() => socket.texts.length >= 50, 'an event per operation');
    for (const [index, event] of socket.messages.entries()) {
      if (index > 0) expect(event.U).toBe(socket.messages[index - 1].u + 1);
    }
    const single = socket.messages.filter((event) => event.b.length + event.a.length === 1);
    expect(single.length).toBeGreaterThan(25);
    socket.socket.terminate();
  });
});
