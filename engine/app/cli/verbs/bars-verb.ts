import type { CandleColumns } from '../../../analysis/bars/candle-columns.ts';
import type { CandleProblem } from '../../../analysis/bars/candle-error.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printNote, printText } from '../output.ts';
import { table } from '../text-table.ts';
import type { Verb, VerbCall } from '../verb.ts';

/** `shrike bars verify|convert`. */
export const BARS_VERB: Verb = {
  name: 'bars',
  text: 'candles in files: check them, make longer ones',
  verbs: [
    {
      name: 'verify',
      text: 'check every row of CSV files of candles; exit 3 with row, column and reason of what is wrong',
      operands: [{ name: '<file...>', text: 'CSV, also .gz: open_time_ms,open,high,low,close,volume' }],
      json: 'one JSON object',
      examples: ['shrike bars verify btcusdt-5m.csv.gz btcusdt-1h.csv'],
      run: verify,
    },
    {
      name: 'convert',
      text: 'print the candles of a longer timeframe as CSV; a candle with a missing part is left out',
      operands: [
        { name: '<file>', text: 'CSV, also .gz' },
        { name: '<timeframe>', text: '5m, 15m, 1h, 4h, 1d or 1w' },
      ],
      examples: ['shrike bars convert btcusdt-5m.csv.gz 1h > btcusdt-1h.csv'],
      run: convert,
    },
  ],
};

interface Checked {
  readonly file: string;
  readonly timeframe: string;
  readonly candles: number;
  /** Opening times, ISO. */
  readonly first: string;
  readonly last: string;
  readonly missing: number;
}

async function verify({ operands: [files], isJson }: VerbCall): Promise<number> {
  const { CandleError } = await import('../../../analysis/bars/candle-error.ts');
  const { missingCount } = await import('../../../analysis/bars/candle-columns.ts');
  const { readCandleFile } = await import('../../../analysis/bars/candle-file.ts');
  const checked: Checked[] = [];
  const problems: { file: string; message: string; found: readonly CandleProblem[] }[] = [];
  for (const file of files as string[]) {
    try {
      const candles = await readCandleFile(file);
      checked.push({ file, ...summaryOf(candles), missing: missingCount(candles) });
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

function summaryOf({ timeframe, openTimesMs }: CandleColumns): Omit<Checked, 'file' | 'missing'> {
  const { length } = openTimesMs;
  const first = new Date(openTimesMs[0]).toISOString();
  return {
    timeframe: timeframe.name,
    candles: length,
    first,
    last: new Date(openTimesMs[length - 1]).toISOString(),
  };
}

async function convert({ operands: [file, name] }: VerbCall): Promise<number> {
  const { CandleAggregator } = await import('../../../analysis/bars/aggregate.ts');
  const { candleAt } = await import('../../../analysis/bars/candle-columns.ts');
  const { readCandleFile } = await import('../../../analysis/bars/candle-file.ts');
  const { timeframeNamed, TIMEFRAME_NAMES } = await import('../../../analysis/bars/timeframe.ts');
  const { CliError } = await import('../cli-error.ts');
  const to = timeframeNamed(name as string);
  if (to === null)
    throw new CliError('USAGE', `no timeframe "${name as string}"; there are ${TIMEFRAME_NAMES}`, EXIT.usage);
  const candles = await readCandleFile(file as string);
  const { timeframe } = candles;
  if (to.lengthMs <= timeframe.lengthMs)
    throw new CliError(
      'USAGE',
      `${file as string} has candles of ${timeframe.name}: ${to.name} is not longer`,
      EXIT.usage,
    );
  const aggregator = new CandleAggregator(timeframe, to);
  const lines = ['open_time_ms,open,high,low,close,volume'];
  for (let index = 0; index < candles.openTimesMs.length; index++) {
    const made = aggregator.push(candleAt(candles, index));
    if (made === null) continue;
    lines.push(
      `${made.openTimeMs},${made.open},${made.high},${made.low},${made.close},${Number(made.volume.toPrecision(15))}`,
    );
  }
  printText(lines.join('\n'));
  if (aggregator.gapCount > 0)
    printNote(`${aggregator.gapCount} candles of ${to.name} left out: parts of them are missing`);
  return EXIT.ok;
}
