// hot path: no allocation after start

/** Pure microstructure features of a book. Prices in ticks, sizes in lots. */

/** (bid - ask) / (bid + ask) volume, -1..1; 0 when both are empty. */
export function imbalance(bidLots: number, askLots: number): number {
  const total = bidLots + askLots;
  return total > 0 ? (bidLots - askLots) / total : 0;
}

/**
 * The touch weighted by the opposite size: nearer to the side that will be eaten first (Gatheral & Oomen 2010).
 * 0 when a side is empty.
 */
export function microPriceTicks(
  bidTicks: number,
  bidLots: number,
  askTicks: number,
  askLots: number,
): number {
  if (bidLots <= 0 || askLots <= 0) return 0;
  return (bidTicks * askLots + askTicks * bidLots) / (bidLots + askLots);
}
