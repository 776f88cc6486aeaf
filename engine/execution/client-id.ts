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
    const prefix = this.prefix;
    for (let index = 0; index < prefix.length; index++) into[at + index] = prefix[index];
    let rest = intentSeq;
    let count = 0;
    do {
      let quotient = Math.floor(rest / 36);
      let digit = rest - quotient * 36;
      // Near 2^53 the quotient may round up to the next integer.
      if (digit < 0) {
        quotient -= 1;
        digit += 36;
      }
      this.digits[count++] = digit < 10 ? DIGIT_0 + digit : LETTER_A + digit - 10;
      rest = quotient;
    } while (rest > 0);
    for (let index = 0; index < count; index++) {
      into[at + prefix.length + index] = this.digits[count - 1 - index];
    }
    return prefix.length + count;
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
