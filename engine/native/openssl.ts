import type { DynamicLibraryResult } from 'node:ffi';
import { loadFunctions } from './foreign.ts';
import type { ForeignInterface } from './foreign.ts';

/**
 * OpenSSL as Node's own executable exports it: the same code that Node's TLS runs, so nothing is added to the process.
 * `SSL *` and the other handles are `pointer`s; who makes one frees it.
 */
const OPENSSL_SIGNATURES = {
  /** 0xMNN00PP0: major, minor, patch. */
  OpenSSL_version_num: { return: 'u64', arguments: [] },
  /** The kind of BIO (OpenSSL's byte stream) that lies in memory. */
  BIO_s_mem: { return: 'pointer', arguments: [] },
  BIO_new: { return: 'pointer', arguments: ['pointer'] },
  BIO_free: { return: 'i32', arguments: ['pointer'] },
  /** BIO, memory, bytes of it. */
  BIO_write: { return: 'i32', arguments: ['pointer', 'pointer', 'i32'] },
  /** BIO, memory, its size; -1 when the BIO is empty. */
  BIO_read: { return: 'i32', arguments: ['pointer', 'pointer', 'i32'] },
  /** A BIO to read from the bytes at an address, which must outlive it. */
  BIO_new_mem_buf: { return: 'pointer', arguments: ['pointer', 'i32'] },
  /** A context holds what connections have in common: versions, certificates that are believed. */
  TLS_client_method: { return: 'pointer', arguments: [] },
  SSL_CTX_new: { return: 'pointer', arguments: ['pointer'] },
  SSL_CTX_free: { return: 'void', arguments: ['pointer'] },
  /** Context, one of SSL_CTRL_*, number, address. */
  SSL_CTX_ctrl: { return: 'i64', arguments: ['pointer', 'i32', 'i64', 'pointer'] },
  SSL_CTX_set_options: { return: 'u64', arguments: ['pointer', 'u64'] },
  /** Context, SSL_VERIFY_*, callback or null. */
  SSL_CTX_set_verify: { return: 'void', arguments: ['pointer', 'i32', 'pointer'] },
  SSL_CTX_get_cert_store: { return: 'pointer', arguments: ['pointer'] },
  X509_STORE_add_cert: { return: 'i32', arguments: ['pointer', 'pointer'] },
  /** The next certificate of a text; null at its end. */
  PEM_read_bio_X509: { return: 'pointer', arguments: ['pointer', 'pointer', 'pointer', 'pointer'] },
  X509_free: { return: 'void', arguments: ['pointer'] },
  SSL_new: { return: 'pointer', arguments: ['pointer'] },
  SSL_free: { return: 'void', arguments: ['pointer'] },
  /** Connection, BIO it reads, BIO it writes; both are freed with it. */
  SSL_set_bio: { return: 'void', arguments: ['pointer', 'pointer', 'pointer'] },
  SSL_set_connect_state: { return: 'void', arguments: ['pointer'] },
  SSL_ctrl: { return: 'i64', arguments: ['pointer', 'i32', 'i64', 'pointer'] },
  /** The name the certificate must be for. */
  SSL_set1_host: { return: 'i32', arguments: ['pointer', 'pointer'] },
  SSL_set_hostflags: { return: 'void', arguments: ['pointer', 'u32'] },
  SSL_get0_param: { return: 'pointer', arguments: ['pointer'] },
  /** The address, as text, the certificate must be for. */
  X509_VERIFY_PARAM_set1_ip_asc: { return: 'i32', arguments: ['pointer', 'pointer'] },
  SSL_do_handshake: { return: 'i32', arguments: ['pointer'] },
  /** Connection, memory, its size. */
  SSL_read: { return: 'i32', arguments: ['pointer', 'pointer', 'i32'] },
  /** Connection, memory, bytes of it. */
  SSL_write: { return: 'i32', arguments: ['pointer', 'pointer', 'i32'] },
  SSL_get_error: { return: 'i32', arguments: ['pointer', 'i32'] },
  SSL_shutdown: { return: 'i32', arguments: ['pointer'] },
  SSL_set_shutdown: { return: 'void', arguments: ['pointer', 'i32'] },
  SSL_get_verify_result: { return: 'i64', arguments: ['pointer'] },
  X509_verify_cert_error_string: { return: 'pointer', arguments: ['i64'] },
  SSL_get1_session: { return: 'pointer', arguments: ['pointer'] },
  SSL_set_session: { return: 'i32', arguments: ['pointer', 'pointer'] },
  SSL_session_reused: { return: 'i32', arguments: ['pointer'] },
  SSL_SESSION_free: { return: 'void', arguments: ['pointer'] },
  SSL_get_version: { return: 'pointer', arguments: ['pointer'] },
  /** Forgets this thread's errors: SSL_get_error takes what lies there for its own. */
  ERR_clear_error: { return: 'void', arguments: [] },
  ERR_get_error: { return: 'u64', arguments: [] },
  /** Error, memory, its size. */
  ERR_error_string_n: { return: 'void', arguments: ['u64', 'pointer', 'u64'] },
} as const;

/** Not part of OpenSSL's interface, so it may be missing where the rest is there. */
const SHA256_SIGNATURES = {
  /** Eight words of state, text, number of 64-byte blocks of it: the rounds of SHA-256. */
  sha256_block_data_order: { return: 'void', arguments: ['pointer', 'pointer', 'u64'] },
} as const;

/** OpenSSL's rounds of SHA-256. */
export type Sha256Rounds = DynamicLibraryResult<typeof SHA256_SIGNATURES>['functions'];

/** OpenSSL's functions, by the signatures above. Any thread, each its own; a handle belongs to the thread that made it. */
export type OpenSsl = DynamicLibraryResult<typeof OPENSSL_SIGNATURES>['functions'];

/** @throws NotAvailableError when Node's executable does not export them (it was built with a shared OpenSSL, or without) */
export function loadOpenSsl(ffi: ForeignInterface): OpenSsl {
  return loadFunctions(ffi, null, OPENSSL_SIGNATURES);
}

/** @throws NotAvailableError when Node's executable does not export them */
export function loadSha256Rounds(ffi: ForeignInterface): Sha256Rounds {
  return loadFunctions(ffi, null, SHA256_SIGNATURES);
}
