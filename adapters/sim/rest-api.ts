/** The REST APIs: routes onto API methods, with Binance's headers, errors and signature rule. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fastify from 'fastify';
import { ApiError } from './api-error.ts';
import type { ApiCore, ApiMethod, Security } from './api-core.ts';
import { RawJson } from './api-core.ts';
import { checkTimestamp, restPayload, verifySignature } from './request-auth.ts';

/** What a request does. */
export type HttpVerb = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Verb, path and method name. */
export type Route = readonly [HttpVerb, string, string];

/** Builds the HTTP server; the caller adds routes, listens and closes. */
export function createRestServer(): FastifyInstance {
  const server = fastify({ forceCloseConnections: true, bodyLimit: 65_536 });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  server.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send({ code: -1000, msg: 'Path not found' }),
  );
  return server;
}

/** Adds what `routes` name to a server that does not listen yet. */
export function addRoutes<State extends ApiCore>(
  server: FastifyInstance,
  state: State,
  routes: readonly Route[],
  methods: Readonly<Record<string, ApiMethod<State>>>,
): void {
  for (const [verb, path, name] of routes) {
    const method = methods[name];
    server.route({
      method: verb,
      url: path,
      handler: async (request, reply) => answer(state, method, request, reply),
    });
  }
}

async function answer<State extends ApiCore>(
  state: State,
  method: ApiMethod<State>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const nowMs = Date.now();
  const body = typeof request.body === 'string' ? request.body : '';
  const query = splitQuery(request.url);
  let account: State['accounts'][number] | undefined;
  try {
    const params = { ...formParams(query), ...formParams(body) };
    const weight = typeof method.weight === 'number' ? method.weight : method.weight(params);
    state.weight.charge(nowMs, weight);
    if (method.security !== 'none') {
      account = authenticate(state, method.security, request, params, query, body, nowMs);
    }
    if (method.isOrder && state.drills.takeLostRequest()) return void reply.hijack();
    const result = method.run({ state, account, params, nowMs });
    if (method.isOrder) state.weight.refund(nowMs, weight);
    const text = result instanceof RawJson ? result.text : JSON.stringify(result);
    await send(state, method, reply, account, 200, text);
  } catch (error) {
    await sendError(state, method, reply, account, error);
  }
}

async function send<State extends ApiCore>(
  state: State,
  method: ApiMethod<State>,
  reply: FastifyReply,
  account: State['accounts'][number] | undefined,
  status: number,
  text: string,
): Promise<void> {
  const nowMs = Date.now();
  reply.header('x-mbx-used-weight', state.weight.used(nowMs));
  reply.header('x-mbx-used-weight-1m', state.weight.used(nowMs));
  if (method.isOrder && account !== undefined) {
    for (const [name, count] of account.orderLimit.headers(nowMs)) reply.header(name, count);
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

async function sendError<State extends ApiCore>(
  state: State,
  method: ApiMethod<State>,
  reply: FastifyReply,
  account: State['accounts'][number] | undefined,
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

function authenticate<State extends ApiCore>(
  state: State,
  security: Security,
  request: FastifyRequest,
  params: Readonly<Record<string, string>>,
  query: string,
  body: string,
  nowMs: number,
): State['accounts'][number] {
  const header = request.headers['x-mbx-apikey'];
  const key = state.keys.find(Array.isArray(header) ? header[0] : header);
  if (security === 'key') return state.accounts[key.accountIndex];
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
