// hot path: no allocation after start
import type { SharedBookReader } from '../../book/shared-book.ts';
import type { Instrument } from '../../core/instrument.ts';
import { ORDERS_MAX, POLL_LIMIT } from '../../core/limits.ts';
import type { LevelWatchWriter } from '../../ipc/level-watch.ts';
import type { RecordHandler, Subscription } from '../../ipc/ring.ts';
import {
  DEPTH_SEEN,
  DepthSeen,
  LEVEL_SEEN,
  LevelSeen,
  TRADE_TICK,
  TradeTick,
} from '../../messages/codecs.ts';
import { CONNECTION_KIND, CONNECTION_STATE, ORDER_TYPE, TIME_IN_FORCE } from '../../messages/enums.ts';
import { EXECUTION_COUNTER } from '../counters.ts';
import { isOpenState, SLOT_FREE } from '../order-table.ts';
import type { PaperIds } from '../paper-ids.ts';
import { PAPER_REQUEST, PAPER_REQUESTS_MAX, PaperRequests } from '../paper-requests.ts';
import { SEND } from '../venue-port.ts';
import type { VenueContext, VenueGateway } from '../venue-port.ts';
import { FeeSchedule } from './fee-schedule.ts';
import type { FeeTier } from './fee-schedule.ts';
import { LatencySource } from './latency-source.ts';
import type { LatencyProfile } from './latency-source.ts';
import { ReportDelivery } from './report-delivery.ts';
import { ReportQueue, SIMULATED_REPORT } from './report-queue.ts';
import { SimulatedOrders } from './simulated-orders.ts';
import { SimulatedVenue } from './simulated-venue.ts';
import type { VenueRules } from './simulated-venue.ts';

/** How fills are simulated. */
export interface FillOptions extends VenueRules {
  readonly latency: LatencyProfile;
  readonly feeTiers: readonly FeeTier[];
}

/** What the gateway reads of the market; made for the execution actor's thread. */
export interface FillInputs {
  readonly book: SharedBookReader;
  /** book-to-execution of all lanes: trades and watched levels. */
  readonly market: readonly Subscription[];
  readonly watch: LevelWatchWriter;
  readonly ids: PaperIds;
}

/** How long a dropped connection stays away. */
const RECONNECT_NS = 100_000_000;

/**
 * A venue that lives in the engine, with a queue to stand in and ways that take time. The market here is seen `feed` later
 * than it was there, so a request sent at t is handled at t + entry + feed: then what is shown here is what it met there.
 * Its answer comes `response` after it was handled there, but not before what caused it is seen here. Requests and
 * answers keep their order, as on one connection. What is true of an order for the engine stands in the order table, so a
 * restarted gateway goes on with the orders it finds there; answers that were under way are lost with what they told of.
 */
export class SimulatedGateway implements VenueGateway {
  private readonly context: VenueContext;
  private readonly inputs: FillInputs;
  private readonly venue: SimulatedVenue;
  private readonly orders: SimulatedOrders;
  private readonly requests: PaperRequests = new PaperRequests();
  private readonly reports: ReportQueue = new ReportQueue();
  private readonly delivery: ReportDelivery;
  private readonly feed: LatencySource;
  private readonly entry: LatencySource;
  private readonly trade: TradeTick = new TradeTick();
  private readonly level: LevelSeen = new LevelSeen();
  private readonly depth: DepthSeen = new DepthSeen();
  private readonly onMarket: RecordHandler;
  /** [0]: when the last request arrives, monoNs. */
  private readonly lastDue: Float64Array = new Float64Array(1);
  private isOpen: boolean;
  private isUp: boolean;
  private upAtNs: number;

  constructor(context: VenueContext, inputs: FillInputs, options: FillOptions) {
    const { orders: table, counters, errors, random, instruments } = context;
    this.context = context;
    this.inputs = inputs;
    this.feed = new LatencySource(options.latency.feed, random);
    this.entry = new LatencySource(options.latency.entry, random);
    const response = new LatencySource(options.latency.response, random);
    this.orders = new SimulatedOrders(table, this.reports, counters, this.feed, response);
    const { book, watch, ids } = inputs;
    const fees = new FeeSchedule(options.feeTiers);
    const parts = { instruments, table, orders: this.orders, book, watch, ids, fees, counters, errors };
    this.venue = new SimulatedVenue({ ...parts, rules: options });
    this.delivery = new ReportDelivery(this.reports, table, context.events);
    this.onMarket = (type, view, byteOffset): void => {
      if (type === TRADE_TICK) this.takeTrade(this.trade.wrap(view, byteOffset));
      else if (type === LEVEL_SEEN) this.takeLevel(this.level.wrap(view, byteOffset));
      else if (type === DEPTH_SEEN) this.venue.onDepth(this.depth.wrap(view, byteOffset), view.f64);
      else counters.increment(EXECUTION_COUNTER.unknownTemplate);
    };
    this.isOpen = false;
    this.isUp = false;
    this.upAtNs = 0;
  }

  start(nowNs: number): void {
    this.setNow(nowNs);
    if (!this.inputs.ids.begin(this.context.clock.epochUs())) this.venue.distrustBooks();
    this.isOpen = true;
    this.adoptResting();
    this.comeUp(0);
  }

  doWork(turnNs: Float64Array): number {
    if (!this.isOpen) return 0;
    const nowNs = turnNs[0];
    if (!this.isUp && nowNs >= this.upAtNs) this.comeUp(1);
    this.setNow(nowNs);
    let work = 0;
    const { market } = this.inputs;
    for (let place = 0; place < market.length; place++) work += market[place].poll(this.onMarket, POLL_LIMIT);
    work += this.venue.matchBooks();
    for (let count = 0; count < PAPER_REQUESTS_MAX && this.orders.hasRoom(); count++) {
      if (this.venue.isAwaitingDepth) break;
      const at = this.requests.take(nowNs);
      if (at === -1) break;
      this.handle(at);
      work++;
    }
    return this.isUp ? work + this.delivery.deliver(nowNs) : work;
  }

  hasWork(): boolean {
    const { market } = this.inputs;
    for (let place = 0; place < market.length; place++) if (market[place].hasWork()) return true;
    return this.isUp && !(this.requests.isEmpty() && this.reports.isEmpty());
  }

  isReady(): boolean {
    return this.isUp;
  }

  /** When the next request or answer arrives, monoNs; Infinity = none is under way. For whoever moves a simulated clock. */
  nextDueNs(): number {
    return Math.min(this.requests.firstDueNs(), this.reports.firstDueNs());
  }

  /** Orders that rest at the simulated venue. */
  get restingCount(): number {
    return this.venue.resting.count;
  }

  place(slot: number, nowNs: number): number {
    return this.enqueue(PAPER_REQUEST.place, slot, -1, nowNs);
  }

  cancel(slot: number, nowNs: number): number {
    return this.enqueue(PAPER_REQUEST.cancel, slot, -1, nowNs);
  }

  replace(slot: number, replacedSlot: number, nowNs: number): number {
    return this.enqueue(PAPER_REQUEST.replace, slot, replacedSlot, nowNs);
  }

  queryOrder(slot: number, nowNs: number): number {
    return this.enqueue(PAPER_REQUEST.queryOrder, slot, -1, nowNs);
  }

  queryOpenOrders(instrumentIndex: number, nowNs: number): number {
    return this.enqueue(PAPER_REQUEST.queryOpenOrders, -1, instrumentIndex, nowNs);
  }

  queryFills(instrumentIndex: number, _afterVenueTradeId: number, nowNs: number): number {
    return this.enqueue(PAPER_REQUEST.queryFills, -1, instrumentIndex, nowNs);
  }

  addInstrument(instrument: Instrument): void {
    this.venue.addInstrument(instrument);
  }

  /** Requests under way are lost; answers wait, as the venue gives them again when it is asked. */
  dropConnections(): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.upAtNs = this.context.clock.nowNs() + RECONNECT_NS;
    this.requests.clear();
    this.context.events.onConnection(CONNECTION_KIND.orderEntry, CONNECTION_STATE.down, 0);
  }

  close(): void {
    this.isOpen = false;
    this.isUp = false;
  }

  private comeUp(attempt: number): void {
    this.isUp = true;
    this.context.events.onConnection(CONNECTION_KIND.orderEntry, CONNECTION_STATE.live, attempt);
  }

  private enqueue(kind: number, slot: number, other: number, nowNs: number): number {
    if (!this.isUp) return SEND.notConnected;
    const { requests, lastDue } = this;
    const at = requests.claim();
    if (at === -1) return SEND.rateLimited;
    const dueNs = nowNs + this.entry.nextNs() + this.feed.nextNs();
    if (dueNs > lastDue[0]) lastDue[0] = dueNs;
    requests.kind[at] = kind;
    requests.slot[at] = slot;
    requests.other[at] = other;
    requests.intentSeq[at] = slot < 0 ? 0 : this.context.orders.intentSeq[slot];
    requests.dueNs[at] = lastDue[0];
    return SEND.sent;
  }

  private setNow(nowNs: number): void {
    const epochMs = Math.floor(this.context.clock.epochUs() / 1000);
    this.venue.setNow(nowNs, epochMs);
    this.orders.setNow(nowNs, epochMs);
  }

  private takeTrade(trade: TradeTick): void {
    const { instrumentIndex, side, priceTicks, qtyLots, exchangeTsMs } = trade;
    this.venue.onTrade(instrumentIndex, side, priceTicks, qtyLots, exchangeTsMs);
  }

  private takeLevel(level: LevelSeen): void {
    const { instrumentIndex, side, priceTicks, qtyLots, isKnown, exchangeTsMs } = level;
    this.venue.onLevel(instrumentIndex, side, priceTicks, qtyLots, isKnown === 1, exchangeTsMs);
  }

  private handle(at: number): void {
    const { requests, venue, orders } = this;
    const slot = requests.slot[at];
    const other = requests.other[at];
    const isGone =
      slot >= 0 &&
      (!orders.isSame(slot, requests.intentSeq[at]) || this.context.orders.state[slot] === SLOT_FREE);
    if (isGone) return;
    switch (requests.kind[at]) {
      case PAPER_REQUEST.place:
        venue.enter(slot);
        return;
      case PAPER_REQUEST.cancel:
        venue.cancel(slot);
        return;
      case PAPER_REQUEST.replace:
        venue.replace(slot, other);
        return;
      case PAPER_REQUEST.queryOrder:
        orders.answer(slot);
        return;
      case PAPER_REQUEST.queryOpenOrders:
        orders.endList(SIMULATED_REPORT.openOrdersEnd, other);
        return;
      default:
        // No fill is ever lost between here and the ledger, so the list of missed ones is always empty.
        orders.endList(SIMULATED_REPORT.fillsEnd, other);
    }
  }

  /** Orders a predecessor had accepted rest again; what could not rest is answered as not found when asked about. */
  private adoptResting(): void {
    const table = this.context.orders;
    for (let slot = 0; slot < ORDERS_MAX; slot++) {
      if (!isOpenState(table.state[slot]) || table.venueOrderId[slot] === 0) continue;
      if (table.orderType[slot] === ORDER_TYPE.market) continue;
      if (table.orderType[slot] === ORDER_TYPE.limit && table.timeInForce[slot] !== TIME_IN_FORCE.gtc)
        continue;
      this.venue.adopt(slot);
    }
  }
}
