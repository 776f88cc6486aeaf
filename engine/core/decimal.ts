/** Decimal text <-> scaled integers. Money and sizes are integers inside; text only at the edges. */

/** Decimals a number can carry before 10^n leaves the exact range. */
export const DECIMALS_MAX = 15;

const POWERS_OF_TEN: readonly number[] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/** 10^decimals, exact. Throws RangeError outside 0..15. */
export function powerOfTen(decimals: number): number {
  const power = POWERS_OF_TEN[decimals];
  if (power === undefined)
    throw new RangeError(`decimals must be an integer 0..${DECIMALS_MAX}, got ${decimals}`);
  return power;
}

/**
 * Parses plain decimal text ("-12.345") into an integer count of 10^-decimals units.
 * Trailing zeros beyond `decimals` are accepted; any other excess digit throws, so nothing is rounded away.
 * @throws RangeError naming the text when it is not a decimal, has too many digits, or leaves the exact range
 */
export function parseDecimal(text: string, decimals: number): number {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (match === null || (match[2] === '' && (match[3] ?? '') === '')) {
    throw new RangeError(`not a decimal number: "${text}"`);
  }
  const scale = powerOfTen(decimals);
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > decimals) throw new RangeError(`"${text}" has more than ${decimals} decimals`);
  const whole = match[2] === '' ? 0 : Number(match[2]);
  const units = whole * scale + (decimals === 0 ? 0 : Number(fraction.padEnd(decimals, '0') || '0'));
  if (!Number.isSafeInteger(units))
    throw new RangeError(`"${text}" leaves the exact integer range at ${decimals} decimals`);
  return match[1] === '-' ? 0 - units : units;
}

/** The decimal text of `units` × 10^-decimals, with exactly `decimals` fraction digits. */
export function formatDecimal(units: number, decimals: number): string {
  if (!Number.isSafeInteger(units)) throw new RangeError(`not an exact integer: ${units}`);
  const negative = units < 0;
  const digits = Math.abs(units)
    .toString()
    .padStart(decimals + 1, '0');
  const cut = digits.length - decimals;
  const body = decimals === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
  return negative ? `-${body}` : body;
}

/** How many fraction digits `text` needs once trailing zeros are gone ("0.01000000" -> 2). */
export function decimalsOf(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.slice(point + 1).replace(/0+$/, '').length;
}
