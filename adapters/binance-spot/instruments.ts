import { request } from 'undici';
import { z } from 'zod';
import { decimalsOf, DECIMALS_MAX, parseDecimal } from '../../engine/core/decimal.ts';
import { cashUnitValue, spotInstrument } from '../../engine/core/instrument.ts';
import { assetProblem } from '../../engine/core/symbol-text.ts';
import type { Instrument } from '../../engine/core/instrument.ts';

/** Why instruments could not be had. */
export type InstrumentsErrorCode =
  | 'VENUE_UNREACHABLE'
  | 'VENUE_REFUSED'
  | 'VENUE_BAD_ANSWER'
  | 'UNKNOWN_SYMBOL';

/** Instruments could not be loaded; `code` says why, the message names address and symbol. */
export class InstrumentsError extends Error {
  override readonly name: string = 'InstrumentsError';
  readonly code: InstrumentsErrorCode;

  constructor(code: InstrumentsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Venue error -1121: "Invalid symbol." */
const INVALID_SYMBOL = -1121;
/** Where a venue states no limit of its own. */
const QTY_LOTS_MAX: number = 2 ** 40;

const filterSchema = z.looseObject({
  filterType: z.string(),
  tickSize: z.string().optional(),
  stepSize: z.string().optional(),
  minQty: z.string().optional(),
  maxQty: z.string().optional(),
  minNotional: z.string().optional(),
});
const symbolSchema = z.looseObject({
  symbol: z.string(),
  baseAsset: z.string(),
  quoteAsset: z.string(),
  baseAssetPrecision: z.int(),
  quoteAssetPrecision: z.int(),
  filters: z.array(filterSchema),
});
const answerSchema = z.looseObject({ symbols: z.array(symbolSchema) });

type SymbolAnswer = z.infer<typeof symbolSchema>;
type FilterAnswer = z.infer<typeof filterSchema>;

interface Grid {
  readonly decimals: number;
  readonly units: number;
}

/** A step such as "0.00500000" as 5 x 10^-3; "0" (rule switched off) as one unit of the asset's precision. */
function gridOf(step: string | undefined, precision: number): Grid {
  const decimals = step === undefined ? precision : decimalsOf(step);
  const units = step === undefined ? 0 : parseDecimal(step, decimals);
  return units > 0 ? { decimals, units } : { decimals: precision, units: 1 };
}

/** `text` in steps of the grid, rounded by `round`. */
function stepsOf(text: string, grid: Grid, round: (value: number) => number): number {
  const decimals = Math.max(decimalsOf(text), grid.decimals);
  const scaled = parseDecimal(text, decimals) / 10 ** (decimals - grid.decimals);
  return round(scaled / grid.units);
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
  return { ...instrument, minNotionalCash };
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
  const url = `${rest.replace(/\/+$/, '')}/api/v3/exchangeInfo?symbols=${query}`;
  let statusCode: number;
  let text: string;
  try {
    const answer = await request(url, { signal: AbortSignal.timeout(timeoutMs) });
    statusCode = answer.statusCode;
    text = await answer.body.text();
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    const cause = name === 'TimeoutError' ? `no answer within ${timeoutMs} ms` : (code ?? message);
    throw new InstrumentsError('VENUE_UNREACHABLE', `exchangeInfo of ${rest}: ${cause}`);
  }
  if (statusCode === 200) return parseBinanceSpotInstruments(text, symbols);
  const refusal = venueErrorOf(text);
  if (refusal?.code === INVALID_SYMBOL) {
    const names = symbols.map((symbol) => `"${symbol}"`).join(', ');
    throw new InstrumentsError('UNKNOWN_SYMBOL', `the venue does not list one of ${names}: ${refusal.msg}`);
  }
  const said = refusal === null ? '' : `: ${refusal.code} ${refusal.msg}`;
  throw new InstrumentsError('VENUE_REFUSED', `exchangeInfo of ${rest}: http ${statusCode}${said}`);
}
