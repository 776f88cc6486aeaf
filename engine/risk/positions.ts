// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { INSTRUMENTS_DEFAULT } from '../core/limits.ts';
import type { Region } from '../ipc/memory-map.ts';
import { SIDE } from '../messages/enums.ts';

/*
 * Positions per instrument in shared memory, made by fills only.
 *   per instrument, 256 bytes: byte 0 version Int32; 64 copy A, 160 copy B: 9 x Float64 each
 * The writer fills the copy `version + 1` points at and then stores the version: position and lastFillSeq change
 * together or not at all, whenever the writer dies.
 */
const INSTRUMENT_BYTES = 256;
const COPY_OFFSETS_F64 = [64 >> 3, 160 >> 3] as const;
const FIELDS = 9;
const NET_LOTS = 0;
const COST_CASH = 1;
const REALISED_CASH = 2;
const FEES_CASH = 3;
const BOUGHT_LOTS = 4;
const SOLD_LOTS = 5;
const LAST_FILL_SEQ = 6;
const UPDATED_NS = 7;
const FILL_COUNT = 8;
/** A reader that meets a writer this often gives up for now. */
const READ_ATTEMPTS_MAX = 64;

/** Bytes of shared memory the positions of so many instruments need. */
export function positionTableBytes(instrumentsMax: number = INSTRUMENTS_DEFAULT): number {
  return instrumentsMax * INSTRUMENT_BYTES;
}

/** Profit of the open position if it were closed at `markTicks` (half ticks allowed), before fees, cash units. */
export function unrealisedCash(netLots: number, costCash: number, markTicks: number): number {
  return netLots * markTicks - costCash;
}

/** Reads positions. Any thread; one instance per thread. The fields hold the last instrument read. */
export class PositionReader {
  /** Signed position in lots. */
  netLots: number;
  /** Cost basis of the open position: sum of price x size, negative when short; cash units. */
  costCash: number;
  /** Realised profit before fees, cash units. */
  realisedCash: number;
  feesCash: number;
  boughtLots: number;
  soldLots: number;
  lastFillSeq: number;
  updatedNs: number;
  fillCount: number;
  protected readonly f64: Float64Array;
  protected readonly i32: Int32Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength % INSTRUMENT_BYTES === 0, 'region of the positions holds whole positions');
    this.f64 = new Float64Array(buffer, region.byteOffset, region.byteLength >> 3);
    this.i32 = new Int32Array(buffer, region.byteOffset, region.byteLength >> 2);
    this.netLots = 0;
    this.costCash = 0;
    this.realisedCash = 0;
    this.feesCash = 0;
    this.boughtLots = 0;
    this.soldLots = 0;
    this.lastFillSeq = 0;
    this.updatedNs = 0;
    this.fillCount = 0;
  }

  /** Reads one position into the fields; false when the writer was in the way each time (try again later). */
  read(instrumentIndex: number): boolean {
    const versionAt = (instrumentIndex * INSTRUMENT_BYTES) >> 2;
    const base = (instrumentIndex * INSTRUMENT_BYTES) >> 3;
    for (let attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt++) {
      const version = Atomics.load(this.i32, versionAt);
      const at = base + COPY_OFFSETS_F64[version & 1];
      this.netLots = this.f64[at + NET_LOTS];
      this.costCash = this.f64[at + COST_CASH];
      this.realisedCash = this.f64[at + REALISED_CASH];
      this.feesCash = this.f64[at + FEES_CASH];
      this.boughtLots = this.f64[at + BOUGHT_LOTS];
      this.soldLots = this.f64[at + SOLD_LOTS];
      this.lastFillSeq = this.f64[at + LAST_FILL_SEQ];
      this.updatedNs = this.f64[at + UPDATED_NS];
      this.fillCount = this.f64[at + FILL_COUNT];
      if (Atomics.load(this.i32, versionAt) === version) return true;
    }
    return false;
  }

  /** Average entry price of the last position read, ticks; 0 when flat. */
  averageTicks(): number {
    return this.netLots === 0 ? 0 : this.costCash / this.netLots;
  }
}

/** The positions for their one writer, the risk actor (recovery writes them before the threads start). */
export class PositionWriter extends PositionReader {
  /**
   * Takes a fill in, once: false when `fillSeq` is not above the last one of this instrument. Leaves the new position
   * in the fields. Reducing by q of n lots removes round(cost x q / n) of the cost basis.
   */
  applyFill(
    instrumentIndex: number,
    fillSeq: number,
    side: number,
    priceTicks: number,
    qtyLots: number,
    feeCash: number,
    nowNs: number,
  ): boolean {
    invariant(this.read(instrumentIndex), 'the writer of a position can always read it');
    if (fillSeq <= this.lastFillSeq) return false;
    invariant(side === SIDE.buy || side === SIDE.sell, 'a fill buys or sells');
    const sign = side === SIDE.buy ? 1 : -1;
    const held = this.netLots * sign;
    const closingLots = held < 0 ? Math.min(qtyLots, -held) : 0;
    if (closingLots > 0) {
      const removedCash = shareOfCost(this.costCash, closingLots, -held);
      this.realisedCash -= sign * priceTicks * closingLots + removedCash;
      this.costCash -= removedCash;
    }
    this.costCash += sign * priceTicks * (qtyLots - closingLots);
    this.netLots += sign * qtyLots;
    this.feesCash += feeCash;
    if (sign > 0) this.boughtLots += qtyLots;
    else this.soldLots += qtyLots;
    this.lastFillSeq = fillSeq;
    this.updatedNs = nowNs;
    this.fillCount += 1;
    this.commit(instrumentIndex);
    return true;
  }

  /** Sets a position as recovery found it. Before the threads start. */
  restore(
    instrumentIndex: number,
    fillSeq: number,
    netLots: number,
    costCash: number,
    realisedCash: number,
    feesCash: number,
    boughtLots: number,
    soldLots: number,
  ): void {
    this.netLots = netLots;
    this.costCash = costCash;
    this.realisedCash = realisedCash;
    this.feesCash = feesCash;
    this.boughtLots = boughtLots;
    this.soldLots = soldLots;
    this.lastFillSeq = fillSeq;
    this.updatedNs = 0;
    this.fillCount = 0;
    this.commit(instrumentIndex);
  }

  private commit(instrumentIndex: number): void {
    invariant(
      Number.isSafeInteger(this.netLots) &&
        Number.isSafeInteger(this.costCash) &&
        Number.isSafeInteger(this.realisedCash),
      'a position stays in exact integers',
    );
    const versionAt = (instrumentIndex * INSTRUMENT_BYTES) >> 2;
    const version = (this.i32[versionAt] + 1) | 0;
    const at = ((instrumentIndex * INSTRUMENT_BYTES) >> 3) + COPY_OFFSETS_F64[version & 1];
    this.f64[at + NET_LOTS] = this.netLots;
    this.f64[at + COST_CASH] = this.costCash;
    this.f64[at + REALISED_CASH] = this.realisedCash;
    this.f64[at + FEES_CASH] = this.feesCash;
    this.f64[at + BOUGHT_LOTS] = this.boughtLots;
    this.f64[at + SOLD_LOTS] = this.soldLots;
    this.f64[at + LAST_FILL_SEQ] = this.lastFillSeq;
    this.f64[at + UPDATED_NS] = this.updatedNs;
    this.f64[at + FILL_COUNT] = this.fillCount;
    Atomics.store(this.i32, versionAt, version);
  }
}

/** The part of a cost basis that `lots` of `ofLots` carry, half units away from zero so that long and short mirror. */
function shareOfCost(costCash: number, lots: number, ofLots: number): number {
  if (lots === ofLots) return costCash;
  const share = Math.round((Math.abs(costCash) * lots) / ofLots);
  return costCash < 0 ? -share : share;
}

invariant(COPY_OFFSETS_F64[1] * 8 + FIELDS * 8 <= INSTRUMENT_BYTES, 'two copies of a position fit its place');
invariant(COPY_OFFSETS_F64[0] + FIELDS <= COPY_OFFSETS_F64[1], 'the copies of a position do not overlap');
