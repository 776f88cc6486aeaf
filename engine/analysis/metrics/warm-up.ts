/** Closed bars without a gap that a metric needs before it exists. */
export const BARS_NEEDED = {
  atr: 15,
  rsi: 15,
  percentB: 20,
  macd: 35,
  structure: 40,
  trend: 50,
  zScore: 100,
  levels: 100,
  bandwidthPct: 140,
  ema200: 200,
} as const;

/** Why something that needs `need` bars is not there yet. */
export function warmingReason(have: number, need: number): string {
  return `warming ${have}/${need}`;
}
