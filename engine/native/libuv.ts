import type { DynamicLibraryResult } from 'node:ffi';
import { loadFunctions } from './foreign.ts';
import type { ForeignInterface } from './foreign.ts';

/** What Node's event loop says of itself; Node's executable exports it. */
const LIBUV_SIGNATURES = {
  /** The descriptor that becomes readable when one of the loop's descriptors has something. */
  uv_backend_fd: { return: 'i32', arguments: ['pointer'] },
} as const;

/** libuv's functions, by the signatures above. Any thread, each its own. */
export type Libuv = DynamicLibraryResult<typeof LIBUV_SIGNATURES>['functions'];

/** @throws NotAvailableError when Node's executable does not export them */
export function loadLibuv(ffi: ForeignInterface): Libuv {
  return loadFunctions(ffi, null, LIBUV_SIGNATURES);
}
