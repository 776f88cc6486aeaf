/** Accounts of the embedded exchange: balances, orders and fills. Amounts are integers of 1e-8 of the asset. */
import type { Market, Trade } from './market.ts';
import type { EngineOrder, ExpiryReason } from './matching-engine.ts';
import { BUY } from './matching-engine.ts';
import type { LimitSizes } from './rate-limits.ts';
import { OrderLimit, spotOrderWindows } from './rate-limits.ts';

/** Orders and fills an account remembers; older finished ones are forgotten. */
export const ACCOUNT_ORDERS_MAX = 20_000;
export const ACCOUNT_FILLS_MAX = 50_000;

/** What an exchange order carries: the account's view of it, or null for the simulated crowd. */
export type OrderDetail = AccountOrder | null;
/** A market of this exchange. */
export type ExchangeMarket = Market<OrderDetail>;

/** One asset of an account. */
export interface Balance {
  free: number;
  locked: number;
}

/** Fee rates in basis points of what the side receives. */
export interface FeeRates {
  readonly makerBps: number;
  readonly takerBps: number;
}

/** One execution of one of the account's orders. */
export interface Fill {
  readonly order: AccountOrder;
  readonly tradeId: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly commissionUnits: number;
  readonly commissionAsset: string;
  readonly epochMs: number;
  readonly isMaker: boolean;
}

/** An account's order: the client's view beside the engine's. */
export class AccountOrder {
  readonly account: Account;
  readonly market: ExchangeMarket;
  /** Its name now; a cancel or amend renames it. */
  clientOrderId: string;
  /** Every name it had; it stays reachable under each until another order takes the name. */
  readonly clientOrderIds: string[];
  /** Budget of a market order by quote amount, 1e-8 quote, else 0. */
  readonly quoteOrderUnits: number;
  readonly createdMs: number;
  updatedMs: number;
  /** Still reserved for this order: quote for a buy, base for a sell. */
  lockedUnits: number;
  expiry: ExpiryReason | null;
  readonly fills: Fill[];
  /** Set once, right after construction. */
  engine!: EngineOrder<OrderDetail>;

  constructor(
    account: Account,
    market: ExchangeMarket,
    clientOrderId: string,
    quoteOrderUnits: number,
    createdMs: number,
  ) {
    this.account = account;
    this.market = market;
    this.clientOrderId = clientOrderId;
    this.clientOrderIds = [clientOrderId];
    this.quoteOrderUnits = quoteOrderUnits;
    this.createdMs = createdMs;
    this.updatedMs = createdMs;
    this.lockedUnits = 0;
    this.expiry = null;
    this.fills = [];
  }

  /** True while it may still trade. */
  get isOpen(): boolean {
    return this.engine.status === 'NEW' || this.engine.status === 'PARTIALLY_FILLED';
  }

  /** The asset its reservation is in. */
  get lockedAsset(): string {
    const { quoteAsset, baseAsset } = this.market.instrument;
    return this.engine.side === BUY ? quoteAsset : baseAsset;
  }
}

/** What an account has done in one symbol since it was opened; never trimmed. */
export interface SymbolTotals {
  boughtLots: number;
  soldLots: number;
  fills: number;
  orders: number;
  /** Orders placed under a client id that the account had used before. */
  reusedClientIds: number;
}

/** One account. Single-threaded. */
export class Account {
  readonly uid: number;
  /** Id of its orders in the engine, for self-trade prevention; above 0. */
  readonly ownerId: number;
  readonly fees: FeeRates;
  readonly orderLimit: OrderLimit;
  readonly balances: Map<string, Balance> = new Map();
  readonly fills: Fill[] = [];
  readonly totals: Map<string, SymbolTotals> = new Map();
  updatedMs: number;
  /** Assets changed since the last position event. */
  readonly dirtyAssets: Set<string> = new Set();
  readonly #byId: Map<string, AccountOrder> = new Map();
  readonly #byClientId: Map<string, AccountOrder> = new Map();
  readonly #open: Set<AccountOrder> = new Set();

  constructor(uid: number, ownerId: number, fees: FeeRates, limits: LimitSizes, nowMs: number) {
    this.uid = uid;
    this.ownerId = ownerId;
    this.fees = fees;
    this.orderLimit = new OrderLimit(spotOrderWindows(limits));
    this.updatedMs = nowMs;
  }

  /** Orders it remembers, open and finished. */
  get orderCount(): number {
    return this.#byId.size;
  }

  /** The balance of an asset, made at zero when new. */
  balance(asset: string): Balance {
    let balance = this.balances.get(asset);
    if (balance === undefined) {
      balance = { free: 0, locked: 0 };
      this.balances.set(asset, balance);
    }
    return balance;
  }

  /** The totals of a symbol, made at zero when new. */
  totalsOf(symbol: string): SymbolTotals {
    let totals = this.totals.get(symbol);
    if (totals === undefined) {
      totals = { boughtLots: 0, soldLots: 0, fills: 0, orders: 0, reusedClientIds: 0 };
      this.totals.set(symbol, totals);
    }
    return totals;
  }

  /** Reserves `units` for an order; false (nothing happened) when too little is free. */
  lock(order: AccountOrder, units: number): boolean {
    const balance = this.balance(order.lockedAsset);
    if (!(balance.free >= units)) return false;
    balance.free -= units;
    balance.locked += units;
    order.lockedUnits += units;
    this.dirtyAssets.add(order.lockedAsset);
    return true;
  }

  /** Returns `units` of an order's reservation. */
  release(order: AccountOrder, units: number): void {
    const balance = this.balance(order.lockedAsset);
    balance.free += units;
    balance.locked -= units;
    order.lockedUnits -= units;
    this.dirtyAssets.add(order.lockedAsset);
  }

  /** Books one execution: pays from the reservation, receives less commission. */
  settle(order: AccountOrder, trade: Trade, isMaker: boolean): Fill {
    const { instrument } = order.market;
    const isBuy = order.engine.side === BUY;
    const quoteUnits = trade.priceTicks * trade.qtyLots * instrument.notionalUnits;
    const baseUnits = trade.qtyLots * instrument.lotUnits;
    const paidUnits = isBuy ? quoteUnits : baseUnits;
    const receivedUnits = isBuy ? baseUnits : quoteUnits;
    const receivedAsset = isBuy ? instrument.baseAsset : instrument.quoteAsset;
    const rateBps = isMaker ? this.fees.makerBps : this.fees.takerBps;
    const commissionUnits = Math.floor((receivedUnits * rateBps) / 10_000);
    this.#pay(order, trade, paidUnits);
    this.balance(receivedAsset).free += receivedUnits - commissionUnits;
    this.dirtyAssets.add(receivedAsset);
    order.updatedMs = trade.epochMs;
    const fill: Fill = {
      order,
      tradeId: trade.tradeId,
      priceTicks: trade.priceTicks,
      qtyLots: trade.qtyLots,
      commissionUnits,
      commissionAsset: receivedAsset,
      epochMs: trade.epochMs,
      isMaker,
    };
    order.fills.push(fill);
    const totals = this.totalsOf(instrument.symbol);
    totals.fills++;
    if (isBuy) totals.boughtLots += trade.qtyLots;
    else totals.soldLots += trade.qtyLots;
    this.fills.push(fill);
    if (this.fills.length > ACCOUNT_FILLS_MAX * 2) this.fills.splice(0, ACCOUNT_FILLS_MAX);
    return fill;
  }

  #pay(order: AccountOrder, trade: Trade, paidUnits: number): void {
    const { instrument } = order.market;
    // A limit buy reserved its limit price: the improvement goes back to free.
    const isLimitBuy = order.engine.side === BUY && order.engine.priceTicks > 0;
    const reserved = isLimitBuy
      ? trade.qtyLots * order.engine.priceTicks * instrument.notionalUnits
      : Math.min(paidUnits, order.lockedUnits);
    this.release(order, reserved);
    this.balance(order.lockedAsset).free -= paidUnits;
  }

  /** Registers an accepted order. */
  add(order: AccountOrder): void {
    const symbol = order.market.instrument.symbol;
    const totals = this.totalsOf(symbol);
    totals.orders++;
    if (this.#byClientId.has(`${symbol}/${order.clientOrderId}`)) totals.reusedClientIds++;
    this.#byId.set(`${symbol}/${order.engine.orderId}`, order);
    this.#byClientId.set(`${symbol}/${order.clientOrderId}`, order);
    this.#open.add(order);
    if (this.#byId.size > ACCOUNT_ORDERS_MAX) this.#forgetOldest();
  }

  /** Marks an order finished and returns what is left of its reservation. */
  close(order: AccountOrder, nowMs: number): void {
    this.#open.delete(order);
    order.updatedMs = nowMs;
    if (order.lockedUnits > 0) this.release(order, order.lockedUnits);
  }

  /** Gives an order a new client id; it stays reachable under the old one. */
  rename(order: AccountOrder, clientOrderId: string): void {
    order.clientOrderId = clientOrderId;
    order.clientOrderIds.push(clientOrderId);
    this.#byClientId.set(`${order.market.instrument.symbol}/${clientOrderId}`, order);
  }

  /** An order, open or finished, by exchange id. */
  byOrderId(symbol: string, orderId: number): AccountOrder | undefined {
    return this.#byId.get(`${symbol}/${orderId}`);
  }

  /** The latest order under a client id. */
  byClientId(symbol: string, clientOrderId: string): AccountOrder | undefined {
    return this.#byClientId.get(`${symbol}/${clientOrderId}`);
  }

  /** Open orders, oldest first, of one symbol or of all. */
  openOrders(symbol: string | undefined): AccountOrder[] {
    const orders: AccountOrder[] = [];
    for (const order of this.#open) {
      if (symbol === undefined || order.market.instrument.symbol === symbol) orders.push(order);
    }
    return orders;
  }

  /** All remembered orders of a symbol, oldest first. */
  orders(symbol: string): AccountOrder[] {
    return [...this.#byId.values()].filter((order) => order.market.instrument.symbol === symbol);
  }

  #forgetOldest(): void {
    for (const [key, order] of this.#byId) {
      if (order.isOpen) continue;
      const symbol = order.market.instrument.symbol;
      this.#byId.delete(key);
      for (const clientId of order.clientOrderIds) {
        if (this.#byClientId.get(`${symbol}/${clientId}`) === order) {
          this.#byClientId.delete(`${symbol}/${clientId}`);
        }
      }
      return;
    }
  }
}
