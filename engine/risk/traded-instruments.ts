// hot path: no allocation after start (added instruments excepted)
import { cashUnitValue } from '../core/instrument.ts';
import type { Instrument } from '../core/instrument.ts';
import { INSTRUMENTS_MAX } from '../core/limits.ts';
import { VENUE_STATUS } from '../messages/enums.ts';
import type { InstrumentLimits } from './risk-limits.ts';

/** What risk knows of each instrument, by its index. One thread: risk's. */
export class TradedInstruments {
  readonly list: Instrument[];
  readonly limits: InstrumentLimits[];
  /** One cash unit in money of the quote asset. */
  readonly cashValues: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  /** VENUE_STATUS of each. */
  readonly statuses: Int32Array = new Int32Array(INSTRUMENTS_MAX);
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
    this.cashValues[this.list.length] = cashUnitValue(instrument);
    this.statuses[this.list.length] = VENUE_STATUS[instrument.status];
    this.list.push(instrument);
    this.limits.push(limits);
  }

  open(index: number): void {
    this.opened[index] = 1;
  }

  close(index: number): void {
    this.opened[index] = 0;
  }
}
