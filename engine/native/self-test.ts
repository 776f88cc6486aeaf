import { createHash } from 'node:crypto';
import { fstatSync, readSync } from 'node:fs';
import { IO_RESULT } from './descriptor-io.ts';
import type { DescriptorIo } from './descriptor-io.ts';
import { ERRNO } from './errno.ts';
import { MAP_ALIGN } from './file-mapper.ts';
import type { FileMapper } from './file-mapper.ts';
import { NotAvailableError } from './foreign.ts';
import type { ForeignMemory } from './foreign-memory.ts';
import type { Libc } from './libc.ts';
import type { OpenSsl } from './openssl.ts';
import type { Sha256Blocks } from './sha256-blocks.ts';
import type { ThreadAffinity } from './thread-affinity.ts';
import { PinnedBlock } from './pinned-block.ts';

/* socket.h of Linux. */
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
/* memfd.h of Linux. */
const MFD_CLOEXEC = 1;
const OPENSSL_MAJOR = 3;
/** FIPS 180-4, 5.3.3. */
const SHA256_INITIAL = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];
const PATTERN = 'shrike native self-test';

/**
 * Tries the C library's calls on a pair of sockets of its own: what goes in must come out, and every other answer must
 * be the one the manual names. Returns glibc's version.
 * @throws NotAvailableError with what was not as it should be
 */
export function testLibc(libc: Libc, memory: ForeignMemory, io: DescriptorIo): string {
  const version = memory.textAt(libc.gnu_get_libc_version());
  check(/^\d+\.\d+$/.test(version), `glibc calls itself "${version}"`);
  check(libc.getpid() === process.pid, 'getpid gives another process');
  const pair = new PinnedBlock(memory, 2 * Int32Array.BYTES_PER_ELEMENT);
  const made = libc.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.address);
  check(made === 0, 'no pair of sockets could be made');
  const [here, there] = new Int32Array(pair.bytes.buffer) as unknown as [number, number];
  let isThereOpen = true;
  try {
    const sent = new PinnedBlock(memory, PATTERN.length);
    const received = new PinnedBlock(memory, 2 * PATTERN.length);
    sent.bytes.write(PATTERN, 'latin1');
    check(io.read(here, received) === IO_RESULT.wouldBlock, 'an empty socket does not say so');
    check(io.write(there, sent, PATTERN.length) === PATTERN.length, 'a write took too little');
    check(
      io.read(here, received) === PATTERN.length,
      'a read gave another number of bytes than were written',
    );
    check(received.bytes.toString('latin1', 0, PATTERN.length) === PATTERN, 'a read gave other bytes');
    check(
      received.bytes.subarray(PATTERN.length).every((byte) => byte === 0),
      'a read wrote where it must not',
    );
    check(io.write(there, sent, PATTERN.length + 1) === IO_RESULT.failed, 'a write went past its block');
    libc.close(there);
    isThereOpen = false;
    check(io.read(here, received) === 0, 'the end of a stream is not told');
    check(io.write(here, sent, 1) === IO_RESULT.failed, 'a write to nobody was taken');
    check(io.lastErrno === ERRNO.brokenPipe, `a write to nobody fails with ${io.lastErrno}`);
  } finally {
    libc.close(here);
    if (isThereOpen) libc.close(there);
  }
  check(io.read(-1, pair) === IO_RESULT.failed, 'a descriptor that is none can be read');
  check(io.lastErrno === ERRNO.badDescriptor, `a descriptor that is none fails with ${io.lastErrno}`);
  return version;
}

/**
 * Tries to set room aside and to map it, on a file that is memory only: what is stored there must be in the file.
 * @throws NotAvailableError with what was not as it should be
 */
export function testFiles(files: FileMapper, libc: Libc, memory: ForeignMemory): void {
  const name = new PinnedBlock(memory, PATTERN.length + 1);
  name.bytes.write(PATTERN, 'latin1');
  const fd = libc.memfd_create(name.address, MFD_CLOEXEC);
  check(fd >= 0, 'no file in memory could be made');
  try {
    const part = files.extend(fd, MAP_ALIGN, MAP_ALIGN);
    check(part?.bytes.length === MAP_ALIGN, 'a file could not be mapped');
    check(fstatSync(fd).size === 2 * MAP_ALIGN, 'room set aside gives a file of another length');
    part!.bytes.set(name.bytes, MAP_ALIGN - name.bytes.length);
    part!.unmap();
    const stored = Buffer.alloc(name.bytes.length);
    readSync(fd, stored, 0, stored.length, 2 * MAP_ALIGN - stored.length);
    check(stored.equals(name.bytes), 'what was stored in a mapped file is not in it');
    check(files.extend(-1, 0, MAP_ALIGN) === null, 'a descriptor that is none can be mapped');
  } finally {
    libc.close(fd);
  }
}

/**
 * Tries what the kernel says of this thread's processors. Nothing is changed: another thread may be pinning this one.
 * @throws NotAvailableError with what was not as it should be
 */
export function testAffinity(affinity: ThreadAffinity): void {
  check(affinity.processorsOf(0)?.length !== 0, 'a thread that runs may use no processor');
  check(affinity.processorsOf(-1) === null, 'a thread that is none may use processors');
  check(!affinity.restrict(0, []), 'a thread was left no processor');
}

/**
 * Tries OpenSSL's calls: the version must be the one Node names, bytes must pass through memory unchanged. Returns the
 * version.
 * @throws NotAvailableError with what was not as it should be
 */
export function testOpenSsl(openSsl: OpenSsl, memory: ForeignMemory): string {
  const number = Number(openSsl.OpenSSL_version_num());
  const major = Math.floor(number / 2 ** 28);
  const version = `${major}.${Math.floor(number / 2 ** 20) % 256}`;
  check(
    major === OPENSSL_MAJOR && process.versions.openssl?.startsWith(`${version}.`),
    `OpenSSL ${version}, tested with ${OPENSSL_MAJOR}; Node names ${process.versions.openssl}`,
  );
  const bio = openSsl.BIO_new(openSsl.BIO_s_mem());
  check(bio !== 0n, 'OpenSSL has no memory');
  try {
    const sent = new PinnedBlock(memory, PATTERN.length);
    const received = new PinnedBlock(memory, 2 * PATTERN.length);
    sent.bytes.write(PATTERN, 'latin1');
    check(openSsl.BIO_read(bio, received.address, 1) === -1, 'an empty BIO does not say so');
    check(openSsl.BIO_write(bio, sent.address, PATTERN.length) === PATTERN.length, 'a BIO took too little');
    const count = openSsl.BIO_read(bio, received.address, received.bytes.length);
    check(count === PATTERN.length, 'a BIO gave another number of bytes than it took');
    check(received.bytes.toString('latin1', 0, count) === PATTERN, 'a BIO gave other bytes');
  } finally {
    openSsl.BIO_free(bio);
  }
  return version;
}

/**
 * Tries the rounds of SHA-256: the digest of the empty text must be Node's.
 * @throws NotAvailableError with what was not as it should be
 */
export function testSha256(sha256: Sha256Blocks): void {
  const text = sha256.makeText(64);
  sha256.state.set(SHA256_INITIAL);
  // The empty text with its padding.
  text.bytes[0] = 0x80;
  check(sha256.mix(text, 1), 'SHA-256 took no block');
  const digest = Buffer.alloc(32);
  for (const [index, word] of sha256.state.entries()) digest.writeInt32BE(word, index * 4);
  check(digest.equals(createHash('sha256').digest()), 'SHA-256 gives another digest than Node');
  check(!sha256.mix(text, 2), 'SHA-256 read past its text');
}

function check(isAsItShould: boolean | undefined, otherwise: string): void {
  if (isAsItShould !== true) throw new NotAvailableError(`self-test: ${otherwise}`);
}
