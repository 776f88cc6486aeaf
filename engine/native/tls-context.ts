import type { ForeignMemory } from './foreign-memory.ts';
import type { OpenSsl } from './openssl.ts';
import { PinnedBlock } from './pinned-block.ts';

/* ssl.h of OpenSSL 3. */
const SSL_CTRL_SET_MIN_PROTO_VERSION = 123;
const TLS1_2_VERSION = 0x0303n;
const SSL_VERIFY_PEER = 1;
/** A peer of TLS 1.2 may not begin a second handshake in the middle of the data. */
const SSL_OP_NO_RENEGOTIATION = 1n << 30n;
const NULL = 0n;
/** Sessions kept for taking up again, one per host. */
const SESSIONS_MAX = 64;

/**
 * What the TLS connections of a thread have in common: TLS 1.2 or newer, the certificates that are believed, and the
 * sessions that can be taken up again. A peer's certificate is always verified. One thread.
 */
export class TlsContext {
  /** For functions of this room only. */
  readonly handle: bigint;
  private readonly openSsl: OpenSsl;
  /** By host and port. */
  private readonly sessions: Map<string, bigint> = new Map();

  /**
   * @param certificates in PEM, one behind the other
   * @throws Error when OpenSSL refuses, or no certificate is found
   */
  constructor(openSsl: OpenSsl, memory: ForeignMemory, certificates: string) {
    this.openSsl = openSsl;
    this.handle = openSsl.SSL_CTX_new(openSsl.TLS_client_method());
    if (this.handle === NULL) throw new Error('OpenSSL makes no context');
    const isSet = openSsl.SSL_CTX_ctrl(this.handle, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
    if (isSet !== 1n) throw new Error('OpenSSL does not take TLS 1.2 as the oldest version');
    openSsl.SSL_CTX_set_options(this.handle, SSL_OP_NO_RENEGOTIATION);
    openSsl.SSL_CTX_set_verify(this.handle, SSL_VERIFY_PEER, NULL);
    const text = Buffer.from(certificates);
    const block = new PinnedBlock(memory, Math.max(1, text.length));
    block.bytes.set(text);
    if (this.believe(block) === 0) throw new Error('there is no certificate to believe');
  }

  /** The session to take up again with a host, or null. It stays the context's. */
  sessionOf(peer: string): bigint | null {
    return this.sessions.get(peer) ?? null;
  }

  /** Keeps a session of a host; it is the context's from here on. */
  keepSession(peer: string, session: bigint): void {
    this.forget(peer);
    const [oldest] = this.sessions.keys();
    if (this.sessions.size >= SESSIONS_MAX && oldest !== undefined) this.forget(oldest);
    this.sessions.set(peer, session);
  }

  private forget(peer: string): void {
    const session = this.sessions.get(peer);
    if (session !== undefined) this.openSsl.SSL_SESSION_free(session);
    this.sessions.delete(peer);
  }

  /** Takes every certificate of a text in; how many there were. One that is there already is no error. */
  private believe(text: PinnedBlock): number {
    const { openSsl } = this;
    const store = openSsl.SSL_CTX_get_cert_store(this.handle);
    const bio = openSsl.BIO_new_mem_buf(text.address, text.bytes.length);
    let count = 0;
    for (;;) {
      const certificate = openSsl.PEM_read_bio_X509(bio, NULL, NULL, NULL);
      if (certificate === NULL) break;
      if (openSsl.X509_STORE_add_cert(store, certificate) === 1) count++;
      openSsl.X509_free(certificate);
    }
    openSsl.BIO_free(bio);
    /* The end of the text is an error for the reader of PEM. */
    openSsl.ERR_clear_error();
    return count;
  }
}
