// hot path: no allocation after start
import { powerOfTen } from '../../../engine/core/decimal.ts';
import { REFUSAL, scanInteger, skipText } from './byte-scan.ts';

/*
 * Text read four characters at a time. A word holds its first character in the lowest byte. Less "0000" (by XOR) a
 * digit's byte is its value and any other byte is above 9; of the lowest such byte, (byte + 0x76) | byte has the
 * highest bit set.
 *
 * All of it is in one file: what a module imports is looked up and checked at every use.
 */

/** XOR with it turns digits into their values. */
const ZEROS = 0x3030_3030;
const ONES = 0x0101_0101;
const ABOVE_NINE = 0x7676_7676;
/** The highest bit of every byte. */
const HIGH_BITS: number = 0x8080_8080 | 0;
const QUOTES = 0x2222_2222;
const BACKSLASHES = 0x5c5c_5c5c;
const POINTS = 0x2e2e_2e2e;
const WORD_BYTES = 4;
/** Bytes that reading an integer as words may touch: 16 digits and the word behind. */
const INTEGER_BYTES_MAX = 20;
const HALF_BYTES = 8;

/** Decimals in the venue's texts. */
const DECIMALS = 8;
const TEXT_UNITS_PER_WHOLE = 1e8;
const THREE_BYTES = 0xff_ffff;
/** `","` between price and size. */
const BETWEEN = 0x22_2c22;
/** `"],[` and `],["` between levels. */
const NEXT_LEVEL = 0x5b2c_5d22;
const NEXT_LEVEL_QUOTED = 0x225b_2c5d;
/** `["` in front of a level. */
const TWO_BYTES = 0xffff;
const FIRST_LEVEL = 0x225b;
/** `"]]` behind the last level. */
const LAST_LEVEL = 0x5d_5d22;
/** More bytes than reading one level may touch: its numbers with 7 + 1 + 8 characters each and all around them. */
const LEVEL_BYTES_MAX = 48;

/** 10^n for the n digits that stand in a word in front of something else. */
const SCALES: Int32Array = Int32Array.of(1, 10, 100, 1000);

/** 10^n for the digits of an integer's lower half. */
const WIDE_SCALES: Float64Array = Float64Array.of(1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7);

/* Constants: a declared function is looked up and checked at every call. */

/** The number that four digits (values, the first in the lowest byte) make. */
const fourDigits = (digits: number): number =>
  Math.imul((Math.imul(digits, 2561) >>> 8) & 0x00ff_00ff, 6_553_601) >>> 16;

/** Has bytes' highest bits set when these are no digits: the lowest one set is that of the first byte that is none. */
const notDigits = (digits: number): number => digits | (digits + ABOVE_NINE);

/** Marks zero bytes by their highest bit: the lowest one set is that of the first. */
const markZeros = (word: number): number => (word - ONES) & ~word & HIGH_BITS;

/** Marks the first point in a word; 0 when there is none. */
const markPoint = (word: number): number => markZeros(word ^ POINTS);

/** How many characters stand in a word in front of the first marked one, times eight; 32 without a mark. */
const bitsBefore = (mark: number): number => 24 - Math.clz32(mark & -mark);

/**
 * Units of 10^-8 in one step of an instrument's grid, `step` x 10^-decimals; NaN, by which nothing can be divided, when
 * the whole numbers are not on the grid or it is finer than the texts.
 */
export function textUnitsPerStep(decimals: number, step: number): number {
  const units = decimals > DECIMALS ? NaN : powerOfTen(DECIMALS - decimals) * step;
  return TEXT_UNITS_PER_WHOLE % units === 0 ? units : NaN;
}

/*
 * Book levels in the one shape many venues send them in, `["61800.01000000","0.01200000"]`: eight decimals, one
 * to seven digits in front of the point. No branch hangs on a digit: those of a book are close to random, and a branch
 * guessed wrong costs more than a whole number. What has another shape is left where it stands, for byte-scan.ts,
 * which reads every decimal text.
 */

/** Reads the levels of one side. The results stay in its fields until the next `scan`. */
export class LevelWords {
  /** Levels read. */
  count: number;
  /** Whether the side ended: the position returned is behind it, otherwise in front of the level that was not read. */
  isWhole: boolean;

  constructor() {
    this.count = 0;
    this.isWhole = false;
  }

  /**
   * Reads (price, size) pairs into `out` from `slotStart` on, at most `levelsMax`, in steps of `priceUnits` and
   * `qtyUnits` x 10^-8; `start` is on the `[` before the first level's `[` or on the `,` between two. Stops in front of
   * the first level that has another shape or is no whole number of steps, and where `end` comes near. Positions are the
   * view's.
   */
  scan(
    view: DataView,
    start: number,
    end: number,
    priceUnits: number,
    qtyUnits: number,
    out: Float64Array,
    slotStart: number,
    levelsMax: number,
  ): number {
    const lastAt = end - LEVEL_BYTES_MAX;
    const slotsEnd = slotStart + 2 * levelsMax;
    const priceSteps = TEXT_UNITS_PER_WHOLE / priceUnits;
    const qtySteps = TEXT_UNITS_PER_WHOLE / qtyUnits;
    let units = priceUnits;
    let stepsPerWhole = priceSteps;
    let levelAt = start + 3;
    let at = levelAt;
    let slot = slotStart;
    this.isWhole = false;
    this.count = 0;
    if (at > lastAt || (view.getInt32(at - 2, true) & TWO_BYTES) !== FIRST_LEVEL) return start;
    while (at <= lastAt && slot < slotsEnd) {
      let word = view.getInt32(at, true);
      let mark = markPoint(word);
      let position = at;
      let head = 0;
      let bad = 0;
      if (mark === 0) {
        /* Four to seven digits in front of the point, not one to three. */
        bad = notDigits(word ^ ZEROS);
        head = fourDigits(word ^ ZEROS);
        position += 4;
        word = view.getInt32(position, true);
        mark = markPoint(word);
        if (mark === 0) break;
      }
      const shift = Math.clz32(mark & -mark);
      const inWord = 3 - (shift >> 3);
      const rest = ((word ^ ZEROS) << shift) << 8;
      const whole = Math.imul(head, SCALES[inWord & 3]) + fourDigits(rest);
      position += inWord + 1;
      const high = view.getInt32(position, true) ^ ZEROS;
      const low = view.getInt32(position + 4, true) ^ ZEROS;
      bad |= notDigits(rest) | notDigits(high) | notDigits(low);
      const value = whole * stepsPerWhole + (Math.imul(fourDigits(high), 10_000) + fourDigits(low)) / units;
      position += DECIMALS;
      if ((bad & HIGH_BITS) !== 0 || position - at === 1 + DECIMALS || Math.floor(value) !== value) break;
      out[slot] = value;
      word = view.getInt32(position, true);
      if (((slot - slotStart) & 1) === 0) {
        if ((word & THREE_BYTES) !== BETWEEN) break;
        at = position + 3;
        units = qtyUnits;
        stepsPerWhole = qtySteps;
      } else {
        if ((word & THREE_BYTES) === LAST_LEVEL) {
          this.count = (slot + 1 - slotStart) >> 1;
          this.isWhole = true;
          return position + 3;
        }
        if (word !== NEXT_LEVEL || view.getInt32(position + 1, true) !== NEXT_LEVEL_QUOTED) break;
        levelAt = at = position + 5;
        units = priceUnits;
        stepsPerWhole = priceSteps;
      }
      slot++;
    }
    this.count = (slot - slotStart) >> 1;
    return levelAt - 3;
  }
}

/** A text to look for, as words; the last two may overlap. At least four bytes (UTF-8). */
export class WordPattern {
  readonly words: Int32Array;
  readonly length: number;

  constructor(text: string) {
    const bytes = Buffer.from(text, 'utf8');
    this.length = bytes.length;
    this.words = new Int32Array(Math.ceil(this.length / WORD_BYTES));
    for (let index = 0; index < this.words.length; index++) {
      this.words[index] = bytes.readInt32LE(Math.min(index * WORD_BYTES, this.length - WORD_BYTES));
    }
  }
}

/** Reads bytes as words; never outside of them. Positions and refusals are those of byte-scan.ts. */
export class WordReader {
  /** The memory the bytes are in, and where in it they start. */
  view: DataView;
  base: number;
  private bytes: Uint8Array;
  private memory: ArrayBufferLike;

  constructor() {
    this.bytes = new Uint8Array(0);
    this.memory = this.bytes.buffer;
    this.view = new DataView(this.memory);
    this.base = 0;
  }

  /** Turns to other bytes. A view is made only when they lie in other memory: receivers keep theirs. */
  turnTo(bytes: Uint8Array): void {
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    this.base = bytes.byteOffset;
    if (bytes.buffer === this.memory) return;
    this.memory = bytes.buffer;
    this.view = new DataView(this.memory); // arch-ok: once per block of memory
  }

  /** Whether the bytes from `at` on are `pattern`. */
  matches(at: number, pattern: WordPattern): boolean {
    const { words, length } = pattern;
    if (at + length > this.bytes.length) return false;
    const { view } = this;
    const last = words.length - 1;
    let position = this.base + at;
    if (view.getInt32(position + length - WORD_BYTES, true) !== words[last]) return false;
    for (let index = 0; index < last; index++) {
      if (view.getInt32(position, true) !== words[index]) return false;
      position += WORD_BYTES;
    }
    return true;
  }

  /** See byte-scan.ts. */
  skipText(at: number, end: number): number {
    const { view, base } = this;
    const lastAt = Math.min(end, this.bytes.length) - WORD_BYTES;
    let position = at;
    while (position <= lastAt) {
      const word = view.getInt32(base + position, true);
      const marks = markZeros(word ^ QUOTES) | markZeros(word ^ BACKSLASHES);
      if (marks === 0) {
        position += WORD_BYTES;
        continue;
      }
      const bits = bitsBefore(marks);
      const isQuote = ((word >>> bits) & 0xff) === 0x22;
      return isQuote ? position + (bits >> 3) + 1 : REFUSAL.unexpected;
    }
    return skipText(this.bytes, position, end);
  }

  /** See byte-scan.ts. */
  scanInteger(at: number, out: Float64Array, slot: number): number {
    const { view, bytes } = this;
    if (at + INTEGER_BYTES_MAX > bytes.length) return scanInteger(bytes, at, out, slot);
    const start = this.base + at;
    let position = start;
    /* Two halves of up to eight digits: integers as long as possible. */
    let head = 0;
    let tail = 0;
    let digits = view.getInt32(position, true) ^ ZEROS;
    while ((notDigits(digits) & HIGH_BITS) === 0) {
      if (position - start < HALF_BYTES) head = Math.imul(head, 10_000) + fourDigits(digits);
      else tail = Math.imul(tail, 10_000) + fourDigits(digits);
      position += WORD_BYTES;
      if (position - start === 2 * HALF_BYTES) return scanInteger(bytes, at, out, slot);
      digits = view.getInt32(position, true) ^ ZEROS;
    }
    const bits = bitsBefore(notDigits(digits) & HIGH_BITS);
    const rest = fourDigits((digits << (24 - bits)) << 8);
    const count = position - start + (bits >> 3);
    if (count === 0) return REFUSAL.unexpected;
    if (count < HALF_BYTES) out[slot] = Math.imul(head, SCALES[bits >> 3]) + rest;
    else {
      const low = Math.imul(tail, SCALES[bits >> 3]) + rest;
      out[slot] = head * WIDE_SCALES[count - HALF_BYTES] + low;
    }
    return at + count;
  }
}
