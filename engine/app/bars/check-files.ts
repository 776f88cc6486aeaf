import { missingCount, type CandleColumns } from '../../analysis/bars/candle-columns.ts';
import { CandleError, type CandleProblem } from '../../analysis/bars/candle-error.ts';
import { readCandleFile } from '../../analysis/bars/candle-file.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { printJson, printText } from '../cli/output.ts';
import { table } from '../cli/text-table.ts';

interface Checked {
  readonly file: string;
  readonly timeframe: string;
  readonly candles: number;
  /** Opening times, ISO. */
  readonly first: string;
  readonly last: string;
  readonly missing: number;
}

/** `bars verify FILE...`: every row of every file; exit 3 when one is wrong. */
export async function checkFiles(files: readonly string[], isJson: boolean): Promise<number> {
  const checked: Checked[] = [];
  const problems: { file: string; message: string; found: readonly CandleProblem[] }[] = [];
  for (const file of files) {
    try {
      checked.push(summaryOf(file, await readCandleFile(file)));
    } catch (error) {
      if (!(error instanceof CandleError)) throw error;
      problems.push({ file, message: error.message, found: error.found });
    }
  }
  const ok = problems.length === 0;
  if (isJson) printJson({ schema: 'shrike.bars-verify/1', ok, files: checked, problems });
  else {
    const rows = checked.map(({ file, timeframe, candles, first, last, missing }) => {
      return [file, timeframe, `${candles}`, first, last, `${missing}`];
    });
    const head = ['file', 'timeframe', 'candles', 'first', 'last', 'missing'];
    if (rows.length > 0) printText(table([head, ...rows]));
    for (const { message } of problems) printText(message);
  }
  return ok ? EXIT.ok : EXIT.found;
}

function summaryOf(file: string, candles: CandleColumns): Checked {
  const { timeframe, openTimesMs } = candles;
  const { length } = openTimesMs;
  return {
    file,
    timeframe: timeframe.name,
    candles: length,
    first: new Date(openTimesMs[0]).toISOString(),
    last: new Date(openTimesMs[length - 1]).toISOString(),
    missing: missingCount(candles),
  };
}
