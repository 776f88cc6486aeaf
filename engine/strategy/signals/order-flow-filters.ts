// hot path: no allocation after start
import { SIDE } from '../../messages/enums.ts';

/** What to do with a position near its stop. */
export const STOP_ACTION = { honour: 0, hold: 1, exitNow: 2 } as const;

/** |score| above which order flow holds or gives up a position near its stop. */
export const STOP_PROTECTION_SCORE = 50;
/** |score| from which a breakout against it is false. */
export const FALSE_BREAKOUT_SCORE = 60;

/**
 * Stop protection (signals.md section 3): order flow in a position's direction holds it, against it ends it at once, and
 * otherwise, also without a score (NaN), the stop is honoured.
 * @param side SIDE the position was opened with
 */
export function stopActionOf(side: number, score: number, threshold: number = STOP_PROTECTION_SCORE): number {
  const along = side === SIDE.buy ? score : -score;
  if (along > threshold) return STOP_ACTION.hold;
  return along < -threshold ? STOP_ACTION.exitNow : STOP_ACTION.honour;
}

/**
 * False-breakout filter: whether order flow stands strongly against a breakout. Without a score (NaN) it does not.
 * @param side SIDE.buy for a breakout upwards
 */
export function isFalseBreakout(
  side: number,
  score: number,
  threshold: number = FALSE_BREAKOUT_SCORE,
): boolean {
  return (side === SIDE.buy ? -score : score) >= threshold;
}
