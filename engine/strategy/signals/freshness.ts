// hot path: no allocation after start

/** Age at which an order-flow score is worth nothing. */
export const SCORE_VALID_MS = 30_000;

/** Weight of a score by its age: 1 when new, falling evenly to 0 at `validMs` (signals.md section 1). */
export function freshnessOf(ageMs: number, validMs: number = SCORE_VALID_MS): number {
  const weight = 1 - ageMs / validMs;
  return weight < 0 ? 0 : weight > 1 ? 1 : weight;
}
