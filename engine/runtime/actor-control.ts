// hot path: no allocation after start
import type { Region } from '../ipc/memory-map.ts';

/*
 * What supervisor and runner tell each other about one actor; it outlives the actor's thread.
 *   byte   0  desiredIncarnation  Int32, supervisor: a number above the running one asks for a rebuild in place
 *          4  runningIncarnation  Int32, runner
 *          8  state               Int32, runner (supervisor while no thread runs): ACTOR_STATE
 *         64  cycles              Float64, runner: the heartbeat; must advance
 *         72  workCount           Float64, runner
 *         80  stalls              Float64, runner: cycles longer than the stall limit
 *         88  maxCycleNs          Float64, runner
 *         96  lastBeatNs          Float64, runner, monoNs
 *        104  startedNs           Float64, runner, monoNs of the last onStart
 *        112  restarts            Float64, supervisor
 *        120  faults              Float64, runner: exceptions caught
 */

/** Bytes of shared memory one actor's control block needs. */
export const ACTOR_CONTROL_BYTES = 128;

export const ACTOR_STATE = { stopped: 0, starting: 1, running: 2, failed: 3 } as const;

const DESIRED = 0;
const RUNNING = 1;
const STATE = 2;
const CYCLES = 8;
const WORK = 9;
const STALLS = 10;
const MAX_CYCLE = 11;
const LAST_BEAT = 12;
const STARTED = 13;
const RESTARTS = 14;
const FAULTS = 15;

/** One actor's control block. Each field has one writer, named above. */
export class ActorControl {
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    this.i32 = new Int32Array(buffer, region.byteOffset, ACTOR_CONTROL_BYTES >> 2);
    this.f64 = new Float64Array(buffer, region.byteOffset, ACTOR_CONTROL_BYTES >> 3);
  }

  /** Runner: whether the supervisor wants a newer incarnation than the one running. */
  rebuildWanted(): boolean {
    return Atomics.load(this.i32, DESIRED) !== this.i32[RUNNING];
  }

  /** Supervisor: asks for a fresh incarnation; the runner (or the next thread) builds it. */
  requestRebuild(): void {
    this.f64[RESTARTS] += 1;
    Atomics.add(this.i32, DESIRED, 1);
  }

  /** Runner: a new incarnation begins to start. */
  noteStarting(nowNs: number): void {
    this.i32[RUNNING] = Atomics.load(this.i32, DESIRED);
    this.f64[STARTED] = nowNs;
    this.f64[LAST_BEAT] = nowNs;
    Atomics.store(this.i32, STATE, ACTOR_STATE.starting);
  }

  setState(state: number): void {
    Atomics.store(this.i32, STATE, state);
  }

  state(): number {
    return Atomics.load(this.i32, STATE);
  }

  /** Runner: one cycle done. */
  beat(workCount: number, nowNs: number): void {
    this.f64[CYCLES] += 1;
    this.f64[WORK] += workCount;
    this.f64[LAST_BEAT] = nowNs;
  }

  /** Runner: a cycle with work took `cycleNs`. */
  noteCycle(cycleNs: number, stallNs: number): void {
    if (cycleNs > this.f64[MAX_CYCLE]) this.f64[MAX_CYCLE] = cycleNs;
    if (cycleNs > stallNs) this.f64[STALLS] += 1;
  }

  noteFault(): void {
    this.f64[FAULTS] += 1;
  }

  cycles(): number {
    return this.f64[CYCLES];
  }

  workCount(): number {
    return this.f64[WORK];
  }

  stalls(): number {
    return this.f64[STALLS];
  }

  maxCycleNs(): number {
    return this.f64[MAX_CYCLE];
  }

  /** Begins `maxCycleNs` anew: for a bench whose warm-up is over. While the actor rests. */
  forgetMaxCycle(): void {
    this.f64[MAX_CYCLE] = 0;
  }

  lastBeatNs(): number {
    return this.f64[LAST_BEAT];
  }

  startedNs(): number {
    return this.f64[STARTED];
  }

  restarts(): number {
    return this.f64[RESTARTS];
  }

  faults(): number {
    return this.f64[FAULTS];
  }
}
