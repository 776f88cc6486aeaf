import type { FillOwner } from './fill-owners.ts';
import type { JournaledFill, RunInstrument } from './journaled-facts.ts';
import { PositionFold } from './position-fold.ts';
import type { FoldedShare } from './position-fold.ts';

/** What each strategy's fills amount to in each instrument, over all runs. At start, main thread. */
export class StrategyShares {
  /** By instrument and owner. */
  private readonly folds: Map<string, { owner: FillOwner; readonly fold: PositionFold }> = new Map();

  /** Goes on from shares that were put down. */
  constructor(settled: readonly FoldedShare[]) {
    for (const { owner, position } of settled)
      this.folds.set(keyOf(position.instrument, owner), { owner, fold: PositionFold.from(position) });
  }

  apply(fill: JournaledFill): void {
    const key = keyOf(fill.instrument, fill.owner);
    const known = this.folds.get(key);
    const share = known ?? { owner: fill.owner, fold: new PositionFold(fill.instrument) };
    if (known === undefined) this.folds.set(key, share);
    // Its parameters as they were last: they tell namesakes of a later run apart.
    share.owner = fill.owner;
    share.fold.apply(fill);
  }

  /** All shares in the order of their keys. */
  folded(): FoldedShare[] {
    return this.sorted().map(({ owner, fold }) => ({ owner, position: fold.folded() }));
  }

  /** The same, in the newest units of each instrument. @throws JournalError JOURNAL_UNITS when one does not fit them */
  in(instruments: ReadonlyMap<string, RunInstrument>): FoldedShare[] {
    return this.sorted().map(({ owner, fold }) => {
      const { instrument } = fold.folded();
      return { owner, position: fold.in(instruments.get(instrument.key) ?? instrument) };
    });
  }

  private sorted(): { readonly owner: FillOwner; readonly fold: PositionFold }[] {
    return [...this.folds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, share]) => share);
  }
}

function keyOf({ key }: RunInstrument, owner: FillOwner): string {
  return `${key}\n${owner.key}`;
}
