// hot path: no allocation after start (a new window excepted)
import { ftruncateSync } from 'node:fs';
import { MAP_ALIGN } from '../native/file-mapper.ts';
import type { FileMapper, MappedPart } from '../native/file-mapper.ts';

/** Set aside and mapped at a time. A window takes tens of microseconds, some thousand orders fit in one. */
const WINDOW_BYTES_MAX = 1_048_576;

/**
 * Writes a file through memory: a record is stored where the window over the file's end is mapped, and is in the file with
 * that, whatever becomes of the process. The disk's room for a window is set aside before it is mapped, so a full disk is
 * found there and never by a store. Until `end` the file is longer than what was written, by zeros. One owner thread.
 */
export class MappedTail {
  private readonly mapper: FileMapper;
  private readonly windowBytes: number;
  private fd: number;
  private window: MappedPart | null;
  private bytes: Uint8Array;
  /** Places in the file. */
  private windowStart: number;
  private windowEnd: number;

  /** @param fileBytes how long a file becomes, about */
  constructor(mapper: FileMapper, fileBytes: number) {
    this.mapper = mapper;
    this.windowBytes = Math.min(aligned(fileBytes), WINDOW_BYTES_MAX);
    this.fd = -1;
    this.window = null;
    this.bytes = new Uint8Array(0);
    this.windowStart = 0;
    this.windowEnd = 0;
  }

  /** The next writes go to a file of `fileBytes` so far, open for reading and writing. False: it cannot be mapped. */
  begin(fd: number, fileBytes: number): boolean {
    this.fd = fd;
    return this.moveTo(fileBytes, 0);
  }

  /**
   * Stores `buffers` (`byteLength` bytes in all) at `at`, the end of what was written. False, nothing stored: there is no
   * room for another window, or no memory.
   */
  write(buffers: readonly Uint8Array[], byteLength: number, at: number): boolean {
    if (at + byteLength > this.windowEnd && !this.moveTo(at, byteLength)) return false;
    let to = at - this.windowStart;
    for (let index = 0; index < buffers.length; index++) {
      this.bytes.set(buffers[index], to);
      to += buffers[index].length;
    }
    return true;
  }

  /** Lets the memory go and cuts off what was not used; the file is `fileBytes` long then. */
  end(fileBytes: number): void {
    if (this.fd === -1) return;
    const { fd } = this;
    this.fd = -1;
    this.letGo();
    ftruncateSync(fd, fileBytes);
  }

  private moveTo(at: number, byteLength: number): boolean {
    const start = at - (at % MAP_ALIGN);
    const windowBytes = Math.max(this.windowBytes, aligned(at + byteLength - start));
    const next = this.mapper.extend(this.fd, start, windowBytes);
    if (next === null) return false;
    this.letGo();
    this.window = next;
    this.bytes = next.bytes;
    this.windowStart = start;
    this.windowEnd = start + windowBytes;
    return true;
  }

  private letGo(): void {
    this.window?.unmap();
    this.window = null;
    this.windowEnd = 0;
  }
}

/** The next multiple of what can be mapped, at least one. */
function aligned(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / MAP_ALIGN)) * MAP_ALIGN;
}
