import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { getCACertificates } from 'node:tls';
import type { NativeRoom } from '../../engine/native/native-room.ts';
import type { PinnedBlock } from '../../engine/native/pinned-block.ts';
import { TLS_RESULT } from '../../engine/native/tls-session.ts';
import type { TlsSession } from '../../engine/native/tls-session.ts';

/** Plain bytes sealed at a time. */
const PIECE_BYTES = 16_384;

/** What Node believes: its own list, or the system's (--use-system-ca), and NODE_EXTRA_CA_CERTS. One text per thread. */
let defaultCertificates: string | null = null;

/** Whom a TlsStream talks to. */
export interface TlsTarget {
  /** Name or address as in the URL, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Certificates to believe (PEM) instead of those Node believes. */
  readonly certificates?: string;
}

/**
 * A TLS connection over a socket of Node's whose bytes pass through this thread's own OpenSSL calls, so that whoever reads
 * the socket can unseal what it brings. To `ws` and to Node's HTTP client it is a socket. What arrives is told to `onPlain` at
 * once and is never kept; the end, errors and time-outs are the socket's. One thread.
 */
export class TlsStream extends Duplex {
  readonly raw: Socket;
  readonly session: TlsSession;
  /** Plain bytes: they lie at the start of the session's `plain`, valid until the call returns. */
  onPlain: (byteCount: number) => void;
  private readonly piece: PinnedBlock;
  /** A write that waits for the handshake. */
  private held: (() => void) | null;

  /**
   * `raw` begins to connect; what arrives at it must be handed to `unseal`.
   * @throws Error when OpenSSL refuses the host or knows no certificate
   */
  constructor(room: NativeRoom, raw: Socket, target: TlsTarget) {
    super({ allowHalfOpen: false });
    this.raw = raw;
    const { host, port } = target;
    const peer = { host, port, isAddress: isIP(host) !== 0 };
    this.session = room.startTls(peer, target.certificates ?? certificatesOfNode());
    this.onPlain = (): void => undefined;
    this.piece = room.makeBlock(PIECE_BYTES);
    this.held = null;
    raw.once('connect', () => this.shakeHands());
    raw.on('timeout', () => this.emit('timeout'));
    raw.once('end', () => this.push(null));
    raw.once('error', (error) => this.destroy(error));
    raw.once('close', () => this.destroy());
  }

  /** Bytes that wait for the kernel, sealed or not. */
  get waitingBytes(): number {
    return this.writableLength + this.raw.writableLength;
  }

  /** The first `byteCount` bytes of the block have arrived at the socket. */
  unseal(block: PinnedBlock, byteCount: number): void {
    const { session } = this;
    if (this.destroyed) return;
    session.feed(block, byteCount);
    if (!session.isReady) this.shakeHands();
    if (session.isReady) this.deliver();
  }

  setTimeout(timeoutMs: number, callback?: () => void): this {
    this.raw.setTimeout(timeoutMs);
    if (callback !== undefined) this.once('timeout', callback);
    return this;
  }

  setNoDelay(isOn?: boolean): this {
    this.raw.setNoDelay(isOn);
    return this;
  }

  setKeepAlive(isOn?: boolean, delayMs?: number): this {
    this.raw.setKeepAlive(isOn, delayMs);
    return this;
  }

  ref(): this {
    this.raw.ref();
    return this;
  }

  unref(): this {
    this.raw.unref();
    return this;
  }

  override pause(): this {
    this.raw.pause();
    return super.pause();
  }

  override resume(): this {
    this.raw.resume();
    return super.resume();
  }

  override _read(): void {
    /* What arrives is never kept. */
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.session.isReady) this.seal(chunk, done);
    else this.held = (): void => this.seal(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.session.sayGoodbye();
    this.flush();
    this.raw.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.session.close();
    this.raw.destroy();
    this.held = null;
    done(error);
  }

  private shakeHands(): void {
    if (this.destroyed) return;
    const isDone = this.session.handshake();
    /* An alert that refuses the peer is sent too. */
    this.flush();
    if (isDone) {
      const { held } = this;
      this.held = null;
      held?.();
    } else this.checkFailure();
  }

  private deliver(): void {
    const { session } = this;
    for (;;) {
      const count = session.read();
      if (count > 0) {
        this.onPlain(count);
        if (this.destroyed) return;
        continue;
      }
      /* Answers of the protocol itself, such as to an update of the keys. */
      this.flush();
      if (count === TLS_RESULT.wantsMore) return;
      if (count === 0) this.push(null);
      else this.checkFailure();
      return;
    }
  }

  private seal(chunk: Buffer, done: (error?: Error | null) => void): void {
    const { piece, session } = this;
    for (let from = 0; from < chunk.length; from += PIECE_BYTES) {
      const end = Math.min(chunk.length, from + PIECE_BYTES);
      chunk.copy(piece.bytes, 0, from, end);
      if (session.write(piece, end - from)) continue;
      done(new Error(session.failure === '' ? 'the TLS connection takes nothing' : session.failure));
      return;
    }
    this.flush(done);
  }

  /** Hands what is sealed to the socket. */
  private flush(done?: (error?: Error | null) => void): void {
    const { session, raw } = this;
    const parts: Buffer[] = [];
    for (let count = session.takeSealed(); count > 0; count = session.takeSealed())
      parts.push(Buffer.from(session.sealed.bytes.subarray(0, count)));
    if (parts.length > 0 && raw.writable) raw.write(Buffer.concat(parts), done);
    else done?.();
  }

  private checkFailure(): void {
    const { failure } = this.session;
    if (failure !== '') this.destroy(new Error(failure));
  }
}

function certificatesOfNode(): string {
  defaultCertificates ??= getCACertificates('default').join('\n');
  return defaultCertificates;
}
