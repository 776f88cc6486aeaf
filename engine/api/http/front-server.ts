import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { CounterBlock } from '../../ipc/counters.ts';
import { mayUse } from '../access/caller.ts';
import type { Caller } from '../access/caller.ts';
import { credentialOf } from '../access/gate.ts';
import type { Gate } from '../access/gate.ts';
import { ApiError, checkBind } from '../access/request-origin.ts';
import type { BindPolicy } from '../access/request-origin.ts';
import { API_COUNTER } from '../api-counters.ts';
import type { EngineView } from '../engine-view.ts';
import type { TelemetryFeed } from '../telemetry-feed.ts';
import { PLAIN_TOPICS, TELEMETRY_PATH } from '../telemetry-protocol.ts';
import type { TopicName } from '../telemetry-protocol.ts';
import { correlationIdOf } from './correlation-id.ts';
import { PROBLEM_TYPE, problemBody, RequestProblem } from './problem.ts';
import type { AuditNote } from './route-runner.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

export interface FrontServerOptions {
  readonly bind: BindPolicy;
  /** 0 takes a free port. */
  readonly port: number;
  readonly counters: CounterBlock;
  readonly feed: TelemetryFeed;
  readonly engine: EngineView;
  readonly gate: Gate;
  readonly audit: (note: AuditNote) => void;
  /** Whether a key is good now; sockets of one that is not any more are closed. */
  readonly isLiving: (keyId: string) => boolean;
}

/** Where the api is reached. */
export interface ApiAddress {
  readonly host: string;
  readonly port: number;
  readonly httpUrl: string;
  readonly feedUrl: string;
}

/** The feed under the name older clients know: as JSON, with these topics from the beginning. */
const PLAIN_FEED_PATH = '/ws';
const CONNECTIONS_MAX = 1_024;
const HEADER_BYTES_MAX: number = 16 * 1_024;
const REQUEST_MS = 15_000;
const KEEP_ALIVE_MS = 65_000;
const KEYS_LOOK_MS = 1_000;
const CLOSE_KEY_ENDED = 4_401;

interface QuickAnswer {
  readonly status: number;
  readonly mediaType: string;
  readonly text: string;
}

const json = (status: number, body: object): QuickAnswer => ({
  status,
  mediaType: 'application/json; charset=utf-8',
  text: JSON.stringify(body),
});

/** What monitoring polls. These are answered here, so that an engine nobody else asks never loads the rest of the api. */
const QUICK: Readonly<
  Record<string, (engine: EngineView) => QuickAnswer | null | Promise<QuickAnswer | null>>
> = {
  '/-/healthy': (engine) => json(engine.healthy().ok ? 200 : 503, engine.healthy()),
  '/-/ready': (engine) => json(engine.ready().ok ? 200 : 503, engine.ready()),
  '/metrics': async (engine) => ({ status: 200, ...(await engine.metrics()) }),
  '/stats': (engine) => {
    const stats = engine.stats();
    return stats === null ? null : json(200, stats);
  },
  '/latency': async (engine) => {
    const report = await engine.latency();
    return report === null ? null : json(200, report);
  },
};

function listenError(error: NodeJS.ErrnoException, host: string, port: number): ApiError {
  if (error.code === 'EADDRINUSE') {
    return new ApiError(
      'API_PORT_IN_USE',
      `api.port ${port} on ${host} is in use by another program: choose another, or 0 for a free one`,
    );
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new ApiError('API_ADDRESS_UNAVAILABLE', `api.host ${host} is no address of this machine`);
  }
  return new ApiError('API_LISTEN_FAILED', `cannot listen on ${host}:${port}: ${error.message}`);
}

/**
 * The socket of the api: answers what monitoring polls, upgrades to the telemetry feed, and hands everything else to the app
 * with all endpoints, which is loaded with the first request for it. Api thread.
 */
export class FrontServer {
  private readonly options: FrontServerOptions;
  private readonly server: Server;
  private app: FastifyInstance | null = null;
  private loading: Promise<FastifyInstance> | null = null;
  private readonly keyed: Map<string, Set<(code: number, reason: string) => void>> = new Map();
  private keyTimer: NodeJS.Timeout | null = null;

  constructor(options: FrontServerOptions) {
    this.options = options;
    this.server = createServer(
      { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS },
      (request, response) => void this.dispatch(request, response),
    );
    this.server.maxConnections = CONNECTIONS_MAX;
    this.server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
      void this.upgrade(request, socket, head);
    });
  }

  /** Starts to serve. @throws ApiError naming the address and the reason. */
  async listen(): Promise<ApiAddress> {
    const { bind, port } = this.options;
    checkBind(bind);
    try {
      await new Promise<void>((resolve, reject) => {
        this.server.once('error', reject);
        this.server.listen({ host: bind.host, port }, () => {
          this.server.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      throw listenError(error as NodeJS.ErrnoException, bind.host, port);
    }
    const bound = this.server.address() as AddressInfo;
    const authority = `${bind.host.includes(':') ? `[${bind.host}]` : bind.host}:${bound.port}`;
    return {
      host: bind.host,
      port: bound.port,
      httpUrl: `http://${authority}`,
      feedUrl: `ws://${authority}${TELEMETRY_PATH}`,
    };
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    if (this.keyTimer !== null) clearInterval(this.keyTimer);
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.server.closeAllConnections();
    await closed;
    await this.app?.close();
  }

  private async dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (this.app === null && (await this.answerQuickly(request, response))) return;
      const app = this.app ?? (await this.load());
      app.routing(request, response);
    } catch (error) {
      this.fail(request, response, error);
    }
  }

  /** Loads the endpoints: some hundred milliseconds, once. */
  private load(): Promise<FastifyInstance> {
    this.loading ??= this.build();
    return this.loading;
  }

  private async build(): Promise<FastifyInstance> {
    const { engine, gate, audit, isLiving } = this.options;
    const { loadApiApp } = await import('./load-app.ts');
    this.app = await loadApiApp({ engine, gate, audit, isLiving });
    return this.app;
  }

  /** Answers a reader of this machine who has no key; false = that is for the app. */
  private async answerQuickly(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { headers, url = '/', method } = request;
    const quick = Object.hasOwn(QUICK, url) ? QUICK[url] : undefined;
    const isPlain = credentialOf(headers) === null && headers.cookie === undefined;
    if (quick === undefined || method !== 'GET' || !isPlain) return false;
    const caller = await this.options.gate.admit({ headers, address: request.socket.remoteAddress ?? '' });
    if (!mayUse(caller, 'read')) return false;
    const answer = await quick(this.options.engine);
    if (answer === null)
      throw new RequestProblem('NO_STATS', 'the engine has not reported yet', { retryAfterS: 1 });
    const { status, mediaType, text } = answer;
    this.writeHead(request, response, status, mediaType);
    response.end(text);
    return true;
  }

  private writeHead(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    mediaType: string,
  ): void {
    const { engineId, runId } = this.options.engine.identity;
    response.writeHead(status, {
      ...SECURITY_HEADERS,
      'content-type': mediaType,
      'cache-control': 'no-store',
      'x-correlation-id': correlationIdOf(request.headers),
      'shrike-engine': `${engineId}/${runId}`,
    });
  }

  private fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const problem = problemOf(error);
    this.writeHead(request, response, problem.status, PROBLEM_TYPE);
    response.end(JSON.stringify(problemBody(problem, String(response.getHeader('x-correlation-id') ?? ''))));
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const { format, topics } = this.wantedFeed(request);
      const address = request.socket.remoteAddress ?? '';
      const caller = await this.options.gate.admit({ headers: request.headers, address });
      if (!mayUse(caller, 'read')) throw this.options.gate.keyMissing();
      const { feed, counters } = this.options;
      if (!feed.hasRoom()) {
        counters.increment(API_COUNTER.clientsRefusedFull);
        throw new RequestProblem('TOO_MANY_CLIENTS', 'the client limit is reached');
      }
      if (socket.destroyed) return;
      const close = feed.accept(request, socket, head, format, topics);
      this.watchKey(caller, socket, close);
    } catch (error) {
      refuseUpgrade(socket, problemOf(error), correlationIdOf(request.headers));
    }
  }

  /** @throws RequestProblem */
  private wantedFeed({ url = '/' }: IncomingMessage): {
    readonly format: 'json' | 'msgpack';
    readonly topics: readonly TopicName[];
  } {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    if (pathname === PLAIN_FEED_PATH) return { format: 'json', topics: PLAIN_TOPICS };
    if (pathname !== TELEMETRY_PATH)
      throw new RequestProblem('NOT_FOUND', `the telemetry feed is at ${TELEMETRY_PATH}`);
    const format = searchParams.get('format') ?? 'msgpack';
    if (format === 'msgpack' || format === 'json') return { format, topics: [] };
    throw new RequestProblem('VALIDATION', 'format is msgpack or json', {
      errors: [{ path: 'query.format', message: 'msgpack or json' }],
    });
  }

  /** Closes a socket soon after its key has ended. */
  private watchKey({ keyId }: Caller, socket: Duplex, close: (code: number, reason: string) => void): void {
    if (keyId === '') return;
    const sockets = this.keyed.get(keyId) ?? new Set();
    this.keyed.set(keyId, sockets.add(close));
    socket.once('close', () => sockets.delete(close));
    this.keyTimer ??= setInterval(() => this.lookAtKeys(), KEYS_LOOK_MS);
  }

  private lookAtKeys(): void {
    for (const [keyId, sockets] of this.keyed) {
      if (sockets.size === 0) this.keyed.delete(keyId);
      else if (!this.options.isLiving(keyId))
        for (const close of sockets) close(CLOSE_KEY_ENDED, 'the key has ended');
    }
  }
}

function problemOf(error: unknown): RequestProblem {
  if (error instanceof RequestProblem) return error;
  return new RequestProblem(
    'DEFECT',
    error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  );
}

function refuseUpgrade(socket: Duplex, problem: RequestProblem, correlationId: string): void {
  const body = JSON.stringify(problemBody(problem, correlationId));
  const headers = Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\nContent-Type: ${PROBLEM_TYPE}\r\nConnection: close\r\n` +
      `${headers.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
