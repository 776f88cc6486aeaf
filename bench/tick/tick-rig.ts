import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { loadConfig } from '../../engine/app/config/config.ts';
import type { EngineConfig, IdleName } from '../../engine/app/config/config-types.ts';
import { EngineLog } from '../../engine/app/run/engine-log.ts';
import { engineTopology } from '../../engine/app/run/engine-threads.ts';
import { planMemory } from '../../engine/app/threads/memory-plan.ts';
import { plainParts } from '../../engine/app/threads/plain-parts.ts';
import { configuredStrategy } from '../../engine/app/strategy/strategy-check.ts';
import { hostStrategies, placeInstruments } from '../../engine/app/run/strategy-seats.ts';
import { SupervisorInbox } from '../../engine/app/run/supervisor-inbox.ts';
import type { EnginePlan } from '../../engine/app/threads/thread-plan.ts';
import { SUPERVISOR_THREAD, Wiring } from '../../engine/app/threads/wiring.ts';
import { createClockOrigin, SystemClock } from '../../engine/core/clock.ts';
import { TradingStateReader } from '../../engine/risk/trading-state.ts';
import { HOT_ACTORS, isHotActor } from '../../engine/runtime/actor.ts';
import {
  allowedProcessors,
  confineProcess,
  pinThread,
  planProcessors,
} from '../../engine/runtime/cpu-affinity.ts';
import type { ThreadSpec, TopologyName } from '../../engine/runtime/topology.ts';
import { IntentCounter, intentRunBase } from '../../engine/strategy/intent-counter.ts';
import type { AllocationSite } from '../harness/allocation-sites.ts';
import { gcBetween, gcLogBytes } from '../harness/gc-log.ts';
import { addGc, NO_GC } from '../harness/gc-watch.ts';
import type { GcCount } from '../harness/gc-watch.ts';
import type { BellOrder, BellPlan } from './tick-bell.ts';
import type { TickLoop } from './tick-frames.ts';
import { TickLog, tickLogMemory } from './tick-log.ts';
import type { TickRun } from './tick-source.ts';
import type { FromTickThread, TickThreadPlan, ToTickThread } from './tick-thread.ts';
import { workerEnvironment } from '../../engine/runtime/worker-environment.ts';

/** The engine a tick-to-order run drives. */
export interface TickRigOptions {
  readonly loop: TickLoop;
  readonly topology: Exclude<TopologyName, 'invoker'>;
  readonly idle: IdleName;
  /** Longest run. */
  readonly ticksMax: number;
  /** The strategy orders once in a million ticks only: the path without execution. */
  readonly isQuiet?: boolean;
  /** Whether the engine practises before its start and in idle time, where it can; smoke runs save that time. */
  readonly isRehearsing: boolean;
}

/** A made-up key: orders are signed with HMAC-SHA256, the most expensive of the ways Binance Spot takes. */
const CREDENTIALS = {
  kind: 'hmac',
  apiKey: 'k'.repeat(64),
  apiSecret: 's'.repeat(64),
} as const;
/** Nothing is ever connected. */
const NOWHERE = {
  rest: 'http://127.0.0.1:1',
  stream: 'ws://127.0.0.1:1',
  wsApi: 'ws://127.0.0.1:1/ws-api/v3',
};
const INBOX_POLL_MS = 10;
const START_TIMEOUT_MS = 30_000;
/** Orders that have not come this long after the last tick do not come. */
const ORDERS_WAIT_MS = 400;
/** Notices of collections come through each thread's event loop. */
const GC_NOTICE_MS = 350;
const SETTINGS: readonly string[] = [
  'mode=live',
  'venue.name=sim',
  'log.level=fatal',
  'analysis.enabled=false',
  'api.enabled=false',
  'strategy.name=tick-taker',
  'strategy.params.maxOpenPerInstrument=100',
  'risk.maxOrdersPerSecond=100000',
  'risk.maxOpenOrders=1000',
  'risk.priceBandBps=10000',
  'execution.ackTimeoutMs=10000',
];
/** Book updates per order of an engine that (nearly) never orders. */
const NEVER = 1_000_000;

/** The setting that leaves the rehearsal out, where the engine has one. */
export function rehearsal(isWanted: boolean): string[] {
  const hasOne = 'rehearse' in loadConfig({ env: {} }).config.engine;
  return isWanted || !hasOne ? [] : ['engine.rehearse=false'];
}

function tickConfig(options: TickRigOptions, stateDirectory: string): EngineConfig {
  const { topology, idle, isQuiet = false, isRehearsing } = options;
  const more = [
    `engine.topology=${topology}`,
    `engine.idle=${idle}`,
    `state.dir=${stateDirectory}`,
    `strategy.params.everyUpdates=${isQuiet ? NEVER : 1}`,
  ];
  return loadConfig({ env: workerEnvironment(), sets: [...SETTINGS, ...more, ...rehearsal(isRehearsing)] })
    .config;
}

/** An engine on its real threads between a source of ticks and a venue that notes what it is handed. Main thread. */
export class TickRig {
  readonly log: TickLog;
  /** What was done about processors. */
  pinning = '';
  private readonly options: TickRigOptions;
  private readonly directory: string;
  private readonly removeDirectory: () => void;
  private readonly plan: EnginePlan;
  private readonly clock: SystemClock;
  private readonly wiring: Wiring;
  private readonly inbox: SupervisorInbox;
  private readonly threadPlan: Omit<TickThreadPlan, 'thread' | 'gcIndex' | 'loop'>;
  private readonly workers: Map<string, Worker> = new Map();
  private source: Worker | null = null;
  private bell: Worker | null = null;
  private inboxTimer: NodeJS.Timeout | null = null;
  private failure: Error | null = null;
  private readonly allowed: readonly number[] = allowedProcessors();

  constructor(options: TickRigOptions) {
    this.options = options;
    const directory = mkdtempSync(join(tmpdir(), 'shrike-tick-'));
    this.directory = directory;
    this.removeDirectory = (): void => rmSync(directory, { recursive: true, force: true });
    /* Also when the bench is ended before its time. */
    process.once('exit', this.removeDirectory);
    const config = tickConfig(options, this.directory);
    const topology = engineTopology(options.topology, config);
    const memory = planMemory(topology, 1);
    const clockOrigin = createClockOrigin();
    this.clock = new SystemClock(clockOrigin);
    this.plan = {
      memory,
      clockOrigin,
      instruments: [options.loop.instrument],
      config,
      ...plainParts({
        venue: config.venue.name,
        endpoints: NOWHERE,
        accountId: 'bench',
        strategy: configuredStrategy(config),
      }),
      journalDirectory: this.directory,
      intentBase: intentRunBase(clockOrigin.epochUs),
      recordFile: null,
      isPlayMoney: true,
    };
    placeInstruments(this.plan);
    hostStrategies(this.plan);
    this.wiring = new Wiring(memory, SUPERVISOR_THREAD, this.clock);
    this.inbox = new SupervisorInbox(this.wiring, new EngineLog(config));
    const intents = new IntentCounter(memory.buffer, this.wiring.region('state:intents'));
    intents.startAfter(this.plan.intentBase, 0);
    const log = tickLogMemory(options.ticksMax);
    this.log = new TickLog(log);
    this.threadPlan = {
      ...this.plan,
      credentials: { '': CREDENTIALS },
      log,
      gc: new SharedArrayBuffer(gcLogBytes(topology.threads.length)),
      bellDue: options.idle === 'spin' ? null : new SharedArrayBuffer(4),
    };
  }

  /** Starts the threads and brings the book up. */
  async start(): Promise<void> {
    const hot = this.hotThreads();
    const processors = planProcessors(true, hot.length, this.allowed);
    if (typeof processors === 'string') this.pinning = processors;
    else await confineProcess(processors.others);
    this.startBell();
    const threads = this.plan.memory.topology.threads;
    for (const [index, thread] of threads.entries()) await this.spawn(thread, index);
    if (typeof processors !== 'string') {
      const done: string[] = [];
      for (const [index, { name }] of hot.entries()) done.push(await pinThread(name, processors.hot[index]));
      this.pinning = done.join('; ');
    }
    this.inboxTimer = setInterval(() => this.inbox.poll(), INBOX_POLL_MS);
    const trading = new TradingStateReader(this.wiring.buffer, this.wiring.region('state:trading'));
    await this.until('execution is reconciled', () => trading.isReconciled());
    await this.ask({ kind: 'open' }, 'opened');
  }

  /**
   * Sends ticks and waits for their orders, one each when it is not said how many. Returns how many were sent: a closed
   * run ends early where it takes too long.
   */
  async run(run: TickRun, orders: number = run.ticks): Promise<number> {
    this.log.reset();
    await this.ask({ kind: 'run', run }, 'sent');
    const sent = this.log.sentCount();
    if (this.options.isQuiet !== true) await this.orders(Math.min(orders, sent));
    return sent;
  }

  /** Collections on the hot threads during the last run. */
  async gc(): Promise<GcCount> {
    await sleep(GC_NOTICE_MS);
    let count = NO_GC;
    for (const [index, thread] of this.plan.memory.topology.threads.entries()) {
      if (!thread.actors.some(isHotActor)) continue;
      count = addGc(count, gcBetween(this.threadPlan.gc, index, this.log.fromNs, this.log.toNs));
    }
    return count;
  }

  /** Where the thread of the market-data actor allocates while `act` runs, most first. */
  async allocationSites(act: () => Promise<void>): Promise<readonly AllocationSite[]> {
    await this.ask({ kind: 'sample', isOn: true }, 'sampled');
    await act();
    return (await this.ask({ kind: 'sample', isOn: false }, 'sampled')).sites;
  }

  /** Duty cycles of the market-data actor so far. */
  cycles(): number {
    return this.wiring.actorControl('market-data').cycles();
  }

  /** Begins the longest duty cycle anew, between runs. */
  forgetLongestCycle(): void {
    for (const actor of HOT_ACTORS) this.wiring.actorControl(actor).forgetMaxCycle();
  }

  /** Longest duty cycle of any hot actor since `forgetLongestCycle`. */
  longestCycleNs(): number {
    return Math.max(...HOT_ACTORS.map((actor) => this.wiring.actorControl(actor).maxCycleNs()));
  }

  /** The first error of any actor, or null. */
  fault(): string | null {
    for (const { name } of this.plan.memory.topology.threads) {
      const [first] = this.wiring.errors(name).readAll();
      if (first !== undefined) return `${name}: ${first.text}`;
    }
    return this.failure === null ? null : (this.failure.stack ?? this.failure.message);
  }

  /** Stops the threads, sources first, and removes what was written. */
  async close(): Promise<void> {
    if (this.inboxTimer !== null) clearInterval(this.inboxTimer);
    await this.bell?.terminate();
    for (const { name } of [...this.plan.memory.topology.threads].reverse()) {
      const worker = this.workers.get(name);
      if (worker === undefined) continue;
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      this.wiring.threadControl(name).requestStop();
      const isEnded = await Promise.race([
        ended.then(() => true),
        sleep(START_TIMEOUT_MS, false, { ref: false }),
      ]);
      if (!isEnded) await worker.terminate();
    }
    this.inbox.poll();
    this.inbox.latency.destroy();
    if (this.allowed.length > 1) await confineProcess(this.allowed);
    process.off('exit', this.removeDirectory);
    this.removeDirectory();
  }

  private hotThreads(): ThreadSpec[] {
    return this.plan.memory.topology.threads.filter((thread) => thread.actors.some(isHotActor));
  }

  private startBell(): void {
    const { bellDue, clockOrigin } = this.threadPlan;
    if (bellDue === null) return;
    const bellPlan: BellPlan = { due: bellDue, clockOrigin };
    this.bell = new Worker(new URL('./tick-bell.ts', import.meta.url), {
      workerData: bellPlan,
      name: 'bell',
    });
  }

  private async spawn(thread: ThreadSpec, gcIndex: number): Promise<void> {
    const isSource = thread.actors.includes('market-data');
    const plan: TickThreadPlan = {
      ...this.threadPlan,
      thread,
      gcIndex,
      loop: isSource ? this.options.loop : null,
    };
    const worker = new Worker(new URL('./tick-thread.ts', import.meta.url), {
      workerData: plan,
      name: thread.name,
      env: workerEnvironment(),
    });
    worker.on('error', (error) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
    });
    this.workers.set(thread.name, worker);
    if (isSource) this.source = worker;
    await new Promise((resolve) => worker.once('online', resolve));
  }

  /** Sends a message to the source's thread and waits for the answer. */
  private async ask<Kind extends FromTickThread['kind']>(
    message: ToTickThread,
    answer: Kind,
  ): Promise<Extract<FromTickThread, { kind: Kind }>> {
    const source = this.source!;
    let onMessage: (said: FromTickThread) => void = () => {};
    const answered = new Promise<Extract<FromTickThread, { kind: Kind }>>((resolve) => {
      onMessage = (said): void => {
        if (said.kind === answer) resolve(said as Extract<FromTickThread, { kind: Kind }>);
        else if (said.kind === 'ring') {
          const { startNs, intervalNs, ticks } = said;
          const order: BellOrder = { startNs, intervalNs, ticks };
          this.bell?.postMessage(order);
        }
      };
    });
    source.on('message', onMessage);
    source.postMessage(message);
    const ended = new AbortController();
    const broken = (async (): Promise<null> => {
      while (this.fault() === null) await sleep(100, undefined, { signal: ended.signal });
      return null;
    })().catch(() => null);
    const said = await Promise.race([answered, broken]);
    ended.abort();
    source.off('message', onMessage);
    this.throwFault();
    return said!;
  }

  private async orders(count: number): Promise<void> {
    let seen = -1;
    let seenMs = performance.now();
    while (this.log.orderCount() < count && performance.now() - seenMs < ORDERS_WAIT_MS) {
      if (this.log.orderCount() !== seen) seenMs = performance.now();
      seen = this.log.orderCount();
      await sleep(5);
    }
    this.throwFault();
  }

  private async until(what: string, isSo: () => boolean): Promise<void> {
    const endMs = performance.now() + START_TIMEOUT_MS;
    while (!isSo()) {
      this.throwFault();
      if (performance.now() > endMs) throw new Error(`waited in vain: ${what}`);
      await sleep(2);
    }
  }

  private throwFault(): void {
    const fault = this.fault();
    if (fault !== null) throw new Error(`the engine under test failed: ${fault}`);
  }
}
