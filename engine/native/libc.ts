import type { DynamicLibraryResult } from 'node:ffi';
import { loadFunctions, NotAvailableError } from './foreign.ts';
import type { ForeignInterface } from './foreign.ts';

/**
 * The C library's functions the engine calls: glibc by the name of its binary interface. Sizes are `u64` as in C, and the
 * caller keeps them as constants: a BigInt that is made anew is garbage. Functions of the hot path have at most three
 * arguments: Node passes more of them through an array made for each call.
 */
const LIBC_SIGNATURES = {
  /** Text of the version; only glibc has it. */
  gnu_get_libc_version: { return: 'pointer', arguments: [] },
  /** Where this thread's error number lies; stays the same while the thread lives. */
  __errno_location: { return: 'pointer', arguments: [] },
  getpid: { return: 'i32', arguments: [] },
  /** read(2): descriptor, memory, its size. */
  read: { return: 'i32', arguments: ['i32', 'pointer', 'u64'] },
  /** write(2): descriptor, memory, bytes of it. Node ignores SIGPIPE, so a closed peer is an error number. */
  write: { return: 'i32', arguments: ['i32', 'pointer', 'u64'] },
  /** poll(2): an array of pollfd, its length, milliseconds. */
  poll: { return: 'i32', arguments: ['pointer', 'u64', 'i32'] },
  /** socketpair(2): domain, type, protocol, two descriptors. */
  socketpair: { return: 'i32', arguments: ['i32', 'i32', 'i32', 'pointer'] },
  /** memfd_create(2): name, flags. A file that is memory only. */
  memfd_create: { return: 'i32', arguments: ['pointer', 'u32'] },
  /** posix_fallocate(3): descriptor, place, bytes. Answers the error number itself. */
  posix_fallocate: { return: 'i32', arguments: ['i32', 'i64', 'i64'] },
  /** mmap(2): wanted address, bytes, protection, flags, descriptor, place. */
  mmap: { return: 'pointer', arguments: ['pointer', 'u64', 'i32', 'i32', 'i32', 'i64'] },
  munmap: { return: 'i32', arguments: ['pointer', 'u64'] },
  /** sched_getaffinity(2): kernel id of a thread, 0 = this one; size of a processor set, the set. */
  sched_getaffinity: { return: 'i32', arguments: ['i32', 'u64', 'pointer'] },
  sched_setaffinity: { return: 'i32', arguments: ['i32', 'u64', 'pointer'] },
  close: { return: 'i32', arguments: ['i32'] },
} as const;

const LIBC_NAME = 'libc.so.6';

/** glibc's functions, by the signatures above. Any thread, each its own. */
export type Libc = DynamicLibraryResult<typeof LIBC_SIGNATURES>['functions'];

/** @throws NotAvailableError where there is no glibc (Alpine has musl) */
export function loadLibc(ffi: ForeignInterface): Libc {
  try {
    return loadFunctions(ffi, LIBC_NAME, LIBC_SIGNATURES);
  } catch (error) {
    throw new NotAvailableError(`no glibc here: ${(error as Error).message}`);
  }
}
