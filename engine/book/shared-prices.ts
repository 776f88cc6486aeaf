// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Region } from '../ipc/memory-map.ts';
import { SeqlockCell, seqlockBytes } from '../ipc/seqlock.ts';
import type { TradeTick, VenuePrices } from '../messages/codecs.ts';
import { BAND_REFERENCE } from '../messages/enums.ts';

/*
 * Prices of each instrument beside its book: the last trade, and what the venue states. One seqlock cell per instrument,
 * 128 bytes apart, written by the orderbook actor, read by risk, strategies and whoever shows them. Values, all Float64:
 *   0 lastTradeTicks  1 lastTradeNs  2 averageUnits  3 referenceUnits  4 markUnits  5 indexUnits
 *   6 fundingRateE8  7 nextFundingMs  8 statedNs
 * Units are 10^-(priceDecimals + REFERENCE_EXTRA_DECIMALS). 0 = not known.
 */
/** Places in `SharedPricesWriter.words`. */
export const FUNDING_WORD = { rateE8: 6, nextMs: 7, statedNs: 8 } as const;

const LAST_TRADE_TICKS = 0;
const LAST_TRADE_NS = 1;
const AVERAGE = 2;
const REFERENCE = 3;
const MARK = 4;
const INDEX = 5;
const { rateE8: FUNDING_RATE, nextMs: NEXT_FUNDING, statedNs: STATED_NS } = FUNDING_WORD;
const VALUE_COUNT = 9;
const CELL_BYTES = Math.ceil(seqlockBytes(VALUE_COUNT) / 128) * 128;

/** What a taken statement says of funding. */
export const FUNDING_CHANGE = { none: 0, rate: 1, period: 2 } as const;

/** Bytes of shared memory the prices of so many instruments need. */
export function sharedPricesBytes(instrumentCount: number): number {
  return instrumentCount * CELL_BYTES;
}

function openCells(buffer: SharedArrayBuffer, region: Region): SeqlockCell[] {
  const count = region.byteLength / CELL_BYTES;
  invariant(Number.isInteger(count), `region "${region.name}" holds whole cells`);
  return Array.from(
    { length: count },
    (_, index) => new SeqlockCell(buffer, region.byteOffset + index * CELL_BYTES, VALUE_COUNT),
  );
}

/** Publishes prices beside the books. One writer per instrument: the orderbook actor of its lane. */
export class SharedPricesWriter {
  private readonly cells: readonly SeqlockCell[];

  constructor(buffer: SharedArrayBuffer, region: Region) {
    this.cells = openCells(buffer, region);
  }

  /** The last trade. */
  noteTrade(instrumentIndex: number, trade: TradeTick): void {
    const cell = this.cells[instrumentIndex];
    cell.beginWrite();
    cell.values[LAST_TRADE_TICKS] = trade.priceTicks;
    cell.values[LAST_TRADE_NS] = trade.recvNs;
    cell.endWrite();
  }

  /** What the venue states; what a statement does not say stays as it is. A FUNDING_CHANGE. */
  take(instrumentIndex: number, stated: VenuePrices): number {
    const cell = this.cells[instrumentIndex];
    const { values } = cell;
    const change = this.fundingChange(values, stated);
    cell.beginWrite();
    if (stated.averageUnits !== 0) values[AVERAGE] = stated.averageUnits;
    // -1 takes back what was stated before.
    if (stated.referenceUnits !== 0)
      values[REFERENCE] = stated.referenceUnits < 0 ? 0 : stated.referenceUnits;
    if (stated.markUnits !== 0) values[MARK] = stated.markUnits;
    if (stated.indexUnits !== 0) values[INDEX] = stated.indexUnits;
    if (stated.nextFundingMs !== 0) {
      values[FUNDING_RATE] = stated.fundingRateE8;
      values[NEXT_FUNDING] = stated.nextFundingMs;
    }
    values[STATED_NS] = stated.recvNs;
    cell.endWrite();
    return change;
  }

  /** The cell's words, for records made of them: FUNDING_WORD. Its writer's thread only. */
  words(instrumentIndex: number): Float64Array {
    return this.cells[instrumentIndex].values;
  }

  private fundingChange(values: Float64Array, stated: VenuePrices): number {
    if (stated.nextFundingMs === 0) return FUNDING_CHANGE.none;
    if (stated.nextFundingMs !== values[NEXT_FUNDING]) return FUNDING_CHANGE.period;
    return stated.fundingRateE8 === values[FUNDING_RATE] ? FUNDING_CHANGE.none : FUNDING_CHANGE.rate;
  }
}

/** Reads prices beside the books; any thread, one instance per user. The getters speak of the last instrument read. */
export class SharedPricesReader {
  private readonly cells: readonly SeqlockCell[];
  private readonly copy: Float64Array = new Float64Array(VALUE_COUNT);

  constructor(buffer: SharedArrayBuffer, region: Region) {
    this.cells = openCells(buffer, region);
  }

  /** Copies one instrument's prices; false when a writer kept the cell closed (try again later). */
  read(instrumentIndex: number): boolean {
    return this.cells[instrumentIndex].tryRead(this.copy, VALUE_COUNT);
  }

  get lastTradeTicks(): number {
    return this.copy[LAST_TRADE_TICKS];
  }

  /** monoNs when its frame was received. */
  get lastTradeNs(): number {
    return this.copy[LAST_TRADE_NS];
  }

  get averageUnits(): number {
    return this.copy[AVERAGE];
  }

  get referenceUnits(): number {
    return this.copy[REFERENCE];
  }

  get markUnits(): number {
    return this.copy[MARK];
  }

  get indexUnits(): number {
    return this.copy[INDEX];
  }

  get fundingRateE8(): number {
    return this.copy[FUNDING_RATE];
  }

  /** ms since the epoch; 0 = nothing is known of funding. */
  get nextFundingMs(): number {
    return this.copy[NEXT_FUNDING];
  }

  /** monoNs of the venue's last statement; 0 = none yet. */
  get statedNs(): number {
    return this.copy[STATED_NS];
  }

  /**
   * What a band is a share of, for a BAND_REFERENCE; 0 = not known yet. The venue's own reference price goes before the
   * average (filters.md of Binance Spot: "reference price if it exists, else the average").
   * @param unitsPerTick REFERENCE units of one tick
   */
  bandReference(kind: number, unitsPerTick: number): number {
    switch (kind) {
      case BAND_REFERENCE.average:
        return this.copy[REFERENCE] > 0 ? this.copy[REFERENCE] : this.copy[AVERAGE];
      case BAND_REFERENCE.mark:
        return this.copy[MARK];
      case BAND_REFERENCE.last:
        return this.copy[LAST_TRADE_TICKS] * unitsPerTick;
      default:
        return 0;
    }
  }
}
