// hot path: no allocation after start
import type { QuoteTick } from '../messages/codecs.ts';
import type { L2Book } from './l2-book.ts';

/** Quotes that may wait for the depth frame that reaches them; more are put together with the newest one. */
const QUOTES_KEPT = 64;
const QUOTE_WORDS = 3;

/**
 * Widens what a book covers by what the venue says of its touch: at update id q nothing stands between its best bid and
 * its best ask, and every change after q is in our updates. So once the book has come to q, it is known up to those two
 * prices, also where the snapshot was cut off. One per instrument, one thread.
 */
export class QuoteCoverage {
  /** Per quote: update id, bid, ask. */
  private readonly quotes: Float64Array = new Float64Array(QUOTES_KEPT * QUOTE_WORDS);
  private head: number;
  private count: number;

  constructor() {
    this.head = 0;
    this.count = 0;
  }

  /** The book was built anew or is lost: quotes of before say nothing of it. */
  clear(): void {
    this.head = 0;
    this.count = 0;
  }

  /** The venue's statement, ids growing. Nearly all lie within what is covered and cost two comparisons. */
  onQuote(quote: QuoteTick, book: L2Book): void {
    if (!book.bids.isBeyond(quote.bidTicks) && !book.asks.isBeyond(quote.askTicks)) return;
    /* Changes between this quote and a later snapshot were never seen. */
    if (quote.updateId < book.snapshotId) return;
    const { quotes } = this;
    if (this.count < QUOTES_KEPT) {
      const at = ((this.head + this.count) % QUOTES_KEPT) * QUOTE_WORDS;
      quotes[at] = quote.updateId;
      quotes[at + 1] = quote.bidTicks;
      quotes[at + 2] = quote.askTicks;
      this.count++;
    } else {
      this.mergeIntoNewest(quote);
    }
    this.settle(book);
  }

  /** Widens the book by the quotes it has come to. */
  settle(book: L2Book): void {
    while (this.count > 0) {
      const at = this.head * QUOTE_WORDS;
      if (this.quotes[at] > book.updateId) return;
      book.bids.widen(this.quotes[at + 1]);
      book.asks.widen(this.quotes[at + 2]);
      this.head = (this.head + 1) % QUOTES_KEPT;
      this.count--;
    }
  }

  /** What an older quote says is still true once the book has come to a newer one. */
  private mergeIntoNewest(quote: QuoteTick): void {
    const { quotes } = this;
    const at = ((this.head + this.count - 1) % QUOTES_KEPT) * QUOTE_WORDS;
    quotes[at] = quote.updateId;
    if (quote.bidTicks < quotes[at + 1]) quotes[at + 1] = quote.bidTicks;
    if (quote.askTicks > quotes[at + 2]) quotes[at + 2] = quote.askTicks;
  }
}
