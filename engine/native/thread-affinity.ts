import type { ForeignMemory } from './foreign-memory.ts';
import type { Libc } from './libc.ts';
import { PinnedBlock } from './pinned-block.ts';

/** Of glibc's cpu_set_t, sched.h: a bit per processor. */
const SET_BYTES = 128;
const PROCESSORS_MAX: number = SET_BYTES * 8;

/** Which processors threads of this process may use. Asks the kernel; any thread may be meant, by its kernel id. */
export class ThreadAffinity {
  private readonly libc: Libc;
  private readonly set: PinnedBlock;

  constructor(libc: Libc, memory: ForeignMemory) {
    this.libc = libc;
    this.set = new PinnedBlock(memory, SET_BYTES);
  }

  /** The processors a thread may use, ascending; null: the kernel does not say. 0 is the calling thread. */
  processorsOf(threadId: number): number[] | null {
    const { bytes, address, size } = this.set;
    bytes.fill(0);
    if (this.libc.sched_getaffinity(threadId, size, address) !== 0) return null;
    return Array.from({ length: PROCESSORS_MAX }, (_, cpu) => cpu).filter((cpu) => isIn(bytes, cpu));
  }

  /** Keeps a thread to `processors`. False: the kernel refuses (no such thread or processor, no permission). */
  restrict(threadId: number, processors: readonly number[]): boolean {
    const { bytes, address, size } = this.set;
    bytes.fill(0);
    for (const cpu of processors) {
      if (!Number.isInteger(cpu) || cpu < 0 || cpu >= PROCESSORS_MAX) return false;
      bytes[cpu >> 3] |= 1 << (cpu & 7);
    }
    return this.libc.sched_setaffinity(threadId, size, address) === 0;
  }
}

function isIn(bytes: Uint8Array, cpu: number): boolean {
  return ((bytes[cpu >> 3] >> (cpu & 7)) & 1) === 1;
}
