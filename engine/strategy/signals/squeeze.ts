// hot path: no allocation after start

/** A bandwidth this low among the last ones is a squeeze, in percent (signals.md section 4). */
export const SQUEEZE_PCT = 20;

/**
 * Squeeze and release: a bar whose bandwidth is in the lowest `squeezePct` percent of the last ones arms it, the first
 * later close outside the band releases it. The bar that is outside can begin the next squeeze but not be its own.
 */
export class Squeeze {
  /** Whether there was a squeeze that has not been released. */
  isArmed: boolean;
  private readonly squeezePct: number;

  constructor(squeezePct: number = SQUEEZE_PCT) {
    this.squeezePct = squeezePct;
    this.isArmed = false;
  }

  /**
   * Takes in a closed bar: 1 when it released the squeeze upwards, -1 downwards, else 0.
   * @param bandwidthPct share of the last bandwidths that are lower, percent; NaN = not known
   */
  update(close: number, lower: number, upper: number, bandwidthPct: number): -1 | 0 | 1 {
    let released: -1 | 0 | 1 = 0;
    if (this.isArmed && (close > upper || close < lower)) {
      this.isArmed = false;
      released = close > upper ? 1 : -1;
    }
    if (bandwidthPct < this.squeezePct) this.isArmed = true;
    return released;
  }

  reset(): void {
    this.isArmed = false;
  }
}
