// hot path: no allocation after start (added instruments excepted)
import { cashUnitValue } from '../core/instrument.ts';
import type { Instrument } from '../core/instrument.ts';
import { INSTRUMENTS_MAX } from '../core/limits.ts';
import { BandTicks, REFERENCE_EXTRA_DECIMALS } from '../core/price-band.ts';
import { BAND_REFERENCE, VENUE_STATUS } from '../messages/enums.ts';
import type { InstrumentLimits } from './risk-limits.ts';

/** What risk knows of each instrument, by its index. One thread: risk's. */
export class TradedInstruments {
  readonly list: Instrument[];
  readonly limits: InstrumentLimits[];
  /** One cash unit in money of the quote asset. */
  readonly cashValues: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  /** VENUE_STATUS of each. */
  readonly statuses: Int32Array = new Int32Array(INSTRUMENTS_MAX);
  /** The venue's price band of each; null = it has none. */
  readonly bands: (BandTicks | null)[] = [];
  /** BAND_REFERENCE of each; 0 = no band. */
  readonly bandReferences: Int32Array = new Int32Array(INSTRUMENTS_MAX);
  /** Reference units (engine/core/price-band.ts) of one tick of each. */
  readonly unitsPerTick: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  /** 1 = orders may pass. */
  private readonly opened: Uint8Array = new Uint8Array(INSTRUMENTS_MAX);

  constructor(
    instruments: readonly Instrument[],
    limits: readonly InstrumentLimits[],
    isOpen: (index: number) => boolean = () => true,
  ) {
    this.list = [];
    this.limits = [];
    for (const [index, instrument] of instruments.entries()) {
      this.add(instrument, limits[index]);
      if (isOpen(index)) this.open(index);
    }
  }

  /** Whether new orders in it may pass. */
  isTraded(index: number): boolean {
    return index >= 0 && index < this.list.length && this.opened[index] === 1;
  }

  /** Whether there ever was such an instrument: its fills still count. */
  isKnown(index: number): boolean {
    return index >= 0 && index < this.list.length;
  }

  /** Takes an instrument in, closed. */
  add(instrument: Instrument, limits: InstrumentLimits): void {
    const place = this.list.length;
    this.cashValues[place] = cashUnitValue(instrument);
    this.list.push(instrument);
    this.setTerms(place, instrument);
    this.limits.push(limits);
  }

  /** New terms of an instrument. */
  update(index: number, instrument: Instrument): void {
    this.list[index] = instrument;
    this.setTerms(index, instrument);
  }

  private setTerms(index: number, instrument: Instrument): void {
    const { priceBand, status, tickUnits } = instrument;
    this.statuses[index] = VENUE_STATUS[status];
    this.bands[index] = priceBand === null ? null : new BandTicks(priceBand, tickUnits);
    this.bandReferences[index] = priceBand === null ? 0 : BAND_REFERENCE[priceBand.reference];
    this.unitsPerTick[index] = tickUnits * 10 ** REFERENCE_EXTRA_DECIMALS;
  }

  open(index: number): void {
    this.opened[index] = 1;
  }

  close(index: number): void {
    this.opened[index] = 0;
  }
}
