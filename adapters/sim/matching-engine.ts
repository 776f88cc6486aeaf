/**
 * Price-time priority matching for one instrument, in whole ticks and lots. Pure: no clock, no randomness, no I/O;
 * what happens is told to a `MatchListener` in the order it happens. Single-threaded, not re-entrant: a listener
 * must not place or cancel from inside a callback.
 */

/** Side of an order. Numeric so that it indexes the two halves of the book. */
export const BUY = 0;
export const SELL = 1;
export type Side = typeof BUY | typeof SELL;

/** What to do with an order's unmatched rest. */
export type TimeInForce = 'GTC' | 'IOC' | 'FOK';
/** How an order meets the book. LIMIT_MAKER is refused when it would take. */
export type OrderKind = 'LIMIT' | 'MARKET' | 'LIMIT_MAKER';
/** Self-trade prevention; the taker's mode rules. */
export type StpMode = 'NONE' | 'EXPIRE_TAKER' | 'EXPIRE_MAKER' | 'EXPIRE_BOTH';
/** Binance order status. */
export type OrderStatus =
  | 'NEW'
  | 'PARTIALLY_FILLED'
  | 'FILLED'
  | 'CANCELED'
  | 'REJECTED'
  | 'EXPIRED'
  | 'EXPIRED_IN_MATCH';

/** Why an order left the book, or never reached it, without its owner asking. */
export type ExpiryReason = 'STP' | 'UNFILLED_IOC' | 'UNFILLED_FOK' | 'NO_LIQUIDITY';

/** An order as the engine sees it. `detail` belongs to the caller that placed it and is never read here. */
export class EngineOrder<Detail = unknown> {
  readonly orderId: number;
  readonly ownerId: number;
  readonly side: Side;
  readonly kind: OrderKind;
  readonly timeInForce: TimeInForce;
  readonly stpMode: StpMode;
  /** Limit price in ticks; 0 for MARKET. */
  readonly priceTicks: number;
  /** Ordered quantity. */
  qtyLots: number;
  filledLots: number;
  /** Sum of price x quantity over the fills, in ticks x lots. */
  filledNotional: number;
  status: OrderStatus;
  level: PriceLevel<Detail> | null;
  prev: EngineOrder<Detail> | null;
  next: EngineOrder<Detail> | null;
  /** Index in its owner's own table; never read here. */
  slot: number;
  readonly detail: Detail;

  constructor(terms: OrderTerms, orderId: number, ownerId: number, detail: Detail) {
    this.orderId = orderId;
    this.ownerId = ownerId;
    this.side = terms.side;
    this.kind = terms.kind;
    this.timeInForce = terms.timeInForce;
    this.stpMode = terms.stpMode;
    this.priceTicks = terms.priceTicks;
    this.qtyLots = terms.qtyLots;
    this.filledLots = 0;
    this.filledNotional = 0;
    this.status = 'NEW';
    this.level = null;
    this.prev = null;
    this.next = null;
    this.slot = -1;
    this.detail = detail;
  }

  /** Lots still to fill. */
  get openLots(): number {
    return this.qtyLots - this.filledLots;
  }

  /** True while the order rests on the book. */
  get isWorking(): boolean {
    return this.level !== null;
  }
}

/** What an order asks for. */
export interface OrderTerms {
  readonly side: Side;
  readonly kind: OrderKind;
  readonly timeInForce: TimeInForce;
  readonly stpMode: StpMode;
  readonly priceTicks: number;
  readonly qtyLots: number;
}

/** All orders resting at one price, oldest first. */
export class PriceLevel<Detail = unknown> {
  readonly priceTicks: number;
  totalLots: number;
  orderCount: number;
  head: EngineOrder<Detail> | null;
  tail: EngineOrder<Detail> | null;

  constructor(priceTicks: number) {
    this.priceTicks = priceTicks;
    this.totalLots = 0;
    this.orderCount = 0;
    this.head = null;
    this.tail = null;
  }
}

/** Told of everything the engine does, in order. */
export interface MatchListener<Detail = unknown> {
  /** One fill between the incoming `taker` and the resting `maker`; both already carry the new totals. */
  onTrade(taker: EngineOrder<Detail>, maker: EngineOrder<Detail>, priceTicks: number, qtyLots: number): void;
  /** The total at a price changed; 0 means the level is gone. Once per level and operation. */
  onLevel(side: Side, priceTicks: number, totalLots: number): void;
  /** `order` ended without being asked to; its status already says how. */
  onExpired(order: EngineOrder<Detail>, reason: ExpiryReason): void;
  /** `order` now rests on the book. */
  onResting(order: EngineOrder<Detail>): void;
}

/** The book and the matching of one instrument. */
export class MatchingEngine<Detail = unknown> {
  readonly #listener: MatchListener<Detail>;
  /** Levels per side, best last, so that work near the touch moves few elements. */
  readonly #sides: readonly [PriceLevel<Detail>[], PriceLevel<Detail>[]] = [[], []];

  constructor(listener: MatchListener<Detail>) {
    this.#listener = listener;
  }

  /** Best level of a side, or undefined when the side is empty. */
  best(side: Side): PriceLevel<Detail> | undefined {
    const levels = this.#sides[side];
    return levels[levels.length - 1];
  }

  /** Levels of a side from worst to best. Read only; valid until the next operation. */
  levels(side: Side): readonly PriceLevel<Detail>[] {
    return this.#sides[side];
  }

  /** True when a limit at `priceTicks` would trade at once. */
  wouldTake(side: Side, priceTicks: number): boolean {
    const opposite = this.best(side === BUY ? SELL : BUY);
    return opposite !== undefined && crosses(side, priceTicks, opposite.priceTicks);
  }

  /**
   * Quote cost in ticks x lots of taking `qtyLots` at market, or of all there is when the book holds less. Orders
   * of `skipOwnerId` are left out (self-trade prevention would expire them); -1 leaves out nobody.
   */
  costOf(side: Side, qtyLots: number, skipOwnerId: number): number {
    const levels = this.#sides[side === BUY ? SELL : BUY];
    let wanted = qtyLots;
    let cost = 0;
    for (let index = levels.length - 1; index >= 0 && wanted > 0; index--) {
      const level = levels[index];
      for (let maker = level.head; maker !== null && wanted > 0; maker = maker.next) {
        if (maker.ownerId === skipOwnerId) continue;
        const lots = Math.min(wanted, maker.openLots);
        cost += lots * level.priceTicks;
        wanted -= lots;
      }
    }
    return cost;
  }

  /** Lots that a quote budget in ticks x lots buys or sells at market now; skips orders as `costOf` does. */
  lotsFor(side: Side, quoteBudget: number, skipOwnerId: number): number {
    const levels = this.#sides[side === BUY ? SELL : BUY];
    let budget = quoteBudget;
    let lots = 0;
    for (let index = levels.length - 1; index >= 0; index--) {
      const level = levels[index];
      for (let maker = level.head; maker !== null; maker = maker.next) {
        if (maker.ownerId === skipOwnerId) continue;
        const taken = Math.min(maker.openLots, Math.floor(budget / level.priceTicks));
        lots += taken;
        budget -= taken * level.priceTicks;
        if (taken < maker.openLots) return lots;
      }
    }
    return lots;
  }

  /**
   * Runs a new order against the book. False (nothing happened) only for a LIMIT_MAKER that would take.
   * Afterwards `order.status` says what became of it.
   */
  place(order: EngineOrder<Detail>): boolean {
    if (order.kind === 'LIMIT_MAKER' && this.wouldTake(order.side, order.priceTicks)) return false;
    if (order.timeInForce === 'FOK' && this.#fillableLots(order) < order.qtyLots) {
      this.#expire(order, 'EXPIRED', 'UNFILLED_FOK');
      return true;
    }
    this.#match(order);
    if (order.status === 'NEW' || order.status === 'PARTIALLY_FILLED') this.#finish(order);
    return true;
  }

  /** Takes a working order off the book; false when it is not working. */
  cancel(order: EngineOrder<Detail>): boolean {
    const level = order.level;
    if (level === null) return false;
    this.#unlink(order, level);
    order.status = 'CANCELED';
    this.#report(order.side, level);
    return true;
  }

  /** Lowers the quantity of a working order, keeping its place in the queue; false when not possible. */
  reduce(order: EngineOrder<Detail>, qtyLots: number): boolean {
    const level = order.level;
    if (level === null || qtyLots >= order.qtyLots || qtyLots <= order.filledLots) return false;
    level.totalLots -= order.qtyLots - qtyLots;
    order.qtyLots = qtyLots;
    this.#report(order.side, level);
    return true;
  }

  #match(taker: EngineOrder<Detail>): void {
    const makerSide: Side = taker.side === BUY ? SELL : BUY;
    const levels = this.#sides[makerSide];
    while (levels.length > 0 && wantsMore(taker)) {
      const level = levels[levels.length - 1];
      if (taker.kind !== 'MARKET' && !crosses(taker.side, taker.priceTicks, level.priceTicks)) return;
      const goesOn = this.#matchLevel(taker, level);
      this.#report(makerSide, level);
      if (!goesOn) return;
    }
  }

  /** Matches within one level; false when the taker is done or must stop. */
  #matchLevel(taker: EngineOrder<Detail>, level: PriceLevel<Detail>): boolean {
    while (level.head !== null && wantsMore(taker)) {
      const maker = level.head;
      if (taker.stpMode !== 'NONE' && maker.ownerId === taker.ownerId) {
        if (!this.#preventSelfTrade(taker, maker, level)) return false;
        continue;
      }
      this.#fill(taker, maker, level, Math.min(maker.openLots, taker.openLots));
    }
    return true;
  }

  #fill(
    taker: EngineOrder<Detail>,
    maker: EngineOrder<Detail>,
    level: PriceLevel<Detail>,
    lots: number,
  ): void {
    const price = level.priceTicks;
    taker.filledLots += lots;
    taker.filledNotional += lots * price;
    maker.filledLots += lots;
    maker.filledNotional += lots * price;
    level.totalLots -= lots;
    taker.status = taker.openLots === 0 ? 'FILLED' : 'PARTIALLY_FILLED';
    maker.status = maker.openLots === 0 ? 'FILLED' : 'PARTIALLY_FILLED';
    if (maker.openLots === 0) this.#unlink(maker, level);
    this.#listener.onTrade(taker, maker, price, lots);
  }

  /** Applies the taker's prevention mode; false when the taker itself has ended. */
  #preventSelfTrade(
    taker: EngineOrder<Detail>,
    maker: EngineOrder<Detail>,
    level: PriceLevel<Detail>,
  ): boolean {
    if (taker.stpMode === 'EXPIRE_MAKER' || taker.stpMode === 'EXPIRE_BOTH') {
      this.#unlink(maker, level);
      this.#expire(maker, 'EXPIRED_IN_MATCH', 'STP');
    }
    if (taker.stpMode === 'EXPIRE_MAKER') return true;
    this.#expire(taker, 'EXPIRED_IN_MATCH', 'STP');
    return false;
  }

  /** Rests, completes or expires what matching left over. */
  #finish(order: EngineOrder<Detail>): void {
    if (order.kind === 'MARKET') {
      this.#expire(order, 'EXPIRED', 'NO_LIQUIDITY');
      return;
    }
    if (order.timeInForce !== 'GTC') {
      this.#expire(order, 'EXPIRED', 'UNFILLED_IOC');
      return;
    }
    const level = this.#levelFor(order.side, order.priceTicks);
    this.#append(order, level);
    this.#listener.onResting(order);
    this.#report(order.side, level);
  }

  #expire(order: EngineOrder<Detail>, status: OrderStatus, reason: ExpiryReason): void {
    order.status = status;
    this.#listener.onExpired(order, reason);
  }

  /** Lots a fill-or-kill order could take now, counting what its own prevention mode would allow. */
  #fillableLots(taker: EngineOrder<Detail>): number {
    const levels = this.#sides[taker.side === BUY ? SELL : BUY];
    let lots = 0;
    for (let index = levels.length - 1; index >= 0 && lots < taker.qtyLots; index--) {
      const level = levels[index];
      if (!crosses(taker.side, taker.priceTicks, level.priceTicks)) break;
      for (let maker = level.head; maker !== null && lots < taker.qtyLots; maker = maker.next) {
        if (taker.stpMode === 'NONE' || maker.ownerId !== taker.ownerId) lots += maker.openLots;
        else if (taker.stpMode !== 'EXPIRE_MAKER') return lots;
      }
    }
    return lots;
  }

  #append(order: EngineOrder<Detail>, level: PriceLevel<Detail>): void {
    order.level = level;
    order.prev = level.tail;
    order.next = null;
    if (level.tail === null) level.head = order;
    else level.tail.next = order;
    level.tail = order;
    level.totalLots += order.openLots;
    level.orderCount++;
  }

  #unlink(order: EngineOrder<Detail>, level: PriceLevel<Detail>): void {
    if (order.prev === null) level.head = order.next;
    else order.prev.next = order.next;
    if (order.next === null) level.tail = order.prev;
    else order.next.prev = order.prev;
    order.level = null;
    order.prev = null;
    order.next = null;
    level.totalLots -= order.openLots;
    level.orderCount--;
  }

  /** Tells the listener the level's total and drops the level when it is empty. */
  #report(side: Side, level: PriceLevel<Detail>): void {
    if (level.orderCount === 0) {
      const levels = this.#sides[side];
      levels.splice(findIndex(levels, side, level.priceTicks), 1);
    }
    this.#listener.onLevel(side, level.priceTicks, level.totalLots);
  }

  #levelFor(side: Side, priceTicks: number): PriceLevel<Detail> {
    const levels = this.#sides[side];
    const index = findIndex(levels, side, priceTicks);
    const found = levels[index];
    if (found !== undefined && found.priceTicks === priceTicks) return found;
    const level = new PriceLevel<Detail>(priceTicks);
    levels.splice(index, 0, level);
    return level;
  }
}

function crosses(takerSide: Side, limitTicks: number, makerTicks: number): boolean {
  return takerSide === BUY ? makerTicks <= limitTicks : makerTicks >= limitTicks;
}

function wantsMore(taker: EngineOrder): boolean {
  return taker.status !== 'EXPIRED_IN_MATCH' && taker.qtyLots > taker.filledLots;
}

/** Index of the level at `priceTicks`, or where it belongs (worst first). */
function findIndex(levels: readonly PriceLevel[], side: Side, priceTicks: number): number {
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const price = levels[middle].priceTicks;
    const isWorse = side === BUY ? price < priceTicks : price > priceTicks;
    if (isWorse) low = middle + 1;
    else high = middle;
  }
  return low;
}
