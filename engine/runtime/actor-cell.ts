// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Clock } from '../core/clock.ts';
import type { ErrorLog } from '../ipc/error-log.ts';
import { TurnWord } from '../ipc/turn-word.ts';
import { isTimed } from './actor.ts';
import type { Actor, ActorName, TimedActor } from './actor.ts';
import { ACTOR_STATE } from './actor-control.ts';
import type { ActorControl } from './actor-control.ts';
import { PAUSE_KIND } from './pause-log.ts';
import type { PauseLog, PauseWatch } from './pause-log.ts';

/** A duty cycle longer than this counts as a stall. */
export const STALL_NS = 1_000_000;

/** Error code of an actor that ended by an exception (see README, exit codes and errors). */
export const ACTOR_FAULT_CODE = 1001;
/** Error code of an actor whose start failed. */
export const ACTOR_START_CODE = 1002;

/** Places in `ActorCell.times`: when the turn begins, and when the last turn that had work ended; monoNs. */
export const CELL_TIME = { turn: 0, ended: 1 } as const;
const TURN = CELL_TIME.turn;
const ENDED = CELL_TIME.ended;

/** Makes an actor over the engine's shared memory; called again for each incarnation. */
export type BuildActor = (name: ActorName) => Actor;

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = error.stack?.split('\n').find((line) => line.includes('at ') && !line.includes('assert.ts'));
  return `${error.name}: ${error.message}${place === undefined ? '' : ` (${place.trim().replace(/file:\S*\//, '')})`}`;
}

/**
 * One actor as its runner sees it: turns it, catches what it throws, rebuilds it in place when the supervisor asks.
 * Belongs to the runner's thread.
 */
export class ActorCell {
  readonly name: ActorName;
  /** CELL_TIME: numbers between a runner and its cell; as arguments and results they would be boxed. */
  readonly times: Float64Array = new Float64Array(2);
  private readonly build: BuildActor;
  private readonly control: ActorControl;
  private readonly errors: ErrorLog;
  private readonly clock: Clock;
  private readonly pauses: PauseLog | null;
  private readonly pauseLimitNs: number;
  /** What it is noted by there. */
  private readonly pausePlace: number;
  private readonly turnWord: TurnWord;
  /** Among the actors of its thread. */
  private readonly place: number;
  private actor: Actor | null;
  /** The actor, when it finds its time in `turnNs`. */
  private timed: TimedActor | null;
  private turnNs: Float64Array;
  private isStarted: boolean;
  /** What the control block says too; this thread is the only one to change it while it lives. */
  private isRunning: boolean;

  /**
   * @param watch where long turns are noted; null: nowhere
   * @param turnWord where the thread says whose turn it is
   * @param place of this actor among those of its thread, from 0
   */
  constructor(
    name: ActorName,
    build: BuildActor,
    control: ActorControl,
    errors: ErrorLog,
    clock: Clock,
    watch: PauseWatch | null = null,
    turnWord: TurnWord = TurnWord.unshared(),
    place = 0,
  ) {
    this.name = name;
    this.build = build;
    this.control = control;
    this.errors = errors;
    this.clock = clock;
    this.pauses = watch === null ? null : watch.log;
    this.pauseLimitNs = watch === null ? Infinity : watch.limitNs;
    this.pausePlace = watch === null ? -1 : watch.actors.indexOf(name);
    this.turnWord = turnWord;
    this.place = place;
    this.actor = null;
    this.timed = null;
    this.turnNs = this.times;
    this.isStarted = false;
    this.isRunning = false;
  }

  /** Builds and starts an incarnation; a failure is recorded and left to the supervisor. */
  start(nowNs: number): void {
    invariant(this.actor === null, 'an actor is closed before its next incarnation starts');
    this.isStarted = true;
    this.control.noteStarting(nowNs);
    this.turnWord.beginTurn(this.place);
    try {
      const actor = this.build(this.name);
      this.actor = actor;
      this.timed = isTimed(actor) ? actor : null;
      this.turnNs = this.timed?.turnNs ?? this.times;
      actor.onStart(nowNs);
      this.control.setState(ACTOR_STATE.running);
      this.isRunning = true;
    } catch (error) {
      this.errors.record(ACTOR_START_CODE, `ACTOR_START ${this.name}: ${describeError(error)}`, nowNs);
      this.control.noteFault();
      this.control.setState(ACTOR_STATE.failed);
    }
    this.turnWord.endTurn();
  }

  /** One duty cycle, at the time in `times`. Returns the work count; when it is above 0, `times` has the time after it. */
  turn(): number {
    if (!this.isStarted) return 0;
    const { times } = this;
    if (this.control.rebuildWanted()) this.rebuild(times[TURN]);
    const actor = this.actor;
    if (actor === null || !this.isRunning) {
      this.control.beat(0, times[TURN]);
      return 0;
    }
    let workCount = 0;
    this.turnWord.beginTurn(this.place);
    try {
      this.turnNs[TURN] = times[TURN];
      const timed = this.timed;
      workCount = timed === null ? actor.doWork(times[TURN]) : timed.takeTurn();
    } catch (error) {
      this.turnWord.endTurn();
      this.fault(error, times[TURN]);
      return 1;
    }
    this.turnWord.endTurn();
    this.control.beat(workCount, times[TURN]);
    if (workCount > 0) {
      this.clock.stamp(times, ENDED);
      this.control.noteCycle(times[ENDED] - times[TURN], STALL_NS);
      if (times[ENDED] - times[TURN] > this.pauseLimitNs) this.noteLongTurn();
    }
    return workCount;
  }

  hasWork(): boolean {
    if (this.control.rebuildWanted()) return true;
    return this.actor !== null && this.isRunning && this.actor.hasWork();
  }

  /** Lets the actor go: its sockets and timers are closed. */
  close(nowNs: number): void {
    const actor = this.actor;
    this.actor = null;
    this.timed = null;
    this.isRunning = false;
    if (actor === null) return;
    this.turnWord.beginTurn(this.place);
    try {
      actor.onClose();
    } catch (error) {
      this.errors.record(
        ACTOR_FAULT_CODE,
        `ACTOR_FAULT ${this.name} while closing: ${describeError(error)}`,
        nowNs,
      );
    }
    this.turnWord.endTurn();
    if (this.control.state() !== ACTOR_STATE.failed) this.control.setState(ACTOR_STATE.stopped);
  }

  private noteLongTurn(): void {
    this.pauses?.record(PAUSE_KIND.turn, this.times[TURN], this.times[ENDED], this.pausePlace);
  }

  private rebuild(nowNs: number): void {
    this.close(nowNs);
    this.start(nowNs);
  }

  private fault(error: unknown, nowNs: number): void {
    this.errors.record(ACTOR_FAULT_CODE, `ACTOR_FAULT ${this.name}: ${describeError(error)}`, nowNs);
    this.control.noteFault();
    this.control.setState(ACTOR_STATE.failed);
    // Its sockets must not go on talking to an actor whose state is broken until the supervisor has it rebuilt.
    this.close(nowNs);
  }
}
