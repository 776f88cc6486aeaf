import { readCandleFile, symbolOfFileName } from '../../analysis/bars/candle-file.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { sliceOf } from '../analysis/symbol-candles.ts';
import { candleInstrument } from './candle-instrument.ts';
import { CandleTape } from './candle-tape.ts';
import type { CandleBook, CandleSeries } from './candle-tape.ts';

/**
 * Reads CSV candles, one file for each symbol, whose name it begins with. Throws CliError for files that do not go
 * together, CandleError for one that is wrong, with file, row and column.
 */
export async function readCandleTape(
  files: readonly string[],
  venue: string,
  fromMs: number | null,
  toMs: number | null,
  book: CandleBook,
): Promise<CandleTape> {
  const series: CandleSeries[] = [];
  for (const file of files) {
    const symbol = symbolOfFileName(file);
    if (symbol === null)
      throw refused(`${file}: the name does not begin with a symbol and a timeframe, such as btcusdt-5m.csv`);
    const other = series.find(({ instrument }) => instrument.symbol === symbol);
    if (other !== undefined)
      throw refused(
        `${file}: there is a file of ${symbol} already; longer bars are made from the shortest candles`,
      );
    const whole = await readCandleFile(file);
    const columns = sliceOf(whole, fromMs ?? -Infinity, toMs ?? Infinity);
    if (columns.openTimesMs.length === 0) throw refused(`${file}: no candle lies between --from and --to`);
    series.push({ instrument: candleInstrument(symbol, venue, series.length, whole), columns });
  }
  checkTimeframes(series, files);
  return new CandleTape(series, files, book);
}

function checkTimeframes(series: readonly CandleSeries[], files: readonly string[]): void {
  const [first, ...others] = series.map(({ columns }) => columns.timeframe.name);
  const place = others.findIndex((name) => name !== first);
  if (place >= 0)
    throw refused(
      `${files[place + 1]} has candles of ${others[place]} and ${files[0]} of ${first}: give one timeframe`,
    );
}

/** Whether a file is one of candles, by its ending. */
export function isCandleFile(file: string): boolean {
  return /\.csv(?:\.gz)?$/i.test(file);
}

function refused(message: string): CliError {
  return new CliError('BACKTEST_CANDLES', message, EXIT.failure);
}
