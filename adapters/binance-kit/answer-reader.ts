// hot path: no allocation after start
import type { VenueContext } from '../../engine/execution/venue-port.ts';
import { REASON } from '../../engine/messages/enums.ts';
import type { ErrorRule, ErrorTable } from '../venue-kit/gateway/error-table.ts';
import type { ReportLookup } from '../venue-kit/gateway/report-lookup.ts';
import type { RequestOutcomes } from '../venue-kit/gateway/request-outcomes.ts';
import { REQUEST_KIND } from '../venue-kit/request/in-flight-table.ts';
import type { PrivateDecoder } from './private-decoder.ts';
import { AT_ERROR, AT_RESULT, AT_STATUS, RESULT } from './private-decoder.ts';

const CANCELED: Uint8Array = Buffer.from('CANCELED');

/**
 * Finds in answers of the WebSocket API what became of placements and cancels. One thread; nothing here allocates.
 */
export class AnswerReader<Decoder extends PrivateDecoder = PrivateDecoder> {
  protected readonly outcomes: RequestOutcomes;
  private readonly orders: VenueContext['orders'];
  private readonly lookup: ReportLookup;
  private readonly errors: ErrorTable;
  private readonly timeAt: number;
  /** Venue error code of the answer last read; 0 = none. */
  lastCode: number;

  /** @param timeAt RESULT.transactTime or RESULT.updateTime: where the venue says when it happened */
  constructor(
    context: VenueContext,
    lookup: ReportLookup,
    outcomes: RequestOutcomes,
    errors: ErrorTable,
    timeAt: number,
  ) {
    this.outcomes = outcomes;
    this.orders = context.orders;
    this.lookup = lookup;
    this.errors = errors;
    this.timeAt = timeAt;
    this.lastCode = 0;
  }

  /** Tells what the answer `decoder` has just scanned from `bytes` says of the request at this place, which it ends. */
  read(decoder: Decoder, bytes: Uint8Array, at: number, recvNs: number): void {
    const { outcomes } = this;
    outcomes.take(at);
    const { kind, slot } = outcomes;
    const status = decoder.integer(AT_STATUS);
    this.lastCode = this.codeAt(decoder, AT_ERROR);
    if (kind === REQUEST_KIND.replace) this.readReplace(decoder, bytes, status, recvNs);
    else if (status === 200 && kind === REQUEST_KIND.place) this.accept(decoder, AT_RESULT, slot, recvNs);
    else if (status === 200) this.cancel(decoder, AT_RESULT, slot, recvNs);
    else {
      const rule = this.ruleAt(decoder, bytes, AT_ERROR, status);
      if (kind === REQUEST_KIND.cancel) outcomes.cancelRefused(slot, rule, this.lastCode, recvNs);
      else outcomes.refused(slot, rule, this.lastCode, recvNs);
    }
  }

  /** The answer to a replace, which not every venue has. */
  protected readReplace(_decoder: Decoder, _bytes: Uint8Array, _status: number, recvNs: number): void {
    const { outcomes } = this;
    outcomes.doubt(outcomes.replaced, REASON.ackTimeout, this.lastCode, recvNs);
    outcomes.doubt(outcomes.slot, REASON.ackTimeout, this.lastCode, recvNs);
  }

  protected accept(decoder: Decoder, base: number, slot: number, recvNs: number): void {
    const orderId = decoder.integer(base + RESULT.orderId);
    this.outcomes.accepted(slot, orderId, decoder.integer(base + this.timeAt), recvNs);
  }

  protected cancel(decoder: Decoder, base: number, slot: number, recvNs: number): void {
    if (slot < 0) return;
    const isCanceled = decoder.isText(base + RESULT.status, CANCELED);
    const place = base + RESULT.executedQty;
    const lots = isCanceled ? this.lookup.lots(decoder, place, this.orders.instrumentIndex[slot]) : NaN;
    this.outcomes.canceled(slot, lots, decoder.integer(base + this.timeAt), recvNs);
  }

  protected ruleAt(decoder: Decoder, bytes: Uint8Array, base: number, status: number): ErrorRule {
    const message = base + RESULT.msg;
    const code = this.codeAt(decoder, base);
    return this.errors.classify(status, code, bytes, decoder.fromOf(message), decoder.toOf(message));
  }

  protected codeAt(decoder: Decoder, base: number): number {
    const code = decoder.integer(base + RESULT.code);
    return code === code ? code : 0;
  }
}
