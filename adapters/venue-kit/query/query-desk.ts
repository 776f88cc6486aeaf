import { placesByIndex } from '../../../engine/core/instrument.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { VenueContext } from '../../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../../engine/execution/venue-port.ts';
import type { RateBudget } from '../limits/rate-budget.ts';
import type { VenueClock } from '../limits/venue-clock.ts';
import type { ApiAnswer } from '../request/api-answer.ts';
import type { ClientIdReader } from '../request/client-id.ts';
import { QueryChannel } from './query-channel.ts';
import type { QueryTransport } from './query-channel.ts';
import type { QueriedOrder, QueriedTrade, QueryProtocol, VenueQuery } from './query-protocol.ts';

/** Pages of one queryFills; what is beyond waits for the next one. */
const PAGES_MAX = 20;
/** Orders looked up by id in one queryFills to find whose they are. */
const OWNER_LOOKUPS_MAX = 32;

/**
 * Asks the venue what it knows of orders and fills and tells the owner. Off the hot path: answers are read with
 * JSON.parse and everything here may allocate. A query without an answer is counted and reported to no one: the owner asks
 * again by its own timer. One thread.
 */
export class QueryDesk {
  private readonly context: VenueContext;
  private readonly places: Int32Array;
  private readonly protocol: QueryProtocol;
  private readonly channel: QueryChannel;
  private readonly clientIds: ClientIdReader;

  constructor(
    context: VenueContext,
    protocol: QueryProtocol,
    transport: QueryTransport,
    budget: RateBudget,
    venueClock: VenueClock,
    clientIds: ClientIdReader,
  ) {
    this.context = context;
    this.places = placesByIndex(context.instruments);
    this.protocol = protocol;
    this.channel = new QueryChannel(context, protocol, transport, budget, venueClock);
    this.clientIds = clientIds;
  }

  /** The context's list has an instrument more. */
  addInstrument({ index }: Instrument): void {
    this.places[index] = this.context.instruments.length - 1;
  }

  /** As VenueGateway.queryOrder. */
  queryOrder(slot: number, nowNs: number): number {
    const { orders } = this.context;
    const intentSeq = orders.intentSeq[slot];
    const instrument = this.instrumentAt(orders.instrumentIndex[slot]);
    const queries = this.protocol.order(instrument, orders.venueOrderId[slot], intentSeq);
    return this.channel.start(queries[0].weight, nowNs, () => this.findOrder(slot, intentSeq, queries));
  }

  /** As VenueGateway.queryOpenOrders. */
  queryOpenOrders(instrumentIndex: number, nowNs: number): number {
    const instrument = this.instrumentAt(instrumentIndex);
    const query = this.protocol.openOrders(instrument);
    return this.channel.start(query.weight, nowNs, () => this.listOpenOrders(instrument, query));
  }

  /** As VenueGateway.queryFills; after trade id 0 the newest page is taken as all there is. */
  queryFills(instrumentIndex: number, afterTradeId: number, nowNs: number, sinceMs: number): number {
    const instrument = this.instrumentAt(instrumentIndex);
    const query = this.protocol.trades(instrument, afterTradeId, sinceMs);
    return this.channel.start(query.weight, nowNs, () => this.listFills(instrument, query));
  }

  close(): void {
    this.channel.close();
  }

  private instrumentAt(instrumentIndex: number): Instrument {
    return this.context.instruments[this.places[instrumentIndex]];
  }

  private async findOrder(slot: number, intentSeq: number, queries: readonly VenueQuery[]): Promise<boolean> {
    const { channel, protocol } = this;
    const { orders, events, clock } = this.context;
    let answer = await channel.ask(queries[0]);
    for (let next = 1; next < queries.length && answer !== null && protocol.isNotFound(answer); next++) {
      answer = await channel.askWhenFree(queries[next]);
    }
    if (answer === null) return false;
    if (channel.isClosed || orders.intentSeq[slot] !== intentSeq) return true;
    if (protocol.isNotFound(answer)) {
      events.onNotFound(slot, clock.nowNs());
      return true;
    }
    if (answer.status !== 200) return false;
    const instrument = this.instrumentAt(orders.instrumentIndex[slot]);
    const order = protocol.readOrder(instrument, answer.result);
    if (order === null) return this.unreadable();
    if (order.cumQtyLots > orders.cumQtyLots[slot]) {
      const isTold = await this.tellFillsOf(slot, intentSeq, instrument, order.venueOrderId);
      if (!isTold) return false;
    }
    if (orders.intentSeq[slot] === intentSeq) this.tellStatus(slot, order, clock.nowNs());
    return true;
  }

  private async tellFillsOf(
    slot: number,
    intentSeq: number,
    instrument: Instrument,
    venueOrderId: number,
  ): Promise<boolean> {
    const answer = await this.channel.askWhenFree(this.protocol.tradesOfOrder(instrument, venueOrderId));
    const entries = this.entriesOf(answer);
    if (entries === null || this.channel.isClosed) return false;
    if (this.context.orders.intentSeq[slot] !== intentSeq) return true;
    for (const entry of entries) {
      const trade = this.protocol.readTrade(instrument, entry);
      if (trade === null) this.unreadable();
      else this.tellFill(slot, instrument, trade);
    }
    return true;
  }

  private async listOpenOrders(instrument: Instrument, query: VenueQuery): Promise<boolean> {
    const entries = this.entriesOf(await this.channel.ask(query));
    if (entries === null || this.channel.isClosed) return false;
    const recvNs = this.context.clock.nowNs();
    for (const entry of entries) {
      const order = this.protocol.readOrder(instrument, entry);
      if (order === null) this.unreadable();
      else this.tellOpenOrder(instrument, order, this.protocol.clientIdOf(entry), recvNs);
    }
    this.context.events.onOpenOrdersEnd(instrument.index, recvNs);
    return true;
  }

  private tellOpenOrder(
    instrument: Instrument,
    order: QueriedOrder,
    clientId: unknown,
    recvNs: number,
  ): void {
    const { orders, events } = this.context;
    const { venueOrderId } = order;
    const intentSeq = this.clientIds.intentSeqOf(clientId);
    const slot =
      intentSeq === 0
        ? orders.slotOfVenueOrder(instrument.index, venueOrderId)
        : orders.slotOfIntent(intentSeq);
    if (slot >= 0) this.tellStatus(slot, order, recvNs);
    else events.onOutsideOrder(instrument.index, order.side, venueOrderId, order.priceTicks, order.qtyLots);
  }

  private tellStatus(slot: number, order: QueriedOrder, recvNs: number): void {
    const { state, venueOrderId, cumQtyLots, timeMs } = order;
    this.context.events.onStatus(slot, state, venueOrderId, cumQtyLots, timeMs, recvNs);
  }

  private async listFills(instrument: Instrument, first: VenueQuery): Promise<boolean> {
    const { channel, protocol } = this;
    const owners: Map<number, number> = new Map();
    let query: VenueQuery | null = first;
    for (let page = 0; page < PAGES_MAX && query !== null; page++) {
      const answer: ApiAnswer | null = await (page === 0 ? channel.ask(query) : channel.askWhenFree(query));
      const entries = this.entriesOf(answer);
      if (entries === null || channel.isClosed) return false;
      for (const entry of entries) {
        const trade = protocol.readTrade(instrument, entry);
        if (trade === null) this.unreadable();
        else if (!(await this.tellFillOfAnyone(instrument, trade, owners))) return false;
      }
      query = protocol.nextTrades(instrument, query, entries);
    }
    this.context.events.onFillsEnd(instrument.index, this.context.clock.nowNs());
    return true;
  }

  /**
   * Trades may name the venue's order id only. An id the table does not hold may still be ours (its acknowledgement was
   * lost), so the order is looked up for its client id before its fill is called an outside one.
   */
  private async tellFillOfAnyone(
    instrument: Instrument,
    trade: QueriedTrade,
    owners: Map<number, number>,
  ): Promise<boolean> {
    const { events, orders } = this.context;
    const { venueOrderId } = trade;
    let slot = orders.slotOfVenueOrder(instrument.index, venueOrderId);
    const isNew = !events.isFillKnown(instrument.index, trade.side, trade.venueTradeId);
    if (slot < 0 && venueOrderId !== 0 && isNew) {
      let intentSeq = owners.get(venueOrderId);
      if (intentSeq === undefined) {
        // What was told so far is known next time, so the next query gets further.
        if (owners.size === OWNER_LOOKUPS_MAX) return false;
        const found = await this.ownerOf(instrument, venueOrderId);
        if (found === null) return false;
        intentSeq = found;
        owners.set(venueOrderId, intentSeq);
      }
      if (intentSeq > 0) slot = orders.slotOfIntent(intentSeq);
    }
    this.tellFill(slot, instrument, trade);
    return true;
  }

  /** The intent number in an order's client id, 0 = not ours; null when the venue did not say. */
  private async ownerOf(instrument: Instrument, venueOrderId: number): Promise<number | null> {
    const { channel, protocol } = this;
    const answer = await channel.askWhenFree(protocol.orderByVenueId(instrument, venueOrderId));
    if (answer === null || channel.isClosed) return null;
    // An order that is no longer in the venue's records cannot be one that is open here.
    if (protocol.isNotFound(answer)) return 0;
    if (answer.status !== 200) return null;
    return this.clientIds.intentSeqOf(protocol.clientIdOf(answer.result));
  }

  private tellFill(slot: number, instrument: Instrument, trade: QueriedTrade): void {
    const { counters, events, clock } = this.context;
    const isConverted = trade.feeCash === trade.feeCash;
    if (!isConverted) counters.increment(VENUE_COUNTER.venueFeesUnconverted);
    counters.increment(VENUE_COUNTER.venueFills);
    events.onFill(
      slot,
      instrument.index,
      trade.side,
      trade.venueOrderId,
      trade.venueTradeId,
      trade.priceTicks,
      trade.qtyLots,
      isConverted ? trade.feeCash : 0,
      0,
      trade.isMaker ? 1 : 0,
      trade.timeMs,
      clock.nowNs(),
    );
  }

  private entriesOf(answer: ApiAnswer | null): readonly unknown[] | null {
    return answer === null ? null : this.protocol.listOf(answer);
  }

  private unreadable(): false {
    this.context.counters.increment(VENUE_COUNTER.venueMalformedFrames);
    return false;
  }
}
