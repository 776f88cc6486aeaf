import type { Clock } from '../core/clock.ts';
import type { Instrument } from '../core/instrument.ts';
import type { Prng } from '../core/prng.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { ErrorLog } from '../ipc/error-log.ts';
import type { Kick } from '../runtime/actor.ts';
import type { OrderTable } from './order-table.ts';
import type { VenueIds } from './venue-ids.ts';

/** Places of a gateway's counters in `VenueContext.counters`. */
export { VENUE_COUNTER } from './venue-counters.ts';

/** Outcome of handing a request to a venue. Negative = no byte left, so the order is certainly not at the venue. */
export const SEND = {
  sent: 0,
  notConnected: -1,
  rateLimited: -2,
  unsupported: -3,
} as const;

/** What `encodeOnly` is asked to build. */
export const ENCODE_KIND = { place: 1, cancel: 2, replace: 3 } as const;

/**
 * What a venue gateway reports to its owner, the execution actor. `slot` is the order's place in the order table, or
 * -1 for an order that is not ours (manual, another engine, liquidation). Statuses are opinions, fills are facts.
 * A `venueOrderId` or `venueTradeId` is the key of the venue's id: the id itself where all ids of the venue are plain
 * numbers below 2^53, else what `VenueContext.venueIds` makes of the bytes in the frame; 0 = an order id not known.
 */
export interface VenueEvents {
  onAccepted(slot: number, venueOrderId: number, exchangeTsMs: number, recvNs: number): void;
  /** The venue refused the placement: it is certainly not working. `reason` is a REASON. */
  onRejected(slot: number, reason: number, venueCode: number, recvNs: number): void;
  /**
   * A trade of ours. `feeCash` in the instrument's cash units, rounded up; `cumQtyLots` = 0 when the venue does not say.
   * The same trade may be reported more than once (answer, stream, query): the owner deduplicates by trade id.
   */
  onFill(
    slot: number,
    instrumentIndex: number,
    side: number,
    venueOrderId: number,
    venueTradeId: number,
    priceTicks: number,
    qtyLots: number,
    feeCash: number,
    cumQtyLots: number,
    isMaker: number,
    exchangeTsMs: number,
    recvNs: number,
  ): void;
  /** The order left the book; `state` is canceled, expired or rejected of ORDER_STATE. */
  onEnded(
    slot: number,
    state: number,
    reason: number,
    cumQtyLots: number,
    exchangeTsMs: number,
    recvNs: number,
  ): void;
  /** A cancel was refused; `reason` unknownOrder is no evidence that the order is gone. */
  onCancelRejected(slot: number, reason: number, venueCode: number, recvNs: number): void;
  /** The request may have reached the venue and its outcome is not known (timeout, 5xx, -1006/-1007). */
  onAmbiguous(slot: number, reason: number, venueCode: number, recvNs: number): void;
  /** Answer to queryOrder: what the venue says of the order now. */
  onStatus(
    slot: number,
    state: number,
    venueOrderId: number,
    cumQtyLots: number,
    exchangeTsMs: number,
    recvNs: number,
  ): void;
  /** Answer to queryOrder: the venue does not know the order (or does not see it yet). */
  onNotFound(slot: number, recvNs: number): void;
  /** One line of the open-orders answer that is not ours (slot -1) or not known to be open. */
  onOutsideOrder(
    instrumentIndex: number,
    side: number,
    venueOrderId: number,
    priceTicks: number,
    qtyLots: number,
  ): void;
  /** The open-orders answer is complete. */
  onOpenOrdersEnd(instrumentIndex: number, recvNs: number): void;
  /** Whether this trade was taken in before: whose it is need not be asked again. */
  isFillKnown(instrumentIndex: number, side: number, venueTradeId: number): boolean;
  /** The recent-fills answer is complete (each fill came through onFill). */
  onFillsEnd(instrumentIndex: number, recvNs: number): void;
  /** A connection changed: CONNECTION_KIND, CONNECTION_STATE. When order entry goes down, requests in flight are ambiguous. */
  onConnection(kind: number, state: number, attempt: number): void;
}

/** What a gateway is made with. Everything on the execution actor's thread. */
export interface VenueContext {
  /** Those of this account; an instrument's index is its place among all of the engine. */
  readonly instruments: readonly Instrument[];
  readonly orders: OrderTable;
  /** Turns ids in frames into keys, and keys into bytes of requests. */
  readonly venueIds: VenueIds;
  readonly events: VenueEvents;
  readonly clock: Clock;
  readonly random: Prng;
  readonly counters: CounterBlock;
  readonly errors: ErrorLog;
  readonly kick: Kick;
}

/** A venue's private side: order entry, user data, queries. Reads an order's terms from the order table by slot. */
export interface VenueGateway {
  /** Opens the connections; results arrive through the events. */
  start(nowNs: number): void;
  /**
   * Bounded housekeeping (timers, retries). Returns the work count. [0] of `turnNs` is the time; a cell, because a number
   * argument would be boxed every turn.
   */
  doWork(turnNs: Float64Array): number;
  hasWork(): boolean;
  /** Whether orders can be sent and their reports would be heard. */
  isReady(): boolean;
  /** Encodes and hands the order's bytes to the socket; a SEND code. */
  place(slot: number, nowNs: number): number;
  cancel(slot: number, nowNs: number): number;
  /** Replaces the order in `replacedSlot` by the one in `slot`. */
  replace(slot: number, replacedSlot: number, nowNs: number): number;
  /** Asks for one order by its client id; the answer is onStatus (with its fills through onFill first) or onNotFound. */
  queryOrder(slot: number, nowNs: number): number;
  /** Asks for all open orders of an instrument. */
  queryOpenOrders(instrumentIndex: number, nowNs: number): number;
  /**
   * Asks for own fills of an instrument since the given venue trade id (exclusive). Where trade ids have no order, since
   * `sinceMs`, the exchange time up to which the venue's list was compared; a venue that lists trades late asks from
   * somewhat earlier, what is known already does no harm. 0 = none yet.
   */
  queryFills(instrumentIndex: number, afterVenueTradeId: number, nowNs: number, sinceMs: number): number;
  /**
   * Builds and signs the request exactly as `place`, `cancel` or `replace` would, and does not send it; ENCODE_KIND,
   * `replacedSlot` -1 unless replacing. Returns its bytes, or a SEND code. Shadow mode only.
   */
  encodeOnly?(kind: number, slot: number, replacedSlot: number, nowNs: number): number;
  /** Takes in an instrument that was added to the context's list; absent = this venue cannot while it runs. */
  addInstrument?(instrument: Instrument): void;
  /** Cuts the connections as a network failure would. Drills only. */
  dropConnections(): void;
  /** Closes everything for good. */
  close(): void;
}
