// hot path: no allocation after start
import { powerOfTen } from '../../engine/core/decimal.ts';
import { QUOTE } from './byte-scan.ts';

/*
 * Book levels in the one shape that Binance Spot sends them in, `["61800.01000000","0.01200000"]`: eight decimals, one
 * to seven digits before the point. Four characters are read and judged at a time, without a branch on any of them
 * (the digits of a book are close to random, and a mispredicted branch costs more than the whole number). Whatever has
 * another shape is left to byte-scan.ts, which reads every decimal text.
 *
 * A word holds the first character in its lowest byte. XORed with "0000", a digit's byte is its value, and any other
 * byte is above 9; (byte + 0x76) | byte has its highest bit set exactly then (for the lowest such byte of a word).
 */

/** Decimals in the venue's texts. */
const DECIMALS = 8;
const HEAD_WORD_BYTES = 4;
const ZEROS = 0x3030_3030;
const POINTS = 0x2e2e_2e2e;
const ONES = 0x0101_0101;
const ABOVE_NINE = 0x7676_7676;
const HIGH_BITS = 0x8080_8080 | 0;
/** `","` between price and size. */
const BETWEEN = 0x22_2c22;
/** `"],[` between levels. */
const NEXT_LEVEL = 0x5b2c_5d22;
/** `"]]` behind the last level. */
const LAST_LEVEL = 0x5d_5d22;
const THREE_BYTES = 0xff_ffff;
/** Bytes that reading one level may touch, from its first digit on: two numbers of 16, what is between and behind. */
export const LEVEL_WORDS_BYTES = 44;
/** 10^n for the digits in front of the point that stand in its own word. */
const HEAD_SCALES: Int32Array = Int32Array.of(1, 10, 100, 1000);

/** Numerator steps in one unit of an instrument's grid: texts count 10^-8. */
export function textUnitsPerStep(decimals: number, step: number): number {
  return decimals > DECIMALS ? 0 : powerOfTen(DECIMALS - decimals) * step;
}

/** The four digits of a word (values, first in the lowest byte) as a number. */
function fourDigits(digits: number): number {
  return Math.imul((Math.imul(digits, 2561) >>> 8) & 0x00ff_00ff, 6_553_601) >>> 16;
}

/** Highest bits set where the word is no digits. */
function notDigits(digits: number): number {
  return digits | (digits + ABOVE_NINE);
}

/** Marks the first point of a word: its byte's highest bit is the lowest bit set; 0 = none. */
function pointMark(word: number): number {
  const difference = word ^ POINTS;
  return (difference - ONES) & ~difference & HIGH_BITS;
}
