import { closeSync, fdatasyncSync, fsyncSync, openSync, unlinkSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import type { FileMapper } from '../native/file-mapper.ts';
import { MappedTail } from './mapped-tail.ts';
import { SEGMENT_HEADER_BYTES, encodeSegmentHeader, logBuffer } from './record-format.ts';
import type { LogBuffer } from './record-format.ts';
import { logKind, segmentFileName } from './segment-files.ts';
import type { LogName } from './segment-files.ts';

/** What a log's files are made with. */
export interface SegmentWriterOptions {
  readonly directory: string;
  readonly log: LogName;
  /** A file this long is closed and the next one begun. */
  readonly segmentBytes: number;
  /** Wall clock at engine start: names the run. */
  readonly startEpochUs: number;
  /** Writes through mapped memory instead of by calls of the kernel. */
  readonly mapper?: FileMapper;
}

/** Makes a folder's entries durable: a new file's name is not, until this. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Appends whole records to the segments of one log. Every write goes to a known place in the file, so a write that
 * failed half-way is written again over its own beginning. Blocks; throws Node's errors of the file system, after
 * which the same call may be made again. One owner thread.
 */
export class SegmentWriter {
  private readonly options: SegmentWriterOptions;
  private readonly header: LogBuffer;
  /** Null: records are written by calls. */
  private readonly mapped: MappedTail | null;
  /** Whether the current file is written through memory: so far there was room for it. */
  private isMapped: boolean;
  private fd: number;
  private fileBytes: number;
  private segmentNumber: number;
  private unsyncedBytes: number;
  private hasSyncFailed: boolean;

  /** @param nextSegment number of the first file this writer makes */
  constructor(options: SegmentWriterOptions, nextSegment: number) {
    this.options = options;
    this.header = logBuffer(new ArrayBuffer(SEGMENT_HEADER_BYTES), 0, SEGMENT_HEADER_BYTES);
    const { mapper, segmentBytes } = options;
    this.mapped = mapper === undefined ? null : new MappedTail(mapper, segmentBytes);
    this.isMapped = false;
    this.fd = -1;
    this.fileBytes = 0;
    this.segmentNumber = nextSegment - 1;
    this.unsyncedBytes = 0;
    this.hasSyncFailed = false;
  }

  /** Whether a record block of `bytes` must go to a new file. */
  needsRotation(bytes: number): boolean {
    return this.fd === -1 || (this.fileBytes > SEGMENT_HEADER_BYTES && this.fileBytes + bytes > this.limit());
  }

  /** Bytes that fit the current file; 0 when there is none. */
  room(): number {
    return this.fd === -1 ? 0 : Math.max(0, this.limit() - this.fileBytes);
  }

  /** Closes the current file durably and begins the next; its first record will be `firstSequence`. */
  rotate(firstSequence: number): void {
    const { directory, log, startEpochUs } = this.options;
    if (this.fd !== -1) {
      this.unmap(this.fileBytes);
      this.sync();
      closeSync(this.fd);
      this.fd = -1;
    }
    const segmentNumber = this.segmentNumber + 1;
    encodeSegmentHeader(this.header, { kind: logKind(log), segmentNumber, firstSequence, startEpochUs });
    const path = join(directory, segmentFileName(log, segmentNumber));
    /* Mapping a file takes the right to read it. */
    this.fd = openSync(path, 'wx+');
    this.fileBytes = 0;
    try {
      this.writeAt([this.header.u8], SEGMENT_HEADER_BYTES);
      this.map();
      this.sync();
      syncDirectory(directory);
      this.segmentNumber = segmentNumber;
    } catch (error) {
      this.dropFile(path);
      throw error;
    }
  }

  /** A file without a header must not stay: the next attempt makes it again. */
  private dropFile(path: string): void {
    const fd = this.fd;
    this.fd = -1;
    this.unmap(0);
    closeSync(fd);
    unlinkSync(path);
  }

  /**
   * Appends `buffers` (`byteLength` bytes in all, whole records) to the current file. `writevSync` with a ready array
   * because `writeSync` allocates an object per call.
   */
  append(buffers: readonly Uint8Array[], byteLength: number): void {
    this.writeAt(buffers, byteLength);
  }

  /**
   * Makes what was appended durable. Once it has failed it fails for good: the kernel may have dropped the pages and
   * forgotten the error, so a later success would prove nothing.
   */
  sync(): void {
    if (this.hasSyncFailed) throw new Error('an earlier fdatasync failed, the file cannot be trusted');
    this.hasSyncFailed = true;
    if (this.fd !== -1) fdatasyncSync(this.fd);
    this.hasSyncFailed = false;
    this.unsyncedBytes = 0;
  }

  /** Bytes appended since the last sync. */
  pendingSyncBytes(): number {
    return this.unsyncedBytes;
  }

  /** Syncs and lets the file go. */
  close(): void {
    if (this.fd === -1) return;
    const fd = this.fd;
    this.fd = -1;
    try {
      this.unmap(this.fileBytes);
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** From here on the file is written through memory, when that is wanted and can be done. */
  private map(): void {
    if (this.mapped === null) return;
    this.isMapped = true;
    if (!this.mapped.begin(this.fd, this.fileBytes)) this.unmap(this.fileBytes);
  }

  /** From here on the file is `fileBytes` long and is written by calls. */
  private unmap(fileBytes: number): void {
    if (!this.isMapped) return;
    this.isMapped = false;
    this.mapped!.end(fileBytes);
  }

  private limit(): number {
    return this.options.segmentBytes;
  }

  private writeAt(buffers: readonly Uint8Array[], byteLength: number): void {
    if (!this.isMapped || !this.mapped!.write(buffers, byteLength, this.fileBytes)) {
      /* The disk is nearly full or there is no memory: the kernel says which, if it takes no more either. */
      this.unmap(this.fileBytes);
      const written = writevSync(this.fd, buffers, this.fileBytes);
      if (written !== byteLength) this.finishShortWrite(buffers, written, byteLength);
    }
    this.fileBytes += byteLength;
    this.unsyncedBytes += byteLength;
  }

  /** Rare (a nearly full disk, a signal): writes what is left, so that the error itself, if there is one, is thrown. */
  private finishShortWrite(buffers: readonly Uint8Array[], alreadyWritten: number, byteLength: number): void {
    const whole = Buffer.concat(buffers);
    let written = alreadyWritten;
    while (written < byteLength) {
      const count = writevSync(this.fd, [whole.subarray(written)], this.fileBytes + written);
      if (count === 0) throw new Error(`the file system took no byte of ${byteLength - written}`);
      written += count;
    }
  }
}
