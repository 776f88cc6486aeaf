// hot path: no allocation after start
import { cashUnitValue } from '../core/instrument.ts';
import type { Instrument } from '../core/instrument.ts';
import type { PositionSource } from './position-source.ts';

/**
 * What the account is worth in the asset an instrument is quoted in: the configured equity at the start, and profit and
 * fees of all instruments quoted in it, open positions at the middle of their books. One thread.
 */
export class EquityBook {
  /** Middle of each instrument's book as last shown, ticks; NaN = it is hidden. */
  private readonly midTicks: Float64Array;
  private readonly source: PositionSource;
  private readonly instruments: readonly Instrument[];
  private readonly startEquity: number;

  /** @param startEquity in units of a quote asset */
  constructor(
    source: PositionSource,
    instruments: readonly Instrument[],
    instrumentsMax: number,
    startEquity: number,
  ) {
    this.source = source;
    this.instruments = instruments;
    this.startEquity = startEquity;
    this.midTicks = new Float64Array(instrumentsMax).fill(NaN);
  }

  /** What a book was shown as; 0 = a side is empty, or the book hidden. */
  noteTouch(instrumentIndex: number, bidTicks: number, askTicks: number): void {
    if (bidTicks > 0 && askTicks > 0) this.midTicks[instrumentIndex] = (bidTicks + askTicks) / 2;
    else this.midTicks[instrumentIndex] = NaN;
  }

  /** Equity in cash units of the instrument; NaN when an open position has no price now. */
  cashOf(instrumentIndex: number): number {
    const { instruments, source, midTicks } = this;
    const { quoteAsset } = instruments[instrumentIndex];
    let total = this.startEquity;
    for (let index = 0; index < instruments.length; index++) {
      const instrument = instruments[index];
      if (instrument.quoteAsset !== quoteAsset || !source.read(index)) continue;
      let cash = source.realisedCash - source.feesCash;
      if (source.netLots !== 0) cash += source.netLots * midTicks[index] - source.costCash;
      total += cash * cashUnitValue(instrument);
    }
    return total / cashUnitValue(instruments[instrumentIndex]);
  }
}
