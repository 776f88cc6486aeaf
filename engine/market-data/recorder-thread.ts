import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createGzip } from 'node:zlib';

/** What the thread is started with. */
export interface RecorderStart {
  readonly path: string;
  readonly originEpochUs: number;
}

/** What the recorder sends; blocks come back as bare ArrayBuffers. */
export type RecorderMessage =
  | { readonly kind: 'block'; readonly memory: ArrayBuffer; readonly usedBytes: number }
  | { readonly kind: 'close' };

const ENTRY_BYTES = 16;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const BLANK = 32;

/** The entries of a block as lines of the `frames` format. */
function linesOf(block: Buffer, usedBytes: number, originNs: bigint): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < usedBytes;) {
    const length = block.readUInt32LE(at);
    const recvNs = BigInt(Math.round(block.readDoubleLE(at + 8)));
    const frame = block.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + length);
    /* In JSON a line end is a blank; in the file it would end the frame. */
    for (let index = 0; index < length; index++) {
      if (frame[index] === NEWLINE || frame[index] === CARRIAGE_RETURN) frame[index] = BLANK;
    }
    parts.push(Buffer.from(`${originNs + recvNs} `), frame, Buffer.of(NEWLINE));
    at += (ENTRY_BYTES + length + 7) & ~7;
  }
  return Buffer.concat(parts);
}

/** Writes blocks until told to close. */
function run(start: RecorderStart): void {
  const port = parentPort;
  if (port === null) throw new Error('the recorder thread has no parent');
  const originNs = BigInt(Math.round(start.originEpochUs)) * 1_000n;
  const gzip = createGzip({ level: 6 });
  const written = pipeline(gzip, createWriteStream(start.path));
  /* An unwritable file ends the thread: the recorder hears of it as the worker's error. */
  written.catch((error: unknown) => {
    throw error;
  });
  port.on('message', (message: RecorderMessage) => {
    if (message.kind === 'close') {
      gzip.end();
      written.then(
        () => port.close(),
        () => undefined,
      );
      return;
    }
    const lines = linesOf(Buffer.from(message.memory), message.usedBytes, originNs);
    /* The block goes back when its lines are taken: a slow disk runs the recorder out of blocks. */
    gzip.write(lines, () => port.postMessage(message.memory, [message.memory]));
  });
}

run(workerData as RecorderStart);
