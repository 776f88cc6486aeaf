// hot path: no allocation after start
import type { Clock } from '../core/clock.ts';
import { CELL_TIME } from './actor-cell.ts';
import type { ActorCell } from './actor-cell.ts';
import { PAUSE_KIND } from './pause-log.ts';
import type { PauseLog, PauseWatch } from './pause-log.ts';

/** Cycles run back to back before a runner looks at its other duties. */
const BURST_CYCLES_MAX = 64;
/** Idle turns between two readings of the clock: a reading costs as much as an idle turn. */
const IDLE_TURNS_PER_CLOCK = 16;
const TURN = CELL_TIME.turn;
const ENDED = CELL_TIME.ended;

/** All actors of one thread, turned in the order of the flow. Belongs to the runner's thread. */
export class DutyCycle {
  private readonly cells: readonly ActorCell[];
  private readonly clock: Clock;
  private readonly pauses: PauseLog | null;
  private readonly gapLimitNs: number;
  /** [0]: the time as of the last reading; in an array, because a double stored in a field is a new object. */
  private readonly nowNs: Float64Array = new Float64Array(1);
  private idleTurns: number;

  /** @param watch where long gaps between turns are noted; null: nowhere */
  constructor(cells: readonly ActorCell[], clock: Clock, watch: PauseWatch | null = null) {
    this.cells = cells;
    this.clock = clock;
    this.pauses = watch === null ? null : watch.log;
    this.gapLimitNs = watch === null ? Infinity : watch.limitNs;
    this.nowNs[0] = clock.nowNs();
    this.idleTurns = 0;
  }

  /** Starts the actors in reverse: sinks are ready before sources speak. */
  start(): void {
    for (let index = this.cells.length - 1; index >= 0; index--) this.cells[index].start(this.clock.nowNs());
  }

  /** One turn of every actor; returns the work count. */
  turn(): number {
    // Work that is there after idle turns gets a time of its own: with the old one, what held the thread up before it
    // would count as part of the turn.
    if (this.idleTurns === 0 || this.hasWork()) this.readClock();
    let workCount = 0;
    for (let index = 0; index < this.cells.length; index++) workCount += this.turnCell(this.cells[index]);
    this.idleTurns = workCount > 0 || this.idleTurns >= IDLE_TURNS_PER_CLOCK ? 0 : this.idleTurns + 1;
    return workCount;
  }

  /**
   * Turns until nothing is left to do, at most a bounded burst; returns the work count. Every actor once, then from the
   * first actor that has work waiting: asking costs a fraction of a turn that finds none.
   */
  turnUntilQuiet(): number {
    this.idleTurns = 0;
    let workCount = this.turn();
    let total = workCount;
    for (let count = 1; workCount > 0 && count < BURST_CYCLES_MAX; count++) {
      workCount = this.turnWaiting();
      total += workCount;
    }
    return total;
  }

  /** One turn from the first actor with work waiting, right behind another turn: it begins when that ended. */
  private turnWaiting(): number {
    const { cells } = this;
    let index = 0;
    while (index < cells.length && !cells[index].hasWork()) index++;
    let workCount = 0;
    for (; index < cells.length; index++) workCount += this.turnCell(cells[index]);
    return workCount;
  }

  private turnCell(cell: ActorCell): number {
    const { nowNs } = this;
    const { times } = cell;
    times[TURN] = nowNs[0];
    const workCount = cell.turn();
    if (workCount > 0) {
      if (times[ENDED] > nowNs[0]) nowNs[0] = times[ENDED];
      else this.clock.stamp(nowNs, 0);
    }
    return workCount;
  }

  /** Makes the next turn read the clock: after a sleep. */
  wakeUp(): void {
    this.idleTurns = 0;
  }

  /** Whether any actor has work waiting. */
  hasWork(): boolean {
    for (let index = 0; index < this.cells.length; index++) if (this.cells[index].hasWork()) return true;
    return false;
  }

  private readClock(): void {
    const { nowNs } = this;
    const beforeNs = nowNs[0];
    this.clock.stamp(nowNs, 0);
    if (nowNs[0] - beforeNs > this.gapLimitNs) this.pauses?.record(PAUSE_KIND.gap, beforeNs, nowNs[0], -1);
  }

  /** The time as of the last reading. */
  lastNowNs(): number {
    return this.nowNs[0];
  }

  /** Closes the actors in the order of the flow: sources first. */
  close(): void {
    for (const cell of this.cells) cell.close(this.clock.nowNs());
  }
}
