/**
 * One traded instrument of the embedded exchange: its matching engine, its id counters and the events it causes.
 * Everything that changes the book goes through `submit`, `cancel` and `reduce`, so that every observer sees the
 * same sequence: trades, level changes (one update id each), then at most one change of the top.
 */
import type { Instrument } from './instruments.ts';
import type { EngineOrder, ExpiryReason, MatchListener, Side } from './matching-engine.ts';
import { BUY, MatchingEngine, SELL } from './matching-engine.ts';

/** What a symbol takes (enums.md, "Symbol status"): new orders only while TRADING; cancels always. */
export type SymbolStatus = 'TRADING' | 'HALT' | 'BREAK' | 'END_OF_DAY' | 'CANCEL_ONLY';

/** Told of what happens in a market. Callbacks run inside the operation: do not place or cancel from them. */
export interface MarketObserver<Detail> {
  onTrade(market: Market<Detail>, taker: EngineOrder<Detail>, maker: EngineOrder<Detail>, trade: Trade): void;
  onAggTrade(market: Market<Detail>, trade: AggTrade): void;
  onLevel(market: Market<Detail>, side: Side, priceTicks: number, totalLots: number): void;
  onTop(market: Market<Detail>): void;
  onExpired(market: Market<Detail>, order: EngineOrder<Detail>, reason: ExpiryReason): void;
  /** The operation is complete and the book is consistent. */
  onSettled(market: Market<Detail>): void;
}

/** One print. */
export interface Trade {
  readonly tradeId: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly epochMs: number;
  readonly isBuyerMaker: boolean;
}

/** Fills of one taker order at one price. */
export interface AggTrade {
  readonly aggId: number;
  readonly priceTicks: number;
  qtyLots: number;
  readonly firstTradeId: number;
  lastTradeId: number;
  readonly epochMs: number;
  readonly isBuyerMaker: boolean;
}

/** Where the counters of a market start; realistic magnitudes catch clients that narrow ids to 32 bits. */
const FIRST_UPDATE_ID = 50_093_239_188;
const FIRST_ORDER_ID = 12_569_099_453;
const FIRST_TRADE_ID = 3_735_683_258;
const FIRST_AGG_ID = 3_102_557_411;

/** One instrument's live state. Single-threaded. */
export class Market<Detail> implements MatchListener<Detail> {
  readonly instrument: Instrument;
  readonly engine: MatchingEngine<Detail>;
  /** Id of the last change of the book; depth events and book tickers share this space. */
  updateId: number;
  /** Time of the operation in progress or last done. */
  nowMs: number;
  bidTicks: number;
  bidLots: number;
  askTicks: number;
  askLots: number;
  lastTradeTicks: number;
  status: SymbolStatus;
  readonly #observers: MarketObserver<Detail>[] = [];
  #orderId: number;
  #tradeId: number;
  #aggId: number;
  #pendingAgg: AggTrade | null;

  constructor(instrument: Instrument) {
    this.instrument = instrument;
    this.engine = new MatchingEngine<Detail>(this);
    const offset = idOffset(instrument.symbol);
    this.updateId = FIRST_UPDATE_ID + offset;
    this.nowMs = 0;
    this.bidTicks = 0;
    this.bidLots = 0;
    this.askTicks = 0;
    this.askLots = 0;
    this.lastTradeTicks = instrument.openingPriceTicks;
    this.status = 'TRADING';
    this.#orderId = FIRST_ORDER_ID + offset;
    this.#tradeId = FIRST_TRADE_ID + offset;
    this.#aggId = FIRST_AGG_ID + offset;
    this.#pendingAgg = null;
  }

  /** Adds an observer; observers are told in the order they were added. */
  observe(observer: MarketObserver<Detail>): void {
    this.#observers.push(observer);
  }

  /** Id of the newest trade. */
  get lastTradeId(): number {
    return this.#tradeId;
  }

  /** The next order id of this instrument. */
  nextOrderId(): number {
    this.#orderId++;
    return this.#orderId;
  }

  /** Runs a new order at `epochMs`; false when a LIMIT_MAKER would have taken. */
  submit(order: EngineOrder<Detail>, epochMs: number): boolean {
    this.#moveTime(epochMs);
    const accepted = this.engine.place(order);
    this.#settle();
    return accepted;
  }

  /** Cancels a working order at `epochMs`; false when it is not working. */
  cancel(order: EngineOrder<Detail>, epochMs: number): boolean {
    this.#moveTime(epochMs);
    const canceled = this.engine.cancel(order);
    this.#settle();
    return canceled;
  }

  /** Lowers the quantity of a working order at `epochMs`, keeping its queue place. */
  reduce(order: EngineOrder<Detail>, qtyLots: number, epochMs: number): boolean {
    this.#moveTime(epochMs);
    const reduced = this.engine.reduce(order, qtyLots);
    this.#settle();
    return reduced;
  }

  onTrade(taker: EngineOrder<Detail>, maker: EngineOrder<Detail>, priceTicks: number, qtyLots: number): void {
    this.#tradeId++;
    this.lastTradeTicks = priceTicks;
    const isBuyerMaker = maker.side === BUY;
    const epochMs = this.nowMs;
    const trade: Trade = { tradeId: this.#tradeId, priceTicks, qtyLots, epochMs, isBuyerMaker };
    this.#aggregate(trade);
    for (const observer of this.#observers) observer.onTrade(this, taker, maker, trade);
  }

  onLevel(side: Side, priceTicks: number, totalLots: number): void {
    this.updateId++;
    for (const observer of this.#observers) observer.onLevel(this, side, priceTicks, totalLots);
  }

  onExpired(order: EngineOrder<Detail>, reason: ExpiryReason): void {
    for (const observer of this.#observers) observer.onExpired(this, order, reason);
  }

  onResting(): void {
    // Owners learn this from the order itself.
  }

  /** Requests and crowd events are stamped from different clock readings; the market's own time never goes back. */
  #moveTime(epochMs: number): void {
    if (epochMs > this.nowMs) this.nowMs = epochMs;
  }

  #aggregate(trade: Trade): void {
    const pending = this.#pendingAgg;
    if (pending !== null && pending.priceTicks === trade.priceTicks) {
      pending.qtyLots += trade.qtyLots;
      pending.lastTradeId = trade.tradeId;
      return;
    }
    this.#flushAgg();
    this.#aggId++;
    this.#pendingAgg = {
      aggId: this.#aggId,
      priceTicks: trade.priceTicks,
      qtyLots: trade.qtyLots,
      firstTradeId: trade.tradeId,
      lastTradeId: trade.tradeId,
      epochMs: trade.epochMs,
      isBuyerMaker: trade.isBuyerMaker,
    };
  }

  #flushAgg(): void {
    const pending = this.#pendingAgg;
    if (pending === null) return;
    this.#pendingAgg = null;
    for (const observer of this.#observers) observer.onAggTrade(this, pending);
  }

  #settle(): void {
    this.#flushAgg();
    const bid = this.engine.best(BUY);
    const ask = this.engine.best(SELL);
    const bidTicks = bid === undefined ? 0 : bid.priceTicks;
    const bidLots = bid === undefined ? 0 : bid.totalLots;
    const askTicks = ask === undefined ? 0 : ask.priceTicks;
    const askLots = ask === undefined ? 0 : ask.totalLots;
    if (
      bidTicks !== this.bidTicks ||
      askTicks !== this.askTicks ||
      bidLots !== this.bidLots ||
      askLots !== this.askLots
    ) {
      this.bidTicks = bidTicks;
      this.bidLots = bidLots;
      this.askTicks = askTicks;
      this.askLots = askLots;
      for (const observer of this.#observers) observer.onTop(this);
    }
    for (const observer of this.#observers) observer.onSettled(this);
  }
}

/** Ids count per symbol; different starts show up clients that mix symbols. */
function idOffset(symbol: string): number {
  let hash = 0;
  for (let index = 0; index < symbol.length; index++) hash = (hash * 31 + symbol.charCodeAt(index)) % 997;
  return hash * 10_000_019;
}
