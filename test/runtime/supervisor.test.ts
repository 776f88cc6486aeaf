import { afterEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../engine/core/clock.ts';
import { HOT_ACTORS } from '../../engine/runtime/actor.ts';
import type { ActorName } from '../../engine/runtime/actor.ts';
import { ACTOR_CONTROL_BYTES, ACTOR_STATE, ActorControl } from '../../engine/runtime/actor-control.ts';
import { Supervisor } from '../../engine/runtime/supervisor.ts';
import type { Incident } from '../../engine/runtime/supervisor.ts';
import { THREAD_CONTROL_BYTES, ThreadControl } from '../../engine/runtime/thread-control.ts';
import { plainTopology } from '../../engine/runtime/build-topology.ts';
import type { ThreadSpec, TopologyName } from '../../engine/runtime/topology.ts';

const WATCHDOG_NS = 1_000e6;

/** A supervisor over threads that exist only as their control blocks. */
class Rig {
  readonly clock = new SimulatedClock(0);
  readonly actorControls = new Map<ActorName, ActorControl>();
  readonly threadControls = new Map<string, ThreadControl>();
  readonly spawned: string[] = [];
  readonly terminated: string[] = [];
  readonly buried: string[] = [];
  readonly incidents: Incident[] = [];
  readonly escalations: string[] = [];
  readonly ends = new Map<string, (error: Error | null) => void>();
  readonly threads: readonly ThreadSpec[];
  readonly supervisor: Supervisor;
  startsFail = false;

  constructor(topology: TopologyName, restartsMax = 5) {
    const plain = plainTopology(topology);
    // In the order of the flow, which the expectations below name.
    this.threads = [...plain.threads].reverse();
    const memory = (bytes: number) =>
      [new SharedArrayBuffer(bytes), { name: 'x', byteOffset: 0, byteLength: bytes }] as const;
    for (const actor of HOT_ACTORS)
      this.actorControls.set(actor, new ActorControl(...memory(ACTOR_CONTROL_BYTES)));
    for (const { name } of this.threads) {
      this.threadControls.set(name, new ThreadControl(...memory(THREAD_CONTROL_BYTES)));
    }
    this.supervisor = new Supervisor({
      topology: { ...plain, threads: this.threads },
      actorControls: this.actorControls,
      threadControls: this.threadControls,
      spawn: (spec, onEnd) => this.spawn(spec, onEnd),
      clock: this.clock,
      watchdogNs: WATCHDOG_NS,
      startTimeoutNs: 5_000e6,
      restartsMax,
      restartPeriodNs: 60_000e6,
      buryInFlight: (actor) => this.buried.push(actor),
      onIncident: (incident) => this.incidents.push(incident),
      onEscalate: (reason) => this.escalations.push(reason),
    });
  }

  control(actor: ActorName): ActorControl {
    return this.actorControls.get(actor)!;
  }

  /** Lets `ms` pass in steps in which every actor but the silent ones beats and rebuilds as asked. */
  pass(ms: number, silent: readonly ActorName[] = []): void {
    for (let step = 0; step < ms; step += 100) {
      this.clock.advanceTo(this.clock.nowNs() + 100e6);
      for (const [actor, control] of this.actorControls) {
        if (silent.includes(actor)) continue;
        if (control.rebuildWanted()) {
          control.noteStarting(this.clock.nowNs());
          control.setState(ACTOR_STATE.running);
        }
        control.beat(0, this.clock.nowNs());
      }
      this.supervisor.poll();
    }
  }

  private spawn(spec: ThreadSpec, onEnd: (error: Error | null) => void): { terminate: () => Promise<void> } {
    this.spawned.push(spec.name);
    this.ends.set(spec.name, onEnd);
    for (const actor of spec.actors) {
      this.control(actor).noteStarting(this.clock.nowNs());
      this.control(actor).setState(this.startsFail ? ACTOR_STATE.failed : ACTOR_STATE.running);
    }
    return {
      terminate: () => {
        this.terminated.push(spec.name);
        this.threadControls.get(spec.name)!.noteStopped();
        onEnd(null);
        return Promise.resolve();
      },
    };
  }
}

const started: Rig[] = [];
async function start(topology: TopologyName, restartsMax?: number): Promise<Rig> {
  const rig = new Rig(topology, restartsMax);
  await rig.supervisor.start();
  started.push(rig);
  return rig;
}

afterEach(async () => {
  for (const rig of started.splice(0)) {
    for (const control of rig.threadControls.values()) control.noteStopped();
    await rig.supervisor.stop(10);
  }
});

describe('the supervisor', () => {
  it('rebuilds only what the group rule names when an actor throws', async () => {
    const rig = await start('dedicated');
    rig.control('orderbook').setState(ACTOR_STATE.failed);
    rig.pass(300);
    expect(rig.incidents).toHaveLength(1);
    expect(rig.incidents[0]).toMatchObject({
      actor: 'orderbook',
      cause: 'threw',
      restarted: ['orderbook', 'strategy'],
    });
    expect(HOT_ACTORS.map((actor) => rig.control(actor).restarts())).toEqual([0, 1, 1, 0, 0]);
    expect(rig.spawned).toHaveLength(5);
    expect(rig.incidents[0].runningNs).toBeGreaterThan(0);
  });

  it('respawns a dead thread and takes its other actors through the start path', async () => {
    const rig = await start('split');
    await rig.supervisor.killThreadOf('strategy');
    rig.pass(300);
    expect(rig.spawned).toEqual(['ingress', 'core', 'egress', 'core']);
    expect([...rig.incidents[0].restarted].sort()).toEqual(['execution', 'risk', 'strategy']);
    expect(rig.control('market-data').restarts()).toBe(0);
    expect(rig.supervisor.allRunning()).toBe(true);
  });

  it('ends a thread whose heartbeat stands still, buries the record it hung on, and restarts it', async () => {
    const rig = await start('dedicated');
    rig.pass(1_500, ['risk']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(rig.terminated).toEqual(['risk']);
    expect(rig.buried).toEqual(['risk']);
    expect(rig.incidents[0]).toMatchObject({ actor: 'risk', cause: 'hung' });
    expect([...rig.incidents[0].restarted].sort()).toEqual(['execution', 'risk']);
    expect(rig.spawned.filter((name) => name === 'risk')).toHaveLength(2);
  });

  it('takes no silence for a hang while it was held up itself', async () => {
    const rig = await start('dedicated');
    rig.pass(100);
    rig.clock.advanceTo(rig.clock.nowNs() + 10_000e6);
    rig.supervisor.poll();
    expect(rig.incidents).toEqual([]);
    rig.pass(2_000);
    expect(rig.incidents).toEqual([]);
  });

  it('gives up once, with the reason, when a group fails too often', async () => {
    const rig = await start('dedicated', 2);
    for (let round = 0; round < 4; round++) {
      rig.control('strategy').setState(ACTOR_STATE.failed);
      rig.pass(200);
    }
    expect(rig.escalations).toHaveLength(1);
    expect(rig.escalations[0]).toContain('group "data" failed too often; last: strategy threw');
    expect(rig.control('strategy').restarts()).toBe(2);
  });

  it('brings execution back once more when it gives up, and then no more: somebody must cancel', async () => {
    const rig = await start('dedicated', 1);
    for (let round = 0; round < 4; round++) {
      rig.ends.get('execution')!(null);
      rig.pass(200);
    }
    expect(rig.escalations).toHaveLength(1);
    expect(rig.spawned.filter((name) => name === 'execution')).toHaveLength(3);
    expect(rig.control('execution').restarts()).toBe(2);
    expect(rig.control('risk').restarts()).toBe(2);
  });

  it('refuses to start when an actor cannot start, naming it', async () => {
    const rig = new Rig('fused');
    rig.startsFail = true;
    await expect(rig.supervisor.start()).rejects.toThrow('actor "market-data" failed to start');
  });

  it('asks threads to stop in reverse order and names those that had to be ended', async () => {
    const rig = await start('split');
    rig.threadControls.get('egress')!.noteStopped();
    rig.threadControls.get('ingress')!.noteStopped();
    const ticking = setInterval(() => rig.clock.advanceTo(rig.clock.nowNs() + 10e6), 1);
    const ended = await rig.supervisor.stop(20);
    clearInterval(ticking);
    expect(ended).toEqual(['core']);
    expect(rig.terminated).toEqual(['egress', 'core', 'ingress']);
    expect(rig.incidents).toEqual([]);
  });
});
