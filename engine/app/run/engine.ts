import { Worker } from 'node:worker_threads';
import type { Clock } from '../../core/clock.ts';
import { SystemClock } from '../../core/clock.ts';
import { siblingModule } from '../../core/sibling-module.ts';
import { ActorCalls } from '../../control/actor-calls.ts';
import type { ActorLink } from '../../control/actor-calls.ts';
import { CommandDesk } from '../../control/command-desk.ts';
import type { Publication } from '../../ipc/ring.ts';
import { COMMAND as COMMAND_KIND } from '../../messages/enums.ts';
import { SupervisorTradingState, TradingStateReader } from '../../risk/trading-state.ts';
import { actorName, isHotActor, kindOf, labelOf } from '../../runtime/actor.ts';
import type { ActorName, HotActorKind, HotActorName } from '../../runtime/actor.ts';
import {
  allowedProcessors,
  confineProcess,
  pinThread,
  planProcessors,
  threadKeeper,
} from '../../runtime/cpu-affinity.ts';
import type { KeepThreads, ProcessorPlan } from '../../runtime/cpu-affinity.ts';
import { openNativeRoom } from '../../native/native-room.ts';
import type { StageActors } from '../../runtime/latency-attribution.ts';
import type { LatencyHops } from '../../runtime/latency-histograms.ts';
import { LatencyWatch } from '../../runtime/latency-watch.ts';
import { RunDelayMeter } from '../../runtime/run-delay.ts';
import { Supervisor } from '../../runtime/supervisor.ts';
import type { Incident, ThreadHandle } from '../../runtime/supervisor.ts';
import type { ThreadSpec } from '../../runtime/topology.ts';
import { validateTopology } from '../../runtime/topology-check.ts';
import { BookWatch } from './book-watch.ts';
import { InstrumentWatch } from './instrument-watch.ts';
import { listSymbols, symbolCommands } from './symbol-commands.ts';
import { tradingCommands } from './trading-commands.ts';
import type { EngineLog } from './engine-log.ts';
import { heapMbOf, isObserverThread } from './engine-threads.ts';
import { LatencyGuard } from './latency-guard.ts';
import { AnalysisControl } from './analysis-commands.ts';
import { StrategyCommands } from './strategy-commands.ts';
import { SupervisorInbox } from './supervisor-inbox.ts';
import { EngineTurnWatch } from './turn-watch.ts';
import { whereaboutsOf } from './thread-whereabouts.ts';
import type { Credentials, EnginePlan, ThreadPlan } from '../threads/thread-plan.ts';
import { SUPERVISOR_THREAD, Wiring } from '../threads/wiring.ts';
import { ACTOR_STATE } from '../../runtime/actor-control.ts';
import { workerEnvironment } from '../../runtime/worker-environment.ts';

/** Who gives commands for faults of the engine. */
const OWN_SOURCE = 'engine';
const START_TIMEOUT_NS = 30_000e6;
/** Observers may collect often: a small young generation keeps the process small. */
const OBSERVER_YOUNG_MB = 8;
const INBOX_POLL_MS = 10;
/** How often answers are looked for while one is awaited. */
const ANSWER_POLL_MS = 1;

/** What the engine needs from its owner. */
export interface EngineOptions {
  readonly plan: EnginePlan;
  readonly credentials: Credentials;
  readonly log: EngineLog;
  /** Called when restarting does not help; the owner halts, cancels, flushes and exits non-zero. */
  readonly onEscalate: (reason: string) => void;
  readonly onIncident?: (incident: Incident) => void;
  /** Called with each worker of the api, which is fed with stats over messages. */
  readonly onWorker?: (thread: ThreadSpec, worker: Worker) => void;
}

/**
 * A running engine as the main thread sees it: its threads under supervision, the command rings, and what the actors
 * tell the supervisor. Main thread.
 */
export class Engine {
  readonly plan: EnginePlan;
  readonly clock: Clock;
  readonly wiring: Wiring;
  readonly supervisor: Supervisor;
  readonly inbox: SupervisorInbox;
  readonly trading: TradingStateReader;
  readonly books: BookWatch;
  /** The latency budget's stop of new orders. */
  readonly latencyGuard: LatencyGuard;
  /** Where commands to the engine are given. */
  readonly desk: CommandDesk;
  /** The strategies there are. */
  readonly strategies: StrategyCommands;
  /** The slow path's scheduler. */
  readonly analysis: AnalysisControl;
  /** supervisor-to-journal. */
  readonly journalRing: Publication;
  /** The kill switch was thrown for a fault of the engine, by nobody's command and no limit. */
  hasKilledItself = false;
  private readonly options: EngineOptions;
  private readonly calls: ActorCalls;
  private readonly instrumentWatch: InstrumentWatch;
  private ownCommands = 0;
  private processors: ProcessorPlan | null = null;
  private keepThreads: KeepThreads = threadKeeper(null);
  private inboxTimer: NodeJS.Timeout | null = null;
  private answerTimer: NodeJS.Timeout | null = null;

  constructor(options: EngineOptions) {
    const { plan } = options;
    validateTopology(plan.memory.topology);
    this.options = options;
    this.plan = plan;
    this.clock = new SystemClock(plan.clockOrigin);
    this.wiring = new Wiring(plan.memory, SUPERVISOR_THREAD, this.clock);
    this.journalRing = this.wiring.publication('supervisor-to-journal');
    this.calls = this.makeCalls();
    this.inbox = new SupervisorInbox(
      this.wiring,
      options.log,
      this.makeLatencyWatch(),
      plan.config.mode === 'live',
    );
    const tradingWords = this.wiring.region('state:trading');
    this.trading = new TradingStateReader(this.wiring.buffer, tradingWords);
    this.latencyGuard = new LatencyGuard(
      plan.config.risk,
      new SupervisorTradingState(this.wiring.buffer, tradingWords),
      this.clock,
      options.log,
    );
    this.inbox.onSent = (tickToOrderNs): void => this.latencyGuard.note(tickToOrderNs);
    this.books = new BookWatch(this.wiring, plan.instruments);
    this.strategies = new StrategyCommands(
      plan,
      { wiring: this.wiring, journal: this.journalRing },
      this.books,
    );
    this.analysis = new AnalysisControl(plan, this.wiring);
    this.desk = new CommandDesk(
      [
        ...tradingCommands(plan, this.hotActors('execution'), this.trading, this.clock, (source) =>
          this.noteKill(source),
        ),
        ...symbolCommands({ plan, wiring: this.wiring, journal: this.journalRing }),
        ...this.strategies.kinds(),
        ...this.analysis.kinds(),
      ],
      this.calls,
      this.clock,
    );
    this.instrumentWatch = new InstrumentWatch({
      plan,
      wiring: this.wiring,
      log: options.log,
      refresh: () => this.refreshInstruments(),
    });
    this.supervisor = this.makeSupervisor();
  }

  /** Starts every thread, sinks first. Rejects when one does not come up; the owner then stops the others. */
  async start(): Promise<void> {
    this.inboxTimer = setInterval(() => {
      this.inbox.poll();
      this.calls.poll();
      this.latencyGuard.poll();
    }, INBOX_POLL_MS);
    await this.makeRoom();
    await this.supervisor.start();
    this.instrumentWatch.start();
  }

  /** Tells one actor something and waits for no answer; false when its command ring is full. */
  tell(actor: HotActorName, kind: number, argument = 0): boolean {
    return this.calls.tell({ actor, kind, argument });
  }

  /**
   * Throws the kill switch: no new order passes, own orders are cancelled; it stays until someone resumes, or this run ends:
   * a fault of the engine is not carried into the next one.
   */
  kill(): void {
    this.command('kill', OWN_SOURCE);
  }

  /** No new risk is taken; orders and positions stay. */
  pause(source: string = OWN_SOURCE): void {
    this.command('pause', source);
  }

  /**
   * Stops new orders, cancels own ones and waits until the venue has confirmed, at most `timeoutMs` from when execution
   * runs. An order of unknown fate is known to be none only after the grace of "not found": that much longer it may take.
   * Returns how many orders are still open.
   */
  async cancelAndDrain(timeoutMs: number): Promise<number> {
    this.tell('risk', COMMAND_KIND.cancelOnly);
    for (const actor of this.hotActors('execution')) {
      this.tell(actor, COMMAND_KIND.cancelAll);
      this.tell(actor, COMMAND_KIND.drain);
    }
    const { notFoundGraceMs } = this.plan.config.execution;
    const startedByNs = this.clock.nowNs() + START_TIMEOUT_NS;
    let sinceNs = this.clock.nowNs();
    while (!this.trading.isDrained()) {
      const nowNs = this.clock.nowNs();
      if (nowNs < startedByNs && this.isExecutionStarting()) sinceNs = nowNs;
      const graceMs = this.trading.unknownOrders() > 0 ? notFoundGraceMs : 0;
      if (nowNs - sinceNs >= (timeoutMs + graceMs) * 1e6) break;
      await pause(5);
    }
    return this.trading.openOrders();
  }

  /** An execution actor that takes the place of one that ended has the orders of that one to ask for. */
  private isExecutionStarting(): boolean {
    return this.hotActors('execution').some((actor) => {
      const control = this.wiring.actorControl(actor);
      return control.state() === ACTOR_STATE.starting || control.rebuildWanted();
    });
  }

  /** Stops every thread, sources first, journal last; names those that had to be ended. */
  async stopThreads(timeoutMs: number): Promise<string[]> {
    this.instrumentWatch.stop();
    const ended = await this.supervisor.stop(timeoutMs);
    if (this.inboxTimer !== null) clearInterval(this.inboxTimer);
    this.inboxTimer = null;
    this.calls.poll();
    this.inbox.poll();
    return ended;
  }

  /** What an operator has stopped stays stopped, also when the engine had stopped it before. */
  private noteKill(source: string): void {
    if (source !== OWN_SOURCE) this.hasKilledItself = false;
    else if (!this.trading.isKilled()) this.hasKilledItself = true;
  }

  /** A command of the engine's own; what is not as it should be is said in the log. */
  private command(kind: string, source: string): void {
    const commandId = `${source}-${++this.ownCommands}`;
    void this.desk.submit({ commandId, kind, args: {}, source }).then((result) => {
      if (result.outcome !== 'applied')
        this.options.log.warn(`${kind}: ${result.outcome}: ${result.message}`, { commandId });
    });
  }

  private async refreshInstruments(): Promise<void> {
    const commandId = `watch-${++this.ownCommands}`;
    const { outcome, message } = await this.desk.submit({
      commandId,
      kind: 'symbols-refresh',
      args: {},
      source: 'watch',
    });
    this.options.log.warn(outcome === 'applied' ? message : `symbols-refresh: ${outcome}: ${message}`);
  }

  private makeCalls(): ActorCalls {
    const { clockOrigin } = this.options.plan;
    const links = new Map<string, ActorLink>();
    for (const actor of [...this.wiring.topology.actors.filter(isHotActor), 'analysis']) {
      const commands = this.wiring.publication(`commands-to-${actor}`);
      const answers = this.wiring.subscription(`answers-from-${actor}`, null);
      links.set(actor, { commands, answers });
    }
    const calls = new ActorCalls(links, this.clock, Math.floor(clockOrigin.epochUs), this.journalRing);
    calls.onLate = ({ actor, outcome, text }): void =>
      this.options.log.warn(`${actor} answered a command late: ${outcome} ${text}`);
    calls.onWaiting = (): void => this.awaitAnswers();
    return calls;
  }

  private awaitAnswers(): void {
    if (this.answerTimer !== null) return;
    this.answerTimer = setInterval(() => {
      this.calls.poll();
      if (this.calls.isAwaited) return;
      clearInterval(this.answerTimer!);
      this.answerTimer = null;
    }, ANSWER_POLL_MS);
  }

  private makeSupervisor(): Supervisor {
    const { plan, log } = this.options;
    const { engine } = plan.config;
    const { topology } = this.wiring;
    return new Supervisor({
      topology,
      actorControls: new Map(topology.actors.map((actor) => [actor, this.wiring.actorControl(actor)])),
      threadControls: new Map(topology.threads.map(({ name }) => [name, this.wiring.threadControl(name)])),
      spawn: (spec, onEnd) => this.spawnThread(spec, onEnd),
      clock: this.clock,
      watchdogNs: engine.watchdogMs * 1e6,
      startTimeoutNs: START_TIMEOUT_NS,
      turns: new EngineTurnWatch(this.wiring, this.clock, engine.hotHeapMb),
      restartsMax: engine.restartIntensity,
      restartPeriodNs: engine.restartPeriodMs * 1e6,
      buryInFlight: (actor) => this.buryInFlight(actor),
      onIncident: (incident) => {
        log.incident(incident);
        this.options.onIncident?.(incident);
      },
      onEscalate: (reason) => this.options.onEscalate(reason),
    });
  }

  /** Reading the pause logs costs next to nothing; without a budget there is nothing to look for. */
  private makeLatencyWatch(): LatencyWatch | null {
    const { latencyBudgetUs } = this.plan.config.engine;
    if (latencyBudgetUs === 0) return null;
    const threads = this.hotThreads().map(({ name, actors }) => {
      const runDelay = new RunDelayMeter(name);
      return {
        name,
        actors: actors.filter(isHotActor),
        pauses: this.wiring.pauseLogReader(name),
        runDelay: () => runDelay.takeNs(),
      };
    });
    const { actors } = this.wiring.topology;
    return new LatencyWatch(latencyBudgetUs * 1_000, threads, this.clock, actors, (hops) =>
      this.stageActorsOf(hops),
    );
  }

  /** The actors an order went through: of its instrument's lane and account, and the one that gave out its number. */
  private stageActorsOf({ intentSeq, instrumentIndex = 0 }: LatencyHops): StageActors {
    const { instruments, intentBase } = this.plan;
    const { lane, account } = instruments[instrumentIndex];
    const strategies = this.hotActors('strategy');
    const turn = (intentSeq - intentBase - 1) % strategies.length;
    return {
      recvToDecoded: actorName('market-data', lane),
      decodedToBooked: actorName('orderbook', lane),
      bookedToSignalled: strategies[turn < 0 ? turn + strategies.length : turn],
      signalledToApproved: 'risk',
      approvedToSent: actorName('execution', account),
    };
  }

  private spawnThread(spec: ThreadSpec, onEnd: (error: Error | null) => void): ThreadHandle {
    const { plan, credentials } = this.options;
    const threadPlan: ThreadPlan = {
      ...plan,
      thread: spec,
      credentials: credentialsFor(spec, credentials),
    };
    const worker = new Worker(siblingModule('../threads/thread-entry', import.meta.url), {
      workerData: threadPlan,
      name: spec.name,
      env: workerEnvironment(),
      resourceLimits: {
        maxOldGenerationSizeMb: heapMbOf(spec, plan.config),
        ...(isObserverThread(spec) ? { maxYoungGenerationSizeMb: OBSERVER_YOUNG_MB } : {}),
      },
    });
    let failure: Error | null = null;
    worker.on('error', (error) => {
      failure = error instanceof Error ? error : new Error(String(error));
    });
    worker.once('exit', () => onEnd(failure));
    worker.once('online', () => void this.pin(spec));
    this.options.onWorker?.(spec, worker);
    return {
      terminate: async () => {
        await worker.terminate();
      },
      whereabouts: () => whereaboutsOf(worker),
    };
  }

  /** Every ring the hung actor reads: the record it was in goes to the dead letters, so that it cannot hang twice. */
  private buryInFlight(actor: ActorName): void {
    for (const edge of this.wiring.topology.edges) {
      if (edge.consumer !== actor) continue;
      this.wiring.monitor(edge).skipInFlight((type, view, byteOffset, byteLength) => {
        this.wiring.bury(this.journalRing, edge.name, type, view, byteOffset, byteLength);
        this.options.log.deadLetter(actor, edge.name, type, view, byteOffset, byteLength);
      });
    }
  }

  /** Each incarnation anew: a respawned thread does not have its predecessor's processor. */
  private async pin(spec: ThreadSpec): Promise<void> {
    const cpu = this.processors?.hot[this.hotThreads().findIndex(({ name }) => name === spec.name)];
    if (cpu !== undefined) this.options.log.info(await pinThread(spec.name, cpu, this.keepThreads));
  }

  /** Everything that is not hot makes room before a hot thread starts. */
  private async makeRoom(): Promise<void> {
    const { pinCpus, io } = this.plan.config.engine;
    if (pinCpus === false) return;
    const room = io === 'stream' ? null : openNativeRoom();
    this.keepThreads = threadKeeper(typeof room === 'string' ? null : room);
    const plan = planProcessors(pinCpus, this.hotThreads().length, allowedProcessors());
    if (typeof plan === 'string') {
      this.options.log.warn(plan);
      return;
    }
    this.processors = plan;
    this.options.log.info(await confineProcess(plan.others, this.keepThreads));
  }

  /** The hot actors of a kind, in the order of the topology. */
  hotActors(kind: HotActorKind): HotActorName[] {
    return this.wiring.topology.actors.filter(isHotActor).filter((actor) => kindOf(actor) === kind);
  }

  /** The symbols that are traded, with what the venue takes of each. */
  symbols(): object[] {
    return listSymbols({ plan: this.plan, wiring: this.wiring, journal: this.journalRing });
  }

  /** The actor of that name; a bare kind means the first of it. */
  actorMeant(name: HotActorName): HotActorName {
    const { actors } = this.wiring.topology;
    return actors.includes(name) ? name : this.hotActors(kindOf(name))[0];
  }

  private hotThreads(): readonly ThreadSpec[] {
    return this.wiring.topology.threads.filter((thread) => thread.actors.some(isHotActor));
  }
}

/** The keys of the accounts whose execution runs on a thread; no other key gets there. */
function credentialsFor(spec: ThreadSpec, credentials: Credentials): Credentials {
  const labels = spec.actors.filter((actor) => kindOf(actor) === 'execution').map(labelOf);
  return Object.fromEntries(Object.entries(credentials).filter(([label]) => labels.includes(label)));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
