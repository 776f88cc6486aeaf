import { connect as connectTcp, isIP } from 'node:net';
import type { OnReadOpts, Socket, TcpNetConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import type { NativeRoom } from '../../engine/native/native-room.ts';
import type { PinnedBlock } from '../../engine/native/pinned-block.ts';
import { DirectSocket } from './direct-socket.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter, WRITTEN_BYTES_MAX } from './frame-writer.ts';
import type { FrameSocket } from './frame-writer.ts';
import { TlsStream } from './tls-stream.ts';
import type { MemorySocket } from './memory-socket.ts';

/** What a FramedSocket tells its owner on the hot path; the rest are the WebSocket's own events. */
export interface FramedSocketHandlers {
  /** The kernel has handed over bytes; whole messages in them follow. For the time of receipt. */
  onRead(): void;
  /** One message: `bytes[from..end)`, valid until the call returns. */
  onMessage(bytes: Buffer, from: number, end: number, isBinary: boolean): void;
}

/** What `ws` is told about a connection. */
export type FramedSocketOptions = ClientOptions & { readonly maxPayload: number };

/** Makes a socket to `url`; it begins to connect at once. */
export type OpenFramedSocket = (
  url: string,
  options: FramedSocketOptions,
  handlers: FramedSocketHandlers,
) => FramedSocket;

/** What is below a FramedSocket when it is not a connection that Node reads and writes. */
export interface FramedTransport {
  /** The other end is in this thread: nothing is connected, `receive` brings what it sends. */
  readonly memory?: MemorySocket;
  /** Where the thread's native calls are: from the upgrade on it reads and writes by them while it spins. */
  readonly room?: NativeRoom;
}

/** Makes sockets that the room's thread reads and writes by native calls while it spins. */
export function directSockets(room: NativeRoom): OpenFramedSocket {
  return (url, options, handlers) => new FramedSocket(url, options, handlers, { room });
}

/** Bytes taken from the kernel at a time. */
const READ_BYTES = 65_536;
type Target = TcpNetConnectOpts & ConnectionOptions;
/** Settings of TLS that only Node's own implementation knows. */
const ONLY_NODE = [
  'ALPNProtocols',
  'cert',
  'checkServerIdentity',
  'ciphers',
  'key',
  'maxVersion',
  'minVersion',
  'pfx',
  'rejectUnauthorized',
  'secureContext',
  'servername',
] as const satisfies readonly (keyof ConnectionOptions)[];
const SEND_OPTIONS_TEXT = { binary: false, compress: false };
const SEND_OPTIONS_BINARY = { binary: true, compress: false };

/**
 * A WebSocket of `ws` whose data frames take a shorter way. `ws` does handshake, control frames, fragmented messages,
 * closing and errors; from the upgrade on, bytes are read into one fixed block, unfragmented messages are handed over
 * where they lie there, and small messages are written from prepared memory. Belongs to one event-loop thread.
 */
export class FramedSocket {
  /** For its events and state; its `message` events are those of fragmented messages and must be listened to here only. */
  readonly webSocket: WebSocket;
  private readonly handlers: FramedSocketHandlers;
  private readonly reader: FrameReader;
  /** Null without native calls. */
  private readonly room: NativeRoom | null;
  private readonly pinned: PinnedBlock | null;
  private readonly block: Buffer;
  private direct: DirectSocket | null;
  /** Null: the bytes are plain, or Node unseals them. */
  private tls: TlsStream | null;
  private raw: Socket | null;
  private writer: FrameWriter | null;
  /** The listener by which `ws` reads; it gets what the reader leaves to it. */
  private wsReads: ((chunk: Buffer) => void) | null;

  /**
   * Begins to connect. `options` must not bring a compression or a connection of their own.
   */
  constructor(
    url: string,
    options: FramedSocketOptions,
    handlers: FramedSocketHandlers,
    transport: FramedTransport = {},
  ) {
    const { memory = null, room = null } = transport;
    this.handlers = handlers;
    this.room = room;
    this.pinned = room === null ? null : room.makeBlock(READ_BYTES);
    this.block = this.pinned === null ? Buffer.alloc(READ_BYTES) : this.pinned.bytes;
    this.direct = null;
    this.tls = null;
    this.raw = null;
    this.writer = null;
    this.wsReads = null;
    this.reader = new FrameReader(
      {
        onMessage: handlers.onMessage.bind(handlers),
        onOther: (bytes): void => this.wsReads?.call(this.raw, bytes),
      },
      options.maxPayload,
      READ_BYTES,
    );
    this.webSocket = memory === null ? this.dial(url, options) : (memory as unknown as WebSocket);
    this.webSocket.on('open', () => (memory === null ? this.takeOver() : this.joinUp(memory)));
    this.webSocket.on('message', (data: Buffer, isBinary: boolean) => {
      handlers.onMessage(data, 0, data.length, isBinary);
    });
  }

  /** Hands one message to the socket; `data` may be reused at once. Only while the WebSocket is open. */
  send(data: Uint8Array | string, isBinary: boolean): void {
    if (typeof data !== 'string' && this.writer !== null && this.writer.write(data, isBinary)) return;
    this.webSocket.send(data, isBinary ? SEND_OPTIONS_BINARY : SEND_OPTIONS_TEXT);
  }

  /** Stops reading; what comes stays in the kernel. */
  pause(): void {
    this.webSocket.pause();
  }

  /** Reads on after `pause`. */
  resume(): void {
    this.webSocket.resume();
    this.direct?.resumed();
  }

  /** Brings `block[0..byteCount)`, as the kernel would. Only for a socket in memory. */
  receive(block: Buffer, byteCount: number): void {
    this.read(byteCount, block);
  }

  private dial(url: string, options: FramedSocketOptions): WebSocket {
    const isSecure = url.startsWith('wss:');
    return new WebSocket(url, {
      ...options,
      perMessageDeflate: false,
      createConnection: ((target: Target): Socket => this.connect(target, isSecure)) as typeof connectTcp,
    });
  }

  /** `ws` hands over what it would connect with; `path` there is the request's, which `net` takes for a local socket's. */
  private connect(target: Target, isSecure: boolean): Socket {
    const onread: OnReadOpts = {
      buffer: this.block,
      callback: (byteCount, bytes): boolean => this.arrived(byteCount, bytes as Buffer),
    };
    const host = target.host ?? '';
    const plain = { ...target, path: undefined, onread };
    if (!isSecure) {
      this.raw = connectTcp(plain);
      return this.raw;
    }
    this.tls = this.connectOwnTls(target, plain);
    const stream =
      this.tls ?? connectTls({ ...plain, servername: target.servername ?? (isIP(host) === 0 ? host : '') });
    /* A socket as far as `ws` and Node's HTTP client use one. */
    this.raw = stream as Socket;
    return this.raw;
  }

  /** Null: there is no OpenSSL to call, or something is asked for that only Node's TLS does. */
  private connectOwnTls(target: Target, plain: TcpNetConnectOpts): TlsStream | null {
    const { room } = this;
    if (room === null || room.noTlsReason !== null || !isOrdinary(target)) return null;
    const raw = connectTcp(plain);
    try {
      const tls = new TlsStream(room, raw, {
        host: target.host ?? '',
        port: target.port,
        ...(target.ca === undefined ? {} : { certificates: textOf(target.ca) }),
      });
      tls.onPlain = (byteCount): void => this.read(byteCount, tls.session.plain.bytes);
      return tls;
    } catch {
      /* Node's TLS refuses the host in its own words. */
      raw.destroy();
      return null;
    }
  }

  /** The event loop, or a poll, has brought bytes. */
  private arrived(byteCount: number, bytes: Buffer): boolean {
    if (this.tls === null) this.read(byteCount, bytes);
    else this.tls.unseal(this.pinned!, byteCount);
    return true;
  }

  /** Until the upgrade the bytes are the HTTP client's. */
  private read(byteCount: number, bytes: Buffer): void {
    if (this.wsReads === null) {
      this.raw?.emit('data', Buffer.from(bytes.subarray(0, byteCount)));
      return;
    }
    this.handlers.onRead();
    this.reader.take(bytes, 0, byteCount);
  }

  private joinUp(memory: FrameSocket): void {
    this.wsReads = (): void => {};
    this.writer = new FrameWriter(memory);
  }

  /** Puts the reader between the socket and `ws`, which has just begun to listen. */
  private takeOver(): void {
    const raw = this.raw;
    if (raw === null) return;
    const listeners = raw.listeners('data') as ((chunk: Buffer) => void)[];
    const wsReads = listeners.at(-1);
    if (wsReads === undefined) return;
    raw.removeListener('data', wsReads);
    /* What came in one piece with the handshake's end is given back to the stream and arrives here. */
    raw.on('data', (chunk: Buffer) => {
      this.handlers.onRead();
      this.reader.take(chunk, 0, chunk.length);
    });
    this.wsReads = wsReads;
    this.direct = this.joinPolled(raw);
    this.writer =
      this.direct === null ? new FrameWriter(raw) : new FrameWriter(this.direct, this.direct.frame);
  }

  private joinPolled(raw: Socket): DirectSocket | null {
    const { room, pinned, webSocket, tls } = this;
    // Bytes below Node's own TLS are not for reading here.
    if (room === null || pinned === null || 'encrypted' in raw) return null;
    return DirectSocket.join(room, tls?.raw ?? raw, tls, pinned, WRITTEN_BYTES_MAX, {
      isPaused: () => webSocket.isPaused,
      onBytes: (byteCount) => this.arrived(byteCount, this.block),
    });
  }
}

/** Whether nothing is asked of TLS but certificates to believe. */
function isOrdinary(target: Target): boolean {
  return ONLY_NODE.every((name) => target[name] === undefined);
}

function textOf(certificates: NonNullable<ConnectionOptions['ca']>): string {
  return [certificates].flat().join('\n');
}
