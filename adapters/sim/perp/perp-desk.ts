/** Order entry of the perpetuals: from a request's parameters through rules and margin to the matching engine. */
import {
  ApiError,
  invalidSymbol,
  missingParameter,
  noSuchOrder,
  tooMuchPrecision,
  unknownOrder,
} from '../api-error.ts';
import type { MarketObserver, Trade } from '../market.ts';
import type { ExpiryReason, OrderTerms, Side, TimeInForce } from '../matching-engine.ts';
import { BUY, EngineOrder, SELL } from '../matching-engine.ts';
import type { RawParams } from '../request-params.ts';
import {
  flag,
  optionalClientId,
  optionalInteger,
  optionalText,
  optionalUnits,
  requiredText,
  requiredUnits,
} from '../request-params.ts';
import type { PerpAccount, PerpDetail, PerpMark, PerpMarket, Position } from './perp-account.ts';
import { PerpOrder } from './perp-account.ts';
import { MIN_NOTIONAL_UNITS, PRICE_BAND } from './perp-terms.ts';
import type { PerpUsers } from './perp-users.ts';

const TIMES_IN_FORCE = ['GTC', 'IOC', 'FOK', 'GTX'] as const;

interface PerpRequest {
  readonly side: Side;
  readonly type: 'LIMIT' | 'MARKET';
  readonly timeInForce: (typeof TIMES_IN_FORCE)[number];
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly isReduceOnly: boolean;
  readonly clientOrderId: string;
}

/** Order entry of all perpetuals. Single-threaded. */
export class PerpDesk implements MarketObserver<PerpDetail> {
  readonly #marks: ReadonlyMap<string, PerpMark>;
  readonly #users: PerpUsers;
  readonly #touched: Map<PerpAccount, Set<Position>> = new Map();
  #generatedIds = 0;

  constructor(marks: ReadonlyMap<string, PerpMark>, users: PerpUsers) {
    this.#marks = marks;
    this.#users = users;
  }

  /** The mark price of a symbol. @throws ApiError -1121 */
  markOf(symbol: string): PerpMark {
    const mark = this.#marks.get(symbol);
    if (mark === undefined) throw invalidSymbol();
    return mark;
  }

  /** `order.place`. @throws ApiError */
  place(account: PerpAccount, params: RawParams, nowMs: number): PerpOrder {
    const mark = this.markOf(requiredText(params, 'symbol'));
    const request = this.#read(mark, params);
    const { market } = mark;
    if (market.status !== 'TRADING') throw new ApiError(-5024, 'Symbol is not in trading status.');
    const { symbol } = market.instrument;
    if (account.byClientId(symbol, request.clientOrderId)?.isOpen === true)
      throw new ApiError(-4116, 'ClientOrderId is duplicated.');
    if (request.timeInForce === 'GTX' && market.engine.wouldTake(request.side, request.priceTicks)) {
      throw new ApiError(
        -5022,
        'Due to the order could not be executed as maker, the Post Only order will be rejected.',
      );
    }
    if (request.isReduceOnly) requireReducing(account.positions.get(symbol)!, request);
    account.orderLimit.charge(nowMs);
    const order = this.#make(account, market, request, nowMs);
    if (!request.isReduceOnly && account.marginOf(order) > account.availableUnits)
      throw new ApiError(-2019, 'Margin is insufficient.');
    this.#submit(order, nowMs);
    return order;
  }

  /** Sends a market order that closes so much of a position, whatever its margin. */
  forceClose(account: PerpAccount, position: Position, clientOrderId: string, nowMs: number): PerpOrder {
    const request: PerpRequest = {
      side: position.lots > 0 ? SELL : BUY,
      type: 'MARKET',
      timeInForce: 'IOC',
      priceTicks: 0,
      qtyLots: Math.abs(position.lots),
      isReduceOnly: true,
      clientOrderId,
    };
    const order = this.#make(account, position.market, request, nowMs);
    this.#submit(order, nowMs);
    return order;
  }

  /** `order.cancel`. @throws ApiError -2011 */
  cancel(account: PerpAccount, params: RawParams, nowMs: number): PerpOrder {
    const order = this.#find(account, params);
    if (order === undefined || !order.isOpen) throw unknownOrder();
    this.cancelOrder(order, nowMs);
    return order;
  }

  /** Cancels every open order of a symbol; how many there were. */
  cancelAll(account: PerpAccount, symbol: string, nowMs: number): number {
    const orders = account.openOrders(this.markOf(symbol).market.instrument.symbol);
    for (const order of orders) this.cancelOrder(order, nowMs);
    return orders.length;
  }

  cancelOrder(order: PerpOrder, nowMs: number): void {
    order.market.cancel(order.engine, nowMs);
    order.account.close(order, nowMs);
    this.#users.publishOrder(order, 'CANCELED', nowMs, null);
  }

  /** `order.status`. @throws ApiError -2013 */
  find(account: PerpAccount, params: RawParams): PerpOrder {
    const order = this.#find(account, params);
    if (order === undefined) throw noSuchOrder();
    return order;
  }

  onTrade(
    market: PerpMarket,
    taker: EngineOrder<PerpDetail>,
    maker: EngineOrder<PerpDetail>,
    trade: Trade,
  ): void {
    if (taker.detail !== null) this.#fill(market, taker.detail, trade, false);
    if (maker.detail !== null) this.#fill(market, maker.detail, trade, true);
  }

  onExpired(market: PerpMarket, engine: EngineOrder<PerpDetail>, reason: ExpiryReason): void {
    const order = engine.detail;
    if (order === null) return;
    order.expiry = reason;
    order.account.close(order, market.nowMs);
    this.#users.publishOrder(order, 'EXPIRED', market.nowMs, null);
  }

  onSettled(market: PerpMarket): void {
    if (this.#touched.size === 0) return;
    for (const [account, positions] of this.#touched)
      this.#users.publishAccount(account, 'ORDER', [...positions], market.nowMs);
    this.#touched.clear();
  }

  onLevel(): void {}
  onTop(): void {}
  onAggTrade(): void {}

  #fill(market: PerpMarket, order: PerpOrder, trade: Trade, isMaker: boolean): void {
    const { account } = order;
    const fill = account.settle(order, trade, isMaker);
    if (order.engine.status === 'FILLED') account.close(order, trade.epochMs);
    const positions = this.#touched.get(account) ?? new Set();
    positions.add(account.positions.get(market.instrument.symbol)!);
    this.#touched.set(account, positions);
    this.#users.publishOrder(order, 'TRADE', trade.epochMs, fill);
  }

  #submit(order: PerpOrder, nowMs: number): void {
    order.account.add(order);
    this.#users.publishOrder(order, 'NEW', nowMs, null);
    order.market.submit(order.engine, nowMs);
  }

  #make(account: PerpAccount, market: PerpMarket, request: PerpRequest, nowMs: number): PerpOrder {
    const order = new PerpOrder(account, market, request, nowMs);
    const isPostOnly = request.timeInForce === 'GTX';
    const timeInForce: TimeInForce = request.timeInForce === 'GTX' ? 'GTC' : request.timeInForce;
    const terms: OrderTerms = {
      side: request.side,
      kind: isPostOnly ? 'LIMIT_MAKER' : request.type,
      timeInForce,
      stpMode: 'NONE',
      priceTicks: request.priceTicks,
      qtyLots: request.qtyLots,
    };
    order.engine = new EngineOrder<PerpDetail>(terms, market.nextOrderId(), account.ownerId, order);
    return order;
  }

  #read(mark: PerpMark, params: RawParams): PerpRequest {
    const { instrument } = mark.market;
    const side = requiredText(params, 'side');
    if (side !== 'BUY' && side !== 'SELL') throw new ApiError(-1117, 'Invalid side.');
    const type = requiredText(params, 'type');
    if (type !== 'LIMIT' && type !== 'MARKET') throw new ApiError(-1116, 'Invalid orderType.');
    const positionSide = optionalText(params, 'positionSide') ?? 'BOTH';
    if (positionSide !== 'BOTH')
      throw new ApiError(-4061, "Order's position side does not match user's setting.");
    const timeInForce = readTimeInForce(params, type);
    const qtyUnits = optionalUnits(params, 'quantity');
    if (qtyUnits === undefined) throw missingParameter('quantity');
    const qtyLots = qtyUnits / instrument.lotUnits;
    if (!Number.isInteger(qtyLots)) throw tooMuchPrecision('quantity');
    if (qtyLots > (type === 'MARKET' ? instrument.maxMarketLots : instrument.maxLots))
      throw new ApiError(-4005, 'Quantity greater than max quantity.');
    const isBuy = side === 'BUY';
    const priceTicks = type === 'LIMIT' ? readPrice(mark, isBuy, params) : 0;
    const isReduceOnly = flag(params, 'reduceOnly');
    const value = qtyLots * (priceTicks > 0 ? priceTicks : mark.markTicks) * instrument.notionalUnits;
    if (!isReduceOnly && value < MIN_NOTIONAL_UNITS)
      throw new ApiError(
        -4164,
        "Order's notional must be no smaller than 5 (unless you choose reduce only).",
      );
    const clientOrderId = optionalClientId(params, 'newClientOrderId') ?? this.#generateId();
    return { side: isBuy ? BUY : SELL, type, timeInForce, priceTicks, qtyLots, isReduceOnly, clientOrderId };
  }

  #find(account: PerpAccount, params: RawParams): PerpOrder | undefined {
    const { symbol } = this.markOf(requiredText(params, 'symbol')).market.instrument;
    const orderId = optionalInteger(params, 'orderId');
    if (orderId !== undefined) return account.byOrderId(symbol, orderId);
    const clientId = optionalClientId(params, 'origClientOrderId');
    if (clientId === undefined)
      throw new ApiError(-1102, "Either 'orderId' or 'origClientOrderId' must be sent.");
    return account.byClientId(symbol, clientId);
  }

  #generateId(): string {
    this.#generatedIds++;
    return `sim${this.#generatedIds.toString(36).padStart(19, '0')}`;
  }
}

function readTimeInForce(params: RawParams, type: string): PerpRequest['timeInForce'] {
  const text = optionalText(params, 'timeInForce');
  if (type === 'MARKET') return 'GTC';
  if (text === undefined) throw missingParameter('timeInForce');
  const found = TIMES_IN_FORCE.find((each) => each === text);
  if (found === undefined) throw new ApiError(-1115, 'Invalid timeInForce.');
  return found;
}

function readPrice(mark: PerpMark, isBuy: boolean, params: RawParams): number {
  const { instrument } = mark.market;
  const ticks = requiredUnits(params, 'price') / instrument.tickUnits;
  if (!Number.isInteger(ticks)) throw new ApiError(-4014, 'Price not increased by tick size.');
  if (isBuy && ticks > mark.markTicks * (1 + PRICE_BAND))
    throw new ApiError(-4016, "Limit price can't be higher than the mark price's upper bound.");
  if (!isBuy && ticks < mark.markTicks * (1 - PRICE_BAND))
    throw new ApiError(-4024, "Limit price can't be lower than the mark price's lower bound.");
  return ticks;
}

/** A reduce-only order is against the position and no larger. @throws ApiError -2022 */
function requireReducing(position: Position, { side, qtyLots }: PerpRequest): void {
  const isAgainst = side === BUY ? position.lots < 0 : position.lots > 0;
  if (!isAgainst || qtyLots > Math.abs(position.lots))
    throw new ApiError(-2022, 'ReduceOnly Order is rejected.');
}
