import { CandleAggregator } from '../../analysis/bars/aggregate.ts';
import { candleAt } from '../../analysis/bars/candle-columns.ts';
import { readCandleFile } from '../../analysis/bars/candle-file.ts';
import type { Timeframe } from '../../analysis/bars/timeframe.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { printNote, printText } from '../cli/output.ts';
import { csvLine, CSV_HEADER } from './csv-text.ts';

/** `bars convert FILE TIMEFRAME`: longer candles as CSV on stdout. */
export async function convertFile(file: string, to: Timeframe): Promise<number> {
  const candles = await readCandleFile(file);
  const { timeframe } = candles;
  if (to.lengthMs <= timeframe.lengthMs) {
    const message = `${file} has candles of ${timeframe.name}: ${to.name} is not longer`;
    throw new CliError('USAGE', message, EXIT.usage);
  }
  const aggregator = new CandleAggregator(timeframe, to);
  const lines = [CSV_HEADER];
  for (let index = 0; index < candles.openTimesMs.length; index++) {
    const made = aggregator.push(candleAt(candles, index));
    if (made === null) continue;
    const { openTimeMs, open, high, low, close, volume } = made;
    // Sums of decimals end in noise that their parts do not have.
    lines.push(csvLine(openTimeMs, open, high, low, close, Number(volume.toPrecision(15))));
  }
  printText(lines.join('\n'));
  if (aggregator.gapCount > 0)
    printNote(`${aggregator.gapCount} candles of ${to.name} left out: parts of them are missing`);
  return EXIT.ok;
}
