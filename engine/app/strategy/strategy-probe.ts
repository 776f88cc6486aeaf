import { Worker } from 'node:worker_threads';
import type { Instrument } from '../../core/instrument.ts';
import { siblingModule } from '../../core/sibling-module.ts';
import type { StrategyParams } from '../../strategy/port.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { StrategyDescription } from './strategy-factory.ts';
import type { ProbeAnswer, ProbeOrder } from './strategy-probe-thread.ts';
import { workerEnvironment } from '../../runtime/worker-environment.ts';

/** How long a strategy may take to load, and to be made. */
const PROBE_MS_MAX = 10_000;
const PROBE_HEAP_MB_MAX = 512;
/** How a thread ends whose module awaits what never comes (Node's exit codes). */
const UNSETTLED_AWAIT = 13;

/**
 * Tries a strategy out in a thread of its own: code that hangs, eats memory or fails later can end that thread, and not
 * the engine's main thread, which runs no strategy code. Main thread.
 */
export class StrategyProbe {
  /** What the module says of itself; null when it says nothing. */
  description: StrategyDescription | null = null;
  private readonly url: string;
  private readonly worker: Worker;
  private settle: ((answer: ProbeAnswer) => void) | null = null;
  private early: ProbeAnswer | null = null;

  private constructor(url: string, name: string, isAtOnce: boolean) {
    this.url = url;
    this.worker = new Worker(siblingModule('./strategy-probe-thread', import.meta.url), {
      workerData: { url, name, isAtOnce },
      name: `probe ${name}`,
      env: workerEnvironment(),
      resourceLimits: { maxOldGenerationSizeMb: PROBE_HEAP_MB_MAX },
    });
    this.worker.on('message', (answer: ProbeAnswer) => this.take(answer));
    this.worker.on('error', (error: unknown) => this.take(this.refusal(describeEnd(error))));
    this.worker.on('exit', (code) => {
      const why =
        code === UNSETTLED_AWAIT
          ? 'it awaits something at its top level that never comes'
          : `it ended its thread with exit code ${code}`;
      this.take(this.refusal(why));
    });
  }

  /**
   * Loads the module. Rejects with CliError, exit 78, naming the file and what is wrong with it.
   * @param isAtOnce as a running actor loads it, which cannot wait for what a module awaits
   */
  static async open(url: string, name: string, isAtOnce = false): Promise<StrategyProbe> {
    const probe = new StrategyProbe(url, name, isAtOnce);
    try {
      probe.description = await probe.answered('load');
    } catch (error) {
      await probe.close();
      throw error;
    }
    return probe;
  }

  /** Makes the strategy once, to learn whether it takes its parameters. Rejects with CliError, exit 78. */
  async make(params: StrategyParams, instruments: readonly Instrument[]): Promise<void> {
    this.worker.postMessage({ params, instruments } satisfies ProbeOrder);
    await this.answered('make its strategy');
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    this.worker.removeAllListeners('exit');
    await this.worker.terminate();
  }

  private async answered(what: string): Promise<StrategyDescription | null> {
    const answer = await new Promise<ProbeAnswer>((resolve) => {
      if (this.early !== null) {
        resolve(this.early);
        return;
      }
      const late = `it did not ${what} within ${PROBE_MS_MAX / 1000} s`;
      const timer = setTimeout(() => this.take(this.refusal(late)), PROBE_MS_MAX);
      this.settle = (first): void => {
        clearTimeout(timer);
        this.settle = null;
        resolve(first);
      };
    });
    if (!answer.isGood) throw new CliError(answer.code, answer.message, EXIT.config);
    return answer.description;
  }

  /** An end that came before it was asked for is kept: it answers the next question. */
  private take(answer: ProbeAnswer): void {
    if (this.settle !== null) this.settle(answer);
    else if (!answer.isGood) this.early ??= answer;
  }

  private refusal(why: string): ProbeAnswer {
    return {
      isGood: false,
      code: 'STRATEGY_UNLOADABLE',
      message: `cannot load the strategy ${this.url}: ${why}`,
    };
  }
}

function describeEnd(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}`;
  if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY')
    return `it needs more than ${PROBE_HEAP_MB_MAX} MB of memory`;
  return `${error.name}: ${error.message}`;
}
