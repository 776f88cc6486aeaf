// hot path: no allocation after start

/**
 * Lots whose loss between entry and stop is the risk budget, min(`riskPct` of equity, `riskCash`) x multiplier; whole lots
 * rounded down, 0 when not one fits. Amounts are in cash units of the instrument (1 tick x 1 lot), for linear payoffs.
 * @param equityCash NaN = not known: nothing may be risked
 */
export function riskLots(
  equityCash: number,
  riskPct: number,
  riskCash: number,
  multiplier: number,
  stopDistanceTicks: number,
): number {
  if (!(stopDistanceTicks > 0)) return 0;
  const budget = Math.min((equityCash * riskPct) / 100, riskCash);
  return budget > 0 ? Math.floor((budget * multiplier) / stopDistanceTicks) : 0;
}
