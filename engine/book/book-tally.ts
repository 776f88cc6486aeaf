// hot path: no allocation after start
import type { CounterBlock } from '../ipc/counters.ts';
import { BOOK_COUNTER } from './counters.ts';
import type { InstrumentBook } from './instrument-book.ts';

/** Adds to the counters what a book has dropped and refused since it was counted last. */
export function countLevels(state: InstrumentBook, counters: CounterBlock): void {
  const dropped = state.book.droppedLevelCount;
  const bad = state.book.badLevelCount;
  if (dropped !== state.levelsDroppedSeen) {
    counters.add(BOOK_COUNTER.levelsDropped, dropped - state.levelsDroppedSeen);
    state.levelsDroppedSeen = dropped;
  }
  if (bad !== state.badLevelsSeen) {
    counters.add(BOOK_COUNTER.badLevels, bad - state.badLevelsSeen);
    state.badLevelsSeen = bad;
  }
}

/** Adds to the counters how the book's best prices compared with the venue's since they were counted last. */
export function countTops(state: InstrumentBook, counters: CounterBlock): void {
  const { matches, mismatches } = state.topCheck;
  if (matches !== state.matchesSeen) {
    counters.add(BOOK_COUNTER.topMatches, matches - state.matchesSeen);
    state.matchesSeen = matches;
  }
  if (mismatches !== state.mismatchesSeen) {
    counters.add(BOOK_COUNTER.topMismatches, mismatches - state.mismatchesSeen);
    state.mismatchesSeen = mismatches;
  }
}
