/** Threads and supervision. */
export const ENGINE_SECTION = {
  text: 'Threads and supervision.',
  keys: {
    topology: {
      is: 'choice',
      of: ['auto', 'fused', 'split', 'dedicated'],
      default: 'auto',
      text: 'How actors are spread over threads; auto chooses by the cores there are.',
    },
    idle: {
      is: 'choice',
      of: ['spin', 'backoff', 'park'],
      default: 'backoff',
      text: 'What a thread does without work.',
    },
    pinCpus: {
      is: 'cpus',
      default: false,
      text: 'Bind hot threads to CPUs: true chooses, a list names one CPU per hot thread.',
    },
    watchdogMs: {
      is: 'int',
      min: 50,
      max: 600_000,
      default: 2_000,
      unit: 'ms',
      text: 'A heartbeat standing still this long means restart.',
    },
    restartIntensity: {
      is: 'int',
      min: 0,
      max: 1_000,
      default: 10,
      unit: 'restarts',
      text: 'Restarts allowed within restartPeriodMs.',
    },
    restartPeriodMs: {
      is: 'int',
      min: 100,
      max: 86_400_000,
      default: 60_000,
      unit: 'ms',
      text: 'Window of restartIntensity.',
    },
    stopTimeoutMs: {
      is: 'int',
      min: 100,
      max: 600_000,
      default: 10_000,
      unit: 'ms',
      text: 'Longest graceful stop.',
    },
    rehearse: {
      is: 'boolean',
      default: true,
      text: 'Practise the hot path on a made-up market before the first tick and in the idle time of a spinning thread (fused).',
    },
    latencyBudgetUs: {
      is: 'int',
      min: 0,
      max: 60_000_000,
      default: 1_000,
      unit: 'us',
      text: 'Tick-to-order above this makes an order late, a stage above a fifth of it the stage; causes are looked for. 0: never.',
    },
  },
} as const;
