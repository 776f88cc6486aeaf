// hot path: no allocation after start
import { DEPTH_LEVELS_MAX, INSTRUMENTS_MAX, ORDERS_MAX, POLL_LIMIT } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { LevelWatchReader } from '../ipc/level-watch.ts';
import type { Publication } from '../ipc/ring.ts';
import {
  DEPTH_SEEN,
  DEPTH_SEEN_BYTES,
  DepthSeen,
  LEVEL_SEEN,
  LEVEL_SEEN_BYTES,
  LevelSeen,
  TRADE_TICK,
  TRADE_TICK_BYTES,
  TradeTick,
} from '../messages/codecs.ts';
import { SIDE } from '../messages/enums.ts';
import { BOOK_COUNTER } from './counters.ts';
import { BOOK_FIGURE } from './instrument-book.ts';
import type { InstrumentBook } from './instrument-book.ts';

/** One account whose fills are simulated. */
export interface FillTapAccount {
  readonly watch: LevelWatchReader;
  /** book-to-execution of the account. */
  readonly ring: Publication;
}

/** Words of a held trade: priceTicks, qtyLots, tradeId, exchangeTsMs, recvNs, instrumentIndex, side. */
const HELD_WORDS = 7;
const LEVEL_BYTES = 16;

/**
 * Tells the fill simulation of an account what happens at the levels its orders rest at: their size when the watch
 * begins, each change of it, and every trade of the instrument. Nothing is sent for instruments without resting orders.
 * Nothing is lost: what finds no room is kept, the trades one by one and of a level its last size, and the orderbook
 * takes no market data until it is gone (`isHeldBack`). Owned by the orderbook actor, one thread.
 */
export class FillTap {
  private readonly accounts: readonly FillTapAccount[];
  private readonly counters: CounterBlock;
  private readonly books: readonly InstrumentBook[];
  private readonly level: LevelSeen = new LevelSeen();
  private readonly trade: TradeTick = new TradeTick();
  /** Per account and slot: number of the watch that was last seen, and the size it was last told. */
  private readonly seenNumber: Float64Array;
  private readonly toldLots: Float64Array;
  /** Watches by instrument, all accounts together. */
  private readonly watchCount: Int32Array = new Int32Array(INSTRUMENTS_MAX);
  /** Place of the account that watches an instrument. */
  private readonly accountOf: Int32Array = new Int32Array(INSTRUMENTS_MAX);
  private readonly held: Float64Array = new Float64Array(POLL_LIMIT * HELD_WORDS);
  private readonly depth: DepthSeen = new DepthSeen();
  /** Number of the last question that was answered, by account. */
  private readonly answered: Float64Array;
  private heldCount: number;
  private isLevelOwed: boolean;

  constructor(accounts: readonly FillTapAccount[], books: readonly InstrumentBook[], counters: CounterBlock) {
    this.accounts = accounts;
    this.books = books;
    this.counters = counters;
    this.seenNumber = new Float64Array(accounts.length * ORDERS_MAX);
    this.toldLots = new Float64Array(accounts.length * ORDERS_MAX).fill(NaN);
    this.answered = new Float64Array(accounts.length);
    this.heldCount = 0;
    this.isLevelOwed = false;
  }

  /** Whether something waits for room: no market data may be taken in before it is gone. */
  get isHeldBack(): boolean {
    return this.heldCount > 0 || this.isLevelOwed;
  }

  /** At the beginning of a turn: sends what waits, and the levels of new watches as they are now. Returns the work count. */
  refresh(): number {
    if (this.isHeldBack) {
      if (!this.flush()) {
        this.counters.increment(BOOK_COUNTER.fillsHeldBack);
        return 0;
      }
    }
    let changed = 0;
    for (let place = 0; place < this.accounts.length; place++) {
      if (!this.accounts[place].watch.refresh()) continue;
      changed++;
    }
    if (changed > 0) this.takeWatches();
    return changed + this.answerAsks();
  }

  /** Whether an account waits for depth. */
  get isAsked(): boolean {
    for (let place = 0; place < this.accounts.length; place++)
      if (this.accounts[place].watch.isAsked) return true;
    return false;
  }

  /** The instrument's book is valid and has changed. */
  onBook(instrumentIndex: number): void {
    if (this.watchCount[instrumentIndex] === 0) return;
    const place = this.accountOf[instrumentIndex];
    const { watch } = this.accounts[place];
    for (let entry = 0; entry < watch.count; entry++) {
      if (watch.instrumentAt(entry) === instrumentIndex) this.tellLevel(place, entry);
    }
  }

  onTrade(trade: TradeTick): void {
    const { instrumentIndex } = trade;
    if (this.watchCount[instrumentIndex] === 0) return;
    const { held } = this;
    const at = this.heldCount * HELD_WORDS;
    held[at] = trade.priceTicks;
    held[at + 1] = trade.qtyLots;
    held[at + 2] = trade.tradeId;
    held[at + 3] = trade.exchangeTsMs;
    held[at + 4] = trade.recvNs;
    held[at + 5] = instrumentIndex;
    held[at + 6] = trade.side;
    this.heldCount++;
    this.flushTrades();
  }

  /** Answers each question for depth once; one that finds no room is answered in the next turn. */
  private answerAsks(): number {
    let answered = 0;
    for (let place = 0; place < this.accounts.length; place++) {
      const { askNumber } = this.accounts[place].watch;
      if (askNumber === this.answered[place]) continue;
      if (!this.answer(this.accounts[place])) continue;
      this.answered[place] = askNumber;
      answered++;
    }
    return answered;
  }

  /** False when there was no room. A hidden book has no levels. */
  private answer({ watch, ring }: FillTapAccount): boolean {
    const isAsks = watch.asksForAsks;
    const state = this.books[watch.askInstrument];
    const side = isAsks ? state.book.asks : state.book.bids;
    const first = state.isValid ? side.levelsTo(watch.askTicks) : side.count;
    const count = Math.min(DEPTH_LEVELS_MAX, Math.max(0, side.count - first));
    const at = ring.tryClaim(DEPTH_SEEN, DEPTH_SEEN_BYTES + count * LEVEL_BYTES);
    if (at < 0) return false;
    const depth = this.depth.wrap(ring.view, at);
    depth.askNumber = watch.askNumber;
    depth.instrumentIndex = watch.askInstrument;
    depth.side = isAsks ? SIDE.sell : SIDE.buy;
    depth.levelCount = count;
    const words = ring.view.f64;
    for (let level = 0, word = depth.levelsAt8; level < count; level++, word += 2) {
      words[word] = side.priceTicksAt(first + level);
      words[word + 1] = side.qtyLotsAt(first + level);
    }
    ring.commit();
    return true;
  }

  private takeWatches(): void {
    this.watchCount.fill(0);
    for (let place = 0; place < this.accounts.length; place++) {
      const { watch } = this.accounts[place];
      for (let entry = 0; entry < watch.count; entry++) {
        const instrumentIndex = watch.instrumentAt(entry);
        if (this.books[instrumentIndex] === undefined) continue;
        this.watchCount[instrumentIndex]++;
        this.accountOf[instrumentIndex] = place;
        const at = place * ORDERS_MAX + watch.slotAt(entry);
        const number = watch.numberAt(entry);
        if (this.seenNumber[at] === number) continue;
        this.seenNumber[at] = number;
        this.toldLots[at] = NaN;
        if (this.books[instrumentIndex].isValid) this.tellLevel(place, entry);
      }
    }
  }

  /** Tells a level's size if it is another one than was told last; one that finds no room is told later. */
  private tellLevel(place: number, entry: number): void {
    const { watch, ring } = this.accounts[place];
    const instrumentIndex = watch.instrumentAt(entry);
    const isSell = watch.isSellAt(entry);
    const priceTicks = watch.priceTicksAt(entry);
    const { book } = this.books[instrumentIndex];
    const side = isSell ? book.asks : book.bids;
    const isBeyond = side.isBeyond(priceTicks);
    const qtyLots = side.qtyLotsOf(priceTicks);
    const toldAs = isBeyond && qtyLots === 0 ? -1 : qtyLots;
    const at = place * ORDERS_MAX + watch.slotAt(entry);
    if (this.toldLots[at] === toldAs) return;
    const claimed = this.heldCount > 0 ? -1 : ring.tryClaim(LEVEL_SEEN, LEVEL_SEEN_BYTES);
    if (claimed < 0) {
      this.isLevelOwed = true;
      return;
    }
    const level = this.level.wrap(ring.view, claimed);
    level.priceTicks = priceTicks;
    level.qtyLots = qtyLots;
    const { figures } = this.books[instrumentIndex];
    level.exchangeTsMs = figures[BOOK_FIGURE.exchangeTsMs];
    level.recvNs = figures[BOOK_FIGURE.recvNs];
    level.instrumentIndex = instrumentIndex;
    level.side = isSell ? SIDE.sell : SIDE.buy;
    level.isKnown = toldAs < 0 ? 0 : 1;
    ring.commit();
    this.toldLots[at] = toldAs;
  }

  /** False when something still waits. */
  private flush(): boolean {
    this.flushTrades();
    if (this.heldCount > 0) return false;
    this.isLevelOwed = false;
    for (let place = 0; place < this.accounts.length; place++) {
      const { watch } = this.accounts[place];
      for (let entry = 0; entry < watch.count; entry++) {
        const book = this.books[watch.instrumentAt(entry)];
        if (book !== undefined && book.isValid) this.tellLevel(place, entry);
      }
    }
    return !this.isLevelOwed;
  }

  private flushTrades(): void {
    let sent = 0;
    while (sent < this.heldCount && this.sendTrade(sent * HELD_WORDS)) sent++;
    if (sent === 0) return;
    this.held.copyWithin(0, sent * HELD_WORDS, this.heldCount * HELD_WORDS);
    this.heldCount -= sent;
  }

  private sendTrade(at: number): boolean {
    const { held } = this;
    const { ring } = this.accounts[this.accountOf[held[at + 5]]];
    const claimed = ring.tryClaim(TRADE_TICK, TRADE_TICK_BYTES);
    if (claimed < 0) return false;
    const out = this.trade.wrap(ring.view, claimed);
    out.priceTicks = held[at];
    out.qtyLots = held[at + 1];
    out.tradeId = held[at + 2];
    out.exchangeTsMs = held[at + 3];
    out.recvNs = held[at + 4];
    out.decodedNs = 0;
    out.bookedNs = 0;
    out.bookTakenNs = 0;
    out.instrumentIndex = held[at + 5];
    out.side = held[at + 6];
    ring.commit();
    return true;
  }
}
