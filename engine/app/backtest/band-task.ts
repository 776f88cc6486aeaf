import type { BandMember } from './backtest-result.ts';
import type { MarketTape } from './market-tape.ts';
import { readTape } from './read-tape.ts';
import type { TapeSpec } from './read-tape.ts';
import { runTape } from './run-backtest.ts';
import type { RunSpec } from './run-backtest.ts';
import { bandMember, summariseRun } from './summarise-run.ts';

/** One run of the band. */
export interface BandTask {
  readonly tape: TapeSpec;
  readonly run: RunSpec;
  readonly model: string;
}

/** The data a pool thread has read last: all runs of a band play the same. */
let lastTape: { readonly key: string; readonly tape: MarketTape } | null = null;

/** The pool's worker file: one run under one model, its short form. Runs on a pool thread; a throw rejects the task. */
export async function bandTask({ tape: spec, run, model }: BandTask): Promise<BandMember> {
  const key = JSON.stringify(spec);
  if (lastTape?.key !== key) lastTape = { key, tape: await readTape(spec) };
  const { tape } = lastTape;
  return bandMember(model, summariseRun(tape, run, await runTape(tape, run, () => {}), []));
}
