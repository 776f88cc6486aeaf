// hot path: no allocation after start
import { ORDERS_MAX } from '../core/limits.ts';

/** Requests under way at once; more are refused as rate limited. */
export const PAPER_REQUESTS_MAX: number = 4 * ORDERS_MAX;

/** What a request to the paper gateway asks for. */
export const PAPER_REQUEST = {
  place: 1,
  cancel: 2,
  replace: 3,
  queryOrder: 4,
  queryOpenOrders: 5,
  queryFills: 6,
} as const;

/** Requests on their way to the simulated venue, in the order they were made. Thread of execution only. */
export class PaperRequests {
  /** By place: a PAPER_REQUEST. */
  readonly kind: Int32Array = new Int32Array(PAPER_REQUESTS_MAX);
  /** By place: the order's slot; -1 = none. */
  readonly slot: Int32Array = new Int32Array(PAPER_REQUESTS_MAX);
  /** By place: the slot that is replaced, or the instrument that is asked about; -1 = none. */
  readonly other: Int32Array = new Int32Array(PAPER_REQUESTS_MAX);
  /** By place: intent number of the order when it was asked; 0 = none. */
  readonly intentSeq: Float64Array = new Float64Array(PAPER_REQUESTS_MAX);
  /** By place: when it arrives, monoNs. */
  readonly dueNs: Float64Array = new Float64Array(PAPER_REQUESTS_MAX);
  private head: number = 0;
  private count: number = 0;

  isEmpty(): boolean {
    return this.count === 0;
  }

  /** The place of a new last request, to be filled in; -1 when there is no room. */
  claim(): number {
    if (this.count === PAPER_REQUESTS_MAX) return -1;
    return (this.head + this.count++) % PAPER_REQUESTS_MAX;
  }

  /** When the oldest one arrives; Infinity = there is none. */
  firstDueNs(): number {
    return this.count === 0 ? Infinity : this.dueNs[this.head];
  }

  /** Takes the oldest request off; its place, or -1 when there is none or it arrives later than `nowNs`. */
  take(nowNs: number): number {
    if (this.count === 0 || this.dueNs[this.head] > nowNs) return -1;
    const at = this.head;
    this.head = (at + 1) % PAPER_REQUESTS_MAX;
    this.count--;
    return at;
  }

  /** Forgets all of them, as a broken connection does. */
  clear(): void {
    this.count = 0;
  }
}
