import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { allowedProcessors, confineProcess } from '../../engine/runtime/cpu-affinity.ts';

/** Who runs where: the exchange alone on one processor, the client's hot thread alone on another. */
export interface WireCpus {
  /** Null: nothing is pinned. */
  readonly exchange: number | null;
  readonly client: number | null;
  /** What threads of the client that are not hot may use. */
  readonly others: readonly number[];
  readonly text: string;
}

const run = promisify(execFile);

/** Shares out the processors of this process. */
export async function planWireCpus(): Promise<WireCpus> {
  const allowed = allowedProcessors();
  const none = { exchange: null, client: null, others: allowed };
  if (allowed.length < 2) return { ...none, text: 'not pinned: there are no two processors to choose' };
  try {
    await run('taskset', ['--version']);
  } catch {
    return { ...none, text: 'not pinned: there is no taskset' };
  }
  const exchange = allowed[0];
  const client = allowed[allowed.length - 1];
  const spare = allowed.slice(1, -1);
  const others = spare.length > 0 ? spare : [exchange];
  const text =
    `exchange on cpu ${exchange}, the client's hot thread on cpu ${client}, its other threads on ` +
    (spare.length > 0 ? `cpu ${spare.join(', ')}` : 'that of the exchange, which sleeps between ticks');
  return { exchange, client, others, text };
}

/** A command line that keeps a whole process on one processor. */
export function onCpu(cpu: number | null, command: readonly string[]): readonly string[] {
  return cpu === null ? command : ['taskset', '-c', String(cpu), ...command];
}

/** Pins the calling thread, which must be the main one, to the client's processor and all others away from it. */
export async function pinMainThread(cpus: WireCpus): Promise<void> {
  if (cpus.client === null) return;
  await confineProcess(cpus.others);
  await run('taskset', ['-cp', String(cpus.client), String(process.pid)]);
}
