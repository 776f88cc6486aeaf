/** The WebSocket API (`/ws-api/v3`): sessions, requests in text frames, private events. */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { ApiError, rejectedKey } from './api-error.ts';
import type { ApiCore, ApiMethod } from './api-core.ts';
import { RawJson } from './api-core.ts';
import { checkTimestamp, verifySignature, wsApiPayload } from './request-auth.ts';
import type { ApiKey } from './request-auth.ts';
import type { RawParams } from './request-params.ts';
import { optionalInteger, optionalText, requiredText } from './request-params.ts';
import { UNKNOWN_TEXT } from './rest-api.ts';
import { frameText, KeepAlive } from './keep-alive.ts';

/** Weight of opening a connection. */
const CONNECT_WEIGHT = 2;
/** Bytes a client may leave unread before it is cut off. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;

interface Subscription {
  readonly accountIndex: number;
  readonly unsubscribe: () => void;
}

/** Adds a listener to an account's private events; the returned function removes it. */
export type SubscribeEvents = (accountIndex: number, listener: (eventText: string) => void) => () => void;

/** What is asked over the WebSocket API of one kind of markets. */
export interface WsApiWords<State extends ApiCore> {
  readonly methods: Readonly<Record<string, ApiMethod<State>>>;
  /** Version that may stand in front of a method. */
  readonly prefix: string;
  /** Null where private events have streams of their own. */
  readonly subscribe: SubscribeEvents | null;
}

interface Request {
  readonly id: unknown;
  readonly method: string;
  readonly params: RawParams;
}

/** One client's session. */
class Session {
  readonly socket: WebSocket;
  readonly connectedMs: number;
  readonly returnRateLimits: boolean;
  readonly subscriptions: Map<number, Subscription> = new Map();
  key: ApiKey | null = null;
  authorizedMs = 0;
  nextSubscriptionId = 0;

  constructor(socket: WebSocket, connectedMs: number, returnRateLimits: boolean) {
    this.socket = socket;
    this.connectedMs = connectedMs;
    this.returnRateLimits = returnRateLimits;
  }

  send(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount > UNREAD_BYTES_MAX) this.socket.terminate();
    else this.socket.send(text);
  }

  close(): void {
    for (const subscription of this.subscriptions.values()) subscription.unsubscribe();
    this.subscriptions.clear();
  }
}

/** All WebSocket API sessions of one exchange. */
export class WsApi<State extends ApiCore> {
  readonly #state: State;
  readonly #words: WsApiWords<State>;
  readonly #sessions: Set<Session> = new Set();
  readonly #keepAlive: KeepAlive;

  constructor(state: State, words: WsApiWords<State>) {
    this.#state = state;
    this.#words = words;
    this.#keepAlive = new KeepAlive();
  }

  /** Sessions open now. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Takes over an upgraded connection. */
  accept(socket: WebSocket, url: URL, _raw: Duplex): void {
    const nowMs = Date.now();
    try {
      this.#state.weight.charge(nowMs, CONNECT_WEIGHT);
    } catch {
      socket.close(1008, 'Too many requests');
      return;
    }
    const session = new Session(socket, nowMs, url.searchParams.get('returnRateLimits') !== 'false');
    this.#sessions.add(session);
    this.#keepAlive.add(socket);
    socket.on('message', (data, isBinary) => this.#receive(session, isBinary ? '' : frameText(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      session.close();
      this.#sessions.delete(session);
    });
  }

  /** Pings and drops dead sessions; call it about once a second. */
  tick(nowMs: number): void {
    this.#keepAlive.tick(nowMs);
  }

  /** Ends every session without a close frame. */
  terminateAll(): void {
    for (const session of this.#sessions) session.socket.terminate();
  }

  /** Announces a shutdown, then closes every session. */
  announceShutdown(nowMs: number): void {
    for (const session of this.#sessions) {
      session.send(JSON.stringify({ event: { e: 'serverShutdown', E: nowMs } }));
      session.socket.close(1001, 'Server shutdown');
    }
  }

  #receive(session: Session, text: string): void {
    const nowMs = Date.now();
    const request = parseRequest(text);
    if (request instanceof ApiError) {
      session.send(this.#errorText(session, null, request, nowMs, undefined, undefined));
      return;
    }
    const { methods, prefix } = this.#words;
    const name = request.method.startsWith(prefix) ? request.method.slice(prefix.length) : request.method;
    const method = methods[name];
    if (method !== undefined) {
      this.#call(session, request, method, nowMs);
      return;
    }
    this.#answerSession(session, request, name, nowMs);
  }

  #call(session: Session, request: Request, method: ApiMethod<State>, nowMs: number): void {
    const state = this.#state;
    let account: State['accounts'][number] | undefined;
    try {
      const weight = typeof method.weight === 'number' ? method.weight : method.weight(request.params);
      state.weight.charge(nowMs, weight);
      if (method.security === 'signed') account = this.#authenticate(session, request.params, nowMs);
      if (method.isOrder && state.drills.takeLostRequest()) return;
      const result = method.run({ state, account, params: request.params, nowMs });
      if (method.isOrder) state.weight.refund(nowMs, weight);
      const resultText = result instanceof RawJson ? result.text : JSON.stringify(result);
      this.#deliver(session, request, method, account, resultText, nowMs);
    } catch (error) {
      session.send(this.#errorText(session, request, toApiError(error), nowMs, method, account));
    }
  }

  /** Sends an order's reply, or does what a drill wants done with it. */
  #deliver(
    session: Session,
    request: Request,
    method: ApiMethod<State>,
    account: State['accounts'][number] | undefined,
    resultText: string,
    nowMs: number,
  ): void {
    const limits = this.#limitsText(session, request, nowMs, method, account);
    const text = `{"id":${JSON.stringify(request.id)},"status":200,"result":${resultText}${limits}}`;
    if (!method.isOrder) {
      session.send(text);
      return;
    }
    const { drills } = this.#state;
    const fate = drills.takeReplyFate();
    if (fate === 'lose') return;
    const unknown = `{"id":${JSON.stringify(request.id)},"status":504,"error":${UNKNOWN_TEXT}${limits}}`;
    const chosen = fate === 'unknown' ? unknown : text;
    if (drills.replyDelayMs > 0) setTimeout(() => session.send(chosen), drills.replyDelayMs);
    else session.send(chosen);
  }

  /** Methods about the session itself. */
  #answerSession(session: Session, request: Request, name: string, nowMs: number): void {
    try {
      const result = this.#runSession(session, request.params, name, nowMs);
      const limits = this.#limitsText(session, request, nowMs, undefined, undefined);
      session.send(
        `{"id":${JSON.stringify(request.id)},"status":200,"result":${JSON.stringify(result)}${limits}}`,
      );
    } catch (error) {
      session.send(this.#errorText(session, request, toApiError(error), nowMs, undefined, undefined));
    }
  }

  #runSession(session: Session, params: RawParams, name: string, nowMs: number): unknown {
    this.#state.weight.charge(nowMs, 2);
    switch (name) {
      case 'session.logon':
        return this.#logon(session, params, nowMs);
      case 'session.status':
        return sessionStatus(session, nowMs);
      case 'session.logout':
        session.key = null;
        return sessionStatus(session, nowMs);
      case 'session.subscriptions':
        return [...session.subscriptions.keys()].map((subscriptionId) => ({ subscriptionId }));
      case 'userDataStream.subscribe':
        if (session.key === null)
          throw new ApiError(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
        return this.#subscribe(session, session.key.accountIndex);
      case 'userDataStream.subscribe.signature':
        return this.#subscribe(session, this.#keyOf(session, params, nowMs).accountIndex);
      case 'userDataStream.unsubscribe':
        return unsubscribe(session, optionalInteger(params, 'subscriptionId'));
      default:
        throw new ApiError(-5000, `Method ${name} is invalid`);
    }
  }

  #logon(session: Session, params: RawParams, nowMs: number): unknown {
    const key = this.#verify(params, nowMs);
    if (key.scheme !== 'ed25519') {
      throw new ApiError(-4056, 'HMAC_SHA256 API key is not supported.');
    }
    session.key = key;
    session.authorizedMs = nowMs;
    return sessionStatus(session, nowMs);
  }

  #subscribe(session: Session, accountIndex: number): unknown {
    const { subscribe } = this.#words;
    if (subscribe === null) throw new ApiError(-5000, 'Method userDataStream.subscribe is invalid');
    for (const subscription of session.subscriptions.values()) {
      if (subscription.accountIndex === accountIndex) {
        throw new ApiError(-2035, 'User Data Stream subscription already active.');
      }
    }
    const subscriptionId = session.nextSubscriptionId;
    session.nextSubscriptionId++;
    const prefix = `{"subscriptionId":${subscriptionId},"event":`;
    const stop = subscribe(accountIndex, (eventText) =>
      this.#deliverEvent(session, `${prefix}${eventText}}`),
    );
    session.subscriptions.set(subscriptionId, { accountIndex, unsubscribe: stop });
    return { subscriptionId };
  }

  /** Sends a private event, or does what a drill wants done with it. */
  #deliverEvent(session: Session, text: string): void {
    const { drills } = this.#state;
    for (let copies = drills.takeEventCopies(); copies > 0; copies--) {
      if (drills.eventDelayMs > 0) setTimeout(() => session.send(text), drills.eventDelayMs);
      else session.send(text);
    }
  }

  /** The account of a signed request: by its own signature, or by the session's logon. */
  #authenticate(session: Session, params: RawParams, nowMs: number): State['accounts'][number] {
    return this.#state.accounts[this.#keyOf(session, params, nowMs).accountIndex];
  }

  #keyOf(session: Session, params: RawParams, nowMs: number): ApiKey {
    const isLoggedOn =
      session.key !== null && params['apiKey'] === undefined && params['signature'] === undefined;
    if (!isLoggedOn) return this.#verify(params, nowMs);
    checkTimestamp(params, nowMs);
    return session.key!;
  }

  #verify(params: RawParams, nowMs: number): ApiKey {
    if (params['apiKey'] === undefined) throw rejectedKey();
    const key = this.#state.keys.find(requiredText(params, 'apiKey'));
    checkTimestamp(params, nowMs);
    verifySignature(key, wsApiPayload(params), optionalText(params, 'signature'));
    return key;
  }

  #errorText(
    session: Session,
    request: Request | null,
    error: ApiError,
    nowMs: number,
    method: ApiMethod<State> | undefined,
    account: State['accounts'][number] | undefined,
  ): string {
    const body = {
      code: error.code,
      msg: error.message,
      ...(error.data === undefined ? {} : { data: error.data }),
    };
    const limits = this.#limitsText(session, request, nowMs, method, account);
    const id = JSON.stringify(request?.id ?? null);
    return `{"id":${id},"status":${error.status},"error":${JSON.stringify(body)}${limits}}`;
  }

  #limitsText(
    session: Session,
    request: Request | null,
    nowMs: number,
    method: ApiMethod<State> | undefined,
    account: State['accounts'][number] | undefined,
  ): string {
    const asked = request?.params['returnRateLimits'];
    const isWanted = asked === undefined ? session.returnRateLimits : asked === true || asked === 'true';
    if (!isWanted) return '';
    const orders =
      method?.isOrder === true && account !== undefined ? account.orderLimit.describe(nowMs) : [];
    return `,"rateLimits":${JSON.stringify([...orders, this.#state.weight.describe(nowMs)])}`;
  }
}

function sessionStatus(session: Session, nowMs: number): unknown {
  return {
    apiKey: session.key === null ? null : session.key.apiKey,
    authorizedSince: session.key === null ? null : session.authorizedMs,
    connectedSince: session.connectedMs,
    returnRateLimits: session.returnRateLimits,
    serverTime: nowMs,
    userDataStream: session.subscriptions.size > 0,
  };
}

function unsubscribe(session: Session, subscriptionId: number | undefined): unknown {
  if (subscriptionId === undefined) {
    session.close();
    return {};
  }
  const subscription = session.subscriptions.get(subscriptionId);
  if (subscription === undefined) throw new ApiError(-2036, 'User Data Stream subscription not active.');
  subscription.unsubscribe();
  session.subscriptions.delete(subscriptionId);
  return {};
}

function parseRequest(text: string): Request | ApiError {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new ApiError(-1000, 'Invalid JSON: malformed request.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new ApiError(-1000, 'Invalid request: expected a JSON object.');
  }
  const { id, method, params } = value as Record<string, unknown>;
  if (typeof method !== 'string') return new ApiError(-1000, "Invalid request: 'method' must be a string.");
  const isObject = typeof params === 'object' && params !== null && !Array.isArray(params);
  return { id: id ?? null, method, params: isObject ? (params as RawParams) : {} };
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  process.emitWarning(error instanceof Error ? error : String(error));
  return new ApiError(-1000, 'An unknown error occurred while processing the request.', 500);
}
