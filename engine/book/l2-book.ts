// hot path: no allocation after start
import { BOOK_LEVELS_MAX } from '../core/limits.ts';
import { BookSide } from './book-side.ts';
import { SHARED_BOOK_LEVEL_WORDS, SHARED_BOOK_LEVELS_AT } from './shared-book.ts';

/**
 * An L2 book: price levels with absolute sizes, built from one snapshot and the deltas after it. Knows nothing of venues,
 * rings or validity; the orderbook actor does. One thread.
 */
export class L2Book {
  readonly bids: BookSide;
  readonly asks: BookSide;
  /** [0] is `updateId`, [1] `snapshotId`: ids are beyond 31 bits, and such a number stored in a field is a new object. */
  private readonly ids: Float64Array = new Float64Array(2);
  /** Levels refused because their price was not positive or their size negative or not a number. */
  badLevelCount: number;

  /** @param levelsMax levels kept per side; the worst beyond it are dropped and counted */
  constructor(levelsMax: number = BOOK_LEVELS_MAX) {
    this.bids = new BookSide(1, levelsMax);
    this.asks = new BookSide(-1, levelsMax);
    this.badLevelCount = 0;
  }

  /** Venue update id the book stands at; 0 = empty. */
  get updateId(): number {
    return this.ids[0];
  }

  set updateId(updateId: number) {
    this.ids[0] = updateId;
  }

  /** Update id of the snapshot the book was built from. */
  get snapshotId(): number {
    return this.ids[1];
  }

  clear(): void {
    this.bids.clear();
    this.asks.clear();
    this.updateId = 0;
  }

  /** Forgets everything and takes the levels of a snapshot through `loadLevels` until `finishSnapshot`. */
  startSnapshot(): void {
    this.bids.startLoading();
    this.asks.startLoading();
    this.updateId = 0;
  }

  /** Part of a snapshot: (priceTicks, qtyLots) pairs from `words[at]` on, `bidCount` bids, then `askCount` asks. */
  loadLevels(words: Float64Array, at: number, bidCount: number, askCount: number): void {
    const bidsEnd = at + bidCount * 2;
    const end = bidsEnd + askCount * 2;
    for (let index = at; index < bidsEnd; index += 2) {
      if (this.isSound(words[index], words[index + 1])) this.bids.load(words[index], words[index + 1]);
    }
    for (let index = bidsEnd; index < end; index += 2) {
      if (this.isSound(words[index], words[index + 1])) this.asks.load(words[index], words[index + 1]);
    }
  }

  /**
   * The snapshot is loaded. A side that is not complete was cut off by the venue: beyond its worst level nothing is
   * known.
   */
  finishSnapshot(updateId: number, areBidsComplete: boolean = true, areAsksComplete: boolean = true): void {
    this.bids.finishLoading(areBidsComplete);
    this.asks.finishLoading(areAsksComplete);
    this.ids[1] = updateId;
    this.updateId = updateId;
  }

  /** Applies changes, laid out as for `loadLevels`; a size of 0 removes the level. */
  applyLevels(words: Float64Array, at: number, bidCount: number, askCount: number): void {
    const bidsEnd = at + bidCount * 2;
    const end = bidsEnd + askCount * 2;
    for (let index = at; index < bidsEnd; index += 2) {
      if (this.isSound(words[index], words[index + 1])) this.bids.set(words[index], words[index + 1]);
    }
    for (let index = bidsEnd; index < end; index += 2) {
      if (this.isSound(words[index], words[index + 1])) this.asks.set(words[index], words[index + 1]);
    }
  }

  get bidTicks(): number {
    return this.bids.priceTicksAt(0);
  }

  get bidLots(): number {
    return this.bids.qtyLotsAt(0);
  }

  get askTicks(): number {
    return this.asks.priceTicksAt(0);
  }

  get askLots(): number {
    return this.asks.qtyLotsAt(0);
  }

  /** Best bid at or above best ask: impossible at a working venue, so the book is wrong. */
  isCrossed(): boolean {
    return this.bids.count > 0 && this.asks.count > 0 && this.bidTicks >= this.askTicks;
  }

  /** A side has no covered level left, while levels never sent may be there: its touch is not known. */
  isUsedUp(): boolean {
    return this.bids.isUsedUp || this.asks.isUsedUp;
  }

  /** The price nears the edge of what a side covers: a new snapshot should be fetched. */
  isLow(): boolean {
    return this.bids.isLow || this.asks.isLow;
  }

  /** Levels given up on both sides because a side was full; grows only. */
  get droppedLevelCount(): number {
    return this.bids.droppedCount + this.asks.droppedCount;
  }

  /** Writes the best covered `levels` of both sides into a shared book's words; unused places become 0. */
  copyTop(words: Float64Array, levels: number): void {
    let at = SHARED_BOOK_LEVELS_AT;
    for (let depth = 0; depth < levels; depth++) {
      words[at] = this.bids.priceTicksAt(depth);
      words[at + 1] = this.bids.qtyLotsAt(depth);
      words[at + 2] = this.asks.priceTicksAt(depth);
      words[at + 3] = this.asks.qtyLotsAt(depth);
      at += SHARED_BOOK_LEVEL_WORDS;
    }
  }

  private isSound(priceTicks: number, qtyLots: number): boolean {
    if (priceTicks > 0 && qtyLots >= 0) return true;
    this.badLevelCount++;
    return false;
  }
}
