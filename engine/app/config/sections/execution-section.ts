/** Order handling. */
export const EXECUTION_SECTION = {
  text: 'Order handling.',
  keys: {
    ackTimeoutMs: {
      is: 'int',
      min: 10,
      max: 600_000,
      default: 2_000,
      unit: 'ms',
      text: 'No answer this long makes an order unknown.',
    },
    unknownQueryIntervalMs: {
      is: 'int',
      min: 10,
      max: 600_000,
      default: 500,
      unit: 'ms',
      text: 'Pause between queries for an unknown order.',
    },
    notFoundGraceMs: {
      is: 'int',
      min: 10,
      max: 3_600_000,
      default: 5_000,
      unit: 'ms',
      text: '"Not found" is believed after this long.',
    },
    onStop: {
      is: 'choice',
      of: ['cancel', 'leave'],
      default: 'cancel',
      text: 'What happens to own orders at a stop.',
    },
    stopTimeoutMs: {
      is: 'int',
      min: 100,
      max: 600_000,
      default: 5_000,
      unit: 'ms',
      text: 'Longest wait for cancels to be confirmed.',
    },
    namespace: {
      is: 'text',
      pattern: '[a-z0-9]{1,8}',
      expected: 'expected 1 to 8 lower-case letters or digits',
      default: 'shrike',
      text: 'Start of every client order id; keeps other bots’ orders apart.',
    },
  },
} as const;

/** Simulated fills. */
export const PAPER_SECTION = {
  text: 'Simulated fills.',
  keys: {
    makerFeeBps: { is: 'number', min: -100, max: 1_000, default: 10, unit: 'bps', text: 'Maker fee.' },
    takerFeeBps: { is: 'number', min: -100, max: 1_000, default: 10, unit: 'bps', text: 'Taker fee.' },
    latencyMs: {
      is: 'number',
      min: 0,
      max: 60_000,
      default: 0,
      unit: 'ms',
      text: 'Delay between order and fill.',
    },
  },
} as const;
