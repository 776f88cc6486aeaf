import { table } from '../cli/text-table.ts';
import type { ParameterRange, ParameterValue } from './parameter-range.ts';

/** Columns and rows of a map; more values than that share one. */
const CELLS_MAX = 12;
const SHADES = '·░▒▓█';

/** The objective over two varied parameters, the mean over all others; one row where one parameter is varied. */
export interface HeatMap {
  readonly x: Axis;
  /** Null for one varied parameter. */
  readonly y: Axis | null;
  /** Rows of cells, by y and x; null = no set ran there. */
  readonly cells: readonly (readonly (number | null)[])[];
}

interface Axis {
  readonly name: string;
  readonly labels: readonly string[];
}

/** One set and what it was worth. */
export interface HeatPoint {
  readonly values: readonly ParameterValue[];
  readonly worth: number;
}

/** Where the values of one parameter go. */
interface Scale {
  readonly axis: Axis;
  cellOf(value: ParameterValue): number;
}

/** The map over the first two ranges that have more than one value; null when there is none, or no point. Pure. */
export function heatMap(ranges: readonly ParameterRange[], points: readonly HeatPoint[]): HeatMap | null {
  const varied = ranges.flatMap(({ values, span }, place) =>
    span !== null || values.length > 1 ? [place] : [],
  );
  if (varied.length === 0 || points.length === 0) return null;
  const [xPlace, yPlace] = varied;
  const xScale = scaleOf(ranges[xPlace]);
  const yScale = yPlace === undefined ? null : scaleOf(ranges[yPlace]);
  const rows = yScale?.axis.labels.length ?? 1;
  const sums = Array.from({ length: rows }, () => xScale.axis.labels.map(() => ({ sum: 0, count: 0 })));
  for (const { values, worth } of points) {
    const row = yScale === null ? 0 : yScale.cellOf(values[yPlace]);
    const cell = sums[row][xScale.cellOf(values[xPlace])];
    cell.sum += worth;
    cell.count++;
  }
  const cells = sums.map((row) => row.map(({ sum, count }) => (count === 0 ? null : sum / count)));
  return { x: xScale.axis, y: yScale?.axis ?? null, cells };
}

function scaleOf(range: ParameterRange): Scale {
  const { name, values, span } = range;
  const isContinuous = span !== null;
  if (!isContinuous && values.length <= CELLS_MAX) {
    return { axis: { name, labels: values.map(String) }, cellOf: (value) => values.indexOf(value) };
  }
  if (!isContinuous && values.some((value) => typeof value !== 'number')) {
    // Words without an order: the map shows as many as fit, the last cell stands for the rest.
    const labels = values
      .slice(0, CELLS_MAX)
      .map((value, index) => (index === CELLS_MAX - 1 ? 'others' : String(value)));
    return { axis: { name, labels }, cellOf: (value) => Math.min(values.indexOf(value), CELLS_MAX - 1) };
  }
  const numbers = values as readonly number[];
  const [from, to] = span ?? [Math.min(...numbers), Math.max(...numbers)];
  const width = (to - from) / CELLS_MAX || 1;
  const labels = Array.from(
    { length: CELLS_MAX },
    (_, cell) => `${Number((from + cell * width).toPrecision(3))}`,
  );
  const cellOf = (value: ParameterValue): number =>
    Math.min(CELLS_MAX - 1, Math.max(0, Math.floor((Number(value) - from) / width)));
  return { axis: { name, labels }, cellOf };
}

/** The map for a terminal: a shade and the number in every cell, darker is better. Pure. */
export function heatMapText({ x, y, cells }: HeatMap, objective: string): string {
  const known = cells.flat().filter((value) => value !== null);
  const low = Math.min(...known);
  const high = Math.max(...known);
  const shade = (value: number): string =>
    SHADES[
      high === low
        ? 0
        : Math.min(SHADES.length - 1, Math.floor(((value - low) / (high - low)) * SHADES.length))
    ];
  const digits = Math.max(Math.abs(low), Math.abs(high)) >= 100 ? 0 : 2;
  const rows = cells.map((row, index) => [
    y === null ? '' : y.labels[index],
    ...row.map((value) => (value === null ? '-' : `${shade(value).repeat(2)} ${value.toFixed(digits)}`)),
  ]);
  const corner = y === null ? x.name : `${y.name} \\ ${x.name}`;
  const head = `mean ${objective} in sample, darker is better`;
  return `${head}\n${table([[corner, ...x.labels], ...rows])}`;
}
