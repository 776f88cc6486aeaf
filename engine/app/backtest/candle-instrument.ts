import { spotInstrument } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { CandleColumns } from '../../analysis/bars/candle-columns.ts';

/** Longest match wins; an unknown one is taken for money. */
const QUOTE_ASSETS: readonly string[] = 'FDUSD USDT USDC TUSD BUSD USD BTC ETH BNB EUR GBP TRY BRL JPY'.split(
  ' ',
);
const PRICE_DECIMALS_MAX = 8;
const QTY_DECIMALS_MAX = 8;
/** Candles looked at for the digits of prices. */
const LOOKED_AT = 2_000;

/**
 * The instrument that candles are of: its tick is the finest digit that their prices use, its lot worth about one unit of
 * the quote asset or a little less at the first price, which is finer than a report needs and coarse enough for exact sums.
 * @param columns the whole file, so that a part of it is traded in the same units
 */
export function candleInstrument(
  symbol: string,
  venue: string,
  index: number,
  columns: CandleColumns,
): Instrument {
  const quoteAsset = QUOTE_ASSETS.find((asset) => symbol.endsWith(asset) && symbol.length > asset.length);
  const price = columns.closes[0];
  const qtyDecimals = Math.max(0, Math.min(QTY_DECIMALS_MAX, Math.ceil(Math.log10(price))));
  return spotInstrument({
    index,
    venue,
    symbol,
    baseAsset: quoteAsset === undefined ? symbol : symbol.slice(0, -quoteAsset.length),
    quoteAsset: quoteAsset ?? 'USD',
    priceDecimals: priceDecimals(columns),
    tickUnits: 1,
    qtyDecimals,
    lotUnits: 1,
    minQtyLots: 1,
    maxQtyLots: 2 ** 40,
    minNotionalCash: 0,
    epoch: 1,
  });
}

function priceDecimals({ opens, highs, lows, closes }: CandleColumns): number {
  let most = 0;
  for (let index = 0; index < Math.min(opens.length, LOOKED_AT); index++) {
    for (const price of [opens[index], highs[index], lows[index], closes[index]]) {
      while (most < PRICE_DECIMALS_MAX && !isWhole(price * 10 ** most)) most++;
    }
  }
  return most;
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-6 * Math.max(1, Math.abs(value) * 1e-9);
}
