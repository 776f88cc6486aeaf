// hot path: no allocation after start
import { JSON_KIND } from './json-cursor.ts';
import type { JsonCursor } from './json-cursor.ts';

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const INTEGER_DIGITS_MAX = 16;

/**
 * Where the wanted values of a frame stand, by places that the decoder of a venue gives out, and what they say when they
 * are asked. The frame's bytes must not change meanwhile. One thread.
 */
export class ScannedValues {
  private readonly from: Int32Array;
  private readonly to: Int32Array;
  private readonly kinds: Uint8Array;
  private bytes: Uint8Array;

  /** @param places how many values can be noted */
  constructor(places: number) {
    this.from = new Int32Array(places);
    this.to = new Int32Array(places);
    this.kinds = new Uint8Array(places);
    this.bytes = Buffer.alloc(0);
  }

  /** Whether a value of this place was in the frame (null counts as absent). */
  has(place: number): boolean {
    const kind = this.kinds[place];
    return kind === JSON_KIND.text || kind === JSON_KIND.number;
  }

  /** Whether the place holds exactly these characters as a text. */
  isText(place: number, expected: Uint8Array): boolean {
    if (this.kinds[place] !== JSON_KIND.text) return false;
    const from = this.from[place];
    const length = expected.length;
    if (this.to[place] - from !== length) return false;
    const { bytes } = this;
    for (let index = 0; index < length; index++) if (bytes[from + index] !== expected[index]) return false;
    return true;
  }

  /** Whether the place holds the literal true. */
  isTrue(place: number): boolean {
    return (
      this.kinds[place] === JSON_KIND.literal &&
      this.to[place] - this.from[place] === 4 &&
      this.byteAt(place) === 0x74
    );
  }

  /** Whether the place holds the literal true or false. */
  isBoolean(place: number): boolean {
    return this.isTrue(place) || (this.kinds[place] === JSON_KIND.literal && this.byteAt(place) === 0x66);
  }

  /** First byte of a value; 0 when it is empty or absent. */
  byteAt(place: number): number {
    return this.kinds[place] !== JSON_KIND.none && this.to[place] > this.from[place]
      ? this.bytes[this.from[place]]
      : 0;
  }

  fromOf(place: number): number {
    return this.from[place];
  }

  toOf(place: number): number {
    return this.kinds[place] === JSON_KIND.none ? this.from[place] : this.to[place];
  }

  /** An integer number; NaN when the place holds none or it leaves the exact range. */
  integer(place: number): number {
    if (this.kinds[place] !== JSON_KIND.number) return NaN;
    const { bytes } = this;
    let at = this.from[place];
    const end = this.to[place];
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    if (end - at > INTEGER_DIGITS_MAX) return NaN;
    let value = 0;
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte < ZERO || byte > NINE) return NaN;
      value = value * 10 + (byte - ZERO);
    }
    if (value > Number.MAX_SAFE_INTEGER) return NaN;
    return isNegative ? 0 - value : value;
  }

  /**
   * A decimal text as a count of 10^-decimals units; digits beyond must be zeros. NaN when it is no such text or leaves
   * the exact range.
   */
  units(place: number, decimals: number): number {
    if (this.kinds[place] !== JSON_KIND.text) return NaN;
    const { bytes } = this;
    let at = this.from[place];
    const end = this.to[place];
    const isNegative = at < end && bytes[at] === MINUS;
    if (isNegative) at++;
    const start = at;
    let value = 0;
    while (at < end && bytes[at] >= ZERO && bytes[at] <= NINE) value = value * 10 + (bytes[at++] - ZERO);
    if (at === start) return NaN;
    let missing = decimals;
    if (at < end) {
      if (bytes[at] !== POINT) return NaN;
      for (at++; at < end; at++) {
        const digit = bytes[at] - ZERO;
        if (digit < 0 || digit > 9) return NaN;
        if (missing > 0) {
          value = value * 10 + digit;
          missing--;
        } else if (digit !== 0) return NaN;
      }
    }
    for (; missing > 0; missing--) value *= 10;
    if (value > Number.MAX_SAFE_INTEGER) return NaN;
    return isNegative ? 0 - value : value;
  }

  /** Forgets all places: a frame in these bytes is scanned next. */
  protected beginScan(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.kinds.fill(JSON_KIND.none);
  }

  /** JSON_KIND of the value at a place; none when there is none. */
  protected kindAt(place: number): number {
    return this.kinds[place];
  }

  /** Notes the value that the cursor read last. */
  protected note(place: number, cursor: JsonCursor): void {
    this.kinds[place] = cursor.kind;
    this.from[place] = cursor.from;
    this.to[place] = cursor.to;
  }
}
