/** Server-side keep-alive of WebSocket connections: a ping every 20 s, a pong within a minute or the end. */
import type { RawData, WebSocket } from 'ws';

const PING_INTERVAL_MS = 20_000;
const PONG_TIMEOUT_MS = 60_000;

interface Heartbeat {
  pingMs: number;
  pongMs: number;
  payload: string;
}

/** Pings the connections it is given and ends those that stopped answering. */
export class KeepAlive {
  readonly #heartbeats: Map<WebSocket, Heartbeat> = new Map();

  /** Watches a connection until it closes. */
  add(socket: WebSocket): void {
    const nowMs = Date.now();
    const heartbeat: Heartbeat = { pingMs: nowMs, pongMs: nowMs, payload: '' };
    this.#heartbeats.set(socket, heartbeat);
    socket.on('pong', (data) => {
      // Unsolicited pongs do not count: only an echo of the last payload does.
      if (data.toString() === heartbeat.payload) heartbeat.pongMs = Date.now();
    });
    socket.on('close', () => this.#heartbeats.delete(socket));
  }

  /** Sends the pings that are due and ends dead connections. */
  tick(nowMs: number): void {
    for (const [socket, heartbeat] of this.#heartbeats) {
      if (nowMs - heartbeat.pongMs > PONG_TIMEOUT_MS + PING_INTERVAL_MS) {
        socket.terminate();
      } else if (nowMs - heartbeat.pingMs >= PING_INTERVAL_MS) {
        heartbeat.pingMs = nowMs;
        heartbeat.payload = String(nowMs);
        socket.ping(heartbeat.payload);
      }
    }
  }
}

/** The text of a received frame, however `ws` delivered its bytes. */
export function frameText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.from(data as ArrayBuffer).toString('utf8');
}
