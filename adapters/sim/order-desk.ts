/**
 * Order entry: from a request's parameters through filters, balances and the matching engine to the reply, the
 * account's books and its private events. One desk serves REST and the WebSocket API.
 */
import type { Account, ExchangeMarket, OrderDetail } from './accounts.ts';
import { AccountOrder } from './accounts.ts';
import {
  ApiError,
  DUPLICATE_ORDER,
  MARKET_CLOSED,
  INSUFFICIENT_BALANCE,
  noSuchOrder,
  orderRejected,
  unknownOrder,
  WOULD_TAKE,
} from './api-error.ts';
import type { FilteredAmounts } from './filters.ts';
import { applyFilters, AVERAGE_PRICE_MINUTES, requireMarket } from './filters.ts';
import type { MarketObserver, Trade } from './market.ts';
import type { MarketTape } from './market-tape.ts';
import type { ExpiryReason } from './matching-engine.ts';
import { BUY, EngineOrder } from './matching-engine.ts';
import type { Reply } from './order-reply.ts';
import { ackReply, cancelReply, fullReply, resultReply } from './order-reply.ts';
import type { OrderRequest } from './order-request.ts';
import { readOrderRequest } from './order-request.ts';
import type { RawParams } from './request-params.ts';
import {
  optionalChoice,
  optionalClientId,
  optionalInteger,
  requiredText,
  requiredUnits,
} from './request-params.ts';
import type { UserStreams } from './user-stream.ts';

/** Order entry of one exchange. Single-threaded. */
export class OrderDesk implements MarketObserver<OrderDetail> {
  readonly #markets: ReadonlyMap<string, ExchangeMarket>;
  readonly #tapes: ReadonlyMap<string, MarketTape>;
  readonly #users: UserStreams;
  readonly #touched: Set<Account> = new Set();
  #generatedIds = 0;

  constructor(
    markets: ReadonlyMap<string, ExchangeMarket>,
    tapes: ReadonlyMap<string, MarketTape>,
    users: UserStreams,
  ) {
    this.#markets = markets;
    this.#tapes = tapes;
    this.#users = users;
  }

  /** `order.place`: places an order and replies in the form asked for. */
  place(account: Account, params: RawParams, nowMs: number): Reply {
    const request = readOrderRequest(params);
    return reply(this.#submit(account, request, nowMs), request);
  }

  /** `order.test`: all checks of `place`, no effect. */
  test(account: Account, params: RawParams, nowMs: number): Reply {
    const request = readOrderRequest(params);
    const market = requireOpen(requireMarket(this.#markets, request.symbol));
    applyFilters(market, account, request.amounts, this.#average(market, nowMs));
    return {};
  }

  /** `order.cancel`: cancels one open order. */
  cancel(account: Account, params: RawParams, nowMs: number): Reply {
    const market = requireMarket(this.#markets, requiredText(params, 'symbol'));
    const order = findOrder(account, market, params, 'orderId', 'origClientOrderId');
    if (order === undefined) throw unknownOrder();
    return this.#cancel(order, optionalClientId(params, 'newClientOrderId'), params, nowMs);
  }

  /** `openOrders.cancelAll`: cancels every open order of a symbol; error -2011 when there is none. */
  cancelAll(account: Account, params: RawParams, nowMs: number): Reply[] {
    const market = requireMarket(this.#markets, requiredText(params, 'symbol'));
    const orders = account.openOrders(market.instrument.symbol);
    if (orders.length === 0) throw unknownOrder();
    return orders.map((order) => this.#cancel(order, undefined, {}, nowMs));
  }

  /** `order.cancelReplace`: a cancel, then a new order; not transactional. */
  cancelReplace(account: Account, params: RawParams, nowMs: number): Reply {
    const mode = optionalChoice(
      params,
      'cancelReplaceMode',
      ['STOP_ON_FAILURE', 'ALLOW_FAILURE'],
      -1102,
      "Mandatory parameter 'cancelReplaceMode' was not sent, was empty/null, or malformed.",
    );
    if (mode === undefined) requiredText(params, 'cancelReplaceMode');
    const request = readOrderRequest(params);
    const market = requireMarket(this.#markets, request.symbol);
    const canceled = attempt(() => {
      const order = findOrder(account, market, params, 'cancelOrderId', 'cancelOrigClientOrderId');
      if (order === undefined) throw unknownOrder();
      return this.#cancel(order, optionalClientId(params, 'cancelNewClientOrderId'), params, nowMs);
    });
    if (!canceled.ok && mode === 'STOP_ON_FAILURE') {
      // The new order that was not attempted still counts.
      account.orderLimit.charge(nowMs);
      throw replaceFailure(-2022, 'Order cancel-replace failed.', 400, canceled, undefined);
    }
    const placed = attempt(() => reply(this.#submit(account, request, nowMs), request));
    if (canceled.ok && placed.ok) {
      return {
        cancelResult: 'SUCCESS',
        newOrderResult: 'SUCCESS',
        cancelResponse: canceled.value,
        newOrderResponse: placed.value,
      };
    }
    if (!canceled.ok && !placed.ok) {
      throw replaceFailure(-2022, 'Order cancel-replace failed.', 400, canceled, placed);
    }
    throw replaceFailure(-2021, 'Order cancel-replace partially failed.', 409, canceled, placed);
  }

  /** `order.amend.keepPriority`: lowers an open order's quantity in place. */
  amend(account: Account, params: RawParams, nowMs: number): Reply {
    const market = requireMarket(this.#markets, requiredText(params, 'symbol'));
    const newQtyUnits = requiredUnits(params, 'newQty');
    const order = findOrder(account, market, params, 'orderId', 'origClientOrderId');
    if (order === undefined || !order.isOpen) throw new ApiError(-2038, 'Unknown order sent.');
    const lots = newQtyUnits / market.instrument.lotUnits;
    if (!Number.isInteger(lots)) throw new ApiError(-1013, 'Filter failure: LOT_SIZE');
    const removedLots = order.engine.qtyLots - lots;
    if (!market.reduce(order.engine, lots, nowMs)) {
      throw new ApiError(
        -2038,
        'The new quantity must be below the original and above the executed quantity.',
      );
    }
    const perLot =
      order.engine.side === BUY
        ? order.engine.priceTicks * market.instrument.notionalUnits
        : market.instrument.lotUnits;
    account.release(order, removedLots * perLot);
    const origClientOrderId = order.clientOrderId;
    account.rename(order, optionalClientId(params, 'newClientOrderId') ?? this.#generateId());
    order.updatedMs = nowMs;
    this.#users.publishExecution(order, 'REPLACED', nowMs, null, origClientOrderId);
    this.#users.publishPosition(account, nowMs);
    const { fills: _fills, ...amendedOrder } = fullReply(order);
    return { transactTime: nowMs, executionId: nowMs, amendedOrder };
  }

  /** The order that `orderId` or `origClientOrderId` names; error -2013 when there is none. */
  find(account: Account, params: RawParams): AccountOrder {
    const market = requireMarket(this.#markets, requiredText(params, 'symbol'));
    const order = findOrder(account, market, params, 'orderId', 'origClientOrderId');
    if (order === undefined) throw noSuchOrder();
    return order;
  }

  onTrade(
    _market: ExchangeMarket,
    taker: EngineOrder<OrderDetail>,
    maker: EngineOrder<OrderDetail>,
    trade: Trade,
  ): void {
    if (taker.detail !== null) this.#fill(taker.detail, trade, false);
    if (maker.detail !== null) this.#fill(maker.detail, trade, true);
  }

  onExpired(market: ExchangeMarket, engine: EngineOrder<OrderDetail>, reason: ExpiryReason): void {
    const order = engine.detail;
    if (order === null) return;
    order.expiry = reason;
    order.account.close(order, market.nowMs);
    this.#touched.add(order.account);
    const execution = reason === 'STP' ? 'TRADE_PREVENTION' : 'EXPIRED';
    this.#users.publishExecution(order, execution, market.nowMs, null, '');
  }

  onSettled(market: ExchangeMarket): void {
    if (this.#touched.size === 0) return;
    for (const account of this.#touched) this.#users.publishPosition(account, market.nowMs);
    this.#touched.clear();
  }

  onLevel(): void {}
  onTop(): void {}
  onAggTrade(): void {}

  #fill(order: AccountOrder, trade: Trade, isMaker: boolean): void {
    const { account } = order;
    if (order.fills.length === 0) account.orderLimit.credit(trade.epochMs);
    const fill = account.settle(order, trade, isMaker);
    if (order.engine.status === 'FILLED') account.close(order, trade.epochMs);
    this.#touched.add(account);
    this.#users.publishExecution(order, 'TRADE', trade.epochMs, fill, '');
  }

  #submit(account: Account, request: OrderRequest, nowMs: number): AccountOrder {
    const market = requireOpen(requireMarket(this.#markets, request.symbol));
    const amounts = applyFilters(market, account, request.amounts, this.#average(market, nowMs));
    const clientOrderId = request.clientOrderId ?? this.#generateId();
    if (account.byClientId(request.symbol, clientOrderId)?.isOpen === true) {
      throw orderRejected(DUPLICATE_ORDER);
    }
    if (
      request.amounts.kind === 'LIMIT_MAKER' &&
      market.engine.wouldTake(request.amounts.side, amounts.priceTicks)
    ) {
      throw orderRejected(WOULD_TAKE);
    }
    const order = newOrder(account, market, request, amounts, clientOrderId, nowMs);
    account.orderLimit.charge(nowMs);
    if (!account.lock(order, unitsNeeded(order))) throw orderRejected(INSUFFICIENT_BALANCE);
    account.add(order);
    this.#touched.add(account);
    this.#users.publishExecution(order, 'NEW', nowMs, null, '');
    market.submit(order.engine, nowMs);
    this.#users.publishPosition(account, nowMs);
    return order;
  }

  #cancel(
    order: AccountOrder,
    newClientOrderId: string | undefined,
    params: RawParams,
    nowMs: number,
  ): Reply {
    if (!order.isOpen) throw unknownOrder();
    const restriction = optionalChoice(
      params,
      'cancelRestrictions',
      ['ONLY_NEW', 'ONLY_PARTIALLY_FILLED'],
      -1145,
      'Invalid cancelRestrictions',
    );
    const wanted = restriction === 'ONLY_NEW' ? 'NEW' : 'PARTIALLY_FILLED';
    if (restriction !== undefined && order.engine.status !== wanted) {
      throw new ApiError(-2011, 'Order was not canceled due to cancel restrictions.');
    }
    const origClientOrderId = order.clientOrderId;
    order.market.cancel(order.engine, nowMs);
    order.account.close(order, nowMs);
    order.account.rename(order, newClientOrderId ?? this.#generateId());
    this.#users.publishExecution(order, 'CANCELED', nowMs, null, origClientOrderId);
    this.#users.publishPosition(order.account, nowMs);
    return cancelReply(order, origClientOrderId);
  }

  #average(market: ExchangeMarket, nowMs: number): number {
    const tape = this.#tapes.get(market.instrument.symbol)!;
    return tape.averageTicks(nowMs, AVERAGE_PRICE_MINUTES, market.lastTradeTicks);
  }

  /** 22 letters and digits, as Binance makes them. */
  #generateId(): string {
    this.#generatedIds++;
    return `sim${this.#generatedIds.toString(36).padStart(19, '0')}`;
  }
}

function newOrder(
  account: Account,
  market: ExchangeMarket,
  request: OrderRequest,
  amounts: FilteredAmounts,
  clientOrderId: string,
  nowMs: number,
): AccountOrder {
  const order = new AccountOrder(account, market, clientOrderId, request.amounts.quoteUnits, nowMs);
  const terms = {
    side: request.amounts.side,
    kind: request.amounts.kind,
    timeInForce: request.timeInForce,
    stpMode: request.stpMode,
    ...amounts,
  };
  order.engine = new EngineOrder<OrderDetail>(terms, market.nextOrderId(), account.ownerId, order);
  return order;
}

/** What an order must reserve: base for a sell; for a buy its limit value or the cost of the book. */
function unitsNeeded(order: AccountOrder): number {
  const { instrument, engine: book } = order.market;
  const { side, stpMode, qtyLots, priceTicks } = order.engine;
  if (side !== BUY) return qtyLots * instrument.lotUnits;
  if (priceTicks > 0) return priceTicks * qtyLots * instrument.notionalUnits;
  const skipOwnerId = stpMode === 'NONE' ? -1 : order.account.ownerId;
  return book.costOf(side, qtyLots, skipOwnerId) * instrument.notionalUnits;
}

function findOrder(
  account: Account,
  market: ExchangeMarket,
  params: RawParams,
  idName: string,
  clientIdName: string,
): AccountOrder | undefined {
  const { symbol } = market.instrument;
  const orderId = optionalInteger(params, idName);
  const clientId = optionalClientId(params, clientIdName);
  if (orderId === undefined && clientId === undefined) {
    throw new ApiError(
      -1102,
      `Param '${clientIdName}' or '${idName}' must be sent, but both were empty/null!`,
    );
  }
  const found =
    orderId === undefined ? account.byClientId(symbol, clientId!) : account.byOrderId(symbol, orderId);
  // With both ids sent, both must fit.
  if (found !== undefined && orderId !== undefined && clientId !== undefined) {
    return account.byClientId(symbol, clientId) === found ? found : undefined;
  }
  return found;
}

function reply(order: AccountOrder, request: OrderRequest): Reply {
  if (request.responseType === 'ACK') return ackReply(order);
  return request.responseType === 'RESULT' ? resultReply(order) : fullReply(order);
}

type Attempt =
  | { readonly ok: true; readonly value: Reply }
  | { readonly ok: false; readonly error: ApiError };

function attempt(action: () => Reply): Attempt {
  try {
    return { ok: true, value: action() };
  } catch (error) {
    if (error instanceof ApiError) return { ok: false, error };
    throw error;
  }
}

function replaceFailure(
  code: number,
  message: string,
  status: number,
  canceled: Attempt,
  placed: Attempt | undefined,
): ApiError {
  const placedResult = placed === undefined ? 'NOT_ATTEMPTED' : placed.ok ? 'SUCCESS' : 'FAILURE';
  return new ApiError(code, message, status, {
    cancelResult: canceled.ok ? 'SUCCESS' : 'FAILURE',
    newOrderResult: placedResult,
    cancelResponse: attemptReply(canceled),
    newOrderResponse: placed === undefined ? null : attemptReply(placed),
  });
}

function attemptReply(result: Attempt): Reply {
  return result.ok ? result.value : { code: result.error.code, msg: result.error.message };
}

/** A market that takes new orders now, or error -2010. */
function requireOpen(market: ExchangeMarket): ExchangeMarket {
  if (market.status !== 'TRADING') throw orderRejected(MARKET_CLOSED);
  return market;
}
