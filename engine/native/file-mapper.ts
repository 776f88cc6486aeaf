import { statfsSync } from 'node:fs';
import { ERRNO } from './errno.ts';
import type { ForeignMemory } from './foreign-memory.ts';
import type { Libc } from './libc.ts';

/* mman.h of Linux. */
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const NULL = 0n;
/** A multiple of every processor's page. */
export const MAP_ALIGN = 65_536;
/** posix_fallocate is called again when a signal interrupts it. */
const ATTEMPTS = 8;

/**
 * File systems on which room that was set aside is there when it is written to (magic.h): elsewhere (copy on write,
 * networks) a full disk could still end the process with SIGBUS.
 */
const SOUND_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext2, ext3, ext4'],
  [0x5846_5342, 'xfs'],
  [0x0102_1994, 'tmpfs'],
]);

/**
 * A part of a file that lies in memory: what is stored there is in the file, also when the process is killed. Nobody may
 * make the file shorter than the part's end while it is mapped: a store behind the end of a file ends the process.
 */
export class MappedPart {
  readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly libc: Libc;
  private readonly address: bigint;

  constructor(libc: Libc, memory: ForeignMemory, address: bigint, byteLength: number) {
    this.bytes = new Uint8Array(memory.at(address, byteLength));
    this.libc = libc;
    this.address = address;
  }

  /** Lets the memory go; `bytes` has no bytes afterwards. What was stored stays in the file. */
  unmap(): void {
    const { byteLength } = this.bytes;
    if (byteLength === 0) return;
    /* Whoever still has a view of it finds it empty instead of finding no memory. */
    this.bytes.buffer.transfer(0);
    this.libc.munmap(this.address, BigInt(byteLength));
  }
}

/** Sets room aside in files and maps it. Blocks on the disk. One thread. */
export class FileMapper {
  private readonly libc: Libc;
  private readonly memory: ForeignMemory;

  constructor(libc: Libc, memory: ForeignMemory) {
    this.libc = libc;
    this.memory = memory;
  }

  /** Why files in a folder had better be written than mapped; null: they may be mapped. */
  static problemWith(directory: string): string | null {
    let type: number;
    try {
      ({ type } = statfsSync(directory));
    } catch (error) {
      return `its file system is not known: ${(error as Error).message}`;
    }
    if (SOUND_FILE_SYSTEMS.has(type)) return null;
    return `its file system (${type.toString(16)}) does not keep room that was set aside`;
  }

  /**
   * Sets room for `byteLength` bytes of a file aside from `from` on, both multiples of MAP_ALIGN, and maps it; the file is
   * at least that long then, what is new in it zeros. Null: the disk has no room, the file system cannot say, or there is
   * no memory to map it; the file may be longer by zeros then. `fd` is open for reading and writing.
   * @throws RangeError when the place is none that can be mapped
   */
  extend(fd: number, from: number, byteLength: number): MappedPart | null {
    if (!isPlace(from) || !isPlace(byteLength) || byteLength === 0)
      throw new RangeError(`cannot map ${byteLength} bytes from ${from}: no multiples of ${MAP_ALIGN}`);
    const place = BigInt(from);
    const size = BigInt(byteLength);
    let errno: number = ERRNO.interrupted;
    for (let attempt = 0; attempt < ATTEMPTS && errno === ERRNO.interrupted; attempt++)
      errno = this.libc.posix_fallocate(fd, place, size);
    if (errno !== 0) return null;
    const address = this.libc.mmap(NULL, size, PROT_READ_WRITE, MAP_SHARED, fd, place);
    return address === MAP_FAILED ? null : new MappedPart(this.libc, this.memory, address, byteLength);
  }
}

function isPlace(bytes: number): boolean {
  return Number.isSafeInteger(bytes) && bytes >= 0 && bytes % MAP_ALIGN === 0;
}
