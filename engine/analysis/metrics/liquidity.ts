/** One side's levels, best first; prices and sizes in quote and base units. */
export interface DepthSide {
  readonly prices: ArrayLike<number>;
  readonly sizes: ArrayLike<number>;
}

/** Notional (quote units) within a distance of mid. */
export interface DepthNotional {
  readonly bid: number;
  readonly ask: number;
}

/** How easily a live book can be traded. */
export interface Liquidity {
  readonly spreadBps: number;
  readonly within10Bps: DepthNotional;
  readonly within25Bps: DepthNotional;
  readonly within50Bps: DepthNotional;
  /** (bid - ask) / (bid + ask) of the notional within 25 bps, -1..1; NaN when there is none. */
  readonly imbalance25: number;
  readonly ageMs: number;
}

/** Liquidity of a valid book; null when a side is empty. Pure. */
export function liquidityOf(bids: DepthSide, asks: DepthSide, ageMs: number): Liquidity | null {
  if (bids.prices.length === 0 || asks.prices.length === 0) return null;
  const mid = (bids.prices[0] + asks.prices[0]) / 2;
  const within = (bps: number): DepthNotional => ({
    bid: notionalWithin(bids, mid, bps),
    ask: notionalWithin(asks, mid, bps),
  });
  const within25Bps = within(25);
  const { bid, ask } = within25Bps;
  return {
    spreadBps: (10_000 * (asks.prices[0] - bids.prices[0])) / mid,
    within10Bps: within(10),
    within25Bps,
    within50Bps: within(50),
    imbalance25: (bid - ask) / (bid + ask),
    ageMs,
  };
}

function notionalWithin({ prices, sizes }: DepthSide, mid: number, bps: number): number {
  const reach = (mid * bps) / 10_000;
  let sum = 0;
  for (let level = 0; level < prices.length; level++) {
    if (Math.abs(prices[level] - mid) > reach) break;
    sum += prices[level] * sizes[level];
  }
  return sum;
}
