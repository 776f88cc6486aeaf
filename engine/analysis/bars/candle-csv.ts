import { candleFault } from './candle.ts';
import { type CandleColumns, CandleColumnsBuilder } from './candle-columns.ts';
import { CandleError, type CandleProblem } from './candle-error.ts';
import { isAligned, openTimeOf, type Timeframe, TIMEFRAME_NAMES, TIMEFRAMES } from './timeframe.ts';

/** Bytes of one row; a longer one is refused before it fills the memory. */
export const ROW_BYTES_MAX = 512;
/** Rows of one file: ten years of minutes. */
export const ROWS_MAX = 5_500_000;
/** Kinds of problems kept; later kinds are dropped. */
const KINDS_MAX = 64;

const TIME_COLUMNS = ['open_time_ms', 'date'] as const;
const FIGURES = ['open', 'high', 'low', 'close', 'volume'] as const;
const HEADER = 'open_time_ms (or date), open, high, low, close, volume';
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const WHOLE = /^-?\d{1,16}$/;
const ISO_DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z?)?$/;
const DAY_MS = 86_400_000;

/** Which field of a row holds what. */
interface Layout {
  readonly fieldCount: number;
  readonly time: number;
  readonly isDate: boolean;
  /** Fields of FIGURES. */
  readonly figures: readonly number[];
  /** -1 = the file names no symbol. */
  readonly symbol: number;
}

/** What the rows of a file must be. */
export interface CandleCsvExpectation {
  /** Absent: found from the distance of the rows. */
  readonly timeframe?: Timeframe;
  /** What a column `symbol` must say, in any case; absent: the same in every row. */
  readonly symbol?: string;
}

/**
 * Reads rows `open_time_ms,open,high,low,close,volume` (in any order, by the header; instead of open_time_ms a column
 * `date` with ISO dates in UTC; optionally `symbol`), one chunk of text after another. Holds the candles and at most one
 * row of text. A missing candle is a gap and no error; every row that is there must be right.
 */
export class CandleCsvParser {
  private readonly path: string;
  private readonly expectation: CandleCsvExpectation;
  private readonly candles: CandleColumnsBuilder;
  /** By column and kind of reason; the first row of each is told. */
  private readonly problems: Map<string, CandleProblem>;
  private layout: Layout | null;
  private rest: string;
  private row: number;
  private lastTimeMs: number;
  private lastTimeRow: number;
  private symbol: string;
  private emptyRow: number;

  /** @param path for messages */
  constructor(path: string, expectation: CandleCsvExpectation) {
    this.path = path;
    this.expectation = expectation;
    this.candles = new CandleColumnsBuilder();
    this.problems = new Map();
    this.layout = null;
    this.rest = '';
    this.row = 0;
    this.lastTimeMs = -Infinity;
    this.lastTimeRow = 0;
    this.symbol = expectation.symbol ?? '';
    this.emptyRow = 0;
  }

  /** @throws CandleError at once for what makes the rest unreadable: a wrong header, an endless row, too many rows */
  push(chunk: string): void {
    const text = this.rest + chunk;
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.takeRow(text.slice(from, end));
      from = end + 1;
    }
    this.rest = text.slice(from);
    if (this.rest.length > ROW_BYTES_MAX) this.takeRow(this.rest);
  }

  /** The candles of the file. @throws CandleError with every kind of problem found, each with its first row */
  finish(): CandleColumns {
    if (this.rest !== '') this.takeRow(this.rest);
    this.rest = '';
    if (this.layout === null) this.note('', 'the file is empty', `a header ${HEADER}`, 'empty', 0);
    else if (this.candles.length === 0 && this.problems.size === 0)
      this.note('', 'there are no candles', 'one candle a row', 'none', 0);
    this.throwFound();
    const timeframe = this.expectation.timeframe ?? this.foundTimeframe();
    if (this.expectation.timeframe === undefined) this.checkAlignment(timeframe);
    return this.candles.finish(timeframe);
  }

  private takeRow(line: string): void {
    this.row++;
    if (line.length > ROW_BYTES_MAX) {
      this.note('', `the row has more than ${ROW_BYTES_MAX} characters`, 'one candle a row', 'long');
      this.throwFound();
    }
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (this.layout === null) {
      this.layout = this.readHeader(text.startsWith('\uFEFF') ? text.slice(1) : text);
      return;
    }
    if (text === '') {
      // Right at the end of the file, and a hole when a candle follows.
      if (this.emptyRow === 0) this.emptyRow = this.row;
      return;
    }
    if (this.emptyRow !== 0) {
      this.note('', 'the row is empty', 'a candle, or no row', 'hole', this.emptyRow);
      this.emptyRow = 0;
    }
    this.readCandle(this.layout, text.split(','));
  }

  private readHeader(text: string): Layout {
    const names = text.split(',').map((name) => name.trim().toLowerCase());
    const time = TIME_COLUMNS.map((name) => names.indexOf(name)).find((index) => index >= 0) ?? -1;
    const figures = FIGURES.map((name) => names.indexOf(name));
    const missing = [...(time < 0 ? ['open_time_ms'] : []), ...FIGURES.filter((_, at) => figures[at] < 0)];
    if (missing.length > 0)
      this.note('', `the header "${text.slice(0, 80)}" has no ${missing.join(', ')}`, HEADER, 'header');
    const known: readonly string[] = [...TIME_COLUMNS, ...FIGURES, 'symbol'];
    for (const [index, name] of names.entries()) {
      const isTwice = names.indexOf(name) !== index || (name === 'date' && index !== time);
      if (known.includes(name) && !isTwice) continue;
      this.note(name, isTwice ? 'the column is there twice' : 'the column is not known', HEADER, 'header');
    }
    this.throwFound();
    const isDate = names[time] === 'date';
    return { fieldCount: names.length, time, isDate, figures, symbol: names.indexOf('symbol') };
  }

  private readCandle(layout: Layout, fields: readonly string[]): void {
    if (fields.length !== layout.fieldCount) {
      this.note('', `${fields.length} fields`, `${layout.fieldCount} as in the header`, 'fields');
      return;
    }
    if (layout.symbol >= 0) this.checkSymbol(fields[layout.symbol].trim());
    const timeMs = layout.isDate ? this.readDate(fields[layout.time]) : this.readTime(fields[layout.time]);
    if (!Number.isNaN(timeMs)) this.checkTime(layout, timeMs);
    const { figures } = layout;
    const open = this.readNumber('open', fields[figures[0]]);
    const high = this.readNumber('high', fields[figures[1]]);
    const low = this.readNumber('low', fields[figures[2]]);
    const close = this.readNumber('close', fields[figures[3]]);
    const volume = this.readNumber('volume', fields[figures[4]]);
    // Already told if one could not be read.
    if (Number.isNaN(open + high + low + close + volume)) return;
    const fault = candleFault(open, high, low, close, volume);
    if (fault !== null) {
      const kind = /is no (?:price|volume)/.exec(fault.reason)?.[0] ?? 'order';
      this.note(fault.column, fault.reason, fault.right, kind);
      return;
    }
    if (this.candles.length === ROWS_MAX) {
      this.note('', `more than ${ROWS_MAX} candles`, 'several files', 'many');
      this.throwFound();
    }
    this.candles.add(timeMs, open, high, low, close, volume);
  }

  private readNumber(column: string, field: string): number {
    const text = field.trim();
    const number = DECIMAL.test(text) ? Number(text) : NaN;
    if (Number.isFinite(number)) return number;
    if (text === '') this.note(column, 'the field is empty', 'a number', 'hole');
    else this.note(column, `"${text.slice(0, 40)}" is no number`, 'a finite number', 'NaN');
    return NaN;
  }

  private readTime(field: string): number {
    const text = field.trim();
    if (WHOLE.test(text)) return Number(text);
    const shown = text === '' ? 'the field is empty' : `"${text.slice(0, 40)}" is no time`;
    this.note('open_time_ms', shown, 'whole milliseconds since 1970-01-01 UTC', 'time');
    return NaN;
  }

  private readDate(field: string): number {
    const text = field.trim();
    const iso = text.length === 10 || text.endsWith('Z') ? text : `${text}Z`;
    const timeMs = ISO_DATE.test(text) ? Date.parse(iso.replace(' ', 'T')) : NaN;
    if (Number.isNaN(timeMs)) {
      const shown = text === '' ? 'the field is empty' : `"${text.slice(0, 40)}" is no date`;
      this.note('date', shown, 'YYYY-MM-DD, with THH:MM:SS for less than a day, in UTC', 'time');
    }
    return timeMs;
  }

  private checkTime(layout: Layout, timeMs: number): void {
    const column = layout.isDate ? 'date' : 'open_time_ms';
    const { timeframe } = this.expectation;
    if (timeMs === this.lastTimeMs) {
      const reason = `${timeMs} (${iso(timeMs)}) is already in row ${this.lastTimeRow}`;
      this.note(column, reason, 'every candle once', 'duplicate');
    } else if (timeMs < this.lastTimeMs) {
      const reason = `${timeMs} (${iso(timeMs)}) is before that of row ${this.lastTimeRow}`;
      this.note(column, reason, `after ${this.lastTimeMs} (${iso(this.lastTimeMs)})`, 'unsorted');
    } else if (timeframe !== undefined && !isAligned(timeframe, timeMs)) {
      this.noteMisaligned(column, timeframe, timeMs, this.row);
    }
    if (timeMs > this.lastTimeMs) {
      this.lastTimeMs = timeMs;
      this.lastTimeRow = this.row;
    }
  }

  private checkSymbol(symbol: string): void {
    if (this.symbol === '') this.symbol = symbol;
    if (symbol.toUpperCase() !== this.symbol.toUpperCase())
      this.note('symbol', `"${symbol.slice(0, 40)}" is another symbol`, this.symbol, 'symbol');
  }

  /** The timeframe whose length is the smallest distance of two rows. */
  private foundTimeframe(): Timeframe {
    let stepMs = Infinity;
    for (let index = 1; index < this.candles.length; index++) {
      const distance = this.candles.openTimeMsAt(index) - this.candles.openTimeMsAt(index - 1);
      if (distance < stepMs) stepMs = distance;
    }
    const found = TIMEFRAMES.find((timeframe) => timeframe.lengthMs === stepMs);
    if (found !== undefined) return found;
    const reason =
      stepMs === Infinity
        ? 'one candle alone does not tell its timeframe'
        : `the nearest candles are ${stepMs} ms apart`;
    this.note('', reason, `candles of ${TIMEFRAME_NAMES}`, 'timeframe', 0);
    return this.throwFound() ?? TIMEFRAMES[0];
  }

  private checkAlignment(timeframe: Timeframe): void {
    // Nothing was dropped, so candle i is row i + 2.
    const column = this.layout?.isDate === true ? 'date' : 'open_time_ms';
    for (let index = 0; index < this.candles.length; index++) {
      const timeMs = this.candles.openTimeMsAt(index);
      if (!isAligned(timeframe, timeMs)) this.noteMisaligned(column, timeframe, timeMs, index + 2);
    }
    this.throwFound();
  }

  private noteMisaligned(column: string, timeframe: Timeframe, timeMs: number, row: number): void {
    const before = openTimeOf(timeframe, timeMs);
    const reason = `${timeMs} (${iso(timeMs)}) is not where a candle of ${timeframe.name} opens`;
    const right = `${before} (${iso(before)}) or ${before + timeframe.lengthMs}`;
    this.note(column, reason, right, 'misaligned', row);
  }

  private note(column: string, reason: string, right: string, kind: string, row: number = this.row): void {
    const key = `${kind} ${column}`;
    const before = this.problems.get(key);
    if (before !== undefined) before.rowCount++;
    else if (this.problems.size < KINDS_MAX)
      this.problems.set(key, { row, column, reason, right, rowCount: 1 });
  }

  private throwFound(): void {
    if (this.problems.size === 0) return;
    throw new CandleError(
      this.path,
      [...this.problems.values()].sort((a, b) => a.row - b.row),
    );
  }
}

/** The candles of one CSV text. @throws CandleError */
export function parseCandleCsv(
  text: string,
  path: string,
  expectation: CandleCsvExpectation = {},
): CandleColumns {
  const parser = new CandleCsvParser(path, expectation);
  parser.push(text);
  return parser.finish();
}

function iso(timeMs: number): string {
  if (Math.abs(timeMs) > 8.64e15) return 'no date';
  return new Date(timeMs).toISOString().replace(timeMs % DAY_MS === 0 ? 'T00:00:00.000Z' : '.000Z', '');
}
