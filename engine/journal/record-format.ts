// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { CodecView } from '../messages/codec-view.ts';
import { crc32c, crc32cOfWords } from './crc32c.ts';

/*
 * Journal and intent log share one file format: append-only segments, little-endian, everything 8-byte aligned.
 *
 *   segment header, 64 bytes
 *   byte  0  magic          "SHRKLOG" and a zero byte
 *         8  formatVersion  Int32, 1
 *        12  kind           Int32, LOG_KIND
 *        16  segmentNumber  Float64, from 1, grows by one per file
 *        24  firstSequence  Float64, sequence of the first record
 *        32  startEpochUs   Float64, wall clock at engine start: names the run
 *        40  (zero)         20 bytes
 *        60  crc            Int32, CRC-32C of bytes 0..59
 *
 *   record
 *   byte  0  length    Int32, payload bytes
 *         4  type      Int32, template id of the message schema
 *         8  sequence  Float64, grows by one per record, also across segments and runs
 *        16  monoNs    Float64, nanoseconds since the run's start
 *        24  version   Uint16, the message's schema version
 *        26  source    Uint16, which ring it came from (index in the actor's list), 65535 = the log itself
 *        28  crc       Int32, CRC-32C of bytes 0..27, then of the payload with its padding
 *        32  payload   `length` bytes, zero-padded to a multiple of 8
 *
 * A write that was cut short leaves an invalid record with nothing valid behind it: a torn tail. An invalid record
 * with valid ones behind it is corruption.
 */

/** What a file holds. */
export const LOG_KIND = { journal: 1, intents: 2 } as const;

export const SEGMENT_HEADER_BYTES = 64;
export const RECORD_HEADER_BYTES = 32;
/** Largest payload of one record; a reader takes a longer length for damage. */
export const RECORD_PAYLOAD_BYTES_MAX: number = 64 * 1024;
/** `source` of a record the log wrote by itself. */
export const SOURCE_SELF = 65_535;

const FORMAT_VERSION = 1;
/** Places of a record's two Float64 header fields, which the caller writes: as arguments they could be boxed. */
export const SEQUENCE_AT = 8;
export const MONO_NS_AT = 16;

const MAGIC = [0x53, 0x48, 0x52, 0x4b, 0x4c, 0x4f, 0x47, 0] as const;
const CRC_AT = 28;
const HEADER_CRC_AT = 60;

/** A log buffer with the typed arrays it is written and read through. Starts 8-byte aligned. */
export interface LogBuffer extends CodecView {
  readonly u16: Uint16Array;
}

/** Views over `byteLength` bytes of `buffer`; `byteLength` is rounded down to a multiple of 8 for the number views. */
export function logBuffer(
  buffer: ArrayBuffer | SharedArrayBuffer,
  byteOffset: number,
  byteLength: number,
): LogBuffer {
  invariant(byteOffset % 8 === 0, 'a log buffer starts at a multiple of 8 bytes');
  return {
    u8: new Uint8Array(buffer, byteOffset, byteLength),
    u16: new Uint16Array(buffer, byteOffset, byteLength >> 1),
    i32: new Int32Array(buffer, byteOffset, byteLength >> 2),
    f64: new Float64Array(buffer, byteOffset, byteLength >> 3),
  };
}

/** Bytes a record with `payloadBytes` of payload takes in a segment. */
export function recordBytes(payloadBytes: number): number {
  return RECORD_HEADER_BYTES + ((payloadBytes + 7) & ~7);
}

/** What a segment header says. */
export interface SegmentHeader {
  readonly kind: number;
  readonly segmentNumber: number;
  readonly firstSequence: number;
  readonly startEpochUs: number;
}

/** Writes a segment header at the start of `into`. */
export function encodeSegmentHeader(into: LogBuffer, header: SegmentHeader): void {
  into.u8.fill(0, 0, SEGMENT_HEADER_BYTES);
  into.u8.set(MAGIC, 0);
  into.i32[2] = FORMAT_VERSION;
  into.i32[3] = header.kind;
  into.f64[2] = header.segmentNumber;
  into.f64[3] = header.firstSequence;
  into.f64[4] = header.startEpochUs;
  into.i32[HEADER_CRC_AT >> 2] = crc32c(into.u8, 0, HEADER_CRC_AT, 0);
}

/** Whether a whole segment header stands here that a later format wrote. */
export function hasNewerFormat(from: LogBuffer): boolean {
  if (from.u8.length < SEGMENT_HEADER_BYTES || from.i32[2] <= FORMAT_VERSION) return false;
  for (let index = 0; index < MAGIC.length; index++) if (from.u8[index] !== MAGIC[index]) return false;
  return crc32c(from.u8, 0, HEADER_CRC_AT, 0) === from.i32[HEADER_CRC_AT >> 2];
}

/** The header at the start of `from`, or a sentence that says what is wrong with it. */
export function decodeSegmentHeader(from: LogBuffer): SegmentHeader | string {
  if (from.u8.length < SEGMENT_HEADER_BYTES) return `segment header is cut at ${from.u8.length} bytes`;
  for (let index = 0; index < MAGIC.length; index++) {
    if (from.u8[index] !== MAGIC[index]) return 'not a log segment (wrong magic)';
  }
  if (crc32c(from.u8, 0, HEADER_CRC_AT, 0) !== from.i32[HEADER_CRC_AT >> 2])
    return 'segment header does not match its checksum';
  if (from.i32[2] !== FORMAT_VERSION)
    return `format version ${from.i32[2]}, this engine reads ${FORMAT_VERSION}`;
  return {
    kind: from.i32[3],
    segmentNumber: from.f64[2],
    firstSequence: from.f64[3],
    startEpochUs: from.f64[4],
  };
}

/**
 * Completes the record at `at` (a multiple of 8) of `into`, its payload copied from `view`; returns its bytes. The
 * caller made sure of the room and has written sequence and monoNs (SEQUENCE_AT, MONO_NS_AT). Copies by Int32 words:
 * as Float64 some bit patterns of paired integers might not survive.
 */
export function encodeRecord(
  into: LogBuffer,
  at: number,
  type: number,
  version: number,
  source: number,
  view: CodecView,
  byteOffset: number,
  byteLength: number,
): number {
  const at4 = at >> 2;
  into.i32[at4] = byteLength;
  into.i32[at4 + 1] = type;
  into.u16[(at + 24) >> 1] = version;
  into.u16[(at + 26) >> 1] = source;
  const from4 = byteOffset >> 2;
  const to4 = (at + RECORD_HEADER_BYTES) >> 2;
  const words = byteLength >> 2;
  for (let index = 0; index < words; index++) into.i32[to4 + index] = view.i32[from4 + index];
  const end = at + recordBytes(byteLength);
  let tail = at + RECORD_HEADER_BYTES + (words << 2);
  for (let index = words << 2; index < byteLength; index++) into.u8[tail++] = view.u8[byteOffset + index];
  while (tail < end) into.u8[tail++] = 0;
  into.i32[(at + CRC_AT) >> 2] = recordCrc(into, at, end);
  return end - at;
}

/** Bytes of the valid record at `at`, or 0 when there is none: wrong length, cut, or not matching its checksum. */
export function validRecordBytes(log: LogBuffer, at: number, limit: number): number {
  if (at + RECORD_HEADER_BYTES > limit) return 0;
  const byteLength = log.i32[at >> 2];
  if (byteLength < 0 || byteLength > RECORD_PAYLOAD_BYTES_MAX || log.i32[(at >> 2) + 1] <= 0) return 0;
  const end = at + recordBytes(byteLength);
  if (end > limit) return 0;
  return recordCrc(log, at, end) === log.i32[(at + CRC_AT) >> 2] ? end - at : 0;
}

/** Sequence of the record at `at`. */
export function sequenceAt(log: LogBuffer, at: number): number {
  return log.f64[(at + SEQUENCE_AT) >> 3];
}

function recordCrc(log: LogBuffer, at: number, end: number): number {
  const header = crc32cOfWords(log.i32, at >> 2, (at + CRC_AT) >> 2, 0);
  return crc32cOfWords(log.i32, (at + RECORD_HEADER_BYTES) >> 2, end >> 2, header);
}
