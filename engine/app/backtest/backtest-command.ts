import type { EngineConfig } from '../config/config-types.ts';
import { enginePartsOf } from '../config/engine-parts.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { printJson, printNote, printText } from '../cli/output.ts';
import { checkStrategyParams, plannedStrategy, prepareStrategy } from '../strategy/strategy-check.ts';
import { backtestHtml } from './backtest-html.ts';
import type { BacktestResult } from './backtest-result.ts';
import { backtestText } from './backtest-text.ts';
import { checkLookahead, lookaheadText } from './lookahead-check.ts';
import type { MarketTape } from './market-tape.ts';
import type { RunLog } from './run-log.ts';
import { ProgressLine } from './progress-line.ts';
import { queueBand } from './queue-band.ts';
import { readTape } from './read-tape.ts';
import type { TapeSpec } from './read-tape.ts';
import { checkWritable, writeReport } from './result-files.ts';
import { runTape } from './run-backtest.ts';
import type { RunSpec } from './run-backtest.ts';
import { backtestConfig } from './run-models.ts';
import { quoteAssetOf, summariseRun } from './summarise-run.ts';

/** What the command line chose. */
export interface BacktestOptions {
  readonly tape: TapeSpec;
  readonly capital: number;
  readonly fundingFile: string | null;
  /** Whether the run is repeated under the other queue models. */
  readonly band: boolean;
  /** Whether the strategy is tested for looking ahead instead of reported on. */
  readonly checksLookahead: boolean;
  readonly htmlFile: string | null;
  readonly outFile: string | null;
  readonly isJson: boolean;
}

/** Runs a backtest and reports it; returns the exit code. Main thread. */
export async function runBacktestCommand(loaded: EngineConfig, options: BacktestOptions): Promise<number> {
  if (options.htmlFile !== null) checkWritable(options.htmlFile, '--html');
  if (options.outFile !== null) checkWritable(options.outFile, '--out');
  const strategy = await prepareStrategy(enginePartsOf(loaded).strategies[0]);
  try {
    const tape = await readTape(options.tape);
    const config = backtestConfig(loaded, tape.kind);
    checkQuoteAsset(tape.instruments);
    await checkStrategyParams(strategy, tape.instruments);
    const { capital, fundingFile } = options;
    const run: RunSpec = { config, strategy: plannedStrategy(strategy), capital, fundingFile };
    printNote(`${tape.files.join(', ')}: ${tape.eventCount} ${tape.kind}`);
    const progress = new ProgressLine(tape.kind, tape.eventCount);
    const outcome = await runTape(tape, run, (count) => progress.update(count));
    progress.finish();
    if (options.checksLookahead) return await reportLookahead(options, run, tape, outcome.log);
    const alone = summariseRun(tape, run, outcome, []);
    const isQueue = config.fills.model !== 'immediate';
    const band = options.band && isQueue ? await queueBand(options.tape, run, alone) : [];
    report({ ...alone, band }, options);
    return outcome.violations.length === 0 ? EXIT.ok : EXIT.failure;
  } finally {
    await strategy.probe.close();
  }
}

async function reportLookahead(
  options: BacktestOptions,
  run: RunSpec,
  tape: MarketTape,
  log: RunLog,
): Promise<number> {
  const finding = await checkLookahead(options.tape, run, tape, log);
  if (options.isJson) printJson(finding);
  else printText(lookaheadText(finding));
  return finding.differences.length === 0 ? EXIT.ok : EXIT.found;
}

function report(result: BacktestResult, { htmlFile, outFile, isJson }: BacktestOptions): void {
  if (htmlFile !== null) writeReport(htmlFile, backtestHtml(result), '--html');
  if (outFile !== null) writeReport(outFile, `${JSON.stringify(result)}\n`, '--out');
  if (isJson) printJson(result);
  else printText(backtestText(result));
  for (const file of [htmlFile, outFile]) if (file !== null) printNote(`written: ${file}`);
}

function checkQuoteAsset(instruments: Parameters<typeof quoteAssetOf>[0]): void {
  try {
    quoteAssetOf(instruments);
  } catch (error) {
    throw new CliError('BACKTEST_ASSETS', (error as Error).message, EXIT.failure);
  }
}
