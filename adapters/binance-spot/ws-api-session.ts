import { setTimeout as sleep } from 'node:timers/promises';
import type { VenueContext } from '../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../engine/execution/venue-port.ts';
import { CONNECTION_KIND, CONNECTION_STATE } from '../../engine/messages/enums.ts';
import { ReconnectingSocket } from '../net/reconnecting-socket.ts';
import type { ExchangeLink } from '../venue-kit/session/exchange-link.ts';
import type { InFlightTable } from '../venue-kit/request/in-flight-table.ts';
import type { RequestParams } from '../venue-kit/request/rest-client.ts';
import type { RequestSigner } from './request-signer.ts';
import type { VenueClock } from '../venue-kit/limits/venue-clock.ts';

/** An answer to a request off the order path. */
export interface ApiAnswer {
  readonly status: number;
  readonly result: unknown;
  /** Venue error code and text; 0 and '' when there is none. */
  readonly code: number;
  readonly message: string;
}

/** What the session is told about its connection. */
export interface SessionOptions {
  readonly url: string;
  readonly recvWindowMs: number;
  readonly requestTimeoutMs: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  readonly rotateAfterMs: number;
  readonly link?: ExchangeLink;
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

/** -2035: the subscription is there already, which is what was wanted. */
const ALREADY_SUBSCRIBED = -2035;
const TIMESTAMP_REFUSED = -1021;
/** An old connection goes on delivering at least this long after it was replaced. */
const OVERLAP_MS_MIN = 5_000;
const CLOCK_POLL_MS = 20;

/**
 * One WebSocket API connection for orders and user data together: both are lost and regained in one piece, so there is
 * no state in which orders leave and their reports are not heard. Logs on (Ed25519) or signs each request (HMAC) and
 * subscribes to the user data before it calls itself ready. Rotation is make-before-break: the old connection delivers
 * answers and reports while the new one logs on; orders wait for the logon (with an HMAC key for nothing). One thread.
 */
export class WsApiSession {
  /** Whether order requests can be sent. */
  canOrder: boolean;
  /** Whether execution reports arrive. */
  hearsReports: boolean;
  private readonly options: SessionOptions;
  private readonly context: VenueContext;
  private readonly owner: SessionOwner;
  private readonly signer: RequestSigner;
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
    signer: RequestSigner,
    venueClock: VenueClock,
    inFlight: InFlightTable,
  ) {
    this.canOrder = false;
    this.hearsReports = false;
    this.options = options;
    this.context = context;
    this.owner = owner;
    this.signer = signer;
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
        overlapMs: Math.max(OVERLAP_MS_MIN, options.requestTimeoutMs * 2),
        ...(options.link === undefined ? {} : { openSocket: options.link.openSocket }),
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
    return this.request(method, params, !this.isLoggedOn);
  }

  /** Gives the answer of a request made by `ask` to its maker; false when the id is none of theirs. */
  takeAnswer(id: number, bytes: Buffer, from: number, end: number): boolean {
    const pending = this.asks.get(id);
    if (pending === undefined) return false;
    this.asks.delete(id);
    this.context.counters.increment(VENUE_COUNTER.venueSlowParses);
    pending.settle(readAnswer(bytes.toString('utf8', from, end)));
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
    this.canOrder = isRotation && !this.signer.canLogOn && this.canOrder;
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
      `CONNECTION_LOST orders binance-spot: ${reason}`,
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
    if (this.signer.canLogOn && !this.isLoggedOn) {
      const logon = await this.request('session.logon', {}, true);
      if (generation !== this.generation || !this.isAccepted('logon', logon)) return;
      this.isLoggedOn = true;
      // While an old connection still brings the reports, orders need not wait for the new subscription.
      this.canOrder = this.hearsReports;
    }
    const method = this.isLoggedOn ? 'userDataStream.subscribe' : 'userDataStream.subscribe.signature';
    const subscription = await this.request(method, null, !this.isLoggedOn);
    if (generation !== this.generation) return;
    if (subscription?.code !== ALREADY_SUBSCRIBED && !this.isAccepted('subscription', subscription)) return;
    const wasLive = this.canOrder && this.hearsReports;
    this.hearsReports = true;
    this.canOrder = true;
    if (!wasLive) this.report(CONNECTION_STATE.live, this.socket.attempt);
    this.context.kick();
  }

  private isAccepted(what: string, answer: ApiAnswer | null): boolean {
    if (answer !== null && answer.status === 200) return true;
    const { counters, errors, clock } = this.context;
    counters.increment(VENUE_COUNTER.venueLogonFailures);
    const said = answer === null ? 'no answer' : `${answer.code} ${answer.message}`;
    errors.record(VENUE_ERROR.logonRefused, `LOGON_REFUSED binance-spot ${what}: ${said}`, clock.nowNs());
    if (answer?.code === TIMESTAMP_REFUSED) this.owner.onClockDoubted();
    this.socket.dropConnection(`${what} refused`);
    return false;
  }

  /** @param params null for a method without parameters of its own */
  private request(
    method: string,
    params: RequestParams | null,
    isSigned: boolean,
  ): Promise<ApiAnswer | null> {
    const { recvWindowMs, requestTimeoutMs } = this.options;
    const nowNs = this.context.clock.nowNs();
    const window = recvWindowMs > 0 ? { recvWindow: recvWindowMs } : {};
    const stamped = { ...params, ...window, timestamp: this.venueClock.epochMsAt(nowNs) };
    const isBare = params === null && !isSigned;
    const id = this.inFlight.skipId();
    const full = isSigned ? this.signer.signWsApi(stamped) : stamped;
    const text = JSON.stringify(isBare ? { id, method } : { id, method, params: full });
    if (!this.socket.send(text)) return Promise.resolve(null);
    return new Promise((settle) => {
      this.asks.set(id, { deadlineNs: nowNs + requestTimeoutMs * 1e6, settle });
    });
  }

  private report(state: number, attempt: number): void {
    const { events } = this.context;
    events.onConnection(CONNECTION_KIND.userData, state, attempt);
    events.onConnection(CONNECTION_KIND.orderEntry, state, attempt);
    this.context.kick();
  }

  private forgetAsks(): void {
    const open = [...this.asks.values()];
    this.asks.clear();
    for (const pending of open) pending.settle(null);
  }
}

function readAnswer(text: string): ApiAnswer | null {
  try {
    const value = JSON.parse(text) as {
      status?: unknown;
      result?: unknown;
      error?: { code?: unknown; msg?: unknown };
    };
    return {
      status: typeof value.status === 'number' ? value.status : 0,
      result: value.result,
      code: typeof value.error?.code === 'number' ? value.error.code : 0,
      message: typeof value.error?.msg === 'string' ? value.error.msg : '',
    };
  } catch {
    return null;
  }
}
