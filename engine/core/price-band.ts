import { invariant } from './assert.ts';

/**
 * Which price a band is a share of. average: the venue's weighted average of the last minutes. mark: the venue's mark
 * price of a contract. last: the last trade.
 */
export type BandReference = 'average' | 'mark' | 'last';

/**
 * The limit prices a venue takes, as shares of a reference price, by the order's side. Shares are whole numbers of
 * 10^-shareDecimals: with four decimals, 50000 is five times the reference. Bounds belong to what is allowed.
 */
export interface PriceBand {
  readonly reference: BandReference;
  /** Minutes the average looks back; 0 for the other references. */
  readonly averageMinutes: number;
  readonly shareDecimals: number;
  readonly buyMinShare: number;
  readonly buyMaxShare: number;
  readonly sellMinShare: number;
  readonly sellMaxShare: number;
}

/** Fraction digits that a reference price has more than prices of the instrument: averages and marks are off the grid. */
export const REFERENCE_EXTRA_DECIMALS = 4;
/** Shares are kept with so many digits at most; finer ones are cut inward. */
export const SHARE_DECIMALS_MAX = 4;

const SIDES_AND_ENDS = 4;
const REFERENCE_SCALE: number = 10 ** REFERENCE_EXTRA_DECIMALS;

/**
 * A band in ticks of its instrument. Whole-number arithmetic, exact as long as the reference is a safe integer. Reference
 * prices are counted in 10^-(priceDecimals + REFERENCE_EXTRA_DECIMALS). Any thread.
 */
export class BandTicks {
  /** Reduced shares per tick, as numerators and denominators: buyMin, buyMax, sellMin, sellMax. */
  private readonly numerators: Float64Array = new Float64Array(SIDES_AND_ENDS);
  private readonly denominators: Float64Array = new Float64Array(SIDES_AND_ENDS);

  /** @throws InvariantViolation when the shares or the tick are too large for exact arithmetic */
  constructor(band: PriceBand, tickUnits: number) {
    const scale = 10 ** band.shareDecimals * REFERENCE_SCALE * tickUnits;
    const shares = [band.buyMinShare, band.buyMaxShare, band.sellMinShare, band.sellMaxShare];
    for (const [at, share] of shares.entries()) {
      const divisor = greatestCommonDivisor(share, scale);
      this.numerators[at] = share / divisor;
      this.denominators[at] = scale / divisor;
      const isExact = Number.isSafeInteger(this.numerators[at] * this.denominators[at]);
      invariant(isExact, 'a price band is exact in ticks');
    }
  }

  /** Lowest price a buy (or a sell) may have, ticks. */
  minTicks(isBuy: boolean, referenceUnits: number): number {
    const at = isBuy ? 0 : 2;
    const floor = this.floorTicks(at, referenceUnits);
    return this.isWhole(at, referenceUnits) ? floor : floor + 1;
  }

  /** Highest price a buy (or a sell) may have, ticks. */
  maxTicks(isBuy: boolean, referenceUnits: number): number {
    return this.floorTicks(isBuy ? 1 : 3, referenceUnits);
  }

  /** floor(reference x numerator / denominator) without a product beyond the safe integers. */
  private floorTicks(at: number, referenceUnits: number): number {
    const numerator = this.numerators[at];
    const denominator = this.denominators[at];
    const whole = Math.floor(referenceUnits / denominator);
    const rest = referenceUnits - whole * denominator;
    return whole * numerator + Math.floor((rest * numerator) / denominator);
  }

  private isWhole(at: number, referenceUnits: number): boolean {
    const denominator = this.denominators[at];
    return ((referenceUnits % denominator) * this.numerators[at]) % denominator === 0;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  let high = a;
  let low = b;
  while (low !== 0) [high, low] = [low, high % low];
  return high === 0 ? 1 : high;
}
