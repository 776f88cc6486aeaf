import { EXIT } from '../exit-codes.ts';
import { printJson, printText } from '../output.ts';
import type { Verb, VerbCall } from '../verb.ts';

interface AnalyseOptions {
  readonly data?: readonly string[];
  readonly md?: boolean;
  readonly html?: boolean;
}

/** `shrike analyse SYMBOL --data FILES`. */
export const ANALYSE_VERB: Verb = {
  operands: [{ name: '<symbol>', text: 'BTCUSDT' }],
  options: [
    {
      flags: '--data <files...>',
      text: 'CSV, also .gz: open_time_ms,open,high,low,close,volume; longer timeframes without a file are made from the shortest',
    },
    { flags: '--md', text: 'as Markdown' },
    { flags: '--html', text: 'as one HTML page that loads nothing' },
  ],
  json: 'one JSON object, schema shrike.report/1',
  note: 'The report is as of the last close of the shortest timeframe. An opinion made of past prices, no advice.',
  examples: [
    'shrike analyse BTCUSDT --data btcusdt-5m.csv.gz',
    'shrike analyse BTCUSDT --data btcusdt-*.csv.gz --html > btcusdt.html',
  ],
  run,
};

async function run({ operands: [symbol], options, isJson }: VerbCall<AnalyseOptions>): Promise<number> {
  const { CliError } = await import('../cli-error.ts');
  if (options.data === undefined) throw new CliError('USAGE', 'analyse needs --data FILE...', EXIT.usage);
  if ([isJson, options.md === true, options.html === true].filter(Boolean).length > 1)
    throw new CliError('USAGE', 'choose one of --json, --md and --html', EXIT.usage);
  const { analysisOf, readSymbolCandles } = await import('../../analysis/symbol-candles.ts');
  const { reportInputsOf } = await import('../../../analysis/report/report-inputs.ts');
  const { makeReport } = await import('../../../analysis/report/make-report.ts');
  const { report } = makeReport(
    reportInputsOf(analysisOf(await readSymbolCandles(symbol as string, options.data))),
  );
  if (isJson) printJson(report);
  else if (options.md === true)
    printText((await import('../../analysis/report-markdown.ts')).reportMarkdown(report));
  else if (options.html === true)
    printText((await import('../../analysis/report-html.ts')).reportHtml(report));
  else printText((await import('../../analysis/report-text.ts')).reportText(report));
  return EXIT.ok;
}
