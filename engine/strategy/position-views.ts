// hot path: no allocation after start
import { SIDE } from '../messages/enums.ts';
import type { PositionView } from './strategy-api.ts';
import { PositionSnapshot } from './views.ts';

/** Fills per instrument that may be ahead of risk: a power of two. */
const FILLS_AHEAD_MAX = 256;

/** Read access to the shared positions (risk/positions.ts has it); fields belong to the last instrument read. */
export interface PositionSource {
  read(instrumentIndex: number): boolean;
  readonly netLots: number;
  readonly costCash: number;
  readonly realisedCash: number;
  readonly feesCash: number;
  /** The newest fill the position contains. */
  readonly lastFillSeq: number;
}

/**
 * Positions as strategies see them: what risk holds, plus the fills the strategy has been told of and risk has not taken
 * in yet. Risk and strategy get a fill on separate rings, so without this a strategy that acts in onFill could size an
 * order on the position of before its own fill. One thread.
 */
export class PositionViews {
  private readonly source: PositionSource;
  private readonly views: readonly PositionSnapshot[];
  private readonly fillSeqs: Float64Array;
  private readonly fillLots: Float64Array;
  private readonly fillCounts: Float64Array;

  constructor(source: PositionSource, instrumentCount: number) {
    this.source = source;
    this.views = Array.from({ length: instrumentCount }, () => new PositionSnapshot());
    this.fillSeqs = new Float64Array(instrumentCount * FILLS_AHEAD_MAX);
    this.fillLots = new Float64Array(instrumentCount * FILLS_AHEAD_MAX);
    this.fillCounts = new Float64Array(instrumentCount);
  }

  /** Remembers a fill; the oldest of FILLS_AHEAD_MAX is forgotten, long since taken in by risk. */
  noteFill(instrumentIndex: number, fillSeq: number, side: number, qtyLots: number): void {
    const at = instrumentIndex * FILLS_AHEAD_MAX + (this.fillCounts[instrumentIndex] & (FILLS_AHEAD_MAX - 1));
    this.fillSeqs[at] = fillSeq;
    this.fillLots[at] = side === SIDE.buy ? qtyLots : -qtyLots;
    this.fillCounts[instrumentIndex] += 1;
  }

  /** The position now; when it cannot be read this very moment, as it was last read. Reused per instrument. */
  view(instrumentIndex: number): PositionView {
    const view = this.views[instrumentIndex];
    const source = this.source;
    if (!source.read(instrumentIndex)) return view;
    view.netLots = source.netLots + this.lotsAhead(instrumentIndex, source.lastFillSeq);
    view.averageTicks = view.netLots === 0 || source.netLots === 0 ? 0 : source.costCash / source.netLots;
    view.realisedCash = source.realisedCash;
    view.feesCash = source.feesCash;
    return view;
  }

  private lotsAhead(instrumentIndex: number, lastFillSeq: number): number {
    let lots = 0;
    const newest = this.fillCounts[instrumentIndex] - 1;
    const oldest = newest >= FILLS_AHEAD_MAX ? newest - FILLS_AHEAD_MAX + 1 : 0;
    for (let count = newest; count >= oldest; count--) {
      const at = instrumentIndex * FILLS_AHEAD_MAX + (count & (FILLS_AHEAD_MAX - 1));
      if (this.fillSeqs[at] <= lastFillSeq) break;
      lots += this.fillLots[at];
    }
    return lots;
  }
}
