// hot path: no allocation after start
import { ERRNO } from './errno.ts';
import type { ForeignMemory } from './foreign-memory.ts';
import type { Libc } from './libc.ts';
import type { PinnedBlock } from './pinned-block.ts';

/** Answers of DescriptorIo that are no count of bytes; 0 from `read` is the end of the stream. */
export const IO_RESULT = {
  /** Nothing to read, or no room to write, right now. */
  wouldBlock: -1,
  /** `lastErrno` says why. */
  failed: -2,
} as const;

/** Calls repeated when a signal interrupts them, or when their error number was not believed at first. */
const ATTEMPTS = 3;
const ERRNO_BYTES = 4;

/**
 * Reads and writes descriptors that do not block, without making anything. Takes whole blocks of this room only, so no
 * call can reach memory that is not theirs. Belongs to the thread that made it: error numbers are a thread's own.
 */
export class DescriptorIo {
  /** The error number of the last call that answered `failed`. */
  lastErrno: number;
  private readonly libc: Libc;
  private readonly errno: Int32Array;
  /** By number of bytes: the same number as functions of C take it. */
  private readonly counts: bigint[];

  /** @param writeBytesMax the longest write */
  constructor(libc: Libc, memory: ForeignMemory, writeBytesMax: number) {
    this.lastErrno = 0;
    this.libc = libc;
    this.errno = new Int32Array(memory.at(libc.__errno_location(), ERRNO_BYTES));
    this.counts = Array.from({ length: writeBytesMax + 1 }, (_, count) => asSize(count));
  }

  /**
   * What has arrived at `fd`, at most a block full, into the block from its start. Returns the number of bytes, 0 at the
   * end of the stream, or an IO_RESULT.
   */
  read(fd: number, block: PinnedBlock): number {
    for (let attempt = 1; ; attempt++) {
      const count = this.libc.read(fd, block.address, block.size);
      if (count >= 0) return count;
      const errno = this.errno[0];
      if (errno === ERRNO.again) return IO_RESULT.wouldBlock;
      /* Between the call and this line V8 may have used the number for itself: it counts when it comes again. */
      if (attempt === ATTEMPTS) return this.fail(errno);
    }
  }

  /**
   * Hands the first `byteCount` bytes of the block to `fd`. Returns how many were taken, which may be fewer, or an
   * IO_RESULT. More bytes than the block has, or than was said at the start, are refused with EINVAL.
   */
  write(fd: number, block: PinnedBlock, byteCount: number): number {
    const size = this.counts[byteCount];
    if (size === undefined || !(byteCount <= block.bytes.length)) return this.fail(ERRNO.invalid);
    for (let attempt = 1; ; attempt++) {
      const count = this.libc.write(fd, block.address, size);
      if (count >= 0) return count;
      const errno = this.errno[0];
      if (errno === ERRNO.again) return IO_RESULT.wouldBlock;
      if (attempt === ATTEMPTS) return this.fail(errno);
    }
  }

  private fail(errno: number): number {
    this.lastErrno = errno;
    return IO_RESULT.failed;
  }
}

/** A number as functions of C take sizes; before the start of the hot path. */
function asSize(count: number): bigint {
  return BigInt(count); // arch-ok: made once per length, when a thread starts
}
