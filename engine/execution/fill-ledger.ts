// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { INSTRUMENTS_DEFAULT, TRADE_IDS_MAX } from '../core/limits.ts';
import type { Region } from '../ipc/memory-map.ts';
import { NO_SLOT, SlotIndex } from '../core/slot-index.ts';
import type { VenueIds } from './venue-ids.ts';

/*
 * What execution must not forget about fills, in shared memory:
 *   byte 0  header        Float64 x 16: 0 fillSeq, 1 trade ids remembered, 2 redo pending, 3 intent last refused
 *      128  redo record   Float64 x 32, see REDO
 *      384  per instrument, Float64 x instruments planned for each: last trade id, id up to which the venue's list was
 *           compared, id up to which trade ids were forgotten; the same three as exchange times (ms) for trades whose
 *           ids are no numbers and so have no order
 *      ...  trade ids     Float64 x TRADE_IDS_MAX, a ring: the oldest is forgotten first
 *      ...  trade times   Float64 x TRADE_IDS_MAX, exchange time in ms; 0 = not known
 *      ...  keys          Int32 x TRADE_IDS_MAX: instrument x 4 + side
 *
 * A trade is known by its id and our side of it: an account that trades with itself has both sides of one trade.
 */
const HEADER_BYTES = 128;
const REDO_BYTES = 256;
const BYTES_PER_INSTRUMENT = 48;
const FILL_SEQ = 0;
const REMEMBERED = 1;
const REDO_PENDING = 2;
const LAST_REFUSED = 3;
/** Room for SIDE in a trade's key. */
const SIDES = 4;

/** Places in the redo record. Values are absolute, so doing it twice equals doing it once. */
export const REDO = {
  fillSeq: 0,
  /** -1 = a fill of no order of ours. */
  slot: 1,
  intentSeq: 2,
  instrumentIndex: 3,
  strategyIndex: 4,
  side: 5,
  venueOrderId: 6,
  venueTradeId: 7,
  priceTicks: 8,
  qtyLots: 9,
  feeCash: 10,
  cumQtyLots: 11,
  isMaker: 12,
  flags: 13,
  /** State after the fill. */
  state: 14,
  eventNs: 15,
  exchangeTsMs: 16,
} as const;

const REDO_FIELDS = 17;

/** Bytes of shared memory the fill ledger of so many instruments needs. */
export function fillLedgerBytes(instrumentsMax: number = INSTRUMENTS_DEFAULT): number {
  return fixedBytes() + instrumentsMax * BYTES_PER_INSTRUMENT;
}

function fixedBytes(): number {
  return HEADER_BYTES + REDO_BYTES + TRADE_IDS_MAX * 20;
}

/**
 * Which venue trades were taken in, the fill sequence, and the fill being taken in right now. One writer: the execution
 * actor's thread (recovery before the threads start).
 */
export class FillLedger {
  /** The fill under way or last done, by REDO. */
  readonly redo: Float64Array;
  private readonly header: Float64Array;
  private readonly step: number;
  private readonly place: number;
  private readonly lastTradeIds: Float64Array;
  private readonly comparedIds: Float64Array;
  private readonly forgottenIds: Float64Array;
  private readonly lastTradesMs: Float64Array;
  private readonly comparedMs: Float64Array;
  private readonly forgottenMs: Float64Array;
  private readonly tradeIds: Float64Array;
  private readonly tradeTimesMs: Float64Array;
  private readonly tradeKeys: Int32Array;
  private readonly index: SlotIndex;
  private readonly venueIds: VenueIds | null;

  /**
   * @param venueIds holds the ids of all trades remembered; null = the venue's ids are plain numbers
   * @param step how many accounts there are: each takes every step-th fill number, so that no two have the same
   * @param place which of them this is, from 0
   */
  constructor(
    buffer: SharedArrayBuffer,
    region: Region,
    venueIds: VenueIds | null = null,
    step: number = 1,
    place: number = 0,
  ) {
    invariant(place >= 0 && place < step, 'a ledger is one of those that share the numbers');
    this.venueIds = venueIds;
    this.step = step;
    this.place = place;
    const instrumentsMax = (region.byteLength - fixedBytes()) / BYTES_PER_INSTRUMENT;
    invariant(Number.isInteger(instrumentsMax), 'region of the fill ledger has another size');
    let at = region.byteOffset;
    this.header = new Float64Array(buffer, at, HEADER_BYTES >> 3);
    at += HEADER_BYTES;
    this.redo = new Float64Array(buffer, at, REDO_BYTES >> 3);
    at += REDO_BYTES;
    const perInstrument = (): Float64Array => {
      const column = new Float64Array(buffer, at, instrumentsMax);
      at += instrumentsMax * 8;
      return column;
    };
    this.lastTradeIds = perInstrument();
    this.comparedIds = perInstrument();
    this.forgottenIds = perInstrument();
    this.lastTradesMs = perInstrument();
    this.comparedMs = perInstrument();
    this.forgottenMs = perInstrument();
    this.tradeIds = new Float64Array(buffer, at, TRADE_IDS_MAX);
    at += TRADE_IDS_MAX * 8;
    this.tradeTimesMs = new Float64Array(buffer, at, TRADE_IDS_MAX);
    at += TRADE_IDS_MAX * 8;
    this.tradeKeys = new Int32Array(buffer, at, TRADE_IDS_MAX);
    this.index = new SlotIndex(TRADE_IDS_MAX + 1);
    const count = Math.min(this.header[REMEMBERED], TRADE_IDS_MAX);
    for (let place = 0; place < count; place++) {
      this.index.set(this.tradeIds[place], this.tradeKeys[place], place);
      if (this.tradeIds[place] < 0) venueIds?.hold(this.tradeIds[place]);
    }
  }

  /** Whether this trade was taken in before. What is older than the memory counts as taken in. */
  isKnown(instrumentIndex: number, side: number, venueTradeId: number): boolean {
    if (venueTradeId >= 0 && venueTradeId <= this.forgottenIds[instrumentIndex]) return true;
    return this.index.find(venueTradeId, instrumentIndex * SIDES + side) !== NO_SLOT;
  }

  /** Whether a trade of this time whose id is no number may have been taken in and forgotten: it then counts as taken in. */
  isBeforeMemory(instrumentIndex: number, exchangeTsMs: number): boolean {
    return exchangeTsMs > 0 && exchangeTsMs <= this.forgottenMs[instrumentIndex];
  }

  /** Highest venue trade id taken in on an instrument, of those that are numbers; 0 = none. */
  lastTradeId(instrumentIndex: number): number {
    return this.lastTradeIds[instrumentIndex];
  }

  /**
   * Highest trade id up to which the venue's own list was compared with ours, so that none below is missing; 0 = none.
   * Lower than `lastTradeId` while a trade may have been lost between two that came.
   */
  comparedUpTo(instrumentIndex: number): number {
    return this.comparedIds[instrumentIndex];
  }

  /** A complete list from the venue reached at least this trade id. */
  noteCompared(instrumentIndex: number, venueTradeId: number): void {
    if (venueTradeId > this.comparedIds[instrumentIndex]) this.comparedIds[instrumentIndex] = venueTradeId;
  }

  /** As `lastTradeId` and `comparedUpTo` by exchange time in ms, for venues whose trade ids have no order. */
  lastTradeMs(instrumentIndex: number): number {
    return this.lastTradesMs[instrumentIndex];
  }

  comparedUntilMs(instrumentIndex: number): number {
    return this.comparedMs[instrumentIndex];
  }

  noteComparedUntil(instrumentIndex: number, exchangeTsMs: number): void {
    if (exchangeTsMs > this.comparedMs[instrumentIndex]) this.comparedMs[instrumentIndex] = exchangeTsMs;
  }

  /** Trades up to this time whose ids are no numbers are remembered no more: recovery of a long journal. */
  noteForgottenUntil(instrumentIndex: number, exchangeTsMs: number): void {
    if (exchangeTsMs > this.forgottenMs[instrumentIndex]) this.forgottenMs[instrumentIndex] = exchangeTsMs;
  }

  /** The number of the next fill. */
  nextFillSeq(): number {
    return this.header[FILL_SEQ] === 0 ? 1 + this.place : this.header[FILL_SEQ] + this.step;
  }

  /** Number of the last fill. */
  lastFillSeq(): number {
    return this.header[FILL_SEQ];
  }

  /** Whether a predecessor died while it took a fill in. */
  isRedoPending(): boolean {
    return this.header[REDO_PENDING] === 1;
  }

  /** The redo record is complete: from here on the fill will be taken in whatever happens. */
  beginFill(): void {
    this.header[REDO_PENDING] = 1;
  }

  /** Notes trade id and sequence of the fill in the redo record; repeatable. */
  noteFill(): void {
    const redo = this.redo;
    this.remember(
      redo[REDO.instrumentIndex],
      redo[REDO.side],
      redo[REDO.venueTradeId],
      redo[REDO.exchangeTsMs],
    );
    if (redo[REDO.fillSeq] > this.header[FILL_SEQ]) this.header[FILL_SEQ] = redo[REDO.fillSeq];
  }

  /** Everything that follows from the fill is done. */
  endFill(): void {
    this.header[REDO_PENDING] = 0;
  }

  /** Takes a trade id as seen without a fill: recovery, and trades from before the account was ours. */
  remember(instrumentIndex: number, side: number, venueTradeId: number, exchangeTsMs: number = 0): void {
    const key = instrumentIndex * SIDES + side;
    if (exchangeTsMs > this.lastTradesMs[instrumentIndex]) this.lastTradesMs[instrumentIndex] = exchangeTsMs;
    if (venueTradeId > this.lastTradeIds[instrumentIndex]) this.lastTradeIds[instrumentIndex] = venueTradeId;
    if (this.index.find(venueTradeId, key) !== NO_SLOT) return;
    const place = this.header[REMEMBERED] % TRADE_IDS_MAX;
    if (this.header[REMEMBERED] >= TRADE_IDS_MAX) {
      const oldId = this.tradeIds[place];
      const oldKey = this.tradeKeys[place];
      const oldInstrument = Math.floor(oldKey / SIDES);
      if (this.index.find(oldId, oldKey) === place) this.index.remove(oldId, oldKey);
      if (oldId > this.forgottenIds[oldInstrument]) this.forgottenIds[oldInstrument] = oldId;
      if (oldId < 0) {
        this.noteForgottenUntil(oldInstrument, this.tradeTimesMs[place]);
        this.venueIds?.release(oldId);
      }
    }
    if (venueTradeId < 0) this.venueIds?.hold(venueTradeId);
    this.tradeIds[place] = venueTradeId;
    this.tradeTimesMs[place] = exchangeTsMs;
    this.tradeKeys[place] = key;
    this.header[REMEMBERED]++;
    this.index.set(venueTradeId, key, place);
  }

  /** Continues behind the highest fill number that recovery found, of whatever account. */
  seedFillSeq(fillSeq: number): void {
    const before = this.step === 1 ? fillSeq : fillSeq + 1 + this.place;
    if (fillSeq > 0 && before > this.header[FILL_SEQ]) this.header[FILL_SEQ] = before;
  }

  /** The intent refused last for want of a slot: with no slot to find, this is what makes its repetition known. */
  lastRefusedIntent(): number {
    return this.header[LAST_REFUSED];
  }

  noteRefusedIntent(intentSeq: number): void {
    this.header[LAST_REFUSED] = intentSeq;
  }
}

invariant(REDO_FIELDS * 8 <= REDO_BYTES, 'the redo record fits its place');
