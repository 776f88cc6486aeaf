import { setTimeout as sleep } from 'node:timers/promises';
import type { VenueContext } from '../../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../../engine/execution/venue-port.ts';
import { CONNECTION_KIND, CONNECTION_STATE } from '../../../engine/messages/enums.ts';
import { ReconnectingSocket } from '../../net/reconnecting-socket.ts';
import type { VenueClock } from '../limits/venue-clock.ts';
import type { ApiAnswer } from '../request/api-answer.ts';
import type { InFlightTable } from '../request/in-flight-table.ts';
import type { RequestParams } from '../request/rest-client.ts';
import type { ExchangeLink } from './exchange-link.ts';
import type { SessionProtocol, SessionRequest } from './session-protocol.ts';

/** What the session is told about its connection. */
export interface SessionOptions {
  readonly url: string;
  readonly requestTimeoutMs: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  readonly rotateAfterMs: number;
  readonly link?: Partial<ExchangeLink>;
}

/** What the session tells its owner; all on the owner's thread. */
export interface SessionOwner {
  /** Bytes have arrived; the next frames are in them. */
  onRead(): void;
  /** One frame, complete: `bytes[from..end)`, valid until the call returns. */
  onFrame(bytes: Buffer, from: number, end: number): void;
  /** The connection is gone: what was in flight is not known. */
  onLost(): void;
  /** A logon was refused because of the clock. */
  onClockDoubted(): void;
}

interface PendingAsk {
  readonly deadlineNs: number;
  readonly settle: (answer: ApiAnswer | null) => void;
}

/** Codes of the error log for the private side of a venue. */
const VENUE_ERROR = {
  connectionLost: 5001,
  logonRefused: 5002,
} as const;

/** An old connection goes on delivering at least this long after it was replaced. */
const OVERLAP_MS_MIN = 5_000;
const CLOCK_POLL_MS = 20;

/**
 * One connection for orders and, where the venue sends them there, reports: both are lost and regained in one piece, so
 * there is no state in which orders leave and their reports are not heard. It logs on where the protocol does, and
 * subscribes before it calls itself ready. Rotation is make-before-break: the old connection delivers answers and reports while the
 * new one logs on; orders wait for the logon, and where requests are signed one by one they need not wait. One thread.
 */
export class OrderSession {
  /** Whether order requests can be sent. */
  canOrder: boolean;
  /** Whether the venue has agreed to what `SessionProtocol.subscribe` asked: where reports come this way, they arrive. */
  hearsReports: boolean;
  private readonly options: SessionOptions;
  private readonly context: VenueContext;
  private readonly owner: SessionOwner;
  private readonly protocol: SessionProtocol;
  private readonly venueClock: VenueClock;
  private readonly inFlight: InFlightTable;
  private readonly socket: ReconnectingSocket;
  private readonly asks: Map<number, PendingAsk> = new Map();
  private isLoggedOn: boolean;
  /** Grows with each connection, so that a logon knows whether its connection is still the one in use. */
  private generation: number;
  private isClosed: boolean;

  constructor(
    options: SessionOptions,
    context: VenueContext,
    owner: SessionOwner,
    protocol: SessionProtocol,
    venueClock: VenueClock,
    inFlight: InFlightTable,
  ) {
    this.canOrder = false;
    this.hearsReports = false;
    this.options = options;
    this.context = context;
    this.owner = owner;
    this.protocol = protocol;
    this.venueClock = venueClock;
    this.inFlight = inFlight;
    this.isLoggedOn = false;
    this.generation = 0;
    this.isClosed = false;
    this.socket = new ReconnectingSocket(
      {
        url: options.url,
        reconnectMinMs: options.reconnectMinMs,
        reconnectMaxMs: options.reconnectMaxMs,
        rotateAfterMs: options.rotateAfterMs,
        pingEveryMs: protocol.pingEveryMs,
        overlapMs: Math.max(OVERLAP_MS_MIN, options.requestTimeoutMs * 2),
        ...(options.link?.openSocket === undefined ? {} : { openSocket: options.link.openSocket }),
      },
      {
        onOpen: (isRotation) => this.opened(isRotation),
        onRead: () => owner.onRead(),
        onMessage: (bytes, from, end) => owner.onFrame(bytes, from, end),
        onDown: (reason) => this.down(reason),
        onConnecting: (attempt) => this.report(CONNECTION_STATE.connecting, attempt),
      },
      context.random,
    );
  }

  open(): void {
    this.socket.open();
  }

  /** Hands one request's bytes to the socket; they may be reused at once. False = no byte left. */
  send(bytes: Uint8Array): boolean {
    return this.socket.send(bytes);
  }

  /** Replaces the connection while the old one goes on. */
  rotate(): void {
    this.context.counters.increment(VENUE_COUNTER.venueRotations);
    this.socket.rotate();
  }

  dropConnection(reason?: string): void {
    this.socket.dropConnection(reason);
  }

  /** The venue ended the subscription: ask for it again. */
  subscriptionEnded(): void {
    if (!this.hearsReports) return;
    this.hearsReports = false;
    this.context.events.onConnection(CONNECTION_KIND.userData, CONNECTION_STATE.down, this.socket.attempt);
    void this.establish(this.generation);
  }

  /**
   * Asks something off the order path; null when no answer came. The caller has paid for it. Signed unless logged on.
   */
  ask(method: string, params: RequestParams): Promise<ApiAnswer | null> {
    return this.request({ method, params }, !this.isLoggedOn);
  }

  /** Gives the answer of a request made by `ask` to its maker; false when the id is none of theirs. */
  takeAnswer(id: number, bytes: Buffer, from: number, end: number): boolean {
    const pending = this.asks.get(id);
    if (pending === undefined) return false;
    this.asks.delete(id);
    this.context.counters.increment(VENUE_COUNTER.venueSlowParses);
    pending.settle(this.protocol.readAnswer(bytes.toString('utf8', from, end)));
    return true;
  }

  /** Gives up on requests whose time is over. Returns how many. */
  expire(nowNs: number): number {
    // Called every turn: an iterator over nothing would be garbage.
    if (this.asks.size === 0) return 0;
    let expired = 0;
    for (const [id, pending] of this.asks) {
      // Equal time-outs in the order of asking: the first one that has time left ends the search.
      if (pending.deadlineNs > nowNs) break;
      this.asks.delete(id);
      this.context.counters.increment(VENUE_COUNTER.venueTimeouts);
      pending.settle(null);
      expired++;
    }
    return expired;
  }

  close(): void {
    this.isClosed = true;
    this.canOrder = false;
    this.hearsReports = false;
    this.socket.close();
    this.forgetAsks();
  }

  private opened(isRotation: boolean): void {
    this.generation++;
    this.isLoggedOn = false;
    this.canOrder = isRotation && this.protocol.logOn === null && this.canOrder;
    if (!isRotation) {
      this.hearsReports = false;
      this.report(CONNECTION_STATE.syncing, this.socket.attempt);
    }
    void this.establish(this.generation);
  }

  private down(reason: string): void {
    const wasUp = this.canOrder || this.hearsReports;
    this.generation++;
    this.isLoggedOn = false;
    this.canOrder = false;
    this.hearsReports = false;
    if (wasUp) this.context.counters.increment(VENUE_COUNTER.venueReconnects);
    this.context.errors.record(
      VENUE_ERROR.connectionLost,
      `CONNECTION_LOST orders ${this.protocol.venue}: ${reason}`,
      this.context.clock.nowNs(),
    );
    this.owner.onLost();
    this.report(CONNECTION_STATE.down, this.socket.attempt);
    this.forgetAsks();
  }

  /** Logon, then user data, then orders: reports must be heard before the first order leaves. */
  private async establish(generation: number): Promise<void> {
    while (!this.venueClock.isKnown) {
      await sleep(CLOCK_POLL_MS, undefined, { ref: false });
      if (generation !== this.generation || this.isClosed) return;
    }
    const { logOn } = this.protocol;
    if (logOn !== null && !this.isLoggedOn) {
      const answer = await this.request(logOn, true);
      if (generation !== this.generation) return;
      if (answer?.status !== 200) {
        this.refused('logon', answer);
        return;
      }
      this.isLoggedOn = true;
      // While an old connection still brings the reports, orders need not wait for the new subscription.
      this.canOrder = this.hearsReports;
    }
    const answer = await this.request(this.protocol.subscribe(this.isLoggedOn), !this.isLoggedOn);
    if (generation !== this.generation) return;
    if (answer === null || !this.protocol.isSubscribed(answer)) {
      this.refused('subscription', answer);
      return;
    }
    const wasLive = this.canOrder && this.hearsReports;
    this.hearsReports = true;
    this.canOrder = true;
    if (!wasLive) this.report(CONNECTION_STATE.live, this.socket.attempt);
    this.context.kick();
  }

  private refused(what: string, answer: ApiAnswer | null): void {
    const { counters, errors, clock } = this.context;
    const { protocol } = this;
    counters.increment(VENUE_COUNTER.venueLogonFailures);
    const said = answer === null ? 'no answer' : `${answer.code} ${answer.message}`;
    errors.record(
      VENUE_ERROR.logonRefused,
      `LOGON_REFUSED ${protocol.venue} ${what}: ${said}`,
      clock.nowNs(),
    );
    if (answer !== null && protocol.isClockRefusal(answer)) this.owner.onClockDoubted();
    this.socket.dropConnection(`${what} refused`);
  }

  private request(request: SessionRequest, isSigned: boolean): Promise<ApiAnswer | null> {
    const nowNs = this.context.clock.nowNs();
    const id = this.inFlight.skipId();
    const text = this.protocol.write(id, request, isSigned, this.venueClock.epochMsAt(nowNs));
    if (!this.socket.send(text)) return Promise.resolve(null);
    return new Promise((settle) => {
      this.asks.set(id, { deadlineNs: nowNs + this.options.requestTimeoutMs * 1e6, settle });
    });
  }

  private report(state: number, attempt: number): void {
    const { events } = this.context;
    if (this.protocol.carriesReports) events.onConnection(CONNECTION_KIND.userData, state, attempt);
    events.onConnection(CONNECTION_KIND.orderEntry, state, attempt);
    this.context.kick();
  }

  private forgetAsks(): void {
    const open = [...this.asks.values()];
    this.asks.clear();
    for (const pending of open) pending.settle(null);
  }
}
