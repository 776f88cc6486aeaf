// hot path: no allocation after start
/**
 * Numbers as ASCII, written from the right: a field of a request template has a fixed end, and what is left of the
 * field in front of the value is JSON white space. Integers below 2^53 are split into two Int32 halves. Values are read
 * from a Float64Array: as an argument each one beyond 2^31 would become an object on the heap.
 */

const SPACE = 0x20;
const ZERO = 0x30;
const POINT = 0x2e;
const LETTER_A_MINUS_TEN = 0x57;
/** Decimal digits of the lower half. */
const LOW_DIGITS = 8;
const LOW_SPAN = 1e8;
/** 36^5: both halves of a 53-bit number stay below 2^31. */
const LOW_SPAN_36 = 60_466_176;
const LOW_DIGITS_36 = 5;

/**
 * Writes values[index] x 10^-decimals so that the text ends before `end`; returns where it starts. The value is an
 * integer 0..2^53-1. "52000.10" for 5200010 with 2 decimals; always one digit before the point.
 */
export function writeDecimalBefore(
  bytes: Uint8Array,
  end: number,
  values: Float64Array,
  index: number,
  decimals: number,
): number {
  const units = values[index];
  let high = Math.floor(units / LOW_SPAN);
  let low = (units - high * LOW_SPAN) | 0;
  high |= 0;
  let at = end;
  let count = 0;
  while (count < LOW_DIGITS && (low > 0 || high > 0 || count <= decimals)) {
    if (count === decimals && count > 0) bytes[--at] = POINT;
    const rest = (low / 10) | 0;
    bytes[--at] = ZERO + low - rest * 10;
    low = rest;
    count++;
  }
  while (high > 0 || count <= decimals) {
    if (count === decimals && count > 0) bytes[--at] = POINT;
    const rest = (high / 10) | 0;
    bytes[--at] = ZERO + high - rest * 10;
    high = rest;
    count++;
  }
  return at;
}

/** Writes values[index], an integer 0..2^53-1, in base 36 (as Number.toString(36)) so that it ends before `end`. */
export function writeBase36Before(
  bytes: Uint8Array,
  end: number,
  values: Float64Array,
  index: number,
): number {
  const value = values[index];
  let high = Math.floor(value / LOW_SPAN_36);
  let low = (value - high * LOW_SPAN_36) | 0;
  high |= 0;
  let at = end;
  let count = 0;
  while (count < LOW_DIGITS_36 && (low > 0 || high > 0 || count === 0)) {
    const rest = (low / 36) | 0;
    const digit = low - rest * 36;
    bytes[--at] = digit < 10 ? ZERO + digit : LETTER_A_MINUS_TEN + digit;
    low = rest;
    count++;
  }
  while (high > 0) {
    const rest = (high / 36) | 0;
    const digit = high - rest * 36;
    bytes[--at] = digit < 10 ? ZERO + digit : LETTER_A_MINUS_TEN + digit;
    high = rest;
  }
  return at;
}

/** Blanks bytes[from..to). */
export function writeSpaces(bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at++) bytes[at] = SPACE;
}
