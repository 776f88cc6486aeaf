// hot path: no allocation after start
import { SIDE } from '../messages/enums.ts';
import type { Fill } from '../messages/codecs.ts';
import type { PositionSource, StrategyPositionSource } from './position-source.ts';
import type { PositionSnapshot } from './views.ts';

/** Fills per instrument that may be ahead of risk: a power of two. */
const FILLS_AHEAD_MAX = 256;
/** Whose fills count: everybody's. No strategy has this index; outside orders have -1. */
const ALL = -2;

/**
 * Positions as strategies see them: what risk holds, plus the fills the strategy has been told of and risk has not taken
 * in yet. Risk and strategy get a fill on separate rings, so without this a strategy that acts in onFill could size an
 * order on the position of before its own fill. One thread.
 */
export class PositionViews {
  private readonly accounts: PositionSource;
  private readonly own: StrategyPositionSource;
  private readonly fillSeqs: Float64Array;
  private readonly fillLots: Float64Array;
  private readonly fillOwners: Int32Array;
  private readonly fillCounts: Float64Array;

  constructor(accounts: PositionSource, own: StrategyPositionSource, instrumentCount: number) {
    this.accounts = accounts;
    this.own = own;
    this.fillSeqs = new Float64Array(instrumentCount * FILLS_AHEAD_MAX);
    this.fillLots = new Float64Array(instrumentCount * FILLS_AHEAD_MAX);
    this.fillOwners = new Int32Array(instrumentCount * FILLS_AHEAD_MAX);
    this.fillCounts = new Float64Array(instrumentCount);
  }

  /** Remembers a fill; the oldest of FILLS_AHEAD_MAX is forgotten, long since taken in by risk. */
  noteFill({ instrumentIndex, fillSeq, side, qtyLots, strategyIndex }: Fill): void {
    const at = instrumentIndex * FILLS_AHEAD_MAX + (this.fillCounts[instrumentIndex] & (FILLS_AHEAD_MAX - 1));
    this.fillSeqs[at] = fillSeq;
    this.fillLots[at] = side === SIDE.buy ? qtyLots : -qtyLots;
    this.fillOwners[at] = strategyIndex;
    this.fillCounts[instrumentIndex] += 1;
  }

  /** The account's position now, of all who trade there; when it cannot be read this very moment, `view` stays. */
  loadAccount(view: PositionSnapshot, instrumentIndex: number): void {
    const { accounts } = this;
    if (!accounts.read(instrumentIndex)) return;
    view.load(accounts, this.lotsAhead(instrumentIndex, accounts.lastFillSeq, ALL));
  }

  /** The position that a strategy's own fills make; when it cannot be read this very moment, `view` stays. */
  loadOwn(view: PositionSnapshot, strategyIndex: number, instrumentIndex: number): void {
    const { accounts, own } = this;
    // Risk adds a fill to its owner's position before the account's: what the account has, the one read after it has too.
    if (!accounts.read(instrumentIndex)) return;
    const taken = accounts.lastFillSeq;
    if (!own.readOf(strategyIndex, instrumentIndex)) return;
    const inOwn = own.lastFillSeq;
    view.load(own, this.lotsAhead(instrumentIndex, inOwn > taken ? inOwn : taken, strategyIndex));
  }

  private lotsAhead(instrumentIndex: number, lastFillSeq: number, owner: number): number {
    let lots = 0;
    const newest = this.fillCounts[instrumentIndex] - 1;
    const oldest = newest >= FILLS_AHEAD_MAX ? newest - FILLS_AHEAD_MAX + 1 : 0;
    for (let count = newest; count >= oldest; count--) {
      const at = instrumentIndex * FILLS_AHEAD_MAX + (count & (FILLS_AHEAD_MAX - 1));
      if (this.fillSeqs[at] <= lastFillSeq) break;
      if (owner === ALL || this.fillOwners[at] === owner) lots += this.fillLots[at];
    }
    return lots;
  }
}
