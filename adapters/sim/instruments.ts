/**
 * The instruments the embedded exchange lists, with the trading rules of their Binance Spot namesakes.
 * Prices are ticks, sizes are lots; texts on the wire always carry 8 decimals, as Binance writes them.
 */
import { formatDecimal } from '../../engine/core/decimal.ts';

/** Decimals of every amount on the wire and of every balance (Binance: `baseAssetPrecision` = 8). */
export const ASSET_DECIMALS = 8;
/** Smallest balance units in one whole asset. */
export const UNITS_PER_ASSET = 100_000_000;

/** How the seeded order flow moves an instrument. */
export interface FlowShape {
  /** Share of the exchange's event rate, relative to the other instruments. */
  readonly weight: number;
  /** Volatility of the fair value in the normal regime, basis points per square root of a second. */
  readonly volatilityBps: number;
  /** Typical order size, in lots. */
  readonly typicalLots: number;
  /** Typical distance of a resting order behind the touch, in ticks. */
  readonly typicalOffsetTicks: number;
}

/** One listed instrument: identity, rules and units. Immutable after construction. */
export interface Instrument {
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  /** Decimals of the tick size: 2 means a tick of 0.01. */
  readonly priceDecimals: number;
  /** Decimals of the lot size: 5 means a lot of 0.00001. */
  readonly qtyDecimals: number;
  /** Balance units (1e-8 quote) in one tick of price. */
  readonly tickUnits: number;
  /** Balance units (1e-8 base) in one lot. */
  readonly lotUnits: number;
  /** Balance units (1e-8 quote) in one tick x lot. Always a whole number. */
  readonly notionalUnits: number;
  readonly minPriceTicks: number;
  readonly maxPriceTicks: number;
  readonly minLots: number;
  readonly maxLots: number;
  readonly maxMarketLots: number;
  /** Smallest and largest order value, in balance units of the quote asset. */
  readonly minNotionalQuoteUnits: number;
  readonly maxNotionalQuote: number;
  /** PERCENT_PRICE_BY_SIDE multipliers against the average price. */
  readonly bidMultiplierUp: number;
  readonly bidMultiplierDown: number;
  readonly askMultiplierUp: number;
  readonly askMultiplierDown: number;
  readonly maxNumOrders: number;
  /** Price of the instrument when the exchange opens, in ticks. */
  readonly openingPriceTicks: number;
  readonly flow: FlowShape;
}

interface Listing {
  readonly base: string;
  readonly quote: string;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  readonly openingPrice: number;
  readonly minNotional: number;
  readonly maxQty: number;
  readonly maxMarketQty: number;
  readonly flow: FlowShape;
}

const LISTINGS: readonly Listing[] = [
  {
    base: 'BTC',
    quote: 'USDT',
    priceDecimals: 2,
    qtyDecimals: 5,
    openingPrice: 61_837.64,
    minNotional: 5,
    maxQty: 9000,
    maxMarketQty: 120,
    flow: { weight: 5, volatilityBps: 0.9, typicalLots: 6000, typicalOffsetTicks: 220 },
  },
  {
    base: 'ETH',
    quote: 'USDT',
    priceDecimals: 2,
    qtyDecimals: 4,
    openingPrice: 2683.81,
    minNotional: 5,
    maxQty: 9000,
    maxMarketQty: 1600,
    flow: { weight: 3, volatilityBps: 1.1, typicalLots: 9000, typicalOffsetTicks: 24 },
  },
  {
    base: 'SOL',
    quote: 'USDT',
    priceDecimals: 2,
    qtyDecimals: 3,
    openingPrice: 153.42,
    minNotional: 5,
    maxQty: 90_000,
    maxMarketQty: 9000,
    flow: { weight: 2, volatilityBps: 1.5, typicalLots: 14_000, typicalOffsetTicks: 6 },
  },
  {
    base: 'BNB',
    quote: 'USDT',
    priceDecimals: 2,
    qtyDecimals: 3,
    openingPrice: 512.3,
    minNotional: 5,
    maxQty: 90_000,
    maxMarketQty: 2500,
    flow: { weight: 1, volatilityBps: 1, typicalLots: 3000, typicalOffsetTicks: 12 },
  },
  {
    base: 'XRP',
    quote: 'USDT',
    priceDecimals: 4,
    qtyDecimals: 1,
    openingPrice: 0.5873,
    minNotional: 5,
    maxQty: 9_000_000,
    maxMarketQty: 900_000,
    flow: { weight: 1, volatilityBps: 1.3, typicalLots: 18_000, typicalOffsetTicks: 4 },
  },
  {
    base: 'DOGE',
    quote: 'USDT',
    priceDecimals: 5,
    qtyDecimals: 0,
    openingPrice: 0.10231,
    minNotional: 1,
    maxQty: 9_000_000,
    maxMarketQty: 900_000,
    flow: { weight: 1, volatilityBps: 1.6, typicalLots: 24_000, typicalOffsetTicks: 5 },
  },
  {
    base: 'ADA',
    quote: 'USDT',
    priceDecimals: 4,
    qtyDecimals: 1,
    openingPrice: 0.3372,
    minNotional: 5,
    maxQty: 9_000_000,
    maxMarketQty: 900_000,
    flow: { weight: 1, volatilityBps: 1.4, typicalLots: 20_000, typicalOffsetTicks: 3 },
  },
  {
    base: 'DOT',
    quote: 'USDT',
    priceDecimals: 3,
    qtyDecimals: 2,
    openingPrice: 4.518,
    minNotional: 5,
    maxQty: 900_000,
    maxMarketQty: 90_000,
    flow: { weight: 1, volatilityBps: 1.4, typicalLots: 16_000, typicalOffsetTicks: 4 },
  },
  {
    base: 'LINK',
    quote: 'USDT',
    priceDecimals: 2,
    qtyDecimals: 2,
    openingPrice: 10.34,
    minNotional: 5,
    maxQty: 900_000,
    maxMarketQty: 90_000,
    flow: { weight: 1, volatilityBps: 1.4, typicalLots: 12_000, typicalOffsetTicks: 2 },
  },
  {
    /* A name beyond ASCII, as the venue lists some since 2025. */
    base: '币安人生',
    quote: 'USDT',
    priceDecimals: 4,
    qtyDecimals: 1,
    openingPrice: 0.1537,
    minNotional: 5,
    maxQty: 9_000_000,
    maxMarketQty: 900_000,
    flow: { weight: 1, volatilityBps: 1.8, typicalLots: 16_000, typicalOffsetTicks: 4 },
  },
  {
    base: 'ETH',
    quote: 'BTC',
    priceDecimals: 5,
    qtyDecimals: 3,
    openingPrice: 0.0434,
    minNotional: 0.0001,
    maxQty: 9000,
    maxMarketQty: 900,
    flow: { weight: 1, volatilityBps: 0.8, typicalLots: 900, typicalOffsetTicks: 3 },
  },
];

function listed(listing: Listing): Instrument {
  const ticksPerUnit = 10 ** listing.priceDecimals;
  const lotsPerUnit = 10 ** listing.qtyDecimals;
  return {
    symbol: listing.base + listing.quote,
    baseAsset: listing.base,
    quoteAsset: listing.quote,
    priceDecimals: listing.priceDecimals,
    qtyDecimals: listing.qtyDecimals,
    tickUnits: UNITS_PER_ASSET / ticksPerUnit,
    lotUnits: UNITS_PER_ASSET / lotsPerUnit,
    notionalUnits: 10 ** (ASSET_DECIMALS - listing.priceDecimals - listing.qtyDecimals),
    minPriceTicks: 1,
    maxPriceTicks: Math.round(listing.openingPrice * ticksPerUnit) * 16,
    minLots: 1,
    maxLots: listing.maxQty * lotsPerUnit,
    maxMarketLots: listing.maxMarketQty * lotsPerUnit,
    minNotionalQuoteUnits: Math.round(listing.minNotional * UNITS_PER_ASSET),
    maxNotionalQuote: 9_000_000,
    bidMultiplierUp: 5,
    bidMultiplierDown: 0.2,
    askMultiplierUp: 5,
    askMultiplierDown: 0.2,
    maxNumOrders: 200,
    openingPriceTicks: Math.round(listing.openingPrice * ticksPerUnit),
    flow: listing.flow,
  };
}

/** Every symbol the exchange can list. */
export const LISTED_SYMBOLS: readonly string[] = LISTINGS.map((each) => each.base + each.quote);

/** The instrument named `symbol` (upper case), or undefined when the exchange does not list it. */
export function findInstrument(symbol: string): Instrument | undefined {
  const listing = LISTINGS.find((each) => each.base + each.quote === symbol);
  return listing === undefined ? undefined : listed(listing);
}

const ZEROS = '00000000';

/** Price in ticks as Binance writes it: always 8 decimals. */
export function priceText(instrument: Instrument, ticks: number): string {
  return padTo8(formatDecimal(ticks, instrument.priceDecimals), instrument.priceDecimals);
}

/** Quantity in lots as Binance writes it: always 8 decimals. */
export function qtyText(instrument: Instrument, lots: number): string {
  return padTo8(formatDecimal(lots, instrument.qtyDecimals), instrument.qtyDecimals);
}

/** Balance units (1e-8) as text with 8 decimals. */
export function unitsText(units: number): string {
  return formatDecimal(units, ASSET_DECIMALS);
}

/** Ticks x lots as an amount of the quote asset, 8 decimals. */
export function notionalText(instrument: Instrument, ticksTimesLots: number): string {
  return formatDecimal(ticksTimesLots * instrument.notionalUnits, ASSET_DECIMALS);
}

function padTo8(text: string, decimals: number): string {
  if (decimals === 0) return `${text}.${ZEROS}`;
  return text + ZEROS.slice(decimals);
}
