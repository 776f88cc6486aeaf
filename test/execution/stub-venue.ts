import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { VenueEndpoints } from '../../engine/market-data/feed-port.ts';

/** How the stub answers the next REST requests; the last one goes on. */
export interface StubAnswer {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  /** No answer at all. */
  readonly hangs?: boolean;
}

/** A venue of a few lines under a test's control: one HTTP server with a stream door. */
export class StubVenue {
  readonly clients: WebSocket[] = [];
  readonly streamUrls: string[] = [];
  readonly requests: string[] = [];
  /** Answers to REST requests in order; a function makes each from its URL. */
  answer: (url: URL) => StubAnswer = () => ({ status: 404 });
  private readonly http: Server;
  private readonly sockets: WebSocketServer;

  private constructor() {
    this.http = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://stub');
      this.requests.push(`${url.pathname}${url.search}`);
      const { status = 200, body = '', headers = {}, hangs = false } = this.answer(url);
      if (!hangs) response.writeHead(status, headers).end(body);
    });
    this.sockets = new WebSocketServer({ server: this.http });
    this.sockets.on('connection', (client, request) => {
      client.on('error', () => undefined);
      this.streamUrls.push(request.url ?? '');
      this.clients.push(client);
    });
  }

  static async start(): Promise<StubVenue> {
    const venue = new StubVenue();
    await new Promise<void>((resolve) => venue.http.listen(0, '127.0.0.1', resolve));
    return venue;
  }

  get endpoints(): VenueEndpoints {
    const { port } = this.http.address() as AddressInfo;
    return {
      rest: `http://127.0.0.1:${port}`,
      stream: `ws://127.0.0.1:${port}`,
      wsApi: `ws://127.0.0.1:${port}/ws-api/v3`,
    };
  }

  /** The newest connection. */
  get client(): WebSocket {
    const newest = this.clients.at(-1);
    if (newest === undefined) throw new Error('no client has connected');
    return newest;
  }

  close(): void {
    for (const client of this.clients) client.terminate();
    this.sockets.close();
    this.http.closeAllConnections();
    this.http.close();
  }
}

/** Polls until `holds`, or fails naming what was waited for. */
export async function until(what: string, holds: () => boolean, deadlineMs = 10_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
