// hot path: no allocation after start
import { invariant } from '../../core/assert.ts';

const VARIANCE = 0;
const LAST = 1;

/**
 * Exponentially weighted volatility of log returns per update (RiskMetrics, 1996): variance = lambda variance +
 * (1 - lambda) return^2, with mean 0 and seeded with the first squared return, so it is there from the second price on.
 * Multiply by the root of the updates in a year to annualise.
 */
export class EwmaVolatility {
  private readonly lambda: number;
  private readonly state: Float64Array;

  /** @param lambda weight of the past, above 0 and below 1; RiskMetrics uses 0.94 for days */
  constructor(lambda: number) {
    invariant(lambda > 0 && lambda < 1, 'the weight of the past is above 0 and below 1');
    this.lambda = lambda;
    this.state = Float64Array.of(NaN, NaN);
  }

  get isReady(): boolean {
    return !Number.isNaN(this.state[VARIANCE]);
  }

  get value(): number {
    return Math.sqrt(this.state[VARIANCE]);
  }

  update(price: number): void {
    const { state, lambda } = this;
    const change = Math.log(price / state[LAST]);
    state[LAST] = price;
    if (Number.isNaN(change)) return;
    const square = change * change;
    if (Number.isNaN(state[VARIANCE])) state[VARIANCE] = square;
    else state[VARIANCE] = lambda * state[VARIANCE] + (1 - lambda) * square;
  }

  /** Forgets all prices. */
  reset(): void {
    this.state.fill(NaN);
  }
}
