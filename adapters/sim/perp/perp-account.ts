/** Margin accounts of the embedded exchange: wallet, positions, orders and fills. Amounts are integers of 1e-8 USDT. */
import type { Market, Trade } from '../market.ts';
import type { EngineOrder, ExpiryReason } from '../matching-engine.ts';
import { BUY } from '../matching-engine.ts';
import { OrderLimit } from '../rate-limits.ts';
import type { FeeRates } from '../accounts.ts';
import type { ContractMark } from './contract-mark.ts';
import { LEVERAGE_DEFAULT, MAINTENANCE_RATE } from './perp-terms.ts';

/** What an order of the perpetuals carries: the account's view of it, or null for the crowd. */
export type PerpDetail = PerpOrder | null;
export type PerpMarket = Market<PerpDetail>;
export type PerpMark = ContractMark<PerpDetail>;

/** Fills and orders an account remembers. */
const REMEMBERED_MAX = 20_000;

/** One execution. */
export interface PerpFill {
  readonly order: PerpOrder;
  readonly tradeId: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly feeUnits: number;
  readonly realisedUnits: number;
  readonly epochMs: number;
  readonly isMaker: boolean;
}

/** An account's order. */
export class PerpOrder {
  readonly account: PerpAccount;
  readonly market: PerpMarket;
  readonly clientOrderId: string;
  /** LIMIT or MARKET, and the time in force as sent: GTX is a GTC that must not take. */
  readonly type: string;
  readonly timeInForce: string;
  readonly isReduceOnly: boolean;
  readonly createdMs: number;
  updatedMs: number;
  expiry: ExpiryReason | null;
  /** Set once, right after construction. */
  engine!: EngineOrder<PerpDetail>;

  constructor(
    account: PerpAccount,
    market: PerpMarket,
    terms: Pick<PerpOrder, 'clientOrderId' | 'type' | 'timeInForce' | 'isReduceOnly'>,
    nowMs: number,
  ) {
    this.account = account;
    this.market = market;
    this.clientOrderId = terms.clientOrderId;
    this.type = terms.type;
    this.timeInForce = terms.timeInForce;
    this.isReduceOnly = terms.isReduceOnly;
    this.createdMs = nowMs;
    this.updatedMs = nowMs;
    this.expiry = null;
  }

  get isOpen(): boolean {
    return this.engine.status === 'NEW' || this.engine.status === 'PARTIALLY_FILLED';
  }
}

/** A position of one symbol. */
export class Position {
  readonly mark: PerpMark;
  /** Signed: above 0 is long. */
  lots = 0;
  /** Sum of price x size of what is open, in ticks x lots; has the sign of `lots`. */
  entryTickLots = 0;
  leverage: number = LEVERAGE_DEFAULT;
  isIsolated = false;
  /** Wallet set aside for it while it is isolated. */
  isolatedUnits = 0;
  /** A margin call was sent and is still true. */
  isCalled = false;
  updatedMs = 0;

  constructor(mark: PerpMark) {
    this.mark = mark;
  }

  get market(): PerpMarket {
    return this.mark.market;
  }

  /** Value at the mark price. */
  get notionalUnits(): number {
    return Math.round(Math.abs(this.lots) * this.mark.markTicks * this.market.instrument.notionalUnits);
  }

  get unrealisedUnits(): number {
    const { notionalUnits } = this.market.instrument;
    return Math.round((this.lots * this.mark.markTicks - this.entryTickLots) * notionalUnits);
  }

  get maintenanceUnits(): number {
    return Math.ceil(this.notionalUnits * MAINTENANCE_RATE);
  }

  /** Margin needed to hold it now: of an isolated one what is set aside. */
  get initialUnits(): number {
    return this.isIsolated ? this.isolatedUnits : Math.ceil(this.notionalUnits / this.leverage);
  }

  /** Takes a trade in; what it realised. Margin of an isolated position moves with its size. */
  trade(isBuy: boolean, priceTicks: number, qtyLots: number): number {
    const { notionalUnits } = this.market.instrument;
    const sign = isBuy ? 1 : -1;
    const held = Math.abs(this.lots);
    const closed = this.lots * sign < 0 ? Math.min(held, qtyLots) : 0;
    let realised = 0;
    if (closed > 0) {
      const entryPart = Math.round((this.entryTickLots * closed) / held);
      realised = (-sign * closed * priceTicks - entryPart) * notionalUnits;
      this.entryTickLots -= entryPart;
      this.lots += sign * closed;
      this.isolatedUnits -= Math.round((this.isolatedUnits * closed) / held);
    }
    const opened = qtyLots - closed;
    this.lots += sign * opened;
    this.entryTickLots += sign * opened * priceTicks;
    if (this.isIsolated)
      this.isolatedUnits += Math.ceil((opened * priceTicks * notionalUnits) / this.leverage);
    return realised;
  }
}

/** One margin account in one-way mode. Single-threaded. */
export class PerpAccount {
  readonly uid: number;
  /** Id of its orders in the engine; above 0. */
  readonly ownerId: number;
  readonly fees: FeeRates;
  readonly orderLimit: OrderLimit;
  readonly positions: Map<string, Position> = new Map();
  readonly fills: PerpFill[] = [];
  /** All changes of the wallet but trades: type, symbol, units, time. */
  readonly income: {
    readonly type: string;
    readonly symbol: string;
    readonly units: number;
    readonly timeMs: number;
  }[] = [];
  /** Orders taken in since it was opened. */
  orderCount = 0;
  walletUnits: number;
  readonly #orders: PerpOrder[] = [];
  readonly #open: Set<PerpOrder> = new Set();

  constructor(uid: number, ownerId: number, fees: FeeRates, walletUnits: number, marks: Iterable<PerpMark>) {
    this.uid = uid;
    this.ownerId = ownerId;
    this.fees = fees;
    this.walletUnits = walletUnits;
    this.orderLimit = new OrderLimit([
      { interval: 'SECOND', intervalNum: 10, limit: 300 },
      { interval: 'MINUTE', intervalNum: 1, limit: 1_200 },
    ]);
    for (const mark of marks) this.positions.set(mark.market.instrument.symbol, new Position(mark));
  }

  /** Margin that open orders hold: only what would enlarge a position. */
  get orderMarginUnits(): number {
    let units = 0;
    for (const order of this.#open) if (!order.isReduceOnly) units += this.marginOf(order);
    return units;
  }

  /** What new orders may use as margin; losses of cross positions count, profits do not. */
  get availableUnits(): number {
    let units = this.walletUnits - this.orderMarginUnits;
    let crossUnits = 0;
    for (const position of this.positions.values()) {
      units -= position.initialUnits;
      if (!position.isIsolated) crossUnits += position.unrealisedUnits;
    }
    return units + Math.min(0, crossUnits);
  }

  /** Margin for what an order would open beyond closing the position against it. */
  marginOf(order: PerpOrder): number {
    const { engine, market } = order;
    const position = this.positions.get(market.instrument.symbol)!;
    const sign = engine.side === BUY ? 1 : -1;
    const closing = position.lots * sign < 0 ? Math.min(Math.abs(position.lots), engine.openLots) : 0;
    const price = engine.priceTicks > 0 ? engine.priceTicks : position.mark.markTicks;
    const value = (engine.openLots - closing) * price * market.instrument.notionalUnits;
    return Math.ceil(value / position.leverage);
  }

  /** Books one execution. */
  settle(order: PerpOrder, trade: Trade, isMaker: boolean): PerpFill {
    const { notionalUnits, symbol } = order.market.instrument;
    const position = this.positions.get(symbol)!;
    const isBuy = order.engine.side === BUY;
    const realisedUnits = position.trade(isBuy, trade.priceTicks, trade.qtyLots);
    const bps = isMaker ? this.fees.makerBps : this.fees.takerBps;
    const feeUnits = Math.ceil((trade.priceTicks * trade.qtyLots * notionalUnits * bps) / 10_000);
    this.walletUnits += realisedUnits - feeUnits;
    position.updatedMs = trade.epochMs;
    order.updatedMs = trade.epochMs;
    const { tradeId, priceTicks, qtyLots, epochMs } = trade;
    const fill = { order, tradeId, priceTicks, qtyLots, feeUnits, realisedUnits, epochMs, isMaker };
    this.fills.push(fill);
    if (this.fills.length > REMEMBERED_MAX * 2) this.fills.splice(0, REMEMBERED_MAX);
    return fill;
  }

  /** Changes the wallet for a reason that is no trade. */
  pay(type: string, symbol: string, units: number, timeMs: number): void {
    this.walletUnits += units;
    this.income.push({ type, symbol, units, timeMs });
    if (this.income.length > REMEMBERED_MAX) this.income.shift();
  }

  add(order: PerpOrder): void {
    this.orderCount++;
    this.#orders.push(order);
    this.#open.add(order);
    if (this.#orders.length > REMEMBERED_MAX * 2)
      this.#orders.splice(0, this.#orders.length, ...this.#orders.slice(-REMEMBERED_MAX));
  }

  close(order: PerpOrder, nowMs: number): void {
    this.#open.delete(order);
    order.updatedMs = nowMs;
  }

  /** Open orders, oldest first, of one symbol or of all. */
  openOrders(symbol: string | undefined): PerpOrder[] {
    return [...this.#open].filter(
      (order) => symbol === undefined || order.market.instrument.symbol === symbol,
    );
  }

  /** Remembered orders of a symbol, oldest first. */
  orders(symbol: string): PerpOrder[] {
    return this.#orders.filter((order) => order.market.instrument.symbol === symbol);
  }

  byOrderId(symbol: string, orderId: number): PerpOrder | undefined {
    return this.#orders.findLast(
      (order) => order.engine.orderId === orderId && order.market.instrument.symbol === symbol,
    );
  }

  /** The latest order under a client id. */
  byClientId(symbol: string, clientOrderId: string): PerpOrder | undefined {
    return this.#orders.findLast(
      (order) => order.clientOrderId === clientOrderId && order.market.instrument.symbol === symbol,
    );
  }
}
