import type { RateWindowSpec } from '../venue-kit/limits/rate-budget.ts';
import { RATE_COST } from '../venue-kit/limits/rate-budget.ts';

/**
 * Limits of Binance Spot (rest-api.md, examples of `rateLimits`) until the venue's answers name its own; a tenth of the
 * request weight is kept for cancels. Cancels do not count as orders there.
 */
export const RATE_WINDOWS: readonly RateWindowSpec[] = [
  { cost: RATE_COST.weight, windowMs: 60_000, limit: 6_000, reserve: 600 },
  { cost: RATE_COST.orders, windowMs: 10_000, limit: 50, reserve: 0 },
  { cost: RATE_COST.orders, windowMs: 86_400_000, limit: 160_000, reserve: 0 },
  { cost: RATE_COST.requests, windowMs: 300_000, limit: 300_000, reserve: 30_000 },
];

/** Pause after a 429 that does not say how long: the weight window is a minute. */
export const RATE_PAUSE_MS = 60_000;
