// hot path: no allocation after start
import { INSTRUMENTS_MAX } from '../core/limits.ts';
import { ORDER_TYPE, TIME_IN_FORCE } from '../messages/enums.ts';

/** Price at which an order of this ORDER_TYPE and TIME_IN_FORCE stays at the venue when nothing fills it; 0 = it ends. Pure. */
export function restingTicksOf(orderType: number, timeInForce: number, priceTicks: number): number {
  if (orderType === ORDER_TYPE.limitMaker) return priceTicks;
  return orderType === ORDER_TYPE.limit && timeInForce === TIME_IN_FORCE.gtc ? priceTicks : 0;
}

/**
 * Best price of our own resting orders on one side, per instrument. When the best one ends, the next is not known until
 * its owner looks at all orders again. One thread.
 */
export class BestTicks {
  /** By instrument index; 0 = none rests. */
  readonly ticks: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  private readonly stale: Uint8Array = new Uint8Array(INSTRUMENTS_MAX);
  private readonly isBid: boolean;

  constructor(isBid: boolean) {
    this.isBid = isBid;
  }

  isStale(instrumentIndex: number): boolean {
    return this.stale[instrumentIndex] !== 0;
  }

  /** Nothing is known to rest; all orders are about to be added again. */
  forget(instrumentIndex: number): void {
    this.ticks[instrumentIndex] = 0;
    this.stale[instrumentIndex] = 0;
  }

  /** An order rests at a price; 0 = it does not rest. */
  add(instrumentIndex: number, priceTicks: number): void {
    if (priceTicks === 0) return;
    const best = this.ticks[instrumentIndex];
    if (best === 0 || (this.isBid ? priceTicks > best : priceTicks < best))
      this.ticks[instrumentIndex] = priceTicks;
  }

  /** An order that rested at a price has ended. */
  remove(instrumentIndex: number, priceTicks: number): void {
    if (priceTicks !== 0 && priceTicks === this.ticks[instrumentIndex]) this.stale[instrumentIndex] = 1;
  }
}
