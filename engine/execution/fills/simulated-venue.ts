// hot path: no allocation after start
import type { SharedBookReader } from '../../book/shared-book.ts';
import { INSTRUMENTS_MAX } from '../../core/limits.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { CounterBlock } from '../../ipc/counters.ts';
import type { ErrorLog } from '../../ipc/error-log.ts';
import type { LevelWatchWriter } from '../../ipc/level-watch.ts';
import type { DepthSeen } from '../../messages/codecs.ts';
import { ORDER_STATE, ORDER_TYPE, REASON, SIDE, TIME_IN_FORCE } from '../../messages/enums.ts';
import { EXECUTION_COUNTER } from '../counters.ts';
import { isTerminalState } from '../order-table.ts';
import type { OrderTable } from '../order-table.ts';
import type { PaperIds } from '../paper-ids.ts';
import { BookTaker } from './book-taker.ts';
import type { FeeSchedule } from './fee-schedule.ts';
import { ImpactMemory } from './impact-memory.ts';
import type { QueueModel } from './queue-model.ts';
import { RestingFills } from './resting-fills.ts';
import { RestingOrders } from './resting-orders.ts';
import type { SimulatedOrders } from './simulated-orders.ts';

/** Code of the stale-price entry in the error log. */
export const STALE_PRICE_ERROR = 4101;

/** How the simulated venue behaves. */
export interface VenueRules {
  readonly model: QueueModel;
  /** How long what was taken from the displayed book is held back. */
  readonly impactNs: number;
  /** Orders that meet a book older than this are refused; 0 = any age will do. */
  readonly staleNs: number;
  /** SELF_TRADE: what happens to an order that would meet an own one. */
  readonly selfTrade: number;
}

/** What the simulated venue is made with. */
export interface VenueParts {
  readonly instruments: readonly Instrument[];
  readonly table: OrderTable;
  readonly orders: SimulatedOrders;
  readonly book: SharedBookReader;
  readonly watch: LevelWatchWriter;
  readonly ids: PaperIds;
  readonly fees: FeeSchedule;
  readonly counters: CounterBlock;
  readonly errors: ErrorLog;
  readonly rules: VenueRules;
}

/**
 * The venue's side of the simulation: what happens to orders that have arrived there, by the market as it is shown here.
 * A taking order walks the displayed levels; what it takes is held back afterwards. A resting order is filled by the
 * prints of the market as its queue model says, and by whatever the opposite side shows at its price or better. Thread
 * of execution; requests, prints and levels must come in the order of time.
 */
export class SimulatedVenue {
  readonly resting: RestingOrders = new RestingOrders();
  private readonly parts: VenueParts;
  private readonly fills: RestingFills;
  private readonly taker: BookTaker;
  private readonly instrumentOf: (Instrument | null)[] = [];
  private readonly seenVersion: Int32Array = new Int32Array(INSTRUMENTS_MAX).fill(-1);
  /** The order that waits for depth, or -1; its intent; the number of the question. */
  private waitingSlot: number = -1;
  private readonly waitingIntent: Float64Array = new Float64Array(1);
  private readonly askNumber: Float64Array = new Float64Array(1);
  /** [0]: monoNs, [1]: ms since the epoch, of what happens now. */
  private readonly now: Float64Array = new Float64Array(2);

  constructor(parts: VenueParts) {
    this.parts = parts;
    const impact = new ImpactMemory(parts.rules.impactNs);
    this.fills = new RestingFills(this.resting, parts.rules.model, this.fillResting);
    this.taker = new BookTaker(
      parts.table,
      parts.orders,
      parts.book,
      this.resting,
      impact,
      parts.rules.selfTrade,
      {
        fill: this.fillTaker,
        endMaker: (slot) => this.endResting(slot, ORDER_STATE.expired, REASON.selfTrade),
        fillCrossed: (slot, qtyLots) => this.fills.fillCrossed(slot, qtyLots),
      },
      parts.counters,
    );
    for (const instrument of parts.instruments) this.addInstrument(instrument);
  }

  addInstrument(instrument: Instrument): void {
    while (this.instrumentOf.length < instrument.index) this.instrumentOf.push(null);
    this.instrumentOf[instrument.index] = instrument;
  }

  /** The time of what is told next. */
  setNow(nowNs: number, epochMs: number): void {
    this.now[0] = nowNs;
    this.now[1] = epochMs;
    this.taker.setNow(nowNs);
  }

  /** A restarted gateway: what a predecessor took of the books as they stand is not known, so nothing fills from them. */
  distrustBooks(): void {
    for (const { index } of this.parts.instruments) {
      if (this.parts.book.read(index)) this.taker.distrust(index, this.parts.book.updateId);
    }
  }

  /** An order of a predecessor rests again; its place in the queue is not known and counts as the last. */
  adopt(slot: number): void {
    this.parts.orders.adopt(slot);
    this.rest(slot);
  }

  /** A public trade. */
  onTrade(
    instrumentIndex: number,
    aggressor: number,
    priceTicks: number,
    qtyLots: number,
    exchangeTsMs: number,
  ): void {
    if (this.resting.countOf(instrumentIndex) === 0 || !this.parts.orders.hasRoom()) return;
    this.fills.onTrade(instrumentIndex, aggressor, priceTicks, qtyLots, exchangeTsMs);
  }

  /** The market shows another size at a level an order rests at. */
  onLevel(
    instrumentIndex: number,
    side: number,
    priceTicks: number,
    qtyLots: number,
    isKnown: boolean,
    exchangeTsMs: number,
  ): void {
    this.fills.onLevel(instrumentIndex, side, priceTicks, qtyLots, isKnown, exchangeTsMs);
  }

  /** Fills resting orders that the opposite side has come to; returns how many books were looked at. */
  matchBooks(): number {
    if (this.resting.count === 0) return 0;
    const { instruments, book, orders } = this.parts;
    let looked = 0;
    for (let place = 0; place < instruments.length; place++) {
      const { index } = instruments[place];
      if (this.resting.countOf(index) === 0) continue;
      const version = book.version(index);
      if (version === this.seenVersion[index] || !orders.hasRoom() || !book.read(index)) continue;
      this.seenVersion[index] = version;
      this.taker.matchCrossed(index);
      looked++;
    }
    return looked;
  }

  /** An order arrives: it takes what it may, and rests or expires with the remainder. */
  enter(slot: number): void {
    const { table, orders, watch } = this.parts;
    if (table.state[slot] === ORDER_STATE.initialized || isTerminalState(table.state[slot])) return;
    // The slot's last order is over for the engine, whatever became of it here.
    this.stopResting(slot);
    const reason = this.refusal(slot);
    if (reason !== REASON.none) {
      orders.reject(slot, reason);
      return;
    }
    if (this.taker.needsDepth(slot)) {
      const isAsks = table.side[slot] === SIDE.buy;
      const behindTicks = this.taker.lastSharedTicks(slot);
      this.waitingSlot = slot;
      this.waitingIntent[0] = table.intentSeq[slot];
      this.askNumber[0] = watch.askDepth(table.instrumentIndex[slot], isAsks, behindTicks);
      return;
    }
    this.admit(slot);
  }

  /** Whether an order waits for the levels behind the shared ones: whatever comes after it has to wait for it. */
  get isAwaitingDepth(): boolean {
    return this.waitingSlot >= 0;
  }

  /** The levels that were asked for, best first: the order that waits for them takes what it may. */
  onDepth(depth: DepthSeen, words: Float64Array): void {
    const { table, book } = this.parts;
    const slot = this.waitingSlot;
    if (slot < 0 || depth.askNumber !== this.askNumber[0]) return;
    this.waitingSlot = -1;
    if (table.intentSeq[slot] !== this.waitingIntent[0] || isTerminalState(table.state[slot])) return;
    if (!book.read(table.instrumentIndex[slot])) {
      this.parts.orders.reject(slot, REASON.bookInvalid);
      return;
    }
    // The shared levels are as new as these, or newer: what they show by now is not taken twice.
    const sharedTicks = this.taker.lastSharedTicks(slot);
    const sign = table.side[slot] === SIDE.buy ? 1 : -1;
    for (let level = 0, word = depth.levelsAt8; level < depth.levelCount; level++, word += 2) {
      if ((words[word] - sharedTicks) * sign > 0) this.taker.addDepth(words[word], words[word + 1]);
    }
    this.admit(slot);
    this.taker.forgetDepth();
  }

  /** The venue takes an order: it takes what it may, and rests or expires with the remainder. */
  private admit(slot: number): void {
    const { table, orders, ids } = this.parts;
    orders.accept(slot, ids.nextOrderId());
    if (!this.taker.take(slot)) {
      orders.end(slot, ORDER_STATE.expired, REASON.selfTrade);
      return;
    }
    if (orders.leavesLots(slot) <= 0) return;
    const orderType = table.orderType[slot];
    const rests =
      orderType === ORDER_TYPE.limitMaker ||
      (orderType === ORDER_TYPE.limit && table.timeInForce[slot] === TIME_IN_FORCE.gtc);
    if (rests) this.rest(slot);
    else orders.end(slot, ORDER_STATE.expired, REASON.expiredUnfilled);
  }

  /** A cancel arrives. */
  cancel(slot: number): void {
    if (this.isResting(slot)) this.endResting(slot, ORDER_STATE.canceled, REASON.none);
    else this.parts.orders.rejectCancel(slot);
  }

  /** A replace arrives: the new order enters only if the old one could be taken off. */
  replace(slot: number, replacedSlot: number): void {
    if (this.isResting(replacedSlot)) {
      this.endResting(replacedSlot, ORDER_STATE.canceled, REASON.none);
      this.enter(slot);
      return;
    }
    this.stopResting(slot);
    this.parts.orders.reject(slot, REASON.tooLateToCancel);
    this.parts.orders.rejectCancel(replacedSlot);
  }

  private isResting(slot: number): boolean {
    return this.resting.isResting(slot) && this.parts.orders.isWorking(slot);
  }

  /** Why the venue does not take the order: its filters, no book, an old book, a maker that would take; else none. */
  private refusal(slot: number): number {
    const { table, book, counters } = this.parts;
    const instrumentIndex = table.instrumentIndex[slot];
    if (this.isFiltered(slot)) {
      counters.increment(EXECUTION_COUNTER.simulatedFilters);
      return REASON.filterFailure;
    }
    if (!book.read(instrumentIndex)) return REASON.bookInvalid;
    if (this.isStale(instrumentIndex)) return REASON.stalePrice;
    if (table.orderType[slot] === ORDER_TYPE.limitMaker && this.taker.wouldTake(slot))
      return REASON.wouldTake;
    return REASON.none;
  }

  private isFiltered(slot: number): boolean {
    const { table } = this.parts;
    const instrument = this.instrumentOf[table.instrumentIndex[slot]];
    const qtyLots = table.qtyLots[slot];
    if (instrument === null || qtyLots < instrument.minQtyLots || qtyLots > instrument.maxQtyLots)
      return true;
    const isPriced = table.orderType[slot] !== ORDER_TYPE.market;
    return isPriced && table.priceTicks[slot] * qtyLots < instrument.minNotionalCash;
  }

  private isStale(instrumentIndex: number): boolean {
    const { rules, book, counters, errors } = this.parts;
    const nowNs = this.now[0];
    if (rules.staleNs === 0 || nowNs - book.recvNs <= rules.staleNs) return false;
    counters.increment(EXECUTION_COUNTER.simulatedStale);
    const symbol = this.instrumentOf[instrumentIndex]?.symbol ?? '';
    errors.record(
      STALE_PRICE_ERROR,
      `FILLS_STALE_PRICE execution: orders on ${symbol} were refused, its book was older than fills.staleMs`,
      nowNs,
    );
    return true;
  }

  private rest(slot: number): void {
    const { table, orders, watch } = this.parts;
    const side = table.side[slot];
    const priceTicks = table.priceTicks[slot];
    this.resting.add(slot, table.instrumentIndex[slot], side, priceTicks, orders.leavesLots(slot));
    watch.watch(slot, table.instrumentIndex[slot], side === SIDE.sell, priceTicks);
  }

  private stopResting(slot: number): void {
    if (this.resting.remove(slot)) this.parts.watch.unwatch(slot);
  }

  private endResting(slot: number, state: number, reason: number): void {
    this.stopResting(slot);
    this.parts.orders.end(slot, state, reason);
  }

  private readonly fillResting = (slot: number, priceTicks: number, qtyLots: number): boolean => {
    if (!this.parts.orders.hasRoom()) return false;
    this.fill(slot, priceTicks, qtyLots, true);
    if (this.parts.orders.leavesLots(slot) <= 0) this.stopResting(slot);
    return true;
  };

  private readonly fillTaker = (slot: number, priceTicks: number, qtyLots: number): void => {
    this.fill(slot, priceTicks, qtyLots, false);
  };

  private fill(slot: number, priceTicks: number, qtyLots: number, isMaker: boolean): void {
    const { table, orders, ids, fees } = this.parts;
    const instrument = this.instrumentOf[table.instrumentIndex[slot]]!;
    const feeCash = fees.charge(instrument, priceTicks * qtyLots, isMaker, this.now[1]);
    orders.fill(slot, ids.nextTradeId(), priceTicks, qtyLots, feeCash, isMaker);
  }
}
