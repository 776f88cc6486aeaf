// hot path: no allocation after start
import type { VenueContext } from '../../engine/execution/venue-port.ts';
import { REASON } from '../../engine/messages/enums.ts';
import type { ErrorRule } from '../venue-kit/gateway/error-table.ts';
import type { ReportLookup } from '../venue-kit/gateway/report-lookup.ts';
import type { RequestOutcomes } from '../venue-kit/gateway/request-outcomes.ts';
import { REQUEST_KIND } from '../venue-kit/request/in-flight-table.ts';
import { BINANCE_SPOT_ERRORS } from './error-codes.ts';
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

/** Finds in answers to order requests what became of the orders. One thread; nothing here allocates. */
export class AnswerReader {
  private readonly orders: VenueContext['orders'];
  private readonly lookup: ReportLookup;
  private readonly outcomes: RequestOutcomes;
  /** Venue error code of the answer last read; 0 = none. */
  lastCode: number;

  constructor(context: VenueContext, lookup: ReportLookup, outcomes: RequestOutcomes) {
    this.orders = context.orders;
    this.lookup = lookup;
    this.outcomes = outcomes;
    this.lastCode = 0;
  }

  /** Tells what the answer `decoder` has just scanned from `bytes` says of the request at this place, which it ends. */
  read(decoder: UserDataDecoder, bytes: Uint8Array, at: number, recvNs: number): void {
    const { outcomes } = this;
    outcomes.take(at);
    const { kind, slot, replaced } = outcomes;
    const status = decoder.integer(AT_STATUS);
    this.lastCode = this.codeAt(decoder, AT_ERROR);
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
    if (kind === REQUEST_KIND.cancel) outcomes.cancelRefused(slot, rule, this.lastCode, recvNs);
    else {
      if (kind === REQUEST_KIND.replace) outcomes.cancelRefused(replaced, rule, this.lastCode, recvNs);
      outcomes.refused(slot, rule, this.lastCode, recvNs);
    }
  }

  private partial(
    decoder: UserDataDecoder,
    bytes: Uint8Array,
    status: number,
    slot: number,
    replaced: number,
    recvNs: number,
  ): void {
    const { outcomes } = this;
    const cancelCode = this.codeAt(decoder, AT_CANCEL);
    if (decoder.isText(AT_CANCEL_RESULT, SUCCESS)) this.cancel(decoder, AT_CANCEL, replaced, recvNs);
    else if (decoder.isText(AT_CANCEL_RESULT, FAILURE)) {
      outcomes.cancelRefused(replaced, this.ruleAt(decoder, bytes, AT_CANCEL, status), cancelCode, recvNs);
    } else outcomes.doubt(replaced, REASON.ackTimeout, this.lastCode, recvNs);
    if (decoder.isText(AT_NEW_RESULT, SUCCESS)) this.accept(decoder, AT_NEW, slot, recvNs);
    else if (decoder.isText(AT_NEW_RESULT, FAILURE)) {
      const rule = this.ruleAt(decoder, bytes, AT_NEW, status);
      outcomes.refused(slot, rule, this.codeAt(decoder, AT_NEW), recvNs);
    } else if (decoder.has(AT_NEW_RESULT)) outcomes.notAttempted(slot, cancelCode, recvNs);
    else outcomes.doubt(slot, REASON.ackTimeout, this.lastCode, recvNs);
  }

  private accept(decoder: UserDataDecoder, base: number, slot: number, recvNs: number): void {
    const orderId = decoder.integer(base + RESULT.orderId);
    this.outcomes.accepted(slot, orderId, decoder.integer(base + RESULT.transactTime), recvNs);
  }

  private cancel(decoder: UserDataDecoder, base: number, slot: number, recvNs: number): void {
    if (slot < 0) return;
    const isCanceled = decoder.isText(base + RESULT.status, CANCELED);
    const place = base + RESULT.executedQty;
    const lots = isCanceled ? this.lookup.lots(decoder, place, this.orders.instrumentIndex[slot]) : NaN;
    this.outcomes.canceled(slot, lots, decoder.integer(base + RESULT.transactTime), recvNs);
  }

  private ruleAt(decoder: UserDataDecoder, bytes: Uint8Array, base: number, status: number): ErrorRule {
    const message = base + RESULT.msg;
    const code = this.codeAt(decoder, base);
    return BINANCE_SPOT_ERRORS.classify(status, code, bytes, decoder.fromOf(message), decoder.toOf(message));
  }

  private codeAt(decoder: UserDataDecoder, base: number): number {
    const code = decoder.integer(base + RESULT.code);
    return code === code ? code : 0;
  }
}
