import type { Instrument } from '../../../engine/core/instrument.ts';
import type { ApiAnswer } from '../request/api-answer.ts';
import type { RequestParams, RestAnswer } from '../request/rest-client.ts';

/** One question to the venue, in the words of both ways to it. */
export interface VenueQuery {
  /** Method on the order connection; null when it is asked over REST only. */
  readonly method: string | null;
  /** Path of the REST API. */
  readonly path: string;
  readonly params: RequestParams;
  /** What it costs of the rate budget. */
  readonly weight: number;
}

/** What the venue says of an order. `venueOrderId` is a key (see VenueEvents). */
export interface QueriedOrder {
  /** An ORDER_STATE. */
  readonly state: number;
  readonly venueOrderId: number;
  /** SIDE.buy or SIDE.sell. */
  readonly side: number;
  /** 0 when the order has none, or none in whole ticks. */
  readonly priceTicks: number;
  /** 0 when it is not told in whole lots. */
  readonly qtyLots: number;
  readonly cumQtyLots: number;
  /** Exchange time of the last change, epoch ms; 0 = not told. */
  readonly timeMs: number;
}

/** One trade of the account. Ids are keys. */
export interface QueriedTrade {
  readonly venueTradeId: number;
  readonly venueOrderId: number;
  readonly side: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  /** In the instrument's cash units, rounded up; NaN when the fee's asset cannot be converted. */
  readonly feeCash: number;
  readonly isMaker: boolean;
  readonly timeMs: number;
}

/** A venue's words for orders and trades of an account, off the hot path. All methods are pure. */
export interface QueryProtocol {
  /** Length of the window that RestAnswer.usedWeight counts, ms. */
  readonly usedWeightWindowMs: number;
  /** The answer to a request over REST. */
  readRest(answer: RestAnswer): ApiAnswer;
  /** Whether the venue says that there is no such order. */
  isNotFound(answer: ApiAnswer): boolean;
  /** The entries of a list answer; null when it is none. */
  listOf(answer: ApiAnswer): readonly unknown[] | null;
  /** One order, from the answer's result or from an entry of a list; null when it cannot be read. */
  readOrder(instrument: Instrument, value: unknown): QueriedOrder | null;
  /** The client id in what `readOrder` reads, also where the rest cannot be read. */
  clientIdOf(value: unknown): unknown;
  /** One entry of a list of trades; null when it cannot be read. */
  readTrade(instrument: Instrument, value: unknown): QueriedTrade | null;
  /**
   * How to ask for one order of ours, best first: the next one is asked when the venue does not know the one before.
   * @param venueOrderId key, 0 = not known
   */
  order(instrument: Instrument, venueOrderId: number, intentSeq: number): readonly VenueQuery[];
  /** Asks for an order by the venue's id, ours or not. */
  orderByVenueId(instrument: Instrument, venueOrderId: number): VenueQuery;
  openOrders(instrument: Instrument): VenueQuery;
  tradesOfOrder(instrument: Instrument, venueOrderId: number): VenueQuery;
  /** The first page of the trades after this one; see VenueGateway.queryFills for the arguments. */
  trades(instrument: Instrument, afterVenueTradeId: number, sinceMs: number): VenueQuery;
  /** The page after the one that `page` was answered with; null when that was the last. */
  nextTrades(instrument: Instrument, page: VenueQuery, entries: readonly unknown[]): VenueQuery | null;
}
