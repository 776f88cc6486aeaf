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
import { ExchangeStartError } from './exchange-start-error.ts';
import type { ExchangeState } from './exchange-state.ts';
import { requireMarket } from './filters.ts';
import { findInstrument, LISTED_SYMBOLS, UNITS_PER_ASSET } from './instruments.ts';
import type { MarketObserver } from './market.ts';
import { Market } from './market.ts';
import { MarketHistory } from './market-history.ts';
import { MarketPump } from './market-pump.ts';
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
const EVENTS_PER_SECOND_MAX = 20_000;

/** Opens an exchange. Throws ExchangeStartError naming the port, symbol or option that is wrong. */
export async function startExchange(options: ExchangeOptions): Promise<RunningExchange> {
  const parts = buildParts(options);
  const { state, hub, wsApi } = parts;
  const doors = await openDoors(options, state, hub, wsApi);
  const pump = new MarketPump(parts, options.pumpIntervalMs);
  pump.start();
  return {
    urls: doors.urls,
    credentials: parts.credentials[0],
    allCredentials: parts.credentials,
    accountSnapshot: (accountIndex = 0) => snapshotAccount(state.accounts[accountIndex]),
    stats: () => ({
      events: parts.flows.reduce((sum, flow) => sum + flow.eventCount, 0),
      skippedMs: Math.round(pump.skippedUs / 1000),
      streamClients: hub.clientCount,
      apiSessions: wsApi.sessionCount,
      userSubscriptions: state.users.subscriptionCount,
    }),
    drill: (command) => drill(command, state, hub, wsApi),
    close: async () => {
      pump.stop();
      hub.terminateAll();
      wsApi.terminateAll();
      await doors.close();
    },
  };
}

interface ExchangeParts {
  readonly state: ExchangeState;
  readonly hub: StreamHub;
  readonly wsApi: WsApi;
  readonly flows: readonly OrderFlow<OrderDetail>[];
  readonly credentials: readonly ExchangeCredentials[];
}

function buildParts(options: ExchangeOptions): ExchangeParts {
  checkOptions(options);
  const nowMs = Date.now();
  const markets: Map<string, ExchangeMarket> = new Map();
  const tapes: Map<string, MarketTape> = new Map();
  const links: { hub: StreamHub | null } = { hub: null };
  for (const symbol of options.symbols) {
    const market: ExchangeMarket = new Market(findInstrument(symbol)!);
    markets.set(symbol, market);
    const past = options.history === true ? pastOf(options, market, nowMs) : null;
    tapes.set(
      symbol,
      new MarketTape((interval, candle) => links.hub?.onCandleClosed(market, interval, candle), past),
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
  const hub = new StreamHub(state, options.depthIntervalMs ?? 100);
  links.hub = hub;
  const flows = openMarkets(options, state, hub, nowMs);
  return { state, hub, wsApi: new WsApi(state), flows, credentials };
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
  hub: StreamHub,
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

const GARBAGE: readonly string[] = [
  '',
  'null',
  '{"e":"depthUpdate","E":',
  '[1,2',
  '{"stream":1,"data":{}}',
  '\u0000\u0001',
];

function drill(command: DrillCommand, state: ExchangeState, hub: StreamHub, wsApi: WsApi): void {
  if (state.drills.apply(command)) return;
  const nowMs = Date.now();
  switch (command.kind) {
    case 'drop-streams':
      hub.terminateAll();
      return;
    case 'drop-ws-api':
      wsApi.terminateAll();
      return;
    case 'inject-garbage':
      for (let index = 0; index < (command.count ?? GARBAGE.length); index++) {
        hub.broadcast(command.text ?? GARBAGE[index % GARBAGE.length]);
      }
      return;
    case 'skip-depth':
      hub.skipDepth();
      return;
    case 'rate-limit':
      state.weight.refuseUntilMs = nowMs + command.ms;
      return;
    case 'ban':
      state.weight.bannedUntilMs = nowMs + command.ms;
      return;
    case 'set-status':
      requireMarket(state.markets, command.symbol).status = command.status;
      return;
    case 'shutdown-notice':
      hub.announceShutdown(nowMs);
      wsApi.announceShutdown(nowMs);
      return;
    default:
      throw new Error(`unknown drill ${command.kind}`);
  }
}
