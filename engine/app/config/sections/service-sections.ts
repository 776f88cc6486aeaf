/** The append-only record. */
export const JOURNAL_SECTION = {
  text: 'The append-only record.',
  keys: {
    segmentBytes: {
      is: 'int',
      min: 65_536,
      max: 2_147_483_647,
      default: 67_108_864,
      unit: 'bytes',
      text: 'Size of one file.',
    },
    fsyncIntervalMs: {
      is: 'int',
      min: 1,
      max: 60_000,
      default: 10,
      unit: 'ms',
      text: 'Longest time between group fdatasyncs.',
    },
    keepDays: {
      is: 'int',
      min: 0,
      max: 36_500,
      default: 0,
      unit: 'days',
      text: 'At start, records older than this are replaced by a checkpoint; 0 keeps all.',
    },
  },
} as const;

/** Endpoints, telemetry feed, health and metrics. */
export const API_SECTION = {
  text: 'Endpoints, telemetry feed, health and metrics.',
  keys: {
    enabled: { is: 'boolean', default: true, text: 'Run the api.' },
    host: { is: 'text', default: '127.0.0.1', text: 'Address it listens on.' },
    port: { is: 'int', min: 0, max: 65_535, default: 7_420, text: 'Port; 0 takes a free one.' },
    loopbackRead: {
      is: 'choice',
      of: ['auto', 'always', 'never'],
      default: 'auto',
      text: 'Programs on this machine may read without a key; auto: not in live or shadow on a real venue.',
    },
    conflateMs: {
      is: 'int',
      min: 1,
      max: 60_000,
      default: 100,
      unit: 'ms',
      text: 'Period of telemetry updates.',
    },
    maxClientBufferBytes: {
      is: 'int',
      min: 16_384,
      max: 1_073_741_824,
      default: 1_048_576,
      unit: 'bytes',
      text: 'A slower client is dropped.',
    },
  },
} as const;

/** Logs. */
export const LOG_SECTION = {
  text: 'Logs, on stderr.',
  keys: {
    level: {
      is: 'choice',
      of: ['fatal', 'error', 'warn', 'info', 'debug', 'trace'],
      default: 'info',
      text: 'Least severe level.',
    },
    format: {
      is: 'choice',
      of: ['auto', 'json', 'pretty'],
      default: 'auto',
      text: 'auto: pretty on a terminal, else json.',
    },
  },
} as const;
