// hot path: no allocation after start
import { invariant } from '../../../engine/core/assert.ts';
import type { Clock } from '../../../engine/core/clock.ts';
import { BOOK_LEVELS_MAX, DELTA_LEVELS_MAX } from '../../../engine/core/limits.ts';
import type { CounterBlock } from '../../../engine/ipc/counters.ts';
import { BACK_PRESSURED } from '../../../engine/ipc/ring.ts';
import type { Publication } from '../../../engine/ipc/ring.ts';
import { MARKET_DATA_COUNTER } from '../../../engine/market-data/counters.ts';
import {
  BOOK_DELTA,
  BOOK_DELTA_BYTES,
  BOOK_RESET,
  BOOK_RESET_BYTES,
  BookDelta,
  BookReset,
  QUOTE_TICK,
  QUOTE_TICK_BYTES,
  QuoteTick,
  TRADE_TICK,
  TRADE_TICK_BYTES,
  TradeTick,
  VENUE_PRICES,
  VENUE_PRICES_BYTES,
  VenuePrices,
} from '../../../engine/messages/codecs.ts';
import { DELTA_FLAG, SIDE } from '../../../engine/messages/enums.ts';
import { REFUSAL } from '../scan/byte-scan.ts';
import { FIELD } from './frame-fields.ts';
import type { FrameScanner } from './frame-scanner.ts';

/** What became of a record; refusals of the scanner (negative) come through as they are. */
export const WRITE = { done: 1, blocked: 0 } as const;

/** Levels one frame may have, both sides together; more are refused. */
export const LEVELS_PER_FRAME_MAX: number = 2 * BOOK_LEVELS_MAX;

const LEVEL_BYTES = 16;
const LEVEL_WORDS = 2;
const DELTA_BYTES_MAX: number = BOOK_DELTA_BYTES + DELTA_LEVELS_MAX * LEVEL_BYTES;
/** Length and type words of a record, and what its alignment may cost. */
const RECORD_OVERHEAD_BYTES = 16;

/**
 * Writes what the scanner read to the ring. A frame is published whole or not at all: levels go straight into
 * a claimed record, which is given up when they turn out wrong; longer frames pass through a scratch block
 * and become several.
 */
export class RecordWriter {
  private readonly output: Publication;
  private readonly scanner: FrameScanner;
  private readonly clock: Clock;
  private readonly counters: CounterBlock;
  private readonly times: Float64Array;
  private readonly delta: BookDelta;
  private readonly reset: BookReset;
  private readonly quote: QuoteTick;
  private readonly trade: TradeTick;
  private readonly prices: VenuePrices;
  private readonly scratch: Float64Array;
  private readonly snapshotLevels: number;
  /** The engine's index of each of the feed's instruments. */
  private readonly indexes: Int32Array;

  /**
   * @param times receive times by slot, monoNs
   * @param snapshotLevels levels per side that were asked of snapshots: a shorter side is complete; 0 = not known
   */
  constructor(
    output: Publication,
    scanner: FrameScanner,
    clock: Clock,
    counters: CounterBlock,
    times: Float64Array,
    snapshotLevels: number = 0,
  ) {
    this.output = output;
    this.indexes = scanner.indexes;
    this.scanner = scanner;
    this.clock = clock;
    this.counters = counters;
    this.times = times;
    this.snapshotLevels = snapshotLevels;
    this.delta = new BookDelta();
    this.reset = new BookReset();
    this.quote = new QuoteTick();
    this.trade = new TradeTick();
    this.prices = new VenuePrices();
    this.scratch = new Float64Array(LEVELS_PER_FRAME_MAX * LEVEL_WORDS);
    invariant(
      output.capacityBytes >= 4 * DELTA_BYTES_MAX,
      'the delta ring holds at least four of its largest records',
    );
  }

  /**
   * Writes the depth update or snapshot that the scanner stands on. `flags` holds DELTA_FLAG.snapshot,
   * DELTA_FLAG.catchUp, both or nothing. Returns WRITE or a REFUSAL; refused and blocked frames leave nothing behind.
   */
  writeDepth(
    bytes: Uint8Array,
    end: number,
    instrumentIndex: number,
    timeSlot: number,
    flags: number,
  ): number {
    const output = this.output;
    const at = output.tryClaim(BOOK_DELTA, DELTA_BYTES_MAX);
    if (at === BACK_PRESSURED) return WRITE.blocked;
    const delta = this.delta.wrap(output.view, at);
    const scanner = this.scanner;
    const f64 = output.view.f64;
    const status = scanner.scanLevels(bytes, end, instrumentIndex, f64, delta.levelsAt8, DELTA_LEVELS_MAX);
    if (status < 0) {
      output.abort();
      if (status !== REFUSAL.tooManyLevels) return status;
      return this.writeLongDepth(bytes, end, instrumentIndex, timeSlot, flags);
    }
    const wholeFlags = flags | DELTA_FLAG.first | DELTA_FLAG.last;
    this.setDelta(instrumentIndex, timeSlot, wholeFlags, scanner.bidCount, scanner.askCount);
    delta.decodedNs = this.clock.nowNs();
    const levels = scanner.bidCount + scanner.askCount;
    output.commitTrimmed(BOOK_DELTA_BYTES + levels * LEVEL_BYTES);
    this.counters.increment(MARKET_DATA_COUNTER.deltaRecords);
    this.counters.add(MARKET_DATA_COUNTER.levels, levels);
    return WRITE.done;
  }

  /** The best bid and ask the scanner read. */
  writeQuote(timeSlot: number): number {
    const output = this.output;
    const at = output.tryClaim(QUOTE_TICK, QUOTE_TICK_BYTES);
    if (at === BACK_PRESSURED) return WRITE.blocked;
    const numbers = this.scanner.numbers;
    const quote = this.quote.wrap(output.view, at);
    quote.updateId = numbers[FIELD.lastId];
    quote.bidTicks = numbers[FIELD.bidTicks];
    quote.bidLots = numbers[FIELD.bidLots];
    quote.askTicks = numbers[FIELD.askTicks];
    quote.askLots = numbers[FIELD.askLots];
    quote.exchangeTsMs = numbers[FIELD.eventMs];
    quote.recvNs = this.times[timeSlot];
    quote.instrumentIndex = this.indexes[this.scanner.instrumentIndex];
    quote.decodedNs = this.clock.nowNs();
    output.commit();
    return WRITE.done;
  }

  /** The trade the scanner read. */
  writeTrade(timeSlot: number): number {
    const output = this.output;
    const at = output.tryClaim(TRADE_TICK, TRADE_TICK_BYTES);
    if (at === BACK_PRESSURED) return WRITE.blocked;
    const numbers = this.scanner.numbers;
    const trade = this.trade.wrap(output.view, at);
    trade.priceTicks = numbers[FIELD.priceTicks];
    trade.qtyLots = numbers[FIELD.qtyLots];
    trade.tradeId = numbers[FIELD.tradeId];
    trade.exchangeTsMs = numbers[FIELD.tradeMs];
    trade.recvNs = this.times[timeSlot];
    trade.bookedNs = 0;
    trade.bookTakenNs = 0;
    trade.instrumentIndex = this.indexes[this.scanner.instrumentIndex];
    /* m: the buyer's order rested, so a sell took it. */
    trade.side = this.scanner.isBuyerMaker === 1 ? SIDE.sell : SIDE.buy;
    trade.decodedNs = this.clock.nowNs();
    output.commit();
    return WRITE.done;
  }

  /** The prices beside the book that the scanner read. */
  writePrices(timeSlot: number): number {
    const output = this.output;
    const at = output.tryClaim(VENUE_PRICES, VENUE_PRICES_BYTES);
    if (at === BACK_PRESSURED) return WRITE.blocked;
    const numbers = this.scanner.numbers;
    const prices = this.prices.wrap(output.view, at);
    prices.averageUnits = numbers[FIELD.averageUnits];
    prices.referenceUnits = numbers[FIELD.referenceUnits];
    prices.markUnits = numbers[FIELD.markUnits];
    prices.indexUnits = numbers[FIELD.indexUnits];
    prices.fundingRateE8 = numbers[FIELD.fundingRateE8];
    prices.nextFundingMs = numbers[FIELD.nextFundingMs];
    prices.exchangeTsMs = numbers[FIELD.eventMs];
    prices.recvNs = this.times[timeSlot];
    prices.instrumentIndex = this.indexes[this.scanner.instrumentIndex];
    prices.decodedNs = this.clock.nowNs();
    output.commit();
    return WRITE.done;
  }

  /** "Hide this book"; `reason` is a GAP_REASON. */
  writeReset(instrumentIndex: number, reason: number, expectedUpdateId: number, gotUpdateId: number): number {
    const at = this.output.tryClaim(BOOK_RESET, BOOK_RESET_BYTES);
    if (at === BACK_PRESSURED) return WRITE.blocked;
    const reset = this.reset.wrap(this.output.view, at);
    reset.recvNs = this.clock.nowNs();
    reset.expectedUpdateId = expectedUpdateId;
    reset.gotUpdateId = gotUpdateId;
    reset.instrumentIndex = this.indexes[instrumentIndex];
    reset.reason = reason;
    this.output.commit();
    return WRITE.done;
  }

  /** Everything but decodedNs of the wrapped delta. */
  private setDelta(
    instrumentIndex: number,
    timeSlot: number,
    flags: number,
    bidCount: number,
    askCount: number,
  ): void {
    const numbers = this.scanner.numbers;
    const delta = this.delta;
    const isSnapshot = (flags & DELTA_FLAG.snapshot) !== 0;
    delta.firstUpdateId = numbers[isSnapshot ? FIELD.lastId : FIELD.firstId];
    delta.lastUpdateId = numbers[FIELD.lastId];
    delta.exchangeTsMs = isSnapshot ? 0 : numbers[FIELD.eventMs];
    delta.recvNs = this.times[timeSlot];
    delta.instrumentIndex = this.indexes[instrumentIndex];
    delta.flags = isSnapshot ? flags | this.completeSides() : flags;
    delta.bidCount = bidCount;
    delta.askCount = askCount;
  }

  /**
   * Which sides of the snapshot hold all the venue has, as DELTA_FLAG. A venue cuts both sides at the same number of levels,
   * so a side shorter than that number, or than the other side, was not cut.
   */
  private completeSides(): number {
    const { bidCount, askCount } = this.scanner;
    const longer = bidCount > askCount ? bidCount : askCount;
    const cutAt = longer > this.snapshotLevels ? longer : this.snapshotLevels;
    return (
      (bidCount < cutAt || bidCount === 0 ? DELTA_FLAG.bidsComplete : 0) |
      (askCount < cutAt || askCount === 0 ? DELTA_FLAG.asksComplete : 0)
    );
  }

  /** A frame of more levels than one record carries: scanned completely first, then cut into records. */
  private writeLongDepth(
    bytes: Uint8Array,
    end: number,
    instrumentIndex: number,
    timeSlot: number,
    flags: number,
  ): number {
    const { scanner, output, scratch } = this;
    scanner.offGrid[0] = 0;
    const status = scanner.scanLevels(bytes, end, instrumentIndex, scratch, 0, LEVELS_PER_FRAME_MAX);
    if (status < 0) return status;
    const levels = scanner.bidCount + scanner.askCount;
    const records = Math.ceil(levels / DELTA_LEVELS_MAX);
    /*
     * Room for all records, their overhead and the padding of one at the wrap: claimed once to be sure, given
     * back.
     */
    const neededBytes =
      levels * LEVEL_BYTES + records * (BOOK_DELTA_BYTES + RECORD_OVERHEAD_BYTES) + DELTA_BYTES_MAX;
    if (neededBytes + RECORD_OVERHEAD_BYTES > output.capacityBytes >> 1) return REFUSAL.tooManyLevels;
    if (output.tryClaim(BOOK_DELTA, neededBytes) === BACK_PRESSURED) return WRITE.blocked;
    output.abort();
    const decodedNs = this.clock.nowNs();
    for (let from = 0; from < levels; from += DELTA_LEVELS_MAX) {
      const count = Math.min(DELTA_LEVELS_MAX, levels - from);
      const bidCount = Math.max(0, Math.min(count, scanner.bidCount - from));
      const at = output.tryClaim(BOOK_DELTA, BOOK_DELTA_BYTES + count * LEVEL_BYTES);
      invariant(at !== BACK_PRESSURED, 'a frame whose room was tested fits');
      const delta = this.delta.wrap(output.view, at);
      const edges = (from === 0 ? DELTA_FLAG.first : 0) | (from + count === levels ? DELTA_FLAG.last : 0);
      this.setDelta(instrumentIndex, timeSlot, flags | edges, bidCount, count - bidCount);
      delta.decodedNs = decodedNs;
      const to = delta.levelsAt8;
      const f64 = output.view.f64;
      for (let word = 0; word < count * LEVEL_WORDS; word++)
        f64[to + word] = scratch[from * LEVEL_WORDS + word];
      output.commitHeld();
    }
    output.publish();
    this.counters.add(MARKET_DATA_COUNTER.deltaRecords, records);
    this.counters.add(MARKET_DATA_COUNTER.levels, levels);
    return WRITE.done;
  }
}
