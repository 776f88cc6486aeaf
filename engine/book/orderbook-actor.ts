// hot path: no allocation after start
import { CommandAnswers } from '../control/command-answers.ts';
import type { AnswerRoute } from '../control/command-answers.ts';
import { InvariantViolation } from '../core/assert.ts';
import type { Clock } from '../core/clock.ts';
import { placesByIndex } from '../core/instrument.ts';
import type { Instrument } from '../core/instrument.ts';
import { POLL_LIMIT, SHARED_BOOK_LEVELS_MAX } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { Publication, RecordHandler, RecordView, Subscription } from '../ipc/ring.ts';
import type { TelemetryInterestReader } from '../ipc/telemetry-interest.ts';
import {
  BOOK_DELTA,
  BOOK_RESET,
  BookDelta,
  BookReset,
  COMMAND as COMMAND_TYPE,
  Command,
  QUOTE_TICK,
  QuoteTick,
  TRADE_TICK,
  TradeTick,
  VENUE_PRICES,
  VenuePrices,
} from '../messages/codecs.ts';
import { COMMAND, COMMAND_REASON, DELTA_FLAG, GAP_REASON } from '../messages/enums.ts';
import type { ActorName, TimedActor } from '../runtime/actor.ts';
import { countLevels, countTops } from './book-tally.ts';
import { BOOK_COUNTER } from './counters.ts';
import { FillTap } from './fill-tap.ts';
import type { FillTapAccount } from './fill-tap.ts';
import { imbalance, microPriceTicks } from './features.ts';
import { FundingPublisher } from './funding-publisher.ts';
import { GapOutbox } from './gap-outbox.ts';
import { BOOK_FIGURE, FRAME_STATE, InstrumentBook } from './instrument-book.ts';
import type { BookStats } from './instrument-book.ts';
import { ResyncRequests } from './resync-requests.ts';
import type { SharedBookWriter } from './shared-book.ts';
import { FUNDING_CHANGE } from './shared-prices.ts';
import type { SharedPricesWriter } from './shared-prices.ts';
import { TickPublisher, TRADE_TIME } from './tick-publisher.ts';

/** A snapshot that breaks into an open frame and is itself crossed. */
const GAPS_PER_RECORD_MAX = 2;

/** Everything the orderbook actor is joined to; made by the composition root for its thread. */
export interface OrderBookDependencies {
  /** Absent = the only one of its kind. */
  readonly name?: ActorName;
  /** Those of this actor's lane. */
  readonly instruments: readonly Instrument[];
  /** An instrument as its terms are now; absent = they never change. */
  readonly instrumentAt?: (index: number) => Instrument;
  readonly clock: Clock;
  readonly counters: CounterBlock;
  readonly commands: Subscription;
  /** Absent = commands are not answered. */
  readonly answers?: AnswerRoute;
  readonly feedToBook: Subscription;
  readonly bookToFeed: Publication;
  /** Of all strategy actors, in their order. */
  readonly booksToStrategies: readonly Publication[];
  readonly bookToAnalysis: Publication;
  readonly toJournal: Publication;
  readonly toApi: Publication;
  readonly sharedBook: SharedBookWriter;
  readonly prices: SharedPricesWriter;
  /** Who listens to telemetry; null = assume that all topics are wanted. */
  readonly telemetry: TelemetryInterestReader | null;
  /** Accounts whose fills are simulated with a queue; absent = none. */
  readonly fillAccounts?: readonly FillTapAccount[];
}

/**
 * Builds the books from the feed's records and tells what became of them. A book is valid or hidden: on a reset, a
 * crossed state, a torn frame or a price outside the covered range it is hidden from everyone, the strategy is told, and a
 * snapshot is asked of the feed. Near the edge of that range a snapshot is asked for while the book stays valid.
 */
export class OrderBookActor implements TimedActor {
  readonly name: ActorName;
  /** When the present turn began; in an array, because a double stored in a field is a new object. */
  readonly turnNs: Float64Array = new Float64Array(1);
  private readonly deps: OrderBookDependencies;
  private readonly counters: CounterBlock;
  /** By instrument index; one book that is never used stands for the instruments of all other lanes. */
  private readonly books: InstrumentBook[];
  private readonly foreign: InstrumentBook;
  /** Place in this lane by instrument index; -1 = another lane's. */
  private readonly places: Int32Array;
  private readonly outbox: GapOutbox;
  private readonly ticks: TickPublisher;
  private readonly funding: FundingPublisher;
  private readonly fillTap: FillTap | null;
  private readonly delta: BookDelta = new BookDelta();
  private readonly reset: BookReset = new BookReset();
  private readonly trade: TradeTick = new TradeTick();
  private readonly quote: QuoteTick = new QuoteTick();
  private readonly stated: VenuePrices = new VenuePrices();
  private readonly statedMs: Float64Array = new Float64Array(1);
  private readonly command: Command = new Command();
  private readonly answers: CommandAnswers;
  private readonly onFeedRecord: RecordHandler;
  private readonly onCommandRecord: RecordHandler;
  private readonly requests: ResyncRequests;
  private isHanging: boolean;

  constructor(deps: OrderBookDependencies) {
    this.name = deps.name ?? 'orderbook';
    this.deps = deps;
    this.answers = new CommandAnswers(deps.answers, this.turnNs);
    this.counters = deps.counters;
    this.places = placesByIndex(deps.instruments);
    const foreign = new InstrumentBook();
    this.foreign = foreign;
    this.books = [];
    for (const { index } of deps.instruments) this.addBook(index);
    this.outbox = new GapOutbox(deps.toJournal, POLL_LIMIT * GAPS_PER_RECORD_MAX + deps.instruments.length);
    this.ticks = new TickPublisher(deps, this.books);
    const { booksToStrategies, toJournal, prices } = deps;
    this.funding = new FundingPublisher(booksToStrategies, toJournal, prices, deps.counters);
    for (const each of deps.instruments) this.funding.setPeriod(each.index, each.fundingIntervalMs);
    const fillAccounts = deps.fillAccounts ?? [];
    this.fillTap = fillAccounts.length === 0 ? null : new FillTap(fillAccounts, this.books, deps.counters);
    this.onFeedRecord = this.handleFeedRecord.bind(this);
    this.onCommandRecord = this.handleCommand.bind(this);
    this.requests = new ResyncRequests(deps.bookToFeed, deps.counters, this.books);
    this.isHanging = false;
  }

  /**
   * Hides every book until its next snapshot. After a restart the snapshots are asked for; at the engine's first start
   * the feed sends them of its own accord.
   */
  onStart(nowNs: number): void {
    const sharedBook = this.deps.sharedBook;
    for (const { index } of this.deps.instruments) {
      const isRestart = sharedBook.wasWritten(index);
      const reason = isRestart ? GAP_REASON.actorRestart : GAP_REASON.start;
      this.books[index].reason = reason;
      sharedBook.hide(index, reason);
      if (!isRestart) continue;
      this.outbox.add(nowNs, index, reason, 0, 0);
      this.requestResync(index, reason);
      this.ticks.publishBook(index);
    }
  }

  /** At a time given as a number: for a caller that turns this actor by hand. */
  doWork(nowNs: number): number {
    this.turnNs[0] = nowNs;
    return this.takeTurn();
  }

  takeTurn(): number {
    let workCount = this.deps.commands.poll(this.onCommandRecord, POLL_LIMIT);
    workCount += this.outbox.flush();
    workCount += this.requests.flush(this.turnNs);
    workCount += this.ticks.flushDirty() + this.funding.flush();
    if (!this.outbox.isEmpty) {
      this.counters.increment(BOOK_COUNTER.journalHeldBack);
      return workCount;
    }
    if (this.fillTap !== null) {
      workCount += this.fillTap.refresh();
      if (this.fillTap.isHeldBack) return workCount;
    }
    const polled = this.deps.feedToBook.poll(this.onFeedRecord, POLL_LIMIT);
    if (polled > 0) workCount += polled + this.outbox.flush() + this.requests.flush(this.turnNs);
    return workCount;
  }

  hasWork(): boolean {
    return (
      this.deps.commands.hasWork() ||
      !this.outbox.isEmpty ||
      this.requests.hasWork() ||
      this.ticks.hasDirty ||
      this.funding.hasWaiting ||
      this.fillTap?.isAsked === true ||
      this.deps.feedToBook.hasWork()
    );
  }

  onClose(): void {
    // Holds no sockets or timers; the shared books stay for those that still read them.
  }

  /** One book's figures. Allocates: for tools and tests on the actor's thread. */
  bookStats(instrumentIndex: number): BookStats {
    return this.books[instrumentIndex].stats();
  }

  private handleFeedRecord(type: number, view: RecordView, byteOffset: number): void {
    switch (type) {
      case BOOK_DELTA:
        this.onDelta(this.delta.wrap(view, byteOffset), view.f64);
        return;
      case QUOTE_TICK:
        this.onQuote(this.quote.wrap(view, byteOffset));
        return;
      case TRADE_TICK:
        this.onTrade(this.trade.wrap(view, byteOffset));
        return;
      case VENUE_PRICES:
        this.onPrices(this.stated.wrap(view, byteOffset));
        return;
      case BOOK_RESET:
        this.onReset(this.reset.wrap(view, byteOffset));
        return;
      default:
        this.counters.increment(BOOK_COUNTER.unknownTemplate);
    }
  }

  private onDelta(delta: BookDelta, words: Float64Array): void {
    const instrumentIndex = delta.instrumentIndex;
    if (!this.isKnown(instrumentIndex)) return;
    const state = this.books[instrumentIndex];
    const flags = delta.flags;
    if ((flags & DELTA_FLAG.first) !== 0) this.openFrame(instrumentIndex, state, delta);
    else if (state.frameState === FRAME_STATE.none && state.isValid) this.tear(instrumentIndex, state, delta);
    if (state.frameState === FRAME_STATE.none) return;
    if (state.frameState === FRAME_STATE.applying) {
      state.book.applyLevels(words, delta.levelsAt8, delta.bidCount, delta.askCount);
    } else if (state.frameState === FRAME_STATE.loading) {
      state.book.loadLevels(words, delta.levelsAt8, delta.bidCount, delta.askCount);
    }
    if ((flags & DELTA_FLAG.last) !== 0) this.closeFrame(instrumentIndex, state, delta);
  }

  /** Decides what the frame that begins here does to the book. */
  private openFrame(instrumentIndex: number, state: InstrumentBook, delta: BookDelta): void {
    const isSnapshot = (delta.flags & DELTA_FLAG.snapshot) !== 0;
    if (state.frameState !== FRAME_STATE.none) this.tear(instrumentIndex, state, delta);
    if (isSnapshot) {
      state.book.startSnapshot();
      state.frameState = FRAME_STATE.loading;
    } else if (!state.isValid && !state.isCatchingUp) {
      state.hiddenDropped++;
      this.counters.increment(BOOK_COUNTER.hiddenFrames);
    } else if (delta.lastUpdateId > 0 && delta.lastUpdateId <= state.book.updateId) {
      state.staleDropped++;
      this.counters.increment(BOOK_COUNTER.staleFrames);
      state.frameState = FRAME_STATE.skipping;
    } else {
      state.frameState = FRAME_STATE.applying;
    }
  }

  /** A frame lost its beginning or its end: what it did to the book cannot be taken back. */
  private tear(instrumentIndex: number, state: InstrumentBook, delta: BookDelta): void {
    this.counters.increment(BOOK_COUNTER.tornFrames);
    state.frameState = FRAME_STATE.none;
    if (state.isValid) {
      this.giveUp(instrumentIndex, state, GAP_REASON.malformedFrame, delta.recvNs, delta.lastUpdateId);
    }
  }

  private closeFrame(instrumentIndex: number, state: InstrumentBook, delta: BookDelta): void {
    const frameState = state.frameState;
    state.frameState = FRAME_STATE.none;
    if (frameState === FRAME_STATE.skipping) return;
    const book = state.book;
    if (frameState === FRAME_STATE.loading) {
      this.finishSnapshot(state, delta);
    } else if (delta.lastUpdateId > 0) {
      book.updateId = delta.lastUpdateId;
    }
    state.quoteCoverage.settle(book);
    state.updates++;
    this.counters.increment(BOOK_COUNTER.frames);
    countLevels(state, this.counters);
    state.isCatchingUp = (delta.flags & DELTA_FLAG.catchUp) !== 0;
    if (state.isCatchingUp || !this.isSound(instrumentIndex, state, delta)) return;
    state.isValid = true;
    state.reason = GAP_REASON.none;
    const { figures } = state;
    figures[BOOK_FIGURE.exchangeTsMs] = delta.exchangeTsMs;
    figures[BOOK_FIGURE.recvNs] = delta.recvNs;
    figures[BOOK_FIGURE.decodedNs] = delta.decodedNs;
    figures[BOOK_FIGURE.takenNs] = this.turnNs[0];
    this.share(instrumentIndex, state);
    this.ticks.publishBook(instrumentIndex);
    this.fillTap?.onBook(instrumentIndex);
    state.topCheck.onBook(book.updateId, book.bidTicks, book.bidLots, book.askTicks, book.askLots);
    countTops(state, this.counters);
  }

  private finishSnapshot(state: InstrumentBook, delta: BookDelta): void {
    const { flags } = delta;
    const areBidsComplete = (flags & DELTA_FLAG.bidsComplete) !== 0;
    state.book.finishSnapshot(delta.lastUpdateId, areBidsComplete, (flags & DELTA_FLAG.asksComplete) !== 0);
    state.quoteCoverage.clear();
    state.snapshots++;
    state.refreshAsked = false;
    this.counters.increment(BOOK_COUNTER.snapshots);
    if (state.isValid) this.counters.increment(BOOK_COUNTER.refreshes);
  }

  /** Judges a book that is to be shown; one that cannot be is given up. */
  private isSound(instrumentIndex: number, state: InstrumentBook, delta: BookDelta): boolean {
    const { book } = state;
    if (book.isCrossed()) {
      state.crossed++;
      this.counters.increment(BOOK_COUNTER.crossedBooks);
      this.giveUp(instrumentIndex, state, GAP_REASON.crossed, delta.recvNs, delta.lastUpdateId);
      return false;
    }
    if (book.isUsedUp()) {
      state.coverageLost++;
      this.counters.increment(BOOK_COUNTER.coverageLost);
      this.giveUp(instrumentIndex, state, GAP_REASON.coverage, delta.recvNs, delta.lastUpdateId);
      return false;
    }
    if (book.isLow()) this.requests.addRefresh(state);
    return true;
  }

  /** Writes the shared book; the strategy is told afterwards, so it always finds at least what it was told of. */
  private share(instrumentIndex: number, state: InstrumentBook): void {
    const sharedBook = this.deps.sharedBook;
    const { book, figures } = state;
    const { bids, asks } = book;
    figures[BOOK_FIGURE.imbalance] = imbalance(
      bids.volumeLots(SHARED_BOOK_LEVELS_MAX),
      asks.volumeLots(SHARED_BOOK_LEVELS_MAX),
    );
    figures[BOOK_FIGURE.microPriceTicks] = microPriceTicks(
      book.bidTicks,
      book.bidLots,
      book.askTicks,
      book.askLots,
    );
    this.deps.clock.stamp(figures, BOOK_FIGURE.bookedNs);
    book.copyTop(sharedBook.begin(instrumentIndex), SHARED_BOOK_LEVELS_MAX);
    sharedBook.setHops(
      figures[BOOK_FIGURE.exchangeTsMs],
      figures[BOOK_FIGURE.recvNs],
      figures[BOOK_FIGURE.decodedNs],
      figures[BOOK_FIGURE.bookedNs],
    );
    sharedBook.setTaken(figures[BOOK_FIGURE.takenNs]);
    sharedBook.end(
      instrumentIndex,
      book.updateId,
      bids.count < SHARED_BOOK_LEVELS_MAX ? bids.count : SHARED_BOOK_LEVELS_MAX,
      asks.count < SHARED_BOOK_LEVELS_MAX ? asks.count : SHARED_BOOK_LEVELS_MAX,
      figures[BOOK_FIGURE.imbalance],
      figures[BOOK_FIGURE.microPriceTicks],
    );
  }

  private onQuote(quote: QuoteTick): void {
    const instrumentIndex = quote.instrumentIndex;
    if (!this.isKnown(instrumentIndex)) return;
    const state = this.books[instrumentIndex];
    this.counters.increment(BOOK_COUNTER.quotes);
    state.topCheck.onQuote(quote);
    state.quoteCoverage.onQuote(quote, state.book);
    countTops(state, this.counters);
  }

  private onTrade(trade: TradeTick): void {
    const instrumentIndex = trade.instrumentIndex;
    if (!this.isKnown(instrumentIndex)) return;
    const state = this.books[instrumentIndex];
    state.trades++;
    this.counters.increment(BOOK_COUNTER.trades);
    this.deps.prices.noteTrade(instrumentIndex, trade);
    const { bidTicks, askTicks } = state.book;
    const isOutside = trade.priceTicks < bidTicks || (askTicks > 0 && trade.priceTicks > askTicks);
    if (state.isValid && isOutside && state.isSettled)
      this.counters.increment(BOOK_COUNTER.tradesOutsideBook);
    const { tradeTimes } = this.ticks;
    this.deps.clock.stamp(tradeTimes, TRADE_TIME.booked);
    tradeTimes[TRADE_TIME.taken] = this.turnNs[0];
    this.ticks.publishTrade(trade, instrumentIndex);
    this.fillTap?.onTrade(trade);
  }

  private onPrices(stated: VenuePrices): void {
    const instrumentIndex = stated.instrumentIndex;
    if (!this.isKnown(instrumentIndex)) return;
    this.counters.increment(BOOK_COUNTER.venuePrices);
    const change = this.deps.prices.take(instrumentIndex, stated);
    if (change === FUNDING_CHANGE.none) return;
    this.statedMs[0] = stated.exchangeTsMs;
    this.funding.publish(instrumentIndex, change, this.statedMs);
  }

  /** The feed lost its thread and will send a snapshot by itself: hide, ask for nothing, and leave the gap record to it. */
  private onReset(reset: BookReset): void {
    const instrumentIndex = reset.instrumentIndex;
    if (!this.isKnown(instrumentIndex)) return;
    const state = this.books[instrumentIndex];
    if (reset.reason !== GAP_REASON.start) state.gaps++;
    this.counters.increment(BOOK_COUNTER.resets);
    this.hide(instrumentIndex, state, reset.reason);
  }

  /** Our own finding that a book is wrong: hide it, record the gap, ask for a snapshot. */
  private giveUp(
    instrumentIndex: number,
    state: InstrumentBook,
    reason: number,
    eventNs: number,
    updateId: number,
  ): void {
    const expectedUpdateId = state.book.updateId;
    this.hide(instrumentIndex, state, reason);
    this.outbox.add(eventNs, instrumentIndex, reason, expectedUpdateId, updateId);
    this.ticks.publishGap(eventNs, instrumentIndex, reason, expectedUpdateId, updateId);
    this.requestResync(instrumentIndex, reason);
  }

  private hide(instrumentIndex: number, state: InstrumentBook, reason: number): void {
    const isNews = state.isValid || state.reason !== reason;
    state.isValid = false;
    state.reason = reason;
    state.frameState = FRAME_STATE.none;
    state.isCatchingUp = false;
    state.refreshAsked = false;
    state.book.clear();
    state.topCheck.reset();
    state.quoteCoverage.clear();
    this.deps.sharedBook.hide(instrumentIndex, reason);
    if (isNews) this.ticks.publishBook(instrumentIndex);
  }

  private requestResync(instrumentIndex: number, reason: number): void {
    const state = this.books[instrumentIndex];
    state.reason = reason;
    this.requests.addResync(state);
  }

  /** Carries a command out; a COMMAND_REASON. */
  private carryOut(kind: number, instrumentIndex: number): number {
    switch (kind) {
      case COMMAND.addInstrument:
        if (this.places[instrumentIndex] < 0) {
          this.places[instrumentIndex] = instrumentIndex;
          this.addBook(instrumentIndex);
          this.deps.sharedBook.hide(instrumentIndex, GAP_REASON.start);
        }
        return COMMAND_REASON.none;
      case COMMAND.updateInstrument:
        return this.updateInstrument(instrumentIndex);
      case COMMAND.removeInstrument:
        if (this.isKnown(instrumentIndex)) {
          this.hide(instrumentIndex, this.books[instrumentIndex], GAP_REASON.removed);
          this.places[instrumentIndex] = -1;
        }
        return COMMAND_REASON.none;
      default:
        return COMMAND_REASON.unknownCommand;
    }
  }

  private updateInstrument(instrumentIndex: number): number {
    const { instrumentAt } = this.deps;
    if (instrumentAt === undefined || !this.isKnown(instrumentIndex)) return COMMAND_REASON.unknownCommand;
    this.funding.setPeriod(instrumentIndex, instrumentAt(instrumentIndex).fundingIntervalMs);
    return COMMAND_REASON.none;
  }

  private addBook(instrumentIndex: number): void {
    while (this.books.length < instrumentIndex) this.books.push(this.foreign);
    this.books[instrumentIndex] = new InstrumentBook();
  }

  private isKnown(instrumentIndex: number): boolean {
    // An index outside of the list reads as undefined, which is no place either.
    if (this.places[instrumentIndex] >= 0) return true;
    this.counters.increment(BOOK_COUNTER.badInstrument);
    return false;
  }

  private handleCommand(type: number, view: RecordView, byteOffset: number): void {
    if (type !== COMMAND_TYPE) {
      this.counters.increment(BOOK_COUNTER.unknownTemplate);
      return;
    }
    const { commandSeq, kind, instrumentIndex } = this.command.wrap(view, byteOffset);
    if (kind === COMMAND.throwNow)
      throw new InvariantViolation('drill: the orderbook actor was told to throw');
    if (kind === COMMAND.hangNow) this.isHanging = true;
    // A drill: only the end of the thread ends this loop.
    while (this.isHanging) this.isHanging = this.name.length > 0;
    this.answers.give(commandSeq, this.carryOut(kind, instrumentIndex));
  }
}
