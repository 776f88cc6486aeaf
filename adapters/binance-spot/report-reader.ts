// hot path: no allocation after start
import type { VenueContext, VenueEvents } from '../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../engine/execution/venue-port.ts';
import type { CounterBlock } from '../../engine/ipc/counters.ts';
import { ORDER_STATE, REASON, SIDE } from '../../engine/messages/enums.ts';
import type { ReportLookup } from '../venue-kit/gateway/report-lookup.ts';
import type { UserDataDecoder } from './user-data-decoder.ts';
import { EVENT_EXPIRY_REASON } from './user-data-decoder.ts';

/* One-letter keys of an executionReport (user-data-stream.md). */
const SYMBOL = 0x73; // s
const CLIENT_ID = 0x63; // c
const ORIGINAL_ID = 0x43; // C
const SIDE_KEY = 0x53; // S
const TIME_IN_FORCE_KEY = 0x66; // f
const EXECUTION_TYPE = 0x78; // x
const STATUS = 0x58; // X
const REJECT_REASON = 0x72; // r
const ORDER_ID = 0x69; // i
const LAST_QTY = 0x6c; // l
const CUM_QTY = 0x7a; // z
const LAST_PRICE = 0x4c; // L
const COMMISSION = 0x6e; // n
const COMMISSION_ASSET = 0x4e; // N
const TRANSACT_TIME = 0x54; // T
const TRADE_ID = 0x74; // t
const IS_MAKER = 0x6d; // m

const text = (characters: string): Uint8Array => Buffer.from(characters);

const NEW = text('NEW');
const TRADE = text('TRADE');
const CANCELED = text('CANCELED');
const EXPIRED = text('EXPIRED');
const REJECTED = text('REJECTED');
const REPLACED = text('REPLACED');
const TRADE_PREVENTION = text('TRADE_PREVENTION');
const EXPIRED_IN_MATCH = text('EXPIRED_IN_MATCH');
const GTC = text('GTC');
const BUY = text('BUY');
const SELL = text('SELL');
const EXCHANGE_CANCELED = text('EXCHANGE_CANCELED');
const PRICE_RANGE = text('EXECUTION_RULE_PRICE_RANGE_EXCEEDED');
const NO_BALANCE = text('INSUFFICIENT_BALANCES');
const WOULD_MATCH = text('WOULD_MATCH_IMMEDIATELY');

/** Turns scanned execution reports into the owner's events. One thread; nothing here allocates. */
export class ReportReader {
  private readonly lookup: ReportLookup;
  private readonly events: VenueEvents;
  private readonly counters: CounterBlock;

  constructor(context: VenueContext, lookup: ReportLookup) {
    this.lookup = lookup;
    this.events = context.events;
    this.counters = context.counters;
  }

  /** Passes on the report `decoder` has just scanned from `bytes`. */
  read(decoder: UserDataDecoder, bytes: Uint8Array, recvNs: number): void {
    this.counters.increment(VENUE_COUNTER.venueReports);
    const instrumentIndex = this.lookup.instrumentOf(decoder, SYMBOL);
    if (instrumentIndex < 0) {
      this.counters.increment(VENUE_COUNTER.venueOtherInstruments);
      return;
    }
    const orderId = decoder.integer(ORDER_ID);
    const timeMs = decoder.integer(TRANSACT_TIME);
    const slot = this.slotOf(decoder, bytes, instrumentIndex, orderId);
    if (!(orderId > 0) || !(timeMs > 0)) {
      this.lookup.lose(slot, recvNs);
      return;
    }
    if (slot < 0) this.counters.increment(VENUE_COUNTER.venueOutsideReports);
    if (decoder.isText(EXECUTION_TYPE, TRADE)) {
      this.trade(decoder, slot, instrumentIndex, orderId, timeMs, recvNs);
      return;
    }
    if (slot < 0) return;
    if (decoder.isText(EXECUTION_TYPE, NEW) || decoder.isText(EXECUTION_TYPE, REPLACED)) {
      this.events.onAccepted(slot, orderId, timeMs, recvNs);
      return;
    }
    this.end(decoder, slot, instrumentIndex, timeMs, recvNs);
  }

  private end(
    decoder: UserDataDecoder,
    slot: number,
    instrumentIndex: number,
    timeMs: number,
    recvNs: number,
  ): void {
    const cumQtyLots = this.lookup.lots(decoder, CUM_QTY, instrumentIndex);
    if (!(cumQtyLots >= 0)) {
      this.lookup.lose(slot, recvNs);
      return;
    }
    const { events } = this;
    if (decoder.isText(EXECUTION_TYPE, CANCELED)) {
      const isVenue = decoder.isText(EVENT_EXPIRY_REASON, EXCHANGE_CANCELED);
      const reason = isVenue ? REASON.canceledByVenue : REASON.none;
      events.onEnded(slot, ORDER_STATE.canceled, reason, cumQtyLots, timeMs, recvNs);
    } else if (decoder.isText(STATUS, EXPIRED_IN_MATCH)) {
      events.onEnded(slot, ORDER_STATE.expired, REASON.selfTrade, cumQtyLots, timeMs, recvNs);
    } else if (decoder.isText(EXECUTION_TYPE, EXPIRED)) {
      events.onEnded(slot, ORDER_STATE.expired, expiryReason(decoder), cumQtyLots, timeMs, recvNs);
    } else if (decoder.isText(EXECUTION_TYPE, REJECTED)) {
      this.counters.increment(VENUE_COUNTER.venueRejects);
      events.onRejected(slot, rejectReason(decoder), 0, recvNs);
    } else if (decoder.isText(EXECUTION_TYPE, TRADE_PREVENTION)) {
      /* Part of the order was taken away and it works on: no state of ours tells that, so the venue is asked. */
      events.onAmbiguous(slot, REASON.selfTrade, 0, recvNs);
    } else {
      this.lookup.lose(slot, recvNs);
    }
  }

  private trade(
    decoder: UserDataDecoder,
    slot: number,
    instrumentIndex: number,
    orderId: number,
    timeMs: number,
    recvNs: number,
  ): void {
    const { lookup } = this;
    const priceTicks = lookup.ticks(decoder, LAST_PRICE, instrumentIndex);
    const qtyLots = lookup.lots(decoder, LAST_QTY, instrumentIndex);
    const cumQtyLots = lookup.lots(decoder, CUM_QTY, instrumentIndex);
    const tradeId = decoder.integer(TRADE_ID);
    const side = decoder.isText(SIDE_KEY, BUY) ? SIDE.buy : decoder.isText(SIDE_KEY, SELL) ? SIDE.sell : 0;
    const isReadable =
      priceTicks === priceTicks && qtyLots > 0 && tradeId >= 0 && side !== 0 && decoder.isBoolean(IS_MAKER);
    if (!isReadable) {
      this.lookup.lose(slot, recvNs);
      return;
    }
    this.counters.increment(VENUE_COUNTER.venueFills);
    this.events.onFill(
      slot,
      instrumentIndex,
      side,
      orderId,
      tradeId,
      priceTicks,
      qtyLots,
      lookup.feeCash(decoder, COMMISSION, COMMISSION_ASSET, instrumentIndex, priceTicks),
      cumQtyLots > 0 ? cumQtyLots : 0,
      decoder.isTrue(IS_MAKER) ? 1 : 0,
      timeMs,
      recvNs,
    );
  }

  /** `c` is ours until the order is cancelled or amended by somebody else; then `C` is. */
  private slotOf(
    decoder: UserDataDecoder,
    bytes: Uint8Array,
    instrumentIndex: number,
    orderId: number,
  ): number {
    const { lookup } = this;
    let intentSeq = lookup.intentOf(decoder, bytes, CLIENT_ID);
    if (intentSeq === 0) intentSeq = lookup.intentOf(decoder, bytes, ORIGINAL_ID);
    return lookup.slotOf(intentSeq, instrumentIndex, orderId);
  }
}

/** Why an order expired, from `eR` and the order's own time in force. */
function expiryReason(decoder: UserDataDecoder): number {
  if (decoder.isText(EVENT_EXPIRY_REASON, EXCHANGE_CANCELED)) return REASON.canceledByVenue;
  if (decoder.isText(EVENT_EXPIRY_REASON, PRICE_RANGE)) return REASON.priceBand;
  if (decoder.has(EVENT_EXPIRY_REASON)) return REASON.expiredUnfilled;
  return decoder.isText(TIME_IN_FORCE_KEY, GTC) ? REASON.canceledByVenue : REASON.expiredUnfilled;
}

function rejectReason(decoder: UserDataDecoder): number {
  if (decoder.isText(REJECT_REASON, NO_BALANCE)) return REASON.insufficientBalance;
  if (decoder.isText(REJECT_REASON, WOULD_MATCH)) return REASON.wouldTake;
  return REASON.venueRejected;
}
