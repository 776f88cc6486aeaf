// hot path: no allocation after start
import type { CounterBlock } from '../ipc/counters.ts';
import type { Region } from '../ipc/memory-map.ts';
import { OUTBOX_FULL, Outbox, outboxBytes } from '../ipc/outbox.ts';
import { BACK_PRESSURED } from '../ipc/ring.ts';
import type { Publication } from '../ipc/ring.ts';
import {
  CONNECTION_CHANGED,
  CONNECTION_CHANGED_BYTES,
  ConnectionChanged,
  FILL,
  FILL_BYTES,
  Fill,
  LATENCY_SAMPLE,
  LATENCY_SAMPLE_BYTES,
  LatencySample,
  ORDER_UPDATE,
  ORDER_UPDATE_BYTES,
  OrderUpdate,
  VENUE_ID_BOUND,
  VENUE_ID_BOUND_BYTES,
  VenueIdBound,
} from '../messages/codecs.ts';
import { ORDER_FLAG, ORDER_STATE, REASON } from '../messages/enums.ts';
import { VENUE_ID_BYTES_MAX } from '../core/limits.ts';
import { EXECUTION_COUNTER } from './counters.ts';
import { REDO } from './fill-ledger.ts';
import type { OrderTable } from './order-table.ts';
import type { StrategyHosts } from '../ipc/strategy-hosts.ts';
import type { VenueIds } from './venue-ids.ts';

/** Reports execution can owe: a full table of orders ending at once, several times over. */
export const EXECUTION_OUTBOX_RECORDS = 8_192;

/** Byte of VenueIdBound at which the text starts. */
const ID_TEXT_AT = VENUE_ID_BOUND_BYTES - VENUE_ID_BYTES_MAX;

const TO_RISK = 1;
const TO_JOURNAL = 2;
const TO_API = 4;
/** Bit of the first strategy actor; the others follow. */
const TO_FIRST_STRATEGY = 8;
const NOT_TO_STRATEGY = TO_RISK | TO_JOURNAL | TO_API;

/** The rings execution reports on. */
export interface ExecutionDestinations {
  readonly toRisk: Publication;
  /** Of all strategy actors, in their order. */
  readonly toStrategies: readonly Publication[];
  readonly toJournal: Publication;
  readonly toApi: Publication;
}

/** Bytes of shared memory execution's outbox needs. */
export function executionOutboxBytes(): number {
  return outboxBytes(EXECUTION_OUTBOX_RECORDS);
}

/** Attaches execution's outbox; a new incarnation attaches anew and owes what the last one owed. */
export function openExecutionOutbox(
  buffer: SharedArrayBuffer,
  region: Region,
  to: ExecutionDestinations,
): Outbox {
  const destinations = [to.toRisk, to.toJournal, to.toApi, ...to.toStrategies];
  return new Outbox(buffer, region, EXECUTION_OUTBOX_RECORDS, destinations);
}

/** Writes what execution says: order updates and fills through the outbox, latency samples straight out. */
export class OrderReports {
  private readonly orders: OrderTable;
  private readonly outbox: Outbox;
  private readonly toSupervisor: Publication;
  private readonly counters: CounterBlock;
  private readonly update: OrderUpdate = new OrderUpdate();
  private readonly fillRecord: Fill = new Fill();
  private readonly connection: ConnectionChanged = new ConnectionChanged();
  private readonly sample: LatencySample = new LatencySample();
  private readonly hosts: StrategyHosts;
  private readonly bound: VenueIdBound = new VenueIdBound();
  private readonly venueIds: VenueIds;

  constructor(
    orders: OrderTable,
    venueIds: VenueIds,
    outbox: Outbox,
    toSupervisor: Publication,
    counters: CounterBlock,
    hosts: StrategyHosts,
  ) {
    this.hosts = hosts;
    this.orders = orders;
    this.venueIds = venueIds;
    this.outbox = outbox;
    this.toSupervisor = toSupervisor;
    this.counters = counters;
  }

  /** All rings that must hear of an order of this strategy. */
  private maskOf(strategyIndex: number): number {
    const host = this.hosts.actorOf(strategyIndex);
    return host < 0 ? NOT_TO_STRATEGY : NOT_TO_STRATEGY | (TO_FIRST_STRATEGY << host);
  }

  /** Records that can be written before the outbox is full. */
  room(): number {
    return this.outbox.room();
  }

  backlog(): number {
    return this.outbox.backlog();
  }

  /** Moves what is owed to the rings as far as they have room. */
  deliver(): number {
    return this.outbox.deliver();
  }

  /** Reports the order as the table has it; false (counted) when it must be reported later. */
  orderChanged(slot: number, previousState: number, exchangeTsMs: number, nowNs: number): boolean {
    const mask = this.maskOf(this.orders.strategyIndex[slot]);
    const isExplained = this.explain(this.orders.venueOrderId[slot]);
    const at = isExplained ? this.outbox.tryClaim(ORDER_UPDATE, ORDER_UPDATE_BYTES, mask) : OUTBOX_FULL;
    if (at === OUTBOX_FULL) {
      this.counters.increment(EXECUTION_COUNTER.reportsDeferred);
      return false;
    }
    const { orders } = this;
    this.writeOrder(at, slot, previousState, orders.reason[slot], exchangeTsMs, nowNs);
    this.outbox.commit();
    orders.reportedState[slot] = orders.state[slot];
    return true;
  }

  /** Says of an order that stays as it is that a cancel of it was not carried out; lost when the outbox is full. */
  cancelPoisoned(slot: number, nowNs: number): void {
    const mask = this.maskOf(this.orders.strategyIndex[slot]);
    const at = this.outbox.tryClaim(ORDER_UPDATE, ORDER_UPDATE_BYTES, mask);
    if (at === OUTBOX_FULL) return;
    this.writeOrder(at, slot, this.orders.state[slot], REASON.poisoned, 0, nowNs);
    this.outbox.commit();
  }

  private writeOrder(
    at: number,
    slot: number,
    previousState: number,
    reason: number,
    exchangeTsMs: number,
    nowNs: number,
  ): void {
    const orders = this.orders;
    const update = this.update.wrap(this.outbox.view, at);
    update.intentSeq = orders.intentSeq[slot];
    update.venueOrderId = orders.venueOrderId[slot];
    update.priceTicks = orders.priceTicks[slot];
    update.qtyLots = orders.qtyLots[slot];
    update.cumQtyLots = orders.cumQtyLots[slot];
    update.eventNs = nowNs;
    update.exchangeTsMs = exchangeTsMs;
    update.instrumentIndex = orders.instrumentIndex[slot];
    update.strategyIndex = orders.strategyIndex[slot];
    update.side = orders.side[slot];
    update.orderType = orders.orderType[slot];
    update.timeInForce = orders.timeInForce[slot];
    update.state = orders.state[slot];
    update.previousState = previousState;
    update.reason = reason;
    update.venueCode = orders.venueCode[slot];
    update.flags = orders.flags[slot];
  }

  /** Reports an approval that found no slot. */
  refusedWithoutSlot(
    intentSeq: number,
    instrumentIndex: number,
    strategyIndex: number,
    side: number,
    priceTicks: number,
    qtyLots: number,
    reason: number,
    nowNs: number,
  ): boolean {
    const at = this.outbox.tryClaim(ORDER_UPDATE, ORDER_UPDATE_BYTES, this.maskOf(strategyIndex));
    if (at === OUTBOX_FULL) return false;
    const update = this.update.wrap(this.outbox.view, at);
    update.intentSeq = intentSeq;
    update.venueOrderId = 0;
    update.priceTicks = priceTicks;
    update.qtyLots = qtyLots;
    update.cumQtyLots = 0;
    update.eventNs = nowNs;
    update.exchangeTsMs = 0;
    update.instrumentIndex = instrumentIndex;
    update.strategyIndex = strategyIndex;
    update.side = side;
    update.orderType = 0;
    update.timeInForce = 0;
    update.state = ORDER_STATE.rejected;
    update.previousState = ORDER_STATE.initialized;
    update.reason = reason;
    update.venueCode = 0;
    update.flags = 0;
    this.outbox.commit();
    return true;
  }

  /** Reports an open order at the venue that is not ours. */
  outsideOrder(
    instrumentIndex: number,
    side: number,
    venueOrderId: number,
    priceTicks: number,
    qtyLots: number,
    nowNs: number,
  ): void {
    if (!this.explain(venueOrderId)) return;
    const at = this.outbox.tryClaim(ORDER_UPDATE, ORDER_UPDATE_BYTES, NOT_TO_STRATEGY);
    if (at === OUTBOX_FULL) return;
    const update = this.update.wrap(this.outbox.view, at);
    update.intentSeq = 0;
    update.venueOrderId = venueOrderId;
    update.priceTicks = priceTicks;
    update.qtyLots = qtyLots;
    update.cumQtyLots = 0;
    update.eventNs = nowNs;
    update.exchangeTsMs = 0;
    update.instrumentIndex = instrumentIndex;
    update.strategyIndex = -1;
    update.side = side;
    update.orderType = 0;
    update.timeInForce = 0;
    update.state = ORDER_STATE.accepted;
    update.previousState = ORDER_STATE.accepted;
    update.reason = 0;
    update.venueCode = 0;
    update.flags = ORDER_FLAG.external;
    this.outbox.commit();
  }

  /** Reports the fill in a redo record. There is room: the caller has looked before the fill began. */
  fill(redo: Float64Array): boolean {
    if (!this.explain(redo[REDO.venueOrderId]) || !this.explain(redo[REDO.venueTradeId])) return false;
    const at = this.outbox.tryClaim(FILL, FILL_BYTES, this.maskOf(redo[REDO.strategyIndex]));
    if (at === OUTBOX_FULL) return false;
    const fill = this.fillRecord.wrap(this.outbox.view, at);
    fill.fillSeq = redo[REDO.fillSeq];
    fill.intentSeq = redo[REDO.intentSeq];
    fill.venueOrderId = redo[REDO.venueOrderId];
    fill.venueTradeId = redo[REDO.venueTradeId];
    fill.priceTicks = redo[REDO.priceTicks];
    fill.qtyLots = redo[REDO.qtyLots];
    fill.feeCash = redo[REDO.feeCash];
    fill.cumQtyLots = redo[REDO.cumQtyLots];
    fill.eventNs = redo[REDO.eventNs];
    fill.exchangeTsMs = redo[REDO.exchangeTsMs];
    fill.instrumentIndex = redo[REDO.instrumentIndex];
    fill.strategyIndex = redo[REDO.strategyIndex];
    fill.side = redo[REDO.side];
    fill.isMaker = redo[REDO.isMaker];
    fill.flags = redo[REDO.flags];
    this.outbox.commit();
    return true;
  }

  /**
   * Tells the journal what a venue id's key means, once per run and before the first record that has it. A death between
   * the record and the mark repeats the record, which says the same again. False when there is no room.
   */
  private explain(key: number): boolean {
    if (key >= 0) return true;
    const { venueIds, outbox } = this;
    const place = venueIds.placeOf(key);
    if (place < 0 || venueIds.isAnnounced(place)) return true;
    const at = outbox.tryClaim(VENUE_ID_BOUND, VENUE_ID_BOUND_BYTES, TO_JOURNAL);
    if (at === OUTBOX_FULL) return false;
    const bound = this.bound.wrap(outbox.view, at);
    const { u8 } = outbox.view;
    const length = venueIds.copyTo(key, u8, at + ID_TEXT_AT);
    bound.key = key;
    bound.textBytes = length;
    for (let index = length; index < VENUE_ID_BYTES_MAX; index++) u8[at + ID_TEXT_AT + index] = 0;
    outbox.commit();
    venueIds.setAnnounced(place);
    return true;
  }

  /** Reports a connection of the gateway. */
  connectionChanged(kind: number, state: number, attempt: number, nowNs: number): void {
    const at = this.outbox.tryClaim(CONNECTION_CHANGED, CONNECTION_CHANGED_BYTES, TO_JOURNAL | TO_API);
    if (at === OUTBOX_FULL) return;
    const connection = this.connection.wrap(this.outbox.view, at);
    connection.eventNs = nowNs;
    connection.attempt = attempt;
    connection.kind = kind;
    connection.state = state;
    this.outbox.commit();
  }

  /**
   * The hops of an order to the supervisor: once when its bytes left (ackedNs 0), once more when the venue first
   * answered. Dropped and counted when the ring is full.
   */
  latency(slot: number): void {
    const at = this.toSupervisor.tryClaim(LATENCY_SAMPLE, LATENCY_SAMPLE_BYTES);
    if (at === BACK_PRESSURED) {
      this.counters.increment(EXECUTION_COUNTER.latencySamplesDropped);
      return;
    }
    const orders = this.orders;
    const sample = this.sample.wrap(this.toSupervisor.view, at);
    sample.intentSeq = orders.intentSeq[slot];
    sample.recvNs = orders.recvNs[slot];
    sample.decodedNs = orders.decodedNs[slot];
    sample.bookedNs = orders.bookedNs[slot];
    sample.signalledNs = orders.signalledNs[slot];
    sample.approvedNs = orders.approvedNs[slot];
    sample.sentNs = orders.sentNs[slot];
    sample.ackedNs = orders.ackedNs[slot];
    sample.bookTakenNs = orders.bookTakenNs[slot];
    sample.strategyTakenNs = orders.strategyTakenNs[slot];
    sample.riskTakenNs = orders.riskTakenNs[slot];
    // The turn that sends an order is the turn that took its approval in.
    sample.executionTakenNs = orders.submittedNs[slot];
    sample.instrumentIndex = orders.instrumentIndex[slot];
    this.toSupervisor.commit();
  }
}
