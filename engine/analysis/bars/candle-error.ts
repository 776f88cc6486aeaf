/** What is wrong in one place of a file of candles. */
export interface CandleProblem {
  /** Line of the file, from 1 (the header); 0 = the file as a whole. */
  readonly row: number;
  /** Name of the column; empty = the row as a whole. */
  readonly column: string;
  readonly reason: string;
  /** What would be right. */
  readonly right: string;
  /** How many rows have this problem in this column; `row` is the first. */
  rowCount: number;
}

/** Kinds of problems told of one file; what is beyond is counted. */
const KINDS_TOLD_MAX = 12;

/** A file of candles cannot be used; the message names file, row, column, reason and what would be right. */
export class CandleError extends Error {
  override readonly name: string = 'CandleError';
  readonly code: string = 'CANDLES_BAD_INPUT';
  readonly path: string;
  readonly found: readonly CandleProblem[];

  constructor(path: string, found: readonly CandleProblem[]) {
    super(messageOf(path, found));
    this.path = path;
    this.found = found;
  }
}

function messageOf(path: string, found: readonly CandleProblem[]): string {
  const lines = found.slice(0, KINDS_TOLD_MAX).map((problem) => {
    const where = problem.row === 0 ? '' : `, row ${problem.row}`;
    const column = problem.column === '' ? '' : `, column ${problem.column}`;
    const times = problem.rowCount > 1 ? ` (and ${problem.rowCount - 1} more rows like it)` : '';
    return `${path}${where}${column}: ${problem.reason}; right: ${problem.right}${times}`;
  });
  if (found.length > lines.length) lines.push(`${path}: and ${found.length - lines.length} other problems`);
  return lines.join('\n');
}
