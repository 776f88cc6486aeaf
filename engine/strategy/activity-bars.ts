// hot path: no allocation after start
import { cashUnitValue } from '../core/instrument.ts';
import type { Instrument } from '../core/instrument.ts';
import type { TradeTick } from '../messages/codecs.ts';
import type { BarBasis, BarByActivity, BarLength, ClosedBarView } from './strategy-api.ts';

const PRICES = { open: 0, high: 1, low: 2, close: 3 } as const;
const VOLUME = 4;
const TRADES = 5;
const OPEN_MS = 6;
const LAST_MS = 7;
/** What the bar has of what closes it. */
const SO_FAR = 8;
const NUMBERS = 9;

/** Receives a closed bar; the object is reused. */
export type OnActivityBar = (bar: ClosedBarView) => void;

/** Whether two lengths ask for the same bars. */
export function isSameLength(a: BarLength, b: BarLength): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.basis === b.basis && a.size === b.size;
}

/** Whether a closed bar is one of that length. */
export function isBarOf(bar: ClosedBarView, length: BarLength): boolean {
  if (typeof length === 'number') return bar.basis === undefined && bar.intervalMs === length;
  return bar.basis === length.basis && bar.size === length.size;
}

/**
 * How much of an instrument closes such a bar: trades, lots, or cash units. At least one.
 * @throws RangeError for a size that is not above 0, and for value bars of an inverse contract
 */
export function activityThreshold({ basis, size }: BarByActivity, instrument: Instrument): number {
  if (!(size > 0) || !Number.isFinite(size) || (basis === 'trades' && !Number.isInteger(size)))
    throw new RangeError(`bars by ${basis}: ${size} is no size above 0`);
  switch (basis) {
    case 'trades':
      return size;
    case 'volume':
      return Math.max(1, Math.round((size * 10 ** instrument.qtyDecimals) / instrument.lotUnits));
    case 'value':
      if (instrument.payoff === 'inverse')
        throw new RangeError(
          `bars by value: ${instrument.symbol} is an inverse contract, whose lots are worth a fixed amount; ask for volume`,
        );
      return Math.max(1, Math.round(size / cashUnitValue(instrument)));
    default:
      throw new RangeError(`bars by ${String(basis)}: expected trades, volume or value`);
  }
}

/**
 * Bars that close when enough has happened instead of when time is over: a number of trades, a volume, a value (López de
 * Prado, Advances in Financial Machine Learning, 2.3). A trade belongs to one bar as a whole; what it brings beyond the
 * size is not carried into the next. A bar during which trades were missing is incomplete. One thread.
 */
export class ActivityBars implements ClosedBarView {
  readonly instrumentIndex: number;
  /** They have no fixed length. */
  readonly intervalMs = 0;
  readonly basis: BarBasis;
  readonly size: number;
  isComplete: boolean;
  private readonly numbers: Float64Array = new Float64Array(NUMBERS);
  private readonly threshold: number;
  private readonly onClosed: OnActivityBar;

  constructor(instrument: Instrument, length: BarByActivity, onClosed: OnActivityBar) {
    this.instrumentIndex = instrument.index;
    this.basis = length.basis;
    this.size = length.size;
    this.threshold = activityThreshold(length, instrument);
    this.onClosed = onClosed;
    this.isComplete = true;
  }

  get openTimeMs(): number {
    return this.numbers[OPEN_MS];
  }

  /** Venue time of the last trade in it. */
  get lastTradeMs(): number {
    return this.numbers[LAST_MS];
  }

  get openTicks(): number {
    return this.numbers[PRICES.open];
  }

  get highTicks(): number {
    return this.numbers[PRICES.high];
  }

  get lowTicks(): number {
    return this.numbers[PRICES.low];
  }

  get closeTicks(): number {
    return this.numbers[PRICES.close];
  }

  get volumeLots(): number {
    return this.numbers[VOLUME];
  }

  get tradeCount(): number {
    return this.numbers[TRADES];
  }

  addTrade(trade: TradeTick): void {
    const { numbers } = this;
    const { priceTicks, qtyLots, exchangeTsMs } = trade;
    if (numbers[TRADES] === 0) {
      numbers[PRICES.open] = priceTicks;
      numbers[PRICES.high] = priceTicks;
      numbers[PRICES.low] = priceTicks;
      numbers[OPEN_MS] = exchangeTsMs;
    }
    if (priceTicks > numbers[PRICES.high]) numbers[PRICES.high] = priceTicks;
    if (priceTicks < numbers[PRICES.low]) numbers[PRICES.low] = priceTicks;
    numbers[PRICES.close] = priceTicks;
    numbers[LAST_MS] = exchangeTsMs;
    numbers[VOLUME] += qtyLots;
    numbers[TRADES] += 1;
    if (this.basis === 'trades') numbers[SO_FAR] += 1;
    else numbers[SO_FAR] += this.basis === 'volume' ? qtyLots : qtyLots * priceTicks;
    if (numbers[SO_FAR] < this.threshold) return;
    this.onClosed(this);
    numbers.fill(0);
    this.isComplete = true;
  }

  /** Trades are missing from here on, until the next one that comes. */
  noteGap(): void {
    if (this.numbers[TRADES] > 0) this.isComplete = false;
  }
}
