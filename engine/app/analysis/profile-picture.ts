import type { ReportProfile } from '../../analysis/report/deep-report.ts';
import { priceText } from './analysis-numbers.ts';

const ROWS_MAX = 24;
const BAR_COLUMNS = 40;
/** Eighths of a column, from none to seven. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** One row of the picture, highest price first. */
export interface PictureRow {
  /** Lower edge. */
  readonly low: number;
  readonly high: number;
  readonly volume: number;
  readonly isValueArea: boolean;
  /** POC, VAH, VAL, price, as far as they lie in the row. */
  readonly marks: readonly string[];
}

/** The rows of a profile, neighbours added up until they fit a terminal. */
export function pictureRows(profile: ReportProfile, price: number | null): PictureRow[] {
  const perRow = Math.ceil(profile.rows.length / ROWS_MAX);
  const count = Math.ceil(profile.rows.length / perRow);
  return Array.from({ length: count }, (_, index) => {
    const low = profile.low + index * perRow * profile.rowSize;
    const high = low + perRow * profile.rowSize;
    const has = (value: number | null): boolean => value !== null && value >= low && value < high;
    const marks = [
      has(profile.poc) ? 'POC' : '',
      // The edges of the value area are edges of bins: the row inside has the mark.
      profile.vah > low && profile.vah <= high ? 'VAH' : '',
      has(profile.val) ? 'VAL' : '',
      has(price) ? '◀ price' : '',
    ];
    return {
      low,
      high,
      volume: profile.rows
        .slice(index * perRow, (index + 1) * perRow)
        .reduce((sum, volume) => sum + volume, 0),
      isValueArea: high > profile.val && low < profile.vah,
      marks: marks.filter((mark) => mark !== ''),
    };
  }).reverse();
}

/** The profile as bars of text, highest price first; the value area has a line at its side. */
export function profilePicture(profile: ReportProfile, price: number | null, tick: number): string {
  const rows = pictureRows(profile, price);
  const most = Math.max(...rows.map(({ volume }) => volume));
  const labels = rows.map(({ low, high }) => priceText((low + high) / 2, tick));
  const width = Math.max(...labels.map(({ length }) => length));
  return rows
    .map(({ volume, isValueArea, marks }, index) => {
      const eighths = Math.round((volume / most) * BAR_COLUMNS * 8);
      const bar = '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
      const line = `${labels[index].padStart(width)} ${isValueArea ? '│' : ' '}${bar}`;
      return marks.length === 0 ? line : `${line.padEnd(width + 2 + BAR_COLUMNS)} ${marks.join(' ')}`;
    })
    .join('\n');
}
