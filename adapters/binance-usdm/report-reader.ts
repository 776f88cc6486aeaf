// hot path: no allocation after start
import type { VenueContext, VenueEvents } from '../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../engine/execution/venue-port.ts';
import type { CounterBlock } from '../../engine/ipc/counters.ts';
import { ORDER_STATE, REASON, SIDE } from '../../engine/messages/enums.ts';
import type { ReportLookup } from '../venue-kit/gateway/report-lookup.ts';
import type { UsdmDecoder } from './frame-decoder.ts';
import { EVENT_EXPIRY_REASON } from './frame-decoder.ts';

/* One-letter keys of the order in an ORDER_TRADE_UPDATE ("Event: Order Update"). */
const SYMBOL = 0x73; // s
const CLIENT_ID = 0x63; // c
const SIDE_KEY = 0x53; // S
const TIME_IN_FORCE_KEY = 0x66; // f
const EXECUTION_TYPE = 0x78; // x
const STATUS = 0x58; // X
const ORDER_ID = 0x69; // i
const LAST_QTY = 0x6c; // l
const CUM_QTY = 0x7a; // z
const LAST_PRICE = 0x4c; // L
const COMMISSION = 0x6e; // n
const COMMISSION_ASSET = 0x4e; // N
const TRADE_TIME = 0x54; // T
const TRADE_ID = 0x74; // t
const IS_MAKER = 0x6d; // m

const text = (characters: string): Uint8Array => Buffer.from(characters);

const NEW = text('NEW');
const TRADE = text('TRADE');
const CALCULATED = text('CALCULATED');
const CANCELED = text('CANCELED');
const EXPIRED = text('EXPIRED');
const AMENDMENT = text('AMENDMENT');
const EXPIRED_IN_MATCH = text('EXPIRED_IN_MATCH');
const GTC = text('GTC');
const POST_ONLY = text('GTX');
const BUY = text('BUY');
const SELL = text('SELL');

/** Client ids by which the venue's own orders are known: liquidation, deleveraging, settlement. */
const FORCED: readonly Uint8Array[] = [
  text('autoclose-'),
  text('adl_autoclose'),
  text('settlement_autoclose-'),
];

/** `er`, as digits: how an order came to expire. */
const BY_SELF_TRADE = 0x31;
const IOC_REST = 0x32;
const IOC_REST_SELF_TRADE = 0x33;

/** Turns scanned order updates into the owner's events. One thread; nothing here allocates. */
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
  read(decoder: UsdmDecoder, bytes: Uint8Array, recvNs: number): void {
    const { counters, lookup } = this;
    counters.increment(VENUE_COUNTER.venueReports);
    const instrumentIndex = lookup.instrumentOf(decoder, SYMBOL);
    if (instrumentIndex < 0) {
      counters.increment(VENUE_COUNTER.venueOtherInstruments);
      return;
    }
    const orderId = decoder.integer(ORDER_ID);
    const timeMs = decoder.integer(TRADE_TIME);
    const slot = lookup.slotOf(lookup.intentOf(decoder, bytes, CLIENT_ID), instrumentIndex, orderId);
    if (!(orderId > 0) || !(timeMs > 0)) {
      lookup.lose(slot, recvNs);
      return;
    }
    if (slot < 0) counters.increment(VENUE_COUNTER.venueOutsideReports);
    const isForced = decoder.isText(EXECUTION_TYPE, CALCULATED);
    if (decoder.isText(EXECUTION_TYPE, TRADE) || (isForced && decoder.integer(TRADE_ID) > 0)) {
      if (slot < 0 && isForcedId(decoder, bytes)) counters.increment(VENUE_COUNTER.venueForcedTrades);
      this.trade(decoder, slot, instrumentIndex, orderId, timeMs, recvNs);
      return;
    }
    if (slot < 0) return;
    if (decoder.isText(EXECUTION_TYPE, NEW)) this.events.onAccepted(slot, orderId, timeMs, recvNs);
    else this.end(decoder, slot, instrumentIndex, timeMs, recvNs);
  }

  private end(
    decoder: UsdmDecoder,
    slot: number,
    instrumentIndex: number,
    timeMs: number,
    recvNs: number,
  ): void {
    const { events, lookup } = this;
    const cumQtyLots = lookup.lots(decoder, CUM_QTY, instrumentIndex);
    if (!(cumQtyLots >= 0)) lookup.lose(slot, recvNs);
    else if (decoder.isText(EXECUTION_TYPE, CANCELED)) {
      events.onEnded(slot, ORDER_STATE.canceled, REASON.none, cumQtyLots, timeMs, recvNs);
    } else if (decoder.isText(EXECUTION_TYPE, EXPIRED)) {
      events.onEnded(slot, ORDER_STATE.expired, expiryReason(decoder), cumQtyLots, timeMs, recvNs);
    } else if (decoder.isText(EXECUTION_TYPE, AMENDMENT)) {
      /* Somebody else changed the order, which we never do: the venue is asked what it is now. */
      events.onAmbiguous(slot, REASON.none, 0, recvNs);
    } else lookup.lose(slot, recvNs);
  }

  private trade(
    decoder: UsdmDecoder,
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
      priceTicks > 0 && qtyLots > 0 && tradeId > 0 && side !== 0 && decoder.isBoolean(IS_MAKER);
    if (!isReadable) {
      lookup.lose(slot, recvNs);
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
      decoder.has(COMMISSION)
        ? lookup.feeCash(decoder, COMMISSION, COMMISSION_ASSET, instrumentIndex, priceTicks)
        : 0,
      cumQtyLots > 0 ? cumQtyLots : 0,
      decoder.isTrue(IS_MAKER) ? 1 : 0,
      timeMs,
      recvNs,
    );
  }
}

function isForcedId(decoder: UsdmDecoder, bytes: Uint8Array): boolean {
  const from = decoder.fromOf(CLIENT_ID);
  const length = decoder.toOf(CLIENT_ID) - from;
  for (let which = 0; which < FORCED.length; which++) {
    const prefix = FORCED[which];
    let at = 0;
    while (at < prefix.length && at < length && bytes[from + at] === prefix[at]) at++;
    if (at === prefix.length) return true;
  }
  return false;
}

/** Why an order expired, from `er` and the order's own time in force. */
function expiryReason(decoder: UsdmDecoder): number {
  if (decoder.isText(STATUS, EXPIRED_IN_MATCH)) return REASON.selfTrade;
  switch (decoder.byteAt(EVENT_EXPIRY_REASON)) {
    case BY_SELF_TRADE:
    case IOC_REST_SELF_TRADE:
      return REASON.selfTrade;
    case IOC_REST:
      return REASON.expiredUnfilled;
    default:
  }
  if (decoder.isText(TIME_IN_FORCE_KEY, POST_ONLY)) return REASON.wouldTake;
  return decoder.isText(TIME_IN_FORCE_KEY, GTC) ? REASON.canceledByVenue : REASON.expiredUnfilled;
}
