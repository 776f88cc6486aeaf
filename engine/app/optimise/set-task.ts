import { CliError } from '../cli/cli-error.ts';
import { periodReturns, equityFigures } from '../backtest/equity-figures.ts';
import type { MarketTape } from '../backtest/market-tape.ts';
import { readTape } from '../backtest/read-tape.ts';
import type { TapeSpec } from '../backtest/read-tape.ts';
import { roundTrips } from '../backtest/round-trips.ts';
import { runTape } from '../backtest/run-backtest.ts';
import type { RunSpec } from '../backtest/run-backtest.ts';
import { loadFactory, makeChecked } from '../strategy/strategy-factory.ts';
import type { ParameterValue } from './parameter-range.ts';
import { blockSums } from './block-sums.ts';
import type { SetResult } from './set-result.ts';

/** One run: the parameters of `run.strategy` with these in front of them. */
export interface SetTask {
  readonly set: number;
  readonly tape: TapeSpec;
  readonly run: RunSpec;
  readonly params: Readonly<Record<string, ParameterValue>>;
}

/** The data this thread has read last: all runs play the same. */
let lastTape: { readonly key: string; readonly tape: MarketTape } | null = null;

/**
 * The pool's worker file: one backtest, its short form. A set that the strategy refuses is a result; anything else that
 * goes wrong rejects the task.
 */
export async function setTask({ set, tape: spec, run, params }: SetTask): Promise<SetResult> {
  const key = JSON.stringify(spec);
  if (lastTape?.key !== key) lastTape = { key, tape: await readTape(spec) };
  const { tape } = lastTape;
  const strategy = { ...run.strategy, params: { ...run.strategy.params, ...params } };
  const refused = await refusal(strategy, tape);
  if (refused !== null) return { set, refused, trades: 0, net: 0, maxDrawdown: 0, sums: [] };
  const { log, stepNs } = await runTape(tape, { ...run, strategy }, () => {});
  const { net, maxDrawdown } = equityFigures(log.equity, run.capital, stepNs);
  const returns = periodReturns(log.equity, run.capital);
  const sums = blockSums(
    returns,
    log.equity.map(({ equity }) => equity),
  );
  const trips = roundTrips(log.fills, tape.instruments, log.markTicks, log.equity.at(-1)!.atNs);
  return {
    set,
    refused: null,
    trades: trips.length,
    net: short(net),
    maxDrawdown: short(maxDrawdown),
    sums: sums.map(short),
  };
}

/** The strategy's own words when it does not take these parameters. */
async function refusal({ name, url, params }: RunSpec['strategy'], tape: MarketTape): Promise<string | null> {
  const { create } = await loadFactory(url);
  try {
    makeChecked(name, create, params, tape.instruments);
    return null;
  } catch (error) {
    if (error instanceof CliError && error.code === 'STRATEGY_PARAMS') return error.message;
    throw error;
  }
}

/** Digits that carry meaning; a line of the results file stays short. */
function short(value: number): number {
  return Number(value.toPrecision(12));
}
