// hot path: no allocation after start
import { invariant } from '../../core/assert.ts';

/**
 * Exponentially weighted volatility of log returns per update (RiskMetrics, 1996): variance = lambda variance +
 * (1 - lambda) return^2, with mean 0 and seeded with the first squared return, so it is there from the second price on.
 * Multiply by the root of the updates in a year to annualise.
 */
export class EwmaVolatility {
  private readonly lambda: number;
  private variance: number;
  private last: number;

  /** @param lambda weight of the past, above 0 and below 1; RiskMetrics uses 0.94 for days */
  constructor(lambda: number) {
    invariant(lambda > 0 && lambda < 1, 'the weight of the past is above 0 and below 1');
    this.lambda = lambda;
    this.variance = NaN;
    this.last = NaN;
  }

  get isReady(): boolean {
    return !Number.isNaN(this.variance);
  }

  get value(): number {
    return Math.sqrt(this.variance);
  }

  update(price: number): void {
    const change = Math.log(price / this.last);
    this.last = price;
    if (Number.isNaN(change)) return;
    const square = change * change;
    if (Number.isNaN(this.variance)) this.variance = square;
    else this.variance = this.lambda * this.variance + (1 - this.lambda) * square;
  }

  /** Forgets all prices. */
  reset(): void {
    this.variance = NaN;
    this.last = NaN;
  }
}
