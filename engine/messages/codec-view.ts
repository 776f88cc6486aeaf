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

/** Text of a fixed field up to its first zero byte, Latin-1. Allocates a string: not per message on the hot path. */
export function readText(u8: Uint8Array, byteOffset: number, byteLength: number): string {
  let text = '';
  for (let index = 0; index < byteLength; index++) {
    const code = u8[byteOffset + index];
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}

/** Writes text into a fixed field, cut at its length, filled with zeros; characters beyond Latin-1 become "?". */
export function writeText(u8: Uint8Array, byteOffset: number, byteLength: number, text: string): void {
  for (let index = 0; index < byteLength; index++) {
    const code = index < text.length ? text.charCodeAt(index) : 0;
    u8[byteOffset + index] = code > 255 ? 63 : code;
  }
}
