import { z } from 'zod';
import { DECIMALS_MAX } from '../../engine/core/decimal.ts';
import { cashUnitValue, spotInstrument } from '../../engine/core/instrument.ts';
import { assetProblem } from '../../engine/core/symbol-text.ts';
import type { Instrument, VenueStatus } from '../../engine/core/instrument.ts';
import type { PriceBand } from '../../engine/core/price-band.ts';
import { gridOf, stepsOf } from '../venue-kit/instruments/grid.ts';
import { InstrumentsError } from '../venue-kit/instruments/instruments-error.ts';
import { askForInstruments } from '../venue-kit/instruments/instruments-request.ts';
import { bandOfTexts } from '../venue-kit/instruments/share-band.ts';

/** Venue error -1121: "Invalid symbol." */
const INVALID_SYMBOL = -1121;
/** Where a venue states no limit of its own. */
const QTY_LOTS_MAX: number = 2 ** 40;

/** Words of `status` (enums.md, "Symbol status"; CANCEL_ONLY since 2026-07-07). */
const STATUS: Readonly<Record<string, VenueStatus>> = {
  TRADING: 'trading',
  END_OF_DAY: 'halted',
  HALT: 'halted',
  BREAK: 'halted',
  CANCEL_ONLY: 'cancel-only',
};

const filterSchema = z.looseObject({
  filterType: z.string(),
  tickSize: z.string().optional(),
  stepSize: z.string().optional(),
  minQty: z.string().optional(),
  maxQty: z.string().optional(),
  minNotional: z.string().optional(),
  multiplierUp: z.string().optional(),
  multiplierDown: z.string().optional(),
  bidMultiplierUp: z.string().optional(),
  bidMultiplierDown: z.string().optional(),
  askMultiplierUp: z.string().optional(),
  askMultiplierDown: z.string().optional(),
  avgPriceMins: z.int().optional(),
});
const symbolSchema = z.looseObject({
  symbol: z.string(),
  status: z.string().optional(),
  isSpotTradingAllowed: z.boolean().optional(),
  baseAsset: z.string(),
  quoteAsset: z.string(),
  baseAssetPrecision: z.int(),
  quoteAssetPrecision: z.int(),
  filters: z.array(filterSchema),
});
const answerSchema = z.looseObject({ symbols: z.array(symbolSchema) });

type SymbolAnswer = z.infer<typeof symbolSchema>;
type FilterAnswer = z.infer<typeof filterSchema>;

type BandField =
  | 'multiplierUp'
  | 'multiplierDown'
  | 'bidMultiplierUp'
  | 'bidMultiplierDown'
  | 'askMultiplierUp'
  | 'askMultiplierDown';

/**
 * The price band (filters.md): by side, or one for both. The venue takes its reference price where it has one, else the
 * average of `avgPriceMins` minutes, and for 0 minutes the last price.
 */
function bandOf(filters: readonly FilterAnswer[]): PriceBand | null {
  const bySide = filters.find(({ filterType }) => filterType === 'PERCENT_PRICE_BY_SIDE');
  const found = bySide ?? filters.find(({ filterType }) => filterType === 'PERCENT_PRICE');
  if (found === undefined) return null;
  const minutes = found.avgPriceMins ?? 0;
  const text = (name: BandField): string => {
    const value = found[name];
    if (typeof value !== 'string') throw new RangeError(`${found.filterType} has no ${name}`);
    return value;
  };
  return bandOfTexts(minutes > 0 ? 'average' : 'last', minutes, {
    buyMin: text(bySide === undefined ? 'multiplierDown' : 'bidMultiplierDown'),
    buyMax: text(bySide === undefined ? 'multiplierUp' : 'bidMultiplierUp'),
    sellMin: text(bySide === undefined ? 'multiplierDown' : 'askMultiplierDown'),
    sellMax: text(bySide === undefined ? 'multiplierUp' : 'askMultiplierUp'),
  });
}

function statusOf({ status, isSpotTradingAllowed }: SymbolAnswer): VenueStatus {
  if (status === undefined) return 'trading';
  const known = STATUS[status] ?? 'unknown';
  return known === 'trading' && isSpotTradingAllowed === false ? 'halted' : known;
}

/** One entry of exchangeInfo's `symbols` as an Instrument. */
function toInstrument(answer: SymbolAnswer, index: number): Instrument {
  const problem = assetProblem(answer.baseAsset) ?? assetProblem(answer.quoteAsset);
  if (problem !== null) throw new RangeError(problem);
  const filter = (type: string): FilterAnswer | undefined =>
    answer.filters.find((candidate) => candidate.filterType === type);
  const price = gridOf(filter('PRICE_FILTER')?.tickSize, answer.quoteAssetPrecision);
  const lotFilter = filter('LOT_SIZE');
  const lot = gridOf(lotFilter?.stepSize, answer.baseAssetPrecision);
  const minQtyLots = lotFilter?.minQty === undefined ? 1 : stepsOf(lotFilter.minQty, lot, Math.ceil);
  const maxQtyLots = lotFilter?.maxQty === undefined ? 0 : stepsOf(lotFilter.maxQty, lot, Math.floor);
  const notional = filter('NOTIONAL')?.minNotional ?? filter('MIN_NOTIONAL')?.minNotional ?? '0';
  const instrument: Instrument = spotInstrument({
    index,
    venue: 'binance-spot',
    symbol: answer.symbol,
    baseAsset: answer.baseAsset,
    quoteAsset: answer.quoteAsset,
    priceDecimals: price.decimals,
    tickUnits: price.units,
    qtyDecimals: lot.decimals,
    lotUnits: lot.units,
    minQtyLots: Math.max(1, minQtyLots),
    maxQtyLots: maxQtyLots > 0 ? maxQtyLots : QTY_LOTS_MAX,
    minNotionalCash: 0,
    epoch: 1,
  });
  const cashDecimals = price.decimals + lot.decimals;
  const minNotionalCash =
    cashDecimals <= DECIMALS_MAX
      ? stepsOf(notional, { decimals: cashDecimals, units: price.units * lot.units }, Math.ceil)
      : Math.ceil(Number(notional) / cashUnitValue(instrument));
  return { ...instrument, minNotionalCash, status: statusOf(answer), priceBand: bandOf(answer.filters) };
}

/**
 * Reads an exchangeInfo answer; the instruments come in the order of `symbols`.
 * @throws InstrumentsError
 */
export function parseBinanceSpotInstruments(text: string, symbols: readonly string[]): Instrument[] {
  let answer: z.infer<typeof answerSchema>;
  try {
    answer = answerSchema.parse(JSON.parse(text));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new InstrumentsError('VENUE_BAD_ANSWER', `exchangeInfo is not what it should be: ${detail}`);
  }
  return symbols.map((symbol, index) => {
    const found = answer.symbols.find((candidate) => candidate.symbol === symbol);
    if (found === undefined)
      throw new InstrumentsError('UNKNOWN_SYMBOL', `the venue does not list "${symbol}"`);
    try {
      return toInstrument(found, index);
    } catch (error) {
      throw new InstrumentsError('VENUE_BAD_ANSWER', `filters of "${symbol}": ${(error as Error).message}`);
    }
  });
}

function venueErrorOf(text: string): { code: number; msg: string } | null {
  try {
    const { code, msg } = JSON.parse(text) as { code?: unknown; msg?: unknown };
    return typeof code === 'number' ? { code, msg: String(msg) } : null;
  } catch {
    return null;
  }
}

/**
 * Asks GET /api/v3/exchangeInfo for the symbols' trading rules.
 * @param rest base URL, e.g. https://api.binance.com
 * @throws InstrumentsError
 */
export async function fetchBinanceSpotInstruments(
  rest: string,
  symbols: readonly string[],
  timeoutMs: number,
): Promise<Instrument[]> {
  const query = encodeURIComponent(JSON.stringify(symbols));
  const path = `/api/v3/exchangeInfo?symbols=${query}`;
  const { statusCode, text } = await askForInstruments(rest, path, 'exchangeInfo', timeoutMs);
  if (statusCode === 200) return parseBinanceSpotInstruments(text, symbols);
  const refusal = venueErrorOf(text);
  if (refusal?.code === INVALID_SYMBOL) {
    const names = symbols.map((symbol) => `"${symbol}"`).join(', ');
    throw new InstrumentsError('UNKNOWN_SYMBOL', `the venue does not list one of ${names}: ${refusal.msg}`);
  }
  const said = refusal === null ? '' : `: ${refusal.code} ${refusal.msg}`;
  throw new InstrumentsError('VENUE_REFUSED', `exchangeInfo of ${rest}: http ${statusCode}${said}`);
}
