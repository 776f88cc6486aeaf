// hot path: no allocation after start

/**
 * Lots whose loss between entry and stop is the risk budget, min(`riskPct` of equity, `riskCash`) x multiplier; whole lots
 * rounded down, 0 when not one fits. Amounts are in cash units of the instrument (1 tick x 1 lot), for linear payoffs.
 * @param equityCash NaN = not known: the other bound alone
 */
export function riskLots(
  equityCash: number,
  riskPct: number,
  riskCash: number,
  multiplier: number,
  stopDistanceTicks: number,
): number {
  if (!(stopDistanceTicks > 0)) return 0;
  const ofEquity = (equityCash * riskPct) / 100;
  const budget = ofEquity < riskCash ? ofEquity : riskCash;
  return budget > 0 ? Math.floor((budget * multiplier) / stopDistanceTicks) : 0;
}
