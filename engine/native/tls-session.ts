// hot path: no allocation after start (handshake, errors and the end excepted)
import type { ForeignMemory } from './foreign-memory.ts';
import type { OpenSsl } from './openssl.ts';
import { PinnedBlock } from './pinned-block.ts';
import type { TlsContext } from './tls-context.ts';

/** Answers of a TlsSession that are no count of bytes; 0 is the peer's goodbye. */
export const TLS_RESULT = {
  /** More bytes of the peer are needed. */
  wantsMore: -1,
  /** The connection is over; `failure` says why. */
  failed: -2,
} as const;

/* ssl.h, tls1.h and x509v3.h of OpenSSL 3. */
const SSL_ERROR_WANT_READ = 2;
const SSL_ERROR_ZERO_RETURN = 6;
const SSL_CTRL_SET_TLSEXT_HOSTNAME = 55;
const X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS = 0x4;
const SSL_SENT_AND_RECEIVED_SHUTDOWN = 3;

const ZERO = 0n; // arch-ok: made once, when the file is loaded
const ONE = 1n; // arch-ok: as above

/** Most plain bytes of one record (RFC 8446, 5.1). */
const RECORD_BYTES_MAX = 16_384;
/** Room for a record with everything around it, and for a handshake's flight. */
const SEALED_BYTES = 32_768;
const ERROR_TEXT_BYTES = 256;

/** Whom a connection is made to. */
export interface TlsPeer {
  /** Name or address, without brackets. */
  readonly host: string;
  readonly isAddress: boolean;
  readonly port: number;
}

/**
 * One TLS connection as a client, on bytes in memory: what arrived is fed in, what is to be sent is taken out, and whoever
 * owns the socket moves both. So nothing here waits, and it does not matter who reads the socket. The peer's certificate
 * must be believed and be for its host, or the handshake fails. One thread; `close` frees it.
 */
export class TlsSession {
  /** Bytes for the peer, after `takeSealed`. */
  readonly sealed: PinnedBlock;
  /** Plain bytes of the peer, after `read`. */
  readonly plain: PinnedBlock;
  /** Why the connection is over, for people. */
  failure: string;
  isReady: boolean;
  private readonly openSsl: OpenSsl;
  private readonly memory: ForeignMemory;
  private readonly context: TlsContext;
  private readonly peer: TlsPeer;
  private readonly ssl: bigint;
  /** Owned by `ssl`. */
  private readonly incoming: bigint;
  private readonly outgoing: bigint;
  private isClosed: boolean;

  /** @throws Error when OpenSSL refuses; nothing is left behind */
  constructor(openSsl: OpenSsl, memory: ForeignMemory, context: TlsContext, peer: TlsPeer) {
    this.sealed = new PinnedBlock(memory, SEALED_BYTES);
    this.plain = new PinnedBlock(memory, RECORD_BYTES_MAX);
    this.failure = '';
    this.isReady = false;
    this.openSsl = openSsl;
    this.memory = memory;
    this.context = context;
    this.peer = peer;
    this.ssl = openSsl.SSL_new(context.handle);
    this.incoming = openSsl.BIO_new(openSsl.BIO_s_mem());
    this.outgoing = openSsl.BIO_new(openSsl.BIO_s_mem());
    openSsl.SSL_set_bio(this.ssl, this.incoming, this.outgoing);
    openSsl.SSL_set_connect_state(this.ssl);
    this.isClosed = false;
    if (this.expectPeer()) return;
    this.close();
    throw new Error(`OpenSSL takes "${peer.host}" for no host`);
  }

  /** One step of the handshake: true when it is done; false with a `failure`, or because bytes of the peer are needed. */
  handshake(): boolean {
    if (this.isReady) return true;
    if (this.isClosed || this.failure !== '') return false;
    const { openSsl, ssl } = this;
    openSsl.ERR_clear_error();
    const result = openSsl.SSL_do_handshake(ssl);
    if (result === 1) {
      this.isReady = true;
      return true;
    }
    if (openSsl.SSL_get_error(ssl, result) !== SSL_ERROR_WANT_READ) this.failHandshake();
    return false;
  }

  /** Takes the first `byteCount` bytes of a block that came from the peer. False: the connection is over. */
  feed(block: PinnedBlock, byteCount: number): boolean {
    if (this.isClosed || !(byteCount >= 0 && byteCount <= block.bytes.length)) return false;
    return this.openSsl.BIO_write(this.incoming, block.address, byteCount) === byteCount;
  }

  /** The next plain bytes of the peer, at the start of `plain`: how many, or a TLS_RESULT; 0 when the peer said goodbye. */
  read(): number {
    if (this.isClosed) return TLS_RESULT.failed;
    const { openSsl, ssl, plain } = this;
    openSsl.ERR_clear_error();
    const count = openSsl.SSL_read(ssl, plain.address, RECORD_BYTES_MAX);
    if (count > 0) return count;
    return this.resultOf(count);
  }

  /** Seals the first `byteCount` bytes of a block, at most one record's; what is to be sent then waits for `takeSealed`. */
  write(block: PinnedBlock, byteCount: number): boolean {
    if (this.isClosed || !(byteCount >= 0 && byteCount <= Math.min(block.bytes.length, RECORD_BYTES_MAX)))
      return false;
    const { openSsl, ssl } = this;
    openSsl.ERR_clear_error();
    const count = openSsl.SSL_write(ssl, block.address, byteCount);
    if (count === byteCount) return true;
    this.resultOf(count);
    return false;
  }

  /** Moves bytes for the peer to the start of `sealed`: how many; 0 when there are none. */
  takeSealed(): number {
    if (this.isClosed) return 0;
    const count = this.openSsl.BIO_read(this.outgoing, this.sealed.address, SEALED_BYTES);
    return count > 0 ? count : 0;
  }

  /** Says goodbye; the bytes of it wait for `takeSealed`. */
  sayGoodbye(): void {
    if (this.isClosed || !this.isReady || this.failure !== '') return;
    this.openSsl.ERR_clear_error();
    this.openSsl.SSL_shutdown(this.ssl);
    this.openSsl.ERR_clear_error();
  }

  /** Version of the protocol, and whether an earlier session was taken up; for people. */
  describe(): string {
    if (this.isClosed) return 'closed';
    const version = this.memory.textAt(this.openSsl.SSL_get_version(this.ssl));
    return this.openSsl.SSL_session_reused(this.ssl) === 1 ? `${version}, resumed` : version;
  }

  /** Frees everything. Nothing can be done with it afterwards, and nothing happens when it is tried. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { openSsl, ssl } = this;
    if (this.isReady && this.failure === '') {
      const session = openSsl.SSL_get1_session(ssl);
      /* Without this OpenSSL takes the session of a connection that was cut for one that must not be taken up again. */
      openSsl.SSL_set_shutdown(ssl, SSL_SENT_AND_RECEIVED_SHUTDOWN);
      this.context.keepSession(this.peerName(), session);
    }
    openSsl.SSL_free(ssl);
    openSsl.ERR_clear_error();
  }

  private peerName(): string {
    return `${this.peer.host}:${this.peer.port}`;
  }

  /** Whom the certificate must be for, whom the server is told that is wanted, and the session to take up again. */
  private expectPeer(): boolean {
    const { openSsl, ssl, context } = this;
    const { host, isAddress } = this.peer;
    if (host === '' || host.includes('\0')) return false;
    const name = new PinnedBlock(this.memory, Buffer.byteLength(host) + 1);
    name.bytes.write(host);
    if (isAddress) {
      if (openSsl.X509_VERIFY_PARAM_set1_ip_asc(openSsl.SSL_get0_param(ssl), name.address) !== 1)
        return false;
    } else {
      openSsl.SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      if (openSsl.SSL_set1_host(ssl, name.address) !== 1) return false;
      if (openSsl.SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, ZERO, name.address) !== ONE) return false;
    }
    const session = context.sessionOf(this.peerName());
    if (session !== null) openSsl.SSL_set_session(ssl, session);
    return true;
  }

  private resultOf(count: number): number {
    const { openSsl, ssl } = this;
    const error = openSsl.SSL_get_error(ssl, count);
    if (error === SSL_ERROR_WANT_READ) return TLS_RESULT.wantsMore;
    if (error === SSL_ERROR_ZERO_RETURN) return 0;
    this.fail(this.errorText());
    return TLS_RESULT.failed;
  }

  private failHandshake(): void {
    const { openSsl } = this;
    const verdict = openSsl.SSL_get_verify_result(this.ssl);
    const text = this.errorText();
    if (verdict === ZERO) this.fail(`TLS handshake: ${text}`);
    else this.fail(`certificate: ${this.memory.textAt(openSsl.X509_verify_cert_error_string(verdict))}`);
  }

  private fail(reason: string): void {
    if (this.failure === '') this.failure = reason;
  }

  /** What OpenSSL says of the last error; its list is empty afterwards. */
  private errorText(): string {
    const { openSsl } = this;
    const error = openSsl.ERR_get_error();
    openSsl.ERR_clear_error();
    if (error === ZERO) return 'the peer ended the connection';
    const text = new PinnedBlock(this.memory, ERROR_TEXT_BYTES);
    openSsl.ERR_error_string_n(error, text.address, text.size);
    /* `error:0A000126:SSL routines::unexpected eof while reading` */
    return this.memory.textAt(text.address).split(':').at(-1) ?? '';
  }
}
