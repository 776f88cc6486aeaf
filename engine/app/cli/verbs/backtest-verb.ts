import type { BacktestOptions } from '../../backtest/backtest-command.ts';
import {
  DEFAULT_CAPITAL,
  notNegative,
  positiveNumber,
  tapeSpecOf,
  timeMs,
  withParams,
} from '../tape-options.ts';
import type { TapeOptions } from '../tape-options.ts';
import type { Verb, VerbCall } from '../verb.ts';

interface Options extends TapeOptions {
  readonly band?: boolean;
  readonly checkLookahead?: boolean;
  readonly html?: string;
  readonly out?: string;
}

/** `shrike backtest --strategy NAME --data FILES` and `shrike backtest compare A B`. */
export const BACKTEST_VERB: Verb = {
  readsConfig: true,
  options: [
    {
      flags: '--strategy <name|path>',
      key: 'strategy.name',
      text: 'a shipped strategy or a module of your own',
    },
    {
      flags: '--data <files...>',
      text: 'recorded frames (.frames.gz) of one stream, in order of time; or candles (.csv, .csv.gz), a file a symbol',
    },
    { flags: '--params <name=value...>', text: 'parameters of the strategy' },
    { flags: '--venue <name>', key: 'venue.name', text: 'in whose words the frames are' },
    {
      flags: '--model <name>',
      key: 'fills.model',
      text: 'queue model of resting orders; auto = power, with candles through',
    },
    { flags: '--no-band', text: 'do not repeat the run under the other queue models' },
    {
      flags: '--check-lookahead',
      text: 'rerun over the beginnings of the data: decisions must not depend on what came later; exit 3 if they do',
    },
    {
      flags: '--capital <n>',
      text: 'what the account begins with, the base of returns; default 10000',
      parse: positiveNumber,
    },
    { flags: '--to <time>', text: 'leave later data out: 2024-01-31, with T10:00 UTC, or ms', parse: timeMs },
    { flags: '--from <time>', text: 'leave earlier candles out', parse: timeMs },
    {
      flags: '--spread-bps <n>',
      text: 'candles: distance of bid and ask in the made-up book; default 2',
      parse: notNegative,
    },
    {
      flags: '--depth-pct <n>',
      text: "candles: size of a level in it, per cent of the candle's volume; default 1",
      parse: notNegative,
    },
    { flags: '--snapshot <file>', text: 'a REST depth answer to build the book from' },
    { flags: '--funding <file>', text: 'CSV of time_ms,rate: what a perpetual paid' },
    { flags: '--html <file>', text: 'write the report as one page that loads nothing' },
    { flags: '--out <file>', text: 'write the JSON result to a file as well' },
    { flags: '--seed <n>', key: 'seed', text: 'seed of everything random' },
  ],
  json: 'end stdout with one JSON result',
  note: 'The same data, configuration and seed give the same digest. Fees are those of [paper] and fills.feeTiers.',
  examples: [
    'shrike backtest --strategy momentum --data btcusdt.frames.gz --venue binance-spot',
    'shrike backtest --strategy ./mine.ts --data day1.frames.gz day2.frames.gz --params lean=0.5 --html mine.html',
    'shrike backtest --strategy momentum --data btcusdt-5m.csv.gz --params barMs=900000 --from 2024-02-01',
    'shrike backtest compare a.json b.json',
  ],
  verbs: [
    {
      name: 'compare',
      text: 'what differs between two results: settings, figures, round trips',
      operands: [
        { name: '<a>', text: 'what backtest --json printed, or --out wrote' },
        { name: '<b>', text: 'another one' },
      ],
      json: 'one JSON object',
      examples: ['shrike backtest compare a.json b.json'],
      run: compare,
    },
  ],
  run,
};

async function run({ options, sources, isJson }: VerbCall<Options>): Promise<number> {
  const { CliError } = await import('../cli-error.ts');
  const { EXIT } = await import('../exit-codes.ts');
  if (options.data === undefined) throw new CliError('USAGE', 'backtest needs --data FILE...', EXIT.usage);
  const { loadConfig } = await import('../../config/config.ts');
  const { dropSecretVariables } = await import('../../config/credentials.ts');
  const { resolveStrategyUrl } = await import('../../strategy/strategy-path.ts');
  const { printNote } = await import('../output.ts');
  const { config, warnings } = loadConfig(withParams(sources, options.params ?? []));
  resolveStrategyUrl(config.strategy.name);
  dropSecretVariables(process.env);
  for (const warning of warnings) printNote(`warning: ${warning}`);
  const { runBacktestCommand } = await import('../../backtest/backtest-command.ts');
  return runBacktestCommand(config, chosen(options, config.venue.name, isJson));
}

function chosen(options: Options, venue: string, isJson: boolean): BacktestOptions {
  return {
    tape: tapeSpecOf(options, venue),
    capital: options.capital ?? DEFAULT_CAPITAL,
    fundingFile: options.funding ?? null,
    band: options.band !== false,
    checksLookahead: options.checkLookahead === true,
    htmlFile: options.html ?? null,
    outFile: options.out ?? null,
    isJson,
  };
}

async function compare({ operands: [a, b], isJson }: VerbCall): Promise<number> {
  const { readResult } = await import('../../backtest/result-files.ts');
  const { compareResults, comparisonText } = await import('../../backtest/compare-results.ts');
  const { printJson, printText } = await import('../output.ts');
  const { EXIT } = await import('../exit-codes.ts');
  const comparison = compareResults(readResult(a as string), readResult(b as string));
  if (isJson) printJson(comparison);
  else printText(comparisonText(comparison, a as string, b as string));
  return EXIT.ok;
}
