import { columnsOf, padColumnsEnd, padColumnsStart } from './text-width.ts';

/** One line of a table. */
export type Row = readonly string[];

/** A table people can read: the first column left, the others right aligned. */
export function table(rows: readonly Row[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, columnsOf(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, index) =>
          index === 0 ? padColumnsEnd(cell, widths[index]) : padColumnsStart(cell, widths[index]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Lines of cells padded to columns; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, columnsOf(cell))));
  return rows
    .map((row) =>
      row
        .map((cell, index) => (index === row.length - 1 ? cell : padColumnsEnd(cell, widths[index])))
        .join('  '),
    )
    .join('\n');
}

/** A duration in nanoseconds as people read it. */
export function formatNs(ns: number): string {
  if (ns < 1_000) return `${Math.round(ns)} ns`;
  if (ns < 1_000_000) return `${(ns / 1_000).toFixed(1)} us`;
  if (ns < 1_000_000_000) return `${(ns / 1e6).toFixed(1)} ms`;
  return `${(ns / 1e9).toFixed(1)} s`;
}
