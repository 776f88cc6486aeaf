// hot path: no allocation after start (requests excepted, a few a minute)
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { VenueContext } from '../../../engine/execution/venue-port.ts';
import type { ReportStreamOwner } from '../session/report-stream.ts';
import { ReportStream } from '../session/report-stream.ts';
import type { GatewayOptions } from '../venue-descriptor.ts';
import type { AccountAsker } from './account-desk.ts';
import { AccountSetup } from './account-setup.ts';
import { CancelGuard } from './cancel-guard.ts';
import type { GatewayParts } from './private-protocol.ts';

/** What an order connection does not bring where the venue has it: reports of their own, settings, the dead-man switch. */
export class AccountSide {
  private readonly reports: ReportStream | null;
  private readonly setup: AccountSetup | null;
  private readonly guard: CancelGuard | null;

  constructor(
    options: GatewayOptions,
    context: VenueContext,
    parts: GatewayParts,
    desk: AccountAsker,
    owner: ReportStreamOwner,
  ) {
    const { reports, guard, prepare } = parts;
    const mayChange = options.isReadOnly !== true;
    const streamOptions = { ...options, url: options.endpoints.stream };
    this.reports = reports === null ? null : new ReportStream(context, reports, desk, streamOptions, owner);
    this.setup = prepare !== null && mayChange ? new AccountSetup(context, prepare, desk) : null;
    this.guard =
      guard !== null && mayChange ? new CancelGuard(context, guard, desk, options.isHealthy) : null;
  }

  /** Whether reports would be heard, the account is fit and the switch is set, where there are such things. */
  get isReady(): boolean {
    const { reports, setup, guard } = this;
    return (
      (reports === null || reports.isHeard) &&
      (setup === null || setup.isDone) &&
      (guard === null || guard.isSet)
    );
  }

  /** Does what is due, once the venue's clock is known; the work count. */
  doWork(nowNs: number): number {
    let work = 0;
    if (this.reports !== null) work += this.reports.doWork(nowNs);
    if (this.setup !== null) work += this.setup.doWork(nowNs);
    if (this.guard !== null) work += this.guard.doWork(nowNs);
    return work;
  }

  addInstrument(instrument: Instrument): void {
    this.guard?.addInstrument(instrument);
  }

  /** The venue ended the reports; false when they come over the order connection. */
  reportsEnded(): boolean {
    if (this.reports === null) return false;
    this.reports.keyEnded();
    return true;
  }

  dropConnection(): void {
    this.reports?.dropConnection();
  }

  /** Takes the switch back: an engine that ends by itself leaves the account to others. */
  async close(): Promise<void> {
    this.reports?.close();
    await this.guard?.close();
  }
}
