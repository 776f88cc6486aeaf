import type { Worker } from 'node:worker_threads';

/** How long a thread's processor is looked at. */
const LOOK_MS = 30;

interface ProfileNode {
  readonly hitCount?: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

/**
 * Where a thread spends its time right now, also when it never comes back: one "function (url:line)" per line, the most
 * often seen first. A thread that waits in the system shows nothing. Main thread; rejects when the thread is gone.
 */
export async function whereaboutsOf(worker: Worker): Promise<string> {
  const profile = await worker.startCpuProfile({});
  await new Promise((resolve) => {
    setTimeout(resolve, LOOK_MS);
  });
  const { nodes } = JSON.parse(await profile.stop()) as { nodes: readonly ProfileNode[] };
  return nodes
    .filter(({ callFrame }) => callFrame.url !== '')
    .toSorted((left, right) => (right.hitCount ?? 0) - (left.hitCount ?? 0))
    .map(frameText)
    .join('\n');
}

function frameText({ callFrame, positionTicks = [] }: ProfileNode): string {
  const busiest = positionTicks.reduce((most, tick) => (tick.ticks > most.ticks ? tick : most), {
    line: callFrame.lineNumber + 1,
    ticks: 0,
  });
  return `${callFrame.functionName || '(anonymous)'} (${callFrame.url}:${busiest.line})`;
}
