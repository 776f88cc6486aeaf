/**
 * The configuration after every layer is applied: what the composition root hands to the parts. Prices and
 * sizes stay decimal text here, because ticks and lots exist only once the instruments are known.
 */

export type Mode = 'paper' | 'shadow' | 'live';
export type VenueName = 'sim' | 'binance-spot';
export type TopologyName = 'auto' | 'fused' | 'split' | 'dedicated';
export type IdleName = 'spin' | 'backoff' | 'park';
export type OnStop = 'cancel' | 'leave';
export type Timeframe = '1m' | '5m' | '15m' | '1h' | '4h' | '1d' | '1w';
/** A non-negative decimal number as text, such as `0.001`: no exponent, no sign. */
export type DecimalText = string;

/** The three addresses every venue has. `null`: the embedded exchange is started and its own are used (venue `sim` only). */
export interface EndpointsConfig {
  readonly rest: string | null;
  readonly stream: string | null;
  readonly wsApi: string | null;
}

/** Where one venue is and how it is talked to. */
export interface VenueConfig {
  readonly endpoints: EndpointsConfig;
  readonly credentials: {
    /** A TOML file of mode 0600 with `apiKey` and `apiSecret` or `privateKeyPem`; null: environment or credentials directory. */
    readonly file: string | null;
  };
  /** Period of the depth stream asked for, milliseconds. */
  readonly depthIntervalMs: number;
  readonly snapshotLevels: number;
  readonly recvWindowMs: number;
  readonly requestTimeoutMs: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** A connection older than this is replaced before the venue closes it. */
  readonly rotateAfterMs: number;
}

/** Limits of the risk actor for one instrument. */
export interface RiskLimitsConfig {
  /** Largest absolute position, base asset. */
  readonly maxPosition: DecimalText;
  /** Largest quantity of one order, base asset. */
  readonly maxOrderQty: DecimalText;
  /** Largest price x quantity of one order, quote asset. */
  readonly maxOrderNotional: DecimalText;
  readonly maxOpenOrders: number;
  /** Widest distance of an order's price from the middle of the book, basis points. */
  readonly priceBandBps: number;
}

/** Everything the engine can be told. `loadConfig` makes it; it is frozen. */
export interface EngineConfig {
  readonly mode: Mode;
  readonly seed: number;
  readonly symbols: readonly string[];
  readonly state: {
    /** Base folder; each mode and venue has a folder of its own in it (`stateLayout`). */
    readonly dir: string;
  };
  readonly engine: {
    readonly topology: TopologyName;
    readonly idle: IdleName;
    /** false: no pinning; true: the engine chooses; a list: one CPU per hot thread. */
    readonly pinCpus: boolean | readonly number[];
    /** A thread whose heartbeat stands still this long is ended and restarted. */
    readonly watchdogMs: number;
    readonly restartIntensity: number;
    readonly restartPeriodMs: number;
    readonly stopTimeoutMs: number;
    /** Tick-to-order above this makes an order late, and its cause is looked for; microseconds, 0: never. */
    readonly latencyBudgetUs: number;
    /** Practise the hot path before the first tick and in idle time; `fused` only. */
    readonly rehearse: boolean;
  };
  readonly venue: { readonly name: VenueName };
  readonly venues: Readonly<Record<VenueName, VenueConfig>>;
  readonly exchange: {
    readonly eventsPerSecond: number;
    readonly depthIntervalMs: number;
    readonly host: string;
    readonly restPort: number;
    readonly streamPort: number;
    readonly wsApiPort: number;
    readonly ordersPer10s: number;
    readonly ordersPerDay: number;
    /** null: the top-level seed. */
    readonly seed: number | null;
  };
  readonly strategy: {
    readonly name: string;
    /** Checked by the strategy itself. */
    readonly params: Readonly<Record<string, unknown>>;
    readonly respectBias: boolean;
  };
  readonly risk: RiskLimitsConfig & {
    readonly maxOrdersPerSecond: number;
    /** Oldest tick a new order may stand on when risk looks at it, microseconds; 0: any. */
    readonly latencyBudgetUs: number;
    /** p99 of tick-to-order above which new orders stop for a while, microseconds; 0: never. */
    readonly latencyHaltP99Us: number;
    readonly latencyHaltMs: number;
    /** Loss from the session's peak that stops trading, quote asset; null: no limit. */
    readonly maxDrawdown: DecimalText | null;
    /** Overrides by symbol. */
    readonly symbols: Readonly<Record<string, Partial<RiskLimitsConfig>>>;
  };
  readonly execution: {
    readonly ackTimeoutMs: number;
    readonly unknownQueryIntervalMs: number;
    readonly notFoundGraceMs: number;
    readonly onStop: OnStop;
    readonly stopTimeoutMs: number;
    /** Start of every client order id, so that other bots' orders are never touched. */
    readonly namespace: string;
  };
  readonly paper: {
    readonly makerFeeBps: number;
    readonly takerFeeBps: number;
    readonly latencyMs: number;
  };
  readonly book: {
    readonly staleMs: number;
  };
  readonly analysis: {
    readonly enabled: boolean;
    readonly timeframes: readonly Timeframe[];
    readonly biasTtlMs: number;
    readonly emaPeriods: { readonly fast: number; readonly slow: number };
    readonly weights: Readonly<Record<Timeframe, number>>;
    readonly poolThreads: number;
  };
  readonly journal: {
    readonly segmentBytes: number;
    readonly fsyncIntervalMs: number;
  };
  readonly api: {
    readonly enabled: boolean;
    readonly host: string;
    readonly port: number;
    readonly conflateMs: number;
    readonly maxClientBufferBytes: number;
  };
  readonly log: {
    readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
    readonly format: 'auto' | 'json' | 'pretty';
  };
  readonly live: {
    /** The account id that live orders may be sent for. */
    readonly confirm: string | null;
  };
}
