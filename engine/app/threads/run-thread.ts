import { getHeapStatistics } from 'node:v8';
import { PerformanceObserver } from 'node:perf_hooks';
import { existsSync } from 'node:fs';
import { SystemClock } from '../../core/clock.ts';
import { PARK_MS_MAX } from '../../core/limits.ts';
import { openNativeRoom } from '../../native/native-room.ts';
import type { NativeRoom } from '../../native/native-room.ts';
import { directSockets } from '../../../adapters/net/framed-socket.ts';
import { FrameRecorder } from '../../market-data/recorder.ts';
import { ActorCell } from '../../runtime/actor-cell.ts';
import { runBlocking } from '../../runtime/blocking-runner.ts';
import { DutyCycle } from '../../runtime/duty-cycle.ts';
import { EventLoopRunner } from '../../runtime/event-loop-runner.ts';
import { HOP_STAGES } from '../../runtime/latency-attribution.ts';
import { PAUSE_KIND } from '../../runtime/pause-log.ts';
import type { PauseWatch } from '../../runtime/pause-log.ts';
import { kindOf, labelOf } from '../../runtime/actor.ts';
import type { ActorKind, Kick } from '../../runtime/actor.ts';
import type { ThreadControl } from '../../runtime/thread-control.ts';
import type { ThreadSpec } from '../../runtime/topology.ts';
import { hasWholePath } from '../../runtime/topology-threads.ts';
import { ActorFactory } from './actor-factory.ts';
import type { BuildOverrides } from './build-context.ts';
import { believeOnly } from '../config/ca-file.ts';
import { heapMbOf, isObserverThread } from '../run/engine-threads.ts';
import { OUT_OF_MEMORY } from '../run/turn-watch.ts';
import { Rehearsal } from './rehearsal.ts';
import { catchStrayErrors } from './stray-errors.ts';
import type { ThreadPlan } from './thread-plan.ts';
import { Wiring } from './wiring.ts';

const HEAP_SAMPLE_MS = 1_000;
const BUFFERS_LOOK_MS = 200;
const BUFFERS_MB_PER_INSTRUMENT = 2;
/** Error code of a rehearsal that could not be held (see README, exit codes and errors). */
const REHEARSAL_CODE = 1003;
/** Error code of a thread that uses streams although native calls were chosen. */
const IO_FELL_BACK_CODE = 1004;
const SOCKET_ACTORS: readonly ActorKind[] = ['market-data', 'execution'];
/** Turns and gaps this much shorter than a stage's share of the latency budget are noted: two of them make it late too. */
const PAUSES_PER_STAGE = 4;
/** How often an observer looks at its rings: no producer wakes it. */
const OBSERVER_PARK_MS = 5;

/** Notes garbage collections and heap size where the supervisor can read them. */
function watchMemory(control: ThreadControl, clock: SystemClock, watch: PauseWatch | null): void {
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      control.noteGc(duration);
      const fromNs = clock.atPerformanceMs(startTime);
      watch?.log.record(PAUSE_KIND.gc, fromNs, fromNs + duration * 1e6, -1);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  const sample = (): void => control.noteHeap(process.memoryUsage().heapUsed);
  sample();
  setInterval(sample, HEAP_SAMPLE_MS).unref();
}

/** What the supervisor wants to know about turns and gaps: whatever alone makes a stage late. */
function pauseWatch(plan: ThreadPlan, wiring: Wiring): PauseWatch | null {
  const { latencyBudgetUs } = plan.config.engine;
  if (latencyBudgetUs === 0 || isObserverThread(plan.thread)) return null;
  const limitNs = (latencyBudgetUs * 1_000) / HOP_STAGES.length / PAUSES_PER_STAGE;
  return { log: wiring.pauseLog(plan.thread.name), limitNs, actors: wiring.topology.actors };
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

/**
 * The heap's limit does not count what lies outside of the heap (buffers, typed arrays): this ends the thread when that
 * alone is above the same limit. A thread that never comes back to its event loop is watched by the supervisor.
 */
function limitBuffers(limitMb: number): void {
  const look = (): void => {
    const takenMb = Math.round(getHeapStatistics().external_memory / 1_048_576);
    if (takenMb <= limitMb) return;
    const error = new Error(`buffers of ${takenMb} MB, ${limitMb} are allowed`);
    throw Object.assign(error, { code: OUT_OF_MEMORY });
  };
  setInterval(look, BUFFERS_LOOK_MS).unref();
}

/** What the engine's own actors keep in buffers: a book and the frames that wait for its snapshot, per instrument. */
function ownBuffersMb({ thread, instruments }: ThreadPlan): number {
  const lanes = thread.actors.filter((actor) => kindOf(actor) === 'orderbook').map(labelOf);
  return instruments.filter(({ lane }) => lanes.includes(lane)).length * BUFFERS_MB_PER_INSTRUMENT;
}

/** Whether the thread takes the place of one that ended: its market waits, so it does not practise first. */
function isRespawned(thread: ThreadSpec, wiring: Wiring): boolean {
  return thread.actors.some((actor) => wiring.actorControl(actor).restarts() > 0);
}

/**
 * The rehearsal of a thread that has the whole hot path, or null. What fails here is no reason not to trade; it is told.
 */
async function openRehearsal(
  plan: ThreadPlan,
  wiring: Wiring,
  clock: SystemClock,
  room: NativeRoom | null,
): Promise<Rehearsal | null> {
  const { thread, config } = plan;
  if (!config.engine.rehearse || !hasWholePath(thread)) return null;
  let failure: string | null;
  try {
    const rehearsal = await Rehearsal.open(plan, clock, room);
    if (!isRespawned(thread, wiring)) await rehearsal.warmUp();
    failure = rehearsal.failure();
    if (failure === null) return rehearsal;
    rehearsal.close();
  } catch (error) {
    failure = String(error);
  }
  wiring.errors().record(REHEARSAL_CODE, `REHEARSAL_FAILED ${failure}`, clock.nowNs());
  return null;
}

/** The native calls of a thread that has hot sockets, when they are to be used. */
function openRoom(plan: ThreadPlan, wiring: Wiring, clock: SystemClock): NativeRoom | null {
  const hasSockets = plan.thread.actors.some((actor) => SOCKET_ACTORS.includes(kindOf(actor)));
  if (plan.io.mode !== 'direct' || !hasSockets) return null;
  const room = openNativeRoom();
  if (typeof room !== 'string') return room;
  /* They worked in the main thread a moment ago; the streams work anyway. */
  wiring.errors().record(IO_FELL_BACK_CODE, `IO_FELL_BACK ${room}`, clock.nowNs());
  return null;
}

/** Makes what a bench puts in the place of sockets; `kick` turns the thread's actors in the same event-loop turn. */
export type MakeOverrides = (kick: Kick, clock: SystemClock) => BuildOverrides;

/**
 * What every worker thread of the engine runs: builds its actors over shared memory and turns them until told to stop.
 * Resolves when they are closed.
 */
export async function runThread(plan: ThreadPlan, makeOverrides: MakeOverrides | null = null): Promise<void> {
  const { thread, memory, config } = plan;
  if (plan.certificates !== undefined) believeOnly(plan.certificates);
  const clock = new SystemClock(plan.clockOrigin);
  const wiring = new Wiring(memory, thread.name, clock);
  const control = wiring.threadControl(thread.name);
  const watch = pauseWatch(plan, wiring);
  watchMemory(control, clock, watch);
  let kick = (): void => {};
  const recorder = thread.actors.some((actor) => kindOf(actor) === 'market-data') ? openRecorder(plan) : null;
  const room = openRoom(plan, wiring, clock);
  const overrides = {
    ...(recorder === null ? {} : { recorder }),
    ...(room === null ? {} : { room, link: { openSocket: directSockets(room) } }),
    ...makeOverrides?.(() => kick(), clock),
  };
  const turnWord = wiring.turnWord(thread.name);
  if (thread.actors.some((actor) => kindOf(actor) === 'strategy')) catchStrayErrors(wiring, thread, clock);
  limitBuffers(heapMbOf(thread, plan.config) + ownBuffersMb(plan));
  const factory = await ActorFactory.create(plan, wiring, () => kick(), thread.actors, overrides);
  const cells = thread.actors.map(
    (name, place) =>
      new ActorCell(
        name,
        (actor) => factory.build(actor),
        wiring.actorControl(name),
        wiring.errors(),
        clock,
        watch,
        turnWord,
        place,
      ),
  );
  const cycle = new DutyCycle(cells, clock, watch);
  const doorbell = wiring.doorbell(thread.name);
  const isObserver = isObserverThread(thread);
  const idle = isObserver ? 'park' : config.engine.idle;
  const parkMs = isObserver ? OBSERVER_PARK_MS : PARK_MS_MAX;
  if (thread.loop === 'blocking') {
    await runBlocking(cycle, doorbell, control, idle, parkMs);
  } else {
    const runner = new EventLoopRunner(cycle, doorbell, control, idle, parkMs, room?.poller ?? null);
    kick = (): void => runner.kick();
    const opening = openRehearsal(plan, wiring, clock, room).then((rehearsal) => {
      if (rehearsal !== null) runner.setIdleWork((nowNs, lastWorkNs) => rehearsal.idle(nowNs, lastWorkNs));
      return rehearsal;
    });
    if (!isRespawned(thread, wiring)) await opening;
    await runner.run();
    (await opening)?.close();
  }
  await recorder?.close();
  control.noteStopped();
}
