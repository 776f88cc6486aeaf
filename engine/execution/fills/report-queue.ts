// hot path: no allocation after start

/** Reports of the simulated venue on their way here at once. */
export const SIMULATED_REPORTS_MAX = 16_384;

/** What a report says. */
export const SIMULATED_REPORT = {
  accepted: 1,
  rejected: 2,
  fill: 3,
  ended: 4,
  cancelRejected: 5,
  status: 6,
  notFound: 7,
  openOrdersEnd: 8,
  fillsEnd: 9,
} as const;

/** Reports in the order the simulated venue made them, which is the order they arrive in. Thread of execution only. */
export class ReportQueue {
  /** By place: a SIMULATED_REPORT. */
  readonly kind: Int32Array = new Int32Array(SIMULATED_REPORTS_MAX);
  /** By place: slot of the order; -1 = none. */
  readonly slot: Int32Array = new Int32Array(SIMULATED_REPORTS_MAX);
  /** By place: instrument, of reports without an order. */
  readonly instrumentIndex: Int32Array = new Int32Array(SIMULATED_REPORTS_MAX);
  /** By place: ORDER_STATE of ended and status. */
  readonly state: Int32Array = new Int32Array(SIMULATED_REPORTS_MAX);
  /** By place: REASON. */
  readonly reason: Int32Array = new Int32Array(SIMULATED_REPORTS_MAX);
  /** By place: SIDE of a fill. */
  readonly side: Int32Array = new Int32Array(SIMULATED_REPORTS_MAX);
  readonly isMaker: Int32Array = new Int32Array(SIMULATED_REPORTS_MAX);
  readonly intentSeq: Float64Array = new Float64Array(SIMULATED_REPORTS_MAX);
  /** By place: order id of the venue, of a fill its trade id. */
  readonly venueId: Float64Array = new Float64Array(SIMULATED_REPORTS_MAX);
  readonly priceTicks: Float64Array = new Float64Array(SIMULATED_REPORTS_MAX);
  readonly qtyLots: Float64Array = new Float64Array(SIMULATED_REPORTS_MAX);
  readonly cumQtyLots: Float64Array = new Float64Array(SIMULATED_REPORTS_MAX);
  readonly feeCash: Float64Array = new Float64Array(SIMULATED_REPORTS_MAX);
  readonly exchangeTsMs: Float64Array = new Float64Array(SIMULATED_REPORTS_MAX);
  /** By place: when it arrives, monoNs. */
  readonly dueNs: Float64Array = new Float64Array(SIMULATED_REPORTS_MAX);
  private head: number = 0;
  private count: number = 0;

  isEmpty(): boolean {
    return this.count === 0;
  }

  /** Whether so many more find room. */
  hasRoom(reports: number): boolean {
    return this.count + reports <= SIMULATED_REPORTS_MAX;
  }

  /** The place of a new last report, to be filled in; the caller has asked for room. */
  claim(): number {
    return (this.head + this.count++) % SIMULATED_REPORTS_MAX;
  }

  /** When the first one arrives; Infinity = there is none. */
  firstDueNs(): number {
    return this.count === 0 ? Infinity : this.dueNs[this.head];
  }

  /** The place of the oldest report; -1 = there is none or it arrives later than `nowNs`. */
  first(nowNs: number): number {
    return this.count === 0 || this.dueNs[this.head] > nowNs ? -1 : this.head;
  }

  /** Takes the oldest report off. */
  drop(): void {
    this.head = (this.head + 1) % SIMULATED_REPORTS_MAX;
    this.count--;
  }
}
