// hot path: no allocation after start
import type { ViewThresholds } from './view-class.ts';

/** How order flow and bias stand to each other (signals.md section 3). */
export const ALIGNMENT = {
  noView: 0,
  strongAlignment: 1,
  moderateAlignment: 2,
  moderateConflict: 3,
  strongConflict: 4,
} as const;

/** By what the size of a trade is multiplied, before risk. */
export interface AlignmentMultipliers {
  readonly noView: number;
  readonly strongAlignment: number;
  readonly moderateAlignment: number;
  readonly moderateConflict: number;
  readonly strongConflict: number;
}

export const ALIGNMENT_MULTIPLIERS: AlignmentMultipliers = {
  noView: 1,
  strongAlignment: 1.5,
  moderateAlignment: 1,
  moderateConflict: 0.7,
  strongConflict: 0.5,
};

/** ALIGNMENT of an order-flow score and a bias; NaN = there is none. A weak one counts as no view. */
export function alignmentOf(score: number, bias: number, thresholds: ViewThresholds): number {
  const { moderateFrom, strongFrom } = thresholds;
  const scoreSize = Math.abs(score);
  const biasSize = Math.abs(bias);
  // Not below, rather than at least: NaN has no view either.
  if (!(scoreSize >= moderateFrom && biasSize >= moderateFrom)) return ALIGNMENT.noView;
  const areStrong = scoreSize >= strongFrom && biasSize >= strongFrom;
  if (score > 0 === bias > 0) return areStrong ? ALIGNMENT.strongAlignment : ALIGNMENT.moderateAlignment;
  return areStrong ? ALIGNMENT.strongConflict : ALIGNMENT.moderateConflict;
}

/** The multiplier of an alignment. */
export function sizeMultiplierOf(alignment: number, multipliers: AlignmentMultipliers): number {
  switch (alignment) {
    case ALIGNMENT.strongAlignment:
      return multipliers.strongAlignment;
    case ALIGNMENT.moderateAlignment:
      return multipliers.moderateAlignment;
    case ALIGNMENT.moderateConflict:
      return multipliers.moderateConflict;
    case ALIGNMENT.strongConflict:
      return multipliers.strongConflict;
    default:
      return multipliers.noView;
  }
}
