import { counterIndexes } from '../ipc/counters.ts';
import type { CounterIndexes } from '../ipc/counters.ts';

/** The orderbook actor's counters and what a rise of each means. */
export const ORDERBOOK_COUNTERS = {
  frames: 'depth frames taken into a book',
  snapshots: 'books built from a snapshot: one per start, gap or reconnect',
  trades: 'public trades passed on',
  venuePrices: 'statements of prices beside the book taken in: average, reference, mark, index, funding',
  fundings: 'changes of a funding rate or period told to strategies',
  quotes: 'best bid and ask statements compared with our books',
  resets: 'books hidden because the feed found its data interrupted',
  crossedBooks: 'books hidden because bid met ask: an update was lost or the venue erred',
  coverageLost:
    'books hidden because the price left the range of their snapshot: levels that were never sent are not empty',
  tornFrames: 'depth frames that broke off between records: the feed died inside one',
  resyncRequests: 'snapshots asked of the feed for hidden books',
  refreshRequests:
    'snapshots asked of the feed in the background: the price neared the edge of what the book covers',
  refreshes: 'valid books replaced by a newer snapshot without a hole',
  staleFrames: 'depth frames older than the book they came to; harmless right after a snapshot',
  hiddenFrames: 'depth frames for a hidden book, waiting for its snapshot',
  badLevels: 'levels refused: price not positive or size negative; the feed misread a frame',
  levelsDropped: 'levels given up because a side of a book was full; deep liquidity is not complete',
  booksConflated: 'book updates replaced by a newer one: the strategy thread is slower than the market',
  tradesMissed: 'trades the strategy did not get because its ring was full',
  analysisTradesDropped:
    'trades the slow path did not get because its ring was full; its bars are incomplete',
  apiTradesDropped: 'trades the telemetry feed did not get; nothing else is touched',
  apiGapsDropped: 'gap records the telemetry feed did not get; the journal has them',
  journalHeldBack:
    'turns without input because the journal ring was full: the journal thread or the disk is slow',
  fillsHeldBack:
    'turns without input because the simulated venue was behind: its thread is slower than the market',
  topMatches: "comparisons of our best bid and ask with the venue's own that agreed",
  topMismatches: "comparisons of our best bid and ask with the venue's own that differed: the book is wrong",
  tradesOutsideBook: 'trades outside the best bid and ask of their moment: the book lags behind its trades',
  badInstrument: 'records that name no instrument of this run: a wiring error',
  unknownTemplate: 'records of a kind this actor does not take: a wiring or version error',
} as const;

/** Index of each counter. */
export const BOOK_COUNTER: CounterIndexes<typeof ORDERBOOK_COUNTERS> = counterIndexes(ORDERBOOK_COUNTERS);
