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
} as const;

/** OpenSSL's functions, by the signatures above. Any thread, each its own; a handle belongs to the thread that made it. */
export type OpenSsl = DynamicLibraryResult<typeof OPENSSL_SIGNATURES>['functions'];

/** @throws NotAvailableError when Node's executable does not export them (it was built with a shared OpenSSL, or without) */
export function loadOpenSsl(ffi: ForeignInterface): OpenSsl {
  return loadFunctions(ffi, null, OPENSSL_SIGNATURES);
}
