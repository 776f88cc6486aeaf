// hot path: no allocation after start
import type { VenueContext } from '../../../engine/execution/venue-port.ts';
import { ENCODE_KIND, SEND, VENUE_COUNTER } from '../../../engine/execution/venue-port.ts';
import type { RateBudget } from '../limits/rate-budget.ts';
import type { VenueClock } from '../limits/venue-clock.ts';
import type { InFlightTable } from '../request/in-flight-table.ts';
import { REQUEST_KIND } from '../request/in-flight-table.ts';
import type { OrderWriter } from '../request/order-writer.ts';
import { FIELD } from '../request/request-template.ts';
import type { OrderSession } from '../session/order-session.ts';

/**
 * Order requests on their way out: charged to the rate budget, written from the order table's terms, handed to the socket
 * in the caller's turn, and noted until their answer comes. One thread.
 */
export class RequestDesk {
  private readonly context: VenueContext;
  private readonly writer: OrderWriter;
  private readonly session: OrderSession;
  private readonly budget: RateBudget;
  private readonly venueClock: VenueClock;
  private readonly inFlight: InFlightTable;
  private readonly requestTimeoutNs: number;

  constructor(
    context: VenueContext,
    writer: OrderWriter,
    session: OrderSession,
    budget: RateBudget,
    venueClock: VenueClock,
    inFlight: InFlightTable,
    requestTimeoutMs: number,
  ) {
    this.context = context;
    this.writer = writer;
    this.session = session;
    this.budget = budget;
    this.venueClock = venueClock;
    this.inFlight = inFlight;
    this.requestTimeoutNs = requestTimeoutMs * 1e6;
  }

  /** As VenueGateway.place, once the connection and the clock are there. */
  place(slot: number, nowNs: number): number {
    const epochMs = this.venueClock.epochMsAt(nowNs);
    const refusal = this.reserve(1, false, epochMs);
    if (refusal !== SEND.sent) return refusal;
    return this.hand(this.encodePlace(slot, epochMs), REQUEST_KIND.place, slot, -1, epochMs, nowNs);
  }

  /** As VenueGateway.cancel, once the connection and the clock are there. */
  cancel(slot: number, nowNs: number): number {
    const epochMs = this.venueClock.epochMsAt(nowNs);
    const refusal = this.reserve(0, true, epochMs);
    if (refusal !== SEND.sent) return refusal;
    return this.hand(this.encodeCancel(slot, epochMs), REQUEST_KIND.cancel, slot, -1, epochMs, nowNs);
  }

  /** As VenueGateway.replace, once the connection and the clock are there. */
  replace(slot: number, replacedSlot: number, nowNs: number): number {
    const epochMs = this.venueClock.epochMsAt(nowNs);
    const refusal = this.reserve(1, false, epochMs);
    if (refusal !== SEND.sent) return refusal;
    const bytes = this.encodeReplace(slot, replacedSlot, epochMs);
    return this.hand(bytes, REQUEST_KIND.replace, slot, replacedSlot, epochMs, nowNs);
  }

  /** As VenueGateway.encodeOnly. */
  encodeOnly(kind: number, slot: number, replacedSlot: number, nowNs: number): number {
    const epochMs = this.venueClock.isKnown
      ? this.venueClock.epochMsAt(nowNs)
      : Math.floor(this.context.clock.epochUs() / 1_000);
    let bytes: Buffer | null = null;
    if (kind === ENCODE_KIND.place) bytes = this.encodePlace(slot, epochMs);
    else if (kind === ENCODE_KIND.cancel) bytes = this.encodeCancel(slot, epochMs);
    else if (kind === ENCODE_KIND.replace) bytes = this.encodeReplace(slot, replacedSlot, epochMs);
    this.inFlight.skipId();
    return bytes === null ? SEND.unsupported : bytes.length;
  }

  /** A request for which there is no connection: no byte leaves. */
  refuseUnready(): number {
    this.context.counters.increment(VENUE_COUNTER.venueSendRefused);
    return SEND.notConnected;
  }

  private encodePlace(slot: number, epochMs: number): Buffer | null {
    const { orders } = this.context;
    this.setTerms(slot, epochMs);
    return this.writer.place(
      orders.instrumentIndex[slot],
      orders.side[slot],
      orders.orderType[slot],
      orders.timeInForce[slot],
      orders.flags[slot],
    );
  }

  private encodeCancel(slot: number, epochMs: number): Buffer {
    this.setTarget(slot, epochMs);
    return this.writer.cancel(this.context.orders.instrumentIndex[slot]);
  }

  private encodeReplace(slot: number, replacedSlot: number, epochMs: number): Buffer | null {
    const { orders } = this.context;
    this.setTarget(replacedSlot, epochMs);
    this.setTerms(slot, epochMs);
    return this.writer.replace(
      orders.instrumentIndex[slot],
      orders.side[slot],
      orders.orderType[slot],
      orders.timeInForce[slot],
      orders.flags[slot],
    );
  }

  private setTerms(slot: number, epochMs: number): void {
    const { values } = this.writer;
    const { orders } = this.context;
    values[FIELD.requestId] = this.inFlight.nextId;
    values[FIELD.timestamp] = epochMs;
    values[FIELD.clientId] = orders.intentSeq[slot];
    values[FIELD.price] = orders.priceTicks[slot];
    values[FIELD.qty] = orders.qtyLots[slot];
  }

  private setTarget(slot: number, epochMs: number): void {
    const { values } = this.writer;
    const { orders } = this.context;
    values[FIELD.requestId] = this.inFlight.nextId;
    values[FIELD.timestamp] = epochMs;
    values[FIELD.targetOrderId] = orders.venueOrderId[slot];
    values[FIELD.targetClientId] = orders.intentSeq[slot];
  }

  /** Room in the in-flight table and in the rate budget, which is charged. */
  private reserve(orderCount: number, isUrgent: boolean, epochMs: number): number {
    if (this.inFlight.isFull()) {
      this.context.counters.increment(VENUE_COUNTER.venueInFlightFull);
      return SEND.rateLimited;
    }
    if (this.budget.acquire(1, orderCount, isUrgent, epochMs) === 0) return SEND.sent;
    this.context.counters.increment(VENUE_COUNTER.venueRateLimited);
    return SEND.rateLimited;
  }

  private hand(
    bytes: Buffer | null,
    kind: number,
    slot: number,
    replacedSlot: number,
    epochMs: number,
    nowNs: number,
  ): number {
    if (bytes === null || !this.session.send(bytes)) {
      this.budget.refund(1, kind === REQUEST_KIND.cancel ? 0 : 1, epochMs);
      return bytes === null ? SEND.unsupported : this.refuseUnready();
    }
    const { orders, counters } = this.context;
    const { inFlight } = this;
    const at = inFlight.add(kind, slot, replacedSlot);
    inFlight.intentSeq[at] = orders.intentSeq[slot];
    inFlight.replacedIntentSeq[at] = replacedSlot < 0 ? 0 : orders.intentSeq[replacedSlot];
    inFlight.deadlineNs[at] = nowNs + this.requestTimeoutNs;
    counters.increment(VENUE_COUNTER.venueRequestsSent);
    return SEND.sent;
  }
}
