/** The slow path. */
export const ANALYSIS_SECTION = {
  text: 'The slow path.',
  keys: {
    enabled: { is: 'boolean', default: true, text: 'Run the analysis actor.' },
    timeframes: {
      is: 'list',
      of: { is: 'choice', of: ['1m', '5m', '15m', '1h', '4h', '1d', '1w'] },
      min: 1,
      default: ['1m', '5m', '15m', '1h', '4h', '1d', '1w'],
      text: 'Bars that are analysed.',
    },
    askVenue: {
      is: 'boolean',
      default: true,
      text: 'Ask the venue for candles from before the start, and for those that a gap left out.',
    },
    candles: {
      is: 'list',
      of: { is: 'text' },
      min: 0,
      max: 64,
      default: [],
      text: 'CSV files with candles from before the start; their names begin with the symbol.',
    },
    storeBars: {
      is: 'choice',
      of: ['auto', 'always', 'never'],
      default: 'auto',
      text: 'Keep closed bars in the bar store and begin with them; auto: not of play money, whose market is new at each start.',
    },
    poolThreads: {
      is: 'int',
      min: 1,
      max: 64,
      default: 1,
      unit: 'threads',
      text: 'Threads that keep the analyses, each of its share of the symbols.',
    },
    feeBps: {
      is: 'number',
      min: 0,
      max: 1_000,
      default: 10,
      unit: 'bps',
      text: "Fee of entry and exit each that the outcomes of the analysis' signals are counted with.",
    },
  },
} as const;
