/** The listening sockets of the exchange: one server per distinct port, upgrades routed by path. */
import type { IncomingMessage, Server } from 'node:http';
import { createServer, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { ExchangeStartError } from './exchange-start-error.ts';
import { createRestServer } from './rest-api.ts';

/** Where the three doors are. */
export interface ExchangeUrls {
  /** `http://host:port` */
  readonly rest: string;
  /** `ws://host:port`, to which `/ws/...` or `/stream?streams=...` is added */
  readonly stream: string;
  /** `ws://host:port/ws-api/v3` */
  readonly wsApi: string;
}

/** Takes over an upgraded connection. */
export type AcceptSocket = (socket: WebSocket, url: URL, raw: Duplex) => void;

/** What one kind of markets has at the doors. */
export interface Edge {
  addRoutes(server: FastifyInstance): void;
  /** Who takes a connection to this path; null = nobody here. */
  acceptorOf(path: string): AcceptSocket | null;
}

/** Where to listen; 0 takes any free port, equal numbers share one server. */
export interface DoorOptions {
  readonly restPort: number;
  readonly streamPort: number;
  readonly wsApiPort: number;
  /** Address to bind, 127.0.0.1 unless told. */
  readonly host?: string;
}

/** The open doors. */
export interface Doors {
  readonly urls: ExchangeUrls;
  readonly close: () => Promise<void>;
}

/** Listens on every port asked for. Throws ExchangeStartError naming a port that is in use. */
export async function openDoors(options: DoorOptions, edges: readonly Edge[]): Promise<Doors> {
  const host = options.host ?? '127.0.0.1';
  const rest = createRestServer();
  for (const edge of edges) edge.addRoutes(rest);
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024 * 1024 });
  const onUpgrade = (request: IncomingMessage, raw: Duplex, head: Buffer): void =>
    upgrade(sockets, edges, request, raw, head);
  const extra: Map<number, Server> = new Map();
  const close = async (): Promise<void> => {
    await rest.close();
    for (const server of extra.values()) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  };
  try {
    rest.server.on('upgrade', onUpgrade);
    rest.server.on('connection', (socket: Socket) => socket.setNoDelay(true));
    await named(options.restPort, async () => rest.listen({ host, port: options.restPort }));
    const portOf = async (wanted: number): Promise<number> => {
      if (wanted === options.restPort) return (rest.server.address() as AddressInfo).port;
      let server = extra.get(wanted);
      if (server === undefined) {
        server = createServer((_request, response) => response.writeHead(404).end());
        server.on('upgrade', onUpgrade);
        extra.set(wanted, server);
        await named(wanted, async () => listen(server!, host, wanted));
      }
      return (server.address() as AddressInfo).port;
    };
    const restPort = await portOf(options.restPort);
    const streamPort = await portOf(options.streamPort);
    const wsApiPort = await portOf(options.wsApiPort);
    const urls = {
      rest: `http://${host}:${restPort}`,
      stream: `ws://${host}:${streamPort}`,
      wsApi: `ws://${host}:${wsApiPort}/ws-api/v3`,
    };
    return { urls, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function named(port: number, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new ExchangeStartError(
      'EXCHANGE_PORT_IN_USE',
      `port ${port} is in use: the exchange cannot listen on it`,
    );
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

function upgrade(
  sockets: WebSocketServer,
  edges: readonly Edge[],
  request: IncomingMessage,
  raw: Duplex,
  head: Buffer,
): void {
  // Nobody else listens on the socket yet: a client that resets now must not end the thread.
  raw.on('error', () => raw.destroy());
  const target = request.url ?? '/';
  const url = URL.canParse(target, 'ws://exchange')
    ? new URL(target, 'ws://exchange')
    : new URL('ws://exchange/');
  const accept = edges.map((edge) => edge.acceptorOf(url.pathname)).find((found) => found !== null);
  if (accept === undefined) {
    raw.end(`HTTP/1.1 404 ${STATUS_CODES[404]}\r\nConnection: close\r\n\r\n`);
    return;
  }
  sockets.handleUpgrade(request, raw, head, (socket) => accept(socket, url, raw));
}
