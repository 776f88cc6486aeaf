import { z } from 'zod';
import type { EngineConfig } from './config-types.ts';

/** What the schema says about a key beside its type: read by `config schema`, redaction and the error messages. */
export interface KeyDoc {
  readonly description: string;
  /** Unit of the value as written in the config. */
  readonly unit?: string;
  /** Printed as `<redacted>`. */
  readonly secret?: true;
  /** Refused in files and arguments; read from the environment or the credentials directory by `loadCredentials`. */
  readonly environmentOnly?: true;
}

const docs = new WeakMap<z.ZodType, KeyDoc>();

/** Attaches a key's description; must be the outermost call, since zod's wrappers are new objects. */
function key<T extends z.ZodType>(schema: T, description: string, unit?: string, marks: object = {}): T {
  docs.set(schema, { description, ...(unit === undefined ? {} : { unit }), ...marks });
  return schema;
}

/** The description of a schema node, or undefined for a node without one (sections' inner wrappers). */
export function docOf(schema: z.ZodType): KeyDoc | undefined {
  return docs.get(schema);
}

/** A table whose keys all have defaults, so it may be left out. */
function section<S extends z.ZodRawShape>(description: string, shape: S): z.ZodPrefault<z.ZodObject<S>> {
  // Every member has a default, which the type system cannot see through the generic.
  return key(z.strictObject(shape).prefault({} as never), description);
}

const int = (min: number, max: number): z.ZodInt => z.int().min(min).max(max);
const port = int(0, 65_535);

const DECIMAL = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;
const DECIMAL_MESSAGE = 'expected a decimal number without sign or exponent, such as "0.001"';

/** Decimal text; a TOML number is taken too while it prints without an exponent and is exact to read. */
const decimal = z.preprocess(
  (value) => (typeof value === 'number' && Math.abs(value) < 1e15 ? String(value) : value),
  z.string({ error: DECIMAL_MESSAGE }).regex(DECIMAL, { error: DECIMAL_MESSAGE }),
);

const url = (protocols: readonly string[]): z.ZodType<string> =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `expected a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
const httpUrl = url(['https:', 'http:']);
const wsUrl = url(['wss:', 'ws:']);

interface VenueDefaults {
  readonly rest: string | null;
  readonly stream: string | null;
  readonly wsApi: string | null;
  readonly depthIntervalMs: number;
}

const SECRET = { secret: true, environmentOnly: true };

// One inferred type for both venues; an annotation would repeat the whole shape.
function venue(name: string, defaults: VenueDefaults) {
  const embedded = defaults.rest === null ? ' Unset: the embedded exchange is started and used.' : '';
  return section(`The venue ${name}.`, {
    endpoints: section('Addresses.', {
      rest: key(httpUrl.nullable().default(defaults.rest), `REST base URL.${embedded}`),
      stream: key(wsUrl.nullable().default(defaults.stream), `Market data WebSocket base URL.${embedded}`),
      wsApi: key(wsUrl.nullable().default(defaults.wsApi), `WebSocket API (orders) URL.${embedded}`),
    }),
    credentials: section('Sources of the API key. The key itself never stands in a config file.', {
      file: key(
        z.string().min(1).nullable().default(null),
        'TOML file with apiKey and apiSecret or privateKeyPem, readable by its owner only (mode 0600).',
      ),
      apiKey: key(z.string().min(1).optional(), 'API key.', undefined, SECRET),
      apiSecret: key(z.string().min(1).optional(), 'HMAC secret.', undefined, SECRET),
      privateKeyPem: key(z.string().min(1).optional(), 'Ed25519 private key, PEM.', undefined, SECRET),
    }),
    depthIntervalMs: key(
      int(1, 60_000).default(defaults.depthIntervalMs),
      'Period of the depth stream.',
      'ms',
    ),
    snapshotLevels: key(
      int(5, 5_000).default(1_000),
      'Levels per side asked for in a book snapshot.',
      'levels',
    ),
    recvWindowMs: key(int(1, 60_000).default(5_000), 'How old a signed request may be at the venue.', 'ms'),
    requestTimeoutMs: key(int(10, 120_000).default(10_000), 'Longest wait for a REST answer.', 'ms'),
    reconnectMinMs: key(int(1, 600_000).default(250), 'First reconnect delay; doubles with jitter.', 'ms'),
    reconnectMaxMs: key(int(1, 600_000).default(15_000), 'Longest reconnect delay.', 'ms'),
    rotateAfterMs: key(
      int(60_000, 86_400_000).default(85_800_000),
      'Age at which a connection is replaced, before the venue closes it after 24 h.',
      'ms',
    ),
  });
}

const limitKeys = {
  maxPosition: { text: 'Largest absolute position.', unit: 'base asset' },
  maxOrderQty: { text: 'Largest quantity of one order.', unit: 'base asset' },
  maxOrderNotional: { text: 'Largest price x quantity of one order.', unit: 'quote asset' },
};
const maxOpenOrders = { text: 'Most open orders per instrument.', unit: 'orders' };
const priceBand = { text: "Widest distance of an order's price from the middle of the book.", unit: 'bps' };

const symbolLimits = z.strictObject({
  maxPosition: key(decimal.optional(), limitKeys.maxPosition.text, limitKeys.maxPosition.unit),
  maxOrderQty: key(decimal.optional(), limitKeys.maxOrderQty.text, limitKeys.maxOrderQty.unit),
  maxOrderNotional: key(decimal.optional(), limitKeys.maxOrderNotional.text, limitKeys.maxOrderNotional.unit),
  maxOpenOrders: key(int(1, 1_000).optional(), maxOpenOrders.text, maxOpenOrders.unit),
  priceBandBps: key(z.number().positive().max(10_000).optional(), priceBand.text, priceBand.unit),
});

const symbol = z.string().regex(/^[A-Z0-9]{2,30}$/, { error: 'expected a symbol such as BTCUSDT' });
const timeframe = z.enum(['1m', '5m', '15m', '1h', '4h', '1d', '1w']);
const uint32 = int(0, 0xffff_ffff);
const weight = (fallback: number): z.ZodDefault<z.ZodNumber> =>
  key(z.number().min(0).max(1_000).default(fallback), 'Share of this timeframe.');

/** The root table. `strictObject` everywhere: an unknown key is an error, except in `strategy.params`. */
export const rootSchema: z.ZodType = z.strictObject({
  mode: key(z.enum(['paper', 'shadow', 'live']).default('paper'), 'Where orders go.'),
  seed: key(uint32.default(1), 'Seed of everything random in the engine and the embedded exchange.'),
  symbols: key(z.array(symbol).min(1).max(64).default(['BTCUSDT', 'ETHUSDT']), 'Instruments traded.'),
  state: section('Files the engine keeps.', {
    dir: key(
      z.string().min(1).nullable().default(null),
      'Base folder; each mode and venue has its own below it. Default: $STATE_DIRECTORY, $XDG_STATE_HOME/shrike or ~/.local/state/shrike.',
    ),
  }),
  engine: section('Threads and supervision.', {
    topology: key(
      z.enum(['auto', 'fused', 'split', 'dedicated']).default('auto'),
      'How actors are spread over threads; auto chooses by the cores there are.',
    ),
    idle: key(z.enum(['spin', 'backoff', 'park']).default('backoff'), 'What a thread does without work.'),
    pinCpus: key(
      z.union([z.boolean(), z.array(int(0, 1_023)).min(1)]).default(false),
      'Bind hot threads to CPUs: true chooses, a list names one CPU per hot thread.',
    ),
    watchdogMs: key(
      int(50, 600_000).default(2_000),
      'A heartbeat standing still this long means restart.',
      'ms',
    ),
    restartIntensity: key(int(0, 1_000).default(10), 'Restarts allowed within restartPeriodMs.', 'restarts'),
    restartPeriodMs: key(int(100, 86_400_000).default(60_000), 'Window of restartIntensity.', 'ms'),
    stopTimeoutMs: key(int(100, 600_000).default(10_000), 'Longest graceful stop.', 'ms'),
    rehearse: key(
      z.boolean().default(true),
      'Practise the hot path on a made-up market before the first tick and in the idle time of a spinning thread (fused).',
    ),
    latencyBudgetUs: key(
      int(0, 60_000_000).default(1_000),
      'Tick-to-order above this makes an order late, a stage above a fifth of it makes the stage late; causes are looked for. 0: never.',
      'us',
    ),
  }),
  venue: section('The venue traded on.', {
    name: key(
      z.enum(['sim', 'binance-spot']).default('sim'),
      'sim is the embedded exchange: no account needed.',
    ),
  }),
  venues: section('Venues by name.', {
    sim: venue('sim', { rest: null, stream: null, wsApi: null, depthIntervalMs: 100 }),
    'binance-spot': venue('binance-spot', {
      rest: 'https://api.binance.com',
      stream: 'wss://stream.binance.com:9443',
      wsApi: 'wss://ws-api.binance.com:443/ws-api/v3',
      depthIntervalMs: 100,
    }),
  }),
  exchange: section('The embedded exchange.', {
    eventsPerSecond: key(
      int(0, 20_000).default(500),
      'Market events over all instruments; 0: a still market.',
      'events/s',
    ),
    depthIntervalMs: key(int(0, 60_000).default(100), 'Period of its depth stream; 0: every change.', 'ms'),
    host: key(z.string().min(1).default('127.0.0.1'), 'Address it listens on.'),
    restPort: key(port.default(0), 'REST port; 0 takes a free one.'),
    streamPort: key(port.default(0), 'Stream port; 0 takes a free one.'),
    wsApiPort: key(port.default(0), 'WebSocket API port; 0 takes a free one.'),
    ordersPer10s: key(
      int(1, 1_000_000).default(100),
      'Unfilled orders it takes per 10 s, as Binance does.',
      'orders',
    ),
    ordersPerDay: key(int(1, 1_000_000_000).default(200_000), 'Unfilled orders it takes per day.', 'orders'),
    seed: key(uint32.nullable().default(null), "Seed of the market; unset: the engine's seed."),
  }),
  strategy: section('The strategy.', {
    name: key(z.string().min(1).default('momentum'), 'A shipped strategy by name, or the path of a module.'),
    params: key(z.record(z.string(), z.unknown()).default({}), 'Parameters, checked by the strategy.'),
    respectBias: key(
      z.boolean().default(false),
      'Trade only in the direction of the slow path’s bias; absent = no filter.',
    ),
  }),
  risk: section('Limits no order may cross.', {
    maxPosition: key(decimal.default('5'), limitKeys.maxPosition.text, limitKeys.maxPosition.unit),
    maxOrderQty: key(decimal.default('1'), limitKeys.maxOrderQty.text, limitKeys.maxOrderQty.unit),
    maxOrderNotional: key(
      decimal.default('100000'),
      limitKeys.maxOrderNotional.text,
      limitKeys.maxOrderNotional.unit,
    ),
    maxOpenOrders: key(int(1, 1_000).default(20), maxOpenOrders.text, maxOpenOrders.unit),
    maxOrdersPerSecond: key(int(1, 100_000).default(50), 'Most new orders in any second.', 'orders/s'),
    priceBandBps: key(z.number().positive().max(10_000).default(500), priceBand.text, priceBand.unit),
    latencyBudgetUs: key(
      int(0, 60_000_000).default(0),
      'A wish whose tick is older than this when risk looks at it is denied; 0: any age passes.',
      'us',
    ),
    latencyHaltP99Us: key(
      int(0, 60_000_000).default(0),
      'When the p99 of tick-to-order of a hundred consecutive orders is above this, new orders stop for latencyHaltMs; 0: never.',
      'us',
    ),
    latencyHaltMs: key(int(1, 3_600_000).default(1_000), 'How long such a stop lasts.', 'ms'),
    maxDrawdown: key(
      decimal.nullable().default(null),
      'Loss from the peak that stops trading.',
      'quote asset',
    ),
    symbols: key(z.record(symbol, symbolLimits).default({}), 'Limits by symbol, over the general ones.'),
  }),
  execution: section('Order handling.', {
    ackTimeoutMs: key(int(10, 600_000).default(2_000), 'No answer this long makes an order unknown.', 'ms'),
    unknownQueryIntervalMs: key(
      int(10, 600_000).default(500),
      'Pause between queries for an unknown order.',
      'ms',
    ),
    notFoundGraceMs: key(int(10, 3_600_000).default(5_000), '"Not found" is believed after this long.', 'ms'),
    onStop: key(z.enum(['cancel', 'leave']).default('cancel'), 'What happens to own orders at a stop.'),
    stopTimeoutMs: key(int(100, 600_000).default(5_000), 'Longest wait for cancels to be confirmed.', 'ms'),
    namespace: key(
      z
        .string()
        .regex(/^[a-z0-9]{1,8}$/, { error: 'expected 1 to 8 lower-case letters or digits' })
        .default('shrike'),
      'Start of every client order id; keeps other bots’ orders apart.',
    ),
  }),
  paper: section('Simulated fills.', {
    makerFeeBps: key(z.number().min(-100).max(1_000).default(10), 'Maker fee.', 'bps'),
    takerFeeBps: key(z.number().min(-100).max(1_000).default(10), 'Taker fee.', 'bps'),
    latencyMs: key(z.number().min(0).max(60_000).default(0), 'Delay between order and fill.', 'ms'),
  }),
  book: section('Order books.', {
    staleMs: key(int(10, 3_600_000).default(5_000), 'A book without data this long is hidden.', 'ms'),
  }),
  analysis: section('The slow path.', {
    enabled: key(z.boolean().default(true), 'Run the analysis actor.'),
    timeframes: key(
      z.array(timeframe).min(1).default(['1m', '5m', '15m', '1h', '4h', '1d', '1w']),
      'Bars that are built and analysed.',
    ),
    biasTtlMs: key(int(100, 86_400_000).default(60_000), 'A bias frame expires after this.', 'ms'),
    emaPeriods: section('Moving averages of the trend.', {
      fast: key(int(1, 1_000).default(12), 'Fast average.', 'bars'),
      slow: key(int(2, 5_000).default(26), 'Slow average.', 'bars'),
    }),
    weights: section('Weight of each timeframe in the bias.', {
      '1m': weight(1),
      '5m': weight(2),
      '15m': weight(3),
      '1h': weight(4),
      '4h': weight(4),
      '1d': weight(3),
      '1w': weight(2),
    }),
    poolThreads: key(int(1, 64).default(1), 'Threads for analysis tasks.', 'threads'),
  }),
  journal: section('The append-only record.', {
    segmentBytes: key(int(65_536, 2 ** 31 - 1).default(64 * 1024 * 1024), 'Size of one file.', 'bytes'),
    fsyncIntervalMs: key(int(1, 60_000).default(10), 'Longest time between group fdatasyncs.', 'ms'),
  }),
  api: section('Telemetry feed, health and metrics.', {
    enabled: key(z.boolean().default(true), 'Run the api.'),
    host: key(z.string().min(1).default('127.0.0.1'), 'Address it listens on.'),
    port: key(port.default(7420), 'Port; 0 takes a free one.'),
    conflateMs: key(int(1, 60_000).default(100), 'Period of telemetry updates.', 'ms'),
    maxClientBufferBytes: key(
      int(16_384, 2 ** 30).default(1024 * 1024),
      'A slower client is dropped.',
      'bytes',
    ),
  }),
  log: section('Logs, on stderr.', {
    level: key(
      z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
      'Least severe level.',
    ),
    format: key(z.enum(['auto', 'json', 'pretty']).default('auto'), 'auto: pretty on a terminal, else json.'),
  }),
  live: section('Consent to real orders.', {
    confirm: key(
      z.string().min(1).nullable().default(null),
      'The account id; live mode on a real venue refuses to start without it.',
      undefined,
      { secret: true },
    ),
  }),
});

/** Checks between keys, run when each key alone is right. Yields the path the message belongs to. */
export function crossChecks(config: EngineConfig): { path: string[]; message: string }[] {
  const found: { path: string[]; message: string }[] = [];
  const { fast, slow } = config.analysis.emaPeriods;
  if (fast >= slow)
    found.push({ path: ['analysis', 'emaPeriods', 'fast'], message: 'must be below emaPeriods.slow' });
  for (const [name, venueConfig] of Object.entries(config.venues)) {
    const { endpoints, reconnectMinMs, reconnectMaxMs } = venueConfig;
    if (reconnectMinMs > reconnectMaxMs) {
      found.push({ path: ['venues', name, 'reconnectMinMs'], message: 'must not be above reconnectMaxMs' });
    }
    const missing = (['rest', 'stream', 'wsApi'] as const).filter((part) => endpoints[part] === null);
    if (missing.length > 0 && missing.length < 3) {
      found.push({
        path: ['venues', name, 'endpoints'],
        message: `set all three addresses; missing: ${missing.join(', ')}`,
      });
    }
  }
  if (new Set(config.symbols).size !== config.symbols.length) {
    found.push({ path: ['symbols'], message: 'names a symbol twice' });
  }
  return found;
}
