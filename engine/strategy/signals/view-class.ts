// hot path: no allocation after start

/** Strength classes of a view of -100..100 (signals.md section 1); a bias has the same numbers. */
export const VIEW_CLASS = {
  strongSell: -2,
  moderateSell: -1,
  neutral: 0,
  moderateBuy: 1,
  strongBuy: 2,
} as const;

/** From which |view| on it is one, and a strong one. */
export interface ViewThresholds {
  readonly moderateFrom: number;
  readonly strongFrom: number;
}

export const VIEW_THRESHOLDS: ViewThresholds = { moderateFrom: 20, strongFrom: 60 };

/** The class of a view; thresholds belong to the stronger class. Neutral for NaN. */
export function viewClassOf(view: number, { moderateFrom, strongFrom }: ViewThresholds): number {
  if (view >= strongFrom) return VIEW_CLASS.strongBuy;
  if (view >= moderateFrom) return VIEW_CLASS.moderateBuy;
  if (view <= -strongFrom) return VIEW_CLASS.strongSell;
  return view <= -moderateFrom ? VIEW_CLASS.moderateSell : VIEW_CLASS.neutral;
}
