// hot path: no allocation after start
import { FIELD } from '../feed/frame-fields.ts';

/** What to do with a depth update. */
export const VERDICT = { apply: 1, keep: 2, stale: 3, gap: 4 } as const;

/**
 * When an update follows a book: a venue's rule, given to its decoder. Numbers come in cells: as arguments they
 * would be boxed.
 */
export interface ContinuityRule {
  /** What the id expected next is ahead of the book's, for reports: 1 where ids are consecutive, else 0. */
  readonly idStep: number;
  /**
   * Judges the update whose ids stand in `numbers` (FIELD) against the book at bookIds[index]; VERDICT apply, stale
   * or gap. `isFirst`: nothing was applied since the snapshot.
   */
  judge(bookIds: Float64Array, index: number, numbers: Float64Array, isFirst: boolean): number;
}

/**
 * Every update says which ids it covers, and they are consecutive: nothing newer is stale, a first id beyond the
 * next one is a gap.
 */
export const CONSECUTIVE_IDS: ContinuityRule = {
  idStep: 1,
  judge: (bookIds, index, numbers) => {
    const bookId = bookIds[index];
    if (numbers[FIELD.lastId] <= bookId) return VERDICT.stale;
    return numbers[FIELD.firstId] > bookId + 1 ? VERDICT.gap : VERDICT.apply;
  },
};

/**
 * Every update names the last id of the one before; ids in between jump. The first update after a snapshot has to
 * contain its id (Binance USD-M, "How to manage a local order book correctly", steps 4 to 6).
 */
export const PREVIOUS_ID: ContinuityRule = {
  idStep: 0,
  judge: (bookIds, index, numbers, isFirst) => {
    const bookId = bookIds[index];
    const lastId = numbers[FIELD.lastId];
    if (isFirst) {
      if (lastId < bookId) return VERDICT.stale;
      return numbers[FIELD.firstId] > bookId ? VERDICT.gap : VERDICT.apply;
    }
    if (lastId <= bookId) return VERDICT.stale;
    return numbers[FIELD.previousId] === bookId ? VERDICT.apply : VERDICT.gap;
  },
};
