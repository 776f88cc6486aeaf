import type { Instrument } from '../../core/instrument.ts';
import { cashUnitValue } from '../../core/instrument.ts';
import { SIDE } from '../../messages/enums.ts';
import type { LoggedFill } from './run-log.ts';

/**
 * A round trip: from the fill that opened a position until it was flat again (or turned, which ends one and opens the
 * next). Prices are averages over its fills. Money in the quote asset.
 */
export interface RoundTrip {
  readonly instrumentIndex: number;
  readonly side: 'long' | 'short';
  readonly openNs: number;
  /** End of the data for one that is still open, which is closed at the mid. */
  readonly closeNs: number;
  readonly isOpen: boolean;
  /** Largest position on the way. */
  readonly qtyLots: number;
  readonly entryTicks: number;
  readonly exitTicks: number;
  readonly gross: number;
  readonly fees: number;
  readonly net: number;
  readonly fills: number;
}

/** A position on its way from flat to flat, in lots and cash units. */
class OpenTrip {
  readonly openNs: number;
  readonly sign: number;
  netLots = 0;
  qtyLots = 0;
  enteredLots = 0;
  enteredCash = 0;
  leftLots = 0;
  leftCash = 0;
  feesCash = 0;
  fills = 0;

  constructor(openNs: number, sign: number) {
    this.openNs = openNs;
    this.sign = sign;
  }

  /** @param sign of the fill */
  take(sign: number, priceTicks: number, qtyLots: number, feeCash: number): void {
    if (sign === this.sign) {
      this.enteredLots += qtyLots;
      this.enteredCash += priceTicks * qtyLots;
      this.netLots += qtyLots;
    } else {
      this.leftLots += qtyLots;
      this.leftCash += priceTicks * qtyLots;
      this.netLots -= qtyLots;
    }
    this.qtyLots = Math.max(this.qtyLots, this.netLots);
    this.feesCash += feeCash;
    this.fills++;
  }

  close(instrument: Instrument, closeNs: number, markTicks: number): RoundTrip {
    const isOpen = this.netLots > 0;
    const leftLots = this.leftLots + this.netLots;
    const leftCash = this.leftCash + this.netLots * markTicks;
    const unit = cashUnitValue(instrument);
    const gross = (leftCash - this.enteredCash) * this.sign * unit;
    const fees = this.feesCash * unit;
    return {
      instrumentIndex: instrument.index,
      side: this.sign > 0 ? 'long' : 'short',
      openNs: this.openNs,
      closeNs,
      isOpen,
      qtyLots: this.qtyLots,
      entryTicks: this.enteredCash / this.enteredLots,
      exitTicks: leftCash / leftLots,
      gross,
      fees,
      net: gross - fees,
      fills: this.fills,
    };
  }
}

/**
 * The round trips of a run, in the order of their ends; a fill that turns a position is split, its fee by size.
 * @param markTicks mid at the end of the data by instrument index, for positions that are still open
 */
export function roundTrips(
  fills: readonly LoggedFill[],
  instruments: readonly Instrument[],
  markTicks: readonly number[],
  endNs: number,
): RoundTrip[] {
  const trips: RoundTrip[] = [];
  const open = new Map<number, OpenTrip>();
  for (const { atNs, instrumentIndex, side, priceTicks, qtyLots, feeCash } of fills) {
    const sign = side === SIDE.buy ? 1 : -1;
    let trip = open.get(instrumentIndex) ?? new OpenTrip(atNs, sign);
    const closing = trip.sign === sign ? qtyLots : Math.min(qtyLots, trip.netLots);
    trip.take(sign, priceTicks, closing, (feeCash * closing) / qtyLots);
    open.set(instrumentIndex, trip);
    if (trip.netLots > 0) continue;
    trips.push(trip.close(instruments[instrumentIndex], atNs, NO_MARK));
    open.delete(instrumentIndex);
    const rest = qtyLots - closing;
    if (rest === 0) continue;
    trip = new OpenTrip(atNs, sign);
    trip.take(sign, priceTicks, rest, (feeCash * rest) / qtyLots);
    open.set(instrumentIndex, trip);
  }
  for (const [instrumentIndex, trip] of open)
    trips.push(trip.close(instruments[instrumentIndex], endNs, markTicks[instrumentIndex]));
  return trips;
}

/** Nothing is open when a flat trip closes, so the mark is not looked at. */
const NO_MARK = 0;
