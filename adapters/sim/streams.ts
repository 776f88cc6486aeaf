/**
 * Market streams: who listens to what, and the events they get. A message is built only when somebody listens, is
 * serialised once, and the same bytes go to everyone; the writes of one pump are corked into one system call.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { DepthFeed } from './depth-feed.ts';
import type { DepthText } from './depth-feed.ts';
import { frameText, KeepAlive } from './keep-alive.ts';
import type { AggTrade, Market, MarketObserver, Trade } from './market.ts';
import type { EngineOrder, Side } from './matching-engine.ts';
import { controlReply, parseControl } from './stream-control.ts';

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

/** What a stream on a timer says, and how often. */
export interface TimedStream {
  readonly intervalMs: number;
  readonly build: (nowMs: number) => string | undefined;
}

/** What one kind of markets says on its streams. */
export interface StreamWords<Detail> {
  trade(market: Market<Detail>, trade: Trade): string;
  aggTrade(market: Market<Detail>, trade: AggTrade): string;
  bookTicker(market: Market<Detail>): string;
  readonly depth: DepthText<Detail>;
  /** The top of the book, for the streams that send all of it. */
  partialDepth(market: Market<Detail>, levels: number, nowMs: number): string;
  /** Period of `@depth` without a number, ms. */
  readonly depthMs: number;
  /** Streams of a market that are sent on a timer, by what stands behind its symbol. */
  timed(market: Market<Detail>, kind: string): TimedStream | null;
  /** The same for names that are not of one market. */
  timedForAll(name: string): TimedStream | null;
}

/** A stream that is sent on a timer. */
interface TimedFeed extends TimedStream {
  readonly channel: Channel;
  nextMs: number;
}

/** The streams of one market. Channels exist while somebody listens. */
interface MarketStreams<Detail> {
  readonly market: Market<Detail>;
  trade: Channel | null;
  aggTrade: Channel | null;
  bookTicker: Channel | null;
  readonly depth: Map<Channel, DepthFeed<Detail>>;
}

/** All market streams of one exchange. Single-threaded. */
export class StreamHub<Detail> implements MarketObserver<Detail> {
  readonly #words: StreamWords<Detail>;
  readonly #fastDepthMs: number;
  readonly #clients: Set<StreamClient> = new Set();
  readonly #channels: Map<string, Channel> = new Map();
  readonly #markets: Map<Market<Detail>, MarketStreams<Detail>> = new Map();
  readonly #timed: Map<Channel, TimedFeed> = new Map();
  readonly #keepAlive: KeepAlive;

  /** @param fastDepthMs cadence of `@depth@100ms`; 0 sends an event per book operation */
  constructor(markets: Iterable<Market<Detail>>, words: StreamWords<Detail>, fastDepthMs: number) {
    this.#words = words;
    this.#fastDepthMs = fastDepthMs;
    this.#keepAlive = new KeepAlive();
    for (const market of markets) {
      this.#markets.set(market, {
        market,
        trade: null,
        aggTrade: null,
        bookTicker: null,
        depth: new Map(),
      });
    }
  }

  /** Connections open now. */
  get clientCount(): number {
    return this.#clients.size;
  }

  /** Takes over an upgraded connection with the streams its URL names. */
  accept(socket: WebSocket, url: URL, raw: Duplex): void {
    const path = url.pathname.replace(/^\/(?:public|market)(?=\/)/, '');
    const isCombined = path.startsWith('/stream');
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
      : path.slice('/ws'.length).replaceAll('%40', '@');
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
    market: Market<Detail>,
    _taker: EngineOrder<Detail>,
    _maker: EngineOrder<Detail>,
    trade: Trade,
  ): void {
    this.#markets.get(market)!.trade?.publish(this.#words.trade(market, trade));
  }

  onAggTrade(market: Market<Detail>, trade: AggTrade): void {
    this.#markets.get(market)!.aggTrade?.publish(this.#words.aggTrade(market, trade));
  }

  onLevel(market: Market<Detail>, side: Side, priceTicks: number, totalLots: number): void {
    for (const feed of this.#markets.get(market)!.depth.values()) feed.add(side, priceTicks, totalLots);
  }

  onTop(market: Market<Detail>): void {
    const channel = this.#markets.get(market)!.bookTicker;
    // Binance never publishes a half-empty top.
    if (channel !== null && market.bidTicks > 0 && market.askTicks > 0)
      channel.publish(this.#words.bookTicker(market));
  }

  onSettled(market: Market<Detail>): void {
    for (const [channel, feed] of this.#markets.get(market)!.depth) {
      if (feed.intervalMs !== 0) continue;
      const text = feed.due(market.nowMs);
      if (text !== undefined) channel.publish(text);
    }
  }

  onExpired(): void {}

  /** Says something at once on a stream, if somebody listens. */
  publish(name: string, build: () => string): void {
    const channel = this.#channels.get(name);
    if (channel !== undefined) channel.publish(build());
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
    }
  }

  /** Connects a new channel to its source. */
  #open(channel: Channel): void {
    const at = channel.name.indexOf('@');
    const symbol = channel.name.slice(0, Math.max(0, at));
    const kind = channel.name.slice(at + 1);
    const forAll = this.#words.timedForAll(channel.name);
    if (forAll !== null) this.#openTimed(channel, forAll);
    const wanted = symbol.toUpperCase();
    const streams = [...this.#markets.values()].find(({ market }) => market.instrument.symbol === wanted);
    if (streams === undefined || symbol !== symbol.toLowerCase()) return;
    if (kind === 'trade') streams.trade = channel;
    else if (kind === 'aggTrade') streams.aggTrade = channel;
    else if (kind === 'bookTicker') streams.bookTicker = channel;
    else if (kind.startsWith('depth')) this.#openDepth(channel, streams, kind);
    else {
      const timed = this.#words.timed(streams.market, kind);
      if (timed !== null) this.#openTimed(channel, timed);
    }
  }

  #openDepth(channel: Channel, streams: MarketStreams<Detail>, kind: string): void {
    const match = /^depth(5|10|20)?(?:@(\d{1,5})ms)?$/.exec(kind);
    if (match === null) return;
    const namedMs = match[2] === undefined ? this.#words.depthMs : Number(match[2]);
    const intervalMs = namedMs === 100 ? this.#fastDepthMs : namedMs;
    if (match[1] === undefined) {
      streams.depth.set(channel, new DepthFeed(streams.market, intervalMs, this.#words.depth));
      return;
    }
    const levels = Number(match[1]);
    let sentId = 0;
    const build = (nowMs: number): string | undefined => {
      if (streams.market.updateId === sentId) return undefined;
      sentId = streams.market.updateId;
      return this.#words.partialDepth(streams.market, levels, nowMs);
    };
    this.#openTimed(channel, { intervalMs: Math.max(1, intervalMs), build });
  }

  #openTimed(channel: Channel, timed: TimedStream): void {
    this.#timed.set(channel, { ...timed, channel, nextMs: 0 });
  }
}

function deliver(client: StreamClient, bytes: Buffer): void {
  if (client.socket.readyState !== client.socket.OPEN) return;
  if (client.socket.bufferedAmount > UNREAD_BYTES_MAX) client.socket.terminate();
  else client.socket.send(bytes, SEND_TEXT);
}

const SEND_TEXT = { binary: false };
