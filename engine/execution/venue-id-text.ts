// hot path: no allocation after start
import { VENUE_ID_BYTES_MAX } from '../core/limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const DELETE = 0x7f;
const DIGIT_0 = 48;
/** Digits of 2^53 - 1. */
const PLAIN_DIGITS_MAX = 16;

/** Whether bytes [start, end) stand in double quotes. */
export function isQuoted(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 2 && bytes[start] === QUOTE && bytes[end - 1] === QUOTE;
}

/**
 * Whether bytes [start, end) are a plain decimal number from 1 to 2^53 - 1, as a number is printed: "007" is none. The
 * number goes to [0] of `into`, because a large one returned would be a new object.
 */
export function readPlainId(bytes: Uint8Array, start: number, end: number, into: Float64Array): boolean {
  if (end - start > PLAIN_DIGITS_MAX || end <= start || bytes[start] === DIGIT_0) return false;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at] - DIGIT_0;
    if (digit < 0 || digit > 9) return false;
    value = value * 10 + digit;
  }
  // What is above 2^53 - 1 may be rounded here, but never down to below 2^53.
  if (value > Number.MAX_SAFE_INTEGER) return false;
  into[0] = value;
  return true;
}

/**
 * Whether bytes [start, end) can be kept as an id: 1 to VENUE_ID_BYTES_MAX bytes of UTF-8 without control characters,
 * quotes, backslashes (an escaped text has more than one spelling) and byte order mark (text decoders drop it).
 */
export function isIdText(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < 1 || length > VENUE_ID_BYTES_MAX) return false;
  let at = start;
  while (at < end) {
    const byte = bytes[at];
    if (byte < 0x80) {
      if (byte < SPACE || byte === DELETE || byte === QUOTE || byte === BACKSLASH) return false;
      at++;
      continue;
    }
    const width = characterWidth(bytes, at, end);
    if (width === 0) return false;
    at += width;
  }
  return !(length >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf);
}

/** Bytes of the well-formed UTF-8 character beyond ASCII at `at`, or 0 (Unicode 15, table 3-7). */
function characterWidth(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  const width = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (width === 0 || at + width > end) return 0;
  const second = bytes[at + 1];
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let index = 2; index < width; index++) if ((bytes[at + index] & 0xc0) !== 0x80) return 0;
  return width;
}

/** A hash of bytes [start, end): FNV-1a, finished as in MurmurHash3 so that near texts lie far apart. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c_9dc5 | 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
