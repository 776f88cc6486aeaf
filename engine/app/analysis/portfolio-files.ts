import { readCandleFile, symbolOfFileName } from '../../analysis/bars/candle-file.ts';
import { requireTimeframe } from '../../analysis/bars/timeframe.ts';
import { type HourlyReturns, hourlyReturnsOf } from '../../analysis/portfolio/hourly-returns.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { aggregated } from './symbol-candles.ts';

const HOUR = requireTimeframe('1h');

/**
 * Reads the hourly returns of symbols, a file each; shorter candles are made into hours.
 * @throws CliError for a file whose name says no symbol, a symbol twice, or candles longer than an hour
 */
export async function readPortfolio(files: readonly string[]): Promise<HourlyReturns[]> {
  const series: HourlyReturns[] = [];
  for (const file of files) {
    const symbol = symbolOfFileName(file);
    if (symbol === null)
      throw new CliError('CANDLES_NO_SYMBOL', `${file}: its name does not begin with a symbol`, EXIT.usage);
    if (series.some((one) => one.symbol === symbol))
      throw new CliError('CANDLES_TWICE', `two files have candles of ${symbol}`, EXIT.usage);
    const candles = await readCandleFile(file);
    if (candles.timeframe.slot > HOUR.slot)
      throw new CliError(
        'CANDLES_TOO_LONG',
        `${file} has ${candles.timeframe.name} candles, not hours`,
        EXIT.usage,
      );
    series.push(hourlyReturnsOf(symbol, candles.timeframe === HOUR ? candles : aggregated(candles, HOUR)));
  }
  return series;
}

/** Positions as `SYMBOL=quantity`. @throws CliError for another form, or a symbol there are no candles of */
export function positionsOf(words: readonly string[], series: readonly HourlyReturns[]): Map<string, number> {
  const positions = new Map<string, number>();
  for (const word of words) {
    const [, symbol = '', text = ''] = /^(.+)=([+-]?[\d.]+(?:e[+-]?\d+)?)$/i.exec(word) ?? [];
    const quantity = Number(text);
    if (symbol === '' || !Number.isFinite(quantity))
      throw new CliError('USAGE', `--position ${word}: expected SYMBOL=quantity`, EXIT.usage);
    const name = series.some((one) => one.symbol === symbol) ? symbol : symbol.toUpperCase();
    if (!series.some((one) => one.symbol === name))
      throw new CliError('USAGE', `--position ${word}: there are no candles of ${name}`, EXIT.usage);
    positions.set(name, quantity);
  }
  return positions;
}
