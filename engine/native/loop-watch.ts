// hot path: no allocation after start
import type { ForeignMemory } from './foreign-memory.ts';
import type { Libc } from './libc.ts';
import { PinnedBlock } from './pinned-block.ts';

/* poll.h: struct pollfd { int fd; short events; short revents; }. */
const POLLFD_BYTES = 8;
const POLLIN = 1;
const AT_EVENTS = 4;

/** Whether Node's event loop has work, without going round it: one call of poll(2). Belongs to the loop's thread. */
export class LoopWatch {
  private readonly libc: Libc;
  private readonly block: PinnedBlock;
  private readonly count: bigint;

  /** @param backendFd the descriptor that stands for the event loop */
  constructor(libc: Libc, memory: ForeignMemory, backendFd: number) {
    this.libc = libc;
    this.block = new PinnedBlock(memory, POLLFD_BYTES);
    this.count = 1n; // arch-ok: made once, when a thread starts
    this.block.bytes.writeInt32LE(backendFd, 0);
    this.block.bytes.writeInt16LE(POLLIN, AT_EVENTS);
  }

  /** Whether one of the loop's descriptors has something; a failed call counts as a yes. */
  isReady(): boolean {
    return this.libc.poll(this.block.address, this.count, 0) !== 0;
  }
}
