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
      text: 'Bars that are built and analysed.',
    },
    biasTtlMs: {
      is: 'int',
      min: 100,
      max: 86_400_000,
      default: 60_000,
      unit: 'ms',
      text: 'A bias frame expires after this.',
    },
    emaPeriods: {
      text: 'Moving averages of the trend.',
      keys: {
        fast: { is: 'int', min: 1, max: 1_000, default: 12, unit: 'bars', text: 'Fast average.' },
        slow: { is: 'int', min: 2, max: 5_000, default: 26, unit: 'bars', text: 'Slow average.' },
      },
    },
    weights: {
      text: 'Weight of each timeframe in the bias.',
      keys: {
        '1m': { is: 'number', min: 0, max: 1_000, default: 1, text: 'Share of this timeframe.' },
        '5m': { is: 'number', min: 0, max: 1_000, default: 2, text: 'Share of this timeframe.' },
        '15m': { is: 'number', min: 0, max: 1_000, default: 3, text: 'Share of this timeframe.' },
        '1h': { is: 'number', min: 0, max: 1_000, default: 4, text: 'Share of this timeframe.' },
        '4h': { is: 'number', min: 0, max: 1_000, default: 4, text: 'Share of this timeframe.' },
        '1d': { is: 'number', min: 0, max: 1_000, default: 3, text: 'Share of this timeframe.' },
        '1w': { is: 'number', min: 0, max: 1_000, default: 2, text: 'Share of this timeframe.' },
      },
    },
    poolThreads: {
      is: 'int',
      min: 1,
      max: 64,
      default: 1,
      unit: 'threads',
      text: 'Threads for analysis tasks.',
    },
  },
} as const;
