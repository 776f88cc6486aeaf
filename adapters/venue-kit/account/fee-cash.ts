// hot path: no allocation after start
import type { Instrument } from '../../../engine/core/instrument.ts';

/** Decimals of every asset amount Binance Spot reports. */
export const COMMISSION_DECIMALS = 8;

/** A fee in the quote asset (units of 1e-8) as cash units of the instrument, rounded up: never less than was paid. */
export function quoteFeeToCash(instrument: Instrument, feeUnits: number): number {
  const cashUnits = instrument.tickUnits * instrument.lotUnits;
  const decimals = instrument.priceDecimals + instrument.qtyDecimals - COMMISSION_DECIMALS;
  if (decimals >= 0) return ratioUp(feeUnits, 10 ** decimals, cashUnits);
  return ratioUp(feeUnits, 1, 10 ** -decimals * cashUnits);
}

/** A fee in the base asset (units of 1e-8), valued at the fill's price, as cash units, rounded up. */
export function baseFeeToCash(instrument: Instrument, feeUnits: number, priceTicks: number): number {
  const decimals = instrument.qtyDecimals - COMMISSION_DECIMALS;
  if (decimals >= 0) return ratioUp(feeUnits, priceTicks * 10 ** decimals, instrument.lotUnits);
  return ratioUp(feeUnits, priceTicks, 10 ** -decimals * instrument.lotUnits);
}

/** ceil(amount x factor / divisor), whole part and rest apart so that products stay in the exact range. */
function ratioUp(amount: number, factor: number, divisor: number): number {
  const whole = Math.floor(amount / divisor);
  const rest = amount - whole * divisor;
  return whole * factor + Math.ceil((rest * factor) / divisor);
}

/** A fee of `feeUnits` (1e-8) of an asset in cash units; NaN when the asset is neither quote nor base. */
export function feeToCash(
  instrument: Instrument,
  asset: string,
  feeUnits: number,
  priceTicks: number,
): number {
  if (asset === instrument.quoteAsset) return quoteFeeToCash(instrument, feeUnits);
  if (asset === instrument.baseAsset) return baseFeeToCash(instrument, feeUnits, priceTicks);
  return feeUnits === 0 ? 0 : NaN;
}
