import { decimalsOf } from '../../../engine/core/decimal.ts';
import { SHARE_DECIMALS_MAX } from '../../../engine/core/price-band.ts';
import type { BandReference, PriceBand } from '../../../engine/core/price-band.ts';
import { stepsOf } from './grid.ts';

/** A band as a venue states it: what a price may be, as multiples of the reference, in decimal text. */
export interface BandTexts {
  readonly buyMin: string;
  readonly buyMax: string;
  readonly sellMin: string;
  readonly sellMax: string;
}

/**
 * A venue's band in whole shares; digits beyond SHARE_DECIMALS_MAX are cut inward, so that nothing is let through which
 * the venue refuses. @throws RangeError naming a text that is no decimal number, or a band without any price in it
 */
export function bandOfTexts(reference: BandReference, averageMinutes: number, texts: BandTexts): PriceBand {
  const digits = Math.max(...Object.values(texts).map((text: string) => decimalsOf(text)));
  const shareDecimals = Math.min(SHARE_DECIMALS_MAX, digits);
  const grid = { decimals: shareDecimals, units: 1 };
  const band: PriceBand = {
    reference,
    averageMinutes,
    shareDecimals,
    buyMinShare: stepsOf(texts.buyMin, grid, Math.ceil),
    buyMaxShare: stepsOf(texts.buyMax, grid, Math.floor),
    sellMinShare: stepsOf(texts.sellMin, grid, Math.ceil),
    sellMaxShare: stepsOf(texts.sellMax, grid, Math.floor),
  };
  const hasPrices =
    band.buyMinShare >= 0 &&
    band.sellMinShare >= 0 &&
    band.buyMaxShare > band.buyMinShare &&
    band.sellMaxShare > band.sellMinShare;
  if (!hasPrices) throw new RangeError(`no price is in the band ${JSON.stringify(texts)}`);
  return band;
}
