// hot path: no allocation after start

/*
 * CRC-32C (Castagnoli), reflected polynomial 0x82F63B78, as in RFC 3720 appendix B.4: finds every single flipped bit
 * and every burst up to 32 bits. Eight bytes per step ("slicing-by-8", Kounavis & Berry 2005).
 */
const POLYNOMIAL = 0x82f6_3b78;
const SLICES = 8;

function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let state = byte;
    for (let bit = 0; bit < 8; bit++) state = (state >>> 1) ^ ((state & 1) === 1 ? POLYNOMIAL : 0);
    tables[byte] = state;
  }
  for (let index = 256; index < tables.length; index++) {
    const before = tables[index - 256];
    tables[index] = (before >>> 8) ^ tables[before & 255];
  }
  return tables;
}

const TABLES: Int32Array = makeTables();

/**
 * CRC-32C of `bytes[from..to)`, continuing from `seed` (the CRC of what came before; 0 = nothing). The result is a
 * signed Int32, so that it never needs a heap number; `>>> 0` gives the usual unsigned form. Any thread.
 */
export function crc32c(bytes: Uint8Array, from: number, to: number, seed: number): number {
  const tables = TABLES;
  let state = ~seed;
  let at = from;
  for (; to - at >= SLICES; at += SLICES) {
    const low = state ^ (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
    state =
      tables[1792 + (low & 255)] ^
      tables[1536 + ((low >>> 8) & 255)] ^
      tables[1280 + ((low >>> 16) & 255)] ^
      tables[1024 + (low >>> 24)] ^
      tables[768 + bytes[at + 4]] ^
      tables[512 + bytes[at + 5]] ^
      tables[256 + bytes[at + 6]] ^
      tables[bytes[at + 7]];
  }
  for (; at < to; at++) state = (state >>> 8) ^ tables[(state ^ bytes[at]) & 255];
  return ~state;
}

/**
 * As `crc32c`, of whole words: words[from..to) as they lie in little-endian memory. Reads four bytes at a time, and what
 * the step before decides comes last in each sum.
 */
export function crc32cOfWords(words: Int32Array, from: number, to: number, seed: number): number {
  const tables = TABLES;
  let state = ~seed;
  let at = from;
  for (; to - at >= 2; at += 2) {
    const high = words[at + 1];
    const low = state ^ words[at];
    const ofHigh =
      tables[768 + (high & 255)] ^
      tables[512 + ((high >>> 8) & 255)] ^
      (tables[256 + ((high >>> 16) & 255)] ^ tables[high >>> 24]);
    const ofLow =
      tables[1792 + (low & 255)] ^
      tables[1536 + ((low >>> 8) & 255)] ^
      (tables[1280 + ((low >>> 16) & 255)] ^ tables[1024 + (low >>> 24)]);
    state = ofHigh ^ ofLow;
  }
  if (at < to) {
    const low = state ^ words[at];
    state =
      tables[768 + (low & 255)] ^
      tables[512 + ((low >>> 8) & 255)] ^
      (tables[256 + ((low >>> 16) & 255)] ^ tables[low >>> 24]);
  }
  return ~state;
}
