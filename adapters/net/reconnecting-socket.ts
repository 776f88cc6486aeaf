import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { FRAME_BYTES_MAX } from '../../engine/core/limits.ts';
import { LongTimer } from '../../engine/core/long-timer.ts';
import type { Prng } from '../../engine/core/prng.ts';
import { FramedSocket } from './framed-socket.ts';
import type { OpenFramedSocket } from './framed-socket.ts';

/** What a ReconnectingSocket is doing. */
export const SOCKET_STATE = { idle: 0, connecting: 1, open: 2, waiting: 3, closed: 4 } as const;

/** Callbacks of a ReconnectingSocket, bound once by its owner; all on the owner's thread. */
export interface SocketHandlers {
  /**
   * A connection is open and `send` reaches it. `isRotation` tells that it takes over from one that still
   * works and goes on delivering for `overlapMs`: the owner sees what both deliver and drops what it has
   * seen.
   */
  onOpen(isRotation: boolean): void;
  /**
   * Bytes have arrived, the next messages are in them: what is to be timed from their receipt is timed from here.
   */
  onRead?(): void;
  /** One message, complete: `bytes[from..end)`, valid until the call returns. */
  onMessage(bytes: Buffer, from: number, end: number, isBinary: boolean): void;
  /**
   * No connection any more (or an attempt failed); the next one is made by itself. `reason` is for people.
   */
  onDown(reason: string): void;
  /** An attempt begins; `attempt` counts from 1 and starts again after a connection that held. */
  onConnecting?(attempt: number): void;
}

/** How a ReconnectingSocket behaves; every time in milliseconds, 0 switches a rule off. */
export interface SocketOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** First pause after a failure; doubles with each further one up to `reconnectMaxMs`, jittered by half. */
  readonly reconnectMinMs?: number;
  readonly reconnectMaxMs?: number;
  readonly handshakeTimeoutMs?: number;
  /** Longest time without a data message before the connection counts as dead. */
  readonly silenceMs?: number;
  /** Longest time without anything at all, pings and pongs included. */
  readonly deadMs?: number;
  /**
   * Own pings at this period, for connections that are quiet by nature. Venues count them against rate
   * limits.
   */
  readonly pingEveryMs?: number;
  /** Age at which a connection is replaced: the new one opens before the old one closes. */
  readonly rotateAfterMs?: number;
  /** How long the old connection goes on delivering after the new one opened. */
  readonly overlapMs?: number;
  /** A connection that held this long starts the back-off anew. */
  readonly stableMs?: number;
  readonly maxMessageBytes?: number;
  /** `send` refuses while this much waits for the kernel. */
  readonly maxBufferedBytes?: number;
  /** Opens each connection; a rehearsal brings its own. */
  readonly openSocket?: OpenFramedSocket;
}

const DEFAULTS = {
  reconnectMinMs: 250,
  reconnectMaxMs: 15_000,
  handshakeTimeoutMs: 10_000,
  silenceMs: 0,
  /* Binance pings every 20 s; three missed ones. */
  deadMs: 60_000,
  pingEveryMs: 0,
  /* Venues close at 24 h. */
  rotateAfterMs: 85_800_000,
  overlapMs: 1_000,
  stableMs: 5_000,
  maxMessageBytes: FRAME_BYTES_MAX,
  maxBufferedBytes: FRAME_BYTES_MAX,
  openSocket: ((url, options, handlers) => new FramedSocket(url, options, handlers)) as OpenFramedSocket,
} as const;

/** A watchdog of `limitMs` looks this often: it acts after limit..limit * 1.25. */
const WATCH_PARTS = 4;
/** A goodbye that is not answered within this time is cut. */
const CLOSE_TIMEOUT_MS = 1_000;
const BACKOFF_DOUBLINGS_MAX = 16;

/** One connection and its timers. */
interface Connection {
  readonly url: string;
  readonly framed: FramedSocket;
  readonly socket: WebSocket;
  readonly timers: NodeJS.Timeout[];
  isRotation: boolean;
  isOpen: boolean;
  isDone: boolean;
  dataCount: number;
  trafficCount: number;
  retryAfterMs: number;
  lastError: string;
}

/**
 * A WebSocket client that keeps itself connected: jittered exponential back-off, handshake timeout, watchdogs
 * on data and on any traffic, replacement before the venue's age limit. Pings are answered by `ws`;
 * TCP_NODELAY is set by it. Belongs to one event-loop thread. Never throws after construction; failures
 * arrive through `onDown`.
 */
export class ReconnectingSocket {
  private readonly options: Required<Omit<SocketOptions, 'headers'>>;
  private readonly headers: Readonly<Record<string, string>>;
  private url: string;
  private readonly handlers: SocketHandlers;
  private readonly random: Prng;
  private current: Connection | null;
  /** The connection that is to take over, while it connects. */
  private successor: Connection | null;
  /** The connection that was taken over, while it still delivers. */
  private retiring: Connection | null;
  private reconnectTimer: LongTimer | null;
  private stateNow: number;
  private attemptNow: number;
  private isPaused: boolean;

  /**
   * @param random jitters the back-off
   * @throws TypeError when the address is no ws:// or wss:// URL
   */
  constructor(options: SocketOptions, handlers: SocketHandlers, random: Prng) {
    if (!/^wss?:$/.test(new URL(options.url).protocol))
      throw new TypeError(`no WebSocket URL: ${options.url}`);
    const { headers, ...rest } = options;
    this.options = { ...DEFAULTS, ...rest };
    this.headers = headers ?? {};
    this.url = options.url;
    this.handlers = handlers;
    this.random = random;
    this.current = null;
    this.successor = null;
    this.retiring = null;
    this.reconnectTimer = null;
    this.stateNow = SOCKET_STATE.idle;
    this.attemptNow = 0;
    this.isPaused = false;
  }

  /** A SOCKET_STATE. */
  get state(): number {
    return this.stateNow;
  }

  /** Attempts since a connection last held. */
  get attempt(): number {
    return this.attemptNow;
  }

  /** Bytes handed to `send` that the kernel has not taken yet. */
  get bufferedBytes(): number {
    return this.current === null ? 0 : this.current.socket.bufferedAmount;
  }

  /** Begins to connect; without effect while it is already at it or closed. */
  open(): void {
    if (this.stateNow !== SOCKET_STATE.idle) return;
    this.connect();
  }

  /**
   * Hands one message to the socket: text for strings and (unless `isBinary`) for bytes. False = no byte
   * left. The bytes are copied into a masked frame, so the caller may reuse them at once.
   */
  send(data: Uint8Array | string, isBinary = false): boolean {
    const current = this.current;
    if (current === null || !current.isOpen || current.socket.readyState !== WebSocket.OPEN) return false;
    if (current.socket.bufferedAmount > this.options.maxBufferedBytes) return false;
    current.framed.send(data, isBinary);
    return true;
  }

  /** Stops reading: the kernel's buffers and then the venue hold the data. The watchdogs wait meanwhile. */
  pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    for (const connection of this.connections()) if (connection.isOpen) connection.framed.pause();
  }

  /** Reads on after `pause`. */
  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    for (const connection of this.connections()) {
      connection.trafficCount++;
      connection.dataCount++;
      if (connection.isOpen) connection.framed.resume();
    }
  }

  /**
   * Opens a fresh connection and lets the old one go when that one is open; e.g. on a venue's notice of
   * shutdown.
   */
  rotate(): void {
    if (this.stateNow !== SOCKET_STATE.open || this.successor !== null) return;
    this.successor = this.dial(true);
  }

  /** Goes on at another address: a connection there takes over when it is open, at once or instead of the next one. */
  moveTo(url: string): void {
    this.url = url;
    this.rotate();
  }

  /** Cuts what is open, as a network failure would; the usual rules bring it back. */
  dropConnection(reason = 'dropped'): void {
    for (const connection of this.connections()) this.fail(connection, reason);
  }

  /**
   * Closes for good: says goodbye on open connections, ends attempts and timers. Nothing is called back
   * after.
   */
  close(): void {
    if (this.stateNow === SOCKET_STATE.closed) return;
    this.stateNow = SOCKET_STATE.closed;
    this.reconnectTimer?.stop();
    this.reconnectTimer = null;
    for (const connection of this.connections()) this.retire(connection, 'closed');
    this.current = null;
    this.successor = null;
    this.retiring = null;
  }

  private connections(): Connection[] {
    return [this.successor, this.retiring, this.current].filter((connection) => connection !== null);
  }

  private connect(): void {
    this.reconnectTimer = null;
    this.stateNow = SOCKET_STATE.connecting;
    this.attemptNow++;
    this.handlers.onConnecting?.(this.attemptNow);
    this.current = this.dial(false);
  }

  private dial(isRotation: boolean): Connection {
    const { url } = this;
    const framed = this.options.openSocket(
      url,
      {
        handshakeTimeout: this.options.handshakeTimeoutMs,
        maxPayload: this.options.maxMessageBytes,
        /* The scanners check what they read; text for people is decoded leniently. */
        skipUTF8Validation: true,
        headers: this.headers,
      },
      {
        onRead: (): void => this.handlers.onRead?.(),
        onMessage: (bytes, from, end, isBinary): void => {
          connection.dataCount++;
          connection.trafficCount++;
          if (!connection.isDone) this.handlers.onMessage(bytes, from, end, isBinary);
        },
      },
    );
    const socket = framed.webSocket;
    const connection: Connection = {
      url,
      framed,
      socket,
      timers: [],
      isRotation,
      isOpen: false,
      isDone: false,
      dataCount: 0,
      trafficCount: 0,
      retryAfterMs: 0,
      lastError: '',
    };
    socket.on('open', () => this.opened(connection));
    socket.on('ping', () => connection.trafficCount++);
    socket.on('pong', () => connection.trafficCount++);
    socket.on('unexpected-response', (_request, response) => this.refused(connection, response));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      connection.lastError = error.code ?? error.message;
    });
    socket.on('close', (code: number, reason: Buffer) => {
      const said = reason.length > 0 ? ` ${reason.toString('latin1')}` : '';
      this.fail(connection, connection.lastError === '' ? `closed ${code}${said}` : connection.lastError);
    });
    return connection;
  }

  private opened(connection: Connection): void {
    if (connection.isDone) return;
    connection.isOpen = true;
    if (connection === this.successor) {
      this.successor = null;
      const old = this.current;
      this.current = connection;
      if (old !== null) this.letRetire(old);
    }
    this.stateNow = SOCKET_STATE.open;
    if (this.isPaused) connection.framed.pause();
    this.watch(connection);
    this.handlers.onOpen(connection.isRotation);
    if (connection.url !== this.url) this.rotate();
  }

  /** The old connection delivers a while longer, so that what is on its way is not lost. */
  private letRetire(old: Connection): void {
    if (this.retiring !== null) this.retire(this.retiring, 'rotated');
    this.retiring = old;
    old.timers.push(
      setTimeout(() => {
        if (this.retiring === old) this.retiring = null;
        this.retire(old, 'rotated');
      }, this.options.overlapMs),
    );
  }

  private watch(connection: Connection): void {
    const { silenceMs, deadMs, pingEveryMs, rotateAfterMs, stableMs } = this.options;
    connection.timers.push(
      setTimeout(() => {
        this.attemptNow = 0;
      }, stableMs),
    );
    if (silenceMs > 0) this.watchCount(connection, silenceMs, 'dataCount', 'silence');
    if (deadMs > 0) this.watchCount(connection, deadMs, 'trafficCount', 'dead');
    if (pingEveryMs > 0) {
      connection.timers.push(
        setInterval(() => {
          if (connection.socket.readyState === WebSocket.OPEN) connection.socket.ping();
        }, pingEveryMs),
      );
    }
    if (rotateAfterMs > 0) connection.timers.push(setTimeout(() => this.rotate(), rotateAfterMs));
  }

  private watchCount(
    connection: Connection,
    limitMs: number,
    field: 'dataCount' | 'trafficCount',
    reason: string,
  ): void {
    let seen = connection[field];
    let quietParts = 0;
    const timer = setInterval(
      () => {
        const now = connection[field];
        quietParts = now === seen && !this.isPaused ? quietParts + 1 : 0;
        seen = now;
        if (quietParts >= WATCH_PARTS) this.fail(connection, reason);
      },
      Math.max(1, limitMs / WATCH_PARTS),
    );
    connection.timers.push(timer);
  }

  private refused(connection: Connection, response: IncomingMessage): void {
    const retryAfterSeconds = Number(response.headers['retry-after']);
    if (retryAfterSeconds > 0) connection.retryAfterMs = retryAfterSeconds * 1_000;
    response.resume();
    this.fail(connection, `http ${response.statusCode ?? 0}`);
  }

  /** A connection is over: forget it, say so if it was the one in use, and plan the next. */
  private fail(connection: Connection, reason: string): void {
    if (connection.isDone) return;
    connection.isDone = true;
    for (const timer of connection.timers) clearTimeout(timer);
    if (connection.socket.readyState !== WebSocket.CLOSED) connection.socket.terminate();
    if (connection === this.retiring) this.retiring = null;
    if (connection === this.successor) this.successorFailed();
    if (connection === this.current) this.currentFailed(connection, reason);
  }

  /** The old connection still works: it is tried again later. */
  private successorFailed(): void {
    this.successor = null;
    this.current?.timers.push(setTimeout(() => this.rotate(), this.options.reconnectMaxMs));
  }

  private currentFailed(connection: Connection, reason: string): void {
    this.current = this.successor;
    this.successor = null;
    if (this.current === null) {
      this.stateNow = SOCKET_STATE.waiting;
      const pauseMs = Math.max(connection.retryAfterMs, this.backoffMs());
      // The venue's Retry-After may name any time, also one that a plain timer would end at once.
      this.reconnectTimer = new LongTimer(() => this.connect(), pauseMs);
    } else {
      /* The one that was to take over is the next attempt. */
      this.current.isRotation = false;
      this.stateNow = SOCKET_STATE.connecting;
    }
    this.handlers.onDown(reason);
  }

  /**
   * Exponential with "equal jitter": half fixed, half random, so that many clients do not come back at once.
   */
  private backoffMs(): number {
    const { reconnectMinMs, reconnectMaxMs } = this.options;
    const doublings = Math.min(Math.max(0, this.attemptNow - 1), BACKOFF_DOUBLINGS_MAX);
    const ceilingMs = Math.min(reconnectMaxMs, reconnectMinMs * 2 ** doublings);
    return ceilingMs * (0.5 + 0.5 * this.random.nextFloat());
  }

  /** Says goodbye without telling the owner. */
  private retire(connection: Connection, reason: string): void {
    connection.isDone = true;
    for (const timer of connection.timers) clearTimeout(timer);
    const socket = connection.socket;
    if (!connection.isOpen) {
      socket.terminate();
      return;
    }
    if (this.isPaused) connection.framed.resume();
    socket.close(1000, reason);
    setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }
}
