import type { VenueContext } from '../../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../../engine/execution/venue-port.ts';
import { CONNECTION_KIND, CONNECTION_STATE } from '../../../engine/messages/enums.ts';
import { ReconnectingSocket } from '../../net/reconnecting-socket.ts';
import type { AccountAsker } from '../gateway/account-desk.ts';
import type { RestAnswer } from '../request/rest-client.ts';
import type { SessionOptions, SessionOwner } from './order-session.ts';

/** A venue's words for reports on a connection of their own, whose address holds a key that has to be kept alive. */
export interface ReportStreamWords {
  /** POST makes the key, PUT keeps it. */
  readonly keyPath: string;
  readonly weight: number;
  readonly keepAliveMs: number;
  /** Own pings, ms; 0 = the venue's are often enough. */
  readonly pingEveryMs: number;
  /** The key in the answer to POST; null when there is none. */
  keyOf(answer: RestAnswer): string | null;
  /** Whether a refused PUT means that the key is no more. */
  isKeyGone(answer: RestAnswer): boolean;
  /** The connection's address. @param stream base address of the venue's streams */
  address(stream: string, key: string): string;
}

/** What the stream tells its owner. */
export type ReportStreamOwner = Pick<SessionOwner, 'onRead' | 'onFrame'>;

const RETRY_NS = 1e9;
const OVERLAP_MS = 5_000;

/** Codes of the error log. */
const REPORT_STREAM_LOST = 5003;

/**
 * The reports of an account on a connection of their own. The key is made first, kept alive while the stream is used, and
 * made anew when the venue has forgotten it; the connection then moves to the new address while the old one goes on. After a
 * loss the key is asked for again, because a forgotten one makes a stream that opens and stays silent. One thread.
 */
export class ReportStream {
  /** Whether reports arrive. */
  isHeard: boolean;
  private readonly context: VenueContext;
  private readonly words: ReportStreamWords;
  private readonly desk: AccountAsker;
  private readonly options: SessionOptions;
  private readonly owner: ReportStreamOwner;
  private socket: ReconnectingSocket | null;
  private key: string;
  private readonly dueNs: Float64Array = new Float64Array(1);
  private isAsking: boolean;
  private isClosed: boolean;

  /** @param options `url` is the base address of the venue's streams */
  constructor(
    context: VenueContext,
    words: ReportStreamWords,
    desk: AccountAsker,
    options: SessionOptions,
    owner: ReportStreamOwner,
  ) {
    this.isHeard = false;
    this.context = context;
    this.words = words;
    this.desk = desk;
    this.options = options;
    this.owner = owner;
    this.socket = null;
    this.key = '';
    this.isAsking = false;
    this.isClosed = false;
  }

  /** Makes or keeps the key when that is due; the work count. */
  doWork(nowNs: number): number {
    if (nowNs < this.dueNs[0] || this.isAsking || this.isClosed) return 0;
    this.isAsking = true;
    void this.renew();
    return 1;
  }

  /** The venue says that the key is no longer good: nothing comes any more. */
  keyEnded(): void {
    this.key = '';
    this.dueNs[0] = 0;
    this.setHeard(false);
  }

  dropConnection(): void {
    this.socket?.dropConnection();
  }

  close(): void {
    this.isClosed = true;
    this.isHeard = false;
    this.socket?.close();
  }

  private async renew(): Promise<void> {
    const { words, context } = this;
    const isNew = this.key === '';
    const askedNs = context.clock.nowNs();
    this.dueNs[0] = askedNs + RETRY_NS;
    const answer = await this.desk.keyed(isNew ? 'POST' : 'PUT', words.keyPath, words.weight);
    this.isAsking = false;
    if (this.isClosed || answer === null) return;
    if (answer.status !== 200) {
      context.counters.increment(VENUE_COUNTER.venueLogonFailures);
      if (words.isKeyGone(answer)) this.keyEnded();
      return;
    }
    this.dueNs[0] = askedNs + words.keepAliveMs * 1e6;
    const key = words.keyOf(answer);
    if (isNew && key !== null) this.use(key);
    else if (isNew) this.dueNs[0] = askedNs + RETRY_NS;
    context.kick();
  }

  private use(key: string): void {
    this.key = key;
    const url = this.words.address(this.options.url, key);
    if (this.socket !== null) {
      this.socket.moveTo(url);
      return;
    }
    this.socket = this.makeSocket(url);
    this.socket.open();
  }

  private makeSocket(url: string): ReconnectingSocket {
    const { options, owner, context } = this;
    return new ReconnectingSocket(
      {
        url,
        reconnectMinMs: options.reconnectMinMs,
        reconnectMaxMs: options.reconnectMaxMs,
        rotateAfterMs: options.rotateAfterMs,
        overlapMs: OVERLAP_MS,
        pingEveryMs: this.words.pingEveryMs,
        ...(options.link?.openSocket === undefined ? {} : { openSocket: options.link.openSocket }),
      },
      {
        onOpen: () => this.setHeard(this.key !== ''),
        onRead: () => owner.onRead(),
        onMessage: (bytes, from, end) => owner.onFrame(bytes, from, end),
        onDown: (reason) => this.down(reason),
        onConnecting: (attempt) => this.report(CONNECTION_STATE.connecting, attempt),
      },
      context.random,
    );
  }

  private down(reason: string): void {
    const { counters, errors, clock } = this.context;
    if (this.isHeard) counters.increment(VENUE_COUNTER.venueReconnects);
    errors.record(REPORT_STREAM_LOST, `CONNECTION_LOST reports: ${reason}`, clock.nowNs());
    this.key = '';
    this.dueNs[0] = 0;
    this.isHeard = false;
    this.report(CONNECTION_STATE.down, this.socket?.attempt ?? 0);
  }

  private setHeard(isHeard: boolean): void {
    if (this.isHeard === isHeard) return;
    this.isHeard = isHeard;
    this.report(isHeard ? CONNECTION_STATE.live : CONNECTION_STATE.down, this.socket?.attempt ?? 0);
  }

  private report(state: number, attempt: number): void {
    this.context.events.onConnection(CONNECTION_KIND.userData, state, attempt);
    this.context.kick();
  }
}
