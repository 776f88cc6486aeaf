// hot path: no allocation after start
import { ORDERS_MAX } from '../../core/limits.ts';
import { ORDER_STATE, REASON } from '../../messages/enums.ts';
import type { CounterBlock } from '../../ipc/counters.ts';
import { EXECUTION_COUNTER } from '../counters.ts';
import type { OrderTable } from '../order-table.ts';
import type { LatencySource } from './latency-source.ts';
import { SIMULATED_REPORT } from './report-queue.ts';
import type { ReportQueue } from './report-queue.ts';

/** Where an order stands at the simulated venue. */
const PHASE = { unknown: 0, working: 1, ended: 2 } as const;
/** Most reports one order or one print of the market may make before room is asked for again. */
const REPORTS_PER_STEP = 64;

/**
 * What the simulated venue knows of orders, by slot of the order table, and the reports it makes of it. The engine's own
 * order table lags behind by the response latency. Thread of execution.
 */
export class SimulatedOrders {
  readonly cumQtyLots: Float64Array = new Float64Array(ORDERS_MAX);
  private readonly table: OrderTable;
  private readonly reports: ReportQueue;
  private readonly counters: CounterBlock;
  private readonly intentSeq: Float64Array = new Float64Array(ORDERS_MAX);
  private readonly venueOrderId: Float64Array = new Float64Array(ORDERS_MAX);
  private readonly phase: Int32Array = new Int32Array(ORDERS_MAX);
  private readonly endState: Int32Array = new Int32Array(ORDERS_MAX);
  private readonly feed: LatencySource;
  private readonly response: LatencySource;
  /** [0]: exchange time of what is reported, ms; [1]: monoNs; [2]: when the last report arrives, monoNs. */
  private readonly times: Float64Array = new Float64Array(3);

  /** @param feed how much later the market is seen here than it was there; @param response the way of an answer */
  constructor(
    table: OrderTable,
    reports: ReportQueue,
    counters: CounterBlock,
    feed: LatencySource,
    response: LatencySource,
  ) {
    this.table = table;
    this.reports = reports;
    this.counters = counters;
    this.feed = feed;
    this.response = response;
  }

  /** The time of the reports that follow. */
  setNow(nowNs: number, exchangeTsMs: number): void {
    this.times[0] = exchangeTsMs;
    this.times[1] = nowNs;
  }

  /** Whether one step more can be reported; counted when not. */
  hasRoom(): boolean {
    if (this.reports.hasRoom(REPORTS_PER_STEP)) return true;
    this.counters.increment(EXECUTION_COUNTER.simulatedReportsFull);
    return false;
  }

  /** Whether the slot still holds the order it held when a request named it. */
  isSame(slot: number, intentSeq: number): boolean {
    return this.table.intentSeq[slot] === intentSeq;
  }

  isWorking(slot: number): boolean {
    return this.phase[slot] === PHASE.working && this.intentSeq[slot] === this.table.intentSeq[slot];
  }

  leavesLots(slot: number): number {
    return this.table.qtyLots[slot] - this.cumQtyLots[slot];
  }

  /** Takes an order over as a predecessor left it. */
  adopt(slot: number): void {
    this.intentSeq[slot] = this.table.intentSeq[slot];
    this.venueOrderId[slot] = this.table.venueOrderId[slot];
    this.cumQtyLots[slot] = this.table.cumQtyLots[slot];
    this.phase[slot] = PHASE.working;
  }

  accept(slot: number, venueOrderId: number): void {
    this.intentSeq[slot] = this.table.intentSeq[slot];
    this.venueOrderId[slot] = venueOrderId;
    this.cumQtyLots[slot] = 0;
    this.phase[slot] = PHASE.working;
    const at = this.claim(SIMULATED_REPORT.accepted, slot);
    this.reports.venueId[at] = venueOrderId;
  }

  /** Refuses an order: it never worked. */
  reject(slot: number, reason: number): void {
    this.phase[slot] = PHASE.unknown;
    const at = this.claim(SIMULATED_REPORT.rejected, slot);
    this.reports.reason[at] = reason;
  }

  fill(
    slot: number,
    venueTradeId: number,
    priceTicks: number,
    qtyLots: number,
    feeCash: number,
    isMaker: boolean,
  ): void {
    this.cumQtyLots[slot] += qtyLots;
    const at = this.claim(SIMULATED_REPORT.fill, slot);
    const { reports } = this;
    reports.venueId[at] = venueTradeId;
    reports.side[at] = this.table.side[slot];
    reports.priceTicks[at] = priceTicks;
    reports.qtyLots[at] = qtyLots;
    reports.feeCash[at] = feeCash;
    reports.isMaker[at] = isMaker ? 1 : 0;
    if (this.leavesLots(slot) > 0) return;
    this.phase[slot] = PHASE.ended;
    this.endState[slot] = ORDER_STATE.filled;
  }

  /** Ends an order with an ORDER_STATE and a REASON. */
  end(slot: number, state: number, reason: number): void {
    this.phase[slot] = PHASE.ended;
    this.endState[slot] = state;
    const at = this.claim(SIMULATED_REPORT.ended, slot);
    this.reports.state[at] = state;
    this.reports.reason[at] = reason;
  }

  rejectCancel(slot: number): void {
    const at = this.claim(SIMULATED_REPORT.cancelRejected, slot);
    this.reports.reason[at] = REASON.unknownOrder;
  }

  /** What the venue says when it is asked for an order. */
  answer(slot: number): void {
    const isKnown = this.phase[slot] !== PHASE.unknown && this.intentSeq[slot] === this.table.intentSeq[slot];
    const at = this.claim(isKnown ? SIMULATED_REPORT.status : SIMULATED_REPORT.notFound, slot);
    this.reports.venueId[at] = this.venueOrderId[slot];
    this.reports.state[at] = this.phase[slot] === PHASE.working ? ORDER_STATE.accepted : this.endState[slot];
  }

  /** The end of a list that was asked for; `kind` is a SIMULATED_REPORT. */
  endList(kind: number, instrumentIndex: number): void {
    const at = this.claim(kind, -1);
    this.reports.instrumentIndex[at] = instrumentIndex;
  }

  /**
   * The report leaves the venue now and arrives after the response's way; what happens now was there already `feed` ago.
   * It overtakes none before it, and is not here before what caused it.
   */
  private claim(kind: number, slot: number): number {
    const { reports, times } = this;
    const dueNs = times[1] + Math.max(0, this.response.nextNs() - this.feed.nextNs());
    if (dueNs > times[2]) times[2] = dueNs;
    const at = reports.claim();
    reports.kind[at] = kind;
    reports.slot[at] = slot;
    reports.intentSeq[at] = slot < 0 ? 0 : this.table.intentSeq[slot];
    reports.cumQtyLots[at] = slot < 0 ? 0 : this.cumQtyLots[slot];
    reports.instrumentIndex[at] = slot < 0 ? -1 : this.table.instrumentIndex[slot];
    reports.exchangeTsMs[at] = times[0];
    reports.dueNs[at] = times[2];
    return at;
  }
}
