/**
 * A thread that tells a sleeping one when a tick is due, as a network card would: it watches the clock and wakes the
 * other through shared memory. Costs a core while it rings.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { SystemClock } from '../../engine/core/clock.ts';
import type { ClockOrigin } from '../../engine/core/clock.ts';

/** What the bell is started with. */
export interface BellPlan {
  readonly due: SharedArrayBuffer;
  readonly clockOrigin: ClockOrigin;
}

/** When to ring. */
export interface BellOrder {
  readonly startNs: number;
  readonly intervalNs: number;
  readonly ticks: number;
}

const plan = workerData as BellPlan;
const due = new Int32Array(plan.due);
const clock = new SystemClock(plan.clockOrigin);

parentPort!.on('message', ({ startNs, intervalNs, ticks }: BellOrder) => {
  for (let count = 0; count < ticks; count++) {
    const dueNs = startNs + count * intervalNs;
    while (clock.nowNs() < dueNs);
    Atomics.store(due, 0, count + 1);
    Atomics.notify(due, 0);
  }
});
