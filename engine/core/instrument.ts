import { INSTRUMENTS_MAX } from './limits.ts';
import { formatDecimal, parseDecimal, powerOfTen } from './decimal.ts';
import type { PriceBand } from './price-band.ts';

/** What is traded: the asset itself, or a contract on it without or with an end. */
export type InstrumentKind = 'spot' | 'perpetual' | 'future';

/**
 * How a contract's value follows its price. linear: size x price, paid in the quote asset (also spot). inverse: size /
 * price, paid in the base asset, the size being money of the quote asset.
 */
export type Payoff = 'linear' | 'inverse';

/** Whose margin covers a position; none on spot. */
export type MarginMode = 'none' | 'cross' | 'isolated';

/**
 * Which new orders a venue takes in an instrument. limit-only: no market orders. post-only: only orders that cannot take.
 * reduce-only: only orders marked so. All others take none: cancel-only, halted (for a while), pre-trading (not yet), closed
 * (no more), changed (its tick, lot or contract is not what this run counts in), unknown (the venue's word for it is not
 * known here). Cancels are never refused because of it.
 */
export type VenueStatus =
  | 'trading'
  | 'limit-only'
  | 'post-only'
  | 'reduce-only'
  | 'cancel-only'
  | 'halted'
  | 'pre-trading'
  | 'closed'
  | 'changed'
  | 'unknown';

/**
 * What the engine must know to trade one venue symbol with integers: a price is a count of ticks, a size a count
 * of lots, and money a count of cash units (linear: 1 tick x 1 lot of the contract, in the quote asset; inverse:
 * 10^-settleDecimals of the settlement asset).
 * Plain data: passed to every thread at start, indexed by `instrumentIndex`. Venue and symbol together name an
 * instrument for ever; the index is that of this run.
 */
export interface Instrument {
  /** Dense index from 0, the only key on the hot path. */
  readonly index: number;
  /** The venue's id in the configuration, e.g. "binance-spot". Two venues may list the same pair. */
  readonly venue: string;
  /** The venue's own symbol, e.g. "BTCUSDT". */
  readonly symbol: string;
  readonly kind: InstrumentKind;
  readonly payoff: Payoff;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  /** Asset that profit and margin are counted in. */
  readonly settleAsset: string;
  /** Asset fees are taken in; null = each fill says. */
  readonly feeAsset: string | null;
  readonly marginMode: MarginMode;
  /** Fraction digits a price needs; tick = `tickUnits` x 10^-priceDecimals. */
  readonly priceDecimals: number;
  readonly tickUnits: number;
  /** Fraction digits a size needs; lot = `lotUnits` x 10^-qtyDecimals. Sizes of contracts count contracts. */
  readonly qtyDecimals: number;
  readonly lotUnits: number;
  /** One contract = `contractUnits` x 10^-contractDecimals of the base asset (linear) or quote asset (inverse); 1 on spot. */
  readonly contractUnits: number;
  readonly contractDecimals: number;
  /** Fraction digits of one cash unit of an inverse contract; not used by linear ones. */
  readonly settleDecimals: number;
  readonly minQtyLots: number;
  readonly maxQtyLots: number;
  /** Smallest order value the venue takes, in cash units; 0 = none. */
  readonly minNotionalCash: number;
  /** Limit prices the venue takes; null = no band, or it is not known. */
  readonly priceBand: PriceBand | null;
  /** Time between two fundings of a perpetual, ms; 0 = no funding. */
  readonly fundingIntervalMs: number;
  readonly status: VenueStatus;
  /** Grows when the venue changes this instrument's metadata at run time. */
  readonly epoch: number;
  /** Label of the lane that brings its market data; empty when the engine has one. */
  readonly lane: string;
  /**
   * Label of the account that trades it; empty when the engine has one. A symbol that two accounts trade is two
   * instruments, so that a position always belongs to one account.
   */
  readonly account: string;
}

/** What has to be said of a spot pair; the rest follows. */
export type SpotTerms = Omit<
  Instrument,
  | 'kind'
  | 'payoff'
  | 'settleAsset'
  | 'feeAsset'
  | 'marginMode'
  | 'contractUnits'
  | 'contractDecimals'
  | 'settleDecimals'
  | 'priceBand'
  | 'fundingIntervalMs'
  | 'status'
  | 'lane'
  | 'account'
>;

/** A spot pair: paid in full in the quote asset, one unit of the base asset per unit of size; without a band, and traded. */
export function spotInstrument(terms: SpotTerms): Instrument {
  return {
    ...terms,
    kind: 'spot',
    payoff: 'linear',
    settleAsset: terms.quoteAsset,
    feeAsset: null,
    marginMode: 'none',
    contractUnits: 1,
    contractDecimals: 0,
    settleDecimals: 0,
    priceBand: null,
    fundingIntervalMs: 0,
    status: 'trading',
    lane: '',
    account: '',
  };
}

/**
 * The place of each instrument in a list that holds some of the engine's, by instrument index, with room for all there can be; -1 = not
 * in it.
 */
export function placesByIndex(instruments: readonly Instrument[]): Int32Array {
  const places = new Int32Array(INSTRUMENTS_MAX).fill(-1);
  for (const [place, { index }] of instruments.entries()) places[index] = place;
  return places;
}

/**
 * The name people see: the symbol, where the engine has one lane and one account; else with its venue, and with its
 * account where that is not named like the venue. No two instruments of an engine have the same.
 */
export function instrumentName({ venue, symbol, lane, account }: Instrument): string {
  if (lane === '' && account === '') return symbol;
  return account === '' || account === venue ? `${venue}:${symbol}` : `${venue}:${symbol}@${account}`;
}

/** The name that is the same in every run: venue, symbol and the account that trades it. */
export function instrumentKey(venue: string, symbol: string, accountId: string): string {
  return `${venue}:${symbol}@${accountId}`;
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
