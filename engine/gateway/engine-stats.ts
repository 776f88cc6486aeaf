import type { LatencyStage, LatencySummary } from '../runtime/latency-histograms.ts';

/** Schema name and version of EngineStats; grows when a field changes its meaning or goes. */
export const STATS_SCHEMA = 'shrike.stats/1';

/** Orders by what became of them, since start; `unknown` and `open` are as of now. */
export interface OrderStats {
  readonly requested: number;
  readonly denied: number;
  readonly submitted: number;
  readonly accepted: number;
  readonly filled: number;
  readonly partiallyFilled: number;
  readonly canceled: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly open: number;
}

/** One instrument's position; decimals as text in base and quote asset. */
export interface PositionStats {
  readonly symbol: string;
  readonly net: string;
  readonly averagePrice: string;
  readonly mark: string;
  readonly realised: string;
  readonly unrealised: string;
  readonly fees: string;
}

/** Top of one book, or why there is none. */
export interface BookStats {
  readonly symbol: string;
  readonly isValid: boolean;
  readonly bid: string;
  readonly bidSize: string;
  readonly ask: string;
  readonly askSize: string;
  readonly ageMs: number;
}

export interface RingStatsEntry {
  readonly name: string;
  readonly policy: string;
  readonly published: number;
  readonly consumed: number;
  readonly dropped: number;
  readonly conflated: number;
  readonly backPressured: number;
  readonly poisoned: number;
  /** Records in the ring now. */
  readonly depth: number;
  /** Most bytes ever in the ring. */
  readonly highWater: number;
}

export interface ActorStats {
  readonly name: string;
  readonly thread: string;
  readonly restarts: number;
  readonly cycles: number;
  readonly stalls: number;
  readonly maxCycleNs: number;
  readonly isRunning: boolean;
}

export interface ErrorStats {
  readonly code: string;
  readonly count: number;
  /** ISO time of the first occurrence. */
  readonly first: string;
  readonly text: string;
}

/** One fault drill and how the engine came back. */
export interface DrillStats {
  readonly step: string;
  readonly injectedMs: number;
  readonly restarted: readonly string[];
  /** From injection until the supervisor noticed; null where nothing had to be noticed. */
  readonly detectedAfterMs: number | null;
  /** From injection until every restarted actor ran again. */
  readonly runningAfterMs: number | null;
  /** From injection until the next order was sent; null = trading did not resume. */
  readonly resumedAfterMs: number | null;
}

/** The engine's figures at one moment: the summary of a run, `/stats` and the telemetry topic `stats`. */
export interface EngineStats {
  readonly schema: typeof STATS_SCHEMA;
  readonly mode: string;
  readonly venue: string;
  readonly topology: string;
  readonly idle: string;
  readonly seed: number;
  readonly strategy: string;
  readonly accountId: string;
  readonly durationMs: number;
  /** From process start to the first order handed to the venue; null = none yet. */
  readonly firstOrderMs: number | null;
  /** Frames with market data. */
  readonly ticks: number;
  readonly bookUpdates: number;
  readonly trades: number;
  readonly signals: number;
  readonly orders: OrderStats;
  readonly fills: number;
  readonly position: readonly PositionStats[];
  /** Sums over all instruments per quote asset, decimal text. */
  readonly pnl: {
    readonly asset: string;
    readonly realised: string;
    readonly unrealised: string;
    readonly fees: string;
  };
  readonly books: readonly BookStats[];
  readonly tickToOrderNs: LatencySummary;
  readonly stageNs: Readonly<Partial<Record<LatencyStage, LatencySummary>>>;
  readonly orderToAckNs: LatencySummary;
  readonly rings: readonly RingStatsEntry[];
  readonly actors: readonly ActorStats[];
  readonly errors: readonly ErrorStats[];
  /** Garbage collections per hot thread. */
  readonly gc: readonly { readonly thread: string; readonly count: number; readonly maxMs: number }[];
  readonly rssMb: number;
  readonly invariantViolations: readonly string[];
  /** Whether new orders may pass: reconciled, not killed, not paused. */
  readonly mayTrade: boolean;
  readonly isKilled: boolean;
  readonly drills: readonly DrillStats[];
  /** Counters of each actor by name. */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
