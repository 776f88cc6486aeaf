import { setTimeout as sleep } from 'node:timers/promises';
import { parseDecimal } from '../../engine/core/decimal.ts';
import { placesByIndex } from '../../engine/core/instrument.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import type { VenueContext } from '../../engine/execution/venue-port.ts';
import { SEND, VENUE_COUNTER } from '../../engine/execution/venue-port.ts';
import { ORDER_STATE, SIDE } from '../../engine/messages/enums.ts';
import type { RateBudget } from '../venue-kit/limits/rate-budget.ts';
import { RATE_COST } from '../venue-kit/limits/rate-budget.ts';
import type { ClientIdReader } from '../venue-kit/request/client-id.ts';
import { cancelClientId, orderClientId } from '../venue-kit/request/client-id.ts';
import { COMMISSION_DECIMALS, feeToCash } from '../venue-kit/account/fee-cash.ts';
import type { RequestParams, RestAnswer } from '../venue-kit/request/rest-client.ts';
import type { VenueClock } from '../venue-kit/limits/venue-clock.ts';
import type { ApiAnswer } from './ws-api-session.ts';

/** How a query leaves: over the order connection while it is up, else over REST. */
export interface QueryTransport {
  isSocketUp(): boolean;
  askSocket(method: string, params: RequestParams): Promise<ApiAnswer | null>;
  askRest(path: string, params: RequestParams, epochMs: number): Promise<RestAnswer>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Window of the header X-MBX-USED-WEIGHT-1M. */
const WEIGHT_WINDOW_MS = 60_000;
/** Queries under way at once. */
const QUERIES_MAX = 256;
/** Longest wait of a follow-up request for room in the rate budget, ms. */
const BUDGET_WAIT_MS_MAX = 70_000;
/** Trades one answer can hold. */
const PAGE_TRADES = 1_000;
/** Pages of one queryFills; what is beyond waits for the next one. */
const PAGES_MAX = 20;
/** Orders looked up by id in one queryFills to find whose they are. */
const OWNER_LOOKUPS_MAX = 32;

const WEIGHT = { order: 4, openOrders: 6, trades: 20, tradesOfOrder: 5 } as const;
/** "Order does not exist" and "archived, nothing executed". */
const NOT_FOUND_CODES: ReadonlySet<number> = new Set([-2013, -2026]);

const STATES: ReadonlyMap<unknown, number> = new Map([
  ['NEW', ORDER_STATE.accepted],
  ['PENDING_NEW', ORDER_STATE.accepted],
  ['PARTIALLY_FILLED', ORDER_STATE.partiallyFilled],
  ['FILLED', ORDER_STATE.filled],
  ['CANCELED', ORDER_STATE.canceled],
  ['PENDING_CANCEL', ORDER_STATE.pendingCancel],
  ['REJECTED', ORDER_STATE.rejected],
  ['EXPIRED', ORDER_STATE.expired],
  ['EXPIRED_IN_MATCH', ORDER_STATE.expired],
]);

/**
 * Asks the venue what it knows of orders and fills and tells the owner. Off the hot path: answers are read with
 * JSON.parse and everything here may allocate. A query without an answer is counted and told to nobody: the owner asks
 * again by its own timer. One thread.
 */
export class QueryDesk {
  private readonly context: VenueContext;
  private readonly places: Int32Array;
  private readonly transport: QueryTransport;
  private readonly budget: RateBudget;
  private readonly venueClock: VenueClock;
  private readonly clientIds: ClientIdReader;
  private readonly namespace: string;
  private active: number;
  private isClosed: boolean;

  constructor(
    context: VenueContext,
    transport: QueryTransport,
    budget: RateBudget,
    venueClock: VenueClock,
    namespace: string,
    clientIds: ClientIdReader,
  ) {
    this.context = context;
    this.places = placesByIndex(context.instruments);
    this.transport = transport;
    this.budget = budget;
    this.venueClock = venueClock;
    this.namespace = namespace;
    this.clientIds = clientIds;
    this.active = 0;
    this.isClosed = false;
  }

  /** The context's list has an instrument more. */
  addInstrument({ index }: Instrument): void {
    this.places[index] = this.context.instruments.length - 1;
  }

  /** As VenueGateway.queryOrder. */
  queryOrder(slot: number, nowNs: number): number {
    const intentSeq = this.context.orders.intentSeq[slot];
    return this.start(WEIGHT.order, nowNs, () => this.findOrder(slot, intentSeq));
  }

  /** As VenueGateway.queryOpenOrders. */
  queryOpenOrders(instrumentIndex: number, nowNs: number): number {
    return this.start(WEIGHT.openOrders, nowNs, () => this.listOpenOrders(instrumentIndex));
  }

  /** As VenueGateway.queryFills; after trade id 0 the newest page is taken as all there is. */
  queryFills(instrumentIndex: number, afterTradeId: number, nowNs: number): number {
    return this.start(WEIGHT.trades, nowNs, () => this.listFills(instrumentIndex, afterTradeId));
  }

  close(): void {
    this.isClosed = true;
  }

  private start(weight: number, nowNs: number, run: () => Promise<boolean>): number {
    if (!this.venueClock.isKnown || this.isClosed) return SEND.notConnected;
    const isRefused =
      this.active >= QUERIES_MAX ||
      this.budget.acquire(weight, 0, false, this.venueClock.epochMsAt(nowNs)) !== 0;
    if (isRefused) {
      this.context.counters.increment(VENUE_COUNTER.venueRateLimited);
      return SEND.rateLimited;
    }
    this.active++;
    void this.finish(run);
    return SEND.sent;
  }

  private async finish(run: () => Promise<boolean>): Promise<void> {
    let isAnswered = false;
    try {
      isAnswered = await run();
    } finally {
      this.active--;
    }
    if (this.isClosed) return;
    if (!isAnswered) this.context.counters.increment(VENUE_COUNTER.venueQueriesFailed);
    this.context.kick();
  }

  private instrumentAt(instrumentIndex: number): Instrument {
    return this.context.instruments[this.places[instrumentIndex]];
  }

  private async findOrder(slot: number, intentSeq: number): Promise<boolean> {
    const { orders, events } = this.context;
    const instrument = this.instrumentAt(orders.instrumentIndex[slot]);
    const { symbol } = instrument;
    const venueOrderId = orders.venueOrderId[slot];
    const asked =
      venueOrderId > 0
        ? { symbol, orderId: venueOrderId }
        : { symbol, origClientOrderId: orderClientId(this.namespace, intentSeq) };
    let answer = await this.ask('order.status', '/api/v3/order', asked);
    if (answer !== null && NOT_FOUND_CODES.has(answer.code) && venueOrderId === 0) {
      // A cancelled order is known under the id its cancel gave it.
      if (!(await this.budgetFor(WEIGHT.order))) return false;
      const byCancel = { symbol, origClientOrderId: cancelClientId(this.namespace, intentSeq) };
      answer = await this.ask('order.status', '/api/v3/order', byCancel);
    }
    if (answer === null) return false;
    if (this.isClosed || orders.intentSeq[slot] !== intentSeq) return true;
    const recvNs = this.context.clock.nowNs();
    if (NOT_FOUND_CODES.has(answer.code)) {
      events.onNotFound(slot, recvNs);
      return true;
    }
    if (answer.status !== 200) return false;
    const order = fieldsOf(answer.result);
    const cumQtyLots = lotsOf(instrument, order['executedQty']);
    const state = STATES.get(order['status']) ?? 0;
    const orderId = numberOf(order['orderId']);
    if (!(cumQtyLots >= 0) || state === 0 || !(orderId > 0)) return this.unreadable();
    if (cumQtyLots > orders.cumQtyLots[slot]) {
      const isTold = await this.tellFillsOf(slot, intentSeq, instrument, orderId);
      if (!isTold) return false;
    }
    if (orders.intentSeq[slot] !== intentSeq) return true;
    const timeMs = numberOf(order['updateTime']);
    events.onStatus(slot, state, orderId, cumQtyLots, timeMs > 0 ? timeMs : 0, this.context.clock.nowNs());
    return true;
  }

  private async tellFillsOf(
    slot: number,
    intentSeq: number,
    instrument: Instrument,
    orderId: number,
  ): Promise<boolean> {
    if (!(await this.budgetFor(WEIGHT.tradesOfOrder))) return false;
    const { symbol } = instrument;
    const answer = await this.ask('myTrades', '/api/v3/myTrades', { symbol, orderId, limit: PAGE_TRADES });
    const trades = listOf(answer);
    if (trades === null || this.isClosed) return false;
    if (this.context.orders.intentSeq[slot] !== intentSeq) return true;
    for (const trade of trades) this.tellFill(slot, instrument, trade);
    return true;
  }

  private async listOpenOrders(instrumentIndex: number): Promise<boolean> {
    const instrument = this.instrumentAt(instrumentIndex);
    const answer = await this.ask('openOrders.status', '/api/v3/openOrders', { symbol: instrument.symbol });
    const list = listOf(answer);
    if (list === null || this.isClosed) return false;
    const recvNs = this.context.clock.nowNs();
    for (const order of list) this.tellOpenOrder(instrument, order, recvNs);
    this.context.events.onOpenOrdersEnd(instrumentIndex, recvNs);
    return true;
  }

  private tellOpenOrder(instrument: Instrument, order: Fields, recvNs: number): void {
    const { orders, events } = this.context;
    const orderId = numberOf(order['orderId']);
    const cumQtyLots = lotsOf(instrument, order['executedQty']);
    const state = STATES.get(order['status']) ?? 0;
    if (!(orderId > 0) || !(cumQtyLots >= 0) || state === 0) {
      this.unreadable();
      return;
    }
    const intentSeq = this.clientIds.intentSeqOf(order['clientOrderId']);
    const slot =
      intentSeq === 0 ? orders.slotOfVenueOrder(instrument.index, orderId) : orders.slotOfIntent(intentSeq);
    const timeMs = numberOf(order['updateTime']);
    if (slot >= 0) {
      events.onStatus(slot, state, orderId, cumQtyLots, timeMs > 0 ? timeMs : 0, recvNs);
      return;
    }
    const priceTicks = unitsOf(order['price'], instrument.priceDecimals) / instrument.tickUnits;
    const qtyLots = lotsOf(instrument, order['origQty']);
    events.onOutsideOrder(
      instrument.index,
      order['side'] === 'BUY' ? SIDE.buy : SIDE.sell,
      orderId,
      Number.isInteger(priceTicks) ? priceTicks : 0,
      qtyLots >= 0 ? qtyLots : 0,
    );
  }

  private async listFills(instrumentIndex: number, afterTradeId: number): Promise<boolean> {
    const instrument = this.instrumentAt(instrumentIndex);
    const owners: Map<number, number> = new Map();
    let fromId = afterTradeId > 0 ? afterTradeId + 1 : -1;
    for (let page = 0; page < PAGES_MAX; page++) {
      if (page > 0 && !(await this.budgetFor(WEIGHT.trades))) return false;
      const { symbol } = instrument;
      const params = fromId < 0 ? { symbol, limit: PAGE_TRADES } : { symbol, fromId, limit: PAGE_TRADES };
      const trades = listOf(await this.ask('myTrades', '/api/v3/myTrades', params));
      if (trades === null || this.isClosed) return false;
      for (const trade of trades) {
        if (!(await this.tellFillOfAnyone(instrument, trade, owners))) return false;
      }
      const lastId = numberOf(trades.at(-1)?.['id']);
      if (fromId < 0 || trades.length < PAGE_TRADES || !(lastId >= fromId)) break;
      fromId = lastId + 1;
    }
    this.context.events.onFillsEnd(instrumentIndex, this.context.clock.nowNs());
    return true;
  }

  /**
   * Trades name the venue's order id only. An id the table does not hold may still be ours (its acknowledgement was
   * lost), so the order is looked up for its client id before its fill is called an outside one.
   */
  private async tellFillOfAnyone(
    instrument: Instrument,
    trade: Fields,
    owners: Map<number, number>,
  ): Promise<boolean> {
    const { orders } = this.context;
    const orderId = numberOf(trade['orderId']);
    let slot = orders.slotOfVenueOrder(instrument.index, orderId);
    const tradeId = numberOf(trade['id']);
    const isNew = !this.context.events.isFillKnown(instrument.index, sideOf(trade), tradeId);
    if (slot < 0 && orderId > 0 && isNew) {
      let intentSeq = owners.get(orderId);
      if (intentSeq === undefined) {
        // What was told so far is known next time, so the next query gets further.
        if (owners.size === OWNER_LOOKUPS_MAX) return false;
        const found = await this.ownerOf(instrument, orderId);
        if (found === null) return false;
        intentSeq = found;
        owners.set(orderId, intentSeq);
      }
      if (intentSeq > 0) slot = orders.slotOfIntent(intentSeq);
    }
    this.tellFill(slot, instrument, trade);
    return true;
  }

  /** The intent number in an order's client id, 0 = not ours; null when the venue did not say. */
  private async ownerOf(instrument: Instrument, orderId: number): Promise<number | null> {
    if (!(await this.budgetFor(WEIGHT.order))) return null;
    const asked = { symbol: instrument.symbol, orderId };
    const answer = await this.ask('order.status', '/api/v3/order', asked);
    if (answer === null || this.isClosed) return null;
    // An order that is no longer in the venue's records cannot be one that is open here.
    if (NOT_FOUND_CODES.has(answer.code)) return 0;
    if (answer.status !== 200) return null;
    return this.clientIds.intentSeqOf(fieldsOf(answer.result)['clientOrderId']);
  }

  private tellFill(slot: number, instrument: Instrument, trade: Fields): void {
    const { counters, events, clock } = this.context;
    const priceTicks = unitsOf(trade['price'], instrument.priceDecimals) / instrument.tickUnits;
    const qtyLots = lotsOf(instrument, trade['qty']);
    const tradeId = numberOf(trade['id']);
    const timeMs = numberOf(trade['time']);
    if (!Number.isInteger(priceTicks) || !(qtyLots > 0) || !(tradeId >= 0) || !(timeMs > 0)) {
      this.unreadable();
      return;
    }
    const feeUnits = unitsOf(trade['commission'], COMMISSION_DECIMALS);
    const feeCash = feeToCash(instrument, String(trade['commissionAsset']), feeUnits, priceTicks);
    if (feeCash !== feeCash) counters.increment(VENUE_COUNTER.venueFeesUnconverted);
    counters.increment(VENUE_COUNTER.venueFills);
    events.onFill(
      slot,
      instrument.index,
      sideOf(trade),
      numberOf(trade['orderId']),
      tradeId,
      priceTicks,
      qtyLots,
      feeCash === feeCash ? feeCash : 0,
      0,
      trade['isMaker'] === true ? 1 : 0,
      timeMs,
      clock.nowNs(),
    );
  }

  /** One request, over the socket or, when it is down or does not answer, over REST. Null when neither answered. */
  private async ask(method: string, path: string, params: RequestParams): Promise<ApiAnswer | null> {
    if (this.transport.isSocketUp()) {
      const answer = await this.transport.askSocket(method, params);
      if (answer !== null) return answer;
    }
    if (this.isClosed || !this.venueClock.isKnown) return null;
    this.context.counters.increment(VENUE_COUNTER.venueRestQueries);
    try {
      const epochMs = this.venueClock.epochMsAt(this.context.clock.nowNs());
      return this.readRest(await this.transport.askRest(path, params, epochMs), epochMs);
    } catch {
      // The socket's back-off and the next query will tell; there is nothing else to do about a dead network.
      return null;
    }
  }

  private readRest(answer: RestAnswer, epochMs: number): ApiAnswer {
    if (answer.usedWeight >= 0) {
      this.budget.observe(RATE_COST.weight, WEIGHT_WINDOW_MS, 0, answer.usedWeight, 0, epochMs);
    }
    if (answer.retryAfterMs > 0) {
      this.context.counters.increment(VENUE_COUNTER.venueRateWarnings);
      this.budget.blockUntil(epochMs + answer.retryAfterMs);
    }
    const error = answer.status === 200 ? {} : fieldsOf(answer.body);
    return {
      status: answer.status,
      result: answer.status === 200 ? answer.body : undefined,
      code: numberOf(error['code']) || 0,
      message: typeof error['msg'] === 'string' ? error['msg'] : '',
    };
  }

  /** Waits for room for a follow-up request; false when there will be none soon. */
  private async budgetFor(weight: number): Promise<boolean> {
    const startMs = this.epochMs();
    for (;;) {
      const nowMs = this.epochMs();
      const readyAtMs = this.budget.acquire(weight, 0, false, nowMs);
      if (readyAtMs === 0) return true;
      if (readyAtMs - startMs > BUDGET_WAIT_MS_MAX || this.isClosed) return false;
      await sleep(Math.max(1, readyAtMs - nowMs), undefined, { ref: false });
    }
  }

  private epochMs(): number {
    return this.venueClock.epochMsAt(this.context.clock.nowNs());
  }

  private unreadable(): false {
    this.context.counters.increment(VENUE_COUNTER.venueMalformedFrames);
    return false;
  }
}

function sideOf(trade: Fields): number {
  return trade['isBuyer'] === true ? SIDE.buy : SIDE.sell;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** The entries of a list answer, or null when it is none. */
function listOf(answer: ApiAnswer | null): readonly Fields[] | null {
  if (answer === null || answer.status !== 200 || !Array.isArray(answer.result)) return null;
  return answer.result.map(fieldsOf);
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}

/** Decimal text as integer units; NaN when it is none or has more digits. */
function unitsOf(value: unknown, decimals: number): number {
  if (typeof value !== 'string') return NaN;
  try {
    return parseDecimal(value, decimals);
  } catch {
    return NaN;
  }
}

function lotsOf(instrument: Instrument, value: unknown): number {
  const lots = unitsOf(value, instrument.qtyDecimals) / instrument.lotUnits;
  return Number.isInteger(lots) ? lots : NaN;
}
