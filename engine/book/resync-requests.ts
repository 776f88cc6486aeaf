// hot path: no allocation after start
import type { CounterBlock } from '../ipc/counters.ts';
import type { Publication } from '../ipc/ring.ts';
import { BOOK_RESET, BOOK_RESET_BYTES, BookReset } from '../messages/codecs.ts';
import { GAP_REASON } from '../messages/enums.ts';
import { BOOK_COUNTER } from './counters.ts';
import type { InstrumentBook } from './instrument-book.ts';

/**
 * What the orderbook actor asks of the feed: a snapshot for a hidden book, or one in the background for a valid book that
 * nears the edge of what it covers. A request that finds no room in the ring waits here. One thread.
 */
export class ResyncRequests {
  private readonly publication: Publication;
  private readonly counters: CounterBlock;
  private readonly books: readonly InstrumentBook[];
  private readonly request: BookReset = new BookReset();
  private waiting: number;

  constructor(publication: Publication, counters: CounterBlock, books: readonly InstrumentBook[]) {
    this.publication = publication;
    this.counters = counters;
    this.books = books;
    this.waiting = 0;
  }

  hasWork(): boolean {
    return this.waiting > 0;
  }

  /** The book is hidden for `state.reason`: asks that it be built again. */
  addResync(state: InstrumentBook): void {
    if (state.resyncWanted) return;
    if (state.refreshWanted) state.refreshWanted = false;
    else this.waiting++;
    state.resyncWanted = true;
  }

  /** The book is valid: asks, once until the next snapshot, for one that replaces it without a hole. */
  addRefresh(state: InstrumentBook): void {
    if (state.refreshAsked || state.refreshWanted || state.resyncWanted) return;
    state.refreshAsked = true;
    state.refreshWanted = true;
    this.waiting++;
  }

  /** Sends the requests there is room for; [0] of `turnNs` is the time. Returns how many were sent. */
  flush(turnNs: Float64Array): number {
    if (this.waiting === 0) return 0;
    const { publication } = this;
    let sent = 0;
    for (let index = 0; index < this.books.length; index++) {
      const state = this.books[index];
      if (!state.resyncWanted && !state.refreshWanted) continue;
      const at = publication.tryClaim(BOOK_RESET, BOOK_RESET_BYTES);
      if (at < 0) return sent;
      const request = this.request.wrap(publication.view, at);
      request.recvNs = turnNs[0];
      request.expectedUpdateId = 0;
      request.gotUpdateId = 0;
      request.instrumentIndex = index;
      request.reason = state.resyncWanted ? state.reason : GAP_REASON.coverageLow;
      publication.commit();
      this.countSent(state);
      this.waiting--;
      sent++;
    }
    return sent;
  }

  private countSent(state: InstrumentBook): void {
    if (state.resyncWanted) {
      state.resyncs++;
      this.counters.increment(BOOK_COUNTER.resyncRequests);
    } else {
      state.refreshes++;
      this.counters.increment(BOOK_COUNTER.refreshRequests);
    }
    state.resyncWanted = false;
    state.refreshWanted = false;
  }
}
