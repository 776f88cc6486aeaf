import { EXIT } from '../exit-codes.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../text-table.ts';
import type { Verb, VerbCall } from '../verb.ts';

interface MtfOptions {
  readonly data?: readonly string[];
}

/** `shrike mtf SYMBOL --data FILES`. */
export const MTF_VERB: Verb = {
  operands: [{ name: '<symbol>', text: 'BTCUSDT' }],
  options: [
    {
      flags: '--data <files...>',
      text: 'CSV, also .gz: open_time_ms,open,high,low,close,volume; longer timeframes without a file are made from the shortest',
    },
  ],
  json: "one JSON object: the symbol's context and output",
  examples: [
    'shrike mtf BTCUSDT --data btcusdt-5m.csv.gz',
    'shrike mtf BTCUSDT --data btcusdt-*.csv.gz --json',
  ],
  run,
};

async function run({ operands: [symbol], options, isJson }: VerbCall<MtfOptions>): Promise<number> {
  const { CliError } = await import('../cli-error.ts');
  if (options.data === undefined) throw new CliError('USAGE', 'mtf needs --data FILE...', EXIT.usage);
  const { analysisOf, readSymbolCandles } = await import('../../analysis/symbol-candles.ts');
  const { buildContext } = await import('../../../analysis/symbol/build-context.ts');
  const { outputOf } = await import('../../../analysis/symbol/output.ts');
  const { ANCHOR } = await import('../../../analysis/symbol/symbol-analysis.ts');
  const candles = await readSymbolCandles(symbol as string, options.data);
  const analysis = analysisOf(candles);
  const profiles = analysis.profiles.read(analysis.of(ANCHOR));
  const context = buildContext(analysis, profiles);
  const output = outputOf(context, analysis.tick);
  if (isJson) {
    printJson({ schema: 'shrike.mtf/1', context, output });
    return EXIT.ok;
  }
  const { absentLines, metricTable } = await import('../../analysis/metric-table.ts');
  const { fixedText, priceText, signedText, timeText } = await import('../../analysis/analysis-numbers.ts');
  const { confluence, agreement, confA, hold, reasons, side } = output;
  const answer = hold ? `hold (${reasons.join(', ')})` : side > 0 ? 'long' : 'short';
  const price = (value: number | null | undefined): string => priceText(value, analysis.tick);
  printText(
    [
      `${context.s}  ${timeText(context.ts)}  ${price(context.p)}`,
      '',
      table(metricTable(context.tf)),
      '',
      `confluence ${signedText(confluence, 1)}, agreement ${fixedText(agreement, 2)}, confA ${confA}: ${answer}`,
      `24 h profile: value area ${price(context.vp?.val)} to ${price(context.vp?.vah)}, point of control ` +
        `${price(context.vp?.poc)}, score ${fixedText(profiles?.score, 0)} of 100`,
      ...absentLines(context).map((line) => `absent in ${line}`),
    ].join('\n'),
  );
  return EXIT.ok;
}
