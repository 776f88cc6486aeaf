// hot path: no allocation after start (text fields excepted)

/** The typed arrays a flyweight reads and writes through: a ring's data area, or any buffer of one's own. */
export interface CodecView {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly u8: Uint8Array;
}

/** What an unwrapped flyweight points at. */
export const NO_I32: Int32Array = new Int32Array(new SharedArrayBuffer(0));
export const NO_F64: Float64Array = new Float64Array(new SharedArrayBuffer(0));
export const NO_U8: Uint8Array = new Uint8Array(new SharedArrayBuffer(0));

const REPLACEMENT = 0x3f;

/**
 * Text of a fixed field up to its first zero byte: UTF-8, or Latin-1 where it is none (records of engines that knew no
 * other). Allocates a string: not per message on the hot path.
 */
export function readText(u8: Uint8Array, byteOffset: number, byteLength: number): string {
  let text = '';
  let isAscii = true;
  let index = 0;
  for (; index < byteLength; index++) {
    const code = u8[byteOffset + index];
    if (code === 0) break;
    if (code > 127) isAscii = false;
    text += String.fromCharCode(code);
  }
  if (isAscii) return text;
  try {
    /* A copy: the decoder takes no shared memory. */
    return new TextDecoder('utf-8', { fatal: true }).decode(u8.slice(byteOffset, byteOffset + index));
  } catch {
    return text;
  }
}

/**
 * Writes text into a fixed field as UTF-8, filled with zeros; what is longer is cut between two characters. Half a
 * character (a lone surrogate) becomes "?".
 */
export function writeText(u8: Uint8Array, byteOffset: number, byteLength: number, text: string): void {
  const end = byteOffset + byteLength;
  let at = byteOffset;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    let code = unit;
    if (unit >= 0xd800 && unit < 0xe000) {
      const next = index + 1 < text.length ? text.charCodeAt(index + 1) : 0;
      const isPair = unit < 0xdc00 && next >= 0xdc00 && next < 0xe000;
      code = isPair ? 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00) : REPLACEMENT;
      if (isPair) index++;
    }
    const width = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (at + width > end) break;
    at = writeCharacter(u8, at, code, width);
  }
  while (at < end) u8[at++] = 0;
}

/** One character of `width` bytes; returns where the next one goes. */
function writeCharacter(u8: Uint8Array, at: number, code: number, width: number): number {
  if (width === 1) {
    u8[at] = code;
    return at + 1;
  }
  let rest = code;
  for (let place = at + width - 1; place > at; place--) {
    u8[place] = 0x80 | (rest & 0x3f);
    rest >>>= 6;
  }
  u8[at] = ((0xf00 >> width) & 0xff) | rest;
  return at + width;
}
