import type { Clock } from '../core/clock.ts';
import type { ActorName } from './actor.ts';
import { ACTOR_STATE } from './actor-control.ts';
import type { ActorControl } from './actor-control.ts';
import { groupOf, RestartIntensity, restartSet } from './restart-policy.ts';
import type { ThreadControl } from './thread-control.ts';
import { threadOf } from './topology.ts';
import type { EngineTopology, ThreadSpec } from './topology.ts';

/** A running thread as its supervisor holds it. */
export interface ThreadHandle {
  /** Ends the thread at once, whatever it does. Resolves when it is gone. */
  terminate(): Promise<void>;
  /** Where the thread is right now, one "function (url:line)" per line; empty when it cannot be asked. */
  readonly whereabouts?: () => Promise<string>;
}

/** Starts a thread. `onEnd` is called once when it is gone, with the error that ended it or null. */
export type SpawnThread = (spec: ThreadSpec, onEnd: (error: Error | null) => void) => ThreadHandle;

export type IncidentCause = 'threw' | 'ended' | 'hung';

/** What is known of a thread that hangs or has ended. */
export interface ThreadEvidence {
  readonly cause: 'ended' | 'hung';
  readonly detail: string;
  /** What ended it. */
  readonly error: Error | null;
  /** Where it hangs; empty when it is not known. */
  readonly stack: string;
}

/** Who made a thread hang or end. */
export interface Culprit {
  /** null = it was no actor's turn. */
  readonly actor: ActorName | null;
  /** Whose turn it was, in words. */
  readonly where: string;
  /** A strategy did it and is switched off: the restart does not count against the group. */
  readonly isStrategyFault: boolean;
}

/** Whose turn it is on each thread. */
export interface TurnWatch {
  /** Whether code of a strategy runs there now. */
  isInStrategy(thread: ThreadSpec): boolean;
  /** Why a thread that has not beaten since `lastBeatNs` must be ended at once, for the memory it takes; else null. */
  tookTooMuch(thread: ThreadSpec, lastBeatNs: number): Error | null;
  /** Finds the culprit and switches off a strategy that is it. Before the thread is started again. */
  blame(thread: ThreadSpec, evidence: ThreadEvidence): Culprit;
}

/** One failure and what was done about it. Times are monoNs. */
export interface Incident {
  readonly actor: ActorName;
  readonly cause: IncidentCause;
  readonly detail: string;
  readonly detectedNs: number;
  readonly restarted: readonly ActorName[];
  readonly threadsRestarted: readonly string[];
  /** When every restarted actor ran again; 0 = not yet. */
  runningNs: number;
}

export interface SupervisorOptions {
  readonly topology: EngineTopology;
  readonly actorControls: ReadonlyMap<ActorName, ActorControl>;
  readonly threadControls: ReadonlyMap<string, ThreadControl>;
  readonly spawn: SpawnThread;
  readonly clock: Clock;
  /** A heartbeat older than this means the thread hangs. */
  readonly watchdogNs: number;
  /** A thread that takes longer than this from spawn to running counts as failed to start. */
  readonly startTimeoutNs: number;
  /** Absent: an actor that does not run is blamed, else the first of its thread. */
  readonly turns?: TurnWatch;
  readonly restartsMax: number;
  readonly restartPeriodNs: number;
  /** Before a hung thread's actors are rebuilt: skips the record each was hanging on. */
  readonly buryInFlight: (actor: ActorName) => void;
  /** An incident was noticed (before) and answered (after the restart was set in motion). */
  readonly onIncident: (incident: Incident) => void;
  /** Restarting does not help: halt, cancel all, flush, exit non-zero. */
  readonly onEscalate: (reason: string) => void;
}

interface Child {
  readonly spec: ThreadSpec;
  handle: ThreadHandle | null;
  spawnedNs: number;
  isEnding: boolean;
  /** A drill ended it: no actor is to blame. */
  isKilled: boolean;
}

const POLL_MS = 10;
/** A thread silent for this long is looked at for the memory it takes. */
const SILENCE_NS = 30e6;
/** How long a strategy may take to be loaded, made and started. */
const STRATEGY_START_NS = 10_000e6;
/** How long a hanging thread is asked where it is. */
const WHEREABOUTS_MS_MAX = 1_000;

/**
 * Owns the engine's threads: starts them sinks first, watches heartbeats and failures, applies the group rules and gives
 * up when restarting does not help. Main thread.
 */
export class Supervisor {
  readonly incidents: Incident[] = [];
  private readonly options: SupervisorOptions;
  private readonly children: Child[];
  private readonly intensities: Map<string, RestartIntensity> = new Map();
  private timer: NodeJS.Timeout | null = null;
  private lastPollNs = 0;
  private isStopping = false;
  private hasEscalated = false;

  constructor(options: SupervisorOptions) {
    this.options = options;
    this.children = options.topology.threads.map((spec) => ({
      spec,
      handle: null,
      spawnedNs: 0,
      isEnding: false,
      isKilled: false,
    }));
    for (const group of options.topology.groups) {
      this.intensities.set(group.name, new RestartIntensity(options.restartsMax, options.restartPeriodNs));
    }
  }

  /** Starts all threads in the given order, each when the one before runs. Rejects when one fails to start. */
  async start(): Promise<void> {
    for (const child of this.children) {
      this.spawn(child);
      await this.untilRunning(child);
    }
    this.lastPollNs = this.options.clock.nowNs();
    this.timer = setInterval(() => this.poll(), POLL_MS);
  }

  /**
   * Stops the named threads (all when omitted) in the reverse order of start: each closes its actors; one that does not
   * within `timeoutMs` is ended. Returns the names of those that had to be ended.
   */
  async stop(timeoutMs: number, names?: readonly string[]): Promise<string[]> {
    this.isStopping = true;
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    const ended: string[] = [];
    for (const child of [...this.children].reverse()) {
      if (names !== undefined && !names.includes(child.spec.name)) continue;
      if (child.handle === null) continue;
      const control = this.threadControl(child);
      control.requestStop();
      const deadlineNs = this.options.clock.nowNs() + timeoutMs * 1e6;
      while (!control.isStopped() && this.options.clock.nowNs() < deadlineNs) await pause(2);
      if (!control.isStopped()) ended.push(child.spec.name);
      child.isEnding = true;
      await child.handle.terminate();
      child.handle = null;
    }
    return ended;
  }

  /** Ends an actor's thread as an outside kill would. Drills only. */
  async killThreadOf(actor: ActorName): Promise<void> {
    const spec = threadOf(this.options.topology.threads, actor);
    const child = this.children.find((candidate) => candidate.spec === spec);
    if (child !== undefined) child.isKilled = true;
    await child?.handle?.terminate();
  }

  /** Looks at every thread and actor once; also called by the timer. */
  poll(): void {
    const nowNs = this.options.clock.nowNs();
    // When the main thread itself was held up, heartbeats it did not see are no evidence of a hang.
    const wasHeldUp = nowNs - this.lastPollNs > this.options.watchdogNs / 2;
    this.lastPollNs = nowNs;
    for (const child of this.children) {
      if (child.handle === null || child.isEnding) continue;
      for (const actor of child.spec.actors) {
        if (this.checkActor(child, actor, nowNs, wasHeldUp)) break;
      }
    }
    for (const incident of this.incidents) {
      if (incident.runningNs === 0 && this.areRunning(incident.restarted)) incident.runningNs = nowNs;
    }
  }

  /** Whether every actor runs. */
  allRunning(): boolean {
    return this.children.every((child) => this.areRunning(child.spec.actors));
  }

  private checkActor(child: Child, actor: ActorName, nowNs: number, wasHeldUp: boolean): boolean {
    const control = this.actorControl(actor);
    const state = control.state();
    if (state === ACTOR_STATE.failed && !control.rebuildWanted()) {
      this.handleFailure(actor, 'threw', null, nowNs, 'see the error log');
      return false;
    }
    const lastSignNs = Math.max(control.lastBeatNs(), child.spawnedNs);
    const limitNs = state === ACTOR_STATE.running ? this.options.watchdogNs : this.startLimitNs(child);
    const silentNs = nowNs - lastSignNs;
    const isFirst = actor === child.spec.actors[0];
    const error =
      isFirst && silentNs > SILENCE_NS ? this.options.turns?.tookTooMuch(child.spec, lastSignNs) : undefined;
    if (!error && (wasHeldUp || silentNs <= limitNs)) return false;
    const detail = error?.message ?? `no heartbeat for ${Math.round(silentNs / 1e6)} ms`;
    void this.replaceHungThread(child, actor, nowNs, detail, error ?? null);
    return true;
  }

  /** A strategy that hangs while it starts is found sooner than an actor that waits for a slow machine. */
  private startLimitNs({ spec }: Child): number {
    const { startTimeoutNs, turns } = this.options;
    return turns?.isInStrategy(spec) === true ? Math.min(STRATEGY_START_NS, startTimeoutNs) : startTimeoutNs;
  }

  private async replaceHungThread(
    child: Child,
    actor: ActorName,
    nowNs: number,
    detail: string,
    error: Error | null,
  ): Promise<void> {
    child.isEnding = true;
    const stack = await this.whereabouts(child);
    await child.handle?.terminate();
    child.handle = null;
    const culprit = this.options.turns?.blame(child.spec, { cause: 'hung', detail, error, stack });
    for (const member of child.spec.actors) this.options.buryInFlight(member);
    this.handleFailure(culprit?.actor ?? actor, 'hung', child, nowNs, detail, culprit);
  }

  private async whereabouts({ handle }: Child): Promise<string> {
    if (this.options.turns === undefined || handle?.whereabouts === undefined) return '';
    return Promise.race([handle.whereabouts(), pause(WHEREABOUTS_MS_MAX).then(() => '')]).catch(() => '');
  }

  private onThreadEnd(child: Child, handle: ThreadHandle, error: Error | null): void {
    if (this.isStopping || child.isEnding || child.handle !== handle) return;
    child.handle = null;
    const nowNs = this.options.clock.nowNs();
    const detail = error === null ? 'the thread ended' : error.message;
    // A thread that a drill ended was in the midst of anything.
    const culprit = child.isKilled
      ? undefined
      : this.options.turns?.blame(child.spec, { cause: 'ended', detail, error, stack: '' });
    const actor = culprit?.actor ?? this.blame(child.spec);
    this.handleFailure(actor, 'ended', child, nowNs, detail, culprit);
  }

  /** Which actor of a dead thread to name: the first that did not run, else the first. */
  private blame(spec: ThreadSpec): ActorName {
    const suspect = spec.actors.find((actor) => this.actorControl(actor).state() !== ACTOR_STATE.running);
    return suspect ?? spec.actors[0];
  }

  private handleFailure(
    actor: ActorName,
    cause: IncidentCause,
    ended: Child | null,
    detectedNs: number,
    detail: string,
    culprit?: Culprit,
  ): void {
    if (this.isStopping || this.hasEscalated) return;
    const set = restartSet(this.options.topology, actor, ended === null ? null : ended.spec);
    const incident: Incident = {
      actor,
      cause,
      detail: culprit === undefined ? detail : `${detail}, ${culprit.where}`,
      detectedNs,
      restarted: [...set],
      threadsRestarted: ended === null ? [] : [ended.spec.name],
      runningNs: 0,
    };
    this.incidents.push(incident);
    const group = groupOf(this.options.topology, actor);
    const isCounted = culprit?.isStrategyFault !== true;
    if (isCounted && !this.intensities.get(group.name)!.allows(detectedNs)) {
      this.hasEscalated = true;
      this.options.onIncident(incident);
      this.options.onEscalate(`group "${group.name}" failed too often; last: ${actor} ${cause} (${detail})`);
      // Without execution nobody cancels what is open: it comes up once more, to find the kill switch thrown.
      if (set.has('execution')) this.restart(set, ended);
      return;
    }
    this.restart(set, ended);
    this.options.onIncident(incident);
  }

  private restart(actors: ReadonlySet<ActorName>, ended: Child | null): void {
    for (const member of actors) {
      const control = this.actorControl(member);
      if (ended !== null && ended.spec.actors.includes(member)) control.setState(ACTOR_STATE.stopped);
      control.requestRebuild();
    }
    if (ended !== null) this.spawn(ended);
  }

  private spawn(child: Child): void {
    this.threadControl(child).reset();
    child.isEnding = false;
    child.isKilled = false;
    child.spawnedNs = this.options.clock.nowNs();
    const handle: ThreadHandle = this.options.spawn(child.spec, (error) =>
      this.onThreadEnd(child, handle, error),
    );
    child.handle = handle;
  }

  /** A strategy that hangs while it starts is switched off and its thread started again; any other delay is a failure. */
  private async endSlowStart(child: Child): Promise<void> {
    const nowNs = this.options.clock.nowNs();
    const silentMs = Math.round((nowNs - child.spawnedNs) / 1e6);
    if (nowNs - child.spawnedNs <= this.startLimitNs(child)) return;
    if (this.options.turns?.isInStrategy(child.spec) !== true)
      throw new Error(`thread "${child.spec.name}" did not start in time`);
    const detail = `no heartbeat for ${silentMs} ms`;
    await this.replaceHungThread(child, child.spec.actors[0], nowNs, detail, null);
  }

  private async untilRunning(child: Child): Promise<void> {
    for (;;) {
      if (this.areRunning(child.spec.actors)) return;
      const failed = child.spec.actors.find(
        (actor) => this.actorControl(actor).state() === ACTOR_STATE.failed,
      );
      if (failed !== undefined) throw new Error(`actor "${failed}" failed to start: see the error log`);
      if (child.handle === null) throw new Error(`thread "${child.spec.name}" ended while starting`);
      await this.endSlowStart(child);
      await pause(1);
    }
  }

  private areRunning(actors: readonly ActorName[]): boolean {
    return actors.every((actor) => {
      const control = this.actorControl(actor);
      return control.state() === ACTOR_STATE.running && !control.rebuildWanted();
    });
  }

  private actorControl(actor: ActorName): ActorControl {
    return this.options.actorControls.get(actor)!;
  }

  private threadControl(child: Child): ThreadControl {
    return this.options.threadControls.get(child.spec.name)!;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
