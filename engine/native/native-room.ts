import { DescriptorIo } from './descriptor-io.ts';
import { FileMapper } from './file-mapper.ts';
import { loadForeignInterface, NotAvailableError, thisHost } from './foreign.ts';
import type { ForeignInterface, HostFacts } from './foreign.ts';
import { ForeignMemory } from './foreign-memory.ts';
import { loadLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import { loadLibuv } from './libuv.ts';
import { LoopWatch } from './loop-watch.ts';
import { loadOpenSsl, loadSha256Rounds } from './openssl.ts';
import type { OpenSsl, Sha256Rounds } from './openssl.ts';
import { PinnedBlock } from './pinned-block.ts';
import { Sha256Blocks } from './sha256-blocks.ts';
import { SocketPoller } from './socket-poller.ts';
import { testAffinity, testFiles, testLibc, testOpenSsl, testSha256 } from './self-test.ts';
import { ThreadAffinity } from './thread-affinity.ts';
import { TlsContext } from './tls-context.ts';
import { TlsSession } from './tls-session.ts';
import type { TlsPeer } from './tls-session.ts';

/** The longest single write to a descriptor; a longer one is cut by the caller. */
const WRITE_BYTES_MAX = 4_096;

/**
 * All native calls of one thread. Everything foreign is behind this door: signatures, addresses, error numbers. Whoever is
 * outside handles descriptors that Node gave them and blocks that were made here. Belongs to the thread that opened it.
 */
export class NativeRoom {
  readonly descriptors: DescriptorIo;
  /** The sockets this thread looks at itself. */
  readonly poller: SocketPoller;
  /** What was found, for people: `glibc 2.36, OpenSSL 3.5`. */
  readonly found: string;
  /** Null: files cannot be mapped here. */
  readonly files: FileMapper | null;
  readonly affinity: ThreadAffinity;
  /** Why TLS cannot be spoken natively; null: it can. */
  readonly noTlsReason: string | null;
  private readonly memory: ForeignMemory;
  private readonly sha256: Sha256Rounds | null;
  private openSsl: OpenSsl | null = null;
  private readonly contexts: Map<string, TlsContext> = new Map();

  /**
   * Loads the libraries and tries every call on something harmless first.
   * @throws NotAvailableError with the reason: another platform, Node without the interface, musl, a test that failed
   */
  constructor(host: HostFacts = thisHost()) {
    const ffi = loadForeignInterface(host);
    const libc = loadLibc(ffi);
    this.memory = new ForeignMemory(ffi);
    const backendFd = loadLibuv(ffi).uv_backend_fd(ffi.getCurrentEventLoop());
    this.poller = new SocketPoller(new LoopWatch(libc, this.memory, backendFd));
    this.files = this.testedFiles(libc);
    this.affinity = new ThreadAffinity(libc, this.memory);
    this.descriptors = new DescriptorIo(libc, this.memory, WRITE_BYTES_MAX);
    const glibc = testLibc(libc, this.memory, this.descriptors);
    testAffinity(this.affinity);
    let version: string | null = null;
    let noTlsReason: string | null = null;
    try {
      this.openSsl = loadOpenSsl(ffi);
      version = testOpenSsl(this.openSsl, this.memory);
    } catch (error) {
      noTlsReason = reasonOf(error);
    }
    this.noTlsReason = noTlsReason;
    this.sha256 = this.testedRounds(ffi);
    this.found = version === null ? `glibc ${glibc}` : `glibc ${glibc}, OpenSSL ${version}`;
  }

  /** OpenSSL's rounds of SHA-256; null: they cannot be called here. */
  makeSha256(): Sha256Blocks | null {
    return this.sha256 === null ? null : new Sha256Blocks(this.sha256, this.memory);
  }

  /**
   * Begins a TLS connection on bytes that the caller moves. `certificates` (PEM, one behind the other) are
   * believed; connections with the same text share their sessions. Only when `noTlsReason` is null.
   * @throws Error when OpenSSL refuses
   */
  startTls(peer: TlsPeer, certificates: string): TlsSession {
    if (this.openSsl === null || this.noTlsReason !== null) throw new Error(`no TLS: ${this.noTlsReason}`);
    let context = this.contexts.get(certificates);
    if (context === undefined) {
      context = new TlsContext(this.openSsl, this.memory, certificates);
      this.contexts.set(certificates, context);
    }
    return new TlsSession(this.openSsl, this.memory, context, peer);
  }

  /** A block for reading and writing. Before the hot path starts. */
  makeBlock(byteLength: number): PinnedBlock {
    return new PinnedBlock(this.memory, byteLength);
  }

  private testedFiles(libc: Libc): FileMapper | null {
    try {
      const files = new FileMapper(libc, this.memory);
      testFiles(files, libc, this.memory);
      return files;
    } catch {
      return null;
    }
  }

  private testedRounds(ffi: ForeignInterface): Sha256Rounds | null {
    try {
      const rounds = loadSha256Rounds(ffi);
      testSha256(new Sha256Blocks(rounds, this.memory));
      return rounds;
    } catch {
      return null;
    }
  }
}

/** Opens the room, or says in a sentence why it cannot be opened. Any thread, once each. */
export function openNativeRoom(host: HostFacts = thisHost()): NativeRoom | string {
  try {
    return new NativeRoom(host);
  } catch (error) {
    return reasonOf(error);
  }
}

/** Whatever goes wrong while the room is opened is a reason to do without it. */
function reasonOf(error: unknown): string {
  if (error instanceof NotAvailableError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
