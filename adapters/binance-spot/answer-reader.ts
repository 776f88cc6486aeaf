// hot path: no allocation after start
import type { Instrument } from '../../engine/core/instrument.ts';
import { placesByIndex } from '../../engine/core/instrument.ts';
import type { VenueContext } from '../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../engine/execution/venue-port.ts';
import { ORDER_STATE, REASON } from '../../engine/messages/enums.ts';
import type { ErrorRule } from './error-codes.ts';
import { CERTAINTY, classifyError } from './error-codes.ts';
import type { InFlightTable } from '../venue-kit/request/in-flight-table.ts';
import { REQUEST_KIND } from '../venue-kit/request/in-flight-table.ts';
import type { UserDataDecoder } from './user-data-decoder.ts';
import {
  AT_CANCEL,
  AT_CANCEL_RESULT,
  AT_ERROR,
  AT_NEW,
  AT_NEW_RESULT,
  AT_RESULT,
  AT_STATUS,
  RESULT,
} from './user-data-decoder.ts';

const text = (characters: string): Uint8Array => Buffer.from(characters);

const CANCELED = text('CANCELED');
const SUCCESS = text('SUCCESS');
const FAILURE = text('FAILURE');

/** cancelReplace: one part failed, both failed; the details stand in `error.data`. */
const PARTLY_FAILED = -2021;
const BOTH_FAILED = -2022;

/** Turns answers to order requests into the owner's events. One thread; nothing here allocates. */
export class AnswerReader {
  private readonly context: VenueContext;
  private readonly inFlight: InFlightTable;
  private readonly places: Int32Array;
  /** Venue error code of the answer last read; 0 = none. */
  lastCode: number;

  constructor(context: VenueContext, inFlight: InFlightTable) {
    this.context = context;
    this.inFlight = inFlight;
    this.places = placesByIndex(context.instruments);
    this.lastCode = 0;
  }

  /** The context's list has an instrument more. */
  addInstrument({ index }: Instrument): void {
    this.places[index] = this.context.instruments.length - 1;
  }

  /** Passes on the answer `decoder` has just scanned from `bytes` to the request at this place, which it ends. */
  read(decoder: UserDataDecoder, bytes: Uint8Array, at: number, recvNs: number): void {
    const slot = this.slotOf(this.inFlight.slot[at], this.inFlight.intentSeq[at]);
    const replaced = this.slotOf(this.inFlight.replacedSlot[at], this.inFlight.replacedIntentSeq[at]);
    const kind = this.inFlight.remove(at);
    const status = decoder.integer(AT_STATUS);
    const code = decoder.has(AT_ERROR + RESULT.code) ? decoder.integer(AT_ERROR + RESULT.code) : 0;
    this.lastCode = code === code ? code : 0;
    if (status === 200) {
      if (kind === REQUEST_KIND.place) this.accept(decoder, AT_RESULT, slot, recvNs);
      else if (kind === REQUEST_KIND.cancel) this.cancel(decoder, AT_RESULT, slot, recvNs);
      else {
        this.cancel(decoder, AT_CANCEL, replaced, recvNs);
        this.accept(decoder, AT_NEW, slot, recvNs);
      }
      return;
    }
    if (kind === REQUEST_KIND.replace && (this.lastCode === PARTLY_FAILED || this.lastCode === BOTH_FAILED)) {
      this.partial(decoder, bytes, status, slot, replaced, recvNs);
      return;
    }
    const rule = this.ruleAt(decoder, bytes, AT_ERROR, status);
    if (kind === REQUEST_KIND.cancel) this.refuseCancel(rule, slot, this.lastCode, recvNs);
    else {
      if (kind === REQUEST_KIND.replace) this.refuseCancel(rule, replaced, this.lastCode, recvNs);
      this.refuse(rule, slot, this.lastCode, recvNs);
    }
  }

  /** Ends a request whose outcome will not be told. */
  giveUp(at: number, reason: number, recvNs: number): void {
    const slot = this.slotOf(this.inFlight.slot[at], this.inFlight.intentSeq[at]);
    const replaced = this.slotOf(this.inFlight.replacedSlot[at], this.inFlight.replacedIntentSeq[at]);
    this.inFlight.remove(at);
    this.doubt(replaced, reason, 0, recvNs);
    this.doubt(slot, reason, 0, recvNs);
  }

  private partial(
    decoder: UserDataDecoder,
    bytes: Uint8Array,
    status: number,
    slot: number,
    replaced: number,
    recvNs: number,
  ): void {
    const cancelCode = this.codeAt(decoder, AT_CANCEL);
    if (decoder.isText(AT_CANCEL_RESULT, SUCCESS)) this.cancel(decoder, AT_CANCEL, replaced, recvNs);
    else if (decoder.isText(AT_CANCEL_RESULT, FAILURE)) {
      this.refuseCancel(this.ruleAt(decoder, bytes, AT_CANCEL, status), replaced, cancelCode, recvNs);
    } else this.doubt(replaced, REASON.ackTimeout, this.lastCode, recvNs);
    if (decoder.isText(AT_NEW_RESULT, SUCCESS)) this.accept(decoder, AT_NEW, slot, recvNs);
    else if (decoder.isText(AT_NEW_RESULT, FAILURE)) {
      this.refuse(this.ruleAt(decoder, bytes, AT_NEW, status), slot, this.codeAt(decoder, AT_NEW), recvNs);
    } else if (decoder.has(AT_NEW_RESULT)) {
      /* NOT_ATTEMPTED: the order to replace could not be cancelled. */
      this.context.counters.increment(VENUE_COUNTER.venueRejects);
      if (slot >= 0) this.context.events.onRejected(slot, REASON.tooLateToCancel, cancelCode, recvNs);
    } else this.doubt(slot, REASON.ackTimeout, this.lastCode, recvNs);
  }

  private accept(decoder: UserDataDecoder, base: number, slot: number, recvNs: number): void {
    const orderId = decoder.integer(base + RESULT.orderId);
    const timeMs = decoder.integer(base + RESULT.transactTime);
    if (!(orderId > 0) || !(timeMs > 0)) {
      this.misread(slot, recvNs);
      return;
    }
    this.context.counters.increment(VENUE_COUNTER.venueAcks);
    if (slot >= 0) this.context.events.onAccepted(slot, orderId, timeMs, recvNs);
  }

  private cancel(decoder: UserDataDecoder, base: number, slot: number, recvNs: number): void {
    if (slot < 0) return;
    const { instruments, orders } = this.context;
    const instrument = instruments[this.places[orders.instrumentIndex[slot]]];
    const units = decoder.units(base + RESULT.executedQty, instrument.qtyDecimals);
    const cumQtyLots = units / instrument.lotUnits;
    const timeMs = decoder.integer(base + RESULT.transactTime);
    if (!Number.isInteger(cumQtyLots) || !(timeMs > 0) || !decoder.isText(base + RESULT.status, CANCELED)) {
      this.misread(slot, recvNs);
      return;
    }
    this.context.events.onEnded(slot, ORDER_STATE.canceled, REASON.none, cumQtyLots, timeMs, recvNs);
  }

  private refuse(rule: ErrorRule, slot: number, code: number, recvNs: number): void {
    if (rule.certainty === CERTAINTY.ambiguous) {
      this.doubt(slot, rule.reason, code, recvNs);
      return;
    }
    this.context.counters.increment(VENUE_COUNTER.venueRejects);
    if (slot >= 0) this.context.events.onRejected(slot, rule.reason, code, recvNs);
  }

  private refuseCancel(rule: ErrorRule, slot: number, code: number, recvNs: number): void {
    if (rule.certainty === CERTAINTY.ambiguous) {
      this.doubt(slot, rule.reason, code, recvNs);
      return;
    }
    this.context.counters.increment(VENUE_COUNTER.venueRejects);
    if (slot >= 0) this.context.events.onCancelRejected(slot, rule.reason, code, recvNs);
  }

  /** A success that cannot be read: the request had its effect, so the venue is asked what it was. */
  private misread(slot: number, recvNs: number): void {
    this.context.counters.increment(VENUE_COUNTER.venueMalformedFrames);
    this.doubt(slot, REASON.ackTimeout, 0, recvNs);
  }

  private doubt(slot: number, reason: number, code: number, recvNs: number): void {
    if (slot < 0) return;
    this.context.counters.increment(VENUE_COUNTER.venueAmbiguous);
    this.context.events.onAmbiguous(slot, reason, code, recvNs);
  }

  private ruleAt(decoder: UserDataDecoder, bytes: Uint8Array, base: number, status: number): ErrorRule {
    const message = base + RESULT.msg;
    const code = this.codeAt(decoder, base);
    return classifyError(status, code, bytes, decoder.fromOf(message), decoder.toOf(message));
  }

  private codeAt(decoder: UserDataDecoder, base: number): number {
    const code = decoder.integer(base + RESULT.code);
    return code === code ? code : 0;
  }

  /** The slot, if it still holds the order the request was about; -1 otherwise. */
  private slotOf(slot: number, intentSeq: number): number {
    return slot >= 0 && this.context.orders.intentSeq[slot] === intentSeq ? slot : -1;
  }
}
