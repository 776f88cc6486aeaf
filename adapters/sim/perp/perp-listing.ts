/** What is said of a contract: its listing, its prices. */
import { priceText, qtyText, unitsText } from '../instruments.ts';
import type { PerpMark, PerpMarket } from './perp-account.ts';
import { LIQUIDATION_FEE, PRICE_BAND } from './perp-terms.ts';

/** Far away, as Binance says of contracts that do not end. */
const DELIVERY_MS = 4_133_404_800_000;

/** One entry of exchangeInfo's `symbols`. */
export function describeContract({ instrument, status }: PerpMarket): Record<string, unknown> {
  const step = qtyText(instrument, 1);
  return {
    symbol: instrument.symbol,
    pair: instrument.symbol,
    contractType: 'PERPETUAL',
    deliveryDate: DELIVERY_MS,
    onboardDate: 1_569_398_400_000,
    status: status === 'TRADING' ? 'TRADING' : 'PENDING_TRADING',
    baseAsset: instrument.baseAsset,
    quoteAsset: instrument.quoteAsset,
    marginAsset: instrument.quoteAsset,
    pricePrecision: instrument.priceDecimals,
    quantityPrecision: instrument.qtyDecimals,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: 'COIN',
    underlyingSubType: [],
    triggerProtect: '0.0500',
    liquidationFee: String(LIQUIDATION_FEE),
    marketTakeBound: String(PRICE_BAND),
    orderTypes: ['LIMIT', 'MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX'],
    filters: [
      {
        filterType: 'PRICE_FILTER',
        minPrice: priceText(instrument, instrument.minPriceTicks),
        maxPrice: priceText(instrument, instrument.maxPriceTicks),
        tickSize: priceText(instrument, 1),
      },
      {
        filterType: 'LOT_SIZE',
        minQty: step,
        maxQty: qtyText(instrument, instrument.maxLots),
        stepSize: step,
      },
      {
        filterType: 'MARKET_LOT_SIZE',
        minQty: step,
        maxQty: qtyText(instrument, instrument.maxMarketLots),
        stepSize: step,
      },
      { filterType: 'MAX_NUM_ORDERS', limit: 200 },
      { filterType: 'MIN_NOTIONAL', notional: '5' },
      {
        filterType: 'PERCENT_PRICE',
        multiplierUp: (1 + PRICE_BAND).toFixed(4),
        multiplierDown: (1 - PRICE_BAND).toFixed(4),
        multiplierDecimal: '4',
      },
    ],
  };
}

/** A price that is no whole number of ticks. */
export function fineText(mark: PerpMark, ticks: number): string {
  return unitsText(Math.round(ticks * mark.market.instrument.tickUnits));
}

/** One entry of premiumIndex. */
export function premiumIndex(mark: PerpMark, nowMs: number): Record<string, unknown> {
  return {
    symbol: mark.market.instrument.symbol,
    markPrice: fineText(mark, mark.markTicks),
    indexPrice: fineText(mark, mark.indexTicks),
    estimatedSettlePrice: fineText(mark, mark.indexTicks),
    lastFundingRate: mark.fundingRate.toFixed(8),
    interestRate: '0.00010000',
    nextFundingTime: mark.nextFundingMs,
    time: nowMs,
  };
}

/** One entry of ticker/price. */
export function lastPrice({ market }: PerpMark, nowMs: number): Record<string, unknown> {
  const { instrument } = market;
  return { symbol: instrument.symbol, price: priceText(instrument, market.lastTradeTicks), time: nowMs };
}

/** One entry of ticker/bookTicker. */
export function bookTicker({ market }: PerpMark, nowMs: number): Record<string, unknown> {
  const { instrument } = market;
  return {
    symbol: instrument.symbol,
    bidPrice: priceText(instrument, market.bidTicks),
    bidQty: qtyText(instrument, market.bidLots),
    askPrice: priceText(instrument, market.askTicks),
    askQty: qtyText(instrument, market.askLots),
    time: nowMs,
    lastUpdateId: market.updateId,
  };
}
