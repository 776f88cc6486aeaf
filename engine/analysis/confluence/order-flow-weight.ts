import { clamp } from '../../core/clamp.ts';

/** Age at which an order-flow score is worth nothing. */
const VALID_MS = 30_000;

/** Weight of an order-flow score by its age: 1 when new, falling evenly to 0 at 30 s. */
export function freshnessOf(ageMs: number): number {
  return clamp(1 - ageMs / VALID_MS, 0, 1);
}
