import type { CandleColumns } from '../../analysis/bars/candle-columns.ts';
import { readCandleFile, symbolOfFileName } from '../../analysis/bars/candle-file.ts';
import { TIMEFRAMES } from '../../analysis/bars/timeframe.ts';
import type { HistorySource } from '../../analysis/live/history-source.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { aggregated, sliceOf } from './symbol-candles.ts';

/**
 * Files of candles as a source of history; longer timeframes that no file has are made from the shortest.
 * @throws CliError when a file's name begins with no symbol; CandleError when a file is wrong
 */
export async function readCandleSource(files: readonly string[]): Promise<HistorySource> {
  const bySymbol = new Map<string, CandleColumns[]>();
  for (const file of files) {
    const symbol = symbolOfFileName(file);
    if (symbol === null)
      throw new CliError(
        'CANDLES_NO_SYMBOL',
        `${file}: analysis.candles wants names that begin with symbol and timeframe: btcusdt-5m.csv`,
        EXIT.config,
      );
    bySymbol.set(symbol, [...(bySymbol.get(symbol) ?? []), await readCandleFile(file)]);
  }
  for (const columns of bySymbol.values()) {
    columns.sort((a, b) => a.timeframe.slot - b.timeframe.slot);
    const [shortest] = columns;
    const missing = TIMEFRAMES.filter(
      ({ slot }) =>
        slot > shortest.timeframe.slot && !columns.some(({ timeframe }) => timeframe.slot === slot),
    );
    columns.push(...missing.map((timeframe) => aggregated(shortest, timeframe)));
  }
  return {
    read: (_venue, symbol, { slot }, fromMs, toMs) => {
      const found = bySymbol.get(symbol)?.find(({ timeframe }) => timeframe.slot === slot);
      return found === undefined ? null : sliceOf(found, fromMs, toMs);
    },
  };
}
