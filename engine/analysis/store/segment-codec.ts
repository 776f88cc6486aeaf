import { endianness } from 'node:os';
import { crc32c } from '../../journal/crc32c.ts';
import type { CandleColumns } from '../bars/candle-columns.ts';
import type { Timeframe } from '../bars/timeframe.ts';
import { StoreError } from './store-error.ts';

/*
 * A segment: header, then the six columns one after another, all little-endian.
 *   0 magic "SHBS"  4 version  8 candles  12 timeframe in minutes  16 block start, ms (f64)
 *  24 CRC-32C of each column (6 x u32)   48 CRC-32C of the symbol in UTF-8   52 CRC-32C of bytes 0..51
 *  64 open times, opens, highs, lows, closes, volumes (f64 each)
 * The index keeps the header's CRC, and the header those of the columns: a changed byte anywhere is found and named.
 */
const MAGIC = 0x5342_4853;
const VERSION = 1;
const HEADER_BYTES = 64;
const HEADER_CRC_AT = 52;
const COLUMN_CRCS_AT = 24;
const MINUTE_MS = 60_000;

const COLUMNS = ['openTimesMs', 'opens', 'highs', 'lows', 'closes', 'volumes'] as const;

/** What a segment must contain, by the index. */
export interface SegmentIdentity {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Opening time of the first candle the block has room for, ms. */
  readonly blockStartMs: number;
  readonly count: number;
  readonly headerCrc: number;
}

/** The bytes of a segment and the CRC the index keeps. */
export function encodeSegment(
  symbol: string,
  blockStartMs: number,
  candles: CandleColumns,
): { bytes: Uint8Array; headerCrc: number } {
  const count = candles.openTimesMs.length;
  const bytes = new Uint8Array(HEADER_BYTES + COLUMNS.length * count * 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, count, true);
  view.setUint32(12, candles.timeframe.lengthMs / MINUTE_MS, true);
  view.setFloat64(16, blockStartMs, true);
  for (const [place, name] of COLUMNS.entries()) {
    const from = HEADER_BYTES + place * count * 8;
    const column = candles[name];
    for (let at = 0; at < count; at++) view.setFloat64(from + at * 8, column[at], true);
    view.setInt32(COLUMN_CRCS_AT + place * 4, crc32c(bytes, from, from + count * 8, 0), true);
  }
  view.setInt32(48, symbolCrc(symbol), true);
  const headerCrc = crc32c(bytes, 0, HEADER_CRC_AT, 0);
  view.setInt32(HEADER_CRC_AT, headerCrc, true);
  return { bytes, headerCrc: headerCrc >>> 0 };
}

/**
 * The candles of a segment.
 * @throws StoreError BARS_DAMAGED naming file and part, BARS_NEWER for a format this engine does not know
 */
export function decodeSegment(path: string, bytes: Uint8Array, identity: SegmentIdentity): CandleColumns {
  const damaged = (what: string): StoreError => new StoreError('BARS_DAMAGED', `${path}: ${what}`);
  if (bytes.length < HEADER_BYTES) throw damaged(`${bytes.length} bytes are no segment`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerCrc = crc32c(bytes, 0, HEADER_CRC_AT, 0) >>> 0;
  if (view.getUint32(0, true) !== MAGIC) throw damaged('does not begin like a segment');
  if (headerCrc !== view.getUint32(HEADER_CRC_AT, true)) throw damaged('the header is changed');
  const version = view.getUint32(4, true);
  if (version > VERSION)
    throw new StoreError('BARS_NEWER', `${path}: format ${version} is newer than this engine reads`);
  const count = view.getUint32(8, true);
  if (headerCrc !== identity.headerCrc || count !== identity.count)
    throw damaged('is not the segment that the index names');
  if (
    view.getUint32(12, true) * MINUTE_MS !== identity.timeframe.lengthMs ||
    view.getFloat64(16, true) !== identity.blockStartMs ||
    view.getInt32(48, true) !== symbolCrc(identity.symbol)
  )
    throw damaged(`is not ${identity.symbol} ${identity.timeframe.name}`);
  const expectedBytes = HEADER_BYTES + COLUMNS.length * count * 8;
  if (bytes.length !== expectedBytes) throw damaged(`${bytes.length} bytes instead of ${expectedBytes}`);
  for (let at = HEADER_CRC_AT + 4; at < HEADER_BYTES; at++)
    if (bytes[at] !== 0) throw damaged('the header is changed');
  const columns = COLUMNS.map((name, place) => {
    const from = HEADER_BYTES + place * count * 8;
    const crc = crc32c(bytes, from, from + count * 8, 0);
    if (crc !== view.getInt32(COLUMN_CRCS_AT + place * 4, true)) throw damaged(`column ${name} is changed`);
    return readColumn(bytes, view, from, count);
  });
  const [openTimesMs, opens, highs, lows, closes, volumes] = columns;
  return { timeframe: identity.timeframe, openTimesMs, opens, highs, lows, closes, volumes };
}

function readColumn(bytes: Uint8Array, view: DataView, from: number, count: number): Float64Array {
  const column = new Float64Array(count);
  if (endianness() === 'LE') new Uint8Array(column.buffer).set(bytes.subarray(from, from + count * 8));
  else for (let at = 0; at < count; at++) column[at] = view.getFloat64(from + at * 8, true);
  return column;
}

function symbolCrc(symbol: string): number {
  const bytes = Buffer.from(symbol, 'utf8');
  return crc32c(bytes, 0, bytes.length, 0);
}
