import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkpoint, LogEnds } from './checkpoint.ts';
import { crc32c } from './crc32c.ts';
import type { DurableFiles } from './durable-files.ts';
import { JournalError, NEWER_ENGINE_HINT } from './journal-error.ts';
import { logBuffer } from './record-format.ts';
import type { RunInstrument } from './journaled-facts.ts';
import { journalFiles } from './segment-files.ts';

/*
 * A checkpoint file: a header, then one JSON value per line, UTF-8.
 *   byte  0  magic          "SHRKCKP" and a zero byte
 *         8  formatVersion  Int32, 1
 *        12  bodyCrc        Int32, CRC-32C of the body
 *        16  bodyBytes      Float64
 *        24  endsBytes      Int32, bytes of the body's first line
 *        28  endsCrc        Int32, CRC-32C of these
 *        32  (zero)         28 bytes
 *        60  crc            Int32, CRC-32C of bytes 0..59
 *   body: where the logs go on; the instruments, each named by its place in this list from then on; then everything but
 *   orders and trades; then as many orders and as many trades as that line says. Numbers in JSON are exact.
 */
const HEADER_BYTES = 64;
const HEADER_CRC_AT = 60;
const FORMAT_VERSION = 1;
const MAGIC = 'SHRKCKP\0';
const NAME = /^checkpoint-(\d{8,})\.ckpt$/;
const PART_LINES = 4_096;

const NO_ENDS: LogEnds = {};

/** Names of the checkpoint files, the newest first. */
export function listCheckpoints(directory: string): string[] {
  return journalFiles(directory)
    .filter((file) => NAME.test(file))
    .sort((a, b) => numberOf(b) - numberOf(a));
}

/** The name of the next checkpoint. */
export function nextCheckpointName(directory: string): string {
  const [newest] = listCheckpoints(directory);
  const number = newest === undefined ? 1 : numberOf(newest) + 1;
  return `checkpoint-${String(number).padStart(8, '0')}.ckpt`;
}

/** Writes a checkpoint: it is there whole and durable, or not at all. */
export function writeCheckpoint(
  directory: string,
  file: string,
  checkpoint: Checkpoint,
  files: DurableFiles,
): void {
  const path = join(directory, file);
  const draft = `${path}.tmp`;
  files.write(draft, encode(checkpoint));
  files.rename(draft, path);
  files.syncDirectory(directory);
}

/** A checkpoint, or a sentence on what is wrong with its file. */
function readCheckpoint(directory: string, file: string): Checkpoint | string {
  const content = readFileSync(join(directory, file));
  const damage = damageOf(content, file);
  if (damage !== null) return damage;
  try {
    return decode(content);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError))
      throw error;
    return `its content is no checkpoint (${error.message})`;
  }
}

/** What there is of checkpoints in a folder. */
export interface FoundCheckpoint {
  /** The newest one that is whole; null = none. */
  readonly file: string | null;
  readonly checkpoint: Checkpoint | null;
  readonly ends: LogEnds;
  /** Newer ones that are damaged. */
  readonly damaged: readonly { readonly file: string; readonly detail: string }[];
}

/** Reads the newest checkpoint that is whole. @throws JournalError JOURNAL_VERSION when a later engine wrote one */
export function findCheckpoint(directory: string): FoundCheckpoint {
  const damaged: { file: string; detail: string }[] = [];
  for (const file of listCheckpoints(directory)) {
    const reading = readCheckpoint(directory, file);
    if (typeof reading !== 'string') return { file, checkpoint: reading, ends: reading.ends, damaged };
    damaged.push({ file, detail: reading });
  }
  return { file: null, checkpoint: null, ends: NO_ENDS, damaged };
}

/** The newest checkpoint whose beginning is whole, and where the logs went on after it. Reads no more than that. */
export function newestCheckpoint(directory: string): {
  readonly file: string | null;
  readonly ends: LogEnds;
} {
  for (const file of listCheckpoints(directory)) {
    const ends = readEnds(join(directory, file));
    if (ends !== null) return { file, ends };
  }
  return { file: null, ends: NO_ENDS };
}

/** Checkpoints that were never completed. */
export function listDrafts(directory: string): string[] {
  return journalFiles(directory).filter((file) => /^checkpoint-\d+\.ckpt\.tmp$/.test(file));
}

function numberOf(file: string): number {
  return Number(NAME.exec(file)?.[1] ?? 0);
}

/** null = the file's beginning is damaged. */
function readEnds(path: string): LogEnds | null {
  const fd = openSync(path, 'r');
  try {
    const header = new Uint8Array(HEADER_BYTES);
    const length = readSync(fd, header, 0, HEADER_BYTES, 0);
    if (headerDamage(header.subarray(0, length)) !== null) return null;
    const { i32 } = viewsOf(header);
    if (i32[2] !== FORMAT_VERSION) return null;
    const line = new Uint8Array(i32[6]);
    if (readSync(fd, line, 0, line.length, HEADER_BYTES) !== line.length) return null;
    if (crc32c(line, 0, line.length, 0) !== i32[7]) return null;
    return JSON.parse(new TextDecoder().decode(line)) as LogEnds;
  } finally {
    closeSync(fd);
  }
}

function viewsOf(header: Uint8Array): { readonly i32: Int32Array; readonly f64: Float64Array } {
  const aligned = new ArrayBuffer(HEADER_BYTES);
  new Uint8Array(aligned).set(header.subarray(0, HEADER_BYTES));
  return { i32: new Int32Array(aligned), f64: new Float64Array(aligned) };
}

function headerDamage(header: Uint8Array): string | null {
  if (header.length < HEADER_BYTES) return `its header is cut at ${header.length} bytes`;
  const magic = String.fromCharCode(...header.subarray(0, MAGIC.length));
  if (magic !== MAGIC) return 'it is no checkpoint (wrong magic)';
  const { i32 } = viewsOf(header);
  if (crc32c(header, 0, HEADER_CRC_AT, 0) !== i32[HEADER_CRC_AT >> 2])
    return 'its header does not match its checksum';
  return null;
}

function damageOf(content: Uint8Array, file: string): string | null {
  const damage = headerDamage(content);
  if (damage !== null) return damage;
  const { i32, f64 } = viewsOf(content);
  if (i32[2] !== FORMAT_VERSION)
    throw new JournalError(
      'JOURNAL_VERSION',
      `${file}: checkpoint format ${i32[2]}, this engine reads ${FORMAT_VERSION}; ${NEWER_ENGINE_HINT}`,
    );
  const bodyBytes = content.length - HEADER_BYTES;
  if (bodyBytes !== f64[2]) return `it has ${bodyBytes} bytes of ${f64[2]}`;
  if (crc32c(content, HEADER_BYTES, content.length, 0) !== i32[3]) return 'it does not match its checksum';
  return null;
}

function encode(checkpoint: Checkpoint): Uint8Array[] {
  const { ends, orders, trades, ...rest } = checkpoint;
  const table = new Map<string, number>();
  /** An instrument is written as its place in the table: the same one is named by every trade in it. */
  const write = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => (isInstrument(part) ? placeIn(table, part) : part));
  const head = write({ ...rest, orderCount: orders.length, tradeCount: trades.length });
  const lines = [...orders, ...trades].map(write);
  const instruments = `[${[...table.keys()].join(',')}]`;
  const first = new TextEncoder().encode(`${JSON.stringify(ends)}\n`);
  const body = [first, ...partsOf([instruments, head, ...lines])];
  let bodyCrc = 0;
  let bodyBytes = 0;
  for (const part of body) {
    bodyCrc = crc32c(part, 0, part.length, bodyCrc);
    bodyBytes += part.length;
  }
  const header = logBuffer(new ArrayBuffer(HEADER_BYTES), 0, HEADER_BYTES);
  header.u8.set(new TextEncoder().encode(MAGIC));
  header.i32[2] = FORMAT_VERSION;
  header.i32[3] = bodyCrc;
  header.f64[2] = bodyBytes;
  header.i32[6] = first.length;
  header.i32[7] = crc32c(first, 0, first.length, 0);
  header.i32[HEADER_CRC_AT >> 2] = crc32c(header.u8, 0, HEADER_CRC_AT, 0);
  return [header.u8, ...body];
}

function placeIn(table: Map<string, number>, instrument: RunInstrument): { $: number } {
  const text = JSON.stringify(instrument);
  const place = table.get(text) ?? table.size;
  table.set(text, place);
  return { $: place };
}

function isInstrument(value: unknown): value is RunInstrument {
  return typeof value === 'object' && value !== null && 'key' in value && 'tickUnits' in value;
}

function partsOf(lines: readonly string[]): Uint8Array[] {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  for (let from = 0; from < lines.length; from += PART_LINES) {
    parts.push(encoder.encode(`${lines.slice(from, from + PART_LINES).join('\n')}\n`));
  }
  return parts;
}

type Head = Omit<Checkpoint, 'ends' | 'orders' | 'trades'> & {
  readonly orderCount: number;
  readonly tradeCount: number;
};

function decode(content: Buffer): Checkpoint {
  let at = HEADER_BYTES;
  const nextLine = (): string => {
    const end = content.indexOf(10, at);
    if (end === -1) throw new RangeError('it ends too early');
    const line = content.toString('utf8', at, end);
    at = end + 1;
    return line;
  };
  const ends = JSON.parse(nextLine()) as LogEnds;
  const table = JSON.parse(nextLine()) as RunInstrument[];
  const read = (): unknown =>
    JSON.parse(nextLine(), (_, part: unknown) => (isPlace(part) ? table[part.$] : part));
  const { orderCount, tradeCount, ...rest } = read() as Head;
  const orders = Array.from({ length: orderCount }, read) as Checkpoint['orders'];
  const trades = Array.from({ length: tradeCount }, read) as Checkpoint['trades'];
  return { ...rest, ends, orders, trades };
}

function isPlace(value: unknown): value is { readonly $: number } {
  return typeof value === 'object' && value !== null && '$' in value;
}
