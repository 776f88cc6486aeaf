// hot path: no allocation after start
import type { SharedPricesReader } from '../book/shared-prices.ts';
import type { Instrument } from '../core/instrument.ts';
import { REFERENCE_EXTRA_DECIMALS } from '../core/price-band.ts';
import type { VenuePricesView } from './strategy-api.ts';

const UNITS: number = 10 ** REFERENCE_EXTRA_DECIMALS;
const RATE_UNITS = 1e8;

/** The view of prices beside the book over a reader's copy. The reader belongs to this view alone. */
export class VenuePricesSnapshot implements VenuePricesView {
  instrumentIndex: number;
  private readonly reader: SharedPricesReader;
  private readonly instruments: readonly Instrument[];
  /** Reference units of one tick of the instrument shown. */
  private unitsPerTick: number;

  /** @param instruments by index; grows with those that are added */
  constructor(reader: SharedPricesReader, instruments: readonly Instrument[]) {
    this.instrumentIndex = 0;
    this.reader = reader;
    this.instruments = instruments;
    this.unitsPerTick = UNITS;
  }

  /** Copies the instrument's prices; false when they cannot be read now. */
  load(instrumentIndex: number): boolean {
    this.instrumentIndex = instrumentIndex;
    this.unitsPerTick = this.instruments[instrumentIndex].tickUnits * UNITS;
    return this.reader.read(instrumentIndex);
  }

  get lastTradeTicks(): number {
    return this.reader.lastTradeTicks;
  }

  get averageTicks(): number {
    return this.reader.averageUnits / this.unitsPerTick;
  }

  get referenceTicks(): number {
    return this.reader.referenceUnits / this.unitsPerTick;
  }

  get markTicks(): number {
    return this.reader.markUnits / this.unitsPerTick;
  }

  get indexTicks(): number {
    return this.reader.indexUnits / this.unitsPerTick;
  }

  get fundingRate(): number {
    return this.reader.fundingRateE8 / RATE_UNITS;
  }

  get nextFundingMs(): number {
    return this.reader.nextFundingMs;
  }
}
