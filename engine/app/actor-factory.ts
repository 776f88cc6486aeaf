import { createBinanceSpotFeed } from '../../adapters/binance-spot/feed.ts';
import { AnalysisActor } from '../analysis/analysis-actor.ts';
import { BiasReader, BiasWriter } from '../analysis/bias-frame.ts';
import { openBiasPool } from '../analysis/bias-pool.ts';
import { OrderBookActor } from '../book/orderbook-actor.ts';
import { SharedBookReader, SharedBookWriter } from '../book/shared-book.ts';
import type { Clock } from '../core/clock.ts';
import { Prng } from '../core/prng.ts';
import { EXECUTION_COUNTER } from '../execution/counters.ts';
import { ExecutionActor } from '../execution/execution-actor.ts';
import { FillLedger } from '../execution/fill-ledger.ts';
import { openExecutionOutbox } from '../execution/order-reports.ts';
import { OrderTable, OrderTableReader } from '../execution/order-table.ts';
import type { Publication, Subscription } from '../ipc/ring.ts';
import { TelemetryInterestReader } from '../ipc/telemetry-interest.ts';
import { IntentLog } from '../journal/intent-log.ts';
import { JournalActor } from '../journal/journal-actor.ts';
import { JournalCell } from '../journal/journal-cell.ts';
import type { RunIdentity } from '../journal/run-prologue.ts';
import { MarketDataActor } from '../market-data/market-data-actor.ts';
import type { FeedFactory } from '../market-data/feed-port.ts';
import { PositionReader, PositionWriter } from '../risk/positions.ts';
import { RiskActor } from '../risk/risk-actor.ts';
import { openRiskApprovals, openRiskReports } from '../risk/risk-messages.ts';
import { Reservations } from '../risk/reservations.ts';
import { ExecutionTradingState, RiskTradingState } from '../risk/trading-state.ts';
import { HOT_ACTORS } from '../runtime/actor.ts';
import type { Actor, ActorName, HotActorName, Kick } from '../runtime/actor.ts';
import { IntentCounter } from '../strategy/intent-counter.ts';
import type { CreateStrategy } from '../strategy/port.ts';
import { StrategyActor } from '../strategy/strategy-actor.ts';
import { analysisConfig, executionOptions, riskOptions } from './actor-settings.ts';
import { buildGateway } from './gateway-factory.ts';
import { loadStrategyModule } from './strategy-loader.ts';
import { strategyParams } from './strategy-check.ts';
import type { EnginePlan, ThreadPlan } from './thread-plan.ts';
import { openVenueGateway } from './venue-gateway.ts';
import type { Wiring } from './wiring.ts';

/** What a replay puts in the place of sockets and disks. */
export interface FactoryOverrides {
  readonly createFeed?: FeedFactory;
  readonly intentLog?: { append(view: unknown, byteOffset: number, byteLength: number): boolean };
}

/** A seed per actor, so that no two actors draw from one sequence whatever the topology. */
const SEED_STEP = 0x9e37_79b9;

/**
 * Builds any actor of the engine over shared memory; called again for every incarnation. One per thread, on that
 * thread. What must be loaded asynchronously (the strategy's module) is loaded at `create`.
 */
export class ActorFactory {
  private readonly plan: EnginePlan & Partial<ThreadPlan>;
  private readonly wiring: Wiring;
  private readonly kick: Kick;
  private readonly createStrategy: CreateStrategy | null;
  private readonly overrides: FactoryOverrides;
  private readonly clock: Clock;
  private readonly outputs: Map<string, Publication> = new Map();

  private constructor(
    plan: EnginePlan & Partial<ThreadPlan>,
    wiring: Wiring,
    kick: Kick,
    createStrategy: CreateStrategy | null,
    overrides: FactoryOverrides,
  ) {
    this.plan = plan;
    this.wiring = wiring;
    this.kick = kick;
    this.createStrategy = createStrategy;
    this.overrides = overrides;
    this.clock = wiring.clock;
  }

  /** @param actors the actors this thread will build */
  static async create(
    plan: EnginePlan & Partial<ThreadPlan>,
    wiring: Wiring,
    kick: Kick,
    actors: readonly ActorName[],
    overrides: FactoryOverrides = {},
  ): Promise<ActorFactory> {
    const module = actors.includes('strategy') ? await loadStrategyModule(plan.strategyUrl) : null;
    const createStrategy = module === null ? null : (module['createStrategy'] as CreateStrategy);
    return new ActorFactory(plan, wiring, kick, createStrategy, overrides);
  }

  /** Builds an incarnation of `name`; the previous one must be closed. */
  build(name: ActorName): Actor {
    this.outputs.clear();
    switch (name) {
      case 'market-data':
        return this.marketData();
      case 'orderbook':
        return this.orderbook();
      case 'strategy':
        return this.strategy();
      case 'risk':
        return this.risk();
      case 'execution':
        return this.execution();
      case 'journal':
        return this.journal();
      case 'analysis':
        return this.analysis();
      case 'gateway':
        return buildGateway(this.plan, this.wiring);
    }
  }

  private random(actor: HotActorName): Prng {
    return new Prng(this.plan.config.seed + SEED_STEP * (1 + HOT_ACTORS.indexOf(actor)));
  }

  private input(name: string, actor: HotActorName): Subscription {
    return this.wiring.subscription(name, this.output(`${actor}-to-journal`));
  }

  /** One object per ring and incarnation: a second one would not know of the first one's records. */
  private output(name: string): Publication {
    let publication = this.outputs.get(name);
    if (publication === undefined) {
      publication = this.wiring.publication(name);
      this.outputs.set(name, publication);
    }
    return publication;
  }

  private sharedBookReader(): SharedBookReader {
    const { instruments } = this.plan;
    return new SharedBookReader(this.wiring.buffer, this.wiring.region('state:books'), instruments.length);
  }

  private marketData(): Actor {
    const { plan, wiring } = this;
    const venue = plan.config.venues[plan.config.venue.name];
    const createFeed =
      this.overrides.createFeed ??
      createBinanceSpotFeed({
        endpoints: plan.endpoints,
        depthIntervalMs: venue.depthIntervalMs,
        snapshotLimit: venue.snapshotLevels,
        requestTimeoutMs: venue.requestTimeoutMs,
        reconnectMinMs: venue.reconnectMinMs,
        reconnectMaxMs: venue.reconnectMaxMs,
        rotateAfterMs: venue.rotateAfterMs,
      });
    return new MarketDataActor({
      instruments: plan.instruments,
      clock: this.clock,
      random: this.random('market-data'),
      counters: wiring.counters('market-data'),
      errors: wiring.errors(),
      output: this.output('feed-to-book'),
      resyncRequests: this.input('book-to-feed', 'market-data'),
      commands: this.input('commands-to-market-data', 'market-data'),
      journal: this.output('market-data-to-journal'),
      gateway: this.output('market-data-to-gateway'),
      kick: this.kick,
      createFeed,
      staleMs: this.overrides.createFeed === undefined ? plan.config.book.staleMs : 0,
    });
  }

  private orderbook(): Actor {
    const { plan, wiring } = this;
    return new OrderBookActor({
      instruments: plan.instruments,
      clock: this.clock,
      counters: wiring.counters('orderbook'),
      commands: this.input('commands-to-orderbook', 'orderbook'),
      feedToBook: this.input('feed-to-book', 'orderbook'),
      bookToFeed: this.output('book-to-feed'),
      bookToStrategy: this.output('book-to-strategy'),
      bookToAnalysis: this.output('book-to-analysis'),
      toJournal: this.output('orderbook-to-journal'),
      toGateway: this.output('orderbook-to-gateway'),
      telemetry: new TelemetryInterestReader(wiring.buffer, wiring.region('state:telemetry')),
      sharedBook: new SharedBookWriter(wiring.buffer, wiring.region('state:books'), plan.instruments.length),
    });
  }

  private strategy(): Actor {
    const { plan, wiring } = this;
    const { buffer } = wiring;
    const { instruments, config } = plan;
    return new StrategyActor({
      instruments,
      strategies: [
        { name: config.strategy.name, create: this.createStrategy!, params: strategyParams(config) },
      ],
      clock: this.clock,
      counters: wiring.counters('strategy'),
      errors: wiring.errors(),
      commands: this.input('commands-to-strategy', 'strategy'),
      riskToStrategy: this.input('risk-to-strategy', 'strategy'),
      executionToStrategy: this.input('execution-to-strategy', 'strategy'),
      bookToStrategy: this.input('book-to-strategy', 'strategy'),
      strategyToRisk: this.output('strategy-to-risk'),
      toJournal: this.output('strategy-to-journal'),
      toGateway: this.output('strategy-to-gateway'),
      toSupervisor: this.output('strategy-to-supervisor'),
      sharedBook: this.sharedBookReader(),
      lookupBook: this.sharedBookReader(),
      positions: new PositionReader(buffer, wiring.region('state:positions')),
      bias: new BiasReader(buffer, wiring.region('state:bias'), instruments.length),
      intents: new IntentCounter(buffer, wiring.region('state:intents')),
      openOrders: new OrderTableReader(buffer, wiring.region('state:orders')),
      telemetry: new TelemetryInterestReader(buffer, wiring.region('state:telemetry')),
    });
  }

  private risk(): Actor {
    const { plan, wiring } = this;
    const { buffer } = wiring;
    return new RiskActor({
      clock: this.clock,
      instruments: plan.instruments,
      counters: wiring.counters('risk'),
      positions: new PositionWriter(buffer, wiring.region('state:positions')),
      reservations: new Reservations(buffer, wiring.region('state:reservations')),
      trading: new RiskTradingState(buffer, wiring.region('state:trading')),
      orders: new OrderTableReader(buffer, wiring.region('state:orders')),
      book: this.sharedBookReader(),
      approvals: openRiskApprovals(
        buffer,
        wiring.region('state:risk-approvals'),
        this.output('risk-to-execution'),
      ),
      reports: openRiskReports(buffer, wiring.region('state:risk-reports'), {
        toStrategy: this.output('risk-to-strategy'),
        toJournal: this.output('risk-to-journal'),
        toGateway: this.output('risk-to-gateway'),
      }),
      toExecution: this.output('risk-to-execution'),
      fromStrategy: this.input('strategy-to-risk', 'risk'),
      fromExecution: this.input('execution-to-risk', 'risk'),
      commands: this.input('commands-to-risk', 'risk'),
      options: riskOptions(plan),
    });
  }

  private execution(): Actor {
    const { plan, wiring } = this;
    const { buffer } = wiring;
    const intentLog = this.overrides.intentLog ?? this.openIntentLog();
    return new ExecutionActor({
      clock: this.clock,
      random: this.random('execution'),
      instruments: plan.instruments,
      counters: wiring.counters('execution'),
      errors: wiring.errors(),
      kick: this.kick,
      orders: new OrderTable(buffer, wiring.region('state:orders')),
      fills: new FillLedger(buffer, wiring.region('state:fills')),
      trading: new ExecutionTradingState(buffer, wiring.region('state:trading')),
      outbox: openExecutionOutbox(buffer, wiring.region('state:execution-outbox'), {
        toRisk: this.output('execution-to-risk'),
        toStrategy: this.output('execution-to-strategy'),
        toJournal: this.output('execution-to-journal'),
        toGateway: this.output('execution-to-gateway'),
      }),
      toSupervisor: this.output('execution-to-supervisor'),
      fromRisk: this.input('risk-to-execution', 'execution'),
      commands: this.input('commands-to-execution', 'execution'),
      intentLog,
      openGateway: openVenueGateway(plan, plan.credentials ?? null, wiring, this.sharedBookReader()),
      options: executionOptions(plan),
    });
  }

  private openIntentLog(): IntentLog {
    const { plan, wiring } = this;
    return new IntentLog({
      directory: plan.journalDirectory,
      segmentBytes: plan.config.journal.segmentBytes,
      run: this.runIdentity(),
      clock: this.clock,
      errors: wiring.errors(),
      counters: wiring.counters('execution'),
      failureCounter: EXECUTION_COUNTER.journalRefusals,
    });
  }

  private runIdentity(): RunIdentity {
    const { config, accountId, clockOrigin, instruments } = this.plan;
    return {
      mode: config.mode,
      venue: config.venue.name,
      accountId,
      startEpochUs: clockOrigin.epochUs,
      instruments,
    };
  }

  private journal(): Actor {
    const { plan, wiring } = this;
    const producers = [...HOT_ACTORS.map((actor) => `${actor}-to-journal`), 'supervisor-to-journal'];
    return new JournalActor({
      subscriptions: producers.map((name) => wiring.subscription(name, null)),
      cell: new JournalCell(wiring.buffer, wiring.region('state:journal')),
      clock: this.clock,
      counters: wiring.counters('journal'),
      errors: wiring.errors(),
      directory: plan.journalDirectory,
      segmentBytes: plan.config.journal.segmentBytes,
      syncIntervalNs: plan.config.journal.fsyncIntervalMs * 1e6,
      run: this.runIdentity(),
    });
  }

  private analysis(): Actor {
    const { plan, wiring } = this;
    const { config, instruments } = plan;
    return new AnalysisActor({
      trades: wiring.subscription('book-to-analysis', null),
      tradesRing: wiring.monitorNamed('book-to-analysis'),
      instruments,
      bias: new BiasWriter(wiring.buffer, wiring.region('state:bias'), instruments.length),
      counters: wiring.counters('analysis'),
      config: analysisConfig(config),
      openPool: () => openBiasPool({ threads: config.analysis.poolThreads, queueMax: instruments.length }),
    });
  }
}
