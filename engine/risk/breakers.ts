// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { INSTRUMENTS_DEFAULT } from '../core/limits.ts';
import type { Region } from '../ipc/memory-map.ts';
import type { PositionReader } from './positions.ts';
import type { RiskLimits } from './risk-limits.ts';
import { KILL_REASON } from '../messages/enums.ts';

/*
 * What the breakers compare with, in shared memory: it outlives the risk actor, and the supervisor writes it into the
 * journal, so that it outlives the engine too.
 *   byte   0  header  Float64 x 16: see below
 *        128  per instrument Float64 x 2: side of the round trip under way (1, -1; 0 = flat), result before it (cash units)
 */
const HEADER_BYTES = 128;
const PEAK_PROFIT = 0;
const PEAK_IS_SET = 1;
const DAY = 2;
const DAY_START_PROFIT = 3;
const DAY_IS_SET = 4;
const PROFIT = 5;
const LOSSES_IN_A_ROW = 6;
const REJECT_MINUTE = 7;
const REJECTS = 8;
const TRIP_WORDS = 2;
const TRIP_SIDE = 0;
const TRIP_BASE_CASH = 1;

const US_PER_DAY = 86_400_000_000;
const NS_PER_MINUTE = 60_000_000_000;

/** The limits that stop trading as a whole. */
export type BreakerLimits = Pick<
  RiskLimits,
  'maxDrawdown' | 'maxDailyLoss' | 'maxLossesInARow' | 'maxRejectsPerMinute'
>;

/** Bytes of shared memory the breakers need for so many instruments. */
export function breakersBytes(instrumentsMax: number = INSTRUMENTS_DEFAULT): number {
  return HEADER_BYTES + instrumentsMax * TRIP_WORDS * 8;
}

/** What the breakers go by. Profit is that of all fills since the journal began, fees paid, open positions at the middle. */
export interface BreakerState {
  /** Quote asset. */
  readonly profit: number;
  /** Highest profit so far; null = nothing was measured yet, or trading was resumed since. */
  readonly peakProfit: number | null;
  /** Days since 1970 (UTC) that dayStartProfit belongs to; null = as with peakProfit. */
  readonly day: number | null;
  readonly dayStartProfit: number;
  /** Round trips that ended with a loss since the last one that did not. */
  readonly lossesInARow: number;
}

/** Reads what the breakers go by. Any thread; a reading between two writes may mix them: it is looked at again soon. */
export class BreakersReader {
  protected readonly header: Float64Array;
  protected readonly trips: Float64Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    const tripWords = (region.byteLength - HEADER_BYTES) >> 3;
    invariant(
      tripWords >= TRIP_WORDS && tripWords % TRIP_WORDS === 0,
      'region of the breakers has another size',
    );
    this.header = new Float64Array(buffer, region.byteOffset, HEADER_BYTES >> 3);
    this.trips = new Float64Array(buffer, region.byteOffset + HEADER_BYTES, tripWords);
  }

  /** Allocates. */
  state(): BreakerState {
    const { header } = this;
    return {
      profit: header[PROFIT],
      peakProfit: header[PEAK_IS_SET] === 0 ? null : header[PEAK_PROFIT],
      day: header[DAY_IS_SET] === 0 ? null : header[DAY],
      dayStartProfit: header[DAY_START_PROFIT],
      lossesInARow: header[LOSSES_IN_A_ROW],
    };
  }
}

/**
 * The limits that stop trading as a whole: loss from the peak, loss of the day (UTC), round trips lost one after the other,
 * orders the venue refused within a minute. Each method answers with the KILL_REASON to stop for, none = go on. One
 * writer: the risk actor; before it starts, recovery.
 */
export class Breakers extends BreakersReader {
  /**
   * Takes the profit of now, quote asset, at a wall clock in microseconds. A new day begins with the profit of its first
   * look; a stop of the day before stays until someone resumes.
   */
  noteProfit(profit: number, epochUs: number, limits: BreakerLimits): number {
    const { header } = this;
    header[PROFIT] = profit;
    if (header[PEAK_IS_SET] === 0 || profit > header[PEAK_PROFIT]) {
      header[PEAK_PROFIT] = profit;
      header[PEAK_IS_SET] = 1;
    }
    const day = Math.floor(epochUs / US_PER_DAY);
    if (header[DAY_IS_SET] === 0 || header[DAY] !== day) {
      header[DAY_START_PROFIT] = profit;
      header[DAY] = day;
      header[DAY_IS_SET] = 1;
    }
    const { maxDrawdown, maxDailyLoss } = limits;
    if (maxDailyLoss > 0 && header[DAY_START_PROFIT] - profit >= maxDailyLoss)
      return KILL_REASON.maxDailyLoss;
    if (maxDrawdown > 0 && header[PEAK_PROFIT] - profit >= maxDrawdown) return KILL_REASON.maxDrawdown;
    return KILL_REASON.none;
  }

  /** The position before the first fill that is noted; a round trip that a predecessor saw begin stays as it knew it. */
  begin(instrumentIndex: number, position: PositionReader): void {
    const at = instrumentIndex * TRIP_WORDS;
    if (this.trips[at + TRIP_SIDE] !== 0) return;
    this.trips[at + TRIP_SIDE] = Math.sign(position.netLots);
    this.trips[at + TRIP_BASE_CASH] = position.realisedCash - position.feesCash;
  }

  /**
   * A fill has changed a position. A round trip ends when the position is flat or has changed sides; its result is what was
   * realised, less fees, since the one before ended.
   */
  noteFill(instrumentIndex: number, position: PositionReader, limits: BreakerLimits): number {
    const { trips, header } = this;
    const at = instrumentIndex * TRIP_WORDS;
    const sideBefore = trips[at + TRIP_SIDE];
    const side = Math.sign(position.netLots);
    if (side === sideBefore) return KILL_REASON.none;
    trips[at + TRIP_SIDE] = side;
    if (sideBefore === 0) return KILL_REASON.none;
    const resultCash = position.realisedCash - position.feesCash;
    const isLoss = resultCash < trips[at + TRIP_BASE_CASH];
    trips[at + TRIP_BASE_CASH] = resultCash;
    header[LOSSES_IN_A_ROW] = isLoss ? header[LOSSES_IN_A_ROW] + 1 : 0;
    const { maxLossesInARow } = limits;
    const isOver = maxLossesInARow > 0 && header[LOSSES_IN_A_ROW] >= maxLossesInARow;
    return isOver ? KILL_REASON.lossesInARow : KILL_REASON.none;
  }

  /** The venue refused an order, in the turn whose time is in [0]. Minutes are those of the engine's clock. */
  noteReject(turnNs: Float64Array, limits: BreakerLimits): number {
    const { header } = this;
    const minute = Math.floor(turnNs[0] / NS_PER_MINUTE);
    if (header[REJECT_MINUTE] !== minute) {
      header[REJECT_MINUTE] = minute;
      header[REJECTS] = 0;
    }
    header[REJECTS] += 1;
    const { maxRejectsPerMinute } = limits;
    return maxRejectsPerMinute > 0 && header[REJECTS] > maxRejectsPerMinute
      ? KILL_REASON.rejectRate
      : KILL_REASON.none;
  }

  /** Everything is measured anew: the operator resumed. */
  forget(): void {
    const { header } = this;
    header[PEAK_IS_SET] = 0;
    header[DAY_IS_SET] = 0;
    header[LOSSES_IN_A_ROW] = 0;
    header[REJECTS] = 0;
  }

  /** Puts back what an earlier run went by. Before the risk actor starts. */
  restore({ profit, peakProfit, day, dayStartProfit, lossesInARow }: BreakerState): void {
    const { header } = this;
    header[PROFIT] = profit;
    header[PEAK_IS_SET] = peakProfit === null ? 0 : 1;
    header[PEAK_PROFIT] = peakProfit ?? 0;
    header[DAY_IS_SET] = day === null ? 0 : 1;
    header[DAY] = day ?? 0;
    header[DAY_START_PROFIT] = dayStartProfit;
    header[LOSSES_IN_A_ROW] = lossesInARow;
  }
}
