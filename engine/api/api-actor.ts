import { instrumentName } from '../core/instrument.ts';
import type { MessagePort } from 'node:worker_threads';
import type { BiasReader } from '../analysis/bias-frame.ts';
import type { SharedBookReader } from '../book/shared-book.ts';
import type { SharedPricesReader } from '../book/shared-prices.ts';
import type { Clock } from '../core/clock.ts';
import type { Instrument } from '../core/instrument.ts';
import type { VenueIdTexts } from '../execution/venue-id-reader.ts';
import { POLL_LIMIT } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { RecordHandler, RecordView, RingMonitor, Subscription } from '../ipc/ring.ts';
import { TELEMETRY_TOPIC_BIT } from '../ipc/telemetry-interest.ts';
import type { TelemetryInterestWriter } from '../ipc/telemetry-interest.ts';
import { POSITION_UPDATED, TRADE_TICK } from '../messages/codecs.ts';
import type { PositionReader } from '../risk/positions.ts';
import type { TradingStateReader } from '../risk/trading-state.ts';
import type { Actor } from '../runtime/actor.ts';
import { Gate } from './access/gate.ts';
import { GuessThrottle } from './access/guess-throttle.ts';
import { KeyFile } from './access/key-file.ts';
import { KeyVerifier } from './access/key-verifier.ts';
import type { Sessions } from './access/sessions.ts';
import { ApiError } from './access/request-origin.ts';
import type { FromApi, ToApi } from './api-messages.ts';
import type { EngineStats, LatencyPercentiles, LatencyReport, LogLine } from './engine-stats.ts';
import { EngineWindow } from './engine-window.ts';
import type { EngineSources } from './engine-window.ts';
import { EventProjector, topicOfRecord } from './event-projection.ts';
import { API_COUNTER } from './api-counters.ts';
import { FrontServer } from './http/front-server.ts';
import type { ApiAddress } from './http/front-server.ts';
import type { AuditNote } from './http/route-runner.ts';
import { MainLine } from './main-line.ts';
import { Metrics } from './metrics.ts';
import type { CounterSource } from './metrics.ts';
import type { SignalFeed } from './signal-feed.ts';
import { SharedState } from './shared-state.ts';
import type { WatchedActor } from './shared-state.ts';
import { TelemetryFeed } from './telemetry-feed.ts';
import type { EventTopicName, StateEntries } from './telemetry-protocol.ts';

/** How the api serves. */
export interface ApiConfig {
  /** Address listened on. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly allowedOrigins: readonly string[];
  /** Whether peers of this machine may read without a key. */
  readonly loopbackRead: boolean;
  /** Path of the file with the keys. */
  readonly keyFile: string;
  /** Period of telemetry batches; never below 50 ms. */
  readonly conflateMs: number;
  /** What may wait for one client before it loses events. */
  readonly maxClientBufferBytes: number;
  readonly clientsMax: number;
  /** A client that does not read for this long is disconnected. */
  readonly evictAfterMs: number;
  readonly pingIntervalMs: number;
  /** A heartbeat older than this makes /-/healthy fail. */
  readonly beatStaleMs: number;
  /** A book without data this long makes /-/ready fail. */
  readonly feedStaleMs: number;
}

/** Defaults for what the configuration file does not name. */
export const API_DEFAULTS = {
  loopbackRead: true,
  keyFile: '',
  allowedOrigins: [],
  clientsMax: 32,
  evictAfterMs: 10_000,
  pingIntervalMs: 15_000,
  beatStaleMs: 2_000,
  feedStaleMs: 10_000,
} as const;

/** What the composition root hands to the api. */
export interface ApiDependencies {
  /** The <actor>-to-api rings. */
  readonly subscriptions: readonly Subscription[];
  readonly instruments: readonly Instrument[];
  /** Adds to the list what was added since; absent = nothing is. */
  readonly completeInstruments?: () => void;
  /** Whether an instrument was not removed; absent = none is. */
  readonly isTraded?: (index: number) => boolean;
  readonly venueIds: VenueIdTexts;
  readonly clock: Clock;
  readonly counters: CounterBlock;
  readonly interest: TelemetryInterestWriter;
  readonly books: SharedBookReader;
  readonly prices: SharedPricesReader;
  readonly positions: PositionReader;
  readonly trading: TradingStateReader;
  readonly journal: { isLost(): boolean };
  /** null when the run has no analysis. */
  readonly bias: BiasReader | null;
  readonly slowSignals: SignalFeed | null;
  readonly actors: readonly WatchedActor[];
  readonly rings: readonly RingMonitor[];
  readonly counterSources: readonly CounterSource[];
  /** What lies outside of the api. */
  readonly sources: EngineSources;
  /** The supervisor's line: ToApi comes in, FromApi goes out. */
  readonly port: Pick<MessagePort, 'on' | 'off' | 'postMessage'> | null;
  readonly config: ApiConfig;
}

const LISTEN_ATTEMPTS = 4;
const LISTEN_RETRY_MS = 150;
const LATENCY_ANSWER_MS = 3_000;
/** How long trades are collected after somebody asked for them. */
const TRADES_MS = 60_000;
const PATTERNS_NS = 250e6;

/**
 * The engine's window: drains the observers' rings into the telemetry feed and serves health, metrics and stats. It reads
 * `drop` rings and shared memory only, so a stopped or flooded api costs the engine nothing. Event-loop thread.
 */
export class ApiActor implements Actor {
  readonly name = 'api';
  /** Resolves when the api serves; rejects with a ApiError. The same is posted to the supervisor. */
  readonly listening: Promise<ApiAddress>;
  private readonly dependencies: ApiDependencies;
  private readonly shared: SharedState;
  private readonly projector: EventProjector;
  private readonly feed: TelemetryFeed;
  private readonly line: MainLine;
  /** The engine as the endpoints see it. */
  readonly window: EngineWindow;
  private readonly keys: KeyVerifier;
  private readonly server: FrontServer;
  private readonly handler: RecordHandler;
  private readonly onMessage: (message: ToApi) => void;
  private stats: EngineStats | null = null;
  private latencyInterval: Readonly<Record<string, LatencyPercentiles>> = {};
  /** Those who wait for the next latency report. */
  private latencyAskers: ((report: LatencyReport | null) => void)[] = [];
  private latencyTimer: NodeJS.Timeout | null = null;
  private sessionsLoading: Promise<Sessions> | null = null;
  /** The port listened on. */
  private port = 0;
  private isClosed = false;
  private nextPatternsNs = 0;
  private closing: Promise<void> = Promise.resolve();
  private settle: { resolve: (address: ApiAddress) => void; reject: (error: Error) => void };

  constructor(dependencies: ApiDependencies) {
    this.dependencies = dependencies;
    const { clock, instruments, venueIds } = dependencies;
    const settle = Promise.withResolvers<ApiAddress>();
    this.listening = settle.promise;
    this.listening.catch(() => {});
    this.settle = settle;
    this.shared = new SharedState(dependencies);
    this.projector = new EventProjector(instruments, clock, venueIds);
    this.feed = this.makeFeed();
    this.line = new MainLine((message) => this.tell(message));
    this.window = this.makeWindow();
    this.keys = new KeyVerifier(
      new KeyFile(dependencies.config.keyFile),
      () => clock.epochUs() / 1_000,
      (message) => this.tell({ kind: 'fault', message }),
    );
    this.server = this.makeServer();
    this.handler = (type, view, byteOffset): void => this.take(type, view, byteOffset);
    this.onMessage = (message): void => this.receive(message);
  }

  onStart(): void {
    this.dependencies.port?.on('message', this.onMessage);
    this.feed.start();
    void this.listen();
  }

  doWork(): number {
    this.dependencies.completeInstruments?.();
    let workCount = 0;
    for (const subscription of this.dependencies.subscriptions) {
      workCount += subscription.poll(this.handler, POLL_LIMIT);
    }
    return workCount + this.publishPatterns();
  }

  /** Signals of the slow path are looked for a few times a second. */
  private publishPatterns(): number {
    const { clock, slowSignals } = this.dependencies;
    const nowNs = clock.nowNs();
    if (slowSignals === null || nowNs < this.nextPatternsNs) return 0;
    this.nextPatternsNs = nowNs + PATTERNS_NS;
    const news = slowSignals.takeNews();
    for (const event of news) this.publish('patterns', { ...event });
    return news.length;
  }

  hasWork(): boolean {
    return this.dependencies.subscriptions.some((subscription) => subscription.hasWork());
  }

  onClose(): void {
    this.isClosed = true;
    this.dependencies.port?.off('message', this.onMessage);
    this.feed.stop();
    this.closing = this.server.close().catch(() => {});
  }

  /** Resolves when every connection is gone; after `onClose`. */
  closed(): Promise<void> {
    return this.closing;
  }

  /** Attempts again for a moment: after a restart in place the port of the incarnation before is about to be free. */
  private async listen(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const address = await this.server.listen();
        this.port = address.port;
        this.tell({ kind: 'listening', ...address });
        this.settle.resolve(address);
        return;
      } catch (error) {
        const failure = error instanceof ApiError ? error : new ApiError('API_LISTEN_FAILED', String(error));
        if (this.isClosed) return;
        if (failure.code !== 'API_PORT_IN_USE' || attempt >= LISTEN_ATTEMPTS) {
          this.tell({ kind: 'failed', code: failure.code, message: failure.message });
          this.settle.reject(failure);
          return;
        }
        await new Promise((resolve) => {
          setTimeout(resolve, LISTEN_RETRY_MS);
        });
      }
    }
  }

  private tell(message: FromApi): void {
    this.dependencies.port?.postMessage(message);
  }

  private receive(message: ToApi): void {
    if (message.kind === 'log') {
      for (const line of message.lines) this.publishLine(line);
      return;
    }
    if (message.kind === 'latency') {
      this.answerLatency(message.report);
      return;
    }
    if (message.kind === 'answered') {
      this.line.take(message.ticket, message.answer);
      return;
    }
    this.window.haltId();
    this.dependencies.counters.increment(API_COUNTER.statsReceived);
    this.stats = message.stats;
    if (message.latencyInterval !== undefined) this.latencyInterval = message.latencyInterval;
  }

  private publishLine({ epochUs, level, source, message }: LogLine): void {
    this.publish('log', { atMs: epochUs / 1000, level, source, message });
  }

  private publish(topic: EventTopicName, event: Readonly<Record<string, unknown>>): void {
    this.feed.publish(topic, event);
    this.window.take(topic, event);
  }

  private take(type: number, view: RecordView, byteOffset: number): void {
    const { counters, interest } = this.dependencies;
    counters.increment(API_COUNTER.recordsRead);
    // There are far more trades than other records: they are skipped while no client wants them.
    if (type === TRADE_TICK && !interest.wants(TELEMETRY_TOPIC_BIT.trades)) {
      counters.increment(API_COUNTER.recordsUnwanted);
      return;
    }
    // Positions are shown from shared memory, where they are newer than any record.
    if (type === POSITION_UPDATED) return;
    if (topicOfRecord(type) === null) {
      counters.increment(API_COUNTER.unknownTemplate);
      return;
    }
    try {
      const projected = this.projector.project(type, view, byteOffset);
      if (projected !== null) this.publish(projected.topic, projected.event);
      else counters.increment(API_COUNTER.recordsUnreadable);
    } catch {
      // A number that cannot be shown must not cost the operator the view of everything else.
      counters.increment(API_COUNTER.recordsUnreadable);
    }
  }

  /** Asks the supervisor, once however many wait; null when it does not answer in time. */
  private askLatency(): Promise<LatencyReport | null> {
    return new Promise((resolve) => {
      this.latencyAskers.push(resolve);
      if (this.latencyAskers.length > 1) return;
      this.tell({ kind: 'latencyWanted' });
      this.latencyTimer = setTimeout(() => this.answerLatency(null), LATENCY_ANSWER_MS).unref();
    });
  }

  private answerLatency(report: LatencyReport | null): void {
    if (this.latencyTimer !== null) clearTimeout(this.latencyTimer);
    const askers = this.latencyAskers;
    this.latencyAskers = [];
    for (const answer of askers) answer(report);
  }

  private latency(): StateEntries {
    const { stats } = this;
    if (stats === null) return {};
    const sinceStart: Record<string, LatencyPercentiles> = {
      ...stats.stageNs,
      tickToOrder: stats.tickToOrderNs,
      orderToAck: stats.orderToAckNs,
      ...stats.edgeNs,
    };
    const entries: Record<string, unknown> = {};
    for (const [stage, latency] of Object.entries(sinceStart)) {
      entries[stage] = { sinceStart: latency, interval: this.latencyInterval[stage] ?? null };
    }
    entries['overBudget'] = stats.overBudget;
    return entries;
  }

  private makeFeed(): TelemetryFeed {
    const { clock, counters, interest, instruments, config, slowSignals } = this.dependencies;
    return new TelemetryFeed({
      clock,
      counters,
      interest,
      instruments: instruments.map(instrumentName),
      sources: {
        stats: () => ({ ...this.stats }),
        book: () => this.shared.book(),
        positions: () => this.shared.position(),
        latency: () => this.latency(),
        actors: () => this.shared.actor(),
        analysis: () => slowSignals?.state() ?? {},
      },
      intervalMs: config.conflateMs,
      clientsMax: config.clientsMax,
      clientBufferBytes: config.maxClientBufferBytes,
      evictAfterMs: config.evictAfterMs,
      pingIntervalMs: config.pingIntervalMs,
    });
  }

  /** Sessions of browsers: most engines never have one. */
  private sessions(): Promise<Sessions> {
    const { clock, sources } = this.dependencies;
    this.sessionsLoading ??= import('./access/sessions.ts').then(
      ({ Sessions: Kept }) =>
        new Kept({
          engineId: sources.identity.engineId,
          port: () => this.port,
          nowMs: () => clock.epochUs() / 1_000,
          living: (keyId) => this.keys.living(keyId),
        }),
    );
    return this.sessionsLoading;
  }

  private makeWindow(): EngineWindow {
    const { config, rings, counterSources, venueIds, sources } = this.dependencies;
    const metrics = new Metrics({
      shared: this.shared,
      rings,
      counters: counterSources,
      stats: () => this.stats,
      clientCount: () => this.feed.clientCount,
    });
    return new EngineWindow({
      sessions: () => this.sessions(),
      shared: this.shared,
      venueIds,
      limits: config,
      sources,
      line: this.line,
      stats: () => this.stats,
      latency: () => this.askLatency(),
      metrics: async () => ({ mediaType: metrics.contentType, text: await metrics.text() }),
      wantTrades: () => this.feed.wantTrades(TRADES_MS),
      epochMs: (atNs) => this.projector.epochMs(atNs),
    });
  }

  private makeServer(): FrontServer {
    const { counters, config, clock, sources } = this.dependencies;
    const refused = { origin: API_COUNTER.clientsRefusedOrigin, credential: API_COUNTER.clientsRefusedAuth };
    const gate = new Gate({
      sessions: () => this.sessions(),
      bind: config,
      isLoopbackReader: config.loopbackRead,
      mode: sources.identity.mode,
      keys: this.keys,
      throttle: new GuessThrottle(),
      nowMs: () => clock.epochUs() / 1_000,
      onRefusal: (what) => counters.increment(refused[what]),
    });
    return new FrontServer({
      bind: config,
      port: config.port,
      counters,
      feed: this.feed,
      engine: this.window,
      gate,
      audit: (note) => this.noteRefusal(note),
      isLiving: (keyId) => this.keys.living(keyId) !== null,
    });
  }

  /** A call that was to act and was turned away is written down by the main thread. */
  private noteRefusal({ route, caller, correlationId, headers, problem }: AuditNote): void {
    const call = {
      what: `${route.verb} ${route.path}`,
      keyId: caller.keyId,
      address: caller.address,
      agent: headers['user-agent'] ?? '',
      correlationId,
      lowersRisk: route.command?.lowersRisk === true,
      status: problem.status,
      code: problem.extra.named ?? problem.code,
    };
    this.tell({ kind: 'refused', call });
  }
}
