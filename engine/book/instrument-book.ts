// hot path: no allocation after start
import { BOOK_LEVELS_MAX } from '../core/limits.ts';
import { GAP_REASON } from '../messages/enums.ts';
import { L2Book } from './l2-book.ts';
import { QuoteCoverage } from './quote-coverage.ts';
import { TopCheck } from './top-check.ts';

/** Where a multi-record depth frame stands. */
export const FRAME_STATE = { none: 0, loading: 1, applying: 2, skipping: 3 } as const;

/** Places in `figures`. */
export const BOOK_FIGURE = {
  exchangeTsMs: 0,
  recvNs: 1,
  decodedNs: 2,
  bookedNs: 3,
  imbalance: 4,
  microPriceTicks: 5,
  takenNs: 6,
} as const;
const FIGURE_COUNT = 7;

/** What tools and replay print about one book. */
export interface BookStats {
  readonly isValid: boolean;
  /** GAP_REASON of a hidden book. */
  readonly reason: number;
  readonly updateId: number;
  /** Depth frames taken in, snapshots included. */
  readonly updates: number;
  readonly snapshots: number;
  /** Resets by the feed for missing data. */
  readonly gaps: number;
  /** Snapshots asked of the feed. */
  readonly resyncs: number;
  readonly crossed: number;
  /** Times the price left the range of the snapshot. */
  readonly coverageLost: number;
  /** Snapshots asked for while the book was valid. */
  readonly refreshes: number;
  readonly staleDropped: number;
  /** Frames that met a hidden book. */
  readonly hiddenDropped: number;
  readonly trades: number;
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
  readonly bidLevels: number;
  readonly askLevels: number;
  /** Levels from the touch on without a hole. */
  readonly bidLevelsCovered: number;
  readonly askLevelsCovered: number;
  readonly topMatches: number;
  readonly topMismatches: number;
  readonly topUnchecked: number;
}

/** Everything the orderbook actor keeps about one instrument. Owned by the actor, one thread. */
export class InstrumentBook {
  readonly book: L2Book = new L2Book(BOOK_LEVELS_MAX);
  readonly topCheck: TopCheck = new TopCheck();
  readonly quoteCoverage: QuoteCoverage = new QuoteCoverage();
  isValid: boolean;
  /** GAP_REASON of the present or last hiding. */
  reason: number;
  frameState: number;
  /** Figures of the present book, at the places of BOOK_FIGURE. Not fields: storing a double in one allocates. */
  readonly figures: Float64Array = new Float64Array(FIGURE_COUNT);
  // A bit per strategy actor, by its place:
  /** It has not been told the newest state. */
  dirtyRings: number;
  /** A state was skipped since it was last told. */
  conflatedRings: number;
  /** Its ring had no room for a trade since. */
  tradesMissedRings: number;
  resyncWanted: boolean;
  /** A snapshot in the background is to be asked for, or has been since the last snapshot. */
  refreshWanted: boolean;
  refreshAsked: boolean;
  /** What is shown is newer than `book`: the rest of the frames of a refresh is on its way. */
  isCatchingUp: boolean;
  levelsDroppedSeen: number;
  badLevelsSeen: number;
  matchesSeen: number;
  mismatchesSeen: number;
  updates: number;
  snapshots: number;
  gaps: number;
  resyncs: number;
  crossed: number;
  coverageLost: number;
  refreshes: number;
  staleDropped: number;
  hiddenDropped: number;
  trades: number;

  constructor() {
    this.isValid = false;
    this.reason = GAP_REASON.start;
    this.frameState = FRAME_STATE.none;
    this.dirtyRings = 0;
    this.conflatedRings = 0;
    this.tradesMissedRings = 0;
    this.resyncWanted = false;
    this.refreshWanted = false;
    this.refreshAsked = false;
    this.isCatchingUp = false;
    this.levelsDroppedSeen = 0;
    this.badLevelsSeen = 0;
    this.matchesSeen = 0;
    this.mismatchesSeen = 0;
    this.updates = 0;
    this.snapshots = 0;
    this.gaps = 0;
    this.resyncs = 0;
    this.crossed = 0;
    this.coverageLost = 0;
    this.refreshes = 0;
    this.staleDropped = 0;
    this.hiddenDropped = 0;
    this.trades = 0;
  }

  /** Whether `book` is what is shown: no frame is half taken in. */
  get isSettled(): boolean {
    return !this.isValid || (this.frameState === FRAME_STATE.none && !this.isCatchingUp);
  }

  /** The figures as plain data; allocates, so for tools and tests only. */
  stats(): BookStats {
    return {
      isValid: this.isValid,
      reason: this.isValid ? GAP_REASON.none : this.reason,
      updateId: this.book.updateId,
      updates: this.updates,
      snapshots: this.snapshots,
      gaps: this.gaps,
      resyncs: this.resyncs,
      crossed: this.crossed,
      coverageLost: this.coverageLost,
      refreshes: this.refreshes,
      staleDropped: this.staleDropped,
      hiddenDropped: this.hiddenDropped,
      trades: this.trades,
      bidTicks: this.book.bidTicks,
      bidLots: this.book.bidLots,
      askTicks: this.book.askTicks,
      askLots: this.book.askLots,
      bidLevels: this.book.bids.keptCount,
      askLevels: this.book.asks.keptCount,
      bidLevelsCovered: this.book.bids.count,
      askLevelsCovered: this.book.asks.count,
      topMatches: this.topCheck.matches,
      topMismatches: this.topCheck.mismatches,
      topUnchecked: this.topCheck.unchecked,
    };
  }
}
