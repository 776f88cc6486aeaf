import { describe, expect, it, vi } from 'vitest';
import { createClockOrigin, SystemClock } from '../../engine/core/clock.ts';
import { Doorbell, DOORBELL_BYTES } from '../../engine/ipc/doorbell.ts';
import { EventLoopRunner } from '../../engine/runtime/event-loop-runner.ts';
import type { PolledSockets } from '../../engine/runtime/event-loop-runner.ts';
import { THREAD_CONTROL_BYTES, ThreadControl } from '../../engine/runtime/thread-control.ts';
import { NAMES, rig, shared } from '../fixtures/runner-rig.ts';
import type { Rig } from '../fixtures/runner-rig.ts';

/** Sockets a runner polls itself; `onPoll` is what arrives. */
class FakeSockets implements PolledSockets {
  readonly calls: string[] = [];
  polls = 0;
  isLoopReady = false;
  onPoll: () => number = () => 0;
  private isTaken = false;

  hasSockets(): boolean {
    return true;
  }

  takeOver(): void {
    if (!this.isTaken) this.calls.push('take over');
    this.isTaken = true;
  }

  giveBack(): void {
    if (this.isTaken) this.calls.push('give back');
    this.isTaken = false;
  }

  poll(): number {
    this.polls++;
    return this.onPoll();
  }

  isLoopWanted(): boolean {
    return this.isLoopReady;
  }
}

describe('an event-loop thread that looks at its sockets itself', () => {
  interface Spinning extends Rig {
    readonly sockets: FakeSockets;
    readonly runner: EventLoopRunner;
    readonly doorbell: Doorbell;
    readonly end: () => Promise<void>;
  }

  function start(
    idle: 'spin' | 'backoff' | 'park',
    prepare: (sockets: FakeSockets) => void = () => {},
  ): Spinning {
    const of = rig(NAMES, new SystemClock(createClockOrigin()));
    const control = new ThreadControl(...shared(THREAD_CONTROL_BYTES));
    const doorbell = new Doorbell(...shared(DOORBELL_BYTES));
    const sockets = new FakeSockets();
    prepare(sockets);
    const runner = new EventLoopRunner(of.cycle, doorbell, control, idle, 50, sockets);
    const finished = runner.run();
    const end = async (): Promise<void> => {
      control.requestStop();
      doorbell.ring();
      await finished;
    };
    return { ...of, sockets, runner, doorbell, end };
  }

  const until = async (holds: () => boolean): Promise<void> => {
    await vi.waitUntil(holds, { timeout: 4_000, interval: 1 });
  };

  it('looks at them far more often than it goes round its event loop, whose timers still come', async () => {
    const { sockets, end } = start('spin');
    let timers = 0;
    const timer = setInterval(() => timers++, 1);
    await until(() => timers >= 20);
    clearInterval(timer);
    await end();
    expect(sockets.polls).toBeGreaterThan(20 * 16);
    expect(sockets.calls).toEqual(['take over', 'give back']);
  });

  it('goes round at once when a descriptor of the loop has something', async () => {
    const polled = async (isLoopReady: boolean): Promise<number> => {
      const { sockets, end } = start('spin', (made) => {
        made.isLoopReady = isLoopReady;
      });
      await until(() => sockets.polls > 0);
      const before = sockets.polls;
      for (let round = 0; round < 5; round++) await new Promise((resolve) => setImmediate(resolve));
      const between = sockets.polls - before;
      await end();
      return between;
    };
    expect(await polled(true)).toBeLessThan(await polled(false));
  });

  it('turns its actors in the poll that brought something, and rings between polls', async () => {
    const { sockets, runner, actors, calls, end } = start('spin');
    let seen: readonly string[] = [];
    let polls = 0;
    sockets.onPoll = (): number => {
      polls++;
      if (polls === 100) {
        actors.get('strategy')!.pending = 1;
        runner.kick();
        seen = [...calls];
      }
      if (polls === 200) actors.get('risk')!.pending = 1;
      return 0;
    };
    await until(() => calls.includes('work risk'));
    await end();
    expect(seen).toContain('work strategy');
  });

  it('gives them to the event loop while it sleeps, and takes them again when work has come', async () => {
    const { sockets, doorbell, actors, calls, end } = start('backoff');
    await until(() => sockets.calls.length === 2);
    expect(sockets.calls).toEqual(['take over', 'give back']);
    const asleep = sockets.polls;
    actors.get('risk')!.pending = 1;
    doorbell.ring();
    await until(() => calls.includes('work risk') && sockets.calls.length >= 3);
    expect(sockets.calls[2]).toBe('take over');
    await end();
    expect(sockets.polls).toBeGreaterThan(asleep);
  });

  it('leaves them to the event loop when it never spins', async () => {
    const { sockets, actors, runner, calls, end } = start('park');
    actors.get('risk')!.pending = 1;
    runner.kick();
    await until(() => calls.includes('work risk'));
    await end();
    expect([sockets.polls, sockets.calls]).toEqual([0, []]);
  });
});
