// hot path: no allocation after start (requests excepted, at start and for an added instrument)
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { VenueContext } from '../../../engine/execution/venue-port.ts';
import type { AccountAsker } from './account-desk.ts';

/**
 * Makes the account fit for trading these instruments, or says in a sentence why it is not; null = it is. '' = no answer:
 * asked again soon.
 */
export type PrepareAccount = (
  desk: AccountAsker,
  instruments: readonly Instrument[],
) => Promise<string | null>;

const RETRY_NS = 1e9;
/** A person has to change something first. */
const UNFIT_RETRY_NS = 10e9;
/** Code of the error log. */
const ACCOUNT_UNFIT = 5004;

/** Prepares the account at start and when an instrument is added; no order leaves before. One thread. */
export class AccountSetup {
  isDone: boolean;
  private readonly context: VenueContext;
  private readonly prepare: PrepareAccount;
  private readonly desk: AccountAsker;
  private readonly dueNs: Float64Array = new Float64Array(1);
  private doneCount: number;
  private isAsking: boolean;

  constructor(context: VenueContext, prepare: PrepareAccount, desk: AccountAsker) {
    this.isDone = false;
    this.context = context;
    this.prepare = prepare;
    this.desk = desk;
    this.doneCount = 0;
    this.isAsking = false;
  }

  /** Asks when that is due; the work count. */
  doWork(nowNs: number): number {
    this.isDone = this.doneCount === this.context.instruments.length;
    if (this.isDone || this.isAsking || nowNs < this.dueNs[0]) return 0;
    this.isAsking = true;
    void this.ask();
    return 1;
  }

  private async ask(): Promise<void> {
    const { clock, errors, instruments, kick } = this.context;
    const count = instruments.length;
    const problem = await this.prepare(this.desk, instruments.slice(this.doneCount));
    const nowNs = clock.nowNs();
    this.isAsking = false;
    this.dueNs[0] = nowNs + RETRY_NS;
    if (problem === null) this.doneCount = count;
    else if (problem !== '') {
      this.dueNs[0] = nowNs + UNFIT_RETRY_NS;
      errors.record(ACCOUNT_UNFIT, `ACCOUNT_UNFIT ${problem}`, nowNs);
    }
    kick();
  }
}
