// hot path: no allocation after start
import type { PrepareAccount } from './account-setup.ts';
import type { CancelGuardWords } from './cancel-guard.ts';
import type { RateWindowSpec } from '../limits/rate-budget.ts';
import type { StatedLimits } from '../limits/stated-limits.ts';
import type { QueryProtocol } from '../query/query-protocol.ts';
import type { OrderWriter } from '../request/order-writer.ts';
import type { RestProtocol, RestSigner } from '../request/rest-client.ts';
import type { ReportStreamWords } from '../session/report-stream.ts';
import type { SessionProtocol } from '../session/session-protocol.ts';

/** What a private frame turned out to be. */
export const PRIVATE_FRAME = {
  /** The scanner does not understand it; it may still be JSON. */
  malformed: 0,
  /** A report of an order. */
  report: 1,
  /** Another event. */
  otherEvent: 2,
  /** Answer to a request. */
  response: 3,
  /** Valid JSON of another shape. */
  other: 4,
} as const;

/** What an event that reports no order means for the gateway. */
export const PRIVATE_EVENT = {
  /** Nothing that is known. */
  unknown: 0,
  /** The account changed in a way that positions do not follow. */
  account: 1,
  /** The venue ended the reports: they have to be asked for again. */
  reportsEnded: 2,
  /** The connection will be closed. */
  goingDown: 3,
  /** It belongs to orders of a kind that is not ours. */
  outside: 4,
  /** It is known and says nothing that another event does not say better. */
  nothing: 5,
  /** The venue asks for more margin: positions may be liquidated. */
  marginCall: 6,
} as const;

/**
 * A venue's words for private frames. After `decode` the other methods are about that frame, whose bytes must not change
 * meanwhile. Events go to the owner in the turn of the call. One thread.
 */
export interface PrivateProtocol {
  /** The limits that the answer last decoded states. */
  readonly limits: StatedLimits;
  /** Whether the answer last read refused the request because of its time stamp. */
  readonly isClockRefused: boolean;
  /** Scans one frame, `bytes[from..end)`; a PRIVATE_FRAME. */
  decode(bytes: Uint8Array, from: number, end: number): number;
  /** Of an answer: the id of its request; NaN when it names none. */
  requestId(): number;
  /** Of an answer: its status as HTTP has it. */
  status(): number;
  /** Of an answer: the venue's epoch ms until which nothing may be asked; NaN when it names none. */
  retryAtMs(): number;
  /** Tells what the answer says of the request at this place of the in-flight table, and takes it out. */
  readAnswer(bytes: Uint8Array, at: number, recvNs: number): void;
  /** Tells what a report says. */
  readReport(bytes: Uint8Array, recvNs: number): void;
  /** What another event means; a PRIVATE_EVENT. May allocate. */
  eventOf(bytes: Buffer): number;
}

/** What a venue's folder gives to its order gateway. */
export interface GatewayParts {
  /** The venue's limits until its answers name its own. */
  readonly rateWindows: readonly RateWindowSpec[];
  /** Pause after a refusal for too many requests that does not say how long, ms. */
  readonly ratePauseMs: number;
  readonly rest: RestProtocol;
  readonly signer: RestSigner;
  readonly session: SessionProtocol;
  readonly queries: QueryProtocol;
  readonly writer: OrderWriter;
  readonly frames: PrivateProtocol;
  /** Where reports come on a connection of their own. */
  readonly reports: ReportStreamWords | null;
  /** The venue's dead-man switch. */
  readonly guard: CancelGuardWords | null;
  /** What the account needs before the first order. */
  readonly prepare: PrepareAccount | null;
}
