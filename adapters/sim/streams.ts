/**
 * Market streams: who listens to what, and the events they get. A message is built only when somebody listens, is
 * serialised once, and the same bytes go to everyone; the writes of one pump are corked into one system call.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ExchangeMarket, OrderDetail } from './accounts.ts';
import { DepthFeed } from './depth-feed.ts';
import type { ExchangeState } from './exchange-state.ts';
import { AVERAGE_PRICE_MINUTES } from './filters.ts';
import { frameText, KeepAlive } from './keep-alive.ts';
import type { AggTrade, MarketObserver, Trade } from './market.ts';
import { type Candle, KLINE_INTERVALS } from './candles.ts';
import type { EngineOrder, Side } from './matching-engine.ts';
import { controlReply, parseControl } from './stream-control.ts';
import {
  aggTradeText,
  averagePriceText,
  bookTickerText,
  dayTicker,
  depthSnapshotText,
  klineText,
  tickerText,
  tradeText,
} from './stream-text.ts';

/** Streams one connection may carry. */
const STREAMS_MAX = 1024;
/** Messages a client may send per second, pongs included. */
export const CONTROL_MESSAGES_PER_S = 5;
/** Bytes a client may leave unread before it is cut off. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;

/** One client connection. */
interface StreamClient {
  readonly socket: WebSocket;
  readonly raw: Duplex;
  readonly names: Set<string>;
  isCombined: boolean;
  windowS: number;
  windowCount: number;
}

/** One named stream and its listeners. */
class Channel {
  readonly name: string;
  readonly listeners: Set<StreamClient> = new Set();
  readonly #prefix: string;

  constructor(name: string) {
    this.name = name;
    this.#prefix = `{"stream":"${name}","data":`;
  }

  /** Sends one payload to every listener: at most two serialised forms, shared by all. */
  publish(text: string): void {
    let plain: Buffer | undefined;
    let combined: Buffer | undefined;
    for (const client of this.listeners) {
      if (client.isCombined) combined ??= Buffer.from(`${this.#prefix}${text}}`);
      else plain ??= Buffer.from(text);
      deliver(client, client.isCombined ? combined! : plain!);
    }
  }
}

/** A stream that is sent on a timer. */
interface TimedFeed {
  readonly channel: Channel;
  readonly intervalMs: number;
  nextMs: number;
  readonly build: (nowMs: number) => string | undefined;
}

/** The streams of one market. Channels exist while somebody listens. */
interface MarketStreams {
  readonly market: ExchangeMarket;
  trade: Channel | null;
  aggTrade: Channel | null;
  bookTicker: Channel | null;
  readonly depth: Map<Channel, DepthFeed>;
  readonly klines: Map<string, Channel>;
}

/** All market streams of one exchange. Single-threaded. */
export class StreamHub implements MarketObserver<OrderDetail> {
  readonly #state: ExchangeState;
  readonly #fastDepthMs: number;
  readonly #clients: Set<StreamClient> = new Set();
  readonly #channels: Map<string, Channel> = new Map();
  readonly #markets: Map<ExchangeMarket, MarketStreams> = new Map();
  readonly #timed: Map<Channel, TimedFeed> = new Map();
  readonly #keepAlive: KeepAlive;

  /** @param fastDepthMs cadence of `@depth@100ms`; 0 sends an event per book operation */
  constructor(state: ExchangeState, fastDepthMs: number) {
    this.#state = state;
    this.#fastDepthMs = fastDepthMs;
    this.#keepAlive = new KeepAlive();
    for (const market of state.markets.values()) {
      this.#markets.set(market, {
        market,
        trade: null,
        aggTrade: null,
        bookTicker: null,
        depth: new Map(),
        klines: new Map(),
      });
    }
  }

  /** Connections open now. */
  get clientCount(): number {
    return this.#clients.size;
  }

  /** Takes over an upgraded connection with the streams its URL names. */
  accept(socket: WebSocket, url: URL, raw: Duplex): void {
    const isCombined = url.pathname.startsWith('/stream');
    const client: StreamClient = {
      socket,
      raw,
      names: new Set(),
      isCombined,
      windowS: 0,
      windowCount: 0,
    };
    this.#clients.add(client);
    this.#keepAlive.add(socket);
    const named = isCombined
      ? (url.searchParams.get('streams') ?? '')
      : url.pathname.slice('/ws'.length).replaceAll('%40', '@');
    for (const name of named.split('/')) if (name !== '') this.#subscribe(client, name);
    socket.on('message', (data) => this.#receive(client, frameText(data)));
    socket.on('ping', () => this.#count(client));
    socket.on('pong', () => this.#count(client));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      for (const name of client.names) this.#unsubscribe(client, name);
      this.#clients.delete(client);
    });
  }

  /** Holds back writes until `uncork`, so that one pump costs one system call per connection. */
  cork(): void {
    for (const client of this.#clients) client.raw.cork();
  }

  /** Sends what was held back. */
  uncork(): void {
    for (const client of this.#clients) client.raw.uncork();
  }

  /** Sends what is due by time. */
  flush(nowMs: number): void {
    for (const streams of this.#markets.values()) {
      for (const [channel, feed] of streams.depth) {
        const text = feed.due(nowMs);
        if (text !== undefined) channel.publish(text);
      }
    }
    for (const feed of this.#timed.values()) {
      if (nowMs < feed.nextMs) continue;
      feed.nextMs = nowMs - (nowMs % feed.intervalMs) + feed.intervalMs;
      const text = feed.build(nowMs);
      if (text !== undefined) feed.channel.publish(text);
    }
  }

  /** Pings and drops dead connections; call it about once a second. */
  tick(nowMs: number): void {
    this.#keepAlive.tick(nowMs);
  }

  onTrade(
    market: ExchangeMarket,
    _taker: EngineOrder<OrderDetail>,
    _maker: EngineOrder<OrderDetail>,
    trade: Trade,
  ): void {
    this.#markets.get(market)!.trade?.publish(tradeText(market.instrument, trade));
  }

  onAggTrade(market: ExchangeMarket, trade: AggTrade): void {
    this.#markets.get(market)!.aggTrade?.publish(aggTradeText(market.instrument, trade));
  }

  onLevel(market: ExchangeMarket, side: Side, priceTicks: number, totalLots: number): void {
    for (const feed of this.#markets.get(market)!.depth.values()) feed.add(side, priceTicks, totalLots);
  }

  onTop(market: ExchangeMarket): void {
    const channel = this.#markets.get(market)!.bookTicker;
    // Binance never publishes a half-empty top.
    if (channel !== null && market.bidTicks > 0 && market.askTicks > 0)
      channel.publish(bookTickerText(market));
  }

  onSettled(market: ExchangeMarket): void {
    for (const [channel, feed] of this.#markets.get(market)!.depth) {
      if (feed.intervalMs !== 0) continue;
      const text = feed.due(market.nowMs);
      if (text !== undefined) channel.publish(text);
    }
  }

  onExpired(): void {}

  /** A candle closed: its last event says so. */
  onCandleClosed(market: ExchangeMarket, interval: string, candle: Candle): void {
    const channel = this.#markets.get(market)?.klines.get(interval);
    channel?.publish(klineText(market.instrument, interval, candle, true, market.nowMs));
  }

  /** Ends every connection without a close frame. */
  terminateAll(): void {
    for (const client of this.#clients) client.socket.terminate();
  }

  /** Sends a text frame to every connection as it is. */
  broadcast(text: string): void {
    const bytes = Buffer.from(text);
    for (const client of this.#clients) deliver(client, bytes);
  }

  /** Makes every diff-depth stream lose what it has gathered: its next event leaves a gap. */
  skipDepth(): void {
    for (const streams of this.#markets.values()) {
      for (const feed of streams.depth.values()) feed.skipNext();
    }
  }

  /** Announces a shutdown, then closes every connection. */
  announceShutdown(nowMs: number): void {
    const event = `{"e":"serverShutdown","E":${nowMs}}`;
    for (const client of this.#clients) {
      const text = client.isCombined ? `{"stream":"!serverShutdown","data":${event}}` : event;
      deliver(client, Buffer.from(text));
      client.socket.close(1001, 'Server shutdown');
    }
  }

  #count(client: StreamClient): void {
    const nowS = Math.floor(Date.now() / 1000);
    if (client.windowS !== nowS) {
      client.windowS = nowS;
      client.windowCount = 0;
    }
    client.windowCount++;
    if (client.windowCount > CONTROL_MESSAGES_PER_S) client.socket.close(1008, 'Too many requests');
  }

  #receive(client: StreamClient, text: string): void {
    this.#count(client);
    const request = parseControl(text);
    if (request.kind === 'subscribe') {
      for (const name of request.names) this.#subscribe(client, name);
    } else if (request.kind === 'unsubscribe') {
      for (const name of request.names) this.#unsubscribe(client, name);
    } else if (request.kind === 'set-combined') {
      client.isCombined = request.isCombined;
    }
    const reply = controlReply(request, client.names, client.isCombined);
    client.socket.send(reply);
  }

  #subscribe(client: StreamClient, name: string): void {
    if (client.names.size >= STREAMS_MAX) return;
    client.names.add(name);
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = new Channel(name);
      // Unknown names are accepted and stay silent, as on Binance.
      this.#channels.set(name, channel);
      this.#open(channel);
    }
    channel.listeners.add(client);
  }

  #unsubscribe(client: StreamClient, name: string): void {
    client.names.delete(name);
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    channel.listeners.delete(client);
    if (channel.listeners.size > 0) return;
    this.#channels.delete(name);
    this.#timed.delete(channel);
    for (const streams of this.#markets.values()) {
      if (streams.trade === channel) streams.trade = null;
      if (streams.aggTrade === channel) streams.aggTrade = null;
      if (streams.bookTicker === channel) streams.bookTicker = null;
      streams.depth.delete(channel);
      for (const [interval, other] of streams.klines) if (other === channel) streams.klines.delete(interval);
    }
  }

  /** Connects a new channel to its source. */
  #open(channel: Channel): void {
    const at = channel.name.indexOf('@');
    const symbol = channel.name.slice(0, Math.max(0, at));
    const kind = channel.name.slice(at + 1);
    if (channel.name === '!miniTicker@arr')
      this.#openTimed(channel, 1000, (nowMs) => this.#allTickers(nowMs));
    const market = this.#state.markets.get(symbol.toUpperCase());
    if (market === undefined || symbol !== symbol.toLowerCase()) return;
    const streams = this.#markets.get(market)!;
    if (kind === 'trade') streams.trade = channel;
    else if (kind === 'aggTrade') streams.aggTrade = channel;
    else if (kind === 'bookTicker') streams.bookTicker = channel;
    else if (kind === 'ticker' || kind === 'miniTicker') {
      this.#openTimed(channel, 1000, (nowMs) => this.#ticker(market, nowMs, kind === 'miniTicker'));
    } else if (kind === 'avgPrice') {
      this.#openTimed(channel, 1000, (nowMs) => this.#averagePrice(market, nowMs));
    } else if (kind.startsWith('kline_')) this.#openKline(channel, streams, kind.slice('kline_'.length));
    else if (kind.startsWith('depth')) this.#openDepth(channel, streams, kind);
  }

  #openDepth(channel: Channel, streams: MarketStreams, kind: string): void {
    const match = /^depth(5|10|20)?(?:@(\d{1,5})ms)?$/.exec(kind);
    if (match === null) return;
    const namedMs = match[2] === undefined ? 1000 : Number(match[2]);
    const intervalMs = namedMs === 100 ? this.#fastDepthMs : namedMs;
    if (match[1] === undefined) {
      streams.depth.set(channel, new DepthFeed(streams.market, intervalMs));
      return;
    }
    const levels = Number(match[1]);
    let sentId = 0;
    this.#openTimed(channel, Math.max(1, intervalMs), () => {
      if (streams.market.updateId === sentId) return undefined;
      sentId = streams.market.updateId;
      return depthSnapshotText(streams.market, levels);
    });
  }

  #openKline(channel: Channel, streams: MarketStreams, interval: string): void {
    if (KLINE_INTERVALS[interval] === undefined) return;
    const { market } = streams;
    const candles = this.#state.tapes.get(market.instrument.symbol)!.candles(interval)!;
    streams.klines.set(interval, channel);
    this.#openTimed(channel, interval === '1s' ? 1000 : 2000, (nowMs) => {
      const forming = candles[candles.length - 1];
      return forming === undefined
        ? undefined
        : klineText(market.instrument, interval, forming, false, nowMs);
    });
  }

  #openTimed(channel: Channel, intervalMs: number, build: (nowMs: number) => string | undefined): void {
    this.#timed.set(channel, { channel, intervalMs, nextMs: 0, build });
  }

  #ticker(market: ExchangeMarket, nowMs: number, isMini: boolean): string {
    const tape = this.#state.tapes.get(market.instrument.symbol)!;
    return tickerText(dayTicker(market, tape, nowMs), nowMs, isMini);
  }

  #averagePrice(market: ExchangeMarket, nowMs: number): string {
    const tape = this.#state.tapes.get(market.instrument.symbol)!;
    const averageTicks = tape.averageTicks(nowMs, AVERAGE_PRICE_MINUTES, market.lastTradeTicks);
    return averagePriceText(market, averageTicks, nowMs);
  }

  #allTickers(nowMs: number): string {
    return `[${[...this.#markets.keys()].map((market) => this.#ticker(market, nowMs, true)).join(',')}]`;
  }
}

function deliver(client: StreamClient, bytes: Buffer): void {
  if (client.socket.readyState !== client.socket.OPEN) return;
  if (client.socket.bufferedAmount > UNREAD_BYTES_MAX) client.socket.terminate();
  else client.socket.send(bytes, SEND_TEXT);
}

const SEND_TEXT = { binary: false };
