// hot path: no allocation after start
import type { VenueContext } from '../../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../../engine/execution/venue-port.ts';
import { ORDER_STATE, REASON } from '../../../engine/messages/enums.ts';
import type { InFlightTable } from '../request/in-flight-table.ts';
import { REQUEST_KIND } from '../request/in-flight-table.ts';
import type { ErrorRule } from './error-table.ts';
import { ERROR_KIND } from './error-table.ts';

/**
 * What became of order requests, told to the owner. A success that cannot be read, a code that says nothing certain and
 * an answer that never came all make an order doubtful, never failed. One thread; nothing here allocates.
 */
export class RequestOutcomes {
  /** Of the request last taken out: a REQUEST_KIND and the slots that still hold its orders, -1 = none. */
  kind: number;
  slot: number;
  replaced: number;
  private readonly context: VenueContext;
  private readonly inFlight: InFlightTable;

  constructor(context: VenueContext, inFlight: InFlightTable) {
    this.kind = REQUEST_KIND.none;
    this.slot = -1;
    this.replaced = -1;
    this.context = context;
    this.inFlight = inFlight;
  }

  /** Takes the request at this place of the in-flight table out: its answer is here. */
  take(at: number): void {
    const { inFlight } = this;
    this.slot = this.holderOf(inFlight.slot[at], inFlight.intentSeq[at]);
    this.replaced = this.holderOf(inFlight.replacedSlot[at], inFlight.replacedIntentSeq[at]);
    this.kind = inFlight.remove(at);
  }

  /** Ends a request whose outcome will not be told. */
  giveUp(at: number, reason: number, recvNs: number): void {
    this.take(at);
    this.doubt(this.replaced, reason, 0, recvNs);
    this.doubt(this.slot, reason, 0, recvNs);
  }

  /** The venue took the order; NaN or 0 where its answer did not say. */
  accepted(slot: number, orderId: number, timeMs: number, recvNs: number): void {
    if (!(orderId > 0) || !(timeMs > 0)) {
      this.misread(slot, recvNs);
      return;
    }
    this.context.counters.increment(VENUE_COUNTER.venueAcks);
    if (slot >= 0) this.context.events.onAccepted(slot, orderId, timeMs, recvNs);
  }

  /** The venue cancelled the order; NaN where its answer did not say. */
  canceled(slot: number, cumQtyLots: number, timeMs: number, recvNs: number): void {
    if (slot < 0) return;
    if (!Number.isInteger(cumQtyLots) || !(timeMs > 0)) {
      this.misread(slot, recvNs);
      return;
    }
    this.context.events.onEnded(slot, ORDER_STATE.canceled, REASON.none, cumQtyLots, timeMs, recvNs);
  }

  /** The placement was answered with an error. */
  refused(slot: number, rule: ErrorRule, code: number, recvNs: number): void {
    if (rule.kind === ERROR_KIND.ambiguous) {
      this.doubt(slot, rule.reason, code, recvNs);
      return;
    }
    this.context.counters.increment(VENUE_COUNTER.venueRejects);
    if (slot >= 0) this.context.events.onRejected(slot, rule.reason, code, recvNs);
  }

  /** The cancel was answered with an error. */
  cancelRefused(slot: number, rule: ErrorRule, code: number, recvNs: number): void {
    if (rule.kind === ERROR_KIND.ambiguous) {
      this.doubt(slot, rule.reason, code, recvNs);
      return;
    }
    this.context.counters.increment(VENUE_COUNTER.venueRejects);
    if (slot >= 0) this.context.events.onCancelRejected(slot, rule.reason, code, recvNs);
  }

  /** The new order of a replace was not tried, because the old one could not be cancelled. */
  notAttempted(slot: number, code: number, recvNs: number): void {
    this.context.counters.increment(VENUE_COUNTER.venueRejects);
    if (slot >= 0) this.context.events.onRejected(slot, REASON.tooLateToCancel, code, recvNs);
  }

  /** A success that cannot be read: the request had its effect, so the venue is asked what it was. */
  misread(slot: number, recvNs: number): void {
    this.context.counters.increment(VENUE_COUNTER.venueMalformedFrames);
    this.doubt(slot, REASON.ackTimeout, 0, recvNs);
  }

  /** Nobody knows what became of the order. */
  doubt(slot: number, reason: number, code: number, recvNs: number): void {
    if (slot < 0) return;
    this.context.counters.increment(VENUE_COUNTER.venueAmbiguous);
    this.context.events.onAmbiguous(slot, reason, code, recvNs);
  }

  /** The slot, if it still holds the order the request was about; -1 otherwise. */
  private holderOf(slot: number, intentSeq: number): number {
    return slot >= 0 && this.context.orders.intentSeq[slot] === intentSeq ? slot : -1;
  }
}
