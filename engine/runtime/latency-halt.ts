/** Orders looked at together; one of them may be slow. */
const ORDERS_PER_LOOK = 100;
const SLOW_ALLOWED = 1;
/** After so long the orders are counted from zero again: what was slow then says nothing about now. */
const LOOK_NS_MAX = 60_000_000_000;

/**
 * Stops new orders when tick-to-order has become too slow: the 99th percentile of a hundred consecutive orders above the
 * limit, which is certain with the second slow one. A stop lasts a fixed time, then orders pass again and the next
 * hundred are looked at: without orders nothing could be measured. Main thread.
 */
export class LatencyHalt {
  /** Stops so far. */
  halts = 0;
  private readonly limitNs: number;
  private readonly haltNs: number;
  private orders = 0;
  private slow = 0;
  private lookSinceNs = 0;
  private haltedUntilNs = 0;

  /** @param limitNs for the 99th percentile of tick-to-order; @param haltNs how long a stop lasts */
  constructor(limitNs: number, haltNs: number) {
    this.limitNs = limitNs;
    this.haltNs = haltNs;
  }

  /** One order was sent; orders under way when a stop began say nothing new. True when it begins a stop. */
  note(tickToOrderNs: number, nowNs: number): boolean {
    if (this.isHalted(nowNs)) return false;
    if (this.orders === 0 || nowNs - this.lookSinceNs > LOOK_NS_MAX) this.lookAnew(nowNs);
    this.orders++;
    if (tickToOrderNs > this.limitNs) this.slow++;
    if (this.slow > SLOW_ALLOWED) {
      this.halts++;
      this.haltedUntilNs = nowNs + this.haltNs;
      this.orders = 0;
      return true;
    }
    if (this.orders === ORDERS_PER_LOOK) this.orders = 0;
    return false;
  }

  isHalted(nowNs: number): boolean {
    return nowNs < this.haltedUntilNs;
  }

  private lookAnew(nowNs: number): void {
    this.orders = 0;
    this.slow = 0;
    this.lookSinceNs = nowNs;
  }
}
