/** The REST API: `/api/v3/*` routes onto the API methods, with Binance's headers, errors and signature rule. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fastify from 'fastify';
import type { Account } from './accounts.ts';
import { ApiError } from './api-error.ts';
import type { ApiMethod } from './api-methods.ts';
import { API_METHODS, RawJson } from './api-methods.ts';
import type { ExchangeState } from './exchange-state.ts';
import { checkTimestamp, restPayload, verifySignature } from './request-auth.ts';

type HttpVerb = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Route -> method name. */
const ROUTES: readonly (readonly [HttpVerb, string, string])[] = [
  ['GET', 'ping', 'ping'],
  ['GET', 'time', 'time'],
  ['GET', 'exchangeInfo', 'exchangeInfo'],
  ['GET', 'depth', 'depth'],
  ['GET', 'trades', 'trades.recent'],
  ['GET', 'historicalTrades', 'trades.historical'],
  ['GET', 'aggTrades', 'trades.aggregate'],
  ['GET', 'klines', 'klines'],
  ['GET', 'uiKlines', 'uiKlines'],
  ['GET', 'avgPrice', 'avgPrice'],
  ['GET', 'ticker/24hr', 'ticker.24hr'],
  ['GET', 'ticker/price', 'ticker.price'],
  ['GET', 'ticker/bookTicker', 'ticker.book'],
  ['GET', 'account', 'account.status'],
  ['GET', 'account/commission', 'account.commission'],
  ['GET', 'rateLimit/order', 'account.rateLimits.orders'],
  ['POST', 'order', 'order.place'],
  ['POST', 'order/test', 'order.test'],
  ['DELETE', 'order', 'order.cancel'],
  ['POST', 'order/cancelReplace', 'order.cancelReplace'],
  ['PUT', 'order/amend/keepPriority', 'order.amend.keepPriority'],
  ['GET', 'order', 'order.status'],
  ['GET', 'openOrders', 'openOrders.status'],
  ['DELETE', 'openOrders', 'openOrders.cancelAll'],
  ['GET', 'allOrders', 'allOrders'],
  ['GET', 'myTrades', 'myTrades'],
];

/** Builds the HTTP server; the caller listens and closes. */
export function createRestApi(state: ExchangeState): FastifyInstance {
  const server = fastify({ forceCloseConnections: true, bodyLimit: 65_536 });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  for (const [verb, path, name] of ROUTES) {
    const method = API_METHODS[name];
    server.route({
      method: verb,
      url: `/api/v3/${path}`,
      handler: async (request, reply) => answer(state, method, request, reply),
    });
  }
  server.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send({ code: -1000, msg: 'Path not found' }),
  );
  return server;
}

async function answer(
  state: ExchangeState,
  method: ApiMethod,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const nowMs = Date.now();
  const body = typeof request.body === 'string' ? request.body : '';
  const query = splitQuery(request.url);
  let account: Account | undefined;
  try {
    const params = { ...formParams(query), ...formParams(body) };
    const weight = typeof method.weight === 'number' ? method.weight : method.weight(params);
    state.weight.charge(nowMs, weight);
    if (method.isSigned) account = authenticate(state, request, params, query, body, nowMs);
    if (method.isOrder && state.drills.takeLostRequest()) return void reply.hijack();
    const result = method.run({ state, account, params, nowMs });
    if (method.isOrder) state.weight.refund(nowMs, weight);
    const text = result instanceof RawJson ? result.text : JSON.stringify(result);
    await send(state, method, reply, account, 200, text);
  } catch (error) {
    await sendError(state, method, reply, account, error);
  }
}

async function send(
  state: ExchangeState,
  method: ApiMethod,
  reply: FastifyReply,
  account: Account | undefined,
  status: number,
  text: string,
): Promise<void> {
  const nowMs = Date.now();
  reply.header('x-mbx-used-weight', state.weight.used(nowMs));
  reply.header('x-mbx-used-weight-1m', state.weight.used(nowMs));
  if (method.isOrder && account !== undefined) {
    const used = account.orderLimit.used(nowMs);
    reply.header('x-mbx-order-count-10s', used.short);
    reply.header('x-mbx-order-count-1d', used.day);
  }
  const fate = method.isOrder && status === 200 ? state.drills.takeReplyFate() : 'send';
  if (fate === 'lose') return void reply.hijack();
  if (method.isOrder && state.drills.replyDelayMs > 0) {
    await new Promise((resolve) => setTimeout(resolve, state.drills.replyDelayMs));
  }
  reply.header('content-type', 'application/json;charset=UTF-8');
  if (fate === 'unknown') {
    return void reply.code(503).send(UNKNOWN_TEXT);
  }
  return void reply.code(status).send(text);
}

/** -1007: the request reached the exchange, what came of it is not known. */
export const UNKNOWN_TEXT: string = JSON.stringify({
  code: -1007,
  msg: 'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
});

async function sendError(
  state: ExchangeState,
  method: ApiMethod,
  reply: FastifyReply,
  account: Account | undefined,
  error: unknown,
): Promise<void> {
  if (!(error instanceof ApiError)) {
    const text = JSON.stringify({
      code: -1000,
      msg: 'An unknown error occurred while processing the request.',
    });
    process.emitWarning(error instanceof Error ? error : String(error));
    return send(state, method, reply, account, 500, text);
  }
  const retryAfter = error.data?.['retryAfter'];
  if (typeof retryAfter === 'number') {
    reply.header('retry-after', Math.max(1, Math.ceil((retryAfter - Date.now()) / 1000)));
  }
  const text = JSON.stringify({
    code: error.code,
    msg: error.message,
    ...(error.data === undefined || error.status === 429 ? {} : { data: error.data }),
  });
  return send(state, method, reply, account, error.status, text);
}

function authenticate(
  state: ExchangeState,
  request: FastifyRequest,
  params: Readonly<Record<string, string>>,
  query: string,
  body: string,
  nowMs: number,
): Account {
  const header = request.headers['x-mbx-apikey'];
  const key = state.keys.find(Array.isArray(header) ? header[0] : header);
  const payload = restPayload(query, body);
  checkTimestamp(params, nowMs);
  verifySignature(key, payload.text, payload.signature);
  return state.accounts[key.accountIndex];
}

function splitQuery(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}

function formParams(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}
