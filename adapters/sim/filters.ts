/** The trading rules of a symbol, checked as Binance does: the first broken filter is the answer. */
import type { Account, ExchangeMarket } from './accounts.ts';
import { ApiError, filterFailure, invalidSymbol } from './api-error.ts';
import type { Instrument } from './instruments.ts';
import { priceText, qtyText, unitsText } from './instruments.ts';
import type { OrderKind, Side } from './matching-engine.ts';
import { BUY } from './matching-engine.ts';

/** Minutes the average price of PERCENT_PRICE_BY_SIDE and NOTIONAL looks back. */
export const AVERAGE_PRICE_MINUTES = 5;

/** An order's amounts as the client sent them, in units of 1e-8. */
export interface RequestedAmounts {
  readonly kind: OrderKind;
  readonly side: Side;
  /** 0 for MARKET. */
  readonly priceUnits: number;
  /** 0 for a market order by quote amount. */
  readonly qtyUnits: number;
  readonly quoteUnits: number;
}

/** Whole ticks and lots of a request that passed the filters. */
export interface FilteredAmounts {
  readonly priceTicks: number;
  /** Of a market order by quote amount: what the amount trades at the book of this moment. */
  readonly qtyLots: number;
}

/**
 * Checks all filters and converts to ticks and lots.
 * @param averageTicks the market's average price over AVERAGE_PRICE_MINUTES
 * @throws ApiError -1013 naming the first filter the order breaks
 */
export function applyFilters(
  market: ExchangeMarket,
  account: Account,
  request: RequestedAmounts,
  averageTicks: number,
): FilteredAmounts {
  const { instrument } = market;
  const priceTicks = request.kind === 'MARKET' ? 0 : checkPrice(instrument, request.priceUnits);
  if (priceTicks > 0) checkPercentPrice(instrument, request.side, priceTicks, averageTicks);
  const sentLots = request.qtyUnits === 0 ? 0 : checkLots(instrument, request.kind, request.qtyUnits);
  checkNotional(instrument, request, priceTicks, sentLots, averageTicks);
  const qtyLots = request.quoteUnits === 0 ? sentLots : lotsForQuote(market, account, request);
  const isResting = request.kind !== 'MARKET';
  if (isResting && account.openOrders(instrument.symbol).length >= instrument.maxNumOrders) {
    throw filterFailure('MAX_NUM_ORDERS');
  }
  return { priceTicks, qtyLots };
}

function lotsForQuote(market: ExchangeMarket, account: Account, request: RequestedAmounts): number {
  const { instrument } = market;
  const budget = Math.floor(request.quoteUnits / instrument.notionalUnits);
  const lots = market.engine.lotsFor(request.side, budget, account.ownerId);
  if (lots < instrument.minLots) throw filterFailure('LOT_SIZE');
  if (lots > instrument.maxMarketLots) throw filterFailure('MARKET_LOT_SIZE');
  return lots;
}

function checkPrice(instrument: Instrument, priceUnits: number): number {
  const ticks = priceUnits / instrument.tickUnits;
  if (!Number.isInteger(ticks) || ticks < instrument.minPriceTicks || ticks > instrument.maxPriceTicks) {
    throw filterFailure('PRICE_FILTER');
  }
  return ticks;
}

function checkPercentPrice(instrument: Instrument, side: Side, ticks: number, averageTicks: number): void {
  const up = side === BUY ? instrument.bidMultiplierUp : instrument.askMultiplierUp;
  const down = side === BUY ? instrument.bidMultiplierDown : instrument.askMultiplierDown;
  if (ticks > averageTicks * up || ticks < averageTicks * down) throw filterFailure('PERCENT_PRICE_BY_SIDE');
}

function checkLots(instrument: Instrument, kind: OrderKind, qtyUnits: number): number {
  const lots = qtyUnits / instrument.lotUnits;
  if (!Number.isInteger(lots) || lots < instrument.minLots || lots > instrument.maxLots) {
    throw filterFailure('LOT_SIZE');
  }
  if (kind === 'MARKET' && lots > instrument.maxMarketLots) throw filterFailure('MARKET_LOT_SIZE');
  return lots;
}

function checkNotional(
  instrument: Instrument,
  request: RequestedAmounts,
  priceTicks: number,
  qtyLots: number,
  averageTicks: number,
): void {
  const price = priceTicks > 0 ? priceTicks : averageTicks;
  const quoteUnits = request.quoteUnits > 0 ? request.quoteUnits : price * qtyLots * instrument.notionalUnits;
  if (quoteUnits < instrument.minNotionalQuoteUnits) throw filterFailure('NOTIONAL');
  // applyMaxToMarket is false: market orders are bounded by MARKET_LOT_SIZE only.
  const isMarket = request.kind === 'MARKET';
  if (!isMarket && quoteUnits > instrument.maxNotionalQuote * 1e8) throw filterFailure('NOTIONAL');
}

/** The `filters[]` of a symbol in exchangeInfo, in Binance's order. */
export function describeFilters(instrument: Instrument): readonly Record<string, unknown>[] {
  const step = qtyText(instrument, 1);
  return [
    {
      filterType: 'PRICE_FILTER',
      minPrice: priceText(instrument, instrument.minPriceTicks),
      maxPrice: priceText(instrument, instrument.maxPriceTicks),
      tickSize: priceText(instrument, 1),
    },
    {
      filterType: 'LOT_SIZE',
      minQty: qtyText(instrument, instrument.minLots),
      maxQty: qtyText(instrument, instrument.maxLots),
      stepSize: step,
    },
    { filterType: 'ICEBERG_PARTS', limit: 10 },
    {
      filterType: 'MARKET_LOT_SIZE',
      minQty: '0.00000000',
      maxQty: qtyText(instrument, instrument.maxMarketLots),
      stepSize: '0.00000000',
    },
    {
      filterType: 'PERCENT_PRICE_BY_SIDE',
      bidMultiplierUp: String(instrument.bidMultiplierUp),
      bidMultiplierDown: String(instrument.bidMultiplierDown),
      askMultiplierUp: String(instrument.askMultiplierUp),
      askMultiplierDown: String(instrument.askMultiplierDown),
      avgPriceMins: AVERAGE_PRICE_MINUTES,
    },
    {
      filterType: 'NOTIONAL',
      minNotional: unitsText(instrument.minNotionalQuoteUnits),
      applyMinToMarket: true,
      maxNotional: unitsText(instrument.maxNotionalQuote * 1e8),
      applyMaxToMarket: false,
      avgPriceMins: AVERAGE_PRICE_MINUTES,
    },
    { filterType: 'MAX_NUM_ORDERS', maxNumOrders: instrument.maxNumOrders },
    { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: 5 },
  ];
}

/** What a symbol is made of: letters of any script but lower case, digits, signs. */
const LEGAL_SYMBOL = /^(?:(?!\p{Ll})[\p{L}\p{M}\p{N}\p{S}\-_.]){1,50}$/u;

/** The market of a symbol, or error -1121. */
export function requireMarket(markets: ReadonlyMap<string, ExchangeMarket>, symbol: string): ExchangeMarket {
  if (!LEGAL_SYMBOL.test(symbol)) {
    throw new ApiError(
      -1100,
      String.raw`Illegal characters found in parameter 'symbol'; legal range is '^[\p{L}\p{M}\p{N}\p{S}-_.]{1,50}$' without lower case.`,
    );
  }
  const market = markets.get(symbol);
  if (market === undefined) throw invalidSymbol();
  return market;
}
