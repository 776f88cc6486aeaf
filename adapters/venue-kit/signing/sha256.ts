// hot path: no allocation after start
/**
 * HMAC-SHA256 (FIPS 180-4, RFC 2104) without allocation: node's crypto makes several objects per signature. The state
 * after the padded key, and after any constant beginning of the payload that fills whole blocks, is computed once.
 * Bound to the order path's small messages; everything off that path uses node:crypto, which is the oracle in tests.
 */
import type { PinnedBlock } from '../../../engine/native/pinned-block.ts';
import type { Sha256Blocks } from '../../../engine/native/sha256-blocks.ts';

const BLOCK_BYTES = 64;
/** What the padding behind a text may take: a bit, up to a block of zeros, the length. */
const PADDING_BYTES_MAX = BLOCK_BYTES + 8;

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

/** Hex digits of 0..15. */
const HEX_DIGITS: Uint8Array = Buffer.from('0123456789abcdef');

/** Bytes to sign, with the room behind them that the padding is written into. */
export class SignedText {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The same memory, for copying. */
  readonly words: Int32Array;

  constructor(bytesMax: number) {
    const { buffer } = new Int32Array(Math.ceil((bytesMax + PADDING_BYTES_MAX) / 4));
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.words = new Int32Array(buffer);
  }
}

/**
 * Mixes the 64 bytes at `at` into `state`. Sixteen rounds are written out, so that no variable moves to the next and the
 * schedule stays in locals: 1.5 times as fast as one round in a loop; in sums, what the round before decides comes last.
 */
// prettier-ignore
// oxlint-disable-next-line max-lines-per-function -- rounds written out
function compress(state: Int32Array, block: DataView, at: number): void {
  const k = ROUND_CONSTANTS;
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  let w0 = block.getInt32(at);
  let w1 = block.getInt32(at + 4);
  let w2 = block.getInt32(at + 8);
  let w3 = block.getInt32(at + 12);
  let w4 = block.getInt32(at + 16);
  let w5 = block.getInt32(at + 20);
  let w6 = block.getInt32(at + 24);
  let w7 = block.getInt32(at + 28);
  let w8 = block.getInt32(at + 32);
  let w9 = block.getInt32(at + 36);
  let w10 = block.getInt32(at + 40);
  let w11 = block.getInt32(at + 44);
  let w12 = block.getInt32(at + 48);
  let w13 = block.getInt32(at + 52);
  let w14 = block.getInt32(at + 56);
  let w15 = block.getInt32(at + 60);
  let t = 0;
  for (let i = 0; ; i += 16) {
    t = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    h = (h + k[i] + w0 + (g ^ (e & (f ^ g))) + t) | 0;
    t = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    d = (d + h) | 0;
    h = (h + ((a & b) | (c & (a | b))) + t) | 0;
    t = ((d >>> 6) | (d << 26)) ^ ((d >>> 11) | (d << 21)) ^ ((d >>> 25) | (d << 7));
    g = (g + k[i + 1] + w1 + (f ^ (d & (e ^ f))) + t) | 0;
    t = ((h >>> 2) | (h << 30)) ^ ((h >>> 13) | (h << 19)) ^ ((h >>> 22) | (h << 10));
    c = (c + g) | 0;
    g = (g + ((h & a) | (b & (h | a))) + t) | 0;
    t = ((c >>> 6) | (c << 26)) ^ ((c >>> 11) | (c << 21)) ^ ((c >>> 25) | (c << 7));
    f = (f + k[i + 2] + w2 + (e ^ (c & (d ^ e))) + t) | 0;
    t = ((g >>> 2) | (g << 30)) ^ ((g >>> 13) | (g << 19)) ^ ((g >>> 22) | (g << 10));
    b = (b + f) | 0;
    f = (f + ((g & h) | (a & (g | h))) + t) | 0;
    t = ((b >>> 6) | (b << 26)) ^ ((b >>> 11) | (b << 21)) ^ ((b >>> 25) | (b << 7));
    e = (e + k[i + 3] + w3 + (d ^ (b & (c ^ d))) + t) | 0;
    t = ((f >>> 2) | (f << 30)) ^ ((f >>> 13) | (f << 19)) ^ ((f >>> 22) | (f << 10));
    a = (a + e) | 0;
    e = (e + ((f & g) | (h & (f | g))) + t) | 0;
    t = ((a >>> 6) | (a << 26)) ^ ((a >>> 11) | (a << 21)) ^ ((a >>> 25) | (a << 7));
    d = (d + k[i + 4] + w4 + (c ^ (a & (b ^ c))) + t) | 0;
    t = ((e >>> 2) | (e << 30)) ^ ((e >>> 13) | (e << 19)) ^ ((e >>> 22) | (e << 10));
    h = (h + d) | 0;
    d = (d + ((e & f) | (g & (e | f))) + t) | 0;
    t = ((h >>> 6) | (h << 26)) ^ ((h >>> 11) | (h << 21)) ^ ((h >>> 25) | (h << 7));
    c = (c + k[i + 5] + w5 + (b ^ (h & (a ^ b))) + t) | 0;
    t = ((d >>> 2) | (d << 30)) ^ ((d >>> 13) | (d << 19)) ^ ((d >>> 22) | (d << 10));
    g = (g + c) | 0;
    c = (c + ((d & e) | (f & (d | e))) + t) | 0;
    t = ((g >>> 6) | (g << 26)) ^ ((g >>> 11) | (g << 21)) ^ ((g >>> 25) | (g << 7));
    b = (b + k[i + 6] + w6 + (a ^ (g & (h ^ a))) + t) | 0;
    t = ((c >>> 2) | (c << 30)) ^ ((c >>> 13) | (c << 19)) ^ ((c >>> 22) | (c << 10));
    f = (f + b) | 0;
    b = (b + ((c & d) | (e & (c | d))) + t) | 0;
    t = ((f >>> 6) | (f << 26)) ^ ((f >>> 11) | (f << 21)) ^ ((f >>> 25) | (f << 7));
    a = (a + k[i + 7] + w7 + (h ^ (f & (g ^ h))) + t) | 0;
    t = ((b >>> 2) | (b << 30)) ^ ((b >>> 13) | (b << 19)) ^ ((b >>> 22) | (b << 10));
    e = (e + a) | 0;
    a = (a + ((b & c) | (d & (b | c))) + t) | 0;
    t = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    h = (h + k[i + 8] + w8 + (g ^ (e & (f ^ g))) + t) | 0;
    t = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    d = (d + h) | 0;
    h = (h + ((a & b) | (c & (a | b))) + t) | 0;
    t = ((d >>> 6) | (d << 26)) ^ ((d >>> 11) | (d << 21)) ^ ((d >>> 25) | (d << 7));
    g = (g + k[i + 9] + w9 + (f ^ (d & (e ^ f))) + t) | 0;
    t = ((h >>> 2) | (h << 30)) ^ ((h >>> 13) | (h << 19)) ^ ((h >>> 22) | (h << 10));
    c = (c + g) | 0;
    g = (g + ((h & a) | (b & (h | a))) + t) | 0;
    t = ((c >>> 6) | (c << 26)) ^ ((c >>> 11) | (c << 21)) ^ ((c >>> 25) | (c << 7));
    f = (f + k[i + 10] + w10 + (e ^ (c & (d ^ e))) + t) | 0;
    t = ((g >>> 2) | (g << 30)) ^ ((g >>> 13) | (g << 19)) ^ ((g >>> 22) | (g << 10));
    b = (b + f) | 0;
    f = (f + ((g & h) | (a & (g | h))) + t) | 0;
    t = ((b >>> 6) | (b << 26)) ^ ((b >>> 11) | (b << 21)) ^ ((b >>> 25) | (b << 7));
    e = (e + k[i + 11] + w11 + (d ^ (b & (c ^ d))) + t) | 0;
    t = ((f >>> 2) | (f << 30)) ^ ((f >>> 13) | (f << 19)) ^ ((f >>> 22) | (f << 10));
    a = (a + e) | 0;
    e = (e + ((f & g) | (h & (f | g))) + t) | 0;
    t = ((a >>> 6) | (a << 26)) ^ ((a >>> 11) | (a << 21)) ^ ((a >>> 25) | (a << 7));
    d = (d + k[i + 12] + w12 + (c ^ (a & (b ^ c))) + t) | 0;
    t = ((e >>> 2) | (e << 30)) ^ ((e >>> 13) | (e << 19)) ^ ((e >>> 22) | (e << 10));
    h = (h + d) | 0;
    d = (d + ((e & f) | (g & (e | f))) + t) | 0;
    t = ((h >>> 6) | (h << 26)) ^ ((h >>> 11) | (h << 21)) ^ ((h >>> 25) | (h << 7));
    c = (c + k[i + 13] + w13 + (b ^ (h & (a ^ b))) + t) | 0;
    t = ((d >>> 2) | (d << 30)) ^ ((d >>> 13) | (d << 19)) ^ ((d >>> 22) | (d << 10));
    g = (g + c) | 0;
    c = (c + ((d & e) | (f & (d | e))) + t) | 0;
    t = ((g >>> 6) | (g << 26)) ^ ((g >>> 11) | (g << 21)) ^ ((g >>> 25) | (g << 7));
    b = (b + k[i + 14] + w14 + (a ^ (g & (h ^ a))) + t) | 0;
    t = ((c >>> 2) | (c << 30)) ^ ((c >>> 13) | (c << 19)) ^ ((c >>> 22) | (c << 10));
    f = (f + b) | 0;
    b = (b + ((c & d) | (e & (c | d))) + t) | 0;
    t = ((f >>> 6) | (f << 26)) ^ ((f >>> 11) | (f << 21)) ^ ((f >>> 25) | (f << 7));
    a = (a + k[i + 15] + w15 + (h ^ (f & (g ^ h))) + t) | 0;
    t = ((b >>> 2) | (b << 30)) ^ ((b >>> 13) | (b << 19)) ^ ((b >>> 22) | (b << 10));
    e = (e + a) | 0;
    a = (a + ((b & c) | (d & (b | c))) + t) | 0;
    if (i === 48) break;
    t = ((w1 >>> 7) | (w1 << 25)) ^ ((w1 >>> 18) | (w1 << 14)) ^ (w1 >>> 3);
    w0 = (w0 + w9 + t + (((w14 >>> 17) | (w14 << 15)) ^ ((w14 >>> 19) | (w14 << 13)) ^ (w14 >>> 10))) | 0;
    t = ((w2 >>> 7) | (w2 << 25)) ^ ((w2 >>> 18) | (w2 << 14)) ^ (w2 >>> 3);
    w1 = (w1 + w10 + t + (((w15 >>> 17) | (w15 << 15)) ^ ((w15 >>> 19) | (w15 << 13)) ^ (w15 >>> 10))) | 0;
    t = ((w3 >>> 7) | (w3 << 25)) ^ ((w3 >>> 18) | (w3 << 14)) ^ (w3 >>> 3);
    w2 = (w2 + w11 + t + (((w0 >>> 17) | (w0 << 15)) ^ ((w0 >>> 19) | (w0 << 13)) ^ (w0 >>> 10))) | 0;
    t = ((w4 >>> 7) | (w4 << 25)) ^ ((w4 >>> 18) | (w4 << 14)) ^ (w4 >>> 3);
    w3 = (w3 + w12 + t + (((w1 >>> 17) | (w1 << 15)) ^ ((w1 >>> 19) | (w1 << 13)) ^ (w1 >>> 10))) | 0;
    t = ((w5 >>> 7) | (w5 << 25)) ^ ((w5 >>> 18) | (w5 << 14)) ^ (w5 >>> 3);
    w4 = (w4 + w13 + t + (((w2 >>> 17) | (w2 << 15)) ^ ((w2 >>> 19) | (w2 << 13)) ^ (w2 >>> 10))) | 0;
    t = ((w6 >>> 7) | (w6 << 25)) ^ ((w6 >>> 18) | (w6 << 14)) ^ (w6 >>> 3);
    w5 = (w5 + w14 + t + (((w3 >>> 17) | (w3 << 15)) ^ ((w3 >>> 19) | (w3 << 13)) ^ (w3 >>> 10))) | 0;
    t = ((w7 >>> 7) | (w7 << 25)) ^ ((w7 >>> 18) | (w7 << 14)) ^ (w7 >>> 3);
    w6 = (w6 + w15 + t + (((w4 >>> 17) | (w4 << 15)) ^ ((w4 >>> 19) | (w4 << 13)) ^ (w4 >>> 10))) | 0;
    t = ((w8 >>> 7) | (w8 << 25)) ^ ((w8 >>> 18) | (w8 << 14)) ^ (w8 >>> 3);
    w7 = (w7 + w0 + t + (((w5 >>> 17) | (w5 << 15)) ^ ((w5 >>> 19) | (w5 << 13)) ^ (w5 >>> 10))) | 0;
    t = ((w9 >>> 7) | (w9 << 25)) ^ ((w9 >>> 18) | (w9 << 14)) ^ (w9 >>> 3);
    w8 = (w8 + w1 + t + (((w6 >>> 17) | (w6 << 15)) ^ ((w6 >>> 19) | (w6 << 13)) ^ (w6 >>> 10))) | 0;
    t = ((w10 >>> 7) | (w10 << 25)) ^ ((w10 >>> 18) | (w10 << 14)) ^ (w10 >>> 3);
    w9 = (w9 + w2 + t + (((w7 >>> 17) | (w7 << 15)) ^ ((w7 >>> 19) | (w7 << 13)) ^ (w7 >>> 10))) | 0;
    t = ((w11 >>> 7) | (w11 << 25)) ^ ((w11 >>> 18) | (w11 << 14)) ^ (w11 >>> 3);
    w10 = (w10 + w3 + t + (((w8 >>> 17) | (w8 << 15)) ^ ((w8 >>> 19) | (w8 << 13)) ^ (w8 >>> 10))) | 0;
    t = ((w12 >>> 7) | (w12 << 25)) ^ ((w12 >>> 18) | (w12 << 14)) ^ (w12 >>> 3);
    w11 = (w11 + w4 + t + (((w9 >>> 17) | (w9 << 15)) ^ ((w9 >>> 19) | (w9 << 13)) ^ (w9 >>> 10))) | 0;
    t = ((w13 >>> 7) | (w13 << 25)) ^ ((w13 >>> 18) | (w13 << 14)) ^ (w13 >>> 3);
    w12 = (w12 + w5 + t + (((w10 >>> 17) | (w10 << 15)) ^ ((w10 >>> 19) | (w10 << 13)) ^ (w10 >>> 10))) | 0;
    t = ((w14 >>> 7) | (w14 << 25)) ^ ((w14 >>> 18) | (w14 << 14)) ^ (w14 >>> 3);
    w13 = (w13 + w6 + t + (((w11 >>> 17) | (w11 << 15)) ^ ((w11 >>> 19) | (w11 << 13)) ^ (w11 >>> 10))) | 0;
    t = ((w15 >>> 7) | (w15 << 25)) ^ ((w15 >>> 18) | (w15 << 14)) ^ (w15 >>> 3);
    w14 = (w14 + w7 + t + (((w12 >>> 17) | (w12 << 15)) ^ ((w12 >>> 19) | (w12 << 13)) ^ (w12 >>> 10))) | 0;
    t = ((w0 >>> 7) | (w0 << 25)) ^ ((w0 >>> 18) | (w0 << 14)) ^ (w0 >>> 3);
    w15 = (w15 + w8 + t + (((w13 >>> 17) | (w13 << 15)) ^ ((w13 >>> 19) | (w13 << 13)) ^ (w13 >>> 10))) | 0;
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

/** Longest text, without its prefix, that OpenSSL is given. */
const NATIVE_TEXT_BYTES = 2_048;
/** Room for such a text with its padding, in whole words. */
const NATIVE_ROOM_BYTES: number = NATIVE_TEXT_BYTES + PADDING_BYTES_MAX;

/** Memory that OpenSSL's rounds read: what is behind the prefix, and the inner digest. */
interface NativeTexts {
  readonly rounds: Sha256Blocks;
  readonly text: PinnedText;
  readonly digest: PinnedText;
}

interface PinnedText {
  readonly block: PinnedBlock;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly words: Int32Array;
}

/**
 * Signs byte ranges with one key, by the rounds above or by OpenSSL's. One thread; after construction nothing is allocated.
 */
export class HmacSha256 {
  private readonly innerState: Int32Array = new Int32Array(8);
  private readonly outerState: Int32Array = new Int32Array(8);
  /** Inner state after the constant beginning of the payload; `prefixBytes` of it are already in. */
  private readonly prefixState: Int32Array = new Int32Array(8);
  private prefixBytes: number;
  private readonly state: Int32Array = new Int32Array(8);
  /** The inner digest; its padding never changes. */
  private readonly digest: SignedText = new SignedText(32);
  private readonly native: NativeTexts | null;

  /** @param rounds OpenSSL's, to be used by this key alone; null: ours */
  constructor(secret: Uint8Array, rounds: Sha256Blocks | null = null) {
    this.native = rounds === null ? null : nativeTexts(rounds);
    const isLong = secret.length > BLOCK_BYTES;
    const key = new SignedText(isLong ? secret.length : BLOCK_BYTES);
    key.bytes.set(secret);
    if (isLong) this.digestInPlace(key, secret.length);
    const pad = new SignedText(BLOCK_BYTES);
    for (let index = 0; index < BLOCK_BYTES; index++) pad.bytes[index] = key.bytes[index] ^ 0x36;
    this.innerState.set(INITIAL_STATE);
    compress(this.innerState, pad.view, 0);
    for (let index = 0; index < BLOCK_BYTES; index++) pad.bytes[index] = key.bytes[index] ^ 0x5c;
    this.outerState.set(INITIAL_STATE);
    compress(this.outerState, pad.view, 0);
    this.prefixState.set(this.innerState);
    this.prefixBytes = 0;
    key.bytes.fill(0);
    pad.bytes.fill(0);
    padText(this.digest, 0, 32, BLOCK_BYTES + 32);
  }

  /** Fixes a beginning that every later payload shares; only its whole blocks are used. At start. */
  setPrefix(prefix: Uint8Array): void {
    const text = new SignedText(prefix.length);
    text.bytes.set(prefix);
    this.prefixState.set(this.innerState);
    this.prefixBytes = 0;
    while (this.prefixBytes + BLOCK_BYTES <= prefix.length) {
      compress(this.prefixState, text.view, this.prefixBytes);
      this.prefixBytes += BLOCK_BYTES;
    }
  }

  /**
   * Writes the signature of the text's first `length` bytes as 64 hex digits at `out[at]`. The text must start with the
   * prefix; what lies behind `length` is overwritten.
   */
  signHex(text: SignedText, length: number, out: Uint8Array, at: number): void {
    const { native } = this;
    if (native !== null && this.mixNatively(native, text.words, length))
      writeHex(native.rounds.state, out, at);
    else {
      this.mix(text, length);
      writeHex(this.state, out, at);
    }
  }

  private mix(text: SignedText, length: number): void {
    const { state, prefixState, outerState, prefixBytes } = this;
    for (let index = 0; index < 8; index++) state[index] = prefixState[index];
    const end = padText(text, prefixBytes, length, BLOCK_BYTES + length);
    for (let from = prefixBytes; from < end; from += BLOCK_BYTES) compress(state, text.view, from);
    const digest = this.digest.view;
    for (let index = 0; index < 8; index++) {
      digest.setInt32(index * 4, state[index]);
      state[index] = outerState[index];
    }
    compress(state, digest, 0);
  }

  /** The same by OpenSSL, which leaves the signature in its state. False: the text is too long for it. */
  private mixNatively({ rounds, text, digest }: NativeTexts, words: Int32Array, length: number): boolean {
    const { prefixState, outerState, prefixBytes } = this;
    const rest = length - prefixBytes;
    if (rest > NATIVE_TEXT_BYTES) return false;
    const { state } = rounds;
    for (let index = 0; index < 8; index++) state[index] = prefixState[index];
    const from = prefixBytes >> 2;
    const wordCount = (rest + 3) >> 2;
    for (let index = 0; index < wordCount; index++) text.words[index] = words[from + index];
    const end = padText(text, 0, rest, BLOCK_BYTES + length);
    rounds.mix(text.block, end / BLOCK_BYTES);
    for (let index = 0; index < 8; index++) {
      digest.view.setInt32(index * 4, state[index]);
      state[index] = outerState[index];
    }
    return rounds.mix(digest.block, 1);
  }

  /** Replaces a key longer than a block by its SHA-256, with zeros up to a block. At start. */
  private digestInPlace(key: SignedText, length: number): void {
    const { state } = this;
    state.set(INITIAL_STATE);
    const end = padText(key, 0, length, length);
    for (let from = 0; from < end; from += BLOCK_BYTES) compress(state, key.view, from);
    key.bytes.fill(0);
    for (let index = 0; index < 8; index++) key.view.setInt32(index * 4, state[index]);
  }
}

function nativeTexts(rounds: Sha256Blocks): NativeTexts {
  const digest = pinnedText(rounds, BLOCK_BYTES);
  padText(digest, 0, 32, BLOCK_BYTES + 32);
  return { rounds, text: pinnedText(rounds, NATIVE_ROOM_BYTES), digest };
}

function pinnedText(rounds: Sha256Blocks, byteLength: number): PinnedText {
  const block = rounds.makeText(byteLength);
  const { buffer } = block.bytes;
  return { block, bytes: new Uint8Array(buffer), view: new DataView(buffer), words: new Int32Array(buffer) };
}

/** Eight words as 64 hex digits at `out[at]`. */
function writeHex(state: Int32Array, out: Uint8Array, at: number): void {
  for (let index = 0; index < 8; index++) {
    const word = state[index];
    const to = at + index * 8;
    for (let nibble = 0; nibble < 8; nibble++) {
      out[to + nibble] = HEX_DIGITS[(word >>> (28 - nibble * 4)) & 15];
    }
  }
}

/**
 * Writes the padding behind text[from..length); `from` is a multiple of a block and `totalBytes` counts everything
 * hashed. Returns where the last block ends.
 */
function padText(
  { bytes, view }: Pick<SignedText, 'bytes' | 'view'>,
  from: number,
  length: number,
  totalBytes: number,
): number {
  const end = from + ((length - from + 9 + BLOCK_BYTES - 1) & -BLOCK_BYTES);
  bytes[length] = 0x80;
  for (let at = length + 1; at < end - 8; at++) bytes[at] = 0;
  view.setInt32(end - 8, Math.floor(totalBytes / 0x2000_0000));
  view.setInt32(end - 4, totalBytes << 3);
  return end;
}
