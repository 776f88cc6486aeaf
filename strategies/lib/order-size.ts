import { cashUnitValue } from 'shrike/strategy';
import type { Instrument } from 'shrike/strategy';

/** A little above the venue's least order value: the price may move before the order arrives. */
const LEAST_VALUE_MARGIN = 1.1;

/** Lots for an amount of quote-asset money, within what the venue takes. */
export class OrderSize {
  private readonly instrument: Instrument;
  private readonly cash: number;

  constructor(instrument: Instrument, notional: number) {
    this.instrument = instrument;
    this.cash = notional / cashUnitValue(instrument);
  }

  /** Lots worth the amount at this price; never below the venue's minimum, never above its maximum. */
  lotsAt(priceTicks: number): number {
    const { minQtyLots, maxQtyLots, minNotionalCash } = this.instrument;
    const leastByValue = Math.ceil((minNotionalCash * LEAST_VALUE_MARGIN) / priceTicks);
    const lots = Math.max(Math.floor(this.cash / priceTicks), leastByValue, minQtyLots, 1);
    return Math.min(lots, maxQtyLots);
  }
}
