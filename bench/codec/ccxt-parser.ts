import ccxt from 'ccxt';
import type { Instrument } from '../../engine/core/instrument.ts';

/** One side of an order book as ccxt's delta handler fills it. */
interface SideLike {
  store(price: number, amount: number): void;
}

/** The parts of ccxt's Binance client that turn messages into its own structures; none of them needs a network. */
export interface CcxtParser {
  handleOrderBookMessage(
    client: unknown,
    message: unknown,
    book: { bids: SideLike; asks: SideLike },
  ): unknown;
  parseWsTrade(message: unknown, market: unknown): CcxtTrade;
  parseWsTicker(message: unknown, marketType: string): CcxtQuote;
  market(symbol: string): unknown;
}

export interface CcxtTrade {
  readonly id: string;
  readonly price: number;
  readonly amount: number;
  readonly timestamp: number;
  readonly side: string;
}

export interface CcxtQuote {
  readonly bid: number;
  readonly bidVolume: number;
  readonly ask: number;
  readonly askVolume: number;
}

/** The unified symbol the parser knows the instrument by. */
export function ccxtSymbol({ baseAsset, quoteAsset }: Instrument): string {
  return `${baseAsset}/${quoteAsset}`;
}

/** A ccxt client that knows one spot market and has no connection. */
export function makeCcxtParser(instrument: Instrument): CcxtParser {
  const client = new ccxt.pro.binance({ enableRateLimit: false });
  const { symbol: id, baseAsset, quoteAsset } = instrument;
  const market = {
    id,
    symbol: ccxtSymbol(instrument),
    base: baseAsset,
    quote: quoteAsset,
    baseId: baseAsset,
    quoteId: quoteAsset,
    type: 'spot',
    spot: true,
    contract: false,
    active: true,
    precision: { price: 10 ** -instrument.priceDecimals, amount: 10 ** -instrument.qtyDecimals },
    limits: {},
    info: {},
  };
  client.setMarkets([market]);
  return client as unknown as CcxtParser;
}

/** ccxt's order book as its users get it: sides are arrays of [price, amount], best first. */
export interface CcxtBook {
  readonly bids: SideLike & readonly (readonly [number, number])[];
  readonly asks: SideLike & readonly (readonly [number, number])[];
}

const bookMaker = new ccxt.pro.binance({ enableRateLimit: false }) as unknown as {
  orderBook(snapshot: object): CcxtBook;
};

/** An empty ccxt order book. */
export function makeCcxtBook(): CcxtBook {
  return bookMaker.orderBook({});
}
