import type { RingStats } from '../ipc/ring.ts';

/** Version of EngineStats: raised when a field changes its meaning or goes; new fields do not raise it. */
export const STATS_SCHEMA = 'shrike.stats/1';

/** A distribution in nanoseconds; all 0 when `count` is 0. */
export interface LatencyPercentiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  readonly max: number;
}

/** Orders counted by what became of them since start; `open` and `unknown` are how many there are now. */
export interface OrderCounts {
  readonly requested: number;
  readonly denied: number;
  readonly submitted: number;
  readonly accepted: number;
  readonly filled: number;
  readonly partiallyFilled: number;
  readonly canceled: number;
  readonly expired: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly open: number;
}

/** One instrument's position; sizes and money as decimal text, because they are for people and reports. */
export interface PositionStats {
  readonly netLots: number;
  /** Base asset. */
  readonly qty: string;
  /** Average entry price, quote asset; "0" when flat. */
  readonly averagePrice: string;
  /** Quote asset: realised before fees, open profit at the mid of a valid book, fees paid. */
  readonly realised: string;
  readonly unrealised: string;
  readonly fees: string;
  readonly fills: number;
}

/** What the fills of one strategy's own orders made. All of them together are the account's, lot by lot. */
export interface StrategyStats {
  /** null = nobody's: trades by hand, and what strategies left that run no more. */
  readonly index: number | null;
  readonly name: string;
  /** By symbol; only what it has traded. */
  readonly position: Readonly<Record<string, PositionStats>>;
  readonly pnl: PnlStats;
}

/** The account at the venue against what the engine believes; only where the venue's own books can be read. */
export interface AccountCheckStats {
  /** Positions, fills and orders agree. */
  readonly isEqual: boolean;
  /** What differs, one sentence each. */
  readonly differences: readonly string[];
  /** Own trades in the venue's books. */
  readonly venueTrades: number;
  /** Own orders in the venue's books. */
  readonly venueOrders: number;
  /** Client order ids the venue saw on more than one order. */
  readonly duplicateClientIds: number;
}

/** Top of one book as text; empty sides while it is hidden. */
export interface TopOfBookStats {
  readonly symbol: string;
  readonly isValid: boolean;
  readonly bid: string;
  readonly bidQty: string;
  readonly ask: string;
  readonly askQty: string;
}

/** What the venue lets one do in an instrument, and under which terms. */
export interface InstrumentStats {
  readonly symbol: string;
  readonly venue: string;
  readonly kind: 'spot' | 'perpetual' | 'future';
  /** Which new orders the venue takes: `trading` = all; see VenueStatus. */
  readonly status: string;
  /** Grows with each change of the terms while the engine runs. */
  readonly epoch: number;
  /** Limit prices the venue takes, as shares of a price (`average`, `mark` or `last`), lowest and highest; null = any. */
  readonly priceBand: {
    readonly reference: string;
    readonly averageMinutes: number;
    readonly buy: readonly [string, string];
    readonly sell: readonly [string, string];
    /** The reference now, and the prices that follow; null = it has not come yet. */
    readonly prices: {
      readonly reference: string;
      readonly buy: readonly [string, string];
      readonly sell: readonly [string, string];
    } | null;
  } | null;
  /** null = the instrument has no funding. Rate of the period that is running; null = not known. */
  readonly funding: {
    readonly intervalMs: number;
    readonly rate: string | null;
    readonly nextAtMs: number | null;
  } | null;
  /** null = the venue states none. */
  readonly markPrice: string | null;
}

/** One fault drill and how the engine came back; milliseconds after the injection, null = it did not happen. */
export interface DrillStats {
  readonly step: string;
  /** Since trading began. */
  readonly injectedMs: number;
  readonly restarted: readonly string[];
  readonly detectedAfterMs: number | null;
  /** Every restarted actor ran again. */
  readonly runningAfterMs: number | null;
  /** The next order that was decided after that was sent. */
  readonly resumedAfterMs: number | null;
}

/** Profit and loss in the quote asset, decimal text. */
export interface PnlStats {
  /** Before fees. */
  readonly realised: string;
  /** Open positions at the mid of a valid book. */
  readonly unrealised: string;
  readonly fees: string;
}

export interface StageLatencies {
  readonly recvToDecoded: LatencyPercentiles;
  readonly decodedToBooked: LatencyPercentiles;
  readonly bookedToSignalled: LatencyPercentiles;
  readonly signalledToApproved: LatencyPercentiles;
  readonly approvedToSent: LatencyPercentiles;
}

/** Late orders or stages counted by what made them late; see `latency` in the README for the words. */
export interface LatencyCauseCounts {
  readonly gc: number;
  readonly schedulerGap: number;
  readonly longHandler: number;
  readonly ringBacklog: number;
  readonly unknown: number;
}

/** One stage of a late order. */
export interface LateStageStats {
  readonly stage: string;
  readonly ns: number;
  /** Of that: in the ring before the stage's actor. */
  readonly waitedNs: number;
  /** null: within its share of the budget. */
  readonly cause: keyof LatencyCauseCounts | null;
  /** Whose turn it was, for longHandler and ringBacklog. */
  readonly actor: string | null;
}

/** One late order with its waterfall. */
export interface LateOrderStats {
  readonly intentSeq: number;
  /** When its bytes left, ms since the start of the engine. */
  readonly sentMs: number;
  readonly tickToOrderNs: number;
  readonly cause: keyof LatencyCauseCounts;
  readonly stages: readonly LateStageStats[];
}

/** What was above the latency budget, and why. */
export interface OverBudgetStats {
  /** Tick-to-order above this makes an order late; 0 = no budget, nothing is looked at. */
  readonly budgetNs: number;
  /** A stage above this is late: a fifth. */
  readonly stageBudgetNs: number;
  /** Late orders by cause. */
  readonly orders: LatencyCauseCounts;
  /** Late stages by cause, of all orders, by stage. */
  readonly stages: Readonly<Record<string, LatencyCauseCounts>>;
  /** Times new orders were stopped because orders were too slow, and whether they are now (`risk.latencyHaltP99Us`). */
  readonly halts: number;
  readonly isHalted: boolean;
  /** Late, and not judged yet: garbage collections are known a moment later. */
  readonly pending: number;
  /** Intervals of hot threads that were not read in time. */
  readonly missedIntervals: number;
  /** Whether the kernel says how long threads had no processor (Linux). */
  readonly seesRunDelay: boolean;
  /** The latest late orders, oldest first. */
  readonly offenders: readonly LateOrderStats[];
}

export interface ActorStats {
  readonly name: string;
  readonly thread: string;
  readonly restarts: number;
  readonly cycles: number;
  /** Cycles longer than the stall limit. */
  readonly stalls: number;
  readonly maxCycleNs: number;
}

/** One distinct error since start. */
export interface ErrorStats {
  readonly code: string;
  readonly count: number;
  /** The first occurrence in words. */
  readonly first: string;
}

/** What the slow path's scheduler counted of one timeframe, over all symbols. Times in ms. */
export interface TimeframeStats {
  /** Symbols analysed in it. */
  readonly symbols: number;
  readonly runs: number;
  readonly failed: number;
  /** Share of the runs that gave a result, 0..1; null before the first. */
  readonly successRate: number | null;
  /** Closes that a newer one replaced before they were run. */
  readonly replaced: number;
  /** Results after a tenth of the timeframe, and those too old to tell. */
  readonly late: number;
  readonly dropped: number;
  /** Results that were asked for and were there already. */
  readonly cacheHits: number;
  /** From the start of a run to its result, over the last 100 runs of each symbol. */
  readonly averageMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** From a close to its result: the latest of the newest ones, and the latest ever. */
  readonly latenessMs: number;
  readonly maxLatenessMs: number;
}

/** What the slow path's scheduler counted. */
export interface AnalysisStats {
  /** By name; those in which nothing was analysed are not there. */
  readonly timeframes: Readonly<Record<string, TimeframeStats>>;
}

/** Whether what happens is written down. */
export interface JournalStats {
  /** `lost`: the disk refuses records; they are kept in memory and tried again. */
  readonly state: 'starting' | 'writing' | 'lost' | 'closed';
  /** Orders leave only when their intents could be written. */
  readonly takesIntents: boolean;
  /** In the final summary: records that are in memory only and end with the process. */
  readonly unwritten?: { readonly total: number; readonly byMessage: Readonly<Record<string, number>> };
}

/** Garbage collections of one hot thread. */
export interface GcStats {
  readonly thread: string;
  readonly count: number;
  readonly maxMs: number;
}

/**
 * The engine in figures: the summary that `run --json` prints, what /stats answers and the `stats` topic carries. Plain
 * data, made by the supervisor on the main thread and posted to the api's thread.
 */
export interface EngineStats {
  readonly schema: typeof STATS_SCHEMA;
  readonly mode: string;
  readonly venue: string;
  readonly topology: string;
  readonly idle: string;
  /** How the hot sockets reach the kernel, and why so. */
  readonly io: { readonly mode: string; readonly reason: string };
  readonly seed: number;
  readonly durationMs: number;
  readonly ticks: number;
  readonly bookUpdates: number;
  readonly trades: number;
  readonly signals: number;
  readonly orders: OrderCounts;
  readonly fills: number;
  /** By symbol. */
  readonly position: Readonly<Record<string, PositionStats>>;
  readonly pnl: PnlStats;
  /** By strategy; the last, where there is any such, is what belongs to none. */
  readonly strategies: readonly StrategyStats[];
  readonly tickToOrderNs: LatencyPercentiles;
  readonly stageNs: StageLatencies;
  /**
   * By ring. Forward rings: from the producer's stamp on an order's tick or request to the beginning of the consumer's turn.
   * Report rings: from the event reported to the beginning of the turn of the one who is told.
   */
  readonly edgeNs: Readonly<Record<string, LatencyPercentiles>>;
  /** Order sent to the venue's first answer; empty where no venue is asked (paper, shadow). */
  readonly orderToAckNs: LatencyPercentiles;
  /** Who answers orders; the paper gateway's answers are not measured. */
  readonly orderToAckFrom: 'venue' | 'paper gateway';
  readonly overBudget: OverBudgetStats;
  readonly rings: readonly RingStats[];
  readonly actors: readonly ActorStats[];
  readonly errors: readonly ErrorStats[];
  readonly gc: readonly GcStats[];
  /** JavaScript heap in use per thread of the engine, and of the main thread. */
  readonly heapMb: Readonly<Record<string, number>>;
  readonly rssMb: number;
  readonly invariantViolations: number;
  /** What each violated invariant says; empty when there is none. */
  readonly violations: readonly string[];
  readonly strategy: string;
  readonly accountId: string;
  /** From the start of the process to the first order sent, ms; null = none yet. */
  readonly firstOrderMs: number | null;
  readonly books: readonly TopOfBookStats[];
  readonly instruments: readonly InstrumentStats[];
  /** New orders may pass: reconciled, not killed, not paused. */
  readonly mayTrade: boolean;
  readonly isKilled: boolean;
  /** Why trading is stopped; null = it is not. */
  readonly killReason: string | null;
  /** Positions may only shrink until someone resumes. */
  readonly isReducing: boolean;
  /** Name in KILL_REASON; null = they may grow. */
  readonly reduceReason: string | null;
  /** An operator wants no new risk; orders that let a position shrink pass. */
  readonly isPaused: boolean;
  /** What the limits on losses go by; quote asset, fees paid, open positions at the middle. */
  readonly breakers: BreakerStats;
  readonly journal: JournalStats;
  /** Absent in a replay, and without the slow path. */
  readonly analysis?: AnalysisStats;
  readonly drills: readonly DrillStats[];
  /** In the final summary of a live or shadow run on the embedded exchange. */
  readonly account?: AccountCheckStats;
  /** Counters of each actor by name. */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** HDR V2 text per stage and per ring; only in the final summary. */
  readonly hdrV2?: Readonly<Record<string, string>>;
}

/** Profit since the journal began, from its peak, and of the day (UTC). */
export interface BreakerStats {
  readonly profit: number;
  /** How far below the peak; 0 = at it. */
  readonly drawdown: number;
  readonly dayProfit: number;
  readonly lossesInARow: number;
}

/** Version of LatencyReport. */
export const LATENCY_SCHEMA = 'shrike.latency/1';

/** The part of the figures that concerns latency, with whole distributions: what `/latency` and `latency` give out. */
export interface LatencyReport extends Pick<
  EngineStats,
  | 'mode'
  | 'venue'
  | 'topology'
  | 'idle'
  | 'strategy'
  | 'durationMs'
  | 'tickToOrderNs'
  | 'stageNs'
  | 'edgeNs'
  | 'orderToAckNs'
  | 'orderToAckFrom'
  | 'overBudget'
> {
  readonly schema: typeof LATENCY_SCHEMA;
  /** Wall clock when it was made. */
  readonly atEpochMs: number;
  /** HDR V2 text per stage and per ring. */
  readonly hdrV2: Readonly<Record<string, string>>;
}

/** A log line as the supervisor formatted it. */
export interface LogLine {
  readonly epochUs: number;
  readonly level: string;
  readonly source: string;
  readonly message: string;
}

/** Why the api cannot serve. */
export type ApiErrorCode =
  | 'API_PORT_IN_USE'
  | 'API_ADDRESS_UNAVAILABLE'
  | 'API_UNPROTECTED_BIND'
  | 'API_LISTEN_FAILED';
