// hot path: no allocation after start
import type { QuoteTick } from '../messages/codecs.ts';

/** Quotes remembered: what can arrive ahead of the depth frame that covers it (Binance: 100 ms of bookTicker). */
const QUOTES_KEPT = 1_024;
/** Book tops that wait for the quote that proves which one was the latest at their update id. */
const TOPS_KEPT = 64;
const QUOTE_WORDS = 5;

/**
 * Checks a book against the venue's own best bid and ask: at update id u the book's touch must equal the latest quote
 * whose id is at most u. Quotes and depth frames travel on separate streams, so either may come first: a top waits until
 * a quote beyond it has been seen. One per instrument, one thread.
 */
export class TopCheck {
  /** Comparisons that agreed, disagreed, or could not be made (the quotes of that moment were not there). */
  matches: number;
  mismatches: number;
  unchecked: number;
  private readonly quotes: Float64Array = new Float64Array(QUOTES_KEPT * QUOTE_WORDS);
  private quoteHead: number;
  private quoteCount: number;
  /** [0]: id of the newest quote; a field would box it. */
  private readonly lastQuoteId: Float64Array = new Float64Array(1);
  private readonly tops: Float64Array = new Float64Array(TOPS_KEPT * QUOTE_WORDS);
  private topHead: number;
  private topCount: number;

  constructor() {
    this.matches = 0;
    this.mismatches = 0;
    this.unchecked = 0;
    this.quoteHead = 0;
    this.quoteCount = 0;
    this.lastQuoteId[0] = 0;
    this.topHead = 0;
    this.topCount = 0;
  }

  /** The feed was interrupted: quotes of before say nothing about books of after. */
  reset(): void {
    this.unchecked += this.topCount;
    this.quoteHead = 0;
    this.quoteCount = 0;
    this.lastQuoteId[0] = 0;
    this.topHead = 0;
    this.topCount = 0;
  }

  /** The venue's statement; ids that do not grow are ignored. The record whole: its id as an argument would be boxed. */
  onQuote(quote: QuoteTick): void {
    const { updateId } = quote;
    if (updateId <= this.lastQuoteId[0]) return;
    while (this.topCount > 0 && this.tops[this.topHead * QUOTE_WORDS] < updateId) {
      this.compare(this.topHead);
      this.topHead = (this.topHead + 1) % TOPS_KEPT;
      this.topCount--;
    }
    const slot = (this.quoteHead + this.quoteCount) % QUOTES_KEPT;
    if (this.quoteCount === QUOTES_KEPT) this.quoteHead = (this.quoteHead + 1) % QUOTES_KEPT;
    else this.quoteCount++;
    const at = slot * QUOTE_WORDS;
    this.quotes[at] = updateId;
    this.quotes[at + 1] = quote.bidTicks;
    this.quotes[at + 2] = quote.bidLots;
    this.quotes[at + 3] = quote.askTicks;
    this.quotes[at + 4] = quote.askLots;
    this.lastQuoteId[0] = updateId;
  }

  /** The touch of our book after a complete depth frame. */
  onBook(updateId: number, bidTicks: number, bidLots: number, askTicks: number, askLots: number): void {
    if (updateId <= 0 || this.quoteCount === 0) return;
    if (this.topCount === TOPS_KEPT) {
      this.unchecked++;
      this.topHead = (this.topHead + 1) % TOPS_KEPT;
      this.topCount--;
    }
    const slot = (this.topHead + this.topCount) % TOPS_KEPT;
    const at = slot * QUOTE_WORDS;
    this.tops[at] = updateId;
    this.tops[at + 1] = bidTicks;
    this.tops[at + 2] = bidLots;
    this.tops[at + 3] = askTicks;
    this.tops[at + 4] = askLots;
    if (this.lastQuoteId[0] >= updateId && this.topCount === 0) this.compare(slot);
    else this.topCount++;
  }

  /** Compares a top with the latest quote at or before it; every quote up to there has been seen. */
  private compare(topSlot: number): void {
    const top = topSlot * QUOTE_WORDS;
    const updateId = this.tops[top];
    for (let back = this.quoteCount - 1; back >= 0; back--) {
      const at = ((this.quoteHead + back) % QUOTES_KEPT) * QUOTE_WORDS;
      if (this.quotes[at] > updateId) continue;
      const isEqual =
        this.quotes[at + 1] === this.tops[top + 1] &&
        this.quotes[at + 2] === this.tops[top + 2] &&
        this.quotes[at + 3] === this.tops[top + 3] &&
        this.quotes[at + 4] === this.tops[top + 4];
      if (isEqual) this.matches++;
      else this.mismatches++;
      return;
    }
    this.unchecked++;
  }
}
