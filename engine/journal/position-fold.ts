import { PositionWriter, positionTableBytes } from '../risk/positions.ts';
import type { FillOwner } from './fill-owners.ts';
import type { JournaledFill, RunInstrument } from './journaled-facts.ts';
import { areSameUnits, rescaleCash, rescaleLots } from './units.ts';

/** What the fills of an instrument amount to, in its units. */
export interface PositionFigures {
  readonly netLots: number;
  readonly costCash: number;
  readonly realisedCash: number;
  readonly feesCash: number;
  readonly boughtLots: number;
  readonly soldLots: number;
  readonly lastFillSeq: number;
  /** Fills after this one have to be asked of the venue; of the ids that are numbers. */
  readonly lastVenueTradeId: number;
  readonly fillCount: number;
}

/** A position between two fills, in the units of the last one. */
export interface FoldedPosition extends PositionFigures {
  readonly instrument: RunInstrument;
}

/** What one owner's fills in an instrument amount to. */
export interface FoldedShare {
  readonly owner: FillOwner;
  readonly position: FoldedPosition;
}

/** One symbol's fills through the very code the risk actor uses. */
export class PositionFold {
  private instrument: RunInstrument;
  private readonly writer: PositionWriter;
  private lastVenueTradeId = 0;
  private fillCount = 0;

  constructor(instrument: RunInstrument) {
    this.instrument = instrument;
    const byteLength = positionTableBytes(1);
    this.writer = new PositionWriter(new SharedArrayBuffer(byteLength), {
      name: 'positions',
      byteOffset: 0,
      byteLength,
    });
  }

  /** Goes on from a position that was put down. */
  static from(folded: FoldedPosition): PositionFold {
    const fold = new PositionFold(folded.instrument);
    fold.lastVenueTradeId = folded.lastVenueTradeId;
    fold.fillCount = folded.fillCount;
    fold.put(folded);
    return fold;
  }

  apply(fill: JournaledFill): void {
    this.changeUnits(fill.instrument);
    this.writer.applyFill(0, fill.fillSeq, fill.side, fill.priceTicks, fill.qtyLots, fill.feeCash, 0);
    if (typeof fill.venueTradeId === 'number')
      this.lastVenueTradeId = Math.max(this.lastVenueTradeId, fill.venueTradeId);
    this.fillCount += 1;
  }

  /** The position as it stands. */
  folded(): FoldedPosition {
    this.writer.read(0);
    const { netLots, costCash, realisedCash, feesCash, boughtLots, soldLots, lastFillSeq } = this.writer;
    return {
      instrument: this.instrument,
      netLots,
      costCash,
      realisedCash,
      feesCash,
      boughtLots,
      soldLots,
      lastFillSeq,
      lastVenueTradeId: this.lastVenueTradeId,
      fillCount: this.fillCount,
    };
  }

  /** The position in the units of `to`. @throws JournalError JOURNAL_UNITS when it does not fit them */
  in(to: RunInstrument): FoldedPosition {
    this.changeUnits(to);
    return this.folded();
  }

  private changeUnits(to: RunInstrument): void {
    const from = this.instrument;
    if (from === to) return;
    this.instrument = to;
    if (areSameUnits(from, to)) return;
    const what = `position in ${to.symbol}`;
    const lots = (value: number): number => rescaleLots(value, from, to, what);
    const cash = (value: number): number => rescaleCash(value, from, to, what);
    const before = this.folded();
    this.put({
      ...before,
      netLots: lots(before.netLots),
      costCash: cash(before.costCash),
      realisedCash: cash(before.realisedCash),
      feesCash: cash(before.feesCash),
      boughtLots: lots(before.boughtLots),
      soldLots: lots(before.soldLots),
    });
  }

  private put(figures: PositionFigures): void {
    const { lastFillSeq, netLots, costCash, realisedCash, feesCash, boughtLots, soldLots } = figures;
    this.writer.restore(0, lastFillSeq, netLots, costCash, realisedCash, feesCash, boughtLots, soldLots);
  }
}
