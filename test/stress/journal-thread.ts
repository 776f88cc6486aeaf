/** A thread that runs the journal actor until it is killed. `workerData`: shared memory, its layout, the folder. */
import { workerData } from 'node:worker_threads';
import { SystemClock } from '../../engine/core/clock.ts';
import type { ClockOrigin } from '../../engine/core/clock.ts';
import { CounterBlock } from '../../engine/ipc/counters.ts';
import { ErrorLog } from '../../engine/ipc/error-log.ts';
import type { Region } from '../../engine/ipc/memory-map.ts';
import { Subscription } from '../../engine/ipc/ring.ts';
import type { RingDeclaration } from '../../engine/ipc/ring.ts';
import { JournalActor } from '../../engine/journal/journal-actor.ts';
import { JournalCell } from '../../engine/journal/journal-cell.ts';
import { runIdentity } from '../fixtures/journal-rig.ts';

/** What the thread is told. */
export interface JournalThreadTask {
  readonly buffer: SharedArrayBuffer;
  readonly ring: { readonly region: Region; readonly declaration: RingDeclaration };
  readonly cell: Region;
  readonly counters: Region;
  readonly errors: Region;
  readonly origin: ClockOrigin;
  readonly directory: string;
}

const task = workerData as JournalThreadTask;
const clock = new SystemClock(task.origin);
const actor = new JournalActor({
  subscriptions: [new Subscription(task.buffer, task.ring.region, task.ring.declaration)],
  cell: new JournalCell(task.buffer, task.cell),
  clock,
  counters: new CounterBlock(task.buffer, task.counters),
  errors: new ErrorLog(task.buffer, task.errors),
  directory: task.directory,
  segmentBytes: 256 * 1024,
  syncIntervalNs: 10_000_000,
  run: runIdentity({ startEpochUs: task.origin.epochUs }),
});
actor.onStart(clock.nowNs());
for (;;) actor.doWork(clock.nowNs());
