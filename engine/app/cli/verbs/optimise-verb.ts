import type { OptimiseOptions } from '../../optimise/optimise-command.ts';
import { SEARCH_METHODS } from '../../optimise/search-method.ts';
import type { SearchMethod } from '../../optimise/search-method.ts';
import {
  DEFAULT_CAPITAL,
  notNegative,
  positiveNumber,
  tapeSpecOf,
  timeMs,
  wholeNumber,
  withParams,
} from '../tape-options.ts';
import type { TapeOptions } from '../tape-options.ts';
import type { Verb, VerbCall } from '../verb.ts';

interface Options extends TapeOptions {
  readonly vary?: readonly string[];
  readonly method?: OptimiseOptions['method'];
  readonly samples?: number;
  readonly objective?: OptimiseOptions['objective'];
  readonly outOfSample?: number;
  readonly walkForward?: number;
  readonly workers?: number;
  readonly top?: number;
  readonly results?: string;
}

/** Out of sample is counted in twentieths of the data. */
const BLOCK_PCT = 5;
const METHODS = Object.keys(SEARCH_METHODS) as SearchMethod[];

/** `shrike optimise --strategy NAME --data FILES --vary name=from:to:step...`. */
export const OPTIMISE_VERB: Verb = {
  readsConfig: true,
  options: [
    {
      flags: '--strategy <name|path>',
      key: 'strategy.name',
      text: 'a shipped strategy or a module of your own',
    },
    { flags: '--data <files...>', text: 'what backtest takes: frames of one stream, or candles' },
    {
      flags: '--vary <name=values...>',
      text: 'a parameter and its values: from:to:step, or a,b,c; random also takes from:to',
    },
    { flags: '--params <name=value...>', text: 'parameters that stay the same' },
    {
      flags: '--method <name>',
      text: Object.entries(SEARCH_METHODS)
        .map(([name, text]) => `${name}: ${text}`)
        .join('; '),
      parse: oneOf(...METHODS),
    },
    { flags: '--samples <n>', text: 'sets of a random search; default 100', parse: wholeNumber(1, 100_000) },
    {
      flags: '--objective <name>',
      text: 'what the best set is chosen by: sharpe (default) or net',
      parse: oneOf('sharpe', 'net'),
    },
    {
      flags: '--out-of-sample <pct>',
      text: 'end of the data that nothing is chosen by, in steps of 5 %; default 30',
      parse: outOfSample,
    },
    {
      flags: '--walk-forward <steps>',
      text: 'choose again at every step through the second half of the data, and test on what follows; 1 to 10',
      parse: wholeNumber(1, 10),
    },
    { flags: '--venue <name>', key: 'venue.name', text: 'in whose words the frames are' },
    {
      flags: '--model <name>',
      key: 'fills.model',
      text: 'queue model of resting orders; auto = power, with candles through',
    },
    { flags: '--capital <n>', text: 'what the account begins with; default 10000', parse: positiveNumber },
    { flags: '--to <time>', text: 'leave later data out: 2024-01-31, with T10:00 UTC, or ms', parse: timeMs },
    { flags: '--from <time>', text: 'leave earlier candles out', parse: timeMs },
    { flags: '--spread-bps <n>', text: 'candles: distance of bid and ask; default 2', parse: notNegative },
    {
      flags: '--depth-pct <n>',
      text: 'candles: size of a level, per cent of the volume; default 1',
      parse: notNegative,
    },
    { flags: '--snapshot <file>', text: 'a REST depth answer to build the book from' },
    { flags: '--funding <file>', text: 'CSV of time_ms,rate: what a perpetual paid' },
    {
      flags: '--workers <n>',
      text: 'threads; default: as many as there are processors',
      parse: wholeNumber(1, 256),
    },
    { flags: '--top <n>', text: 'rows of the table; default 10', parse: wholeNumber(1, 1_000) },
    {
      flags: '--results <file>',
      text: 'where the result of every set is kept; default: a file for this search in the state folder',
    },
    { flags: '--seed <n>', key: 'seed', text: 'seed of everything random' },
  ],
  json: 'end stdout with one JSON result',
  note: 'Interrupted (exit code 75), the same command goes on where it stopped.',
  examples: [
    'shrike optimise --strategy momentum --data btcusdt-5m.csv.gz --params barMs=900000 --vary lookback=5:50:5 thresholdBps=5,10,20',
    'shrike optimise --strategy ./mine.ts --data day1.frames.gz --method random --samples 500 --vary lean=0.2:0.9 --walk-forward 5',
  ],
  run,
};

async function run({ options, sources, isJson }: VerbCall<Options>): Promise<number> {
  const { CliError } = await import('../cli-error.ts');
  const { EXIT } = await import('../exit-codes.ts');
  if (options.data === undefined) throw new CliError('USAGE', 'optimise needs --data FILE...', EXIT.usage);
  if (options.vary === undefined)
    throw new CliError('USAGE', 'optimise needs --vary NAME=FROM:TO:STEP...', EXIT.usage);
  const { loadConfig } = await import('../../config/config.ts');
  const { dropSecretVariables } = await import('../../config/credentials.ts');
  const { resolveStrategyUrl } = await import('../../strategy/strategy-path.ts');
  const { printNote } = await import('../output.ts');
  const { config, warnings } = loadConfig(withParams(sources, options.params ?? []));
  resolveStrategyUrl(config.strategy.name);
  dropSecretVariables(process.env);
  for (const warning of warnings) printNote(`warning: ${warning}`);
  const { runOptimiseCommand } = await import('../../optimise/optimise-command.ts');
  return runOptimiseCommand(config, chosen(options, config.venue.name, isJson));
}

function chosen(options: Options, venue: string, isJson: boolean): OptimiseOptions {
  return {
    tape: tapeSpecOf(options, venue),
    capital: options.capital ?? DEFAULT_CAPITAL,
    fundingFile: options.funding ?? null,
    vary: options.vary!,
    method: options.method ?? METHODS[0],
    samples: options.samples ?? 100,
    objective: options.objective ?? 'sharpe',
    outBlocks: (options.outOfSample ?? 30) / BLOCK_PCT,
    folds: options.walkForward ?? 0,
    topCount: options.top ?? 10,
    workers: options.workers ?? null,
    resultsFile: options.results ?? null,
    isJson,
  };
}

function oneOf<Word extends string>(...words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((known) => known === text);
    if (word !== undefined) return word;
    throw new RangeError(`expected ${words.join(' or ')}`);
  };
}

function outOfSample(text: string): number {
  const value = wholeNumber(0, 90)(text);
  if (value % BLOCK_PCT === 0) return value;
  throw new RangeError('expected 0 to 90 in steps of 5');
}
