import { BreakersReader } from '../../risk/breakers.ts';
import { killReasonName } from './kill-reasons.ts';
import { SharedPricesReader } from '../../book/shared-prices.ts';
import { LATENCY_SCHEMA, STATS_SCHEMA } from '../../api/engine-stats.ts';
import type {
  ActorStats,
  BreakerStats,
  DrillStats,
  EngineStats,
  ErrorStats,
  GcStats,
  JournalStats,
  LatencyReport,
  OrderCounts,
  OverBudgetStats,
  StrategyStats,
} from '../../api/engine-stats.ts';
import { JOURNAL_STATE, JournalCell } from '../../journal/journal-cell.ts';
import { unwrittenRecords } from '../../journal/unwritten-records.ts';
import type { UnwrittenRecords, WaitingRecords } from '../../journal/unwritten-records.ts';
import { nameOf } from '../../messages/enums.ts';
import type { RingMonitor } from '../../ipc/ring.ts';
import type { WaitHistogram } from '../../ipc/wait-histogram.ts';
import { isHotActor, kindOf } from '../../runtime/actor.ts';
import type { ActorKind } from '../../runtime/actor.ts';
import { encodeWaits, summariseWaits } from '../../runtime/report-waits.ts';
import { reportRings } from '../../runtime/topology.ts';
import { COUNTER_TABLES } from '../threads/counter-tables.ts';
import { hasAnalysis } from '../config/engine-parts.ts';
import type { AnalysisControl } from './analysis-commands.ts';
import { positionViolations } from './account-check.ts';
import type { Clock } from '../../core/clock.ts';
import type { TradingStateReader } from '../../risk/trading-state.ts';
import { instrumentStats } from './instrument-facts.ts';
import type { LatencyGuard } from './latency-guard.ts';
import type { BookWatch } from './book-watch.ts';
import type { SupervisorInbox } from './supervisor-inbox.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';
import type { Wiring } from '../threads/wiring.ts';
import { NOTHING_MADE, PnlReport } from './pnl.ts';
import type { StrategySlots } from '../strategy/strategy-slots.ts';
import { NOBODY } from '../../risk/strategy-positions.ts';
import { SUPERVISOR_THREAD } from '../threads/wiring.ts';

const NO_CAUSES = { gc: 0, schedulerGap: 0, longHandler: 0, ringBacklog: 0, unknown: 0 };

function overBudget({ inbox, latencyGuard, trading }: StatsSource): OverBudgetStats {
  const halted = { halts: latencyGuard?.halts ?? 0, isHalted: trading.isLatencyHalted() };
  if (inbox.watch === null) {
    return {
      ...halted,
      budgetNs: 0,
      stageBudgetNs: 0,
      orders: NO_CAUSES,
      stages: {},
      pending: 0,
      missedIntervals: 0,
      seesRunDelay: false,
      offenders: [],
    };
  }
  const { offenders, ...report } = inbox.watch.report();
  const shown = offenders.map(({ intentSeq, sentNs, tickToOrderNs, cause, stages }) => ({
    intentSeq,
    sentMs: Math.round(sentNs / 1e6),
    tickToOrderNs: Math.round(tickToOrderNs),
    cause,
    stages: stages.map((stage) => ({
      ...stage,
      ns: Math.round(stage.ns),
      waitedNs: Math.round(stage.waitedNs),
    })),
  }));
  return { ...report, ...halted, offenders: shown };
}

type Counters = Readonly<Record<string, number>>;
/** A counter over all actors of a kind. */
type CounterSum = (kind: ActorKind, counter: string) => number;

/** What stays the same over a run. */
export interface RunFacts {
  readonly topology: string;
  readonly strategyName: string;
  /** performance.now() of the main thread at monoNs 0: how long the process had run by then, ms. */
  readonly originMs: number;
}

/** Whose figures are collected: a running engine, or a replay. */
export interface StatsSource {
  readonly plan: EnginePlan;
  readonly clock: Clock;
  readonly wiring: Wiring;
  readonly inbox: SupervisorInbox;
  readonly trading: TradingStateReader;
  readonly books: BookWatch;
  /** Absent in a replay. */
  readonly latencyGuard?: Pick<LatencyGuard, 'halts'>;
  /** Absent in a replay. */
  readonly analysis?: Pick<AnalysisControl, 'stats'>;
}

/** Makes the engine's figures out of shared memory. Main thread. */
export class StatsCollector {
  private readonly engine: StatsSource;
  private readonly facts: RunFacts;
  private readonly monitors: readonly RingMonitor[];
  private readonly journal: JournalCell;
  private readonly pnl: PnlReport;
  private readonly slots: StrategySlots;
  private readonly breakers: BreakersReader;
  private readonly prices: SharedPricesReader;

  constructor(engine: StatsSource, facts: RunFacts) {
    this.engine = engine;
    this.facts = facts;
    this.monitors = engine.wiring.topology.edges.map((edge) => engine.wiring.monitor(edge));
    this.journal = new JournalCell(engine.wiring.buffer, engine.wiring.region('state:journal'));
    this.prices = new SharedPricesReader(engine.wiring.buffer, engine.wiring.region('state:prices'));
    this.breakers = new BreakersReader(engine.wiring.buffer, engine.wiring.region('state:breakers'));
    this.slots = engine.wiring.strategySlots();
    this.pnl = new PnlReport(engine.wiring, engine.plan.instruments, engine.books);
  }

  /** Everything as of now. */
  collect(drills: readonly DrillStats[] = []): EngineStats {
    const { engine, facts } = this;
    const { config, instruments } = engine.plan;
    const counters = this.counters();
    const { actors } = engine.wiring.topology;
    const sum: CounterSum = (kind, counter) =>
      actors
        .filter((actor) => kindOf(actor) === kind)
        .reduce((total, actor) => total + counters[actor][counter], 0);
    const { position, pnl } = this.pnl.read();
    const rings = this.monitors.map((monitor) => monitor.read());
    const violations = positionViolations(instruments, position, engine.wiring);
    const latency = engine.inbox.latency.summary();
    const { tickToOrder, orderToAck, ...stageNs } = latency;
    const { firstSentNs } = engine.inbox;
    return {
      schema: STATS_SCHEMA,
      mode: config.mode,
      venue: [...new Set(engine.plan.accounts.map(({ venue }) => venue))].join('+'),
      topology: facts.topology,
      idle: config.engine.idle,
      io: engine.plan.io,
      seed: config.seed,
      strategy: facts.strategyName,
      accountId: engine.plan.accounts.map(({ accountId }) => accountId).join(','),
      durationMs: Math.round(engine.clock.nowNs() / 1e6),
      firstOrderMs: firstSentNs === 0 ? null : Math.round(facts.originMs + firstSentNs / 1e6),
      ticks: sum('market-data', 'frames'),
      bookUpdates: sum('orderbook', 'frames'),
      trades: sum('orderbook', 'trades'),
      signals: sum('strategy', 'signals'),
      orders: this.orders(sum),
      fills: sum('execution', 'fills'),
      position,
      pnl,
      strategies: this.strategies(),
      books: instruments.map((instrument) => engine.books.top(instrument)),
      instruments: instruments.map((instrument) => instrumentStats(instrument, this.prices)),
      tickToOrderNs: tickToOrder,
      stageNs,
      edgeNs: { ...engine.inbox.latency.edgeSummary(), ...this.reportEdges(summariseWaits) },
      orderToAckNs: orderToAck,
      orderToAckFrom: config.mode === 'live' ? 'venue' : 'paper gateway',
      overBudget: overBudget(engine),
      rings,
      actors: this.actors(),
      errors: this.errors(),
      gc: this.gc(),
      heapMb: this.heapMb(),
      rssMb: Math.round(process.memoryUsage.rss() / 1_048_576),
      invariantViolations: violations.length,
      violations,
      mayTrade: engine.trading.mayTrade(),
      isKilled: engine.trading.isKilled(),
      killReason: engine.trading.isKilled() ? killReasonName(engine.trading.killReason()) : null,
      isReducing: engine.trading.isReducing(),
      reduceReason: engine.trading.isReducing() ? killReasonName(engine.trading.reduceReason()) : null,
      isPaused: engine.trading.isPaused(),
      breakers: this.breakerStats(),
      journal: {
        state: nameOf(JOURNAL_STATE, this.journal.state()) as JournalStats['state'],
        takesIntents: !engine.trading.isJournalLost(),
      },
      ...(engine.analysis === undefined || !hasAnalysis(config) ? {} : { analysis: engine.analysis.stats() }),
      drills,
      counters,
    };
  }

  /** Every strategy there is, those that are gone and left something, and what is nobody's. */
  private strategies(): StrategyStats[] {
    const found: StrategyStats[] = [];
    for (const { index, isRemoved, strategy } of this.slots.all()) {
      const made = this.pnl.readOf(index);
      if (made !== null || !isRemoved) found.push({ index, name: strategy.name, ...(made ?? NOTHING_MADE) });
    }
    const left = this.pnl.readOf(NOBODY);
    return left === null ? found : [...found, { index: null, name: 'no strategy', ...left }];
  }

  private breakerStats(): BreakerStats {
    const { profit, peakProfit, day, dayStartProfit, lossesInARow } = this.breakers.state();
    return {
      profit,
      drawdown: peakProfit === null ? 0 : peakProfit - profit,
      dayProfit: day === null ? 0 : profit - dayStartProfit,
      lossesInARow,
    };
  }

  /** What concerns latency, with whole distributions. Some milliseconds: for once per question. */
  latencyReport(): LatencyReport {
    const { mode, venue, topology, idle, strategy, durationMs, ...stats } = this.collect();
    const { tickToOrderNs, stageNs, edgeNs, orderToAckNs, orderToAckFrom, overBudget: late } = stats;
    return {
      schema: LATENCY_SCHEMA,
      atEpochMs: Math.round(this.engine.clock.epochUs() / 1000),
      mode,
      venue,
      topology,
      idle,
      strategy,
      durationMs,
      tickToOrderNs,
      stageNs,
      edgeNs,
      orderToAckNs,
      orderToAckFrom,
      overBudget: late,
      hdrV2: this.encodeV2(),
    };
  }

  /** Whole distributions since start as HDR V2 text, by stage and by ring. */
  encodeV2(): Record<string, string> {
    return { ...this.engine.inbox.latency.encodeV2(), ...this.reportEdges(encodeWaits) };
  }

  private reportEdges<Value>(valueOf: (waits: WaitHistogram) => Value): Record<string, Value> {
    const { wiring } = this.engine;
    return Object.fromEntries(
      reportRings(wiring.topology).map((ring) => [ring, valueOf(wiring.reportWaits(ring))]),
    );
  }

  /** Lossless rings in which published records are neither consumed nor waiting. Only when every thread has ended. */
  lostRecords(): string[] {
    const lost: string[] = [];
    for (const monitor of this.monitors) {
      const { name, policy, published, consumed } = monitor.read();
      const waiting = monitor.countWaiting();
      if (policy !== 'lossless' || published - consumed === waiting) continue;
      lost.push(`lossless ring "${name}": ${published} published, ${consumed} consumed, ${waiting} waiting`);
    }
    return lost;
  }

  /** Journal records that the files end without; `lastSequence` is the last in them. Only when every thread has ended. */
  unwritten(lastSequence: number): UnwrittenRecords {
    const toJournal = this.monitors.filter((monitor) => monitor.declaration.name.endsWith('-to-journal'));
    const waiting = toJournal.map(
      (monitor): WaitingRecords =>
        (onType) =>
          monitor.forEachWaiting(onType),
    );
    return unwrittenRecords(this.journal, lastSequence, waiting);
  }

  private counters(): Record<string, Counters> {
    const result: Record<string, Counters> = {};
    const { wiring } = this.engine;
    for (const actor of wiring.topology.actors) {
      result[actor] = wiring.counters(actor).readAll(COUNTER_TABLES[kindOf(actor)]);
    }
    return result;
  }

  private orders(sum: CounterSum): OrderCounts {
    return {
      requested: sum('risk', 'requested'),
      denied: sum('risk', 'denied'),
      submitted: sum('execution', 'ordersPlaced'),
      accepted: sum('execution', 'ordersAccepted'),
      filled: sum('execution', 'ordersFilled'),
      partiallyFilled: sum('execution', 'ordersPartiallyFilled'),
      canceled: sum('execution', 'ordersCanceled'),
      expired: sum('execution', 'ordersExpired'),
      rejected: sum('execution', 'ordersRejected'),
      unknown: this.engine.trading.unknownOrders(),
      open: this.engine.trading.openOrders(),
    };
  }

  private actors(): ActorStats[] {
    return this.engine.wiring.topology.threads.flatMap((thread) =>
      thread.actors.map((name) => {
        const control = this.engine.wiring.actorControl(name);
        return {
          name,
          thread: thread.name,
          restarts: control.restarts(),
          cycles: control.cycles(),
          stalls: control.stalls(),
          maxCycleNs: Math.round(control.maxCycleNs()),
        };
      }),
    );
  }

  private errors(): ErrorStats[] {
    const threads = [SUPERVISOR_THREAD, ...this.engine.wiring.topology.threads.map(({ name }) => name)];
    return threads.flatMap((thread) =>
      this.engine.wiring
        .errors(thread)
        .readAll()
        .map(({ code, count, text }) => ({
          code: /^[A-Z][A-Z0-9_]+/.exec(text)?.[0] ?? String(code),
          count,
          first: text,
        })),
    );
  }

  private heapMb(): Record<string, number> {
    const megabytes = (bytes: number): number => Math.round(bytes / 104_857.6) / 10;
    const heaps: Record<string, number> = { main: megabytes(process.memoryUsage().heapUsed) };
    for (const { name } of this.engine.wiring.topology.threads) {
      heaps[name] = megabytes(this.engine.wiring.threadControl(name).heapUsedBytes());
    }
    return heaps;
  }

  private gc(): GcStats[] {
    return this.engine.wiring.topology.threads
      .filter((thread) => thread.actors.some(isHotActor))
      .map(({ name }) => {
        const { count, maxMs } = this.engine.wiring.threadControl(name).gc();
        return { thread: name, count, maxMs: Math.round(maxMs * 1000) / 1000 };
      });
  }
}
