import { parseDecimal } from '../../../engine/core/decimal.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';

/** A JSON object whose values were not looked at yet. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one when it is none. */
export function fieldsOf(value: unknown): JsonFields {
  return typeof value === 'object' && value !== null ? (value as JsonFields) : {};
}

/** The value when it is a number, else NaN. */
export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}

/** The value when it is a text, else ''. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Decimal text as a count of 10^-decimals; NaN when it is none or has more digits. */
export function unitsOf(value: unknown, decimals: number): number {
  if (typeof value !== 'string') return NaN;
  try {
    return parseDecimal(value, decimals);
  } catch {
    return NaN;
  }
}

/** Decimal text as whole lots; NaN when it is none or not a multiple of the lot. */
export function lotsOf(instrument: Instrument, value: unknown): number {
  const lots = unitsOf(value, instrument.qtyDecimals) / instrument.lotUnits;
  return Number.isInteger(lots) ? lots : NaN;
}

/** Decimal text as whole ticks; NaN when it is none or not a multiple of the tick. */
export function ticksOf(instrument: Instrument, value: unknown): number {
  const ticks = unitsOf(value, instrument.priceDecimals) / instrument.tickUnits;
  return Number.isInteger(ticks) ? ticks : NaN;
}
