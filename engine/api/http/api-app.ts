import { createHash, timingSafeEqual } from 'node:crypto';
import compress from '@fastify/compress';
import rateLimit from '@fastify/rate-limit';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { mayUse } from '../access/caller.ts';
import type { Caller } from '../access/caller.ts';
import type { KeyRecord } from '../access/key-record.ts';
import type { Gate } from '../access/gate.ts';
import { networkOf } from '../access/guess-throttle.ts';
import type { EngineView } from '../engine-view.ts';
import { BUDGETS } from './budgets.ts';
import { correlationIdOf } from './correlation-id.ts';
import { IdempotencyRegister } from './idempotency.ts';
import { PROBLEM_TYPE, problemBody, RequestProblem } from './problem.ts';
import { budgetOf } from './route.ts';
import type { Budget, Route } from './route.ts';
import { answerRoute } from './route-runner.ts';
import type { AuditNote } from './route-runner.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

const BODY_BYTES_MAX: number = 64 * 1024;
const PROCESS_BODY_BYTES_MAX: number = 256 * 1024;
const REQUEST_MS = 15_000;
const GZIP_FROM_BYTES = 1_024;

/** What the app is made of. */
export interface ApiAppOptions {
  readonly routes: readonly Route[];
  readonly engine: EngineView;
  readonly gate: Gate;
  /** Writes down who was refused what; calls that were let in are written down with their command. */
  readonly audit: (note: AuditNote) => void;
  /** Whether a key is good now: streams of one that is not any more end. */
  readonly isLiving: (keyId: string) => boolean;
  /** Times the usual budgets; for tests and benches. */
  readonly budgetFactor?: number;
}

/** What is known of a request before its handler runs. */
interface Admitted {
  caller: Caller | null;
  correlationId: string;
}

/** Every endpoint of the api with its checks, from the declarations. Not listening: the front server hands requests on. */
export async function buildApiApp(options: ApiAppOptions): Promise<FastifyInstance> {
  const { engine, gate, routes } = options;
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: true },
  });
  const admitted = new WeakMap<FastifyRequest, Admitted>();
  const of = (request: FastifyRequest): Admitted => admitted.get(request)!;
  await app.register(rateLimit, {
    global: false,
    addHeaders: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
  });
  await app.register(compress, {
    global: true,
    threshold: GZIP_FROM_BYTES,
    encodings: ['gzip', 'identity'],
    globalDecompression: false,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) =>
    parseBody(text as string, done),
  );
  app.addHook('onRequest', async (request, reply) => {
    const correlationId = correlationIdOf(request.headers);
    admitted.set(request, { caller: null, correlationId });
    reply.headers({
      ...SECURITY_HEADERS,
      'x-correlation-id': correlationId,
      'shrike-engine': `${engine.identity.engineId}/${engine.identity.runId}`,
    });
    of(request).caller = await gate.admit({ headers: request.headers, address: request.ip });
  });
  app.setErrorHandler((error, request, reply) => sendProblem(reply, error, of(request).correlationId));
  app.setNotFoundHandler((request, reply) =>
    answerUnknown(routes, request, reply, of(request).correlationId),
  );
  const idempotency = new IdempotencyRegister();
  for (const route of routes) addRoute(app, options, route, idempotency, of);
  addPages(app, options);
  await app.ready();
  return app;
}

/** One endpoint under each spelling of its path: budget, then scope, then its handler. */
function addRoute(
  app: FastifyInstance,
  { gate, engine, audit, isLiving, budgetFactor = 1 }: ApiAppOptions,
  route: Route,
  idempotency: IdempotencyRegister,
  of: (request: FastifyRequest) => Admitted,
): void {
  for (const url of spellingsOf(route)) {
    app.route({
      method: route.verb === 'GET' && !isStream(route) ? ['GET', 'HEAD'] : route.verb,
      url,
      bodyLimit: route.path === '/api/mtf/process' ? PROCESS_BODY_BYTES_MAX : BODY_BYTES_MAX,
      config: {
        rateLimit: limitOf(budgetOf(route), budgetFactor, (request) => callerKey(of(request).caller)),
      },
      preValidation: (request) => {
        const { caller, correlationId } = of(request);
        const problem = scopeRefusal(gate, route, caller!, request);
        if (problem === null) return Promise.resolve();
        if (route.command !== undefined)
          audit({ route, caller: caller!, correlationId, headers: request.headers, problem });
        throw problem;
      },
      handler: (request, reply) => {
        const { caller, correlationId } = of(request);
        const login = (apiKey: string, address: string): Promise<KeyRecord> => gate.goodKey(apiKey, address);
        const run = { route, request, reply, engine, idempotency, audit, isLiving, login, correlationId };
        return answerRoute({ ...run, caller: caller! });
      },
    });
  }
}

/** The documentation: loaded with the first request for it. */
function addPages(app: FastifyInstance, { routes, engine }: ApiAppOptions): void {
  let loading: Promise<FastifyInstance> | null = null;
  const pages = async (): Promise<FastifyInstance> => {
    loading ??= import('./openapi-document.ts').then(({ describingApp }) =>
      describingApp(routes, engine.identity.version),
    );
    return loading;
  };
  for (const url of ['/docs', '/docs/*']) {
    app.get(url, async (request, reply) => {
      const shown = await pages();
      reply.hijack();
      shown.routing(request.raw, reply.raw);
    });
  }
  app.get('/openapi.json', async (_request, reply) => {
    const document = (await pages()).swagger();
    return reply.header('cache-control', 'private, no-cache').send(document);
  });
}

/** Streams have no HEAD: it would wait for ever. */
function isStream({ mediaType }: Route): boolean {
  return mediaType === 'text/event-stream';
}

/** A symbol at the end of a path may be two parts: BTC/USDT. */
function spellingsOf({ path }: Route): string[] {
  return path.endsWith('/:symbol') ? [path, `${path}/:quote`] : [path];
}

function limitOf(budget: Budget, factor: number, keyOf: (request: FastifyRequest) => string): object {
  const { max, windowMs } = BUDGETS[budget];
  return {
    max: max * factor,
    timeWindow: windowMs,
    groupId: budget,
    hook: 'preValidation',
    keyGenerator: keyOf,
    errorResponseBuilder: (_request: FastifyRequest, { ttl }: { readonly ttl: number }) => {
      const retryAfterS = Math.max(1, Math.ceil(ttl / 1_000));
      return new RequestProblem(
        'TOO_MANY',
        `no more than ${max} ${budget} requests in ${windowMs / 1_000} s`,
        {
          retryAfterS,
        },
      );
    },
  };
}

function callerKey(caller: Caller | null): string {
  if (caller === null) return 'nobody';
  return caller.keyId === '' ? networkOf(caller.address) : caller.keyId;
}

function scopeRefusal(
  gate: Gate,
  route: Route,
  caller: Caller,
  { headers }: FastifyRequest,
): RequestProblem | null {
  const { scope } = route;
  if (scope === 'open' || scope === 'login') return null;
  if (caller.scopes.size === 0 || (caller.kind === 'loopback' && !mayUse(caller, scope)))
    return gate.keyMissing();
  if (!mayUse(caller, scope)) {
    const needed = scope === 'lower' ? 'trade or control' : scope;
    return new RequestProblem('SCOPE_MISSING', `this needs the scope ${needed}`, {
      inputs: { needed, has: [...caller.scopes] },
    });
  }
  const isSafe = caller.csrf === null || route.verb === 'GET';
  if (isSafe || (headers.origin !== undefined && isSameText(headers['x-shrike-csrf'], caller.csrf)))
    return null;
  const detail = 'send X-Shrike-Csrf with the value of GET /api/v1/session, from a page of the engine';
  return new RequestProblem('CSRF', detail);
}

function isSameText(given: unknown, wanted: string | null): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return typeof given === 'string' && wanted !== null && timingSafeEqual(digest(given), digest(wanted));
}

function parseBody(text: string, done: (error: Error | null, body?: unknown) => void): void {
  if (text === '') return done(null, undefined);
  try {
    done(null, JSON.parse(text));
  } catch (error) {
    const message = (error as Error).message;
    done(new RequestProblem('VALIDATION', 'the body is not JSON', { errors: [{ path: 'body', message }] }));
  }
}

/** Answers with a problem, whatever went wrong. */
function sendProblem(reply: FastifyReply, error: unknown, correlationId: string): FastifyReply {
  const problem = problemOf(error);
  const { retryAfterS } = problem.extra;
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
  if (problem.code === 'UNAUTHORIZED') reply.header('www-authenticate', 'Bearer realm="shrike"');
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemBody(problem, correlationId)));
}

const CODE_OF_STATUS: Readonly<Record<number, 'VALIDATION' | 'BODY_TOO_LARGE' | 'MEDIA_TYPE'>> = {
  400: 'VALIDATION',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE',
};

function problemOf(error: unknown): RequestProblem {
  if (error instanceof RequestProblem) return error;
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  const code = CODE_OF_STATUS[statusCode];
  if (code !== undefined) return new RequestProblem(code, message);
  return new RequestProblem('DEFECT', `${(error as Error).name}: ${message}`);
}

/** No route: says which verbs the path takes, if it takes any. */
function answerUnknown(
  routes: readonly Route[],
  request: FastifyRequest,
  reply: FastifyReply,
  correlationId: string,
): FastifyReply {
  const path = request.url.split('?')[0];
  const verbs = new Set(routes.filter((route) => patternOf(route.path).test(path)).map(({ verb }) => verb));
  if (verbs.size === 0)
    return sendProblem(
      reply,
      new RequestProblem('NOT_FOUND', `nothing is at ${path}; /docs lists what there is`),
      correlationId,
    );
  const allowed = [...verbs, ...(verbs.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  reply.header('allow', allowed);
  if (request.method === 'OPTIONS') return reply.code(204).send();
  const problem = new RequestProblem('METHOD_NOT_ALLOWED', `this path takes ${allowed}`);
  return sendProblem(reply, problem, correlationId);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:[a-zA-Z]+/g, '[^/]+').replaceAll('*', '.*')}/?$`);
}
