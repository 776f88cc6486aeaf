// hot path: no allocation after start
/**
 * HMAC-SHA256 (FIPS 180-4, RFC 2104) without allocation: node's crypto makes several objects per signature. The state
 * after the padded key, and after any constant beginning of the payload that fills whole blocks, is computed once.
 * Bound to the order path's small messages; everything off that path uses node:crypto, which is the oracle in tests.
 */

const BLOCK_BYTES = 64;

// prettier-ignore
const ROUND_CONSTANTS: Int32Array = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

// prettier-ignore
const INITIAL_STATE: Int32Array = new Int32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** Mixes the 64 bytes at `at` into `state`; `schedule` is scratch of 64 words. */
function compress(state: Int32Array, schedule: Int32Array, bytes: Uint8Array, at: number): void {
  for (let index = 0; index < 16; index++) {
    const byteAt = at + index * 4;
    schedule[index] =
      (bytes[byteAt] << 24) | (bytes[byteAt + 1] << 16) | (bytes[byteAt + 2] << 8) | bytes[byteAt + 3];
  }
  for (let index = 16; index < 64; index++) {
    const w15 = schedule[index - 15];
    const w2 = schedule[index - 2];
    const s0 = ((w15 >>> 7) | (w15 << 25)) ^ ((w15 >>> 18) | (w15 << 14)) ^ (w15 >>> 3);
    const s1 = ((w2 >>> 17) | (w2 << 15)) ^ ((w2 >>> 19) | (w2 << 13)) ^ (w2 >>> 10);
    schedule[index] = (schedule[index - 16] + s0 + schedule[index - 7] + s1) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let index = 0; index < 64; index++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const choice = (e & f) ^ (~e & g);
    const t1 = (h + s1 + choice + ROUND_CONSTANTS[index] + schedule[index]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + s0 + majority) | 0;
  }
  state[0] = (state[0] + a) | 0;
  state[1] = (state[1] + b) | 0;
  state[2] = (state[2] + c) | 0;
  state[3] = (state[3] + d) | 0;
  state[4] = (state[4] + e) | 0;
  state[5] = (state[5] + f) | 0;
  state[6] = (state[6] + g) | 0;
  state[7] = (state[7] + h) | 0;
}

function hexDigit(value: number): number {
  return value < 10 ? 48 + value : 87 + value;
}

/** Signs byte ranges with one key. One thread; after construction nothing is allocated. */
export class HmacSha256 {
  private readonly innerState: Int32Array = new Int32Array(8);
  private readonly outerState: Int32Array = new Int32Array(8);
  /** Inner state after the constant beginning of the payload; `prefixBytes` of it are already in. */
  private readonly prefixState: Int32Array = new Int32Array(8);
  private prefixBytes: number;
  private readonly state: Int32Array = new Int32Array(8);
  private readonly schedule: Int32Array = new Int32Array(64);
  private readonly tail: Uint8Array = new Uint8Array(BLOCK_BYTES * 2);

  constructor(secret: Uint8Array) {
    const key = new Uint8Array(BLOCK_BYTES);
    key.set(secret.length > BLOCK_BYTES ? this.plainDigest(secret) : secret);
    const pad = new Uint8Array(BLOCK_BYTES);
    for (let index = 0; index < BLOCK_BYTES; index++) pad[index] = key[index] ^ 0x36;
    this.innerState.set(INITIAL_STATE);
    compress(this.innerState, this.schedule, pad, 0);
    for (let index = 0; index < BLOCK_BYTES; index++) pad[index] = key[index] ^ 0x5c;
    this.outerState.set(INITIAL_STATE);
    compress(this.outerState, this.schedule, pad, 0);
    this.prefixState.set(this.innerState);
    this.prefixBytes = 0;
    key.fill(0);
    pad.fill(0);
  }

  /** Fixes a beginning that every later payload shares; only its whole blocks are used. At start. */
  setPrefix(prefix: Uint8Array): void {
    this.prefixState.set(this.innerState);
    this.prefixBytes = 0;
    while (this.prefixBytes + BLOCK_BYTES <= prefix.length) {
      compress(this.prefixState, this.schedule, prefix, this.prefixBytes);
      this.prefixBytes += BLOCK_BYTES;
    }
  }

  /** Writes the signature of payload[0..length) as 64 hex digits at `out[at]`. The payload must start with the prefix. */
  signHex(payload: Uint8Array, length: number, out: Uint8Array, at: number): void {
    const state = this.state;
    for (let index = 0; index < 8; index++) state[index] = this.prefixState[index];
    this.finish(payload, this.prefixBytes, length, BLOCK_BYTES + length);
    const tail = this.tail;
    for (let index = 0; index < 8; index++) this.writeWord(tail, index * 4, state[index]);
    for (let index = 0; index < 8; index++) state[index] = this.outerState[index];
    this.finish(tail, 0, 32, BLOCK_BYTES + 32);
    for (let index = 0; index < 8; index++) {
      const word = state[index];
      for (let nibble = 0; nibble < 8; nibble++) {
        out[at + index * 8 + nibble] = hexDigit((word >>> (28 - nibble * 4)) & 15);
      }
    }
  }

  /** Takes bytes[from..to) and the padding into the running state; `totalBytes` counts everything hashed so far. */
  private finish(bytes: Uint8Array, from: number, to: number, totalBytes: number): void {
    let at = from;
    for (; at + BLOCK_BYTES <= to; at += BLOCK_BYTES) compress(this.state, this.schedule, bytes, at);
    const tail = this.tail;
    let length = 0;
    for (; at < to; at++) tail[length++] = bytes[at];
    tail[length++] = 0x80;
    const end = length + 8 <= BLOCK_BYTES ? BLOCK_BYTES : BLOCK_BYTES * 2;
    while (length < end - 8) tail[length++] = 0;
    this.writeWord(tail, end - 8, Math.floor(totalBytes / 0x2000_0000));
    this.writeWord(tail, end - 4, totalBytes << 3);
    compress(this.state, this.schedule, tail, 0);
    if (end > BLOCK_BYTES) compress(this.state, this.schedule, tail, BLOCK_BYTES);
  }

  private writeWord(bytes: Uint8Array, at: number, word: number): void {
    bytes[at] = word >>> 24;
    bytes[at + 1] = word >>> 16;
    bytes[at + 2] = word >>> 8;
    bytes[at + 3] = word;
  }

  /** SHA-256 of a key longer than a block. At start. */
  private plainDigest(bytes: Uint8Array): Uint8Array {
    this.state.set(INITIAL_STATE);
    this.finish(bytes, 0, bytes.length, bytes.length);
    const digest = new Uint8Array(32);
    for (let index = 0; index < 8; index++) this.writeWord(digest, index * 4, this.state[index]);
    return digest;
  }
}
