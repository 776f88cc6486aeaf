import { z } from 'zod';
import { spotInstrument } from '../../engine/core/instrument.ts';
import type { Instrument, InstrumentKind, VenueStatus } from '../../engine/core/instrument.ts';
import type { PriceBand } from '../../engine/core/price-band.ts';
import { assetProblem } from '../../engine/core/symbol-text.ts';
import { gridOf, stepsOf } from '../venue-kit/instruments/grid.ts';
import { InstrumentsError } from '../venue-kit/instruments/instruments-error.ts';
import { askForInstruments } from '../venue-kit/instruments/instruments-request.ts';
import { bandOfTexts } from '../venue-kit/instruments/share-band.ts';

/*
 * Contracts of Binance USD-M from GET /fapi/v1/exchangeInfo and /fapi/v1/fundingInfo. A contract is one unit of the base
 * asset; margin, profit and fees are in the quote asset (`marginAsset`). Funding is every eight hours unless fundingInfo
 * names the symbol: it lists only the contracts whose interval was changed.
 */

/** Where a venue states no limit of its own. */
const QTY_LOTS_MAX: number = 2 ** 40;
const MS_PER_HOUR = 3_600_000;
const FUNDING_HOURS = 8;

/** Words of `status` (enums, "Contract status"); no new orders are taken from the announcement of an end on. */
const STATUS: Readonly<Record<string, VenueStatus>> = {
  TRADING: 'trading',
  PENDING_TRADING: 'pre-trading',
  PRE_DELIVERING: 'halted',
  DELIVERING: 'closed',
  DELIVERED: 'closed',
  PRE_SETTLE: 'halted',
  SETTLING: 'closed',
  CLOSE: 'closed',
};

const filterSchema = z.looseObject({
  filterType: z.string(),
  tickSize: z.string().optional(),
  stepSize: z.string().optional(),
  minQty: z.string().optional(),
  maxQty: z.string().optional(),
  notional: z.string().optional(),
  multiplierUp: z.string().optional(),
  multiplierDown: z.string().optional(),
});
const symbolSchema = z.looseObject({
  symbol: z.string(),
  contractType: z.string(),
  status: z.string().optional(),
  contractStatus: z.string().optional(),
  baseAsset: z.string(),
  quoteAsset: z.string(),
  marginAsset: z.string(),
  pricePrecision: z.int(),
  quantityPrecision: z.int(),
  filters: z.array(filterSchema),
});
const contractsSchema = z.looseObject({ symbols: z.array(symbolSchema) });
const fundingSchema = z.array(
  z.looseObject({ symbol: z.string(), fundingIntervalHours: z.number().positive() }),
);

type ContractAnswer = z.infer<typeof symbolSchema>;
type FilterAnswer = z.infer<typeof filterSchema>;

function kindOf(contractType: string): InstrumentKind {
  return contractType.includes('PERPETUAL') ? 'perpetual' : 'future';
}

/** PERCENT_PRICE: both sides have the same band around the mark price. */
function bandOf(filter: FilterAnswer | undefined): PriceBand | null {
  if (filter?.multiplierUp === undefined || filter.multiplierDown === undefined) return null;
  const { multiplierUp, multiplierDown } = filter;
  const texts = {
    buyMin: multiplierDown,
    buyMax: multiplierUp,
    sellMin: multiplierDown,
    sellMax: multiplierUp,
  };
  return bandOfTexts('mark', 0, texts);
}

function toInstrument(
  answer: ContractAnswer,
  index: number,
  fundingHours: ReadonlyMap<string, number>,
): Instrument {
  const { symbol, baseAsset, quoteAsset, marginAsset } = answer;
  for (const asset of [baseAsset, quoteAsset, marginAsset]) {
    const problem = assetProblem(asset);
    if (problem !== null) throw new RangeError(problem);
  }
  const filter = (type: string): FilterAnswer | undefined =>
    answer.filters.find(({ filterType }) => filterType === type);
  const price = gridOf(filter('PRICE_FILTER')?.tickSize, answer.pricePrecision);
  const sizes = filter('LOT_SIZE');
  const lot = gridOf(sizes?.stepSize, answer.quantityPrecision);
  const cashGrid = { decimals: price.decimals + lot.decimals, units: price.units * lot.units };
  const maxQtyLots = sizes?.maxQty === undefined ? 0 : stepsOf(sizes.maxQty, lot, Math.floor);
  const kind = kindOf(answer.contractType);
  const hours = fundingHours.get(symbol) ?? FUNDING_HOURS;
  const word = answer.status ?? answer.contractStatus ?? '';
  return {
    ...spotInstrument({
      index,
      venue: 'binance-usdm',
      symbol,
      baseAsset,
      quoteAsset,
      priceDecimals: price.decimals,
      tickUnits: price.units,
      qtyDecimals: lot.decimals,
      lotUnits: lot.units,
      minQtyLots: Math.max(1, sizes?.minQty === undefined ? 1 : stepsOf(sizes.minQty, lot, Math.ceil)),
      maxQtyLots: maxQtyLots > 0 ? maxQtyLots : QTY_LOTS_MAX,
      minNotionalCash: stepsOf(filter('MIN_NOTIONAL')?.notional ?? '0', cashGrid, Math.ceil),
      epoch: 1,
    }),
    kind,
    settleAsset: marginAsset,
    feeAsset: marginAsset,
    marginMode: 'cross',
    priceBand: bandOf(filter('PERCENT_PRICE')),
    fundingIntervalMs: kind === 'perpetual' ? Math.round(hours * MS_PER_HOUR) : 0,
    status: STATUS[word] ?? 'unknown',
  };
}

function parsed<T>(schema: z.ZodType<T>, text: string, what: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new InstrumentsError('VENUE_BAD_ANSWER', `${what} is not what it should be: ${detail}`);
  }
}

/**
 * Reads the answers to exchangeInfo and fundingInfo; the instruments come in the order of `symbols`.
 * @throws InstrumentsError
 */
export function parseBinanceUsdmInstruments(
  contracts: string,
  funding: string,
  symbols: readonly string[],
): Instrument[] {
  const listed = parsed(contractsSchema, contracts, 'exchangeInfo').symbols;
  const hours = parsed(fundingSchema, funding, 'fundingInfo').map(
    ({ symbol, fundingIntervalHours }) => [symbol, fundingIntervalHours] as const,
  );
  return symbols.map((symbol, index) => {
    const found = listed.find((candidate) => candidate.symbol === symbol);
    if (found === undefined)
      throw new InstrumentsError('UNKNOWN_SYMBOL', `the venue does not list "${symbol}"`);
    try {
      return toInstrument(found, index, new Map(hours));
    } catch (error) {
      throw new InstrumentsError('VENUE_BAD_ANSWER', `filters of "${symbol}": ${(error as Error).message}`);
    }
  });
}

/**
 * Asks for the contracts' trading rules and funding intervals.
 * @param rest base URL, e.g. https://fapi.binance.com
 * @throws InstrumentsError
 */
export async function fetchBinanceUsdmInstruments(
  rest: string,
  symbols: readonly string[],
  timeoutMs: number,
): Promise<Instrument[]> {
  const ask = async (name: string): Promise<string> => {
    const { statusCode, text } = await askForInstruments(rest, `/fapi/v1/${name}`, name, timeoutMs);
    if (statusCode === 200) return text;
    throw new InstrumentsError('VENUE_REFUSED', `${name} of ${rest}: http ${statusCode}`);
  };
  const contracts = await ask('exchangeInfo');
  return parseBinanceUsdmInstruments(contracts, await ask('fundingInfo'), symbols);
}
