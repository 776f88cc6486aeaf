import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { VenueEndpoints } from '../../../engine/market-data/feed-port.ts';
import type { Fault } from './contract-world.ts';

export type Json = Readonly<Record<string, unknown>>;
export type Params = Readonly<Record<string, string | number>>;

/** An order as the scripted venue keeps it. */
export interface StubOrder {
  readonly orderId: number;
  readonly clientId: string;
  readonly side: string;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly params: Params;
  filledLots: number;
  /** NEW, PARTIALLY_FILLED, FILLED, CANCELED */
  status: string;
  /** The id a cancel gave it. */
  cancelId: string;
}

export interface StubTrade {
  readonly id: number;
  readonly order: StubOrder;
  readonly qtyLots: number;
  readonly cumLots: number;
  readonly isMaker: boolean;
}

/** A refusal in the venue's own words. */
export class Refusal extends Error {
  readonly code: number;
  readonly status: number;

  constructor(code: number, message: string, status: number = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** What a venue calls things. */
export interface Dialect {
  readonly timePath: string;
  /** Whether reports go over connections of their own below this path; null = over the order connection. */
  readonly reportPath: string | null;
  readonly unknown: { readonly status: number; readonly code: number; readonly msg: string };
  /** Throws Refusal. */
  readOrder(
    params: Params,
    open: readonly StubOrder[],
  ): { side: string; priceTicks: number; qtyLots: number };
  ack(order: StubOrder, timeMs: number): Json;
  cancelAck(order: StubOrder, timeMs: number): Json;
  report(order: StubOrder, execution: 'NEW' | 'CANCELED' | 'TRADE', trade: StubTrade | null): Json;
  orderStatus(order: StubOrder): Json;
  trade(trade: StubTrade): Json;
  rateLimits(orderCount: number): readonly Json[];
  /** Other requests, over the socket by method or over REST by "VERB path"; undefined = no such thing. */
  other(name: string, params: Params, venue: ScriptedVenue): unknown;
}

const TIME_MS = 1_764_000_000_000;
const UNKNOWN_ORDER = -2011;
const NO_SUCH_ORDER = -2013;

/** A venue that does what its script says, over real sockets, and checks the signature of every request itself. */
export class ScriptedVenue {
  readonly apiKey: string = 'k'.repeat(64);
  readonly secret: string = 's'.repeat(64);
  readonly orders: StubOrder[] = [];
  readonly trades: StubTrade[] = [];
  /** Every request: method, or verb and path. */
  readonly asked: string[] = [];
  endpoints: VenueEndpoints = { rest: '', stream: '', wsApi: '' };
  refusal: { readonly status: number; readonly untilMs: number } | null = null;
  private readonly dialect: Dialect;
  private readonly faults: Fault[] = [];
  private readonly server: Server;
  private readonly webSockets: WebSocketServer;
  private readonly orderSockets: Set<WebSocket> = new Set();
  private readonly reportSockets: Set<WebSocket> = new Set();

  constructor(dialect: Dialect) {
    this.dialect = dialect;
    this.server = createServer((request, response) => this.answerRest(request, response));
    this.webSockets = new WebSocketServer({ server: this.server });
    this.webSockets.on('connection', (socket, request) => this.accept(socket, request.url ?? ''));
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = this.server.address() as AddressInfo;
    const base = `ws://127.0.0.1:${port}`;
    this.endpoints = { rest: `http://127.0.0.1:${port}`, stream: base, wsApi: `${base}/ws-api` };
    return this;
  }

  close(): void {
    for (const socket of this.webSockets.clients) socket.terminate();
    this.webSockets.close();
    this.server.close();
    this.server.closeAllConnections();
  }

  inject(fault: Fault): void {
    this.faults.push(fault);
  }

  dropOrders(): void {
    for (const socket of this.orderSockets) socket.terminate();
  }

  dropReports(): void {
    for (const socket of this.reportSockets) socket.terminate();
  }

  get openList(): StubOrder[] {
    return this.orders.filter(({ status }) => status === 'NEW' || status === 'PARTIALLY_FILLED');
  }

  /** A trade of an open order; its report goes out. */
  fill(order: StubOrder, qtyLots: number, isMaker: boolean): void {
    order.filledLots += qtyLots;
    order.status = order.filledLots === order.qtyLots ? 'FILLED' : 'PARTIALLY_FILLED';
    const id = 7_000 + this.trades.length;
    const trade = { id, order, qtyLots, cumLots: order.filledLots, isMaker };
    this.trades.push(trade);
    this.sendReport(order, 'TRADE', trade);
  }

  /** Takes an order in; its report goes out. @throws Refusal */
  place(params: Params): StubOrder {
    const terms = this.dialect.readOrder(params, this.openList);
    const clientId = String(params['newClientOrderId']);
    const orderId = 9_000 + this.orders.length;
    const order = { ...terms, orderId, clientId, params, filledLots: 0, status: 'NEW', cancelId: '' };
    this.orders.push(order);
    this.sendReport(order, 'NEW', null);
    return order;
  }

  /** Sends an event to whoever hears reports. */
  sendEvent(event: Json): void {
    const isOwn = this.dialect.reportPath !== null;
    const text = JSON.stringify(isOwn ? event : { subscriptionId: 0, event });
    for (const socket of isOwn ? this.reportSockets : this.orderSockets) socket.send(text);
  }

  private sendReport(
    order: StubOrder,
    execution: 'NEW' | 'CANCELED' | 'TRADE',
    trade: StubTrade | null,
  ): void {
    if (this.takeFault('lose-report')) return;
    const copies = this.takeFault('repeat-report') ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.sendEvent(this.dialect.report(order, execution, trade));
  }

  private takeFault(fault: Fault): boolean {
    const at = this.faults.indexOf(fault);
    if (at >= 0) this.faults.splice(at, 1);
    return at >= 0;
  }

  private accept(socket: WebSocket, url: string): void {
    const { reportPath } = this.dialect;
    const isReports = reportPath !== null && url.startsWith(reportPath);
    const sockets = isReports ? this.reportSockets : this.orderSockets;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    if (isReports) this.asked.push(`OPEN ${url}`);
    else socket.on('message', (data: Buffer) => this.receive(socket, data.toString('utf8')));
  }

  private receive(socket: WebSocket, text: string): void {
    const { id, method, params = {} } = JSON.parse(text) as { id: number; method: string; params?: Params };
    this.asked.push(method);
    const isOrder = method === 'order.place' || method === 'order.cancel';
    if (isOrder && this.takeFault('lose-request')) return;
    const answer = this.answer(() => {
      this.checkSignature(
        params['signature'],
        Object.keys(params)
          .filter((name) => name !== 'signature')
          .toSorted()
          .map((name) => `${name}=${params[name]}`)
          .join('&'),
      );
      return this.carryOut(method, params);
    });
    if (isOrder && this.takeFault('lose-answer')) return;
    const { unknown } = this.dialect;
    const isUnknown = isOrder && this.takeFault('answer-unknown');
    const body = isUnknown
      ? { status: unknown.status, error: { code: unknown.code, msg: unknown.msg } }
      : answer.status === 200
        ? { status: 200, result: answer.body }
        : { status: answer.status, error: answer.body };
    socket.send(JSON.stringify({ id, ...body, rateLimits: this.dialect.rateLimits(this.orders.length) }));
  }

  private carryOut(method: string, params: Params): unknown {
    const { dialect } = this;
    if (method === 'order.place') return dialect.ack(this.place(params), TIME_MS);
    if (method === 'order.cancel') {
      const order = this.find(params);
      if (order === undefined || !this.openList.includes(order))
        throw new Refusal(UNKNOWN_ORDER, 'Unknown order sent.');
      order.status = 'CANCELED';
      order.cancelId = String(params['newClientOrderId'] ?? '');
      this.sendReport(order, 'CANCELED', null);
      return dialect.cancelAck(order, TIME_MS);
    }
    if (method === 'order.status') {
      const order = this.find(params);
      if (order === undefined) throw new Refusal(NO_SUCH_ORDER, 'Order does not exist.');
      return dialect.orderStatus(order);
    }
    if (method === 'openOrders') return this.openList.map((order) => dialect.orderStatus(order));
    if (method === 'trades') {
      const orderId = Number(params['orderId'] ?? 0);
      return this.trades
        .filter((trade) => orderId === 0 || trade.order.orderId === orderId)
        .map((trade) => dialect.trade(trade));
    }
    const other = dialect.other(method, params, this);
    if (other === undefined) throw new Refusal(-5000, `no script for ${method}`);
    return other;
  }

  private find(params: Params): StubOrder | undefined {
    const clientId = params['origClientOrderId'];
    return this.orders.find((order) =>
      clientId === undefined
        ? order.orderId === Number(params['orderId'])
        : order.clientId === clientId || order.cancelId === clientId,
    );
  }

  private answer(carryOut: () => unknown): { readonly status: number; readonly body: unknown } {
    try {
      if (this.refusal !== null) {
        const { status, untilMs } = this.refusal;
        const data = { serverTime: Date.now(), retryAfter: untilMs };
        return { status, body: { code: -1003, msg: 'Too many requests.', data } };
      }
      return { status: 200, body: carryOut() };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: { code: error.code, msg: error.message } };
    }
  }

  private answerRest(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const name = `${request.method} ${url.pathname}`;
    if (url.pathname === this.dialect.timePath) {
      response.end(JSON.stringify({ serverTime: Date.now() }));
      return;
    }
    this.asked.push(name);
    const params = Object.fromEntries(url.searchParams);
    const { status, body } = this.answer(() => {
      if (params['signature'] !== undefined)
        this.checkSignature(params['signature'], url.search.slice(1).replace(/&signature=.*$/, ''));
      if (request.headers['x-mbx-apikey'] !== this.apiKey)
        throw new Refusal(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
      return this.carryOut(REST_METHODS.get(url.pathname.split('/').at(-1)!) ?? name, params);
    });
    response.statusCode = status;
    response.setHeader('x-mbx-used-weight-1m', '17');
    response.end(JSON.stringify(body));
  }

  private checkSignature(signature: unknown, payload: string): void {
    const wanted = createHmac('sha256', this.secret).update(payload, 'utf8').digest('hex');
    if (signature !== wanted) throw new Refusal(-1022, 'Signature for this request is not valid.');
  }
}

/** Last part of a path -> what it asks. */
const REST_METHODS: ReadonlyMap<string, string> = new Map([
  ['order', 'order.status'],
  ['openOrders', 'openOrders'],
  ['myTrades', 'trades'],
  ['userTrades', 'trades'],
]);
