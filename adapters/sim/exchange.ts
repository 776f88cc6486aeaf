/**
 * The embedded exchange: markets with a seeded crowd, accounts, and the three doors of Binance Spot (REST, market
 * streams, WebSocket API) on loopback. Runs in whatever thread calls `startExchange`; `exchange-host.ts` gives it
 * one of its own.
 */
import { randomInt } from 'node:crypto';
import type { AccountSnapshot } from './account-snapshot.ts';
import { snapshotAccount } from './account-snapshot.ts';
import type { ExchangeMarket, FeeRates, OrderDetail } from './accounts.ts';
import { Account } from './accounts.ts';
import type { DrillCommand } from './drills.ts';
import { Drills } from './drills.ts';
import type { DoorOptions, ExchangeUrls } from './exchange-doors.ts';
import { openDoors } from './exchange-doors.ts';
import type { Edge } from './exchange-doors.ts';
import { ExchangeStartError } from './exchange-start-error.ts';
import { carryOutDrill } from './exchange-drills.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import type { ExchangeState } from './exchange-state.ts';
import { PerpExchange } from './perp/perp-exchange.ts';
import type { PerpSnapshot } from './perp/perp-snapshot.ts';
import { MARGIN_ASSET } from './perp/perp-terms.ts';
import { findInstrument, LISTED_SYMBOLS, UNITS_PER_ASSET } from './instruments.ts';
import type { MarketObserver } from './market.ts';
import { Market } from './market.ts';
import { MarketHistory } from './market-history.ts';
import { API_METHODS } from './api-methods.ts';
import { MarketPump } from './market-pump.ts';
import type { PumpParts } from './market-pump.ts';
import { addRoutes } from './rest-api.ts';
import { SPOT_ROUTES } from './spot-routes.ts';
import { spotStreamWords } from './spot-stream-words.ts';
import { klineText } from './stream-text.ts';
import { MarketTape } from './market-tape.ts';
import { OrderDesk } from './order-desk.ts';
import { FLOW_OWNER_ID, OrderFlow } from './order-flow.ts';
import type { LimitSizes } from './rate-limits.ts';
import { BINANCE_LIMITS, WeightLimit } from './rate-limits.ts';
import type { ExchangeCredentials } from './request-auth.ts';
import { createCredentials, KeyRing } from './request-auth.ts';
import { StreamHub } from './streams.ts';
import { UserStreams } from './user-stream.ts';
import { WsApi } from './ws-api.ts';

export type { AccountSnapshot } from './account-snapshot.ts';
export type { DrillCommand } from './drills.ts';
export type { ExchangeUrls } from './exchange-doors.ts';
export type { ExchangeCredentials } from './request-auth.ts';

/** How to open an exchange. Plain data: it crosses threads. */
export interface ExchangeOptions extends DoorOptions {
  /** Seed of the market: equal seeds give equal order flow. */
  readonly seed: number;
  /** Upper-case symbols to list. */
  readonly symbols: readonly string[];
  /** Mean events per second over all symbols, 0 to 20,000; 0 gives a still market. */
  readonly eventsPerSecond: number;
  /** Whether there are candles of a made-up time before the opening; not unless told. */
  readonly history?: boolean;
  /** False opens with empty books; meant for still markets in which a test is the only participant. */
  readonly openingBook?: boolean;
  /** Cadence of `@depth@100ms`; 100 unless told, 0 sends an event per book operation. */
  readonly depthIntervalMs?: number;
  /** Number of accounts, each with its own credentials; 1 unless told. */
  readonly accountCount?: number;
  readonly fees?: FeeRates;
  /** Symbols, of those listed, of which there is a linear perpetual as well; none unless told. */
  readonly perpetuals?: readonly string[];
  readonly perpFees?: FeeRates;
  /** Time between two fundings; eight hours unless told. */
  readonly fundingIntervalMs?: number;
  readonly limits?: Partial<LimitSizes>;
  /** Time between two pumps of the market; 2 ms unless told. */
  readonly pumpIntervalMs?: number;
  /** Distinguishes accounts of two exchanges with one seed; random unless told. */
  readonly instanceNonce?: number;
}

/** What a running exchange has done so far. */
export interface ExchangeStats {
  readonly events: number;
  /** Simulated time given up because the thread could not keep up, milliseconds. A rise means it is overloaded. */
  readonly skippedMs: number;
  readonly streamClients: number;
  readonly apiSessions: number;
  /** User data stream subscriptions in force. */
  readonly userSubscriptions: number;
}

/** A running exchange in this thread. */
export interface RunningExchange {
  readonly urls: ExchangeUrls;
  /** Of the first account. */
  readonly credentials: ExchangeCredentials;
  readonly allCredentials: readonly ExchangeCredentials[];
  accountSnapshot(accountIndex?: number): AccountSnapshot;
  stats(): ExchangeStats;
  /** The margin account; null when the exchange has no perpetuals. */
  perpSnapshot(accountIndex?: number): PerpSnapshot | null;
  drill(command: DrillCommand): void;
  close(): Promise<void>;
}

/** Opening balances, whole units; assets not named open with 10,000. */
const OPENING_BALANCES: Readonly<Record<string, number>> = {
  USDT: 1_000_000,
  BTC: 100,
  ETH: 1000,
  BNB: 1000,
};
const OPENING_BALANCE_OTHER = 10_000;
/** Opening wallet of a margin account, USDT. */
const OPENING_MARGIN = 100_000;
const EVENTS_PER_SECOND_MAX = 20_000;

/** Opens an exchange. Throws ExchangeStartError naming the port, symbol or option that is wrong. */
export async function startExchange(options: ExchangeOptions): Promise<RunningExchange> {
  const parts = buildParts(options);
  const { state, hub, wsApi } = parts;
  const edges = parts.perps === null ? [spotEdge(parts)] : [spotEdge(parts), parts.perps.edge];
  const doors = await openDoors(options, edges);
  const pump = new MarketPump(pumpParts(parts), options.pumpIntervalMs);
  pump.start();
  return {
    urls: doors.urls,
    credentials: parts.credentials[0],
    allCredentials: parts.credentials,
    accountSnapshot: (accountIndex = 0) => snapshotAccount(state.accounts[accountIndex]),
    stats: () => ({
      events: [...parts.flows, ...(parts.perps?.flows ?? [])].reduce((sum, flow) => sum + flow.eventCount, 0),
      skippedMs: Math.round(pump.skippedUs / 1000),
      streamClients: hub.clientCount,
      apiSessions: wsApi.sessionCount,
      userSubscriptions: state.users.subscriptionCount + (parts.perps?.state.users.listenerCount ?? 0),
    }),
    perpSnapshot: (accountIndex = 0) => parts.perps?.snapshot(accountIndex) ?? null,
    drill: (command) => carryOutDrill(command, parts),
    close: async () => {
      pump.stop();
      hub.terminateAll();
      wsApi.terminateAll();
      parts.perps?.terminateAll();
      await doors.close();
    },
  };
}

function buildParts(options: ExchangeOptions): ExchangeParts {
  checkOptions(options);
  const nowMs = Date.now();
  const markets: Map<string, ExchangeMarket> = new Map();
  const tapes: Map<string, MarketTape> = new Map();
  const links: { hub: StreamHub<OrderDetail> | null } = { hub: null };
  for (const symbol of options.symbols) {
    const market: ExchangeMarket = new Market(findInstrument(symbol)!);
    markets.set(symbol, market);
    const past = options.history === true ? pastOf(options, market, nowMs) : null;
    tapes.set(
      symbol,
      new MarketTape((interval, candle) => {
        const name = `${symbol.toLowerCase()}@kline_${interval}`;
        links.hub?.publish(name, () => klineText(market.instrument, interval, candle, true, market.nowMs));
      }, past),
    );
  }
  const users = new UserStreams();
  const keys = new KeyRing();
  const limits = { ...BINANCE_LIMITS, ...options.limits };
  const credentials = createAccountsCredentials(options);
  const accounts = credentials.map((each, index) => {
    keys.add(each, index);
    const fees = options.fees ?? { makerBps: 10, takerBps: 10 };
    return openAccount(new Account(Number(each.accountId), index + 1, fees, limits, nowMs), markets);
  });
  const desk = new OrderDesk(markets, tapes, users);
  const weight = new WeightLimit(limits.requestWeightPerMinute);
  const state: ExchangeState = { markets, tapes, accounts, keys, desk, users, weight, drills: new Drills() };
  const words = spotStreamWords(markets, tapes);
  const hub = new StreamHub(markets.values(), words, options.depthIntervalMs ?? 100);
  links.hub = hub;
  const flows = openMarkets(options, state, hub, nowMs);
  const wsApi = new WsApi(state, {
    methods: API_METHODS,
    prefix: 'v3/',
    subscribe: (accountIndex, listener) => users.subscribe(accounts[accountIndex], listener),
  });
  const perps = openPerps(options, state, nowMs);
  return { state, hub, wsApi, flows, credentials, perps };
}

/** The perpetuals; their crowds follow spot, and their accounts are those of spot with a wallet of their own. */
function openPerps(options: ExchangeOptions, state: ExchangeState, nowMs: number): PerpExchange | null {
  const symbols = options.perpetuals ?? [];
  if (symbols.length === 0) return null;
  const { markets, accounts, keys, drills } = state;
  const weights = options.symbols.map((symbol) => findInstrument(symbol)!.flow.weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const perpOptions = {
    seed: options.seed,
    symbols,
    eventsPerSecond: (symbol: string) =>
      (options.eventsPerSecond * findInstrument(symbol)!.flow.weight) / total,
    openingBook: options.openingBook !== false,
    depthIntervalMs: options.depthIntervalMs ?? 100,
    accountIds: accounts.map(({ uid }) => uid),
    fees: options.perpFees ?? { makerBps: 2, takerBps: 5 },
    walletUnits: OPENING_MARGIN * UNITS_PER_ASSET,
    nowMs,
    spotTicks: (symbol: string): number => {
      const { bidTicks, askTicks, lastTradeTicks } = markets.get(symbol)!;
      return bidTicks > 0 && askTicks > 0 ? (bidTicks + askTicks) / 2 : lastTradeTicks;
    },
    ...(options.fundingIntervalMs === undefined ? {} : { fundingIntervalMs: options.fundingIntervalMs }),
  };
  return new PerpExchange(perpOptions, keys, drills);
}

function pumpParts({ state, hub, wsApi, flows, perps }: ExchangeParts): PumpParts {
  const { drills } = state;
  if (perps === null) return { drills, flows, hubs: [hub], movers: [], tickers: [hub, wsApi] };
  return {
    drills,
    flows: [...flows, ...perps.flows],
    hubs: [hub, perps.hub],
    movers: [(nowMs) => perps.state.risk.move(nowMs)],
    tickers: [hub, wsApi, perps.hub, perps.wsApi, perps.state.users],
  };
}

/** REST, streams and WebSocket API of the spot markets. */
function spotEdge({ state, hub, wsApi }: ExchangeParts): Edge {
  return {
    addRoutes: (server) => addRoutes(server, state, SPOT_ROUTES, API_METHODS),
    acceptorOf: (path) => {
      if (path === '/ws-api/v3') return (socket, url, raw) => wsApi.accept(socket, url, raw);
      return /^\/(?:ws|stream)(?:\/|$)/.test(path)
        ? (socket, url, raw) => hub.accept(socket, url, raw)
        : null;
    },
  };
}

function pastOf(options: ExchangeOptions, market: ExchangeMarket, openedMs: number): MarketHistory {
  const { instrument, lastTradeId } = market;
  const weights = options.symbols.map((symbol) => findInstrument(symbol)!.flow.weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const eventsPerSecond = (options.eventsPerSecond * instrument.flow.weight) / total;
  return new MarketHistory(instrument, { seed: options.seed, openedMs, eventsPerSecond, lastTradeId });
}

function checkOptions(options: ExchangeOptions): void {
  for (const symbol of options.symbols) {
    if (findInstrument(symbol) !== undefined) continue;
    const listed = LISTED_SYMBOLS.join(', ');
    throw new ExchangeStartError(
      'EXCHANGE_UNKNOWN_SYMBOL',
      `the exchange does not list ${symbol}; it lists ${listed}`,
    );
  }
  for (const symbol of options.perpetuals ?? []) {
    if (options.symbols.includes(symbol) && findInstrument(symbol)?.quoteAsset === MARGIN_ASSET) continue;
    throw new ExchangeStartError(
      'EXCHANGE_BAD_OPTION',
      `a perpetual of ${symbol} needs its spot market and ${MARGIN_ASSET} as quote asset`,
    );
  }
  if (options.symbols.length === 0) {
    throw new ExchangeStartError('EXCHANGE_BAD_OPTION', 'the exchange needs at least one symbol');
  }
  const rate = options.eventsPerSecond;
  if (!(rate >= 0 && rate <= EVENTS_PER_SECOND_MAX)) {
    throw new ExchangeStartError(
      'EXCHANGE_BAD_OPTION',
      `eventsPerSecond must be 0 to ${EVENTS_PER_SECOND_MAX}, got ${rate}`,
    );
  }
}

function createAccountsCredentials(options: ExchangeOptions): ExchangeCredentials[] {
  const nonce = options.instanceNonce ?? randomInt(1, 2 ** 31);
  const count = options.accountCount ?? 1;
  return Array.from({ length: count }, (_unused, index) => {
    const accountId = String(100_000_000 + ((options.seed * 7919 + nonce * 31 + index) % 800_000_000));
    return createCredentials(`${options.seed}/${nonce}/${index}`, accountId);
  });
}

function openAccount(account: Account, markets: ReadonlyMap<string, ExchangeMarket>): Account {
  for (const market of markets.values()) {
    for (const asset of [market.instrument.baseAsset, market.instrument.quoteAsset]) {
      account.balance(asset).free = (OPENING_BALANCES[asset] ?? OPENING_BALANCE_OTHER) * UNITS_PER_ASSET;
    }
  }
  return account;
}

/** Lays every opening book, then connects the observers: the opening itself is not published. */
function openMarkets(
  options: ExchangeOptions,
  state: ExchangeState,
  hub: StreamHub<OrderDetail>,
  nowMs: number,
): OrderFlow<OrderDetail>[] {
  const markets = [...state.markets.values()];
  const totalWeight = markets.reduce((sum, market) => sum + market.instrument.flow.weight, 0);
  return markets.map((market) => {
    const rate = (options.eventsPerSecond * market.instrument.flow.weight) / totalWeight;
    const flow = new OrderFlow<OrderDetail>(market, null, options.seed, rate);
    flow.open(nowMs, options.openingBook !== false);
    market.observe(flowObserver(flow));
    market.observe(tapeObserver(state.tapes.get(market.instrument.symbol)!));
    market.observe(state.desk);
    market.observe(hub);
    return flow;
  });
}

function flowObserver(flow: OrderFlow<OrderDetail>): MarketObserver<OrderDetail> {
  return {
    ...SILENT,
    onTrade: (_market, _taker, maker) => {
      if (maker.ownerId === FLOW_OWNER_ID && maker.openLots === 0) flow.forget(maker);
    },
  };
}

function tapeObserver(tape: MarketTape): MarketObserver<OrderDetail> {
  return {
    ...SILENT,
    onTrade: (_market, _taker, _maker, trade) => tape.addTrade(trade),
    onAggTrade: (_market, trade) => tape.addAggTrade(trade),
  };
}

const SILENT: MarketObserver<OrderDetail> = {
  onTrade: () => undefined,
  onAggTrade: () => undefined,
  onLevel: () => undefined,
  onTop: () => undefined,
  onExpired: () => undefined,
  onSettled: () => undefined,
};
