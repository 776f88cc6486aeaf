// hot path: no allocation after start
import type { SharedBookReader } from '../../book/shared-book.ts';
import { DEPTH_LEVELS_MAX, INSTRUMENTS_MAX, SHARED_BOOK_LEVELS_MAX } from '../../core/limits.ts';
import type { CounterBlock } from '../../ipc/counters.ts';
import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../messages/enums.ts';
import { EXECUTION_COUNTER } from '../counters.ts';
import type { OrderTable } from '../order-table.ts';
import type { ImpactMemory } from './impact-memory.ts';
import type { RestingOrders } from './resting-orders.ts';
import type { SimulatedOrders } from './simulated-orders.ts';

/**
 * What happens when an order would meet an own one (Binance's names): the incoming order expires, the resting one does,
 * or both. ignore: own orders do not see each other.
 */
export const SELF_TRADE = { ignore: 0, expireTaker: 1, expireMaker: 2, expireBoth: 3 } as const;

/** What the walk asks its owner to do. */
export interface TakerEvents {
  fill(slot: number, priceTicks: number, qtyLots: number): void;
  /** A resting own order ends because of the incoming one. */
  endMaker(slot: number): void;
  /** A resting order is filled by displayed lots; false when it could not be. */
  fillCrossed(slot: number, qtyLots: number): boolean;
}

/**
 * Takes from the displayed levels of the shared book, best first, never more than is shown and not held back. Every call
 * is about the book that was read last. An order that reaches beyond the shared levels asks for those behind them
 * (`needsDepth`, `addDepth`). Thread of execution.
 */
export class BookTaker {
  private readonly table: OrderTable;
  private readonly orders: SimulatedOrders;
  private readonly book: SharedBookReader;
  private readonly resting: RestingOrders;
  private readonly impact: ImpactMemory;
  private readonly selfTrade: number;
  private readonly events: TakerEvents;
  private readonly counters: CounterBlock;
  /** Update of a book nothing may be taken from, by instrument. */
  private readonly distrusted: Float64Array = new Float64Array(INSTRUMENTS_MAX).fill(-1);
  private readonly now: Float64Array = new Float64Array(1);
  /** Levels behind the shared ones, best first. */
  private readonly depthTicks: Float64Array = new Float64Array(DEPTH_LEVELS_MAX);
  private readonly depthLots: Float64Array = new Float64Array(DEPTH_LEVELS_MAX);
  private depthCount: number = 0;

  constructor(
    table: OrderTable,
    orders: SimulatedOrders,
    book: SharedBookReader,
    resting: RestingOrders,
    impact: ImpactMemory,
    selfTrade: number,
    events: TakerEvents,
    counters: CounterBlock,
  ) {
    this.table = table;
    this.orders = orders;
    this.book = book;
    this.resting = resting;
    this.impact = impact;
    this.selfTrade = selfTrade;
    this.events = events;
    this.counters = counters;
  }

  setNow(nowNs: number): void {
    this.now[0] = nowNs;
  }

  /** Nothing is taken from the book as it stands at that update. */
  distrust(instrumentIndex: number, updateId: number): void {
    this.distrusted[instrumentIndex] = updateId;
  }

  /** Whether the order takes all that is shared of the other side and reaches further, where more may be. */
  needsDepth(slot: number): boolean {
    const isBuy = this.isBuy(slot);
    const count = this.countOf(isBuy);
    if (count < SHARED_BOOK_LEVELS_MAX || !this.reaches(slot, this.priceAt(isBuy, count - 1))) return false;
    let lots = 0;
    for (let level = 0; level < count; level++)
      lots += this.freeLots(this.table.instrumentIndex[slot], isBuy, level);
    return lots < this.table.qtyLots[slot];
  }

  /** The worst price of the side it takes from that is shared. */
  lastSharedTicks(slot: number): number {
    const isBuy = this.isBuy(slot);
    return this.priceAt(isBuy, this.countOf(isBuy) - 1);
  }

  /** Adds a level behind the shared ones and those added, for the next order alone. */
  addDepth(priceTicks: number, qtyLots: number): void {
    if (this.depthCount === DEPTH_LEVELS_MAX) return;
    this.depthTicks[this.depthCount] = priceTicks;
    this.depthLots[this.depthCount++] = qtyLots;
  }

  forgetDepth(): void {
    this.depthCount = 0;
  }

  /** Whether the order would trade at once, with the market or with an own order. */
  wouldTake(slot: number): boolean {
    const count = this.countOf(this.isBuy(slot));
    if (count > 0 && this.reaches(slot, this.priceAt(this.isBuy(slot), 0))) return true;
    return this.ownInReach(slot) >= 0;
  }

  /** Fills what the order may take now; false when self-trade prevention ended it. A FOK takes all or nothing. */
  take(slot: number): boolean {
    const { table, orders } = this;
    const isFok = table.timeInForce[slot] === TIME_IN_FORCE.fok && table.orderType[slot] === ORDER_TYPE.limit;
    if (isFok && this.takeableLots(slot) < table.qtyLots[slot]) return true;
    const isBuy = this.isBuy(slot);
    const instrumentIndex = table.instrumentIndex[slot];
    const count = this.countOf(isBuy) + this.depthCount;
    let level = 0;
    while (orders.leavesLots(slot) > 0) {
      const own = this.ownInReach(slot);
      const priceTicks = level < count ? this.priceAt(isBuy, level) : 0;
      const isLevelInReach = level < count && this.reaches(slot, priceTicks);
      if (own >= 0 && (!isLevelInReach || this.isBefore(isBuy, this.resting.priceTicks[own], priceTicks))) {
        if (!this.preventSelfTrade(own)) return false;
        continue;
      }
      if (!isLevelInReach) return true;
      const isOwnHere = own >= 0 && this.resting.priceTicks[own] === priceTicks;
      let freeLots = this.freeLots(instrumentIndex, isBuy, level);
      if (isOwnHere) freeLots = Math.min(freeLots, aheadOf(this.resting, own));
      const qtyLots = Math.min(orders.leavesLots(slot), freeLots);
      if (qtyLots > 0) {
        this.events.fill(slot, priceTicks, qtyLots);
        this.impact.take(instrumentIndex, sideTaken(isBuy), priceTicks, qtyLots, this.now[0]);
      }
      if (!isOwnHere) level++;
      else if (orders.leavesLots(slot) > 0 && !this.preventSelfTrade(own)) return false;
    }
    return true;
  }

  /** Fills resting orders of both sides that the opposite side shows lots for, best first. */
  matchCrossed(instrumentIndex: number): void {
    this.matchSide(instrumentIndex, SIDE.buy);
    this.matchSide(instrumentIndex, SIDE.sell);
  }

  private matchSide(instrumentIndex: number, side: number): void {
    const isBuy = side === SIDE.buy;
    const count = this.countOf(isBuy);
    if (count === 0) return;
    let slot = this.resting.best(instrumentIndex, side);
    while (slot >= 0) {
      const after = this.resting.next[slot];
      const limitTicks = this.resting.priceTicks[slot];
      if (!isWithin(isBuy, this.priceAt(isBuy, 0), limitTicks)) return;
      for (let level = 0; level < count && this.resting.isResting(slot); level++) {
        const priceTicks = this.priceAt(isBuy, level);
        if (!isWithin(isBuy, priceTicks, limitTicks)) break;
        const freeLots = this.freeLots(instrumentIndex, isBuy, level);
        const qtyLots = Math.min(this.resting.leavesLots[slot], freeLots);
        if (qtyLots <= 0 || !this.events.fillCrossed(slot, qtyLots)) continue;
        this.impact.take(instrumentIndex, sideTaken(isBuy), priceTicks, qtyLots, this.now[0]);
      }
      slot = after;
    }
  }

  /** Displayed lots the order could take now; up to an own order, where meeting one would end it. */
  private takeableLots(slot: number): number {
    const isBuy = this.isBuy(slot);
    const count = this.countOf(isBuy) + this.depthCount;
    const own = this.selfTrade === SELF_TRADE.expireMaker ? -1 : this.ownInReach(slot);
    let lots = 0;
    for (let level = 0; level < count; level++) {
      const priceTicks = this.priceAt(isBuy, level);
      if (!this.reaches(slot, priceTicks)) break;
      if (own >= 0 && !this.isBefore(isBuy, priceTicks, this.resting.priceTicks[own])) break;
      lots += this.freeLots(this.table.instrumentIndex[slot], isBuy, level);
    }
    return lots;
  }

  /** The best own resting order that the incoming one would meet; -1 = none. */
  private ownInReach(slot: number): number {
    if (this.selfTrade === SELF_TRADE.ignore) return -1;
    const own = this.resting.best(this.table.instrumentIndex[slot], sideTaken(this.isBuy(slot)));
    return own >= 0 && this.reaches(slot, this.resting.priceTicks[own]) ? own : -1;
  }

  /** False when the incoming order ends. */
  private preventSelfTrade(own: number): boolean {
    this.counters.increment(EXECUTION_COUNTER.simulatedSelfTrades);
    if (this.selfTrade !== SELF_TRADE.expireTaker) this.events.endMaker(own);
    return this.selfTrade === SELF_TRADE.expireMaker;
  }

  private isBuy(slot: number): boolean {
    return this.table.side[slot] === SIDE.buy;
  }

  /** Shared levels of the side that an order of this side takes from. */
  private countOf(isBuy: boolean): number {
    return isBuy ? this.book.askCount : this.book.bidCount;
  }

  private priceAt(isBuy: boolean, level: number): number {
    const count = this.countOf(isBuy);
    if (level >= count) return this.depthTicks[level - count];
    return isBuy ? this.book.askTicksAt(level) : this.book.bidTicksAt(level);
  }

  private freeLots(instrumentIndex: number, isBuy: boolean, level: number): number {
    if (this.distrusted[instrumentIndex] === this.book.updateId) return 0;
    const shownLots = this.shownLots(isBuy, level);
    const priceTicks = this.priceAt(isBuy, level);
    const taken = this.impact.taken(instrumentIndex, sideTaken(isBuy), priceTicks, this.now[0]);
    return Math.max(0, Math.floor(shownLots) - taken);
  }

  private shownLots(isBuy: boolean, level: number): number {
    const count = this.countOf(isBuy);
    if (level >= count) return this.depthLots[level - count];
    return isBuy ? this.book.askLotsAt(level) : this.book.bidLotsAt(level);
  }

  private reaches(slot: number, priceTicks: number): boolean {
    if (this.table.orderType[slot] === ORDER_TYPE.market) return true;
    return isWithin(this.isBuy(slot), priceTicks, this.table.priceTicks[slot]);
  }

  private isBefore(isBuy: boolean, priceTicks: number, otherTicks: number): boolean {
    return isBuy ? priceTicks < otherTicks : priceTicks > otherTicks;
  }
}

/** The side of the book that an order of this side takes from. */
function sideTaken(isBuy: boolean): number {
  return isBuy ? SIDE.sell : SIDE.buy;
}

function isWithin(isBuy: boolean, priceTicks: number, limitTicks: number): boolean {
  return isBuy ? priceTicks <= limitTicks : priceTicks >= limitTicks;
}

/** Lots of the market an incoming order meets before the own one; all of the level while the queue is not known. */
function aheadOf(resting: RestingOrders, own: number): number {
  const ahead = resting.aheadLots[own];
  return Number.isNaN(ahead) ? Infinity : Math.floor(ahead);
}
