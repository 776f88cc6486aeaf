import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CounterBlock } from '../ipc/counters.ts';
import { accessRefusal, checkBind, ApiError } from './access.ts';
import type { AccessPolicy, AccessRefusal } from './access.ts';
import type { EngineStats, LatencyReport } from './engine-stats.ts';
import { API_COUNTER } from './api-counters.ts';
import type { HealthReport } from './health.ts';
import type { Metrics } from './metrics.ts';
import type { TelemetryFeed } from './telemetry-feed.ts';
import { TELEMETRY_PATH } from './telemetry-protocol.ts';

export interface HttpServerOptions {
  readonly access: AccessPolicy;
  /** 0 takes a free port. */
  readonly port: number;
  readonly counters: CounterBlock;
  readonly feed: TelemetryFeed;
  readonly metrics: Metrics;
  readonly healthy: () => HealthReport;
  readonly ready: () => HealthReport;
  readonly stats: () => EngineStats | null;
  /** null when the engine does not answer. */
  readonly latency: () => Promise<LatencyReport | null>;
}

/** Where the api is reached. */
export interface ApiAddress {
  readonly host: string;
  readonly port: number;
  readonly httpUrl: string;
  readonly feedUrl: string;
}

const REFUSALS: Readonly<Record<AccessRefusal, { readonly status: number; readonly message: string }>> = {
  FOREIGN_HOST: { status: 421, message: 'this address answers only to the name of this machine' },
  FOREIGN_ORIGIN: { status: 403, message: 'pages of this origin may not read the engine' },
  UNAUTHORIZED: { status: 401, message: 'a valid token is needed (Authorization: Bearer)' },
};

const ROUTES = ['/-/healthy', '/-/ready', '/metrics', '/stats', '/latency', TELEMETRY_PATH];

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

/** HTTP side of the api: health, metrics, stats, and the upgrade to the telemetry feed. Read-only. */
export class ApiHttpServer {
  private readonly options: HttpServerOptions;
  private readonly app: FastifyInstance;

  constructor(options: HttpServerOptions) {
    this.options = options;
    this.app = fastify({ logger: false, forceCloseConnections: true, bodyLimit: 1_024 });
    this.addRoutes();
    this.app.server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
      this.upgrade(request, socket, head);
    });
  }

  /** Starts to serve. @throws ApiError naming the address and the reason. */
  async listen(): Promise<ApiAddress> {
    const { access, port } = this.options;
    checkBind(access);
    try {
      await this.app.listen({ host: access.host, port });
    } catch (error) {
      throw listenError(error as NodeJS.ErrnoException, access.host, port);
    }
    const bound = this.app.server.address() as AddressInfo;
    const authority = `${access.host.includes(':') ? `[${access.host}]` : access.host}:${bound.port}`;
    return {
      host: access.host,
      port: bound.port,
      httpUrl: `http://${authority}`,
      feedUrl: `ws://${authority}${TELEMETRY_PATH}`,
    };
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await this.app.close();
  }

  private addRoutes(): void {
    const { healthy, ready, metrics, stats, latency } = this.options;
    this.app.addHook('onRequest', async (request, reply) => this.guard(request, reply));
    this.app.get('/-/healthy', (_request, reply) => sendHealth(reply, healthy()));
    this.app.get('/-/ready', (_request, reply) => sendHealth(reply, ready()));
    this.app.get('/metrics', async (_request, reply) => {
      const text = await metrics.text();
      return reply.type(metrics.contentType).send(text);
    });
    this.app.get('/stats', (_request, reply) => {
      const latest = stats();
      if (latest !== null) return reply.send(latest);
      return reply.code(503).send({ code: 'NO_STATS', message: 'the engine has not reported yet' });
    });
    this.app.get('/latency', async (_request, reply) => {
      const report = await latency();
      if (report !== null) return reply.send(report);
      return reply.code(503).send({ code: 'NO_STATS', message: 'the engine does not answer' });
    });
    this.app.setNotFoundHandler((_request, reply) =>
      reply.code(404).send({ code: 'NOT_FOUND', message: `there is ${ROUTES.join(', ')}` }),
    );
  }

  private guard(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    const refusal = accessRefusal(this.options.access, request.headers);
    if (refusal === null) return undefined;
    this.countRefusal(refusal);
    const { status, message } = REFUSALS[refusal];
    return reply.code(status).send({ code: refusal, message });
  }

  private countRefusal(refusal: AccessRefusal): void {
    const isToken = refusal === 'UNAUTHORIZED';
    this.options.counters.increment(
      isToken ? API_COUNTER.clientsRefusedAuth : API_COUNTER.clientsRefusedOrigin,
    );
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const { access, counters, feed } = this.options;
    const url = new URL(request.url ?? '/', 'http://localhost');
    const format = url.searchParams.get('format') ?? 'msgpack';
    if (url.pathname !== TELEMETRY_PATH) {
      refuseUpgrade(socket, 404, 'NOT_FOUND', `the telemetry feed is at ${TELEMETRY_PATH}`);
      return;
    }
    const refusal = accessRefusal(access, request.headers);
    if (refusal !== null) {
      this.countRefusal(refusal);
      refuseUpgrade(socket, REFUSALS[refusal].status, refusal, REFUSALS[refusal].message);
    } else if (format !== 'msgpack' && format !== 'json') {
      refuseUpgrade(socket, 400, 'BAD_FORMAT', 'format is msgpack or json');
    } else if (!feed.hasRoom()) {
      counters.increment(API_COUNTER.clientsRefusedFull);
      refuseUpgrade(socket, 503, 'TOO_MANY_CLIENTS', 'the client limit is reached');
    } else {
      feed.accept(request, socket, head, format);
    }
  }
}

function sendHealth(reply: FastifyReply, report: HealthReport): FastifyReply {
  return reply.code(report.ok ? 200 : 503).send(report);
}

function refuseUpgrade(socket: Duplex, status: number, code: string, message: string): void {
  const body = JSON.stringify({ code, message });
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
