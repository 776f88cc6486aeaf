import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/*
 * The server side of a WebSocket as the measuring process wants it: bytes are read into one fixed buffer, the time is
 * taken before anything is looked at, and a prepared frame is one system call. Not a general server: text frames in one
 * piece, clients that behave.
 */

const READ_BYTES = 256 * 1024;
const HEAD_BYTES_MAX = 16 * 1024;
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const;
const FIN = 0x80;

interface OpenHandle {
  readonly fd: number;
}

/** What a connection tells its owner. `nowNs` is when its bytes were handed to this process. */
export interface WireHandlers {
  onOpen(connection: WireConnection): void;
  onText(connection: WireConnection, nowNs: number, text: string): void;
  onPong(connection: WireConnection): void;
  onClose(connection: WireConnection): void;
}

/** Monotonic nanoseconds. */
export function wireNowNs(): number {
  return performance.now() * 1e6;
}

/** A text frame as a server sends it: not masked. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([frameHead(OPCODE.text, payload.length), payload]);
}

function frameHead(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([FIN | opcode, length]);
  if (length < 65_536) return Buffer.from([FIN | opcode, 126, length >> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head[0] = FIN | opcode;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** One client's connection. */
export class WireConnection {
  /** Path and query it asked for. */
  target = '';
  private readonly socket: Socket;
  private readonly fd: number;
  private readonly handlers: WireHandlers;
  private pending: Buffer = Buffer.alloc(0);
  private isUpgraded = false;

  /** Serves a connection of a server with `pauseOnConnect`: nothing was read from it. Its handlers hear of it. */
  static adopt(accepted: Socket, handlers: WireHandlers): WireConnection {
    return new WireConnection(accepted, handlers);
  }

  private constructor(accepted: Socket, handlers: WireHandlers) {
    this.handlers = handlers;
    // The only way to read a server's connection without a fresh buffer per read: hand its handle to a new Socket.
    const owner = accepted as unknown as { _handle: OpenHandle | null };
    const handle = owner._handle!;
    owner._handle = null;
    this.fd = handle.fd;
    const buffer = Buffer.alloc(READ_BYTES);
    const onread = {
      buffer,
      callback: (count: number, bytes: Uint8Array): boolean => {
        const nowNs = wireNowNs();
        this.take(nowNs, bytes as Buffer, count);
        return true;
      },
    };
    this.socket = new Socket({ handle, onread } as never);
    this.socket.setNoDelay(true);
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('close', () => handlers.onClose(this));
    this.socket.resume();
  }

  /** Writes prepared frames in one system call, now. @throws Error when the client has not read what came before */
  writeNow(bytes: Buffer): void {
    const written = writeSync(this.fd, bytes);
    if (written !== bytes.length) throw new Error('the client does not read its socket');
  }

  /** Writes prepared frames as there is room. */
  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  ping(): void {
    this.socket.write(frameHead(OPCODE.ping, 0));
  }

  close(): void {
    this.socket.destroy();
  }

  private take(nowNs: number, chunk: Buffer, count: number): void {
    let bytes = chunk.subarray(0, count);
    if (this.pending.length > 0) bytes = Buffer.concat([this.pending, bytes]);
    let at = 0;
    if (!this.isUpgraded) at = this.upgrade(bytes);
    while (this.isUpgraded && at < bytes.length) {
      const next = this.frame(nowNs, bytes, at);
      if (next === at) break;
      at = next;
    }
    this.pending = at === bytes.length ? EMPTY : Buffer.from(bytes.subarray(at));
  }

  /** Reads one masked frame; where the next begins, or `at` while it is incomplete. */
  private frame(nowNs: number, bytes: Buffer, at: number): number {
    if (bytes.length < at + 2) return at;
    const opcode = bytes[at] & 0x0f;
    let length = bytes[at + 1] & 0x7f;
    let from = at + 2;
    if (length === 126) {
      if (bytes.length < at + 4) return at;
      length = bytes.readUInt16BE(at + 2);
      from = at + 4;
    } else if (length === 127) throw new Error('a request of 64 KiB or more');
    if ((bytes[at + 1] & 0x80) === 0) throw new Error('a client must mask its frames');
    const end = from + 4 + length;
    if (bytes.length < end) return at;
    for (let index = from + 4, mask = 0; index < end; index++, mask = (mask + 1) & 3) {
      bytes[index] ^= bytes[from + mask];
    }
    if (opcode === OPCODE.text) this.handlers.onText(this, nowNs, bytes.toString('latin1', from + 4, end));
    else if (opcode === OPCODE.pong) this.handlers.onPong(this);
    else if (opcode === OPCODE.ping) {
      const payload = bytes.subarray(from + 4, end);
      this.socket.write(Buffer.concat([frameHead(OPCODE.pong, payload.length), payload]));
    } else if (opcode === OPCODE.close) this.socket.end(frameHead(OPCODE.close, 0));
    return end;
  }

  /** Answers the handshake; where the frames begin, or 0 while the head is incomplete. */
  private upgrade(bytes: Buffer): number {
    const head = bytes.subarray(0, HEAD_BYTES_MAX).toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return 0;
    const key = /^sec-websocket-key:\s*(\S+)/im.exec(head)?.[1] ?? '';
    this.target = /^GET (\S+)/.exec(head)?.[1] ?? '/';
    const accept = createHash('sha1')
      .update(key + ACCEPT_GUID)
      .digest('base64');
    this.socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    this.isUpgraded = true;
    this.handlers.onOpen(this);
    return end + 4;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);

/** Listens on a free loopback port. */
export async function listenForWire(handlers: WireHandlers): Promise<{ port: number; close: () => void }> {
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    WireConnection.adopt(socket, handlers);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
