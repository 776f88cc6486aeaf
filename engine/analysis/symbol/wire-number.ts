const WIRE_DIGITS = 6;

/** A number as it goes over the wire: 6 significant digits, null when absent. */
export function wireNumber(value: number | null): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  // -0 would be written as 0 and not compare equal.
  return Number(value.toPrecision(WIRE_DIGITS)) + 0;
}
