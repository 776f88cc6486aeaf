// hot path: no allocation after start
import { INSTRUMENTS_MAX, ORDERS_MAX } from '../../core/limits.ts';
import { SIDE } from '../../messages/enums.ts';

/**
 * Simulated orders that rest at the venue, by slot of the order table; per instrument and side a list in price-time
 * priority, best first. One thread.
 */
export class RestingOrders {
  readonly priceTicks: Float64Array = new Float64Array(ORDERS_MAX);
  readonly leavesLots: Float64Array = new Float64Array(ORDERS_MAX);
  /** Lots of the market ahead of the order at its price; NaN = not known yet. */
  readonly aheadLots: Float64Array = new Float64Array(ORDERS_MAX);
  /** What the market showed at the order's price when it was last looked at; NaN = not known yet. */
  readonly levelLots: Float64Array = new Float64Array(ORDERS_MAX);
  /** Lots traded at the order's price since then. */
  readonly tradedLots: Float64Array = new Float64Array(ORDERS_MAX);
  /** Venue time of that look, ms since the epoch; 0 = not known. */
  readonly lookMs: Float64Array = new Float64Array(ORDERS_MAX);
  /** How much of the level's last fall no trade has explained yet, lots. */
  readonly unexplainedLots: Float64Array = new Float64Array(ORDERS_MAX);
  /** What `aheadLots`, `levelLots` and `tradedLots` were before the last look. */
  readonly aheadBefore: Float64Array = new Float64Array(ORDERS_MAX);
  readonly levelBefore: Float64Array = new Float64Array(ORDERS_MAX);
  readonly tradedBefore: Float64Array = new Float64Array(ORDERS_MAX);
  readonly instrumentIndex: Int32Array = new Int32Array(ORDERS_MAX);
  /** SIDE; 0 = the slot does not rest. */
  readonly side: Int32Array = new Int32Array(ORDERS_MAX);
  /** The slot after this one in its list; -1 = none. */
  readonly next: Int32Array = new Int32Array(ORDERS_MAX).fill(-1);
  private readonly previous: Int32Array = new Int32Array(ORDERS_MAX).fill(-1);
  private readonly heads: Int32Array = new Int32Array(INSTRUMENTS_MAX * 2).fill(-1);
  private readonly counts: Int32Array = new Int32Array(INSTRUMENTS_MAX);
  private total: number = 0;

  get count(): number {
    return this.total;
  }

  /** Orders of one instrument. */
  countOf(instrumentIndex: number): number {
    return this.counts[instrumentIndex];
  }

  isResting(slot: number): boolean {
    return this.side[slot] !== 0;
  }

  /** The best order of a side; -1 = none. */
  best(instrumentIndex: number, side: number): number {
    return this.heads[listOf(instrumentIndex, side)];
  }

  /** Adds an order behind all own orders of the same or a better price. Its place in the market's queue is not known yet. */
  add(slot: number, instrumentIndex: number, side: number, priceTicks: number, leavesLots: number): void {
    const list = listOf(instrumentIndex, side);
    const sign = side === SIDE.buy ? 1 : -1;
    let before = -1;
    let after = this.heads[list];
    while (after >= 0 && (this.priceTicks[after] - priceTicks) * sign >= 0) {
      before = after;
      after = this.next[after];
    }
    this.next[slot] = after;
    this.previous[slot] = before;
    if (before < 0) this.heads[list] = slot;
    else this.next[before] = slot;
    if (after >= 0) this.previous[after] = slot;
    this.instrumentIndex[slot] = instrumentIndex;
    this.side[slot] = side;
    this.priceTicks[slot] = priceTicks;
    this.leavesLots[slot] = leavesLots;
    this.aheadLots[slot] = NaN;
    this.levelLots[slot] = NaN;
    this.tradedLots[slot] = 0;
    this.lookMs[slot] = 0;
    this.unexplainedLots[slot] = 0;
    this.counts[instrumentIndex]++;
    this.total++;
  }

  /** Takes an order off; false when it did not rest. */
  remove(slot: number): boolean {
    const side = this.side[slot];
    if (side === 0) return false;
    const before = this.previous[slot];
    const after = this.next[slot];
    if (before < 0) this.heads[listOf(this.instrumentIndex[slot], side)] = after;
    else this.next[before] = after;
    if (after >= 0) this.previous[after] = before;
    this.side[slot] = 0;
    this.next[slot] = -1;
    this.previous[slot] = -1;
    this.counts[this.instrumentIndex[slot]]--;
    this.total--;
    return true;
  }
}

function listOf(instrumentIndex: number, side: number): number {
  return instrumentIndex * 2 + (side === SIDE.buy ? 0 : 1);
}
