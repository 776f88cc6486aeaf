/** What every worker thread of the engine runs: builds its actors over shared memory and turns them until told to stop. */
import { PerformanceObserver } from 'node:perf_hooks';
import { existsSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { SystemClock } from '../core/clock.ts';
import { PARK_MS_MAX } from '../core/limits.ts';
import { FrameRecorder } from '../market-data/recorder.ts';
import { ActorCell } from '../runtime/actor-cell.ts';
import { runBlocking } from '../runtime/blocking-runner.ts';
import { DutyCycle } from '../runtime/duty-cycle.ts';
import { EventLoopRunner } from '../runtime/event-loop-runner.ts';
import type { ThreadControl } from '../runtime/thread-control.ts';
import { ActorFactory } from './actor-factory.ts';
import { isObserverThread } from './engine-threads.ts';
import type { ThreadPlan } from './thread-plan.ts';
import { Wiring } from './wiring.ts';

const HEAP_SAMPLE_MS = 1_000;
/** How often an observer looks at its rings: no producer wakes it. */
const OBSERVER_PARK_MS = 5;

/** Notes garbage collections and heap size where the supervisor can read them. */
function watchMemory(control: ThreadControl): void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) control.noteGc(entry.duration);
  });
  observer.observe({ entryTypes: ['gc'] });
  const sample = (): void => control.noteHeap(process.memoryUsage().heapUsed);
  sample();
  setInterval(sample, HEAP_SAMPLE_MS).unref();
}

/** A respawned thread must not write over what its predecessor recorded. */
function openRecorder(plan: ThreadPlan): FrameRecorder | null {
  if (plan.recordFile === null) return null;
  let path = plan.recordFile;
  for (let number = 2; existsSync(path); number++) {
    path = plan.recordFile.replace(/((?:\.frames)?(?:\.gz)?)$/, `-${number}$1`);
  }
  return new FrameRecorder(path, plan.clockOrigin.epochUs);
}

async function runThread(plan: ThreadPlan): Promise<void> {
  const { thread, memory, config } = plan;
  const clock = new SystemClock(plan.clockOrigin);
  const wiring = new Wiring(memory, thread.name, clock);
  const control = wiring.threadControl(thread.name);
  watchMemory(control);
  let kick = (): void => {};
  const recorder = thread.actors.includes('market-data') ? openRecorder(plan) : null;
  const overrides = recorder === null ? {} : { recorder };
  const factory = await ActorFactory.create(plan, wiring, () => kick(), thread.actors, overrides);
  const cells = thread.actors.map(
    (name) =>
      new ActorCell(name, (actor) => factory.build(actor), wiring.actorControl(name), wiring.errors(), clock),
  );
  const cycle = new DutyCycle(cells, clock);
  const doorbell = wiring.doorbell(thread.name);
  const isObserver = isObserverThread(thread);
  const idle = isObserver ? 'park' : config.engine.idle;
  const parkMs = isObserver ? OBSERVER_PARK_MS : PARK_MS_MAX;
  if (thread.loop === 'blocking') {
    await runBlocking(cycle, doorbell, control, idle, parkMs);
  } else {
    const runner = new EventLoopRunner(cycle, doorbell, control, idle, parkMs);
    kick = (): void => runner.kick();
    await runner.run();
  }
  await recorder?.close();
  control.noteStopped();
}

await runThread(workerData as ThreadPlan);
