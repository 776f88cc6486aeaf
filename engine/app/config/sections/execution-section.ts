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
      text: 'Longest wait for cancels to be confirmed; for orders of unknown fate notFoundGraceMs longer.',
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

/** How paper, shadow, replay and backtest fill orders. */
export const FILLS_SECTION = {
  text: 'The simulated venue of paper, shadow, replay and backtest.',
  keys: {
    model: {
      is: 'choice',
      of: ['auto', 'immediate', 'through', 'risk-averse', 'log', 'power', 'at'],
      default: 'auto',
      text: 'How a resting order fills, from through (by trades beyond its price) to at (by any trade at it); auto: immediate.',
    },
    queueExponent: {
      is: 'number',
      above: 0,
      max: 100,
      default: 3,
      text: 'n of the power model: the higher, the fewer cancels are taken to have stood ahead.',
    },
    feedMs: {
      is: 'number',
      min: 0,
      max: 60_000,
      default: 0,
      unit: 'ms',
      text: 'How much later than at the venue the market is seen here.',
    },
    entryMs: {
      is: 'number',
      min: 0,
      max: 60_000,
      default: 5,
      unit: 'ms',
      text: 'From sending a request to its arrival at the venue.',
    },
    responseMs: {
      is: 'number',
      min: 0,
      max: 60_000,
      default: 5,
      unit: 'ms',
      text: 'From the venue to the arrival of an answer or a fill.',
    },
    latencyFile: {
      is: 'text',
      default: null,
      text: 'JSON with recorded or fitted latencies (sim fit writes one); its legs replace the three above.',
    },
    impactMs: {
      is: 'number',
      min: 0,
      max: 3_600_000,
      default: 1_000,
      unit: 'ms',
      text: 'What an order took from the displayed book is held back this long.',
    },
    staleMs: {
      is: 'int',
      min: 0,
      max: 86_400_000,
      default: 3_000,
      unit: 'ms',
      text: 'Orders that meet a book older than this are refused, loudly; 0 = any age will do.',
    },
    selfTrade: {
      is: 'choice',
      of: ['expire-taker', 'expire-maker', 'expire-both', 'ignore'],
      default: 'expire-maker',
      text: 'What happens when an order would meet an own one.',
    },
    feeTiers: {
      is: 'list',
      of: {
        text: 'Fees from a traded volume on; the fees of [paper] hold below the first.',
        keys: {
          fromVolume: { is: 'number', above: 0, max: 1e15, text: 'In the quote asset, last 30 days.' },
          makerFeeBps: { is: 'number', min: -100, max: 1_000, unit: 'bps', text: 'Maker fee.' },
          takerFeeBps: { is: 'number', min: -100, max: 1_000, unit: 'bps', text: 'Taker fee.' },
        },
      },
      min: 0,
      max: 32,
      default: [],
      text: 'Fees by the volume of the last 30 days.',
    },
  },
} as const;
