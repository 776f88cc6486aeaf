import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { KeyRecord } from '../access/key-record.ts';
import type { Caller } from '../access/caller.ts';
import type { EngineView } from '../engine-view.ts';
import { answerOf, COMMAND_WAIT_MS, SLOW_WAIT_MS } from './command-answer.ts';
import { commandIdOf } from './idempotency.ts';
import type { IdempotencyRegister } from './idempotency.ts';
import { RequestProblem } from './problem.ts';
import type { ProblemFault } from './problem.ts';
import type { Route, RouteAnswer, RouteCall, StreamAnswer } from './route.ts';
import { etagOf } from './etag.ts';

/** Who asked the engine to act, and why it was not let in. */
export interface AuditNote {
  readonly route: Route;
  readonly caller: Caller;
  readonly correlationId: string;
  readonly headers: IncomingHttpHeaders;
  readonly problem: RequestProblem;
}

/** One request on its way through a route. */
export interface RouteRun {
  readonly route: Route;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly engine: EngineView;
  readonly caller: Caller;
  readonly correlationId: string;
  readonly idempotency: IdempotencyRegister;
  readonly audit: (note: AuditNote) => void;
  /** The key of a text. @throws RequestProblem */
  readonly login: (apiKey: string, address: string) => Promise<KeyRecord>;
  /** Whether a key is good now. */
  readonly isLiving: (keyId: string) => boolean;
}

const KEY_LOOK_MS = 1_000;

type Call = RouteCall<unknown, unknown, unknown>;

/** Checks a request against its route's declaration, has it carried out and sends the answer. */
export async function answerRoute(run: RouteRun): Promise<FastifyReply> {
  const { route, request, caller, correlationId, audit } = run;
  try {
    const answer = await answered(run, callOf(run));
    return 'stream' in answer ? await sendStream(run, answer) : send(run, answer);
  } catch (error) {
    const isUntold = error instanceof RequestProblem && error.extra.commandId === undefined;
    if (route.command !== undefined && isUntold)
      audit({ route, caller, correlationId, headers: request.headers, problem: error });
    throw error;
  }
}

async function answered(run: RouteRun, call: Call): Promise<RouteAnswer | StreamAnswer> {
  const { route, request, reply, caller, idempotency, engine } = run;
  if (route.command === undefined) return route.handle(call);
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') {
    if (route.needsIdempotencyKey === true)
      throw new RequestProblem('IDEMPOTENCY_KEY_MISSING', 'send an Idempotency-Key of your own making');
    return route.handle(call);
  }
  const nowMs = engine.clock.epochUs() / 1000;
  const what = [route.verb, request.url, request.body ?? null];
  const start = idempotency.begin(caller.keyId, key, what, nowMs);
  if (start.isReplay) {
    reply.header('idempotency-replayed', 'true');
    if (start.answer instanceof RequestProblem) throw start.answer;
    return start.answer;
  }
  try {
    const answer = (await route.handle(call)) as RouteAnswer;
    start.settle(answer);
    return answer;
  } catch (error) {
    start.settle(error instanceof RequestProblem ? error : new RequestProblem('DEFECT', String(error)));
    throw error;
  }
}

/** The request, checked: all its faults at once. */
function callOf(run: RouteRun): Call {
  const { route, request, reply, engine, caller, correlationId } = run;
  const faults: ProblemFault[] = [];
  const { quote, ...params } = request.params as Record<string, string>;
  if (quote !== undefined) params['symbol'] = `${params['symbol']}/${quote}`;
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  const call: Call = {
    params: checked(route.params, params, 'path', faults),
    query: checked(route.query, request.query, 'query', faults),
    body: checked(route.body, request.body ?? {}, 'body', faults),
    caller,
    headers: request.headers,
    correlationId,
    engine,
    signal: controller.signal,
    login: (apiKey) => run.login(apiKey, request.ip),
    give: (kind, args, isSlow = false) => give(run, call, kind, args, isSlow),
  };
  if (faults.length > 0)
    throw new RequestProblem(
      'VALIDATION',
      faults.map(({ path, message }) => `${path}: ${message}`).join('; '),
      {
        errors: faults,
      },
    );
  return call;
}

function checked(
  schema: z.ZodType | undefined,
  value: unknown,
  where: string,
  faults: ProblemFault[],
): unknown {
  if (schema === undefined) {
    if (where !== 'path' && typeof value === 'object' && value !== null)
      for (const key of Object.keys(value))
        faults.push({ path: `${where}.${key}`, message: 'is not taken here' });
    return value;
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  for (const { path, message } of error.issues) faults.push({ path: [where, ...path].join('.'), message });
  return undefined;
}

/** Gives the engine a command in the name of the caller. */
async function give(
  { request, caller, correlationId, engine, route }: RouteRun,
  call: Call,
  kind: string,
  args: Readonly<Record<string, unknown>>,
  isSlow: boolean,
): Promise<RouteAnswer> {
  const key = request.headers['idempotency-key'];
  const commandId =
    typeof key === 'string' ? commandIdOf(caller.keyId, key) : `api-${randomBytes(8).toString('hex')}`;
  const { waitMs: wanted } = (call.query ?? {}) as { waitMs?: number };
  const waitMs = wanted ?? (isSlow ? SLOW_WAIT_MS : COMMAND_WAIT_MS);
  const audit = {
    what: `${route.verb} ${route.path}`,
    keyId: caller.keyId,
    address: caller.address,
    agent: request.headers['user-agent'] ?? '',
    correlationId,
    lowersRisk: route.command?.lowersRisk === true,
  };
  const result = await engine.give({ commandId, kind, args, audit }, waitMs);
  return answerOf(result, commandId, kind, waitMs, isSlow);
}

function send({ route, request, reply }: RouteRun, answer: RouteAnswer): FastifyReply {
  const { status, body, mediaType, headers = {} } = answer;
  const text = typeof body === 'string' && mediaType !== undefined ? body : JSON.stringify(body);
  reply.code(status).headers(headers);
  if (route.cache === 'versioned') {
    const etag = etagOf(text);
    reply.header('etag', etag).header('cache-control', 'private, no-cache');
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  } else if (reply.getHeader('cache-control') === undefined) reply.header('cache-control', 'no-store');
  reply.type(mediaType ?? 'application/json; charset=utf-8');
  return reply.send(status === 204 || status === 303 ? undefined : text);
}

/** Sends pieces as they come, waiting for the client to read; ends with it, or soon after its key has ended. */
async function sendStream(
  { reply, caller, isLiving }: RouteRun,
  { stream }: StreamAnswer,
): Promise<FastifyReply> {
  reply.hijack();
  const { raw } = reply;
  const watch = setInterval(() => {
    if (caller.keyId !== '' && !isLiving(caller.keyId)) raw.destroy();
  }, KEY_LOOK_MS);
  raw.once('close', () => clearInterval(watch));
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.flushHeaders();
  for await (const piece of stream) {
    if (raw.destroyed) break;
    if (!raw.write(piece)) await Promise.race([once(raw, 'drain'), once(raw, 'close')]).catch(() => {});
  }
  if (!raw.writableEnded) raw.end();
  return reply;
}
