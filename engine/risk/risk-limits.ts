import { parseDecimal } from '../core/decimal.ts';
import type { Instrument } from '../core/instrument.ts';

/** Limits of one instrument in its own integers. */
export interface InstrumentLimits {
  readonly maxPositionLots: number;
  readonly maxOrderLots: number;
  readonly maxOrderNotionalCash: number;
  readonly maxOpenOrders: number;
  /** Widest distance of a price from the middle of the book, basis points. */
  readonly priceBandBps: number;
}

/** Everything risk checks against. */
export interface RiskLimits {
  /** By instrumentIndex. */
  readonly instruments: readonly InstrumentLimits[];
  readonly maxOrdersPerSecond: number;
  /** Loss from the peak of the session's profit that stops trading, quote asset; 0 = no limit. */
  readonly maxDrawdown: number;
  /** Loss since the day (UTC) began that stops trading, quote asset; 0 = no limit. */
  readonly maxDailyLoss: number;
  /** So many round trips lost one after the other stop trading; 0 = no limit. */
  readonly maxLossesInARow: number;
  /** More orders refused by the venue within a minute stop trading; 0 = no limit. */
  readonly maxRejectsPerMinute: number;
  /** A limit above throws the kill switch; false = from then on positions may only shrink. */
  readonly killsAtLimit: boolean;
  /** An order that could trade with one of our own, and let a position grow, is denied. */
  readonly deniesSelfCross: boolean;
}

/** The per-symbol part of the config. */
export interface SymbolLimitsConfig {
  readonly maxPosition: string;
  readonly maxOrderQty: string;
  readonly maxOrderNotional: string;
  readonly maxOpenOrders: number;
  readonly priceBandBps: number;
}

/** The config section `risk`, as plain data. */
export interface RiskConfig extends SymbolLimitsConfig {
  readonly maxOrdersPerSecond: number;
  readonly maxDrawdown: string;
  readonly maxDailyLoss: string;
  readonly maxLossesInARow: number;
  readonly maxRejectsPerMinute: number;
  readonly atLimit: 'reduce' | 'kill';
  readonly selfCross: 'deny' | 'allow';
  readonly startEquity: string;
  readonly symbols: Readonly<Record<string, Partial<SymbolLimitsConfig>>>;
}

/** Limits, or everything wrong with the config: one sentence with its key path each. */
export type RiskLimitsResult =
  | { readonly ok: true; readonly limits: RiskLimits }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Decimal text to an integer of 10^-decimals, excess digits cut: a limit may only become tighter. */
function floorUnits(text: string, decimals: number): number {
  const point = text.indexOf('.');
  const cut = point < 0 ? text : text.slice(0, point + 1 + decimals);
  // Validates the whole text; a limit beyond the exact integers can never be reached.
  if (!/^\d+(?:\.\d*)?$/.test(text)) throw new RangeError(`not a decimal number: "${text}"`);
  if (Number(text) * 10 ** decimals >= Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER;
  return parseDecimal(cut, decimals);
}

function limitOf(
  problems: string[],
  path: string,
  text: string,
  decimals: number,
  unit: number,
  what: string,
): number {
  let units: number;
  try {
    units = floorUnits(text, decimals);
  } catch (error) {
    problems.push(`${path}: ${(error as RangeError).message}`);
    return 0;
  }
  const count = Math.floor(units / unit);
  if (count === 0) problems.push(`${path}: "${text}" is less than one ${what}, so nothing could be traded`);
  return count;
}

function instrumentLimits(problems: string[], config: RiskConfig, instrument: Instrument): InstrumentLimits {
  const own = config.symbols[instrument.symbol] ?? {};
  const text = (key: 'maxPosition' | 'maxOrderQty' | 'maxOrderNotional'): [path: string, value: string] => {
    const value = own[key];
    return value === undefined
      ? [`risk.${key}`, config[key]]
      : [`risk.symbols.${instrument.symbol}.${key}`, value];
  };
  const { qtyDecimals, lotUnits, priceDecimals, tickUnits } = instrument;
  const lots = (key: 'maxPosition' | 'maxOrderQty'): number => {
    const [path, value] = text(key);
    return limitOf(problems, path, value, qtyDecimals, lotUnits, `lot of ${instrument.symbol}`);
  };
  const [notionalPath, notional] = text('maxOrderNotional');
  return {
    maxPositionLots: lots('maxPosition'),
    maxOrderLots: lots('maxOrderQty'),
    maxOrderNotionalCash: limitOf(
      problems,
      notionalPath,
      notional,
      priceDecimals + qtyDecimals,
      tickUnits * lotUnits,
      `cash unit of ${instrument.symbol}`,
    ),
    maxOpenOrders: own.maxOpenOrders ?? config.maxOpenOrders,
    priceBandBps: own.priceBandBps ?? config.priceBandBps,
  };
}

/** Limits of an instrument that is added while the engine runs; throws RangeError with what is wrong. */
export function limitsOfInstrument(config: RiskConfig, instrument: Instrument): InstrumentLimits {
  const problems: string[] = [];
  const limits = instrumentLimits(problems, config, instrument);
  if (problems.length > 0) throw new RangeError(problems.join('; '));
  return limits;
}

/** A loss as an amount; one with a percent sign is a share of the equity at the start. */
function lossLimit(
  problems: string[],
  key: 'maxDrawdown' | 'maxDailyLoss',
  text: string,
  startEquity: number,
): number {
  const isShare = text.endsWith('%');
  const number = Number(isShare ? text.slice(0, -1) : text);
  const limit = isShare ? (number / 100) * startEquity : number;
  if (limit >= 0 && (!isShare || number === 0 || startEquity > 0)) return limit;
  const what = isShare && number >= 0 ? `a risk.startEquity above 0 for a share of it` : 'a number from 0';
  problems.push(`risk.${key}: expected ${what}, got "${text}"`);
  return 0;
}

/** Turns the config's decimals into ticks, lots and cash. Pure; at start. Lists every problem at once. */
export function riskLimitsFrom(config: RiskConfig, instruments: readonly Instrument[]): RiskLimitsResult {
  const problems: string[] = [];
  for (const symbol of Object.keys(config.symbols)) {
    if (!instruments.some((instrument) => instrument.symbol === symbol)) {
      problems.push(`risk.symbols.${symbol}: this symbol is not traded`);
    }
  }
  const perInstrument = instruments.map((instrument) => instrumentLimits(problems, config, instrument));
  if (!(config.maxOrdersPerSecond >= 1)) problems.push('risk.maxOrdersPerSecond: expected at least 1');
  const startEquity = Number(config.startEquity);
  const maxDrawdown = lossLimit(problems, 'maxDrawdown', config.maxDrawdown, startEquity);
  const maxDailyLoss = lossLimit(problems, 'maxDailyLoss', config.maxDailyLoss, startEquity);
  // The same general value may fail for several instruments in the same words.
  if (problems.length > 0) return { ok: false, problems: [...new Set(problems)] };
  const { maxOrdersPerSecond, maxLossesInARow, maxRejectsPerMinute } = config;
  const limits = {
    instruments: perInstrument,
    maxOrdersPerSecond,
    maxDrawdown,
    maxDailyLoss,
    maxLossesInARow,
    maxRejectsPerMinute,
    killsAtLimit: config.atLimit === 'kill',
    deniesSelfCross: config.selfCross === 'deny',
  };
  return { ok: true, limits };
}
