// hot path: no allocation after start
import { invariant } from '../../../engine/core/assert.ts';

/** What a request costs; a venue's windows each count one of these. */
export const RATE_COST = {
  /** Request weight (or plain messages where a venue counts those). */
  weight: 0,
  /** Orders sent, as the venue's order limits count them. */
  orders: 1,
  /** Requests of any kind. */
  requests: 2,
} as const;

/** One limit of a venue: at most `limit` of `cost` per window of `windowMs`, windows aligned to the venue's epoch. */
export interface RateWindowSpec {
  /** A RATE_COST. */
  readonly cost: number;
  readonly windowMs: number;
  readonly limit: number;
  /** Part of the limit only urgent requests (cancels, the kill path) may use. */
  readonly reserve: number;
}

/** Windows one budget can hold. */
export const RATE_WINDOWS_MAX = 16;

const COST_KINDS = 3;

/**
 * A venue's request limits as fixed windows aligned to its epoch: answers at once whether a request may leave now, or
 * when. A grant charges every window; the venue's own counts (`observe`) correct the estimate, because other programs
 * may share the account or the address. One thread; times are epoch ms of the venue's clock and may step back.
 */
export class RateBudget {
  private readonly costKind: Int32Array = new Int32Array(RATE_WINDOWS_MAX);
  private readonly windowMs: Float64Array = new Float64Array(RATE_WINDOWS_MAX);
  private readonly limit: Float64Array = new Float64Array(RATE_WINDOWS_MAX);
  private readonly reserve: Float64Array = new Float64Array(RATE_WINDOWS_MAX);
  private readonly windowNumber: Float64Array = new Float64Array(RATE_WINDOWS_MAX);
  private readonly used: Float64Array = new Float64Array(RATE_WINDOWS_MAX);
  /** This request's cost per kind. */
  private readonly costs: Float64Array = new Float64Array(COST_KINDS);
  private windowCount: number;
  private blockedUntilMs: number;

  constructor(specs: readonly RateWindowSpec[]) {
    invariant(specs.length <= RATE_WINDOWS_MAX, `a rate budget holds at most ${RATE_WINDOWS_MAX} windows`);
    this.windowCount = 0;
    this.blockedUntilMs = 0;
    for (const spec of specs) this.addWindow(spec);
  }

  /**
   * Asks for a request now. 0 = granted and charged; otherwise nothing is charged and the answer is the epoch ms from
   * which it would be granted if nothing else used the budget, Infinity when the cost exceeds a limit as such.
   */
  acquire(weight: number, orders: number, isUrgent: boolean, epochMs: number): number {
    this.costs[RATE_COST.weight] = weight;
    this.costs[RATE_COST.orders] = orders;
    this.costs[RATE_COST.requests] = 1;
    let readyAtMs = epochMs < this.blockedUntilMs ? this.blockedUntilMs : 0;
    for (let index = 0; index < this.windowCount; index++) {
      const cost = this.costs[this.costKind[index]];
      if (cost === 0) continue;
      this.roll(index, epochMs);
      const room = isUrgent ? this.limit[index] : this.limit[index] - this.reserve[index];
      if (this.used[index] + cost <= room) continue;
      if (cost > room) return Infinity;
      const endMs = (this.windowNumber[index] + 1) * this.windowMs[index];
      if (endMs > readyAtMs) readyAtMs = endMs;
    }
    if (readyAtMs > 0) return readyAtMs;
    for (let index = 0; index < this.windowCount; index++) {
      this.used[index] += this.costs[this.costKind[index]];
    }
    return 0;
  }

  /**
   * Takes the venue's word for one window: its count and its limit. `pending` is the cost of requests whose answers are
   * still out: the count may not contain them yet. A window not seen before is added (without reserve) while there is room.
   */
  observe(
    cost: number,
    windowMs: number,
    limit: number,
    count: number,
    pending: number,
    epochMs: number,
  ): void {
    for (let index = 0; index < this.windowCount; index++) {
      if (this.costKind[index] !== cost || this.windowMs[index] !== windowMs) continue;
      this.roll(index, epochMs);
      this.used[index] = count + pending;
      if (limit > 0) this.setLimit(index, limit);
      return;
    }
    if (limit <= 0 || this.windowCount === RATE_WINDOWS_MAX) return;
    const index = this.windowCount++;
    this.costKind[index] = cost;
    this.windowMs[index] = windowMs;
    this.limit[index] = limit;
    this.reserve[index] = 0;
    this.windowNumber[index] = Math.floor(epochMs / windowMs);
    this.used[index] = count + pending;
  }

  /** Gives back what turned out to be free (a request that never left, an order that cost nothing). */
  refund(weight: number, orders: number, epochMs: number): void {
    this.costs[RATE_COST.weight] = weight;
    this.costs[RATE_COST.orders] = orders;
    this.costs[RATE_COST.requests] = 0;
    for (let index = 0; index < this.windowCount; index++) {
      this.roll(index, epochMs);
      const left = this.used[index] - this.costs[this.costKind[index]];
      this.used[index] = left > 0 ? left : 0;
    }
  }

  /** Refuses everything, urgent or not, until the venue's "retry after": asking earlier makes a ban. */
  blockUntil(epochMs: number): void {
    if (epochMs > this.blockedUntilMs) this.blockedUntilMs = epochMs;
  }

  /** Until when everything is refused; 0 = never blocked. */
  blockedUntil(): number {
    return this.blockedUntilMs;
  }

  /** What is left of a window for requests of this urgency; Infinity when there is no such window. */
  remaining(cost: number, windowMs: number, isUrgent: boolean, epochMs: number): number {
    for (let index = 0; index < this.windowCount; index++) {
      if (this.costKind[index] !== cost || this.windowMs[index] !== windowMs) continue;
      this.roll(index, epochMs);
      const room = isUrgent ? this.limit[index] : this.limit[index] - this.reserve[index];
      return Math.max(0, room - this.used[index]);
    }
    return Infinity;
  }

  private addWindow(spec: RateWindowSpec): void {
    invariant(spec.windowMs > 0 && spec.limit > 0, 'a rate window needs a length and a limit');
    invariant(spec.reserve >= 0 && spec.reserve < spec.limit, 'the reserve is a part of the limit');
    const index = this.windowCount++;
    this.costKind[index] = spec.cost;
    this.windowMs[index] = spec.windowMs;
    this.limit[index] = spec.limit;
    this.reserve[index] = spec.reserve;
    this.windowNumber[index] = -1;
  }

  /** A limit that shrinks below the reserve must not lock normal requests out for good. */
  private setLimit(index: number, limit: number): void {
    this.limit[index] = limit;
    if (this.reserve[index] * 2 > limit) this.reserve[index] = Math.floor(limit / 2);
  }

  /** Starts the window that holds `epochMs`. A clock that stepped back stays in the window it had reached. */
  private roll(index: number, epochMs: number): void {
    const number = Math.floor(epochMs / this.windowMs[index]);
    if (number <= this.windowNumber[index]) return;
    this.windowNumber[index] = number;
    this.used[index] = 0;
  }
}
