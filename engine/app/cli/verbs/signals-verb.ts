import type { Outcome } from '../../../analysis/signals/signal-outcome.ts';
import type { Signal } from '../../../analysis/signals/signal.ts';
import type { SymbolAnalysis } from '../../../analysis/symbol/symbol-analysis.ts';
import type { FeatureLog } from '../../analysis/feature-log.ts';
import type { LiveSignalsOptions } from '../../analysis/live-signals.ts';
import { WHICH_ENGINE } from '../ask-engine.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printText } from '../output.ts';
import type { Verb, VerbCall } from '../verb.ts';

interface SignalsOptions extends LiveSignalsOptions {
  readonly data?: readonly string[];
  readonly feeBps?: number;
  readonly features?: boolean;
}

/** `shrike signals [SYMBOL]`, of a running engine or, with `--data`, of files. */
export const SIGNALS_VERB: Verb = {
  operands: [{ name: '[symbol]', text: 'BTCUSDT; of a running engine, default: all' }],
  readsConfig: true,
  options: [
    {
      flags: '--data <files...>',
      text: 'CSV, also .gz, instead of a running engine; longer timeframes without a file are made from the shortest',
    },
    { flags: '--fee-bps <number>', text: 'fee of entry and exit each; default 10', parse: numberFrom(0) },
    { flags: '--last <count>', text: 'signals listed; default 20, 0 = all', parse: numberFrom(0) },
    {
      flags: '--features',
      text: 'of files, in JSON: the features of each moment (shrike.features/1), to train models on',
    },
    { flags: '--follow', text: 'go on with what comes, until the engine ends' },
    ...WHICH_ENGINE,
  ],
  json: 'one JSON object: signals with their outcomes, statistics, and what the living ones say together; with --follow a line each',
  note: `A signal lives 3 bars of its timeframe and is followed for 9: target, stop (also when one bar reaches both), expired.
A running engine counts outcomes of the bars from before its start too.`,
  examples: [
    'shrike signals',
    'shrike signals BTCUSDT --follow --json',
    'shrike signals BTCUSDT --data btcusdt-5m.csv.gz',
    'shrike signals BTCUSDT --data btcusdt-*.csv --json',
  ],
  run,
};

async function run(call: VerbCall<SignalsOptions>): Promise<number> {
  const [symbol] = call.operands as readonly (string | undefined)[];
  if (call.options.data === undefined) {
    const { showLiveSignals } = await import('../../analysis/live-signals.ts');
    return showLiveSignals(call, symbol);
  }
  const { CliError } = await import('../cli-error.ts');
  if (symbol === undefined)
    throw new CliError(
      'USAGE',
      'signals of files needs the symbol: signals SYMBOL --data FILE...',
      EXIT.usage,
    );
  if (call.options.follow === true)
    throw new CliError('USAGE', '--follow is for a running engine, not for files', EXIT.usage);
  return ofFiles(symbol, call.options.data, call);
}

async function ofFiles(
  symbol: string,
  files: readonly string[],
  { options, isJson }: VerbCall<SignalsOptions>,
): Promise<number> {
  const { feedInOrder, readSymbolCandles } = await import('../../analysis/symbol-candles.ts');
  const { SymbolAnalysis } = await import('../../../analysis/symbol/symbol-analysis.ts');
  const { SymbolSignals } = await import('../../../analysis/signals/symbol-signals.ts');
  const { mergeSignals } = await import('../../../analysis/signals/merge-signals.ts');
  const { outcomeStatistics } = await import('../../../analysis/signals/outcome-statistics.ts');
  const { calibrateConfidence } = await import('../../../analysis/models/confidence-calibration.ts');
  const { judgeModels } = await import('../../../analysis/models/judge-models.ts');
  const { calibrationText, mergedJson, signalJson, signalsText } =
    await import('../../analysis/signals-text.ts');
  const candles = await readSymbolCandles(symbol, files);
  const timeframes = candles.columns.map(({ timeframe }) => timeframe);
  const signals: Signal[] = [];
  const outcomes = new Map<Signal, Outcome>();
  const analysis = new SymbolAnalysis(candles.symbol, timeframes, candles.tick);
  const features = options.features === true ? await featureLog(analysis) : null;
  const run = new SymbolSignals(analysis, options.feeBps ?? 10, {
    onSignal: (signal) => {
      signals.push(signal);
      features?.note(signal);
    },
    onOutcome: (outcome) => outcomes.set(outcome.signal, outcome),
  });
  let nowMs = NaN;
  feedInOrder(run, candles.columns, (closeTimeMs) => (nowMs = closeTimeMs));
  const merged = mergeSignals(run.book.alive(nowMs));
  const statistics = outcomeStatistics([...outcomes.values()]);
  const calibration = calibrateConfidence([...outcomes.values()]);
  const models = judgeModels([...outcomes.values()]);
  if (isJson) {
    printJson({
      schema: 'shrike.signals/1',
      symbol: candles.symbol,
      nowMs,
      repeats: run.book.repeatCount,
      rewardless: run.rewardlessCount,
      signals: signals.map((signal) => ({
        ...signalJson(signal, outcomes.get(signal) ?? null),
        ...features?.of(signal),
      })),
      ...features?.names,
      merged: mergedJson(merged),
      statistics,
      calibration,
      models,
    });
  } else {
    const shown = signals.slice(-(options.last ?? 20) || signals.length);
    const text = signalsText(shown, outcomes, merged, statistics, candles.tick);
    printText(`${text}\n\n${calibrationText(calibration, models)}`);
  }
  return EXIT.ok;
}

async function featureLog(analysis: SymbolAnalysis): Promise<FeatureLog> {
  const { FeatureLog: Log } = await import('../../analysis/feature-log.ts');
  return new Log(analysis);
}

function numberFrom(low: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= low) return value;
    throw new RangeError(`expected a number from ${low}`);
  };
}
