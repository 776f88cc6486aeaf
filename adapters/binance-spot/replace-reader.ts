// hot path: no allocation after start
import type { VenueContext } from '../../engine/execution/venue-port.ts';
import { REASON } from '../../engine/messages/enums.ts';
import { AnswerReader } from '../binance-kit/answer-reader.ts';
import { AT_ERROR, RESULT } from '../binance-kit/private-decoder.ts';
import type { ReportLookup } from '../venue-kit/gateway/report-lookup.ts';
import type { RequestOutcomes } from '../venue-kit/gateway/request-outcomes.ts';
import { BINANCE_SPOT_ERRORS } from './error-codes.ts';
import type { UserDataDecoder } from './user-data-decoder.ts';
import { AT_CANCEL, AT_CANCEL_RESULT, AT_NEW, AT_NEW_RESULT } from './user-data-decoder.ts';

const text = (characters: string): Uint8Array => Buffer.from(characters);

const SUCCESS = text('SUCCESS');
const FAILURE = text('FAILURE');

/** cancelReplace: one part failed, both failed; the details stand in `error.data`. */
const PARTLY_FAILED = -2021;
const BOTH_FAILED = -2022;

/** Answers of Binance Spot: those of Binance's, and of a cancelReplace, whose two parts may end apart. One thread. */
export class ReplaceReader extends AnswerReader<UserDataDecoder> {
  constructor(context: VenueContext, lookup: ReportLookup, outcomes: RequestOutcomes) {
    super(context, lookup, outcomes, BINANCE_SPOT_ERRORS, RESULT.transactTime);
  }

  protected override readReplace(
    decoder: UserDataDecoder,
    bytes: Uint8Array,
    status: number,
    recvNs: number,
  ): void {
    const { outcomes, lastCode } = this;
    const { slot, replaced } = outcomes;
    if (status === 200) {
      this.cancel(decoder, AT_CANCEL, replaced, recvNs);
      this.accept(decoder, AT_NEW, slot, recvNs);
    } else if (lastCode === PARTLY_FAILED || lastCode === BOTH_FAILED) {
      this.readCancel(decoder, bytes, status, recvNs);
      this.readPlacement(decoder, bytes, status, recvNs);
    } else {
      const rule = this.ruleAt(decoder, bytes, AT_ERROR, status);
      outcomes.cancelRefused(replaced, rule, lastCode, recvNs);
      outcomes.refused(slot, rule, lastCode, recvNs);
    }
  }

  private readCancel(decoder: UserDataDecoder, bytes: Uint8Array, status: number, recvNs: number): void {
    const { outcomes } = this;
    const { replaced } = outcomes;
    if (decoder.isText(AT_CANCEL_RESULT, SUCCESS)) this.cancel(decoder, AT_CANCEL, replaced, recvNs);
    else if (decoder.isText(AT_CANCEL_RESULT, FAILURE)) {
      const rule = this.ruleAt(decoder, bytes, AT_CANCEL, status);
      outcomes.cancelRefused(replaced, rule, this.codeAt(decoder, AT_CANCEL), recvNs);
    } else outcomes.doubt(replaced, REASON.ackTimeout, this.lastCode, recvNs);
  }

  private readPlacement(decoder: UserDataDecoder, bytes: Uint8Array, status: number, recvNs: number): void {
    const { outcomes } = this;
    const { slot } = outcomes;
    if (decoder.isText(AT_NEW_RESULT, SUCCESS)) this.accept(decoder, AT_NEW, slot, recvNs);
    else if (decoder.isText(AT_NEW_RESULT, FAILURE)) {
      const rule = this.ruleAt(decoder, bytes, AT_NEW, status);
      outcomes.refused(slot, rule, this.codeAt(decoder, AT_NEW), recvNs);
    } else if (decoder.has(AT_NEW_RESULT)) {
      outcomes.notAttempted(slot, this.codeAt(decoder, AT_CANCEL), recvNs);
    } else outcomes.doubt(slot, REASON.ackTimeout, this.lastCode, recvNs);
  }
}
