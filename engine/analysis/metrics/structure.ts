/** What the pivots say of a market: higher highs and lows, lower ones, or neither. */
export type StructureClass = 'up' | 'down' | 'range';

/** Share of an ATR by which one pivot must pass the other. */
const MARGIN_ATR = 0.1;
const CLASS_ABOVE = 45;

/**
 * Structure, -100..100, from the last two pivot highs and lows (newer last) and the close: 30 for a higher high, 30 for a
 * higher low, 40 for a close above the newer high, each by more than 0.1 ATR; mirrored downwards. NaN in, NaN out.
 */
export function structureOf(
  high1: number,
  high2: number,
  low1: number,
  low2: number,
  close: number,
  atr: number,
): number {
  const margin = MARGIN_ATR * atr;
  // Every comparison below would be false.
  if (Number.isNaN(high1 + high2 + low1 + low2 + close + margin)) return NaN;
  return (
    30 * passes(high2 - high1, margin) +
    30 * passes(low2 - low1, margin) +
    40 * ((close > high2 + margin ? 1 : 0) - (close < low2 - margin ? 1 : 0))
  );
}

/** The class of a structure value; null when there is none. */
export function structureClassOf(structure: number): StructureClass | null {
  if (Number.isNaN(structure)) return null;
  return structure > CLASS_ABOVE ? 'up' : structure < -CLASS_ABOVE ? 'down' : 'range';
}

function passes(difference: number, margin: number): 1 | 0 | -1 {
  return difference > margin ? 1 : difference < -margin ? -1 : 0;
}
