import { kindOf } from '../runtime/actor.ts';
import type { ActorName } from '../runtime/actor.ts';
import { instrumentName } from '../core/instrument.ts';
import { Counter, Gauge, Registry } from 'prom-client';
import type { CounterBlock, CounterTable } from '../ipc/counters.ts';
import type { RingMonitor, RingStats } from '../ipc/ring.ts';
import type { EngineStats, LatencyCauseCounts, LatencyPercentiles, TimeframeStats } from './engine-stats.ts';
import type { SharedState } from './shared-state.ts';

/** One actor's counters: the table says what each means. */
export interface CounterSource {
  readonly actor: string;
  readonly table: CounterTable;
  readonly block: CounterBlock;
}

export interface MetricsOptions {
  readonly shared: SharedState;
  readonly rings: readonly RingMonitor[];
  readonly counters: readonly CounterSource[];
  /** The supervisor's latest stats; null until the first came. */
  readonly stats: () => EngineStats | null;
  readonly clientCount: () => number;
}

type Labels = Record<string, string>;
type Sample = readonly [labels: Labels, value: number];

const PERCENTILES: readonly (readonly [key: Exclude<keyof LatencyPercentiles, 'count'>, quantile: string])[] =
  [
    ['p50', '0.5'],
    ['p90', '0.9'],
    ['p99', '0.99'],
    ['p999', '0.999'],
    ['p9999', '0.9999'],
    ['max', '1'],
  ];

/** Words of counter tables that name a level rather than a sum: exported as gauges. */
const GAUGE_NAME = /(?:Max|HighWater|Depth|Now)$|^(?:max|current)[A-Z]/;

/** camelCase and kebab-case to the snake_case of metric names. */
export function metricName(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}

/**
 * The engine's metrics in Prometheus text. Nothing is counted here: each scrape reads shared memory and the latest stats,
 * so the hot threads pay nothing for being watched. Api thread only.
 */
export class Metrics {
  private readonly registry: Registry = new Registry();
  private readonly options: MetricsOptions;

  constructor(options: MetricsOptions) {
    this.options = options;
    this.addRings();
    this.addActors();
    this.addInstruments();
    this.addStats();
    this.addLatency();
    this.addLateness();
    this.addAnalysis();
    const kinds = new Set(options.counters.map(({ actor }) => kindOf(actor as ActorName)));
    for (const kind of kinds) {
      this.addCounters(
        kind,
        options.counters.filter(({ actor }) => kindOf(actor as ActorName) === kind),
      );
    }
    this.gauge('shrike_api_clients', 'Telemetry clients connected now.', [], () => [
      [{}, options.clientCount()],
    ]);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The text of one scrape. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private gauge(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => readonly Sample[],
  ): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      collect: () => {
        gauge.reset();
        for (const [labels, value] of read()) if (Number.isFinite(value)) gauge.set(labels, value);
      },
    });
  }

  private counter(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => readonly Sample[],
  ): void {
    const counter: Counter = new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      collect: () => {
        counter.reset();
        for (const [labels, value] of read()) if (value >= 0) counter.inc(labels, value);
      },
    });
  }

  /** The counters of all actors of a kind; where there are several, a label says whose. */
  private addCounters(kind: string, sources: readonly CounterSource[]): void {
    const isOne = sources.length === 1;
    for (const [index, [name, sentence]] of Object.entries(sources[0].table).entries()) {
      const base = `shrike_${metricName(kind)}_${metricName(name)}`;
      const labels = isOne ? [] : ['actor'];
      const read = (): Sample[] =>
        sources.map(({ actor, block }) => [isOne ? {} : { actor }, block.read(index)]);
      if (GAUGE_NAME.test(name)) this.gauge(base, sentence, labels, read);
      else this.counter(`${base}_total`, sentence, labels, read);
    }
  }

  private addRings(): void {
    const sum = (
      name: string,
      help: string,
      valueOf: (ring: RingStats) => number,
      policy: string | null = null,
    ): void => {
      this.counter(`shrike_ring_${name}_total`, help, ['ring'], () => this.rings(valueOf, policy));
    };
    const level = (name: string, help: string, valueOf: (ring: RingStats) => number): void => {
      this.gauge(`shrike_ring_${name}`, help, ['ring'], () => this.rings(valueOf, null));
    };
    sum('published_records', 'Records committed to the ring.', (ring) => ring.published);
    sum('consumed_records', 'Records taken from the ring.', (ring) => ring.consumed);
    sum('poisoned_records', 'Records whose handler threw; a rise means a consumer died.', (r) => r.poisoned);
    sum(
      'dropped_records',
      'Records given up: the observer behind a drop ring is slow.',
      (r) => r.dropped,
      'drop',
    );
    sum(
      'conflated_records',
      'Updates replaced by newer ones: the reader is slow.',
      (r) => r.conflated,
      'conflate',
    );
    sum(
      'refused_claims',
      'Claims a full lossless ring refused; the producer waits.',
      (r) => r.backPressured,
      'lossless',
    );
    level('depth_records', 'Records waiting in the ring now.', (ring) => ring.depth);
    level('high_water_bytes', 'Most bytes ever in the ring.', (ring) => ring.highWater);
    level('capacity_bytes', 'Size of the ring.', (ring) => ring.capacityBytes);
  }

  private rings(valueOf: (ring: RingStats) => number, policy: string | null): Sample[] {
    return this.options.rings
      .map((monitor) => monitor.read())
      .filter((ring) => policy === null || ring.policy === policy)
      .map((ring) => [{ ring: ring.name }, valueOf(ring)]);
  }

  private addActors(): void {
    const { actors, clock } = this.options.shared.options;
    const labels = ['actor', 'thread'];
    const read = (valueOf: (actor: (typeof actors)[number]) => number): (() => Sample[]) => {
      return () => actors.map((actor) => [{ actor: actor.name, thread: actor.thread }, valueOf(actor)]);
    };
    this.gauge(
      'shrike_actor_up',
      '1 while the actor runs.',
      labels,
      read((a) => (a.vitals.state() === 2 ? 1 : 0)),
    );
    this.gauge(
      'shrike_actor_heartbeat_age_seconds',
      'Time since the actor last turned; a rise means its thread hangs.',
      labels,
      read((actor) => Math.max(0, clock.nowNs() - actor.vitals.lastBeatNs()) / 1e9),
    );
    this.gauge(
      'shrike_actor_cycle_max_seconds',
      'Longest duty cycle with work since start.',
      labels,
      read((actor) => actor.vitals.maxCycleNs() / 1e9),
    );
    this.counter(
      'shrike_actor_restarts_total',
      'Restarts by the supervisor; a rise means faults.',
      labels,
      read((actor) => actor.vitals.restarts()),
    );
    this.counter(
      'shrike_actor_cycles_total',
      'Duty cycles turned; standing still means the thread hangs.',
      labels,
      read((actor) => actor.vitals.cycles()),
    );
    this.counter(
      'shrike_actor_stalls_total',
      'Duty cycles longer than the stall limit; each may have delayed an order.',
      labels,
      read((actor) => actor.vitals.stalls()),
    );
  }

  private addInstruments(): void {
    const { shared } = this.options;
    const { instruments, trading, positions } = shared.options;
    const named = (): { index: number; symbol: string }[] =>
      instruments.map((each) => ({ index: each.index, symbol: instrumentName(each) }));
    this.gauge('shrike_book_valid', '1 while the book may be traded on.', ['symbol'], () =>
      named().map(({ index, symbol }) => [{ symbol }, shared.bookAgeMs(index) === null ? 0 : 1]),
    );
    this.gauge('shrike_book_age_seconds', 'Time since the last frame of a valid book.', ['symbol'], () =>
      named().map(({ index, symbol }) => [{ symbol }, (shared.bookAgeMs(index) ?? NaN) / 1000]),
    );
    this.gauge('shrike_position_lots', 'Signed position, in lots of the instrument.', ['symbol'], () =>
      named().map(({ index, symbol }) => [{ symbol }, positions.read(index) ? positions.netLots : NaN]),
    );
    this.gauge('shrike_instrument_trading', '1 while the venue takes every kind of order.', ['symbol'], () =>
      instruments.map((each) => [{ symbol: instrumentName(each) }, each.status === 'trading' ? 1 : 0]),
    );
    this.gauge('shrike_funding_rate', 'Funding rate of the period that is running.', ['symbol'], () =>
      named().map(({ index, symbol }) => [{ symbol }, shared.fundingRate(index) ?? NaN]),
    );
    const flag = (name: string, help: string, isSet: () => boolean): void =>
      this.gauge(name, help, [], () => [[{}, isSet() ? 1 : 0]]);
    flag('shrike_trading_killed', '1 while the kill switch is thrown.', () => trading.isKilled());
    flag('shrike_trading_reducing', '1 while positions may only shrink.', () => trading.isReducing());
    flag('shrike_trading_reconciled', '1 when own orders and fills agree with the venue.', () =>
      trading.isReconciled(),
    );
    this.gauge('shrike_orders_open', 'Orders that have not ended, unknown ones included.', [], () => [
      [{}, trading.openOrders()],
    ]);
    this.gauge('shrike_orders_unknown', 'Orders whose fate is not known; must return to 0.', [], () => [
      [{}, trading.unknownOrders()],
    ]);
  }

  private addStats(): void {
    const read = (samples: (stats: EngineStats) => readonly Sample[]): (() => readonly Sample[]) => {
      return () => {
        const stats = this.options.stats();
        return stats === null ? [] : samples(stats);
      };
    };
    const total = (name: string, help: string, valueOf: (stats: EngineStats) => number): void => {
      this.counter(
        name,
        help,
        [],
        read((stats) => [[{}, valueOf(stats)]]),
      );
    };
    this.gauge(
      'shrike_engine_info',
      'Always 1; what is running, as labels.',
      ['mode', 'venue', 'topology', 'idle', 'io'],
      read(({ mode, venue, topology, idle, io }) => [[{ mode, venue, topology, idle, io: io.mode }, 1]]),
    );
    this.gauge(
      'shrike_uptime_seconds',
      'Time since start.',
      [],
      read((s) => [[{}, s.durationMs / 1000]]),
    );
    this.gauge(
      'shrike_memory_rss_megabytes',
      'Resident memory.',
      [],
      read((s) => [[{}, s.rssMb]]),
    );
    total('shrike_ticks_total', 'Market data events decoded.', (stats) => stats.ticks);
    total('shrike_book_updates_total', 'Updates taken into books.', (stats) => stats.bookUpdates);
    total('shrike_trades_total', 'Public trades seen.', (stats) => stats.trades);
    total('shrike_signals_total', 'Signals of strategies.', (stats) => stats.signals);
    total('shrike_fills_total', 'Fills of own orders.', (stats) => stats.fills);
    total(
      'shrike_invariant_violations_total',
      'Invariants found broken; any rise is a defect.',
      (stats) => stats.invariantViolations,
    );
    this.counter(
      'shrike_orders_total',
      'Orders by what became of them; one order passes several outcomes.',
      ['outcome'],
      read(({ orders: { open: _open, unknown: _unknown, ...outcomes } }) =>
        Object.entries(outcomes).map(([outcome, count]) => [{ outcome: metricName(outcome) }, count]),
      ),
    );
    this.counter(
      'shrike_errors_total',
      'Distinct errors by code.',
      ['code'],
      read((stats) => sumByCode(stats.errors)),
    );
    this.gauge(
      'shrike_gc_pause_max_milliseconds',
      'Longest garbage collection of a hot thread.',
      ['thread'],
      read((stats) => stats.gc.map(({ thread, maxMs }) => [{ thread }, maxMs])),
    );
    this.counter(
      'shrike_gc_total',
      'Garbage collections of a hot thread; a steady rise means it allocates.',
      ['thread'],
      read((stats) => stats.gc.map(({ thread, count }) => [{ thread }, count])),
    );
  }

  private addLatency(): void {
    const stages = (stats: EngineStats): [string, LatencyPercentiles][] => [
      ['tick_to_order', stats.tickToOrderNs],
      ['order_to_ack', stats.orderToAckNs],
      ...Object.entries(stats.stageNs).map(([stage, latency]): [string, LatencyPercentiles] => [
        metricName(stage),
        latency as LatencyPercentiles,
      ]),
    ];
    this.quantiles(
      'shrike_order_latency_seconds',
      'Time an order spends in each stage since start, by quantile (1 = the longest).',
      'stage',
      stages,
    );
    this.counts('shrike_order_latency_samples_total', 'Orders measured per stage.', 'stage', stages);
    const edges = (stats: EngineStats): [string, LatencyPercentiles][] => Object.entries(stats.edgeNs);
    this.quantiles(
      'shrike_ring_wait_seconds',
      "Time from the producer's stamp on a record of an order to the beginning of its consumer's turn, by quantile.",
      'ring',
      edges,
    );
    this.counts('shrike_ring_wait_samples_total', 'Records measured per ring.', 'ring', edges);
  }

  /** What was above the latency budget, by cause. */
  private addLateness(): void {
    this.gauge(
      'shrike_latency_budget_seconds',
      'Tick-to-order above this is late; 0 = no budget.',
      [],
      () => {
        const stats = this.options.stats();
        return stats === null ? [] : [[{}, stats.overBudget.budgetNs / 1e9]];
      },
    );
    this.counter(
      'shrike_latency_halts_total',
      'Times new orders were stopped because p99 of tick-to-order was above risk.latencyHaltP99Us.',
      [],
      () => {
        const stats = this.options.stats();
        return stats === null ? [] : [[{}, stats.overBudget.halts]];
      },
    );
    this.counter(
      'shrike_late_orders_total',
      'Orders above the latency budget by cause: what explains most of the time of their late stages.',
      ['cause'],
      () => {
        const stats = this.options.stats();
        return stats === null ? [] : causeSamples({}, stats.overBudget.orders);
      },
    );
    this.counter(
      'shrike_late_stages_total',
      'Stages above their fifth of the latency budget by cause, whether or not the order was late.',
      ['stage', 'cause'],
      () => {
        const stats = this.options.stats();
        if (stats === null) return [];
        return Object.entries(stats.overBudget.stages).flatMap(([stage, counts]) =>
          causeSamples({ stage: metricName(stage) }, counts),
        );
      },
    );
  }

  /** What the slow path's scheduler counted, by timeframe. */
  private addAnalysis(): void {
    const read = (valueOf: (one: TimeframeStats) => number | null): (() => readonly Sample[]) => {
      return () =>
        Object.entries(this.options.stats()?.analysis?.timeframes ?? {}).map(([timeframe, one]) => [
          { timeframe },
          valueOf(one) ?? NaN,
        ]);
    };
    const labels = ['timeframe'];
    const sum = (
      name: string,
      help: string,
      key: 'runs' | 'failed' | 'replaced' | 'late' | 'dropped',
    ): void =>
      this.counter(
        `shrike_schedule_${name}_total`,
        help,
        labels,
        read((one) => one[key]),
      );
    sum('runs', 'Analyses by the timeframe whose close they were for.', 'runs');
    sum('failed', 'Of these, those that gave no result.', 'failed');
    sum(
      'replaced',
      'Closes that a newer one replaced before they were run: the pool is too slow.',
      'replaced',
    );
    sum('late', 'Results after a tenth of their timeframe.', 'late');
    sum('dropped', 'Results after a whole bar of their timeframe: not published.', 'dropped');
    const milliseconds = (
      name: string,
      help: string,
      key: 'averageMs' | 'minMs' | 'maxMs' | 'latenessMs' | 'maxLatenessMs',
    ): void =>
      this.gauge(
        `shrike_schedule_${name}_seconds`,
        help,
        labels,
        read((one) => one[key] / 1000),
      );
    milliseconds('run_average', 'Time of an analysis, over the last 100 of each symbol.', 'averageMs');
    milliseconds('run_min', 'The shortest of these.', 'minMs');
    milliseconds('run_max', 'The longest of these.', 'maxMs');
    milliseconds('lateness', 'From a close to its result, the latest of the newest ones.', 'latenessMs');
    milliseconds('lateness_max', 'The same, the latest since start.', 'maxLatenessMs');
    this.gauge(
      'shrike_schedule_success_ratio',
      'Share of the analyses that gave a result.',
      labels,
      read((one) => one.successRate),
    );
    this.counter(
      'shrike_schedule_cache_hits_total',
      'Results that were asked for and were there already.',
      labels,
      read((one) => one.cacheHits),
    );
  }

  private quantiles(
    name: string,
    help: string,
    label: string,
    spans: (stats: EngineStats) => readonly (readonly [string, LatencyPercentiles])[],
  ): void {
    this.gauge(name, help, [label, 'quantile'], () => {
      const stats = this.options.stats();
      if (stats === null) return [];
      return spans(stats).flatMap(([span, latency]) =>
        latency.count === 0
          ? []
          : PERCENTILES.map(([key, quantile]): Sample => [{ [label]: span, quantile }, latency[key] / 1e9]),
      );
    });
  }

  private counts(
    name: string,
    help: string,
    label: string,
    spans: (stats: EngineStats) => readonly (readonly [string, LatencyPercentiles])[],
  ): void {
    this.counter(name, help, [label], () => {
      const stats = this.options.stats();
      return stats === null ? [] : spans(stats).map(([span, { count }]) => [{ [label]: span }, count]);
    });
  }
}

function causeSamples(labels: Labels, counts: LatencyCauseCounts): Sample[] {
  return Object.entries(counts).map(([cause, count]) => [{ ...labels, cause: metricName(cause) }, count]);
}

function sumByCode(errors: EngineStats['errors']): Sample[] {
  const sums = new Map<string, number>();
  for (const { code, count } of errors) sums.set(code, (sums.get(code) ?? 0) + count);
  return [...sums].map(([code, count]) => [{ code }, count]);
}
