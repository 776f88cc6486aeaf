import type { DepthView } from '../../../engine/strategy/signals/order-flow-score.ts';

/** Levels of a side as [price, size], best first. */
export type Levels = readonly (readonly [number, number])[];

/** A book given by its levels, as the score reads it. */
export function depthOf(bids: Levels, asks: Levels, recvNs = 0): DepthView {
  return {
    bidCount: bids.length,
    askCount: asks.length,
    recvNs,
    bidTicksAt: (level) => bids[level]?.[0] ?? 0,
    bidLotsAt: (level) => bids[level]?.[1] ?? 0,
    askTicksAt: (level) => asks[level]?.[0] ?? 0,
    askLotsAt: (level) => asks[level]?.[1] ?? 0,
  };
}
