// hot path: no allocation after start
import type { VenueContext } from '../../engine/execution/venue-port.ts';
import { AnswerReader } from '../binance-kit/answer-reader.ts';
import { AT_ID, AT_RETRY_AFTER, AT_STATUS, RESULT } from '../binance-kit/private-decoder.ts';
import type { PrivateProtocol } from '../venue-kit/gateway/private-protocol.ts';
import { PRIVATE_EVENT } from '../venue-kit/gateway/private-protocol.ts';
import type { ReportLookup } from '../venue-kit/gateway/report-lookup.ts';
import type { RequestOutcomes } from '../venue-kit/gateway/request-outcomes.ts';
import type { StatedLimits } from '../venue-kit/limits/stated-limits.ts';
import { BINANCE_USDM_ERRORS, isTimestampRefused } from './error-codes.ts';
import { UsdmDecoder } from './frame-decoder.ts';
import { ReportReader } from './report-reader.ts';

/**
 * Events that report no order ("User Data Streams"). TRADE_LITE is a fill told early, without fee and total: the order
 * update that follows says all of it. Conditional orders and strategies of the venue are not ours.
 */
const EVENTS: ReadonlyMap<string, number> = new Map([
  ['ACCOUNT_UPDATE', PRIVATE_EVENT.account],
  ['ACCOUNT_CONFIG_UPDATE', PRIVATE_EVENT.account],
  ['MARGIN_CALL', PRIVATE_EVENT.marginCall],
  ['TRADE_LITE', PRIVATE_EVENT.nothing],
  ['listenKeyExpired', PRIVATE_EVENT.reportsEnded],
  ['serverShutdown', PRIVATE_EVENT.goingDown],
  ['ALGO_UPDATE', PRIVATE_EVENT.outside],
  ['CONDITIONAL_ORDER_TRIGGER_REJECT', PRIVATE_EVENT.outside],
  ['STRATEGY_UPDATE', PRIVATE_EVENT.outside],
  ['GRID_UPDATE', PRIVATE_EVENT.outside],
]);

/** Private frames of Binance USD-M futures: answers of the WebSocket API and events of the private stream. One thread. */
export class BinanceUsdmPrivate implements PrivateProtocol {
  readonly limits: StatedLimits;
  private readonly decoder: UsdmDecoder = new UsdmDecoder();
  private readonly answers: AnswerReader<UsdmDecoder>;
  private readonly reports: ReportReader;

  constructor(context: VenueContext, lookup: ReportLookup, outcomes: RequestOutcomes) {
    this.limits = this.decoder.limits;
    this.answers = new AnswerReader(context, lookup, outcomes, BINANCE_USDM_ERRORS, RESULT.updateTime);
    this.reports = new ReportReader(context, lookup);
  }

  get isClockRefused(): boolean {
    return isTimestampRefused(this.answers.lastCode);
  }

  decode(bytes: Uint8Array, from: number, end: number): number {
    return this.decoder.decode(bytes, from, end);
  }

  requestId(): number {
    return this.decoder.integer(AT_ID);
  }

  status(): number {
    return this.decoder.integer(AT_STATUS);
  }

  retryAtMs(): number {
    return this.decoder.integer(AT_RETRY_AFTER);
  }

  readAnswer(bytes: Uint8Array, at: number, recvNs: number): void {
    this.answers.read(this.decoder, bytes, at, recvNs);
  }

  readReport(bytes: Uint8Array, recvNs: number): void {
    this.reports.read(this.decoder, bytes, recvNs);
  }

  eventOf(bytes: Buffer): number {
    return EVENTS.get(this.decoder.eventName(bytes)) ?? PRIVATE_EVENT.unknown;
  }
}
