import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../fixtures/turn-indicators.ts', import.meta.url));
const FLAGS = [
  '--allow-natives-syntax',
  '--expose-gc',
  '--trace-gc',
  '--max-semi-space-size=1',
  '--min-semi-space-size=1',
];
const OF_CLOSES = ['Ema', 'Sma', 'Rsi', 'Bollinger', 'PercentileRank', 'StandardDeviation', 'RollingZScore'];
const ALSO_OF_CLOSES = ['Macd', 'RollingMax', 'RollingMin', 'EwmaVolatility', 'Lookback'];
const OF_BARS = ['Atr', 'Adx', 'Stochastic', 'Donchian'];
const OF_TRADES = ['Vwap', 'RollingVwap', 'Obv'];
const SIGNALS = ['OrderFlowScore', 'ScalpingSignal'];

test.each([...OF_CLOSES, ...ALSO_OF_CLOSES, ...OF_BARS, ...OF_TRADES, ...SIGNALS])(
  'two hundred thousand updates of %s make no garbage',
  (name) => {
    const output = execFileSync(
      process.execPath,
      ['--no-warnings', '--conditions=shrike-source', ...FLAGS, SCRIPT, name],
      { encoding: 'utf8' },
    );
    const measured = /BEGIN\n([^]*)END/.exec(output)?.[1];
    // One number on the heap per update, 16 bytes, is three collections of this young generation of a megabyte.
    expect((measured?.split('Scavenge').length ?? NaN) - 1).toBeLessThanOrEqual(1);
  },
);
