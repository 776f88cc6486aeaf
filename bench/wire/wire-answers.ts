import { hmacSignature, wsApiPayload } from '../../adapters/sim/request-auth.ts';
import { WIRE_SYMBOL } from './wire-ticks.ts';

/** What the measuring exchange says on its WebSocket API: prepared words, since nobody's book depends on them. */

/** A request as it came. */
export interface WireRequest {
  readonly id: unknown;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The counts never come near the limits, which are wide enough for any client's own throttle. */
const RATE_LIMITS =
  ',"rateLimits":[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":1000000,"count":1},' +
  '{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":100000000,"count":1},' +
  '{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":100000000,"count":1},' +
  '{"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":100000000,"count":1}]';
const FIRST_ORDER_ID = 12_569_099_453;
const FIRST_EXECUTION_ID = 8_641_983;

/** Reads a request. @throws Error when it is none */
export function readRequest(text: string): WireRequest {
  const { id = null, method, params = {} } = JSON.parse(text) as Partial<WireRequest>;
  if (method === undefined) throw new Error(`no request: ${text.slice(0, 200)}`);
  return { id, method, params };
}

/** Answers of one exchange. */
export class WireAnswers {
  private readonly apiSecret: string;
  private orderId: number = FIRST_ORDER_ID;
  private executionId: number = FIRST_EXECUTION_ID;

  constructor(apiSecret: string) {
    this.apiSecret = apiSecret;
  }

  /** @throws Error when the request's signature is wrong */
  checkSignature({ params }: WireRequest): void {
    const expected = hmacSignature(this.apiSecret, wsApiPayload(params));
    if (params['signature'] !== expected) throw new Error(`wrong signature of ${JSON.stringify(params)}`);
  }

  /** The answer to anything but an order. */
  toQuery(request: WireRequest): string {
    const id = JSON.stringify(request.id);
    const result = QUERY_RESULTS[request.method];
    if (result !== undefined) return `{"id":${id},"status":200,"result":${result()}${RATE_LIMITS}}`;
    const error = `{"code":-2013,"msg":"Order does not exist."}`;
    return `{"id":${id},"status":400,"error":${error}${RATE_LIMITS}}`;
  }

  /**
   * The acknowledgement of an order, and for a client that listens what became of it: accepted, and as an immediate-or-
   * cancel order that found nobody, expired.
   */
  toOrder(request: WireRequest, isListening: boolean): string[] {
    const nowMs = Date.now();
    const { params } = request;
    const orderId = ++this.orderId;
    const clientId = JSON.stringify(params['newClientOrderId'] ?? `wire${orderId}`);
    const ack =
      `{"id":${JSON.stringify(request.id)},"status":200,"result":{"symbol":"${WIRE_SYMBOL}","orderId":${orderId}` +
      `,"orderListId":-1,"clientOrderId":${clientId},"transactTime":${nowMs}}${RATE_LIMITS}}`;
    if (!isListening) return [ack];
    const report = (execution: string, reason: string): string =>
      `{"subscriptionId":0,"event":{"e":"executionReport","E":${nowMs},"s":"${WIRE_SYMBOL}","c":${clientId}` +
      `,"S":"${String(params['side'])}","o":"LIMIT","f":"IOC","q":"${String(params['quantity'])}"` +
      `,"p":"${String(params['price'])}","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"${execution}"` +
      `,"X":"${execution}","r":"NONE","i":${orderId},"l":"0.00000000","z":"0.00000000","L":"0.00000000","n":"0"` +
      `,"N":null,"T":${nowMs},"t":-1,"I":${++this.executionId},"w":false,"m":false,"M":false,"O":${nowMs}` +
      `,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000","W":${nowMs},"V":"NONE"${reason}}}`;
    return [ack, report('NEW', ''), report('EXPIRED', ',"eR":"UNFILLED_IOC_QUANTITY_EXPIRED"')];
  }
}

const QUERY_RESULTS: Readonly<Record<string, () => string>> = {
  ping: () => '{}',
  time: () => `{"serverTime":${Date.now()}}`,
  'userDataStream.subscribe.signature': () => '{"subscriptionId":0}',
  'openOrders.status': () => '[]',
  myTrades: () => '[]',
};
