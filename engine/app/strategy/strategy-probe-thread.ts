/** Where the thread begins that tries a strategy out before the engine trusts it with one of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Instrument } from '../../core/instrument.ts';
import type { StrategyParams } from '../../strategy/port.ts';
import { CliError } from '../cli/cli-error.ts';
import { loadFactory, makeChecked, requireFactory } from './strategy-factory.ts';
import type { StrategyDescription } from './strategy-factory.ts';

/** What the probe is asked for. */
export interface ProbeOrder {
  readonly params: StrategyParams;
  readonly instruments: readonly Instrument[];
}

/** What it answers: to its start that the module is loaded and what it says of itself, to each order that the strategy was made. */
export type ProbeAnswer =
  | { readonly isGood: true; readonly description: StrategyDescription | null }
  | { readonly isGood: false; readonly code: string; readonly message: string };

const { url, name, isAtOnce } = workerData as {
  readonly url: string;
  readonly name: string;
  readonly isAtOnce: boolean;
};
const port = parentPort!;

function answer(error: unknown): ProbeAnswer {
  if (error instanceof CliError) return { isGood: false, code: error.code, message: error.message };
  return { isGood: false, code: 'STRATEGY_UNLOADABLE', message: String(error) };
}

try {
  // Nothing but the module keeps this thread alive now: one that waits for what never comes ends it.
  const { create, description } = isAtOnce ? requireFactory(url) : await loadFactory(url);
  port.on('message', ({ params, instruments }: ProbeOrder) => {
    try {
      makeChecked(name, create, params, instruments);
      port.postMessage({ isGood: true, description } satisfies ProbeAnswer);
    } catch (error) {
      port.postMessage(answer(error));
    }
  });
  port.postMessage({ isGood: true, description } satisfies ProbeAnswer);
} catch (error) {
  port.postMessage(answer(error));
}
