import { decimalsOf, parseDecimal } from '../../../engine/core/decimal.ts';

/** A step of prices or sizes: `units` x 10^-decimals. */
export interface Grid {
  readonly decimals: number;
  readonly units: number;
}

/** A step such as "0.00500000" as 5 x 10^-3; "0" (rule switched off) as one unit of the asset's precision. */
export function gridOf(step: string | undefined, precision: number): Grid {
  const decimals = step === undefined ? precision : decimalsOf(step);
  const units = step === undefined ? 0 : parseDecimal(step, decimals);
  return units > 0 ? { decimals, units } : { decimals: precision, units: 1 };
}

/** `text` in steps of the grid, rounded by `round`. */
export function stepsOf(text: string, grid: Grid, round: (value: number) => number): number {
  const decimals = Math.max(decimalsOf(text), grid.decimals);
  const scaled = parseDecimal(text, decimals) / 10 ** (decimals - grid.decimals);
  return round(scaled / grid.units);
}
