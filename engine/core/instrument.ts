import { formatDecimal, parseDecimal, powerOfTen } from './decimal.ts';

/**
 * What the engine must know to trade one venue symbol with integers: a price is a count of ticks, a size a count
 * of lots, and money a count of cash units (1 tick x 1 lot = tickSize x lotSize of the quote asset).
 * Plain data: passed to every thread at start, indexed by `instrumentIndex`.
 */
export interface Instrument {
  /** Dense index from 0, the only key on the hot path. */
  readonly index: number;
  /** The venue's own symbol, e.g. "BTCUSDT". */
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  /** Fraction digits a price needs; tick = `tickUnits` x 10^-priceDecimals. */
  readonly priceDecimals: number;
  readonly tickUnits: number;
  /** Fraction digits a size needs; lot = `lotUnits` x 10^-qtyDecimals. */
  readonly qtyDecimals: number;
  readonly lotUnits: number;
  readonly minQtyLots: number;
  readonly maxQtyLots: number;
  /** Smallest order value the venue takes, in cash units; 0 = none. */
  readonly minNotionalCash: number;
  /** Contract multiplier; 1 on spot. */
  readonly contractSize: number;
  /** Grows when the venue changes this instrument's metadata at run time. */
  readonly epoch: number;
}

/** Price text to ticks. @throws RangeError when the text is no multiple of the tick. */
export function priceToTicks(instrument: Instrument, text: string): number {
  const units = parseDecimal(text, instrument.priceDecimals);
  if (units % instrument.tickUnits !== 0) {
    throw new RangeError(
      `price "${text}" is no multiple of ${tickSizeText(instrument)} (${instrument.symbol})`,
    );
  }
  return units / instrument.tickUnits;
}

/** Size text to lots. @throws RangeError when the text is no multiple of the lot. */
export function qtyToLots(instrument: Instrument, text: string): number {
  const units = parseDecimal(text, instrument.qtyDecimals);
  if (units % instrument.lotUnits !== 0) {
    throw new RangeError(
      `size "${text}" is no multiple of ${lotSizeText(instrument)} (${instrument.symbol})`,
    );
  }
  return units / instrument.lotUnits;
}

/** Ticks as price text with the instrument's digits. */
export function ticksToPrice(instrument: Instrument, priceTicks: number): string {
  return formatDecimal(priceTicks * instrument.tickUnits, instrument.priceDecimals);
}

/** Lots as size text with the instrument's digits. */
export function lotsToQty(instrument: Instrument, qtyLots: number): string {
  return formatDecimal(qtyLots * instrument.lotUnits, instrument.qtyDecimals);
}

/** Cash units as text in the quote asset. */
export function cashToText(instrument: Instrument, cash: number): string {
  const units = Math.round(cash) * instrument.tickUnits * instrument.lotUnits;
  return formatDecimal(units, instrument.priceDecimals + instrument.qtyDecimals);
}

/** One cash unit in quote-asset money, as a float for display and ratios only. */
export function cashUnitValue(instrument: Instrument): number {
  return (
    (instrument.tickUnits * instrument.lotUnits) /
    (powerOfTen(instrument.priceDecimals) * powerOfTen(instrument.qtyDecimals))
  );
}

/** The tick as price text. */
export function tickSizeText(instrument: Instrument): string {
  return formatDecimal(instrument.tickUnits, instrument.priceDecimals);
}

/** The lot as size text. */
export function lotSizeText(instrument: Instrument): string {
  return formatDecimal(instrument.lotUnits, instrument.qtyDecimals);
}
