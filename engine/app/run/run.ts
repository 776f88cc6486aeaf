import { realVenuesOf } from '../config/config.ts';
import { enginePartsOf, statePlaceOf } from '../config/engine-parts.ts';
import { instrumentName } from '../../core/instrument.ts';
import { hostStrategies, placeInstruments } from './strategy-seats.ts';
import { VENUES } from '../venues/venue-registry.ts';
import { createClockOrigin } from '../../core/clock.ts';
import { LongTimer } from '../../core/long-timer.ts';
import type { EngineStats, LatencyReport } from '../../api/engine-stats.ts';
import { chooseTopology } from '../../runtime/topology.ts';
import { ApiDesk } from './api-desk.ts';
import { checkAccounts, journalDifferences, shareDifferences } from './account-check.ts';
import { fillOptions } from '../fills/fill-settings.ts';
import { riskOptions } from '../threads/actor-settings.ts';
import { CliError } from '../cli/cli-error.ts';
import { ControlSocket } from '../control/control-socket.ts';
import { controlSocketPath } from '../control/socket-path.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { DrillRunner } from './drill-runner.ts';
import { Engine } from './engine.ts';
import { giveBackMemory } from '../../runtime/give-back-memory.ts';
import { EngineLog } from './engine-log.ts';
import { openEngineState } from './engine-state.ts';
import type { EngineState } from './engine-state.ts';
import { engineTopology } from './engine-threads.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { flushOnFatal } from './fatal-exit.ts';
import { JournalError } from '../../journal/journal-error.ts';
import { COMMAND, KILL_REASON } from '../../messages/enums.ts';
import { believeOnly, readCaFile } from '../config/ca-file.ts';
import { readState } from '../../journal/recovery.ts';
import { unwrittenText } from '../../journal/unwritten-records.ts';
import type { UnwrittenRecords } from '../../journal/unwritten-records.ts';
import { ApiLink } from '../threads/api-link.ts';
import { JournalWatch } from './journal-watch.ts';
import { keepLatencyReport } from '../latency/latency-source.ts';
import { chooseIo } from '../../native/io-choice.ts';
import type { IoChoice } from '../../native/io-choice.ts';
import { openNativeRoom } from '../../native/native-room.ts';
import { planMemory } from '../threads/memory-plan.ts';
import { InvariantWatch } from './invariant-watch.ts';
import { RiskStateWatch } from './risk-state-watch.ts';
import { makeOperatorKey } from './operator-key.ts';
import { printJson, printText } from '../cli/output.ts';
import type { RunOptions } from '../cli/run-options.ts';
import { routeSignals } from './shutdown-signals.ts';
import { StatsCollector } from './stats.ts';
import { intentRunBase } from '../../strategy/intent-counter.ts';
import { StatusDisplay } from './status-line.ts';
import { checkStrategyParams, plannedStrategy, prepareStrategy } from '../strategy/strategy-check.ts';
import type { PreparedStrategy } from '../strategy/strategy-check.ts';
import { summaryText } from './summary-text.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';
import { openVenueSession } from './venue-session.ts';
import type { VenueSession } from './venue-session.ts';
import { describeMemoryMap, summariseMemoryMap } from '../../ipc/memory-map.ts';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

const STATUS_MS = 500;
/** How soon a journal that cannot be written stops live trading. */
const JOURNAL_LOOK_MS = 10;
const STOP_AFTER_FAILURE_MS = 1_000;
/** How a full disk, a used-up quota or a file size limit looks in an error of a thread. */
const OUT_OF_SPACE = /\b(?:ENOSPC|EDQUOT|EFBIG)\b/;

/** How venues are reached. */
interface Network {
  readonly io: IoChoice;
  readonly certificates: readonly string[] | null;
}

/** Runs the engine until a signal or `options.durationMs`; returns the exit code. Main thread. */
export async function runEngine(config: EngineConfig, options: RunOptions): Promise<number> {
  const log = new EngineLog(config);
  refuseRealMoney(config);
  const io = ioOf(config);
  const certificates = readCaFile(config.engine.caFile);
  if (certificates !== null) believeOnly(certificates);
  const strategies: PreparedStrategy[] = [];
  try {
    for (const part of enginePartsOf(config).strategies) strategies.push(await prepareStrategy(part));
    return await runPrepared(config, options, strategies, { io, certificates }, log);
  } finally {
    await Promise.all(strategies.map(({ probe }) => probe.close()));
  }
}

async function runPrepared(
  config: EngineConfig,
  options: RunOptions,
  strategies: readonly PreparedStrategy[],
  network: Network,
  log: EngineLog,
): Promise<number> {
  const { io, certificates } = network;
  const session = await openVenueSession(config);
  try {
    for (const strategy of strategies) {
      await checkStrategyParams(strategy, session.instruments);
      await strategy.probe.close();
    }
    const strategyName = strategies.map(({ name }) => name).join(' + ') || 'no strategy';
    riskOptions({ config, instruments: [...session.instruments] });
    fillOptions(config);
    const clockOrigin = createClockOrigin();
    const originMs = performance.now(); // arch-ok: how long the process ran before the engine's zero
    const topology = chooseTopology(config.engine.topology, availableParallelism());
    const memory = planMemory(engineTopology(topology, config), config.engine.instrumentsMax);
    const planned = strategies.map(plannedStrategy);
    const state = openEngineState(config, session, planned, memory, clockOrigin, log);
    try {
      const plan: EnginePlan = {
        memory,
        clockOrigin,
        instruments: [...session.instruments],
        config,
        lanes: session.lanes,
        accounts: session.accounts.map((account) => ({
          ...account,
          sinceEpochUs: state.accountSinceEpochUs,
        })),
        strategies: planned,
        journalDirectory: state.journalDirectory,
        intentBase: Math.max(intentRunBase(clockOrigin.epochUs), state.highestIntentSeq),
        recordFile: options.recordFile === null ? null : resolve(options.recordFile),
        io,
        ...(certificates === null ? {} : { certificates }),
        isPlayMoney: session.isPlayMoney,
      };
      placeInstruments(plan);
      hostStrategies(plan);
      state.startIntentsAfter(plan.intentBase);
      if (config.api.enabled) {
        const operatorKey = await makeOperatorKey(config, Math.round(clockOrigin.epochUs / 1_000));
        if (operatorKey !== null) log.info(`a key for the api (read, control) is in ${operatorKey}`);
      }
      log.info(whatBegins(plan, strategyName, state.directory));
      log.info(`io ${io.mode}: ${io.reason}`);
      log.debug(summariseMemoryMap(memory.map));
      log.debug(`\n${describeMemoryMap(memory.map)}`);
      const run = new EngineRun(plan, session, state, options, log, {
        topology,
        originMs,
      });
      return await run.toEnd();
    } finally {
      state.release();
    }
  } finally {
    await session.close();
  }
}

/** The first line of a run: what trades, where its state is, and where one sees it. */
function whatBegins(plan: EnginePlan, strategyName: string, directory: string): string {
  const symbols = plan.instruments.map(instrumentName).join(', ');
  const venues = [...new Set(plan.accounts.map(({ venue }) => venue))].join(' and ');
  const panel = process.stdout.isTTY ? 'panel below' : 'status lines on stdout';
  return `${plan.config.mode} on ${venues} with ${strategyName}: ${symbols}; state in ${directory}; ${panel}; Ctrl-C stops`;
}

/** How the hot sockets will reach the kernel; a choice that cannot be met is refused before anything trades. */
function ioOf({ engine }: EngineConfig): IoChoice {
  const room = engine.io === 'stream' ? 'not asked for' : openNativeRoom();
  if (engine.io === 'direct' && typeof room === 'string')
    throw new CliError('IO_NOT_AVAILABLE', `engine.io = direct: ${room}`, EXIT.config);
  return chooseIo(engine.io, room);
}

/** Fail closed: the promotion gate that must stand before real orders is not part of this version. */
function refuseRealMoney(config: EngineConfig): void {
  const [venue] = realVenuesOf(config);
  if (config.mode !== 'live' || venue === undefined) return;
  throw new CliError(
    'LIVE_NOT_OPEN',
    [
      `live mode on ${venue} needs a passed promotion gate, which this version does not have;`,
      `use --mode shadow, or --venue ${VENUES[0].id} for live mode with play money`,
    ].join(' '),
    EXIT.config,
  );
}

interface Facts {
  readonly topology: string;
  readonly originMs: number;
}

/** One run from the start of the threads to the summary. */
class EngineRun {
  private readonly session: VenueSession;
  private readonly state: EngineState;
  private readonly options: RunOptions;
  private readonly log: EngineLog;
  private readonly engine: Engine;
  private readonly stats: StatsCollector;
  private readonly drills: DrillRunner;
  private readonly api: ApiLink;
  private readonly journal: JournalWatch;
  private readonly riskState: RiskStateWatch;
  private readonly invariants: InvariantWatch;
  private readonly display: StatusDisplay | null;
  private control: ControlSocket | null = null;
  private failure: string | null = null;
  private isStoppedByHand = false;
  private finish: () => void = () => {};

  constructor(
    plan: EnginePlan,
    session: VenueSession,
    state: EngineState,
    options: RunOptions,
    log: EngineLog,
    facts: Facts,
  ) {
    this.session = session;
    this.state = state;
    this.options = options;
    this.log = log;
    this.api = new ApiLink(log);
    this.engine = new Engine({
      plan,
      credentials: session.credentials,
      log,
      onEscalate: (reason) => this.giveUp(reason),
      onWorker: (thread, worker) => this.api.adopt(thread, worker),
    });
    const { strategies } = this.engine;
    this.stats = new StatsCollector(this.engine, {
      ...facts,
      // Strategies come and go.
      get strategyName(): string {
        return strategies.names();
      },
    });
    this.api.onLatencyWanted = (): LatencyReport => this.stats.latencyReport();
    this.api.responder = new ApiDesk(this.engine, log);
    this.journal = new JournalWatch(this.engine, log);
    this.riskState = new RiskStateWatch(this.engine, log);
    this.invariants = new InvariantWatch((violation) => this.reduceFor(violation));
    const exchanges = session.exchanges.map(({ handle }) => handle);
    this.drills = new DrillRunner(this.engine, log, options.drill, exchanges);
    this.display = options.json ? null : new StatusDisplay();
  }

  async toEnd(): Promise<number> {
    const wanted = new Promise<void>((resolve) => {
      this.finish = resolve;
    });
    const unroute = routeSignals({
      onStop: (signal) => {
        this.log.info(`${signal}: stopping; once more to force`);
        this.isStoppedByHand = true;
        this.finish();
      },
      onForce: (signal) => this.force(signal),
      onPause: () => this.engine.pause('signal'),
    });
    const unflush = flushOnFatal(this.state.directory, () => this.stats.collect(this.drills.results()));
    try {
      await this.begin();
      this.control = await this.openControl();
      const stopTimers = this.startTimers();
      await wanted;
      stopTimers();
      return await this.stop();
    } finally {
      await this.control?.close();
      unflush();
      unroute();
    }
  }

  /** The socket of `shrike ctl`; an engine without one trades all the same, and says so. */
  private async openControl(): Promise<ControlSocket | null> {
    const { config } = this.engine.plan;
    const place = statePlaceOf(config);
    const found = controlSocketPath(config.state.dir, place, process.env['XDG_RUNTIME_DIR']);
    if ('problem' in found) {
      this.log.warn(`no control socket: ${found.problem}`);
      return null;
    }
    const queries = {
      status: () => ({ schema: 'shrike.status/1', pid: process.pid, stats: this.stats.collect() }),
      analysis: () => ({ schema: 'shrike.schedule/1', pairs: this.engine.analysis.list() }),
      portfolio: () => this.engine.analysis.portfolio(),
      signals: () => this.engine.analysis.signals(),
      strategies: () => ({ schema: 'shrike.strategies/1', strategies: this.engine.strategies.list() }),
    };
    const socket = new ControlSocket(found.path, this.engine.desk, queries, this.log);
    try {
      await socket.open();
      return socket;
    } catch (error) {
      this.log.warn(`no control socket: ${(error as Error).message}`);
      return null;
    }
  }

  /** Threads up, api serving; anything less stops everything again. */
  private async begin(): Promise<void> {
    let hasStarted = false;
    try {
      await this.engine.start();
      hasStarted = true;
      await this.api.listening(this.engine.plan.config.api.enabled);
    } catch (error) {
      // Strategies run as soon as their threads do: what they have placed by now must not stay at the venue.
      const { stopTimeoutMs } = this.engine.plan.config.execution;
      if (hasStarted) await this.engine.cancelAndDrain(stopTimeoutMs);
      await this.engine.stopThreads(STOP_AFTER_FAILURE_MS);
      if (error instanceof CliError) throw error;
      const causes = this.stats.collect().errors.map(({ first }) => first);
      const reason = error instanceof Error ? error.message : String(error);
      const told = [reason, ...causes].join('\n  ');
      if (OUT_OF_SPACE.test(told))
        throw new CliError('JOURNAL_NO_SPACE', `${told}\n  free some space and start again`, EXIT.retry);
      throw new CliError('ENGINE_START', told, EXIT.failure);
    }
  }

  /** Starts everything that runs by the clock; the result stops it. */
  private startTimers(): () => void {
    giveBackMemory();
    this.log.info('trading begins');
    this.drills.start();
    const intervals = [
      setInterval(() => this.refresh(), STATUS_MS),
      setInterval(() => {
        this.journal.look();
        this.riskState.look();
      }, JOURNAL_LOOK_MS),
    ];
    const { durationMs } = this.options;
    const end = durationMs === null ? null : new LongTimer(this.finish, durationMs);
    return () => {
      for (const interval of intervals) clearInterval(interval);
      end?.stop();
    };
  }

  private refresh(): void {
    const stats = this.stats.collect(this.drills.results());
    this.api.post(stats, this.engine.inbox.latency);
    this.display?.show(stats);
    const { wiring, plan } = this.engine;
    this.invariants.look([...stats.violations, ...shareDifferences(wiring, plan.instruments)]);
  }

  private reduceFor(violation: string): void {
    this.log.error(`an invariant is violated, positions may only shrink: ${violation}`);
    this.engine.tell('risk', COMMAND.reduce, KILL_REASON.invariant);
  }

  /** Orders first, then threads from source to sink, then the account, then the summary. */
  private async stop(): Promise<number> {
    const { execution, engine } = this.engine.plan.config;
    this.drills.stop();
    // A run that is stopped by hand does not wait for its drills.
    const unresumed = this.isStoppedByHand ? [] : this.drills.unresumed();
    for (const step of unresumed) this.fail(`drill ${step}: trading did not resume`);
    let openOrders = 0;
    if (execution.onStop === 'cancel') {
      openOrders = await this.engine.cancelAndDrain(execution.stopTimeoutMs);
      if (openOrders > 0) this.fail(`${openOrders} orders are not confirmed as cancelled`);
    }
    this.riskState.settle();
    const apiStats = this.stats.collect(this.drills.results());
    this.api.post(apiStats, this.engine.inbox.latency);
    const ended = await this.engine.stopThreads(engine.stopTimeoutMs);
    this.engine.inbox.watch?.settle();
    this.keepLatency();
    if (ended.length > 0) this.fail(`threads did not stop in time: ${ended.join(', ')}`);
    // Taken while the threads ran: what is left after them is not what a run needs.
    const summary = { ...(await this.summary()), rssMb: apiStats.rssMb };
    if (this.options.json) printJson(summary);
    else printText(`\n${summaryText(summary)}`);
    return this.failure === null && summary.invariantViolations === 0 ? EXIT.ok : EXIT.failure;
  }

  private keepLatency(): void {
    try {
      keepLatencyReport(this.state.directory, this.stats.latencyReport());
    } catch (error) {
      this.log.warn(`the latency of this run could not be kept: ${(error as Error).message}`);
    }
  }

  private async summary(): Promise<EngineStats> {
    const journaled = this.askJournal();
    const collected = this.stats.collect(this.drills.results());
    const journal = { ...collected.journal, unwritten: this.unwritten(journaled.lastSequence) };
    const stats = { ...collected, journal };
    const hdrV2 = this.stats.encodeV2();
    const violations = [...stats.violations, ...this.stats.lostRecords(), ...journaled.differences];
    const account = await checkAccounts(this.engine, this.session.exchanges);
    if (account === null) return { ...stats, hdrV2, violations, invariantViolations: violations.length };
    violations.push(...account.differences);
    return { ...stats, hdrV2, account, violations, invariantViolations: violations.length };
  }

  /** The journal's own account of the positions; its thread has stopped by now. */
  private askJournal(): { readonly differences: readonly string[]; readonly lastSequence: number } {
    const { plan, wiring } = this.engine;
    try {
      const { positions, lastSequence } = readState(plan.journalDirectory);
      const differences = [
        ...journalDifferences(wiring, plan, positions),
        ...shareDifferences(wiring, plan.instruments),
      ];
      return { differences, lastSequence };
    } catch (error) {
      if (error instanceof JournalError) return { differences: [error.message], lastSequence: 0 };
      throw error;
    }
  }

  /** Says what the files end without: the next start knows of it only what the venue tells. */
  private unwritten(lastSequence: number): UnwrittenRecords {
    const unwritten = this.stats.unwritten(lastSequence);
    if (unwritten.total > 0) {
      this.fail(`not on disk: the last ${unwritten.total} journal records (${unwrittenText(unwritten)})`);
    }
    return unwritten;
  }

  private giveUp(reason: string): void {
    this.fail(`giving up: ${reason}`);
    this.engine.kill();
    this.finish();
  }

  private fail(reason: string): void {
    this.failure ??= reason;
    this.log.error(reason);
  }

  /** The second signal: what is known is written down, nothing is waited for. */
  private force(signal: NodeJS.Signals): void {
    this.log.error(
      `${signal} again: forced; ${this.engine.trading.openOrders()} orders may be open at the venue`,
    );
    this.state.release();
    process.exit(EXIT.failure);
  }
}
