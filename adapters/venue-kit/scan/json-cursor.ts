// hot path: no allocation after start

/** What kind of value a JsonCursor read last. */
export const JSON_KIND = { none: 0, text: 1, number: 2, literal: 3, composite: 4 } as const;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_U = 0x75;
/** Deepest nesting followed; venue frames have four levels. */
const DEPTH_MAX = 16;

const TRUE: Uint8Array = Buffer.from('true');
const FALSE: Uint8Array = Buffer.from('false');
const NULL: Uint8Array = Buffer.from('null');

function isHex(byte: number): boolean {
  return (byte >= ZERO && byte <= NINE) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

/**
 * Walks JSON bytes strictly (RFC 8259: what it takes, JSON.parse takes) without making anything: after `value()` or
 * `key()` the place of the text stands in `from` and `to`. Any surprise sets `failed`, after which nothing advances
 * and every loop ends. One thread.
 */
export class JsonCursor {
  bytes: Uint8Array;
  at: number;
  end: number;
  failed: boolean;
  /** The last key or value: bytes[from..to), quotes not included. */
  from: number;
  to: number;
  /** JSON_KIND of the last value. */
  kind: number;
  /** Whether the last text holds escapes, so that its bytes are not its characters. */
  hasEscape: boolean;
  private depth: number;

  constructor() {
    this.bytes = TRUE;
    this.at = 0;
    this.end = 0;
    this.failed = false;
    this.from = 0;
    this.to = 0;
    this.kind = JSON_KIND.none;
    this.hasEscape = false;
    this.depth = 0;
  }

  /** Starts on a new document, `bytes[from..end)`. */
  begin(bytes: Uint8Array, from: number, end: number): void {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
    this.failed = false;
    this.depth = 0;
  }

  /** Takes `{`; false (and nothing taken) when something else stands there. */
  openObject(): boolean {
    return this.open(OPEN_OBJECT);
  }

  /** Takes `[`. */
  openArray(): boolean {
    return this.open(OPEN_ARRAY);
  }

  /**
   * The next key of the object just opened, with its colon; false at the closing brace or on failure. `isFirst` for the
   * first call after openObject.
   */
  nextKey(isFirst: boolean): boolean {
    if (!this.nextItem(CLOSE_OBJECT, isFirst)) return false;
    if (!this.text()) return false;
    if (this.hasEscape) return this.fail();
    this.skipSpace();
    if (this.at >= this.end || this.bytes[this.at] !== COLON) return this.fail();
    this.at++;
    return true;
  }

  /** Whether another element of the array just opened follows; false at the closing bracket or on failure. */
  nextElement(isFirst: boolean): boolean {
    return this.nextItem(CLOSE_ARRAY, isFirst);
  }

  /** Reads one value of any kind; composites are walked over. False on failure. */
  value(): boolean {
    this.skipSpace();
    if (this.failed || this.at >= this.end) return this.fail();
    const byte = this.bytes[this.at];
    if (byte === QUOTE) {
      this.kind = JSON_KIND.text;
      return this.text();
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return this.composite(byte);
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return this.number();
    this.kind = JSON_KIND.literal;
    this.from = this.at;
    if (byte === TRUE[0]) return this.literal(TRUE);
    if (byte === FALSE[0]) return this.literal(FALSE);
    if (byte === NULL[0]) return this.literal(NULL);
    return this.fail();
  }

  /**
   * One pair of an object whose key is a single ASCII character and whose value is plain (text without escapes or an
   * integer), written without white space: what execution reports are made of. Returns the key's code with the value as
   * after `value()`; -1, and nothing taken, when something else stands there: then `nextKey` and `value` look at it.
   */
  compactPair(isFirst: boolean): number {
    const { bytes, end } = this;
    let at = this.at;
    if (!isFirst) {
      if (at >= end || bytes[at] !== COMMA) return -1;
      at++;
    }
    /* `"k":` and at least one byte of value and one behind it. */
    if (this.failed || at + 5 >= end || bytes[at] !== QUOTE || bytes[at + 2] !== QUOTE) return -1;
    const key = bytes[at + 1];
    if (bytes[at + 3] !== COLON || key >= 0x80 || key < 0x20 || key === QUOTE || key === BACKSLASH) return -1;
    at += 4;
    const first = bytes[at];
    if (first === QUOTE) {
      const start = ++at;
      let byte = 0;
      while (at < end && (byte = bytes[at]) !== QUOTE) {
        if (byte < 0x20 || byte === BACKSLASH) return -1;
        at++;
      }
      if (at >= end) return -1;
      this.from = start;
      this.to = at;
      this.at = at + 1;
      this.kind = JSON_KIND.text;
      this.hasEscape = false;
      return key;
    }
    const start = at;
    if (first === MINUS) at++;
    const firstDigitAt = at;
    while (at < end && bytes[at] >= ZERO && bytes[at] <= NINE) at++;
    if (at === firstDigitAt || at >= end) return -1;
    if (bytes[firstDigitAt] === ZERO && at - firstDigitAt > 1) return -1;
    if (bytes[at] !== COMMA && bytes[at] !== CLOSE_OBJECT) return -1;
    this.from = start;
    this.to = at;
    this.at = at;
    this.kind = JSON_KIND.number;
    return key;
  }

  /** Whether only white space is left. */
  isAtEnd(): boolean {
    this.skipSpace();
    return !this.failed && this.at === this.end && this.depth === 0;
  }

  /** Whether the last key or text is exactly `expected`. */
  is(expected: Uint8Array): boolean {
    const length = expected.length;
    if (this.to - this.from !== length) return false;
    for (let index = 0; index < length; index++) {
      if (this.bytes[this.from + index] !== expected[index]) return false;
    }
    return true;
  }

  /** Marks the document as not understood. */
  fail(): false {
    this.failed = true;
    return false;
  }

  private open(bracket: number): boolean {
    this.skipSpace();
    if (this.failed || this.at >= this.end || this.bytes[this.at] !== bracket) return false;
    if (++this.depth > DEPTH_MAX) return this.fail();
    this.at++;
    return true;
  }

  private nextItem(closing: number, isFirst: boolean): boolean {
    this.skipSpace();
    if (this.failed || this.at >= this.end) return this.fail();
    const byte = this.bytes[this.at];
    if (byte === closing) {
      this.at++;
      this.depth--;
      return false;
    }
    if (isFirst) return true;
    if (byte !== COMMA) return this.fail();
    this.at++;
    this.skipSpace();
    return this.at < this.end && this.bytes[this.at] !== closing ? true : this.fail();
  }

  private composite(opening: number): boolean {
    const start = this.at;
    let isFirst = true;
    if (opening === OPEN_OBJECT) {
      if (!this.openObject()) return this.fail();
      while (this.nextKey(isFirst)) {
        isFirst = false;
        if (!this.value()) return false;
      }
    } else {
      if (!this.openArray()) return this.fail();
      while (this.nextElement(isFirst)) {
        isFirst = false;
        if (!this.value()) return false;
      }
    }
    this.from = start;
    this.to = this.at;
    this.kind = JSON_KIND.composite;
    return !this.failed;
  }

  private text(): boolean {
    const { bytes, end } = this;
    if (this.at >= end || bytes[this.at] !== QUOTE) return this.fail();
    let at = this.at + 1;
    this.from = at;
    this.hasEscape = false;
    while (at < end) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.to = at;
        this.at = at + 1;
        return true;
      }
      if (byte < 0x20) return this.fail();
      if (byte === BACKSLASH) {
        at = this.afterEscape(at + 1);
        if (at < 0) return this.fail();
        continue;
      }
      at++;
    }
    return this.fail();
  }

  /** The place behind an escape whose letter stands at `at`; -1 when it is none. */
  private afterEscape(at: number): number {
    this.hasEscape = true;
    if (at >= this.end) return -1;
    const { bytes } = this;
    switch (bytes[at]) {
      case QUOTE:
      case BACKSLASH:
      case 0x2f:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        return at + 1;
      case LETTER_U:
        if (at + 4 >= this.end) return -1;
        for (let index = 1; index <= 4; index++) if (!isHex(bytes[at + index])) return -1;
        return at + 5;
      default:
        return -1;
    }
  }

  private number(): boolean {
    const { bytes } = this;
    this.kind = JSON_KIND.number;
    this.from = this.at;
    let at = this.at;
    if (bytes[at] === MINUS) at++;
    if (at < this.end && bytes[at] === ZERO) at++;
    else if ((at = this.afterDigits(at)) < 0) return this.fail();
    if (at < this.end && bytes[at] === POINT && (at = this.afterDigits(at + 1)) < 0) return this.fail();
    if (at < this.end && (bytes[at] | 0x20) === 0x65) {
      at++;
      if (at < this.end && (bytes[at] === PLUS || bytes[at] === MINUS)) at++;
      if ((at = this.afterDigits(at)) < 0) return this.fail();
    }
    this.to = at;
    this.at = at;
    return true;
  }

  /** The place behind at least one digit; -1 when there is none. */
  private afterDigits(start: number): number {
    const { bytes, end } = this;
    let at = start;
    while (at < end && bytes[at] >= ZERO && bytes[at] <= NINE) at++;
    return at === start ? -1 : at;
  }

  private literal(expected: Uint8Array): boolean {
    const length = expected.length;
    if (this.at + length > this.end) return this.fail();
    for (let index = 1; index < length; index++) {
      if (this.bytes[this.at + index] !== expected[index]) return this.fail();
    }
    this.at += length;
    this.to = this.at;
    return true;
  }

  private skipSpace(): void {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end) {
      const byte = bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
      at++;
    }
    this.at = at;
  }
}
