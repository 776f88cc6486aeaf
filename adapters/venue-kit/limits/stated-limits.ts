// hot path: no allocation after start

/** Limits read from one answer. */
export const LIMITS_READ_MAX = 8;

/** The rate limits one answer of a venue states, with what is used of them: columns, filled up to `count`. */
export class StatedLimits {
  count: number;
  /** A RATE_COST, or -1 for a limit that is not ours to count. */
  readonly cost: Int32Array = new Int32Array(LIMITS_READ_MAX);
  readonly windowMs: Float64Array = new Float64Array(LIMITS_READ_MAX);
  readonly limit: Float64Array = new Float64Array(LIMITS_READ_MAX);
  readonly used: Float64Array = new Float64Array(LIMITS_READ_MAX);

  constructor() {
    this.count = 0;
  }
}
