const WIRE_DIGITS = 6;
/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** A number as it goes over the wire: 6 significant digits, null when absent. */
export function wireNumber(value: number | null): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  if (value === 0) return 0;
  const size = Math.abs(value);
  const shift = WIRE_DIGITS - 1 - Math.floor(Math.log10(size));
  if (shift < -22 || shift > 22) return Number(value.toPrecision(WIRE_DIGITS));
  // A whole number of at most 6 digits by an exact power of ten is the double nearest to the decimal.
  const digits = shift >= 0 ? Math.round(size * POWERS[shift]) : Math.round(size / POWERS[-shift]);
  const rounded = shift >= 0 ? digits / POWERS[shift] : digits * POWERS[-shift];
  return value < 0 ? -rounded : rounded;
}
