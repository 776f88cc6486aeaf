/** The perpetuals of the embedded exchange: markets with crowds that follow spot, margin accounts, and their doors. */
import type { Edge } from '../exchange-doors.ts';
import type { Drills } from '../drills.ts';
import type { FeeRates } from '../accounts.ts';
import { findInstrument } from '../instruments.ts';
import { Market } from '../market.ts';
import type { MarketObserver, SymbolStatus } from '../market.ts';
import { FLOW_OWNER_ID, OrderFlow } from '../order-flow.ts';
import { WeightLimit } from '../rate-limits.ts';
import type { KeyRing } from '../request-auth.ts';
import { addRoutes } from '../rest-api.ts';
import { StreamHub } from '../streams.ts';
import { WsApi } from '../ws-api.ts';
import { PerpAccount } from './perp-account.ts';
import type { PerpDetail, PerpMarket } from './perp-account.ts';
import { PerpDesk } from './perp-desk.ts';
import { ContractMark } from './contract-mark.ts';
import { PERP_METHODS } from './perp-methods.ts';
import { snapshotPerpAccount } from './perp-snapshot.ts';
import type { PerpSnapshot } from './perp-snapshot.ts';
import { PerpRisk } from './perp-risk.ts';
import { PERP_ROUTES } from './perp-routes.ts';
import type { PerpState } from './perp-state.ts';
import { perpStreamWords } from './perp-stream-words.ts';
import { FUNDING_INTERVAL_MS } from './perp-terms.ts';
import { PerpUsers } from './perp-users.ts';

/** How the perpetuals of an exchange are opened. */
export interface PerpOptions {
  readonly seed: number;
  /** Symbols, listed on spot as well. */
  readonly symbols: readonly string[];
  /** Mean events per second of a symbol's crowd. */
  readonly eventsPerSecond: (symbol: string) => number;
  readonly openingBook: boolean;
  readonly depthIntervalMs: number;
  /** Ids of the accounts, the same as on spot. */
  readonly accountIds: readonly number[];
  readonly fees: FeeRates;
  /** Opening wallet, units of 1e-8 USDT. */
  readonly walletUnits: number;
  readonly fundingIntervalMs?: number;
  readonly nowMs: number;
  /** Price of a symbol on spot, in ticks; 0 = none. */
  readonly spotTicks: (symbol: string) => number;
}

/** Request weight of an address in a minute. */
const WEIGHT_PER_MINUTE = 2_400;

/** The perpetuals of one exchange. Single-threaded. */
export class PerpExchange {
  readonly state: PerpState;
  readonly hub: StreamHub<PerpDetail>;
  readonly wsApi: WsApi<PerpState>;
  readonly flows: readonly OrderFlow<PerpDetail>[];

  constructor(options: PerpOptions, keys: KeyRing, drills: Drills) {
    const { nowMs, spotTicks } = options;
    const intervalMs = options.fundingIntervalMs ?? FUNDING_INTERVAL_MS;
    const marks = new Map(
      options.symbols.map((symbol) => {
        const market: PerpMarket = new Market(findInstrument(symbol)!);
        return [symbol, new ContractMark(market, () => spotTicks(symbol), intervalMs, nowMs)];
      }),
    );
    const accounts = options.accountIds.map(
      (uid, index) => new PerpAccount(uid, index + 1, options.fees, options.walletUnits, marks.values()),
    );
    const users = new PerpUsers(drills);
    const desk = new PerpDesk(marks, users);
    const risk = new PerpRisk(marks.values(), accounts, desk, users);
    const weight = new WeightLimit(WEIGHT_PER_MINUTE);
    this.state = { accounts, marks, desk, users, risk, keys, weight, drills };
    const markets = [...marks.values()].map(({ market }) => market);
    this.hub = new StreamHub(markets, perpStreamWords(marks), options.depthIntervalMs);
    this.wsApi = new WsApi(this.state, { methods: PERP_METHODS, prefix: 'v1/', subscribe: null });
    this.flows = markets.map((market) => this.#openMarket(market, options));
  }

  /** REST, market streams, private streams and WebSocket API. */
  get edge(): Edge {
    const { state, hub, wsApi } = this;
    return {
      addRoutes: (server) => addRoutes(server, state, PERP_ROUTES, PERP_METHODS),
      acceptorOf: (path) => {
        if (path === '/ws-fapi/v1') return (socket, url, raw) => wsApi.accept(socket, url, raw);
        if (path.startsWith('/private/')) return (socket, url, raw) => state.users.accept(socket, url, raw);
        return /^\/(?:public|market)\/(?:ws|stream)(?:\/|$)/.test(path)
          ? (socket, url, raw) => hub.accept(socket, url, raw)
          : null;
      },
    };
  }

  snapshot(accountIndex: number): PerpSnapshot {
    return snapshotPerpAccount(this.state.accounts[accountIndex]);
  }

  /** Halts a symbol, or lets it trade again. */
  setStatus(symbol: string, status: SymbolStatus): void {
    const mark = this.state.marks.get(symbol);
    if (mark !== undefined) mark.market.status = status;
  }

  /** Ends every connection without a goodbye. */
  terminateAll(): void {
    this.hub.terminateAll();
    this.wsApi.terminateAll();
    this.state.users.terminateAll();
  }

  /** Lays the opening book, then connects the observers. The crowd's fair price follows spot. */
  #openMarket(market: PerpMarket, options: PerpOptions): OrderFlow<PerpDetail> {
    const { symbol, openingPriceTicks } = market.instrument;
    const anchor = (): number => options.spotTicks(symbol) || openingPriceTicks;
    const rate = options.eventsPerSecond(symbol);
    const flow = new OrderFlow<PerpDetail>(market, null, options.seed + 1, rate, anchor);
    flow.open(options.nowMs, options.openingBook);
    market.observe(forgetting(flow));
    market.observe(this.state.desk);
    market.observe(this.hub);
    return flow;
  }
}

/** Tells the crowd which of its orders are gone. */
function forgetting(flow: OrderFlow<PerpDetail>): MarketObserver<PerpDetail> {
  return {
    onTrade: (_market, _taker, maker) => {
      if (maker.ownerId === FLOW_OWNER_ID && maker.openLots === 0) flow.forget(maker);
    },
    onAggTrade: () => undefined,
    onLevel: () => undefined,
    onTop: () => undefined,
    onExpired: () => undefined,
    onSettled: () => undefined,
  };
}
