// hot path: no allocation after start

/*
 * Pieces of compact JSON, read from bytes. Functions return the position behind what they read or a REFUSAL
 * (small integers); numbers go to a Float64Array, because a returned double would be boxed.
 */

/** Why a frame was not understood; all negative. */
export const REFUSAL = {
  /** Not the compact form, or not JSON at all. */
  unexpected: -1,
  unknownSymbol: -2,
  /** Off the tick or lot grid, or beyond the exact integers. */
  number: -3,
  /** More levels than the caller has room for. */
  tooManyLevels: -4,
} as const;

const ZERO = 0x30;
const NINE = 0x39;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
const DOT = 0x2e;
const BACKSLASH = 0x5c;
/** Decimal digits that always fit an Int32. */
const INT32_DIGITS = 9;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;

/** Whether the bytes from `at` on are `pattern`. */
export function matches(bytes: Uint8Array, at: number, pattern: Uint8Array): boolean {
  for (let index = 0; index < pattern.length; index++) {
    if (bytes[at + index] !== pattern[index]) return false;
  }
  return true;
}

/**
 * Position behind the closing quote of the text that starts at `at`; `unexpected` on escapes and at the end.
 */
export function skipText(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end) {
    const byte = bytes[position];
    if (byte === QUOTE) return position + 1;
    if (byte === BACKSLASH) return REFUSAL.unexpected;
    position++;
  }
  return REFUSAL.unexpected;
}

/** Position behind a plain value (text, number, true, false, null); nested values are unexpected. */
export function skipValue(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === QUOTE) return skipText(bytes, at + 1, end);
  let position = at;
  while (position < end) {
    const byte = bytes[position];
    if (byte === COMMA || byte === CLOSE_BRACE) return position > at ? position : REFUSAL.unexpected;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET || byte === QUOTE) return REFUSAL.unexpected;
    position++;
  }
  return REFUSAL.unexpected;
}

/** A JSON integer at `at` into `out[slot]`; returns the position behind it. */
export function scanInteger(bytes: Uint8Array, at: number, out: Float64Array, slot: number): number {
  let position = at;
  let head = 0;
  let byte = bytes[position];
  const headEnd = at + INT32_DIGITS;
  while (byte >= ZERO && byte <= NINE && position < headEnd) {
    head = (Math.imul(head, 10) + (byte - ZERO)) | 0;
    byte = bytes[++position];
  }
  let value = head;
  while (byte >= ZERO && byte <= NINE) {
    value = value * 10 + (byte - ZERO);
    byte = bytes[++position];
  }
  if (position === at) return REFUSAL.unexpected;
  if (value > Number.MAX_SAFE_INTEGER) return REFUSAL.number;
  out[slot] = value;
  return position;
}

/** The general way of scanDecimal. */
function scanLongDecimal(
  bytes: Uint8Array,
  at: number,
  decimals: number,
  step: number,
  out: Float64Array,
  slot: number,
  offGrid: Int32Array | null,
): number {
  let position = at;
  let value = 0;
  let byte = bytes[position];
  while (byte >= ZERO && byte <= NINE) {
    value = value * 10 + (byte - ZERO);
    byte = bytes[++position];
  }
  if (position === at) return REFUSAL.unexpected;
  let missing = decimals;
  if (byte === DOT) {
    byte = bytes[++position];
    if (byte < ZERO || byte > NINE) return REFUSAL.unexpected;
    while (missing > 0 && byte >= ZERO && byte <= NINE) {
      value = value * 10 + (byte - ZERO);
      byte = bytes[++position];
      missing--;
    }
    while (byte === ZERO) byte = bytes[++position];
    if (byte > ZERO && byte <= NINE) {
      if (offGrid === null) return REFUSAL.number;
      offGrid[0]++;
      while (byte >= ZERO && byte <= NINE) byte = bytes[++position];
    }
  }
  if (byte !== QUOTE) return REFUSAL.unexpected;
  while (missing > 0) {
    value *= 10;
    missing--;
  }
  if (value > Number.MAX_SAFE_INTEGER) return REFUSAL.number;
  if (step !== 1) {
    const steps = Math.floor(value / step);
    if (steps * step !== value) {
      if (offGrid === null) return REFUSAL.number;
      offGrid[0]++;
    }
    value = steps;
  }
  out[slot] = value;
  return position + 1;
}

/**
 * Decimal text after its opening quote, as a count of steps of `step` x 10^-decimals, into `out[slot]`;
 * returns the position behind the closing quote. What is finer than a step is refused, or cut off and counted
 * in `offGrid[0]` where that is given: prices are on the grid, but sizes on real books are not always
 * (BTCUSDT shows levels of 93.756587 with a lot of 0.00001).
 */
export function scanDecimal(
  bytes: Uint8Array,
  at: number,
  decimals: number,
  step: number,
  out: Float64Array,
  slot: number,
  offGrid: Int32Array | null,
): number {
  let position = at;
  let value = 0;
  let byte = bytes[position];
  while (byte >= ZERO && byte <= NINE) {
    value = (Math.imul(value, 10) + (byte - ZERO)) | 0;
    byte = bytes[++position];
  }
  if (byte !== DOT || step !== 1 || position === at || position - at + decimals > INT32_DIGITS) {
    return scanLongDecimal(bytes, at, decimals, step, out, slot, offGrid);
  }
  const pointAt = position;
  const lastAt = position + decimals;
  while (position < lastAt) {
    byte = bytes[++position];
    if (byte < ZERO || byte > NINE) return scanLongDecimal(bytes, at, decimals, step, out, slot, offGrid);
    value = (Math.imul(value, 10) + (byte - ZERO)) | 0;
  }
  do byte = bytes[++position];
  while (byte === ZERO);
  if (byte !== QUOTE || position === pointAt + 1) {
    return scanLongDecimal(bytes, at, decimals, step, out, slot, offGrid);
  }
  out[slot] = value;
  return position + 1;
}
