import { connect as connectTcp, isIP } from 'node:net';
import type { OnReadOpts, Socket, TcpNetConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import type { FrameSocket } from './frame-writer.ts';
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

/** Bytes taken from the kernel at a time. */
const READ_BYTES = 65_536;
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
  private readonly block: Buffer = Buffer.alloc(READ_BYTES);
  private raw: Socket | null;
  private writer: FrameWriter | null;
  /** The listener by which `ws` reads; it gets what the reader leaves to it. */
  private wsReads: ((chunk: Buffer) => void) | null;

  /**
   * Begins to connect. `options` must not bring a compression or a connection of their own.
   * @param memory the other end is in this thread: nothing is connected, `receive` brings what it sends
   */
  constructor(
    url: string,
    options: FramedSocketOptions,
    handlers: FramedSocketHandlers,
    memory: MemorySocket | null = null,
  ) {
    this.handlers = handlers;
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

  /** Brings `block[0..byteCount)`, as the kernel would. Only for a socket in memory. */
  receive(block: Buffer, byteCount: number): void {
    this.read(byteCount, block);
  }

  private dial(url: string, options: FramedSocketOptions): WebSocket {
    const isSecure = url.startsWith('wss:');
    return new WebSocket(url, {
      ...options,
      perMessageDeflate: false,
      createConnection: ((target: TcpNetConnectOpts): Socket =>
        this.connect(target, isSecure)) as typeof connectTcp,
    });
  }

  /** `ws` hands over what it would connect with; `path` there is the request's, which `net` takes for a local socket's. */
  private connect(target: TcpNetConnectOpts & ConnectionOptions, isSecure: boolean): Socket {
    const onread: OnReadOpts = {
      buffer: this.block,
      callback: (byteCount, bytes): boolean => this.read(byteCount, bytes as Buffer),
    };
    const host = target.host ?? '';
    const plain = { ...target, path: undefined, onread };
    const raw = isSecure
      ? connectTls({ ...plain, servername: target.servername ?? (isIP(host) === 0 ? host : '') })
      : connectTcp(plain);
    this.raw = raw;
    return raw;
  }

  /** Until the upgrade the bytes are the HTTP client's. */
  private read(byteCount: number, bytes: Buffer): boolean {
    if (this.wsReads === null) {
      this.raw?.emit('data', Buffer.from(bytes.subarray(0, byteCount)));
      return true;
    }
    this.handlers.onRead();
    this.reader.take(bytes, 0, byteCount);
    return true;
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
    this.writer = new FrameWriter(raw);
  }
}
