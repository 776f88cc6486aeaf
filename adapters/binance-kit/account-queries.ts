import type { Instrument } from '../../engine/core/instrument.ts';
import { ORDER_STATE, SIDE } from '../../engine/messages/enums.ts';
import { COMMISSION_DECIMALS, feeToCash } from '../venue-kit/account/fee-cash.ts';
import type {
  QueriedOrder,
  QueriedTrade,
  QueryProtocol,
  VenueQuery,
} from '../venue-kit/query/query-protocol.ts';
import type { ApiAnswer } from '../venue-kit/request/api-answer.ts';
import { cancelClientId, orderClientId } from '../venue-kit/request/client-id.ts';
import type { RequestParams, RestAnswer } from '../venue-kit/request/rest-client.ts';
import { fieldsOf, lotsOf, numberOf, textOf, ticksOf, unitsOf } from '../venue-kit/scan/json-fields.ts';

/** Trades one answer can hold. */
const PAGE_TRADES = 1_000;
/** How a venue of Binance's is asked for one thing. */
export interface QueryWords {
  /** Method on the order connection; null when that cannot be asked there. */
  readonly method: string | null;
  readonly path: string;
  readonly weight: number;
}

/** What one venue of Binance's calls the queries of an account. */
export interface AccountWords {
  readonly order: QueryWords;
  readonly openOrders: QueryWords;
  readonly trades: QueryWords;
  /** Weight of a request for the trades of one order. */
  readonly tradesOfOrderWeight: number;
  /** Whether a cancelled order goes by the id that its cancel gave it. */
  readonly isRenamedByCancel: boolean;
  /** Names of the two flags of a trade. */
  readonly isBuyer: string;
  readonly isMaker: string;
}

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

/** Orders and trades of an account in Binance's words (web-socket-api.md, rest-api.md). */
export class BinanceQueries implements QueryProtocol {
  /** Of the header X-MBX-USED-WEIGHT-1M. */
  readonly usedWeightWindowMs = 60_000;
  private readonly words: AccountWords;
  private readonly namespace: string;

  /** @param namespace of the client ids of this engine */
  constructor(words: AccountWords, namespace: string) {
    this.words = words;
    this.namespace = namespace;
  }

  readRest({ status, body }: RestAnswer): ApiAnswer {
    const error = status === 200 ? {} : fieldsOf(body);
    return {
      status,
      result: status === 200 ? body : undefined,
      code: numberOf(error['code']) || 0,
      message: textOf(error['msg']),
    };
  }

  isNotFound({ code }: ApiAnswer): boolean {
    return NOT_FOUND_CODES.has(code);
  }

  listOf({ status, result }: ApiAnswer): readonly unknown[] | null {
    return status === 200 && Array.isArray(result) ? result : null;
  }

  readOrder(instrument: Instrument, value: unknown): QueriedOrder | null {
    const order = fieldsOf(value);
    const state = STATES.get(order['status']) ?? 0;
    const venueOrderId = numberOf(order['orderId']);
    const cumQtyLots = lotsOf(instrument, order['executedQty']);
    if (state === 0 || !(venueOrderId > 0) || !(cumQtyLots >= 0)) return null;
    return {
      state,
      venueOrderId,
      cumQtyLots,
      side: order['side'] === 'BUY' ? SIDE.buy : SIDE.sell,
      priceTicks: ticksOf(instrument, order['price']) || 0,
      qtyLots: lotsOf(instrument, order['origQty']) || 0,
      timeMs: numberOf(order['updateTime']) || 0,
    };
  }

  clientIdOf(value: unknown): unknown {
    return fieldsOf(value)['clientOrderId'];
  }

  readTrade(instrument: Instrument, value: unknown): QueriedTrade | null {
    const trade = fieldsOf(value);
    const priceTicks = ticksOf(instrument, trade['price']);
    const qtyLots = lotsOf(instrument, trade['qty']);
    const venueTradeId = numberOf(trade['id']);
    const timeMs = numberOf(trade['time']);
    const isReadable = priceTicks === priceTicks && qtyLots > 0 && venueTradeId >= 0 && timeMs > 0;
    if (!isReadable) return null;
    const feeUnits = unitsOf(trade['commission'], COMMISSION_DECIMALS);
    return {
      venueTradeId,
      venueOrderId: numberOf(trade['orderId']) || 0,
      side: trade[this.words.isBuyer] === true ? SIDE.buy : SIDE.sell,
      priceTicks,
      qtyLots,
      feeCash: feeToCash(instrument, String(trade['commissionAsset']), feeUnits, priceTicks),
      isMaker: trade[this.words.isMaker] === true,
      timeMs,
    };
  }

  order({ symbol }: Instrument, venueOrderId: number, intentSeq: number): readonly VenueQuery[] {
    if (venueOrderId > 0) return [this.orderQuery({ symbol, orderId: venueOrderId })];
    const ids = this.words.isRenamedByCancel ? [orderClientId, cancelClientId] : [orderClientId];
    return ids.map((clientId) =>
      this.orderQuery({ symbol, origClientOrderId: clientId(this.namespace, intentSeq) }),
    );
  }

  orderByVenueId({ symbol }: Instrument, venueOrderId: number): VenueQuery {
    return this.orderQuery({ symbol, orderId: venueOrderId });
  }

  openOrders({ symbol }: Instrument): VenueQuery {
    return { ...this.words.openOrders, params: { symbol } };
  }

  tradesOfOrder({ symbol }: Instrument, venueOrderId: number): VenueQuery {
    const params = { symbol, orderId: venueOrderId, limit: PAGE_TRADES };
    return { ...this.words.trades, params, weight: this.words.tradesOfOrderWeight };
  }

  /** Trade ids of a symbol grow, so no time is needed. */
  trades({ symbol }: Instrument, afterVenueTradeId: number): VenueQuery {
    const from = afterVenueTradeId > 0 ? { fromId: afterVenueTradeId + 1 } : {};
    return this.tradesQuery({ symbol, ...from, limit: PAGE_TRADES });
  }

  nextTrades(_instrument: Instrument, page: VenueQuery, entries: readonly unknown[]): VenueQuery | null {
    const fromId = page.params['fromId'];
    const lastId = numberOf(fieldsOf(entries.at(-1))['id']);
    if (typeof fromId !== 'number' || entries.length < PAGE_TRADES || !(lastId >= fromId)) return null;
    return this.tradesQuery({ ...page.params, fromId: lastId + 1 });
  }

  private orderQuery(params: RequestParams): VenueQuery {
    return { ...this.words.order, params };
  }

  private tradesQuery(params: RequestParams): VenueQuery {
    return { ...this.words.trades, params };
  }
}
