import { PositionWriter, positionTableBytes } from '../risk/positions.ts';
import type { JournaledFill, RunInstrument } from './journaled-facts.ts';
import { areSameUnits, rescaleCash, rescaleLots } from './units.ts';

/** A position between two fills, in the units of the last one. */
export interface FoldedPosition {
  readonly instrument: RunInstrument;
  readonly netLots: number;
  readonly costCash: number;
  readonly realisedCash: number;
  readonly feesCash: number;
  readonly boughtLots: number;
  readonly soldLots: number;
  readonly lastFillSeq: number;
  readonly lastVenueTradeId: number;
  readonly fillCount: number;
}

/** One symbol's fills through the very code the risk actor uses. */
export class PositionFold {
  private instrument: RunInstrument;
  private readonly writer: PositionWriter;
  private lastVenueTradeId = 0;
  private fillCount = 0;

  constructor(instrument: RunInstrument) {
    this.instrument = instrument;
    const byteLength = positionTableBytes();
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
    fold.writer.restore(
      0,
      folded.lastFillSeq,
      folded.netLots,
      folded.costCash,
      folded.realisedCash,
      folded.feesCash,
      folded.boughtLots,
      folded.soldLots,
    );
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
    const writer = this.writer;
    writer.read(0);
    writer.restore(
      0,
      writer.lastFillSeq,
      rescaleLots(writer.netLots, from, to, what),
      rescaleCash(writer.costCash, from, to, what),
      rescaleCash(writer.realisedCash, from, to, what),
      rescaleCash(writer.feesCash, from, to, what),
      rescaleLots(writer.boughtLots, from, to, what),
      rescaleLots(writer.soldLots, from, to, what),
    );
  }
}
