// hot path: no allocation after start
import type { CounterBlock } from '../ipc/counters.ts';
import type { Publication } from '../ipc/ring.ts';
import { TELEMETRY_TOPIC_BIT } from '../ipc/telemetry-interest.ts';
import type { TelemetryInterestReader } from '../ipc/telemetry-interest.ts';
import {
  BOOK_UPDATED,
  BOOK_UPDATED_BYTES,
  BookUpdated,
  GAP_RECORD,
  GAP_RECORD_BYTES,
  GapRecord,
  TRADE_TICK,
  TRADE_TICK_BYTES,
  TradeTick,
} from '../messages/codecs.ts';
import { BOOK_FLAG } from '../messages/enums.ts';
import { BOOK_COUNTER } from './counters.ts';
import { BOOK_FIGURE } from './instrument-book.ts';
import type { InstrumentBook } from './instrument-book.ts';

/** Places in `TickPublisher.tradeTimes`: when the trade was booked, and when the turn began that took it in; monoNs. */
export const TRADE_TIME = { booked: 0, taken: 1 } as const;

/** The orderbook actor's outgoing edges that may lose records. */
export interface TickPublisherRings {
  readonly counters: CounterBlock;
  /** Of all strategy actors, in their order. */
  readonly booksToStrategies: readonly Publication[];
  readonly bookToAnalysis: Publication;
  readonly toApi: Publication;
  /** Who listens to telemetry; null = assume that all topics are wanted. */
  readonly telemetry: TelemetryInterestReader | null;
}

/**
 * Tells strategy, slow path and telemetry what happened. The strategy's ring conflates: an update that finds no room is
 * remembered as a mark on its instrument and sent, in its newest form, when there is room; trades without room are
 * counted and the instrument's next update says so. Owned by the orderbook actor, one thread.
 */
export class TickPublisher {
  /** TRADE_TIME of the trade to be published; as arguments they would be boxed. */
  readonly tradeTimes: Float64Array = new Float64Array(2);
  private readonly rings: TickPublisherRings;
  private readonly counters: CounterBlock;
  private readonly books: readonly InstrumentBook[];
  private readonly updated: BookUpdated = new BookUpdated();
  private readonly tradeOut: TradeTick = new TradeTick();
  private readonly gap: GapRecord = new GapRecord();
  private dirtyCount: number;

  constructor(rings: TickPublisherRings, books: readonly InstrumentBook[]) {
    this.rings = rings;
    this.counters = rings.counters;
    this.books = books;
    this.dirtyCount = 0;
  }

  /** Whether an update waits for room. */
  get hasDirty(): boolean {
    return this.dirtyCount > 0;
  }

  /** Sends the instrument's present state to the strategy, or marks it to be sent. */
  publishBook(instrumentIndex: number): void {
    const state = this.books[instrumentIndex];
    const { booksToStrategies } = this.rings;
    for (let place = 0; place < booksToStrategies.length; place++) {
      const bit = 1 << place;
      if ((state.dirtyRings & bit) !== 0) {
        state.conflatedRings |= bit;
        this.counters.increment(BOOK_COUNTER.booksConflated);
      }
      if (this.sendBook(booksToStrategies[place], bit, instrumentIndex, state)) continue;
      if (state.dirtyRings === 0) this.dirtyCount++;
      state.dirtyRings |= bit;
    }
  }

  /** Sends marked states as far as there is room; returns how many. */
  flushDirty(): number {
    if (this.dirtyCount === 0) return 0;
    let sent = 0;
    for (let index = 0; index < this.books.length; index++) {
      const state = this.books[index];
      if (state.dirtyRings !== 0 && state.isSettled) sent += this.flushBook(index, state);
    }
    return sent;
  }

  private flushBook(instrumentIndex: number, state: InstrumentBook): number {
    const { booksToStrategies } = this.rings;
    let sent = 0;
    for (let place = 0; place < booksToStrategies.length; place++) {
      const bit = 1 << place;
      if ((state.dirtyRings & bit) === 0) continue;
      if (this.sendBook(booksToStrategies[place], bit, instrumentIndex, state)) sent++;
    }
    return sent;
  }

  /** Copies a trade to strategy, slow path and telemetry; what finds no room is counted. */
  publishTrade(trade: TradeTick, instrumentIndex: number): void {
    const { booksToStrategies, bookToAnalysis, toApi, telemetry } = this.rings;
    for (let place = 0; place < booksToStrategies.length; place++) {
      if (this.sendTrade(booksToStrategies[place], trade)) continue;
      this.counters.increment(BOOK_COUNTER.tradesMissed);
      this.books[instrumentIndex].tradesMissedRings |= 1 << place;
    }
    if (!this.sendTrade(bookToAnalysis, trade)) {
      this.counters.increment(BOOK_COUNTER.analysisTradesDropped);
    }
    if (telemetry !== null && !telemetry.wants(TELEMETRY_TOPIC_BIT.trades)) return;
    if (!this.sendTrade(toApi, trade)) {
      this.counters.increment(BOOK_COUNTER.apiTradesDropped);
    }
  }

  /** Copies a gap record to telemetry. */
  publishGap(
    eventNs: number,
    instrumentIndex: number,
    reason: number,
    expectedUpdateId: number,
    gotUpdateId: number,
  ): void {
    const { toApi } = this.rings;
    const at = toApi.tryClaim(GAP_RECORD, GAP_RECORD_BYTES);
    if (at < 0) {
      this.counters.increment(BOOK_COUNTER.apiGapsDropped);
      return;
    }
    const gap = this.gap.wrap(toApi.view, at);
    gap.eventNs = eventNs;
    gap.expectedUpdateId = expectedUpdateId;
    gap.gotUpdateId = gotUpdateId;
    gap.instrumentIndex = instrumentIndex;
    gap.reason = reason;
    toApi.commit();
  }

  private sendBook(ring: Publication, bit: number, instrumentIndex: number, state: InstrumentBook): boolean {
    const at = ring.tryClaim(BOOK_UPDATED, BOOK_UPDATED_BYTES);
    if (at < 0) return false;
    const { book, figures } = state;
    const isValid = state.isValid;
    const updated = this.updated.wrap(ring.view, at);
    updated.updateId = book.updateId;
    updated.bidTicks = isValid ? book.bidTicks : 0;
    updated.bidLots = isValid ? book.bidLots : 0;
    updated.askTicks = isValid ? book.askTicks : 0;
    updated.askLots = isValid ? book.askLots : 0;
    updated.imbalance = isValid ? figures[BOOK_FIGURE.imbalance] : 0;
    updated.microPriceTicks = isValid ? figures[BOOK_FIGURE.microPriceTicks] : 0;
    updated.exchangeTsMs = figures[BOOK_FIGURE.exchangeTsMs];
    updated.recvNs = figures[BOOK_FIGURE.recvNs];
    updated.decodedNs = figures[BOOK_FIGURE.decodedNs];
    updated.bookedNs = figures[BOOK_FIGURE.bookedNs];
    updated.bookTakenNs = figures[BOOK_FIGURE.takenNs];
    updated.instrumentIndex = instrumentIndex;
    updated.flags =
      (isValid ? BOOK_FLAG.valid : 0) |
      ((state.conflatedRings & bit) !== 0 ? BOOK_FLAG.conflated : 0) |
      ((state.tradesMissedRings & bit) !== 0 ? BOOK_FLAG.tradesMissed : 0);
    updated.reason = isValid ? 0 : state.reason;
    ring.commit();
    if ((state.dirtyRings & bit) !== 0) {
      state.dirtyRings &= ~bit;
      if (state.dirtyRings === 0) this.dirtyCount--;
    }
    state.conflatedRings &= ~bit;
    state.tradesMissedRings &= ~bit;
    return true;
  }

  private sendTrade(publication: Publication, trade: TradeTick): boolean {
    const at = publication.tryClaim(TRADE_TICK, TRADE_TICK_BYTES);
    if (at < 0) return false;
    const out = this.tradeOut.wrap(publication.view, at);
    out.priceTicks = trade.priceTicks;
    out.qtyLots = trade.qtyLots;
    out.tradeId = trade.tradeId;
    out.exchangeTsMs = trade.exchangeTsMs;
    out.recvNs = trade.recvNs;
    out.decodedNs = trade.decodedNs;
    out.bookedNs = this.tradeTimes[TRADE_TIME.booked];
    out.bookTakenNs = this.tradeTimes[TRADE_TIME.taken];
    out.instrumentIndex = trade.instrumentIndex;
    out.side = trade.side;
    publication.commit();
    return true;
  }
}
