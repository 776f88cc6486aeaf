// hot path: no allocation after start
import type { OrderTable } from '../order-table.ts';
import type { VenueEvents } from '../venue-port.ts';
import { SIMULATED_REPORT } from './report-queue.ts';
import type { ReportQueue } from './report-queue.ts';

/** Hands reports that have arrived to execution, in their order. Thread of execution. */
export class ReportDelivery {
  private readonly reports: ReportQueue;
  private readonly table: OrderTable;
  private readonly events: VenueEvents;

  constructor(reports: ReportQueue, table: OrderTable, events: VenueEvents) {
    this.reports = reports;
    this.table = table;
    this.events = events;
  }

  /** Delivers what has arrived; returns how many. A fill that could not be taken in waits, and all after it. */
  deliver(nowNs: number): number {
    const { reports } = this;
    let delivered = 0;
    for (let at = reports.first(nowNs); at >= 0; at = reports.first(nowNs)) {
      if (!this.give(at, nowNs)) return delivered;
      reports.drop();
      delivered++;
    }
    return delivered;
  }

  /** False when it must be given again. */
  private give(at: number, nowNs: number): boolean {
    const { reports, table, events } = this;
    const slot = reports.slot[at];
    const instrumentIndex = reports.instrumentIndex[at];
    const isOurs = slot >= 0 && table.intentSeq[slot] === reports.intentSeq[at];
    const kind = reports.kind[at];
    if (kind === SIMULATED_REPORT.fill) return this.giveFill(at, isOurs ? slot : -1, nowNs);
    if (slot >= 0 && !isOurs) return true;
    const exchangeTsMs = reports.exchangeTsMs[at];
    const reason = reports.reason[at];
    switch (kind) {
      case SIMULATED_REPORT.accepted:
        events.onAccepted(slot, reports.venueId[at], exchangeTsMs, nowNs);
        return true;
      case SIMULATED_REPORT.rejected:
        events.onRejected(slot, reason, 0, nowNs);
        return true;
      case SIMULATED_REPORT.ended:
        events.onEnded(slot, reports.state[at], reason, reports.cumQtyLots[at], exchangeTsMs, nowNs);
        return true;
      case SIMULATED_REPORT.cancelRejected:
        events.onCancelRejected(slot, reason, 0, nowNs);
        return true;
      case SIMULATED_REPORT.status:
        this.giveStatus(at, slot, nowNs);
        return true;
      case SIMULATED_REPORT.notFound:
        events.onNotFound(slot, nowNs);
        return true;
      case SIMULATED_REPORT.openOrdersEnd:
        events.onOpenOrdersEnd(instrumentIndex, nowNs);
        return true;
      default:
        events.onFillsEnd(instrumentIndex, nowNs);
        return true;
    }
  }

  private giveStatus(at: number, slot: number, nowNs: number): void {
    const { reports } = this;
    this.events.onStatus(
      slot,
      reports.state[at],
      reports.venueId[at],
      reports.cumQtyLots[at],
      reports.exchangeTsMs[at],
      nowNs,
    );
  }

  private giveFill(at: number, slot: number, nowNs: number): boolean {
    const { reports, events, table } = this;
    const instrumentIndex = reports.instrumentIndex[at];
    const side = reports.side[at];
    const tradeId = reports.venueId[at];
    if (events.isFillKnown(instrumentIndex, side, tradeId)) return true;
    events.onFill(
      slot,
      instrumentIndex,
      side,
      slot >= 0 ? table.venueOrderId[slot] : 0,
      tradeId,
      reports.priceTicks[at],
      reports.qtyLots[at],
      reports.feeCash[at],
      reports.cumQtyLots[at],
      reports.isMaker[at],
      reports.exchangeTsMs[at],
      nowNs,
    );
    return events.isFillKnown(instrumentIndex, side, tradeId);
  }
}
