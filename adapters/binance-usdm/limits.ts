import type { RateWindowSpec } from '../venue-kit/limits/rate-budget.ts';
import { RATE_COST } from '../venue-kit/limits/rate-budget.ts';

/**
 * Limits of Binance USD-M futures (exchangeInfo `rateLimits`) until the venue's answers name its own; a tenth of the request
 * weight is kept for cancels and the dead-man switch. Cancels do not count as orders.
 */
export const RATE_WINDOWS: readonly RateWindowSpec[] = [
  { cost: RATE_COST.weight, windowMs: 60_000, limit: 2_400, reserve: 240 },
  { cost: RATE_COST.orders, windowMs: 10_000, limit: 300, reserve: 0 },
  { cost: RATE_COST.orders, windowMs: 60_000, limit: 1_200, reserve: 0 },
];

/** Pause after a 429 that does not say how long: the weight window is a minute. */
export const RATE_PAUSE_MS = 60_000;
