// hot path: no allocation after start
import { invariant } from '../../../engine/core/assert.ts';

/** Order requests that can be unanswered at once; a power of two. */
export const IN_FLIGHT_MAX = 2_048;

/** What a request in flight asks for. */
export const REQUEST_KIND = { none: 0, place: 1, cancel: 2, replace: 3 } as const;

/**
 * The order requests whose answers are out: request id -> what it was about. Ids grow by one and an id's place is its
 * remainder, so finding one is an array access; deadlines grow with the ids, so expiry looks at the oldest only.
 * One thread.
 */
export class InFlightTable {
  private readonly ids: Float64Array = new Float64Array(IN_FLIGHT_MAX);
  private readonly kinds: Int32Array = new Int32Array(IN_FLIGHT_MAX);
  /** Never smaller than that of the request before. */
  readonly deadlineNs: Float64Array = new Float64Array(IN_FLIGHT_MAX);
  /** The order asked about; of a replace the new one. */
  readonly slot: Int32Array = new Int32Array(IN_FLIGHT_MAX);
  readonly intentSeq: Float64Array = new Float64Array(IN_FLIGHT_MAX);
  /** The order a replace takes away. */
  readonly replacedSlot: Int32Array = new Int32Array(IN_FLIGHT_MAX);
  readonly replacedIntentSeq: Float64Array = new Float64Array(IN_FLIGHT_MAX);
  private nextIdNow: number;
  private oldestId: number;
  private pending: number;
  private pendingPlacements: number;

  /** @param firstId first id to give out */
  constructor(firstId: number) {
    invariant((IN_FLIGHT_MAX & (IN_FLIGHT_MAX - 1)) === 0, 'the in-flight table is a power of two');
    this.nextIdNow = firstId;
    this.oldestId = firstId;
    this.pending = 0;
    this.pendingPlacements = 0;
  }

  /** Id the next request will have. */
  get nextId(): number {
    return this.nextIdNow;
  }

  /** Requests unanswered. */
  get count(): number {
    return this.pending;
  }

  /** Requests unanswered that the venue's order limits count. */
  get placementCount(): number {
    return this.pendingPlacements;
  }

  /** Whether the place of the next id is still taken by a request without answer. */
  isFull(): boolean {
    return this.kinds[this.nextIdNow & (IN_FLIGHT_MAX - 1)] !== REQUEST_KIND.none;
  }

  /** Uses an id up for a request that is tracked elsewhere. */
  skipId(): number {
    return this.nextIdNow++;
  }

  /**
   * Takes a place for a request just sent under `nextId`; the caller fills in intentSeq, replacedIntentSeq and deadlineNs
   * at it. The table must not be full.
   */
  add(kind: number, slot: number, replacedSlot: number): number {
    const at = this.nextIdNow & (IN_FLIGHT_MAX - 1);
    invariant(this.kinds[at] === REQUEST_KIND.none, 'the in-flight table has room');
    this.ids[at] = this.nextIdNow++;
    this.kinds[at] = kind;
    this.slot[at] = slot;
    this.replacedSlot[at] = replacedSlot;
    this.pending++;
    if (kind !== REQUEST_KIND.cancel) this.pendingPlacements++;
    return at;
  }

  /** The place of an unanswered request, or -1. Its columns stay readable until the id's place is used again. */
  find(id: number): number {
    if (!(id >= this.oldestId && id < this.nextIdNow)) return -1;
    const at = id & (IN_FLIGHT_MAX - 1);
    return this.kinds[at] !== REQUEST_KIND.none && this.ids[at] === id ? at : -1;
  }

  /** Takes a request out; its REQUEST_KIND. */
  remove(at: number): number {
    const kind = this.kinds[at];
    this.kinds[at] = REQUEST_KIND.none;
    if (kind === REQUEST_KIND.none) return kind;
    this.pending--;
    if (kind !== REQUEST_KIND.cancel) this.pendingPlacements--;
    return kind;
  }

  /** The oldest unanswered request whose deadline has come, or -1. `nowNs` = Infinity gives them all, one by one. */
  oldestDue(nowNs: number): number {
    while (this.oldestId < this.nextIdNow) {
      const at = this.oldestId & (IN_FLIGHT_MAX - 1);
      if (this.kinds[at] !== REQUEST_KIND.none && this.ids[at] === this.oldestId) {
        return this.deadlineNs[at] <= nowNs ? at : -1;
      }
      this.oldestId++;
    }
    return -1;
  }
}
