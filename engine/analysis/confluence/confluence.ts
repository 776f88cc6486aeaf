import { clamp } from '../../core/clamp.ts';
import type { Timeframe } from '../bars/timeframe.ts';

/** Timeframes with a score below which nothing is decided. */
export const WARM_TIMEFRAMES_MIN = 3;
/** |score| from which a timeframe takes a side. */
export const SIDE_SCORE_MIN = 20;
/** Order flow against the side, from which it costs confidence. */
const FLOW_AGAINST = -60;
/** Volume z-score of the anchor below which confidence is lower. */
const VOLUME_THIN = -1;

/** Score of a warm timeframe. */
export interface TimeframeScore {
  readonly timeframe: Timeframe;
  /** -100..100. */
  readonly score: number;
}

/** What several timeframes together say. */
export interface Confluence {
  /** Weighted mean of the scores, -100..100; null without any warm timeframe. */
  readonly confluence: number | null;
  /** Net share of weight that takes the same side, 0..1. */
  readonly agreement: number | null;
  /** Sign of the confluence. */
  readonly side: -1 | 0 | 1;
  /** Confidence, a whole number 0..100. */
  readonly confA: number;
  readonly isWarming: boolean;
}

/**
 * Confluence of the warm timeframes. Timeframes of weight 0 have no say. Pure.
 * @param orderFlow order-flow score times the weight of its freshness; null = absent
 * @param anchorZVolume volume z-score of the anchor timeframe; null = absent
 */
export function confluenceOf(
  scores: readonly TimeframeScore[],
  orderFlow: number | null,
  anchorZVolume: number | null,
): Confluence {
  const warm = scores.filter(({ timeframe }) => timeframe.weight > 0);
  if (warm.length === 0) return { confluence: null, agreement: null, side: 0, confA: 0, isWarming: true };
  let weight = 0;
  // Summed as distances, so that equal scores have exactly themselves as mean.
  const [{ score: origin }] = warm;
  let away = 0;
  let net = 0;
  for (const { timeframe, score } of warm) {
    weight += timeframe.weight;
    away += timeframe.weight * (score - origin);
    if (Math.abs(score) >= SIDE_SCORE_MIN) net += timeframe.weight * Math.sign(score);
  }
  const confluence = clamp(origin + away / weight, -100, 100);
  const agreement = Math.min(1, Math.abs(net / weight));
  const side = Math.sign(confluence) as -1 | 0 | 1;
  const isWarming = warm.length < WARM_TIMEFRAMES_MIN;
  const flow = side * (orderFlow ?? 0);
  const isThin = anchorZVolume !== null && anchorZVolume < VOLUME_THIN;
  const confidence =
    0.6 * Math.abs(confluence) +
    25 * agreement +
    0.15 * Math.max(0, flow) -
    (flow <= FLOW_AGAINST ? 10 : 0) -
    (isThin ? 10 : 0);
  const confA = isWarming ? 0 : roundHalfUp(clamp(confidence, 0, 100));
  return { confluence, agreement, side, confA, isWarming };
}

/** Rounds halves up; what rounding errors of sums took from a half is given back first. */
function roundHalfUp(value: number): number {
  return Math.floor(value + 0.5 + 1e-9);
}
