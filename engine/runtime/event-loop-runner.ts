import type { Doorbell } from '../ipc/doorbell.ts';
import type { SocketPoller } from '../native/socket-poller.ts';
import type { DutyCycle } from './duty-cycle.ts';
import { shouldPark } from './idle-strategy.ts';
import type { IdleStrategyName } from './idle-strategy.ts';
import { SelfWake } from './self-wake.ts';
import type { ThreadControl } from './thread-control.ts';

const KEEP_ALIVE_MS = 3_600_000;
/**
 * Rounds in which an idle thread only asks whether work waits, between two in which it turns its actors. The byte that
 * keeps the loop going is always read before what a socket has just brought, so what is done for it delays that.
 */
const LIGHT_ROUNDS = 15;

/** Looks at the sockets between two turns of all actors, while a thread spins beside its event loop. */
const POLLS_PER_TURN = 16;
/**
 * The longest time a spinning thread stays away from its event loop, while no descriptor of the loop asks for it: by this
 * and one burst of turns a timer can be late.
 */
export const LOOP_AWAY_NS = 1_000_000;

/** The sockets a runner looks at itself. */
export type PolledSockets = Pick<
  SocketPoller,
  'hasSockets' | 'takeOver' | 'giveBack' | 'poll' | 'isLoopWanted'
>;

/**
 * Turns the actors of a thread that owns sockets or timers. While there is work, or it spins, it goes round through the
 * event loop, so that sockets are looked at between turns; idle, it sleeps on its doorbell through the event loop. An actor that was
 * handed data by a socket calls `kick` and is turned in the same event-loop turn. With sockets that it can look at itself, it spins
 * beside the event loop and goes through it when the loop has something to do, at the latest every LOOP_AWAY_NS.
 */
export class EventLoopRunner {
  private readonly cycle: DutyCycle;
  private readonly doorbell: Doorbell;
  private readonly control: ThreadControl;
  private readonly strategy: IdleStrategyName;
  private readonly parkMs: number;
  private isTurning = false;
  private isLooping = false;
  /** A wait on the doorbell is under way: its end goes round. There is one at a time, however often a kick wakes. */
  private isAsleep = false;
  private isKickedAgain = false;
  private lastWorkNs = 0;
  private finish: () => void = () => {};
  private isFinished = false;
  private onIdle: ((nowNs: number, lastWorkNs: number) => void) | null = null;
  private readonly loop: () => void;
  private readonly wokenByItself: () => void;
  private lightRounds = 0;
  /** How it goes round; null: with `setImmediate`. */
  private selfWake: SelfWake | null = null;
  private readonly sockets: PolledSockets | null;

  /**
   * @param parkMs bounds each sleep
   * @param sockets what the thread can look at beside its event loop; null: nothing
   */
  constructor(
    cycle: DutyCycle,
    doorbell: Doorbell,
    control: ThreadControl,
    strategy: IdleStrategyName,
    parkMs: number,
    sockets: PolledSockets | null = null,
  ) {
    this.sockets = sockets;
    this.cycle = cycle;
    this.doorbell = doorbell;
    this.control = control;
    this.strategy = strategy;
    this.parkMs = parkMs;
    this.loop = (): void => this.goRound();
    this.wokenByItself = (): void => this.goRoundLightly();
  }

  /** What a spinning thread does in a turn without work; it must be short. */
  setIdleWork(onIdle: (nowNs: number, lastWorkNs: number) => void): void {
    this.onIdle = onIdle;
  }

  /** Starts the actors; resolves when the supervisor asked the thread to stop and the actors are closed. */
  async run(): Promise<void> {
    const finished = new Promise<void>((resolve) => {
      this.finish = resolve;
    });
    // A pending Atomics.waitAsync does not keep a thread alive.
    const keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
    // An actor that kicks while it starts must not turn actors that have not started yet.
    this.isTurning = true;
    this.cycle.start();
    this.isTurning = false;
    this.lastWorkNs = this.cycle.lastNowNs();
    this.goRound();
    const opening = this.strategy === 'park' ? null : this.openSelfWake();
    await finished;
    await opening;
    this.selfWake?.close();
    clearInterval(keepAlive);
  }

  /** Runs all actors of the thread until quiet, now. From inside a turn it only asks for one more. */
  kick(): void {
    if (this.isFinished) return;
    if (this.isTurning) {
      this.isKickedAgain = true;
      return;
    }
    this.turn();
    if (!this.isLooping && this.strategy !== 'park') this.startLooping();
  }

  private async openSelfWake(): Promise<void> {
    this.selfWake = await SelfWake.open(this.wokenByItself);
  }

  private turn(): boolean {
    this.isTurning = true;
    let workCount = 0;
    do {
      this.isKickedAgain = false;
      workCount += this.cycle.turnUntilQuiet();
    } while (this.isKickedAgain);
    this.isTurning = false;
    if (workCount > 0) this.lastWorkNs = this.cycle.lastNowNs();
    return workCount > 0;
  }

  private startLooping(): void {
    this.isLooping = true;
    if (this.selfWake === null) setImmediate(this.loop);
    else this.selfWake.wake();
  }

  private canSpin(): boolean {
    return this.sockets !== null && this.strategy !== 'park' && this.sockets.hasSockets();
  }

  /** Looks at rings and sockets in turn, until the event loop is wanted or it is time to sleep; whether work is left. */
  private spin(sockets: PolledSockets): boolean {
    const { cycle } = this;
    // What a socket kicks must not go round the event loop beside this.
    this.isLooping = true;
    sockets.takeOver();
    this.turn();
    const beganNs = cycle.lastNowNs();
    let isOver = false;
    while (!isOver) {
      for (let poll = 0; poll < POLLS_PER_TURN; poll++) {
        if (sockets.poll() === 0 && cycle.hasWork()) this.turn();
      }
      const hadWork = this.turn();
      const nowNs = cycle.lastNowNs();
      if (!hadWork && this.onIdle !== null) this.onIdle(nowNs, this.lastWorkNs);
      isOver =
        nowNs - beganNs >= LOOP_AWAY_NS ||
        this.control.stopWanted() ||
        shouldPark(this.strategy, nowNs - this.lastWorkNs) ||
        sockets.isLoopWanted();
    }
    this.isLooping = false;
    return false;
  }

  private turnOnce(): boolean {
    const hadWork = this.turn();
    if (!hadWork && this.onIdle !== null) this.onIdle(this.cycle.lastNowNs(), this.lastWorkNs);
    return hadWork;
  }

  private goRoundLightly(): void {
    if (this.canSpin()) {
      this.goRound();
      return;
    }
    if (this.lightRounds < LIGHT_ROUNDS && !this.isFinished && !this.cycle.hasWork()) {
      this.lightRounds++;
      this.selfWake!.wake();
      return;
    }
    this.lightRounds = 0;
    this.goRound();
  }

  private goRound(): void {
    this.isLooping = false;
    if (this.isFinished) return;
    if (this.control.stopWanted()) {
      this.isFinished = true;
      this.sockets?.giveBack();
      this.cycle.close();
      this.finish();
      return;
    }
    const hadWork = this.canSpin() ? this.spin(this.sockets!) : this.turnOnce();
    if (hadWork || !shouldPark(this.strategy, this.cycle.lastNowNs() - this.lastWorkNs)) {
      this.startLooping();
      return;
    }
    this.sockets?.giveBack();
    const signal = this.doorbell.prepareToPark();
    if (this.cycle.hasWork()) {
      this.doorbell.cancelPark();
      this.startLooping();
      return;
    }
    // After a kick the wait it came into still stands; a second one beside it would never end by itself.
    if (!this.isAsleep) void this.sleep(signal);
  }

  private async sleep(signal: number): Promise<void> {
    this.isAsleep = true;
    await this.doorbell.parkAsync(signal, this.parkMs);
    this.isAsleep = false;
    if (!this.isLooping) this.goRound();
  }
}
