import { describe, expect, it, vi } from 'vitest';
import { createClockOrigin, SimulatedClock, SystemClock } from '../../engine/core/clock.ts';
import { Doorbell, DOORBELL_BYTES } from '../../engine/ipc/doorbell.ts';
import { ERROR_LOG_BYTES, ErrorLog } from '../../engine/ipc/error-log.ts';
import { ActorCell } from '../../engine/runtime/actor-cell.ts';
import { ACTOR_CONTROL_BYTES, ACTOR_STATE, ActorControl } from '../../engine/runtime/actor-control.ts';
import { DutyCycle } from '../../engine/runtime/duty-cycle.ts';
import { EventLoopRunner } from '../../engine/runtime/event-loop-runner.ts';
import { runBlocking } from '../../engine/runtime/blocking-runner.ts';
import { Invoker } from '../../engine/runtime/invoker.ts';
import { PAUSE_KIND, PAUSE_LOG_BYTES, PauseLog, PauseLogReader } from '../../engine/runtime/pause-log.ts';
import { THREAD_CONTROL_BYTES, ThreadControl } from '../../engine/runtime/thread-control.ts';
import { FakeActor, NAMES, rig, shared } from '../fixtures/runner-rig.ts';
import type { Rig } from '../fixtures/runner-rig.ts';
import { HOT_ACTORS } from '../../engine/runtime/actor.ts';
import type { Actor, ActorName, TimedActor } from '../../engine/runtime/actor.ts';

class CountingDoorbell extends Doorbell {
  /** How often the owner announced that it is about to sleep. */
  parks = 0;
  mostSleeping = 0;
  private sleeping = 0;

  override prepareToPark(): number {
    this.parks++;
    return super.prepareToPark();
  }

  override async parkAsync(signal: number, timeoutMs: number): Promise<void> {
    this.sleeping++;
    this.mostSleeping = Math.max(this.mostSleeping, this.sleeping);
    await super.parkAsync(signal, timeoutMs);
    this.sleeping--;
  }
}

/** An actor that finds its time in a cell, and goes on finding it there when it has thrown. */
class FakeTimedActor extends FakeActor implements TimedActor {
  readonly turnNs: Float64Array = new Float64Array(1);
  readonly turnsAtNs: number[] = [];

  takeTurn(): number {
    this.turnsAtNs.push(this.turnNs[0]);
    return super.doWork();
  }

  override doWork(): number {
    throw new Error('a timed actor is turned by takeTurn');
  }
}

describe('the duty cycle', () => {
  it('starts sinks before sources, turns in flow order, closes sources first', () => {
    const { calls, actors, cycle } = rig(NAMES, new SimulatedClock(0));
    const invoker = new Invoker(cycle);
    invoker.start();
    actors.get('strategy')!.pending = 1;
    actors.get('risk')!.pending = 1;
    expect(invoker.invoke()).toBe(2);
    invoker.close();
    expect(calls).toEqual([
      'start risk',
      'start strategy',
      'work strategy',
      'work risk',
      'close strategy',
      'close risk',
    ]);
  });

  it('turns everybody once, and again only from the first actor with work waiting', () => {
    const { actors, controls, cycle } = rig(NAMES, new SimulatedClock(0));
    cycle.start();
    const cycles = (): number[] => NAMES.map((name) => controls.get(name)!.cycles());
    expect(cycle.turnUntilQuiet()).toBe(0);
    expect(cycles()).toEqual([1, 1]);
    actors.get('risk')!.pending = 3;
    expect(cycle.turnUntilQuiet()).toBe(3);
    expect(cycles()).toEqual([2, 4]);
    // Who comes behind it in the flow is turned too: it may see what the one before has just changed.
    actors.get('strategy')!.pending = 2;
    expect(cycle.turnUntilQuiet()).toBe(2);
    expect(cycles()).toEqual([4, 6]);
    // Work for an actor in front, made behind it in the same turn, is done before the end.
    const strategy = actors.get('strategy')!;
    actors.get('risk')!.onTurn = (): void => {
      strategy.pending = 1;
      actors.get('risk')!.onTurn = (): void => {};
    };
    actors.get('risk')!.pending = 1;
    expect(cycle.turnUntilQuiet()).toBe(2);
    expect(strategy.pending).toBe(0);
  });

  it('catches what an actor throws, records it and keeps turning the others', () => {
    const { calls, actors, controls, errors, cycle } = rig(NAMES, new SimulatedClock(0));
    cycle.start();
    actors.get('strategy')!.throwNext = true;
    actors.get('risk')!.pending = 1;
    expect(cycle.turn()).toBe(2);
    expect(controls.get('strategy')!.state()).toBe(ACTOR_STATE.failed);
    expect(controls.get('risk')!.state()).toBe(ACTOR_STATE.running);
    expect(errors.readAll()[0].text).toContain('ACTOR_FAULT strategy: Error: boom');
    // Its sockets are closed at once, not when the supervisor gets round to the rebuild.
    expect(calls.at(-1)).toBe('work risk');
    expect(calls).toContain('close strategy');
  });

  it('writes the time of a turn where a timed actor looks for it, each incarnation in its own place', () => {
    const clock = new SimulatedClock(0);
    const [control, built] = [new ActorControl(...shared(ACTOR_CONTROL_BYTES)), [] as FakeTimedActor[]];
    const build = (): Actor => {
      built.push(new FakeTimedActor('risk', [], () => {}));
      return built.at(-1)!;
    };
    const errors = new ErrorLog(...shared(ERROR_LOG_BYTES));
    const cycle = new DutyCycle([new ActorCell('risk', build, control, errors, clock)], clock);
    const turnAt = (nowNs: number): void => {
      clock.advanceTo(nowNs);
      built.at(-1)!.pending = 1;
      cycle.turn();
    };
    cycle.start();
    turnAt(7.5);
    turnAt(5_000_000_000.25);
    control.requestRebuild();
    turnAt(6_000_000_000);
    built[1].throwNext = true;
    turnAt(7_000_000_000);
    expect(built.map((actor) => actor.turnsAtNs)).toEqual([
      [7.5, 5_000_000_000.25],
      [6_000_000_000, 7_000_000_000],
    ]);
    expect(control.state()).toBe(ACTOR_STATE.failed);
    expect(errors.readAll()[0].text).toContain('ACTOR_FAULT risk: Error: boom');
    expect(control.lastBeatNs()).toBe(6_000_000_000);
  });

  it('rebuilds an actor in place when the supervisor asks', () => {
    const { calls, actors, controls, cycle } = rig(NAMES, new SimulatedClock(0));
    cycle.start();
    const first = actors.get('strategy');
    first!.throwNext = true;
    cycle.turn();
    controls.get('strategy')!.requestRebuild();
    expect(cycle.hasWork()).toBe(true);
    cycle.turn();
    expect(actors.get('strategy')).not.toBe(first);
    expect(controls.get('strategy')!.state()).toBe(ACTOR_STATE.running);
    expect(controls.get('strategy')!.restarts()).toBe(1);
    expect(calls).toEqual(['start risk', 'start strategy', 'close strategy', 'start strategy']);
  });

  it('keeps the heartbeat going for idle and failed actors', () => {
    const { actors, controls, cycle } = rig(NAMES, new SimulatedClock(0));
    cycle.start();
    actors.get('strategy')!.throwNext = true;
    for (let turn = 0; turn < 5; turn++) cycle.turn();
    expect(controls.get('risk')!.cycles()).toBe(5);
    expect(controls.get('strategy')!.cycles()).toBeGreaterThanOrEqual(4);
  });
});

describe('what a duty cycle notes for the supervisor', () => {
  const LIMIT_NS = 1_000;

  function watched(): { rig: Rig; clock: SimulatedClock; noted: () => number[][] } {
    const clock = new SimulatedClock(0);
    const [buffer, region] = shared(PAUSE_LOG_BYTES);
    const watch = { log: new PauseLog(buffer, region), limitNs: LIMIT_NS, actors: HOT_ACTORS };
    const reader = new PauseLogReader(buffer, region);
    const noted = (): number[][] => {
      const seen: number[][] = [];
      reader.poll((...values) => seen.push(values));
      return seen;
    };
    const watchedRig = rig(NAMES, clock, () => {}, watch);
    watchedRig.cycle.start();
    return { rig: watchedRig, clock, noted };
  }

  function work(of: Rig, clock: SimulatedClock, name: ActorName, lastsNs: number): void {
    const actor = of.actors.get(name)!;
    actor.pending = 1;
    actor.onTurn = (): void => clock.advanceTo(clock.nowNs() + lastsNs);
  }

  it('is a turn above the limit with its actor, and nothing below it', () => {
    const { rig: of, clock, noted } = watched();
    work(of, clock, 'strategy', LIMIT_NS);
    of.cycle.turn();
    expect(noted()).toEqual([]);
    work(of, clock, 'risk', LIMIT_NS + 1);
    of.cycle.turn();
    expect(noted()).toEqual([[PAUSE_KIND.turn, 1_000, 2_001, HOT_ACTORS.indexOf('risk')]]);
  });

  it('is the time in which nothing was turned, which the turn after it does not count as its own', () => {
    const { rig: of, clock, noted } = watched();
    // Between two readings of the clock there may be several idle turns.
    for (let turn = 0; turn < 5; turn++) of.cycle.turn();
    clock.advanceTo(50_000);
    work(of, clock, 'strategy', 10);
    of.cycle.turn();
    expect(noted()).toEqual([[PAUSE_KIND.gap, 0, 50_000, -1]]);
    expect(of.controls.get('strategy')!.maxCycleNs()).toBe(10);
  });
});

describe.each(['spin', 'backoff', 'park'] as const)('runners with idle strategy %s', (idle) => {
  it('event loop: a kick runs the work in the same turn, a stop closes the actors', async () => {
    const { calls, actors, cycle } = rig(NAMES, new SystemClock(createClockOrigin()));
    const control = new ThreadControl(...shared(THREAD_CONTROL_BYTES));
    const runner = new EventLoopRunner(cycle, new Doorbell(...shared(DOORBELL_BYTES)), control, idle, 50);
    const finished = runner.run();
    actors.get('risk')!.pending = 3;
    runner.kick();
    expect(calls.filter((call) => call === 'work risk')).toHaveLength(3);
    control.requestStop();
    await finished;
    expect(calls.slice(-2)).toEqual(['close strategy', 'close risk']);
  });

  it('event loop: a kick from inside a turn asks for one more turn and does not recurse', async () => {
    const { calls, actors, cycle } = rig(NAMES, new SystemClock(createClockOrigin()));
    const control = new ThreadControl(...shared(THREAD_CONTROL_BYTES));
    const runner = new EventLoopRunner(cycle, new Doorbell(...shared(DOORBELL_BYTES)), control, idle, 50);
    const finished = runner.run();
    const risk = actors.get('risk')!;
    let depth = 0;
    risk.onTurn = (): void => {
      depth++;
      expect(depth).toBe(1);
      if (calls.length < 10) actors.get('strategy')!.pending = 1;
      runner.kick();
      depth--;
    };
    risk.pending = 1;
    runner.kick();
    expect(calls.filter((call) => call === 'work strategy').length).toBeGreaterThan(0);
    control.requestStop();
    await finished;
  });

  it('event loop: kicks into its sleep leave one sleep, and a ring still ends it', async () => {
    const { calls, actors, cycle } = rig(NAMES, new SystemClock(createClockOrigin()));
    const control = new ThreadControl(...shared(THREAD_CONTROL_BYTES));
    const doorbell = new CountingDoorbell(...shared(DOORBELL_BYTES));
    const runner = new EventLoopRunner(cycle, doorbell, control, idle, 5_000);
    const finished = runner.run();
    for (let kick = 0; kick < 10; kick++) {
      actors.get('risk')!.pending = 1;
      runner.kick();
      // Long enough for `backoff` to give up spinning and to want to sleep again.
      const wasParked = doorbell.parks;
      const until = performance.now() + 20;
      while (performance.now() < until && doorbell.parks === wasParked) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    expect(doorbell.mostSleeping).toBe(idle === 'spin' ? 0 : 1);
    actors.get('strategy')!.pending = 1;
    doorbell.ring();
    await vi.waitUntil(() => calls.includes('work strategy'), { timeout: 4_000, interval: 1 });
    control.requestStop();
    doorbell.ring();
    await finished;
  });

  it('event loop: an actor that kicks while it starts on a respawned thread starts nobody twice', async () => {
    let runner: EventLoopRunner | null = null;
    const { calls, controls, cycle } = rig(NAMES, new SystemClock(createClockOrigin()), () => runner?.kick());
    for (const control of controls.values()) control.requestRebuild();
    const control = new ThreadControl(...shared(THREAD_CONTROL_BYTES));
    runner = new EventLoopRunner(cycle, new Doorbell(...shared(DOORBELL_BYTES)), control, idle, 50);
    const finished = runner.run();
    expect(calls).toEqual(['start risk', 'start strategy']);
    control.requestStop();
    await finished;
  });

  it('blocking: does what waits, sleeps without work and stops when told', async () => {
    const { calls, actors, cycle } = rig(NAMES, new SystemClock(createClockOrigin()));
    const control = new ThreadControl(...shared(THREAD_CONTROL_BYTES));
    const doorbell = new Doorbell(...shared(DOORBELL_BYTES));
    setTimeout(() => {
      actors.get('risk')!.onTurn = (): void => control.requestStop();
      actors.get('risk')!.pending = 1;
    }, 5);
    await runBlocking(cycle, doorbell, control, idle, 50);
    expect(calls).toContain('work risk');
    expect(calls.slice(-2)).toEqual(['close strategy', 'close risk']);
  });
});
