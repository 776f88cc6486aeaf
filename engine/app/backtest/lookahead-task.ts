import type { Decision } from './run-log.ts';
import { readTape } from './read-tape.ts';
import type { TapeSpec } from './read-tape.ts';
import { runTape } from './run-backtest.ts';
import type { RunSpec } from './run-backtest.ts';

/** A run over the beginning of the data. */
export interface LookaheadTask {
  readonly tape: TapeSpec;
  readonly run: RunSpec;
}

/** What a rerun decided, and until when it saw data. */
export interface Rerun {
  /** monoNs of its last event. */
  readonly lastNs: number;
  readonly decisions: readonly Decision[];
}

/** The pool's worker file: runs the strategy in a thread that has never seen the rest of the data. */
export async function lookaheadTask({ tape: spec, run }: LookaheadTask): Promise<Rerun> {
  const tape = await readTape(spec);
  const { log } = await runTape(tape, run, () => {});
  return { lastNs: tape.lastNs, decisions: log.decisions };
}
