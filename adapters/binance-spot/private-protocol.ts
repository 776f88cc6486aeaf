// hot path: no allocation after start
import type { VenueContext } from '../../engine/execution/venue-port.ts';
import { AT_ID, AT_RETRY_AFTER, AT_STATUS } from '../binance-kit/private-decoder.ts';
import { TIMESTAMP_REFUSED } from '../binance-kit/ws-api-session.ts';
import type { PrivateProtocol } from '../venue-kit/gateway/private-protocol.ts';
import { PRIVATE_EVENT } from '../venue-kit/gateway/private-protocol.ts';
import type { ReportLookup } from '../venue-kit/gateway/report-lookup.ts';
import type { RequestOutcomes } from '../venue-kit/gateway/request-outcomes.ts';
import type { StatedLimits } from '../venue-kit/limits/stated-limits.ts';
import { ReplaceReader } from './replace-reader.ts';
import { ReportReader } from './report-reader.ts';
import { UserDataDecoder } from './user-data-decoder.ts';

/** Events that report no order (user-data-stream.md). */
const EVENTS: ReadonlyMap<string, number> = new Map([
  ['outboundAccountPosition', PRIVATE_EVENT.account],
  ['balanceUpdate', PRIVATE_EVENT.account],
  ['externalLockUpdate', PRIVATE_EVENT.account],
  ['eventStreamTerminated', PRIVATE_EVENT.reportsEnded],
  ['serverShutdown', PRIVATE_EVENT.goingDown],
  ['listStatus', PRIVATE_EVENT.outside],
]);

/** Private frames of Binance Spot: answers of the WebSocket API and events of the user data stream. One thread. */
export class BinanceSpotPrivate implements PrivateProtocol {
  readonly limits: StatedLimits;
  private readonly decoder: UserDataDecoder = new UserDataDecoder();
  private readonly answers: ReplaceReader;
  private readonly reports: ReportReader;

  constructor(context: VenueContext, lookup: ReportLookup, outcomes: RequestOutcomes) {
    this.limits = this.decoder.limits;
    this.answers = new ReplaceReader(context, lookup, outcomes);
    this.reports = new ReportReader(context, lookup);
  }

  get isClockRefused(): boolean {
    return this.answers.lastCode === TIMESTAMP_REFUSED;
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
