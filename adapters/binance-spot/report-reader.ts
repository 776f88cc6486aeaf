// hot path: no allocation after start
import { placesByIndex } from '../../engine/core/instrument.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import type { VenueContext, VenueEvents } from '../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../engine/execution/venue-port.ts';
import type { CounterBlock } from '../../engine/ipc/counters.ts';
import { ORDER_STATE, REASON, SIDE } from '../../engine/messages/enums.ts';
import type { ClientIdReader } from '../venue-kit/request/client-id.ts';
import { baseFeeToCash, COMMISSION_DECIMALS, quoteFeeToCash } from '../venue-kit/account/fee-cash.ts';
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
  private readonly instruments: readonly Instrument[];
  private readonly symbols: Uint8Array[];
  private readonly baseAssets: Uint8Array[];
  private readonly quoteAssets: Uint8Array[];
  private readonly orders: VenueContext['orders'];
  private readonly events: VenueEvents;
  private readonly counters: CounterBlock;
  private readonly clientIds: ClientIdReader;
  private readonly places: Int32Array;
  /** Place of the last report's instrument: most reports are of the same one as the report before. */
  private lastPlace: number;

  constructor(context: VenueContext, clientIds: ClientIdReader) {
    const { instruments } = context;
    this.instruments = instruments;
    this.symbols = instruments.map((instrument) => text(instrument.symbol));
    this.baseAssets = instruments.map((instrument) => text(instrument.baseAsset));
    this.quoteAssets = instruments.map((instrument) => text(instrument.quoteAsset));
    this.orders = context.orders;
    this.events = context.events;
    this.counters = context.counters;
    this.clientIds = clientIds;
    this.places = placesByIndex(instruments);
    this.lastPlace = 0;
  }

  /** Takes in the instrument that was last added to the context's list. */
  addInstrument(instrument: Instrument): void {
    this.places[instrument.index] = this.symbols.length;
    this.symbols.push(text(instrument.symbol));
    this.baseAssets.push(text(instrument.baseAsset));
    this.quoteAssets.push(text(instrument.quoteAsset));
  }

  /** Passes on the report `decoder` has just scanned from `bytes`. */
  read(decoder: UserDataDecoder, bytes: Uint8Array, recvNs: number): void {
    this.counters.increment(VENUE_COUNTER.venueReports);
    const instrumentIndex = this.instrumentOf(decoder);
    if (instrumentIndex < 0) {
      this.counters.increment(VENUE_COUNTER.venueOtherInstruments);
      return;
    }
    const orderId = decoder.integer(ORDER_ID);
    const timeMs = decoder.integer(TRANSACT_TIME);
    const slot = this.slotOf(decoder, bytes, instrumentIndex, orderId);
    if (!(orderId > 0) || !(timeMs > 0)) {
      this.lose(slot, recvNs);
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
    const cumQtyLots = this.lots(decoder, CUM_QTY, instrumentIndex);
    if (!(cumQtyLots >= 0)) {
      this.lose(slot, recvNs);
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
      this.lose(slot, recvNs);
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
    const instrument = this.instruments[this.places[instrumentIndex]];
    const priceTicks = decoder.units(LAST_PRICE, instrument.priceDecimals) / instrument.tickUnits;
    const qtyLots = this.lots(decoder, LAST_QTY, instrumentIndex);
    const cumQtyLots = this.lots(decoder, CUM_QTY, instrumentIndex);
    const tradeId = decoder.integer(TRADE_ID);
    const side = decoder.isText(SIDE_KEY, BUY) ? SIDE.buy : decoder.isText(SIDE_KEY, SELL) ? SIDE.sell : 0;
    const isReadable =
      Number.isInteger(priceTicks) &&
      qtyLots > 0 &&
      tradeId >= 0 &&
      side !== 0 &&
      decoder.isBoolean(IS_MAKER);
    if (!isReadable) {
      this.lose(slot, recvNs);
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
      this.feeCash(decoder, instrumentIndex, priceTicks),
      cumQtyLots > 0 ? cumQtyLots : 0,
      decoder.isTrue(IS_MAKER) ? 1 : 0,
      timeMs,
      recvNs,
    );
  }

  private feeCash(decoder: UserDataDecoder, instrumentIndex: number, priceTicks: number): number {
    const feeUnits = decoder.units(COMMISSION, COMMISSION_DECIMALS);
    if (feeUnits === 0) return 0;
    const instrument = this.instruments[this.places[instrumentIndex]];
    if (feeUnits === feeUnits) {
      if (decoder.isText(COMMISSION_ASSET, this.quoteAssets[this.places[instrumentIndex]])) {
        return quoteFeeToCash(instrument, feeUnits);
      }
      if (decoder.isText(COMMISSION_ASSET, this.baseAssets[this.places[instrumentIndex]])) {
        return baseFeeToCash(instrument, feeUnits, priceTicks);
      }
    }
    this.counters.increment(VENUE_COUNTER.venueFeesUnconverted);
    return 0;
  }

  /** A size in lots; NaN when it is none. */
  private lots(decoder: UserDataDecoder, place: number, instrumentIndex: number): number {
    const instrument = this.instruments[this.places[instrumentIndex]];
    const lots = decoder.units(place, instrument.qtyDecimals) / instrument.lotUnits;
    return Number.isInteger(lots) ? lots : NaN;
  }

  /** A report that cannot be read: if it is of an order of ours, the venue has to be asked about it. */
  private lose(slot: number, recvNs: number): void {
    this.counters.increment(VENUE_COUNTER.venueMalformedFrames);
    if (slot >= 0) this.events.onAmbiguous(slot, REASON.ackTimeout, 0, recvNs);
  }

  private instrumentOf(decoder: UserDataDecoder): number {
    const { symbols, instruments } = this;
    if (symbols.length > 0 && decoder.isText(SYMBOL, symbols[this.lastPlace]))
      return instruments[this.lastPlace].index;
    for (let place = 0; place < symbols.length; place++) {
      if (!decoder.isText(SYMBOL, symbols[place])) continue;
      this.lastPlace = place;
      return instruments[place].index;
    }
    return -1;
  }

  /** `c` is ours until the order is cancelled or amended by somebody else; then `C` is. */
  private slotOf(
    decoder: UserDataDecoder,
    bytes: Uint8Array,
    instrumentIndex: number,
    orderId: number,
  ): number {
    let intentSeq = this.clientIds.intentSeq(bytes, decoder.fromOf(CLIENT_ID), decoder.toOf(CLIENT_ID));
    if (intentSeq === 0) {
      intentSeq = this.clientIds.intentSeq(bytes, decoder.fromOf(ORIGINAL_ID), decoder.toOf(ORIGINAL_ID));
    }
    if (intentSeq !== 0) return this.orders.slotOfIntent(intentSeq);
    return orderId > 0 ? this.orders.slotOfVenueOrder(instrumentIndex, orderId) : -1;
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
