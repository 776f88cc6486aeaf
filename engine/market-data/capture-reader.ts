import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FRAME_BYTES_MAX } from '../core/limits.ts';
import { CaptureError } from './capture-error.ts';
import { CAPTURE_SOURCE, CaptureBuilder } from './capture-file.ts';
import type { Capture } from './capture-file.ts';

/*
 * Two formats, plain or gzipped, told apart by their first bytes:
 *   frames  one frame a line: <receive time, ns since the epoch> <raw text>
 *   jsonl   one record a line: {"t":"header"|"http"|"connect"|"send"|"recv", "conn", "ts" (seconds), "data"
 *   (raw text)}
 */

/** Bytes of frames one capture may hold in memory. */
export const CAPTURE_BYTES_MAX: number = 2 * 1024 * 1024 * 1024;

const GZIP_MAGIC = 0x1f8b;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const OPEN_BRACE = 0x7b;
const ZERO = 0x30;
const NINE = 0x39;
/** Epoch nanoseconds have 19 digits until the year 2286. */
const TIME_DIGITS = 19;
const MICROSECOND_DIGITS = 16;
const LINE_BYTES_MAX: number = 2 * FRAME_BYTES_MAX;

type LineTaker = (line: Buffer, start: number, end: number, lineNumber: number) => void;

/** Splits chunks into lines; what crosses a chunk's end is put together. */
class LineSplitter {
  private readonly path: string;
  private readonly take: LineTaker;
  private rest: Buffer = Buffer.alloc(0);
  private lineNumber = 0;

  constructor(path: string, take: LineTaker) {
    this.path = path;
    this.take = take;
  }

  push(chunk: Buffer): void {
    let from = 0;
    let newline = chunk.indexOf(NEWLINE);
    if (newline >= 0 && this.rest.length > 0) {
      const joined = Buffer.concat([this.rest, chunk.subarray(0, newline)]);
      this.rest = Buffer.alloc(0);
      this.line(joined, 0, joined.length);
      from = newline + 1;
      newline = chunk.indexOf(NEWLINE, from);
    }
    while (newline >= 0) {
      this.line(chunk, from, newline);
      from = newline + 1;
      newline = chunk.indexOf(NEWLINE, from);
    }
    if (from === chunk.length) return;
    this.rest = Buffer.concat([this.rest, chunk.subarray(from)]);
    if (this.rest.length > LINE_BYTES_MAX) {
      throw new CaptureError(
        'CAPTURE_MALFORMED_LINE',
        this.path,
        'longer than any frame',
        this.lineNumber + 1,
      );
    }
  }

  /** A last line without a newline is a line. */
  end(): void {
    if (this.rest.length > 0) this.line(this.rest, 0, this.rest.length);
  }

  private line(bytes: Buffer, start: number, end: number): void {
    this.lineNumber++;
    const to = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    if (to > start) this.take(bytes, start, to, this.lineNumber);
  }
}

/** Takes lines of the `frames` format. */
function framesTaker(path: string, builder: CaptureBuilder): LineTaker {
  const unnamed = builder.nameIndexOf('');
  return (line, start, end, lineNumber) => {
    let epochUs = 0;
    let extraNs = 0;
    let at = start;
    for (; at < end && line[at] >= ZERO && line[at] <= NINE; at++) {
      const digit = line[at] - ZERO;
      if (at - start < MICROSECOND_DIGITS) epochUs = epochUs * 10 + digit;
      else extraNs = extraNs * 10 + digit;
    }
    if (at - start !== TIME_DIGITS || line[at] !== SPACE) {
      const what = 'does not start with a receive time of 19 digits and a space';
      throw new CaptureError('CAPTURE_MALFORMED_LINE', path, what, lineNumber);
    }
    addFrame(path, builder, line, at + 1, end, epochUs, extraNs, CAPTURE_SOURCE.frame, unnamed, lineNumber);
  };
}

function addFrame(
  path: string,
  builder: CaptureBuilder,
  bytes: Buffer,
  start: number,
  end: number,
  epochUs: number,
  extraNs: number,
  sourceKind: number,
  nameIndex: number,
  lineNumber: number,
): void {
  if (!builder.accepts(end - start)) {
    throw new CaptureError(
      'CAPTURE_MALFORMED_LINE',
      path,
      `a frame of ${end - start} bytes; 1..${FRAME_BYTES_MAX} are possible`,
      lineNumber,
    );
  }
  if (builder.addedBytes + end - start > CAPTURE_BYTES_MAX) {
    throw new CaptureError('CAPTURE_TOO_LARGE', path, `more than ${CAPTURE_BYTES_MAX} bytes of frames`);
  }
  builder.add(bytes, start, end, epochUs, extraNs, sourceKind, nameIndex);
}

interface JsonLine {
  readonly t?: unknown;
  readonly conn?: unknown;
  readonly ts?: unknown;
  readonly url?: unknown;
  readonly data?: unknown;
}

/** Takes lines of the `jsonl` format: `recv` and `http` records are frames, the others are passed over. */
function jsonlTaker(path: string, builder: CaptureBuilder): LineTaker {
  return (line, start, end, lineNumber) => {
    let record: JsonLine | null;
    try {
      record = JSON.parse(line.toString('utf8', start, end)) as JsonLine | null;
    } catch (error) {
      throw new CaptureError('CAPTURE_MALFORMED_LINE', path, (error as Error).message, lineNumber);
    }
    if (record?.t !== 'recv' && record?.t !== 'http') {
      if (typeof record?.t === 'string') return;
      throw new CaptureError('CAPTURE_MALFORMED_LINE', path, 'a record without "t"', lineNumber);
    }
    if (typeof record.ts !== 'number' || !(record.ts > 0) || typeof record.data !== 'string') {
      throw new CaptureError('CAPTURE_MALFORMED_LINE', path, 'a record without "ts" and "data"', lineNumber);
    }
    const isHttp = record.t === 'http';
    const name = isHttp ? record.url : record.conn;
    const bytes = Buffer.from(record.data, 'utf8');
    if (bytes.length === 0) return;
    const sourceKind = isHttp ? CAPTURE_SOURCE.http : CAPTURE_SOURCE.frame;
    const nameIndex = builder.nameIndexOf(typeof name === 'string' ? name : '');
    const epochUs = Math.round(record.ts * 1e6);
    addFrame(path, builder, bytes, 0, bytes.length, epochUs, 0, sourceKind, nameIndex, lineNumber);
  };
}

/** The first two bytes as one number; fewer bytes give 0. */
async function readMagic(path: string): Promise<number> {
  try {
    const handle = await open(path, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 ? buffer.readUInt16BE(0) : 0;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new CaptureError('CAPTURE_UNREADABLE', path, (error as Error).message);
  }
}

/** Errors of reading and decompression in words. */
function asCaptureError(path: string, error: unknown): CaptureError {
  if (error instanceof CaptureError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR')
    return new CaptureError('CAPTURE_TRUNCATED', path, 'the gzip stream ends too early');
  if (code?.startsWith('Z_') === true) return new CaptureError('CAPTURE_CORRUPT', path, message);
  return new CaptureError('CAPTURE_UNREADABLE', path, message);
}

/**
 * Reads a capture into memory, decompressing as it goes. Not on hot threads.
 * @throws CaptureError
 */
export async function readCapture(path: string): Promise<Capture> {
  const isGzip = (await readMagic(path)) === GZIP_MAGIC;
  if (!isGzip && path.endsWith('.gz')) {
    throw new CaptureError('CAPTURE_NOT_GZIP', path, 'named .gz and no gzip file');
  }
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const source: Readable = isGzip ? file.pipe(createGunzip({ chunkSize: 256 * 1024 })) : file;
  file.on('error', (error) => source.destroy(error));
  const builder = new CaptureBuilder();
  let splitter: LineSplitter | null = null;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      splitter ??= new LineSplitter(path, takerFor(path, chunk[0], builder));
      splitter.push(chunk);
    }
    splitter?.end();
  } catch (error) {
    file.destroy();
    throw asCaptureError(path, error);
  }
  const capture = builder.finish(path);
  if (capture.frameCount === 0) throw new CaptureError('CAPTURE_EMPTY', path, 'no frames in it');
  return capture;
}

function takerFor(path: string, firstByte: number, builder: CaptureBuilder): LineTaker {
  if (firstByte === OPEN_BRACE) return jsonlTaker(path, builder);
  if (firstByte >= ZERO && firstByte <= NINE) return framesTaker(path, builder);
  throw new CaptureError(
    'CAPTURE_UNKNOWN_FORMAT',
    path,
    'starts neither with a receive time nor with a JSON record',
  );
}
