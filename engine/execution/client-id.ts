// hot path: no allocation after start (text variants excepted)
import { invariant } from '../core/assert.ts';

/*
 * Client order ids: "s" + namespace + "-" + intentSeq in base 36, e.g. "sshrike-1z141z4". Derived from the intent, so
 * every retry of an intent carries the same id; anything of another shape belongs to somebody else.
 */

/** What `parse` answers for an id that is not ours. */
export const NOT_OURS = -1;

/** Longest client id in bytes: "s", 8 of namespace, "-", 11 digits. */
export const CLIENT_ID_BYTES_MAX = 21;

const NAMESPACE = /^[a-z0-9]{1,8}$/;
const DIGITS_MAX = 11;
/** 36^5. */
const LOW_SPAN = 60_466_176;
const LOW_DIGITS = 5;
const DIGIT_TEXT: Uint8Array = new TextEncoder().encode('0123456789abcdefghijklmnopqrstuvwxyz');
const DIGIT_0 = 48;
const LETTER_A = 97;

/** Makes and reads the client order ids of one engine. One thread per instance. */
export class ClientIdCodec {
  private readonly prefix: Uint8Array;
  private readonly digits: Uint8Array = new Uint8Array(DIGITS_MAX);

  /** @throws InvariantViolation when the namespace is not 1 to 8 of a-z and 0-9 */
  constructor(namespace: string) {
    invariant(NAMESPACE.test(namespace), 'a client id namespace is 1 to 8 lower-case letters or digits');
    this.prefix = new TextEncoder().encode(`s${namespace}-`);
  }

  /** Writes the id at `at`; returns its length in bytes. */
  encode(into: Uint8Array, at: number, intentSeq: number): number {
    const { prefix, digits } = this;
    for (let index = 0; index < prefix.length; index++) into[at + index] = prefix[index];
    // Both halves of a 53-bit number stay below 2^31: no digit needs a division of doubles.
    let high = Math.floor(intentSeq / LOW_SPAN);
    let low = (intentSeq - high * LOW_SPAN) | 0;
    high |= 0;
    let from = DIGITS_MAX;
    while (from > DIGITS_MAX - LOW_DIGITS) {
      const rest = (low / 36) | 0;
      digits[--from] = DIGIT_TEXT[low - rest * 36];
      low = rest;
      if (low === 0 && high === 0) break;
    }
    while (high > 0) {
      const rest = (high / 36) | 0;
      digits[--from] = DIGIT_TEXT[high - rest * 36];
      high = rest;
    }
    const to = at + prefix.length - from;
    for (let index = from; index < DIGITS_MAX; index++) into[to + index] = digits[index];
    return to + DIGITS_MAX - at;
  }

  /** The intentSeq of an id in bytes [start, end), or NOT_OURS. */
  parse(bytes: Uint8Array, start: number, end: number): number {
    const prefix = this.prefix;
    const digitCount = end - start - prefix.length;
    if (digitCount < 1 || digitCount > DIGITS_MAX) return NOT_OURS;
    for (let index = 0; index < prefix.length; index++) {
      if (bytes[start + index] !== prefix[index]) return NOT_OURS;
    }
    let value = 0;
    for (let at = start + prefix.length; at < end; at++) {
      const code = bytes[at];
      let digit: number;
      if (code >= DIGIT_0 && code <= DIGIT_0 + 9) digit = code - DIGIT_0;
      else if (code >= LETTER_A && code <= LETTER_A + 25) digit = code - LETTER_A + 10;
      else return NOT_OURS;
      if (value === 0 && digit === 0) return NOT_OURS;
      value = value * 36 + digit;
    }
    return value <= Number.MAX_SAFE_INTEGER ? value : NOT_OURS;
  }

  /** The id as text; allocates. */
  text(intentSeq: number): string {
    const bytes = new Uint8Array(CLIENT_ID_BYTES_MAX);
    return new TextDecoder('latin1').decode(bytes.subarray(0, this.encode(bytes, 0, intentSeq)));
  }

  /** The intentSeq of an id as text, or NOT_OURS; allocates. */
  parseText(clientId: string): number {
    const bytes = new TextEncoder().encode(clientId);
    return this.parse(bytes, 0, bytes.length);
  }
}
